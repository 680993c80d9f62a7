//! Pictures with something planted in every place that formats have for such things.

use scruple::picture::{Format, What};

/// What is planted. It could be in no picture by chance.
pub const CANARY: &[u8] = b"48.8584 N, 2.2945 E: canary";

/// The picture with one thing planted, once for each kind of thing and place.
pub fn everywhere(bytes: &[u8]) -> Vec<(What, Vec<u8>)> {
    let mut planted = match Format::of(bytes).unwrap() {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::Webp => webp(bytes),
        Format::Gif => gif(bytes),
    };
    planted.push((What::Trailing, [bytes, CANARY].concat()));
    // Another whole picture, as cameras append previews.
    planted.push((What::Trailing, [bytes, bytes, CANARY].concat()));
    planted
}

/// Exif data that note an orientation and, where it is taken for the place, the canary.
pub fn exif(orientation: u8, big: bool) -> Vec<u8> {
    let two = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let four = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let mut data = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    data.extend(four(8));
    data.extend(two(2));
    for (tag, kind, count, value) in
        [(0x0112u16, 3u16, 1u32, [two(orientation.into()), [0, 0]].concat()), (0x8825, 4, 1, four(38).to_vec())]
    {
        data.extend([&two(tag)[..], &two(kind), &four(count), &value].concat());
    }
    data.extend(four(0));
    data.extend(CANARY);
    data
}

fn insert(bytes: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    [&bytes[..at], part, &bytes[at..]].concat()
}

/// A segment of a JPEG.
pub fn segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), &body].concat()
}

pub fn exif_into_jpeg(bytes: &[u8], exif: &[u8]) -> Vec<u8> {
    insert(bytes, 2, &segment(0xe1, &[b"Exif\0\0", exif]))
}

