//! What decoders make of a picture.

use std::io::Cursor;

use scruple::picture::Format;

/// Every pixel of every frame, with what says how the frames are shown.
#[derive(PartialEq, Debug)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub frames: Vec<(Vec<u32>, Vec<u8>)>,
}

/// Decodes a picture. Of PNG only the default image: no other is kept.
pub fn pixels(bytes: &[u8]) -> Pixels {
    match Format::of(bytes).unwrap() {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::Webp => webp(bytes),
        Format::Gif => gif(bytes),
    }
}

fn jpeg(bytes: &[u8]) -> Pixels {
    let mut decoder = zune_jpeg::JpegDecoder::new(Cursor::new(bytes));
    let all = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    let space = decoder.input_colorspace().unwrap();
    Pixels { width: info.width.into(), height: info.height.into(), frames: vec![(vec![space.num_components() as u32], all)] }
}

fn png(bytes: &[u8]) -> Pixels {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut all = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut all).unwrap();
    Pixels { width: info.width, height: info.height, frames: vec![(vec![info.color_type as u32, info.bit_depth as u32], all)] }
}

fn webp(bytes: &[u8]) -> Pixels {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).unwrap();
    let (width, height) = decoder.dimensions();
    let mut all = vec![0; decoder.output_buffer_size().unwrap()];
    let mut frames = Vec::new();
    if decoder.is_animated() {
        for _ in 0..decoder.num_frames() {
            let duration = decoder.read_frame(&mut all).unwrap();
            frames.push((vec![duration], all.clone()));
        }
        frames.push((
            vec![match decoder.loop_count() {
                image_webp::LoopCount::Forever => 0,
                image_webp::LoopCount::Times(times) => u32::from(times.get()),
            }],
            decoder.background_color_hint().unwrap().to_vec(),
        ));
    } else {
        decoder.read_image(&mut all).unwrap();
        frames.push((vec![decoder.has_alpha().into()], all));
    }
    Pixels { width, height, frames }
}

fn gif(bytes: &[u8]) -> Pixels {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(Cursor::new(bytes)).unwrap();
    let (width, height) = (decoder.width().into(), decoder.height().into());
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let shown = [frame.left, frame.top, frame.width, frame.height, frame.delay, frame.dispose as u16, frame.interlaced.into()];
        frames.push((shown.map(u32::from).to_vec(), frame.buffer.to_vec()));
    }
    let repeat = match decoder.repeat() {
        gif::Repeat::Infinite => u32::MAX,
        gif::Repeat::Finite(times) => times.into(),
    };
    frames.push((vec![repeat], Vec::new()));
    Pixels { width, height, frames }
}
