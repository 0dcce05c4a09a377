//! Test pictures, made in code: a scene with what photographs are hard for, and files of every kind.

use imgplane_codec_jpeg::{self as jpeg, PlaneRef, Sampling};
use imgplane_codec_webp as webp;

/// Interleaved RGB or RGBA.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub width: u32,
    pub height: u32,
    pub channels: usize,
    pub data: Vec<u8>,
}

impl Picture {
    pub(crate) fn pixel(&self, x: u32, y: u32) -> &[u8] {
        let at = (y as usize * self.width as usize + x as usize) * self.channels;
        &self.data[at..at + self.channels]
    }

    /// The same picture with another number of channels; new alpha is opaque, old alpha is dropped.
    pub(crate) fn with_channels(&self, channels: usize) -> Self {
        let pixel = |pixel: &[u8]| -> Vec<u8> {
            (0..channels).map(|at| pixel.get(at).copied().unwrap_or(255)).collect()
        };
        let data = self.data.chunks(self.channels).flat_map(pixel).collect();
        Self { channels, data, ..*self }
    }
}

/// Gradients, soft blobs, fine texture, hard edges, saturated colours and a little noise.
pub(crate) fn photo(width: u32, height: u32) -> Picture {
    let mut noise = 12_345_u32;
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let blob = (-40.0 * ((u - 0.3).powi(2) + (v - 0.6).powi(2))).exp();
            let wave = 0.5 + 0.5 * (f64::from(x) * 0.11 + f64::from(y) * 0.05).sin();
            let mut color = [
                70.0 + 120.0 * u + 60.0 * blob,
                60.0 + 110.0 * v + 30.0 * wave * v,
                150.0 - 90.0 * u * v + 50.0 * (1.0 - blob) * (1.0 - v),
            ];
            if (u - 0.72).abs() < 0.1 && (v - 0.3).abs() < 0.14 {
                color = [210.0, 40.0, 45.0];
            }
            if (u - 0.5).powi(2) * f64::from(width).powi(2) + (v - 0.75).powi(2) * f64::from(height).powi(2)
                < (0.12 * f64::from(height)).powi(2)
            {
                color = [235.0, 225.0, 90.0];
            }
            if v > 0.9 && (x / 6) % 2 == 0 {
                color = [25.0, 30.0, 35.0];
            }
            for channel in color {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                data.push((channel + f64::from(noise >> 24) / 64.0 - 2.0).clamp(0.0, 255.0) as u8);
            }
        }
    }
    Picture { width, height, channels: 3, data }
}

/// The scene in a soft oval on nothing, with colour behind the transparency that must never be seen.
pub(crate) fn cutout(width: u32, height: u32) -> Picture {
    let mut picture = photo(width, height).with_channels(4);
    for (index, pixel) in picture.data.chunks_mut(4).enumerate() {
        let (x, y) = (f64::from(index as u32 % width), f64::from(index as u32 / width));
        let (u, v) = ((x + 0.5) / f64::from(width) - 0.5, (y + 0.5) / f64::from(height) - 0.5);
        let inside = (0.45 - u.hypot(v)) * 40.0;
        pixel[3] = (inside * 255.0).clamp(0.0, 255.0) as u8;
        if pixel[3] == 0 {
            pixel[..3].copy_from_slice(&[255, 0, 255]);
        }
    }
    picture
}

fn planes(picture: &Picture, grid: usize) -> [Vec<u8>; 3] {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let rgb = |x: usize, y: usize| {
        let pixel = picture.pixel(x.min(width - 1) as u32, y.min(height - 1) as u32);
        [f64::from(pixel[0]), f64::from(pixel[1]), f64::from(pixel[2])]
    };
    let weights = [[0.299, 0.587, 0.114], [-0.168_736, -0.331_264, 0.5], [0.5, -0.418_688, -0.081_312]];
    let plane = |index: usize, grid: usize| {
        let mut data = Vec::new();
        for y in (0..height).step_by(grid) {
            for x in (0..width).step_by(grid) {
                let mut sum = if index == 0 { 0.0 } else { 128.0 };
                for place in 0..grid * grid {
                    let [red, green, blue] = rgb(x + place % grid, y + place / grid);
                    let [wr, wg, wb] = weights[index];
                    sum += (wr * red + wg * green + wb * blue) / (grid * grid) as f64;
                }
                data.push((sum + 0.5).clamp(0.0, 255.0) as u8);
            }
        }
        data
    };
    [plane(0, 1), plane(1, grid), plane(2, grid)]
}

/// JPEG in 4:2:0, or 4:4:4 when `full`.
pub(crate) fn jpeg(picture: &Picture, quality: u8, full: bool, progressive: bool) -> Vec<u8> {
    let (grid, sampling) = if full { (1, Sampling::S444) } else { (2, Sampling::S420) };
    let planes = planes(picture, grid);
    let across = (picture.width as usize).div_ceil(grid);
    let views = [
        PlaneRef { data: &planes[0], stride: picture.width as usize },
        PlaneRef { data: &planes[1], stride: across },
        PlaneRef { data: &planes[2], stride: across },
    ];
    let options = jpeg::Options { quality, progressive };
    jpeg::encode_planes(&views, picture.width, picture.height, sampling, &options).unwrap()
}

/// JPEG of the luma alone.
pub(crate) fn gray_jpeg(picture: &Picture, quality: u8) -> Vec<u8> {
    let [luma, ..] = planes(picture, 1);
    let view = PlaneRef { data: &luma, stride: picture.width as usize };
    let options = jpeg::Options { quality, progressive: false };
    jpeg::encode_planes(&[view], picture.width, picture.height, Sampling::Gray, &options).unwrap()
}

/// PNG of RGB or RGBA with 8 bits.
pub(crate) fn png(picture: &Picture) -> Vec<u8> {
    let color = if picture.channels == 4 { png::ColorType::Rgba } else { png::ColorType::Rgb };
    raw_png(picture.width, picture.height, color, png::BitDepth::Eight, &picture.data, |_| {})
}

/// PNG of any kind.
pub(crate) fn raw_png(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    adjust: impl FnOnce(&mut png::Info<'_>),
) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.color_type = color;
    info.bit_depth = depth;
    adjust(&mut info);
    let mut out = Vec::new();
    let mut writer = png::Encoder::with_info(&mut out, info).unwrap().write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    out
}

/// WebP of RGB or RGBA.
pub(crate) fn webp(picture: &Picture, quality: f32, lossless: bool) -> Vec<u8> {
    let options = webp::Options { quality, lossless, exact: true, ..webp::Options::default() };
    let encode = if picture.channels == 4 { webp::encode_rgba } else { webp::encode_rgb };
    encode(&picture.data, picture.width, picture.height, &options).unwrap()
}

/// GIF with one frame or several; frame N is shifted in hue by N.
pub(crate) fn gif(picture: &Picture, frames: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let (width, height) = (picture.width as u16, picture.height as u16);
    let mut encoder = gif::Encoder::new(&mut out, width, height, &[]).unwrap();
    for shift in 0..frames {
        let mut pixels = picture.with_channels(4).data;
        pixels.chunks_mut(4).for_each(|pixel| pixel[0] = pixel[0].wrapping_add(shift * 40));
        encoder.write_frame(&gif::Frame::from_rgba_speed(width, height, &mut pixels, 10)).unwrap();
    }
    drop(encoder);
    out
}
