//! Pixels or planes to WebP: options, and what the caller's buffers must hold.

use libwebp_sys::WebPConfig;

use crate::picture::Picture;
use crate::{Error, Yuv};

/// How to encode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// 0 to 100. For lossless coding it is effort: higher is slower and smaller, the pixels stay the same.
    pub quality: f32,
    /// 0 (fast) to 6 (small). 4 is libwebp's default; 2 is about twice as fast for 6 to 8 % more bytes.
    pub method: u8,
    /// Keep every pixel. Not for [`encode_yuv`].
    pub lossless: bool,
    /// Keep the colours of fully transparent pixels. Off, they are changed to whatever is smallest.
    pub exact: bool,
}

impl Default for Options {
    /// Quality 80, method 4, lossy.
    fn default() -> Self {
        Self { quality: 80.0, method: 4, lossless: false, exact: false }
    }
}

/// Planes to encode: limited-range BT.601 4:2:0 with centred chroma, as [`Yuv`] holds them.
///
/// Chroma is half the luma's size, rounded up. The last row of a plane may end at its last sample.
#[derive(Debug, Clone, Copy)]
pub struct YuvRef<'a> {
    /// Width in luma samples.
    pub width: u32,
    /// Height in luma samples.
    pub height: u32,
    /// Luma.
    pub y: &'a [u8],
    /// Distance from one luma row to the next, in samples.
    pub y_stride: usize,
    /// Blue chroma.
    pub u: &'a [u8],
    /// Red chroma.
    pub v: &'a [u8],
    /// Distance from one chroma row to the next, in samples; the same for both.
    pub uv_stride: usize,
    /// Straight, full-range alpha at luma size. Opaque alpha costs nothing in the file.
    pub a: Option<&'a [u8]>,
    /// Distance from one alpha row to the next, in samples. Ignored without alpha.
    pub a_stride: usize,
}

impl Yuv {
    /// Borrows the planes for [`encode_yuv`].
    pub fn as_ref(&self) -> YuvRef<'_> {
        YuvRef {
            width: self.width,
            height: self.height,
            y: &self.y,
            y_stride: self.width as usize,
            u: &self.u,
            v: &self.v,
            uv_stride: self.width.div_ceil(2) as usize,
            a: self.a.as_deref(),
            a_stride: self.width as usize,
        }
    }
}

/// Encodes planes as they are, without a detour over RGB. Always lossy.
///
/// # Errors
/// [`Error::Dimensions`] for a side of 0 or above 16383 pixels; [`Error::InvalidInput`] when a plane is shorter than
/// its size, an option is out of range, or `lossless` is asked for (use [`encode_rgba`]).
pub fn encode_yuv(yuv: &YuvRef<'_>, options: &Options) -> Result<Vec<u8>, Error> {
    crate::decode::check_size(yuv.width, yuv.height)?;
    if options.lossless {
        return Err(Error::InvalidInput { reason: "planes cannot be coded losslessly" });
    }
    let config = config(*options)?;
    let luma = (yuv.width as usize, yuv.height as usize);
    let chroma = (yuv.width.div_ceil(2) as usize, yuv.height.div_ceil(2) as usize);
    let alpha = yuv.a.map(|alpha| (alpha, yuv.a_stride, luma));
    let planes =
        [(yuv.y, yuv.y_stride, luma), (yuv.u, yuv.uv_stride, chroma), (yuv.v, yuv.uv_stride, chroma)];
    if !planes.into_iter().chain(alpha).all(|(data, stride, size)| holds(data, stride, size)) {
        return Err(Error::InvalidInput { reason: "a plane is shorter than its size and stride" });
    }
    if yuv.a.is_some() && !options.exact {
        let mut copies = [yuv.y.to_vec(), yuv.u.to_vec(), yuv.v.to_vec()];
        return Picture::from_owned_planes(yuv, &mut copies)?.encode(&config);
    }
    Picture::from_planes(yuv)?.encode(&config)
}

/// Encodes pixels with straight alpha: rows from the top, four bytes per pixel, no padding.
pub fn encode_rgba(data: &[u8], width: u32, height: u32, options: &Options) -> Result<Vec<u8>, Error> {
    let config = config(*options)?;
    Picture::from_pixels(data, width, height, true, options.lossless)?.encode(&config)
}

/// Encodes opaque pixels: rows from the top, three bytes per pixel, no padding.
pub fn encode_rgb(data: &[u8], width: u32, height: u32, options: &Options) -> Result<Vec<u8>, Error> {
    let config = config(*options)?;
    Picture::from_pixels(data, width, height, false, options.lossless)?.encode(&config)
}

/// Whether a plane holds its size.
fn holds(data: &[u8], stride: usize, (width, height): (usize, usize)) -> bool {
    let needed = stride.checked_mul(height - 1).and_then(|rows| rows.checked_add(width));
    stride >= width && i32::try_from(stride).is_ok() && needed.is_some_and(|needed| data.len() >= needed)
}

fn config(options: Options) -> Result<WebPConfig, Error> {
    if !(0.0..=100.0).contains(&options.quality) || options.method > 6 {
        return Err(Error::InvalidInput { reason: "quality must be 0 to 100 and method 0 to 6" });
    }
    let mut config = WebPConfig::new().map_err(|()| Error::OutOfMemory)?;
    config.quality = options.quality;
    config.method = i32::from(options.method);
    config.lossless = i32::from(options.lossless);
    config.exact = i32::from(options.exact);
    // Trying filters on the alpha plane costs more time than it saves bytes.
    config.alpha_filtering = 0;
    config.alpha_compression = 1;
    // One thread per job, and speed before memory: jobs are admitted by memory and run one per core.
    config.thread_level = 0;
    config.low_memory = 0;
    Ok(config)
}
