//! Short films of a few colours, files of them, and how they are read back.

use std::borrow::Cow;

use imgplane_codec_webp::{Animation, Options, encode_rgba, frames};
use imgplane_pixels::{Format, Job, Part, inspect, run};

use crate::work::{job, lossless, read};

/// Pixels of a frame, RGBA.
pub(super) type Frame = Vec<[u8; 4]>;

#[derive(Debug, Clone)]
pub(super) struct Film {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) frames: Vec<Frame>,
    /// Milliseconds.
    pub(super) times: Vec<u32>,
}

impl Film {
    /// Bytes of one frame.
    pub(super) fn frame(&self, index: usize) -> Vec<u8> {
        self.frames[index].as_flattened().to_vec()
    }
}

/// Blocks of colour that walk over a ground, blink and pass each other. `clear`: the ground is transparent, so that what
/// they leave has to vanish.
pub(super) fn sprites(width: u32, height: u32, count: usize, clear: bool) -> Film {
    let ground =
        |x: u32, y: u32| if clear { [0; 4] } else { [(x / 8 * 9) as u8, (y / 8 * 17) as u8, 90, 255] };
    let blocks =
        [([250, 30, 20, 255], 3, 2, 5_u32), ([20, 200, 60, 255], 1, 3, 7), ([240, 230, 40, 255], 2, 1, 4)];
    let frame = |index: usize| -> Frame {
        let step = index as u32;
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let pixel = |(x, y): (u32, u32)| {
            let hit = blocks.iter().enumerate().find(|(number, (_, across, down, side))| {
                let left = (step * across + *number as u32 * 7) % width;
                let top = (step * down + *number as u32 * 5) % height;
                let shown = (step + *number as u32) % 5 != 4;
                shown && (left..left + side).contains(&x) && (top..top + side).contains(&y)
            });
            hit.map_or_else(|| ground(x, y), |(_, (color, ..))| *color)
        };
        places.map(pixel).collect()
    };
    Film { width, height, frames: (0..count).map(frame).collect(), times: vec![100; count] }
}

/// A GIF of whole frames, each of which takes the place of the one before.
pub(super) fn as_gif(film: &Film, plays: u16) -> Vec<u8> {
    let (width, height) = (film.width as u16, film.height as u16);
    let mut encoder = gif::Encoder::new(Vec::new(), width, height, &[]).unwrap();
    match plays {
        0 => encoder.set_repeat(gif::Repeat::Infinite).unwrap(),
        1 => {}
        more => encoder.set_repeat(gif::Repeat::Finite(more - 1)).unwrap(),
    }
    for (pixels, time) in film.frames.iter().zip(&film.times) {
        let mut colors: Vec<[u8; 4]> = pixels.clone();
        colors.sort_unstable();
        colors.dedup();
        let clear = colors.iter().position(|color| color[3] == 0);
        let index = |pixel: &[u8; 4]| colors.binary_search(pixel).unwrap() as u8;
        let frame = gif::Frame {
            width,
            height,
            delay: (time / 10) as u16,
            dispose: gif::DisposalMethod::Background,
            transparent: clear.map(|index| index as u8),
            palette: Some(colors.iter().flat_map(|color| color[..3].to_vec()).collect()),
            buffer: Cow::Owned(pixels.iter().map(index).collect()),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

/// A lossless WebP of whole frames that are not blended.
pub(super) fn as_webp(film: &Film, plays: u16) -> Vec<u8> {
    let mut animation = Animation::new(film.width, film.height, plays).unwrap();
    let options = Options { lossless: true, exact: true, ..Options::default() };
    for (index, time) in film.times.iter().enumerate() {
        let still = encode_rgba(&film.frame(index), film.width, film.height, &options).unwrap();
        animation.push(&still, 0, 0, *time, false).unwrap();
    }
    animation.finish(None, None, None).unwrap()
}

/// An APNG of whole frames that are not blended.
pub(super) fn as_apng(film: &Film, plays: u16) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, film.width, film.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(film.times.len() as u32, plays.into()).unwrap();
    encoder.set_blend_op(png::BlendOp::Source).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for (index, time) in film.times.iter().enumerate() {
        writer.set_frame_delay(*time as u16, 1000).unwrap();
        writer.write_image_data(&film.frame(index)).unwrap();
    }
    writer.finish().unwrap();
    out
}

/// All frames as they are shown. Colour under full transparency is nobody's to see.
pub(super) fn read_film(bytes: &[u8]) -> Vec<Frame> {
    let facts = inspect(bytes).unwrap();
    let frame = |number| -> Frame {
        let job = Job { part: Part::Frame(number), ..job(bytes, &[], lossless()) };
        let picture = read(&run(&job, &|| false).unwrap().bytes).with_channels(4);
        let pixels = picture.data.as_chunks::<4>().0.iter();
        pixels.map(|pixel| if pixel[3] == 0 { [0; 4] } else { *pixel }).collect()
    };
    (1..=facts.frames).map(frame).collect()
}

/// How often a GIF or a WebP is shown, 0 for ever, and how long each frame stays, in milliseconds, as the codecs say.
pub(super) fn played(bytes: &[u8]) -> (u16, Vec<u32>) {
    if inspect(bytes).unwrap().format == Format::Webp {
        let mut frames = frames(bytes).unwrap();
        let mut times = Vec::new();
        while let Some(frame) = frames.advance().unwrap() {
            times.push(frame.duration);
        }
        return (frames.loop_count, times);
    }
    let mut decoder = gif::DecodeOptions::new().read_info(bytes).unwrap();
    let mut times = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        times.push(u32::from(frame.delay) * 10);
    }
    let plays = match decoder.repeat() {
        gif::Repeat::Infinite => 0,
        gif::Repeat::Finite(repeats) => repeats + 1,
    };
    (plays, times)
}

/// The rectangles that the frames of a GIF cover: left, top, width, height.
pub(super) fn rectangles(bytes: &[u8]) -> Vec<(u16, u16, u16, u16)> {
    let mut decoder = gif::DecodeOptions::new().read_info(bytes).unwrap();
    let mut found = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        found.push((frame.left, frame.top, frame.width, frame.height));
    }
    found
}
