//! Pictures without what they carry: metadata, and whatever else is not needed for their pixels.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Failure, Words, count, read_bytes, written};
use crate::picture::{self, Format, Limits, Reason, Refused, Stripped, What};

/// What `strip --json` prints of a picture that was stripped.
#[derive(Serialize)]
struct Done<'a> {
    /// The file that was written.
    out: &'a str,
    format: Format,
    width: u32,
    height: u32,
    /// How the picture has to be turned to be seen upright; the note of it is gone.
    orientation: u8,
    /// How many bytes the file had, and has.
    before: usize,
    after: usize,
    removed: Vec<Piece>,
}

/// Bytes of one kind that were left out.
#[derive(Serialize)]
struct Piece {
    what: What,
    bytes: usize,
}

/// What `strip --json` prints of a picture that is refused.
#[derive(Serialize)]
struct Not {
    refused: Reason,
    at: usize,
}

/// Writes a picture without what it carries into another file.
pub(super) fn strip(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--out"], &["--json"])?;
    let [path] = words.alone(["which picture?"])?;
    let bytes = read_bytes(path)?;
    let stripped = match picture::strip(&bytes, &Limits::default()) {
        Ok(stripped) => stripped,
        Err(Refused { at, reason }) if words.has("--json") => return Err(Failure::Found(written(&Not { refused: reason, at })?)),
        Err(Refused { at, reason }) => {
            return Err(Failure::Work(format!("{path}: refused, {} (at byte {at}); nothing was written", because(reason))));
        }
    };
    let out = words.value("--out").map_or_else(|| beside(path), PathBuf::from);
    write(path, &out, &stripped.bytes)?;
    let out = out.display().to_string();
    if words.has("--json") {
        let removed = stripped.removed.iter().map(|one| Piece { what: one.what, bytes: one.bytes }).collect();
        let Stripped { format, width, height, orientation, .. } = stripped;
        return written(&Done {
            out: &out,
            format,
            width,
            height,
            orientation,
            before: bytes.len(),
            after: stripped.bytes.len(),
            removed,
        });
    }
    Ok(told(path, &out, &stripped))
}

/// What was done, for people.
fn told(path: &str, out: &str, stripped: &Stripped) -> String {
    let Stripped { bytes, format, width, height, orientation, removed } = stripped;
    let mut text = format!("{path}: {format}, {width} x {height} pixels, which stay as they are\n");
    if removed.is_empty() {
        text.push_str("  nothing had to be left out\n");
    }
    for one in removed {
        text.push_str(&format!("  left out: {}, {}\n", named(one.what), count(one.bytes, "byte", "bytes")));
    }
    if *orientation != 1 {
        text.push_str(&format!(
            "  {} to be seen upright (orientation {orientation}); the note that said so is gone\n",
            turned(*orientation)
        ));
    }
    text.push_str(&format!("wrote {out}, {}\n", count(bytes.len(), "byte", "bytes")));
    text
}

/// The name that the copy gets if nobody gave it one: `photo.clean.jpg` for `photo.jpg`.
fn beside(path: &str) -> PathBuf {
    let path = Path::new(path);
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(".clean");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Writes the copy: all of it or nothing, and never into the file it was made of.
fn write(path: &str, out: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::Work(format!("cannot write `{}`: {error}", out.display()));
    if let (Ok(read), Ok(written)) = (fs::canonicalize(path), fs::canonicalize(out))
        && read == written
    {
        return Err(Failure::Usage(format!("`{}` is the picture itself: name another file", out.display())));
    }
    // Under a name of its own first. What gets the final name in the end is a new file, even where that was another name of the picture.
    let mut name =
        out.file_name().ok_or_else(|| Failure::Usage(format!("`{}` is no name for a file", out.display())))?.to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = out.with_file_name(name);
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, out));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&part);
    }
    written.map_err(cannot)
}

/// A kind of thing, as people call it.
fn named(what: What) -> &'static str {
    match what {
        What::Exif => "Exif data (camera, time, place, often a small copy of the picture)",
        What::Xmp => "XMP data (camera, time, place, authors, changes)",
        What::Iptc => "IPTC data (author, place, keywords)",
        What::Icc => "colour profile (colours are read as sRGB now)",
        What::Thumbnail => "small copy of the picture",
        What::Comment => "comment",
        What::Text => "texts",
        What::Time => "time of the last change",
        What::Animation => "pictures of an animation",
        What::App => "data of programs",
        What::Trailing => "data behind the end of the picture",
        What::Unknown => "data of unknown purpose",
    }
}

/// Why a picture is refused, in words that go on from there.
fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::TooLarge => "it has more than 10 MB",
        Reason::TooManyPixels => "it is wider or higher than 4096 pixels",
        Reason::Empty => "it has no pixels",
        Reason::UnknownFormat => "it is no JPEG, PNG, WebP or GIF",
        Reason::Heif => {
            "it is HEIC or AVIF, from which nothing can be left out without writing its tables anew; save it as JPEG or PNG first"
        }
        Reason::Truncated => "it ends too early",
        Reason::Malformed => "something in it is not as its format asks for",
        Reason::Checksum => "a checksum in it is wrong",
        Reason::Unsupported => "it is coded in a way that browsers do not show",
        Reason::NotClean => "something was left in it that should not be there",
    }
}

/// What a picture needs (CIPA DC-008, `Orientation`).
fn turned(orientation: u8) -> &'static str {
    match orientation {
        2 => "it has to be mirrored left to right",
        3 => "it has to be turned by 180 degrees",
        4 => "it has to be mirrored top to bottom",
        5 => "it has to be turned clockwise by 90 degrees, then mirrored left to right",
        6 => "it has to be turned clockwise by 90 degrees",
        7 => "it has to be turned counter-clockwise by 90 degrees, then mirrored left to right",
        8 => "it has to be turned counter-clockwise by 90 degrees",
        _ => "it does not have to be turned",
    }
}
