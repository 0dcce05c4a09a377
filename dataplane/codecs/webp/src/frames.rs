//! Animations in: the frames of a WebP put together on its canvas, one after the other, in safe Rust.
//!
//! The canvas begins transparent, and what a frame leaves behind "to background" becomes transparent, as browsers and
//! libwebp do it; the background colour of the file is a hint that all of them ignore.

use crate::container::{self, Chunk, Chunks};
use crate::decode::{check_size, decode_packed};
use crate::header::features;
use crate::{Error, Rgba, chunk, chunks, decode_rgba, read_header};

/// Bytes before the image chunks of a frame.
pub(crate) const FRAME_HEADER: usize = 16;

/// One frame, complete on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The whole canvas: rows from the top, four bytes per pixel, straight alpha.
    pub canvas: &'a [u8],
    /// How long the frame stays, in milliseconds. Browsers show 10 and less as 100.
    pub duration: u32,
}

/// The frames of an animation: see [`frames`].
#[derive(Debug)]
pub struct Frames<'a> {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// How often to play; 0 is endless.
    pub loop_count: u16,
    chunks: Chunks<'a>,
    canvas: Vec<u8>,
    scratch: Vec<u8>,
    /// What to clear before the next frame.
    dispose: Option<Area>,
}

/// A rectangle on the canvas.
#[derive(Debug, Clone, Copy)]
struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// A frame as it stands in the file.
#[derive(Debug, Clone, Copy)]
struct Stored<'a> {
    area: Area,
    duration: u32,
    blend: bool,
    dispose: bool,
    /// The image chunks, as libwebp takes them.
    image: &'a [u8],
}

/// The number of frames; 1 for a still.
pub fn frame_count(data: &[u8]) -> Result<u32, Error> {
    if !read_header(data)?.animated {
        return Ok(1);
    }
    Ok(chunks(data).filter(|chunk| chunk.id == *b"ANMF").fold(0, |count, _| count + 1))
}

/// The first frame of an animation, complete on its canvas; a still as it is.
pub fn decode_first_frame(data: &[u8]) -> Result<Rgba, Error> {
    if !read_header(data)?.animated {
        return decode_rgba(data);
    }
    let mut frames = frames(data)?;
    if frames.advance()?.is_none() {
        return Err(Error::Corrupt { reason: "an animation without frames" });
    }
    Ok(Rgba { width: frames.width, height: frames.height, data: frames.canvas })
}

/// Opens an animation. Holds one canvas, plus the area of one frame while it blends: see [`Frames::advance`].
///
/// # Errors
/// [`Error::Truncated`] when the container ends early; [`Error::Corrupt`] for stills and damaged headers.
pub fn frames(data: &[u8]) -> Result<Frames<'_>, Error> {
    container::check_complete(data)?;
    let header = read_header(data)?;
    if !header.animated {
        return Err(Error::Corrupt { reason: "not an animation" });
    }
    check_size(header.width, header.height)?;
    let loop_count = match chunk(data, b"ANIM") {
        Some(&[_, _, _, _, low, high, ..]) => u16::from_le_bytes([low, high]),
        _ => return Err(Error::Corrupt { reason: "an animation without parameters" }),
    };
    Ok(Frames {
        width: header.width,
        height: header.height,
        loop_count,
        chunks: chunks(data),
        canvas: vec![0; header.width as usize * header.height as usize * 4],
        scratch: Vec::new(),
        dispose: None,
    })
}

impl Frames<'_> {
    /// Puts the next frame on the canvas; `None` after the last.
    pub fn advance(&mut self) -> Result<Option<Frame<'_>>, Error> {
        let Some(chunk) = self.chunks.find(|chunk| chunk.id == *b"ANMF") else {
            return Ok(None);
        };
        let frame = Stored::parse(chunk, self.width, self.height)?;
        if let Some(area) = self.dispose.take() {
            for row in area.rows(self.width) {
                self.canvas[row].fill(0);
            }
        }
        let stride = self.width as usize * 4;
        if frame.blend {
            let row = frame.area.width * 4;
            self.scratch.clear();
            self.scratch.resize(row * frame.area.height, 0);
            decode_packed(frame.image, &mut self.scratch, row, true)?;
            for (over, under) in self.scratch.chunks_exact(row).zip(frame.area.rows(self.width)) {
                blend_row(over, &mut self.canvas[under]);
            }
        } else {
            // The area lies inside the canvas, so its first row exists.
            let start = frame.area.y * stride + frame.area.x * 4;
            decode_packed(frame.image, &mut self.canvas[start..], stride, true)?;
        }
        self.dispose = frame.dispose.then_some(frame.area);
        Ok(Some(Frame { canvas: &self.canvas, duration: frame.duration }))
    }
}

impl<'a> Stored<'a> {
    /// Reads a frame's header and refuses frames that leave the canvas or are not the size they claim.
    fn parse(chunk: Chunk<'a>, canvas_width: u32, canvas_height: u32) -> Result<Self, Error> {
        let corrupt = |reason| Err(Error::Corrupt { reason });
        let Some((header, images)) = chunk.payload.split_first_chunk::<FRAME_HEADER>() else {
            return corrupt("a frame without a header");
        };
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        let (x, y, width, height) = (number(0) * 2, number(3) * 2, number(6) + 1, number(9) + 1);
        // 24-bit numbers: the sums cannot overflow.
        if x + width > canvas_width || y + height > canvas_height {
            return corrupt("a frame leaves the canvas");
        }
        let Some(image) = image(images) else {
            return corrupt("a frame without a picture");
        };
        let features = features(image)?;
        if (features.width.unsigned_abs(), features.height.unsigned_abs()) != (width, height) {
            return corrupt("a frame does not have the size it announces");
        }
        let area = Area { x: x as usize, y: y as usize, width: width as usize, height: height as usize };
        let flags = header[15];
        Ok(Self { area, duration: number(12), blend: flags & 2 == 0, dispose: flags & 1 != 0, image })
    }
}

/// The part of a frame that libwebp takes: from the alpha or picture chunk on.
fn image(chunks: &[u8]) -> Option<&[u8]> {
    let mut rest = Chunks::within(chunks);
    let found = rest.find(|chunk| matches!(&chunk.id, b"ALPH" | b"VP8 " | b"VP8L"))?;
    let start = found.payload.as_ptr() as usize - chunks.as_ptr() as usize - 8;
    chunks.get(start..)
}

impl Area {
    /// The byte ranges of the area's rows on a canvas.
    fn rows(self, canvas_width: u32) -> impl Iterator<Item = std::ops::Range<usize>> {
        let stride = canvas_width as usize * 4;
        (self.y..self.y + self.height).map(move |y| {
            let start = y * stride + self.x * 4;
            start..start + self.width * 4
        })
    }
}

/// Lays straight-alpha pixels over straight-alpha pixels.
fn blend_row(over: &[u8], under: &mut [u8]) {
    for (over, under) in over.chunks_exact(4).zip(under.chunks_exact_mut(4)) {
        match over[3] {
            255 => under.copy_from_slice(over),
            0 => {}
            alpha => {
                let top = u32::from(alpha) * 255;
                let bottom = u32::from(under[3]) * (255 - u32::from(alpha));
                // In units of 1/255²; above 0 because alpha is.
                let sum = top + bottom;
                for channel in 0..3 {
                    let mixed = u32::from(over[channel]) * top + u32::from(under[channel]) * bottom;
                    under[channel] = ((mixed + sum / 2) / sum) as u8;
                }
                under[3] = ((sum + 127) / 255) as u8;
            }
        }
    }
}
