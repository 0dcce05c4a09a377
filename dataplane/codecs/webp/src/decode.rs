//! WebP to pixels or planes. The one place that calls libwebp's decoder.

use libwebp_sys::{WEBP_CSP_MODE, WebPDecode, WebPDecoderConfig, WebPRGBABuffer, WebPYUVABuffer};

use crate::header::check;
use crate::{Error, Header, MAX_SIDE, container, read_header};

/// Interleaved pixels with straight alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgba {
    /// Rows from the top, four bytes per pixel, no padding.
    pub data: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Interleaved pixels without alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Rows from the top, three bytes per pixel, no padding.
    pub data: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Planes of a picture: limited-range BT.601 4:2:0 with centred chroma; alpha straight and full range.
///
/// Rows follow each other without padding: luma and alpha are `width` across, chroma half of it, rounded up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yuv {
    /// Width in luma samples.
    pub width: u32,
    /// Height in luma samples.
    pub height: u32,
    /// Luma, 16 to 235.
    pub y: Vec<u8>,
    /// Blue chroma, 16 to 240.
    pub u: Vec<u8>,
    /// Red chroma, 16 to 240.
    pub v: Vec<u8>,
    /// Alpha, when the file announces it.
    pub a: Option<Vec<u8>>,
}

/// Decodes a still picture into pixels with straight alpha; opaque pictures get alpha 255.
pub fn decode_rgba(data: &[u8]) -> Result<Rgba, Error> {
    let header = still(data)?;
    rgba(data, header.width, header.height)
}

/// Decodes a still picture into pixels, leaving alpha out: transparent pixels show their hidden colour.
pub fn decode_rgb(data: &[u8]) -> Result<Rgb, Error> {
    let Header { width, height, .. } = still(data)?;
    let stride = width as usize * 3;
    let mut pixels = vec![0; stride * height as usize];
    decode_packed(data, &mut pixels, stride, false)?;
    Ok(Rgb { data: pixels, width, height })
}

/// Decodes a still picture into the planes that a lossy file holds. Lossless files are converted.
pub fn decode_yuv(data: &[u8]) -> Result<Yuv, Error> {
    let header = still(data)?;
    yuv(data, header.width, header.height, header.alpha)
}

pub(crate) fn still(data: &[u8]) -> Result<Header, Error> {
    container::check_complete(data)?;
    let header = read_header(data)?;
    if header.animated { Err(Error::Animated) } else { Ok(header) }
}

pub(crate) fn check_size(width: u32, height: u32) -> Result<(), Error> {
    let fits = |side: u32| (1..=MAX_SIDE).contains(&side);
    if fits(width) && fits(height) { Ok(()) } else { Err(Error::Dimensions { width, height }) }
}

fn rgba(data: &[u8], width: u32, height: u32) -> Result<Rgba, Error> {
    let stride = width as usize * 4;
    let mut pixels = vec![0; stride * height as usize];
    decode_packed(data, &mut pixels, stride, true)?;
    Ok(Rgba { data: pixels, width, height })
}

/// Decodes RGBA or RGB into `pixels`, rows `stride` bytes apart. `data` is a still, or the image chunks of a frame.
///
/// The size is the bitstream's own. A buffer too small for it is [`Error::Corrupt`].
pub(crate) fn decode_packed(data: &[u8], pixels: &mut [u8], stride: usize, alpha: bool) -> Result<(), Error> {
    let mut config = config()?;
    config.output.colorspace = if alpha { WEBP_CSP_MODE::MODE_RGBA } else { WEBP_CSP_MODE::MODE_RGB };
    config.output.u.RGBA =
        WebPRGBABuffer { rgba: pixels.as_mut_ptr(), stride: stride as i32, size: pixels.len() };
    // SAFETY: `data` is a readable slice of that length. The output points into `pixels`, which is borrowed mutably
    // and not used until the call returns, and states its true length: libwebp compares it with the bitstream's
    // size before writing. Strides fit an int: a row is at most 4 x 16383 bytes.
    check(unsafe { WebPDecode(data.as_ptr(), data.len(), &raw mut config) })
}

fn yuv(data: &[u8], width: u32, height: u32, alpha: bool) -> Result<Yuv, Error> {
    let (luma, chroma) = (width as usize, width.div_ceil(2) as usize);
    let (rows, chroma_rows) = (height as usize, height.div_ceil(2) as usize);
    let mut y = vec![0; luma * rows];
    let mut u = vec![0; chroma * chroma_rows];
    let mut v = vec![0; chroma * chroma_rows];
    let mut a = vec![0; if alpha { luma * rows } else { 0 }];
    let mut config = config()?;
    config.output.colorspace = if alpha { WEBP_CSP_MODE::MODE_YUVA } else { WEBP_CSP_MODE::MODE_YUV };
    config.output.u.YUVA = WebPYUVABuffer {
        y: y.as_mut_ptr(),
        u: u.as_mut_ptr(),
        v: v.as_mut_ptr(),
        a: if alpha { a.as_mut_ptr() } else { std::ptr::null_mut() },
        y_stride: luma as i32,
        u_stride: chroma as i32,
        v_stride: chroma as i32,
        a_stride: if alpha { luma as i32 } else { 0 },
        y_size: y.len(),
        u_size: u.len(),
        v_size: v.len(),
        a_size: a.len(),
    };
    // SAFETY: as in `decode_packed`, with four live buffers that state their true lengths, compared with the
    // bitstream's size before anything is written. Without alpha libwebp does not touch `a`.
    check(unsafe { WebPDecode(data.as_ptr(), data.len(), &raw mut config) })?;
    Ok(Yuv { width, height, y, u, v, a: alpha.then_some(a) })
}

/// Decodes on this thread into memory of ours.
fn config() -> Result<WebPDecoderConfig, Error> {
    let mut config = WebPDecoderConfig::new().map_err(|()| Error::OutOfMemory)?;
    config.output.is_external_memory = 1;
    Ok(config)
}