/// Where the segments of a JPEG begin, up to the first scan, and where its end is marked.
fn joints(bytes: &[u8]) -> Vec<usize> {
    let (mut at, mut joints) = (2, Vec::new());
    while bytes[at + 1] != 0xda {
        joints.push(at);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    joints.push(at);
    joints.push(bytes.len() - 2);
    joints
}

fn jpeg(bytes: &[u8]) -> Vec<(What, Vec<u8>)> {
    let thumbnail = [&[1, 1, 0, 0, 1, 0, 1, 9, 1][..], CANARY].concat();
    let pieces = [
        (What::Exif, segment(0xe1, &[b"Exif\0\0", &exif(6, true)])),
        (What::Xmp, segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", CANARY])),
        (What::Xmp, segment(0xe1, &[b"http://ns.adobe.com/xmp/extension/\0", CANARY])),
        (What::Icc, segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", CANARY])),
        (What::App, segment(0xe2, &[b"MPF\0", CANARY])),
        (What::App, segment(0xe2, &[b"FPXR\0", CANARY])),
        (What::App, segment(0xeb, &[b"JP\0\0", CANARY])),
        (What::App, segment(0xec, &[b"Ducky", CANARY])),
        (What::Iptc, segment(0xed, &[b"Photoshop 3.0\08BIM\x04\x04\0\0", CANARY])),
        (What::App, segment(0xef, &[CANARY])),
        (What::Thumbnail, segment(0xe0, &[b"JFXX\0\x10", CANARY])),
        (What::Comment, segment(0xfe, &[CANARY])),
        (What::Unknown, segment(0xf0, &[CANARY])),
    ];
    let mut planted = Vec::new();
    for at in joints(bytes) {
        planted.extend(pieces.iter().map(|(what, piece)| (*what, insert(bytes, at, piece))));
    }
    // In the notes that stay, but only as far as they are needed.
    let without = super::stripped(bytes).bytes;
    if without.starts_with(b"\xff\xd8\xff\xe0") {
        planted.push((What::Thumbnail, [b"\xff\xd8", &segment(0xe0, &[b"JFIF\0", &thumbnail])[..], &without[20..]].concat()));
    }
    if let Some(at) = without.windows(9).position(|window| window == b"\xff\xee\0\x0eAdobe") {
        let body = [&without[at + 4..at + 16], CANARY].concat();
        planted.push((What::App, [&without[..at], &segment(0xee, &[&body]), &without[at + 16..]].concat()));
    }
    // A table that nothing uses any more.
    let tables: Vec<u8> = CANARY.iter().copied().cycle().take(64).collect();
    planted.push((What::Unknown, insert(bytes, bytes.len() - 2, &segment(0xdb, &[&[3], &tables]))));
    planted
}

/// A chunk of a PNG.
pub fn chunk(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let sum = checksum(&[&name[..], &body].concat());
    [&(body.len() as u32).to_be_bytes()[..], name, &body, &sum.to_be_bytes()].concat()
}

/// CRC-32, bit by bit.
pub fn checksum(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
}

fn png(bytes: &[u8]) -> Vec<(What, Vec<u8>)> {
    let animation = [&[0; 26][..], CANARY].concat();
    let pieces = [
        (What::Exif, chunk(b"eXIf", &[&exif(6, false)])),
        (What::Text, chunk(b"tEXt", &[b"Author\0", CANARY])),
        (What::Text, chunk(b"zTXt", &[b"Raw profile type exif\0\0", CANARY])),
        (What::Text, chunk(b"iTXt", &[b"Title\0\0\0\0\0", CANARY])),
        (What::Xmp, chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", CANARY])),
        (What::Time, chunk(b"tIME", &[&[7, 230, 1, 1, 1, 1, 1], CANARY])),
        (What::Icc, chunk(b"iCCP", &[b"screen\0\0", CANARY])),
        (What::App, chunk(b"caBX", &[CANARY])),
        (What::Unknown, chunk(b"prVt", &[CANARY])),
        (What::Unknown, chunk(b"sPLT", &[CANARY])),
        (What::Unknown, chunk(b"pHYs", &[CANARY])),
        // Too long for what they are.
        (What::Unknown, chunk(b"sRGB", &[CANARY])),
        (What::Unknown, chunk(b"gAMA", &[CANARY])),
    ];
    // Behind the head, in front of the pixels, and in front of the end.
    let pixels = bytes.windows(4).position(|window| window == b"IDAT").unwrap() - 4;
    let mut planted = Vec::new();
    for at in [33, pixels, bytes.len() - 12] {
        planted.extend(pieces.iter().map(|(what, piece)| (*what, insert(bytes, at, piece))));
    }
    planted.push((What::Animation, insert(bytes, bytes.len() - 12, &chunk(b"fdAT", &[&animation]))));
    planted
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", chunks].concat()
}

/// A chunk of a WebP.
pub fn piece(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding = if body.len() % 2 == 1 { &[0][..] } else { &[] };
    [name, &(body.len() as u32).to_le_bytes()[..], body, padding].concat()
}

fn webp(bytes: &[u8]) -> Vec<(What, Vec<u8>)> {
    let mut chunks = bytes[12..].to_vec();
    let pieces = [
        (What::Icc, piece(b"ICCP", CANARY)),
        (What::Exif, piece(b"EXIF", &exif(6, false))),
        (What::Exif, piece(b"EXIF", &[b"Exif\0\0", &exif(6, true)[..]].concat())),
        (What::Xmp, piece(b"XMP ", CANARY)),
        (What::Unknown, piece(b"what", CANARY)),
    ];
    let mut planted = Vec::new();
    let extended = chunks.starts_with(b"VP8X");
    if extended {
        // It announces all there is.
        chunks[8] |= 0x2c;
        for (what, piece) in &pieces {
            planted.push((*what, riff(&insert(&chunks, 18, piece))));
        }
    }
    for (what, piece) in pieces {
        planted.push((what, riff(&[chunks.clone(), piece].concat())));
    }
    if let Some(at) = chunks.windows(4).position(|window| window == b"ANMF") {
        // Inside a frame, behind its pixels.
        let length = u32::from_le_bytes(chunks[at + 4..at + 8].try_into().unwrap());
        let unknown = piece(b"what", CANARY);
        let mut within = insert(&chunks, at + 8 + length as usize, &unknown);
        within[at + 4..at + 8].copy_from_slice(&(length + unknown.len() as u32).to_le_bytes());
        planted.push((What::Unknown, riff(&within)));
    } else if extended {
        let frame = [&[0; 16][..], &piece(b"VP8 ", CANARY)].concat();
        planted.push((What::Animation, riff(&[chunks.clone(), piece(b"ANMF", &frame)].concat())));
    }
    planted
}

/// An extension of a GIF, with all in one block.
fn extension(label: u8, head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut all = vec![0x21, label];
    for block in [head, body] {
        if !block.is_empty() {
            all.push(block.len() as u8);
            all.extend(block);
        }
    }
    all.push(0);
    all
}

fn gif(bytes: &[u8]) -> Vec<(What, Vec<u8>)> {
    // The end of XMP in a GIF: whichever of its bytes is taken for a length, the blocks end at the last.
    let magic: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
    let xmp = [b"\x21\xff\x0bXMP DataXMP", CANARY, &magic].concat();
    // How often the animation runs, and one block more.
    let looped = [b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0", &[CANARY.len() as u8][..], CANARY, b"\0"].concat();
    let pieces = [
        (What::App, looped),
        (What::Comment, extension(0xfe, &[], CANARY)),
        (What::Text, extension(0x01, &[0; 12], CANARY)),
        (What::Xmp, xmp),
        (What::Icc, extension(0xff, b"ICCRGBG1012", CANARY)),
        (What::App, extension(0xff, b"fractint003", CANARY)),
        (What::App, extension(0xff, b"NETSCAPE2.0", CANARY)),
        (What::Unknown, extension(0xf9, &[0; 4], CANARY)),
        (What::Unknown, extension(0x77, &[], CANARY)),
    ];
    let start = 13 + if bytes[10] & 0x80 == 0 { 0 } else { 6 << (bytes[10] & 7) };
    let mut planted = Vec::new();
    for at in [start, bytes.len() - 1] {
        planted.extend(pieces.iter().map(|(what, piece)| (*what, insert(bytes, at, piece))));
    }
    planted
}
