//! Makes the pictures: smooth planes for comparison, and files of every kind libjpeg-turbo can write.

use core::ffi::c_int;

use imgplane_codec_jpeg::{Options, PlaneRef, Sampling, encode_planes};
use turbojpeg::raw;

/// Every sampling that can be written.
pub(crate) const SAMPLINGS: [Sampling; 7] = [
    Sampling::S444,
    Sampling::S422,
    Sampling::S420,
    Sampling::S440,
    Sampling::S411,
    Sampling::S441,
    Sampling::Gray,
];

/// Sizes that are tiny, thin, whole groups, and neither.
pub(crate) const SIZES: [(u32, u32); 9] =
    [(1, 1), (1, 9), (9, 1), (2, 2), (16, 16), (17, 33), (64, 48), (37, 41), (131, 97)];

/// Planes of a smooth picture.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) sampling: Sampling,
    /// Samples with their width and height.
    pub(crate) planes: Vec<(Vec<u8>, u32, u32)>,
}

impl Picture {
    pub(crate) fn new(width: u32, height: u32, sampling: Sampling) -> Self {
        let (across, down) = sampling.factors();
        let count = if sampling == Sampling::Gray { 1 } else { 3 };
        let planes = (0..count)
            .map(|index| {
                let (across, down) = if index == 0 { (1, 1) } else { (across, down) };
                let (w, h) = (width.div_ceil(across), height.div_ceil(down));
                let sample = |x: u32, y: u32| {
                    // A wave slow enough to survive coding, different in each plane.
                    let (x, y) = (f64::from(x * across), f64::from(y * down));
                    let phase = f64::from(index) * 1.3;
                    (128.0 + 60.0 * (x / 23.0 + phase).sin() + 50.0 * (y / 19.0 - phase).cos()).round() as u8
                };
                let data = (0..h).flat_map(|y| (0..w).map(move |x| sample(x, y))).collect();
                (data, w, h)
            })
            .collect();
        Self { width, height, sampling, planes }
    }

    pub(crate) fn refs(&self) -> Vec<PlaneRef<'_>> {
        self.planes.iter().map(|(data, width, _)| PlaneRef { data, stride: *width as usize }).collect()
    }

    pub(crate) fn encode(&self, quality: u8, progressive: bool) -> Vec<u8> {
        let options = Options { quality, progressive };
        encode_planes(&self.refs(), self.width, self.height, self.sampling, &options).expect("encodes")
    }
}

/// A coloured picture, three or four bytes per pixel.
pub(crate) fn pixels(width: usize, height: usize, channels: usize) -> Vec<u8> {
    (0..width * height * channels)
        .map(|i| {
            let (x, y, c) = (i / channels % width, i / channels / width, i % channels);
            (40 + (x * (c + 2) + y * 3) % 170) as u8
        })
        .collect()
}

/// Writes pixels with libjpeg-turbo directly, with any of its parameters: for kinds the crate itself does not write.
pub(crate) fn encode_raw(
    pixels: &[u8],
    width: usize,
    height: usize,
    parameters: &[(raw::TJPARAM, c_int)],
) -> Vec<u8> {
    let format = match pixels.len() / (width * height) {
        1 => raw::TJPF_TJPF_GRAY,
        3 => raw::TJPF_TJPF_RGB,
        _ => raw::TJPF_TJPF_CMYK,
    };
    let wide: Vec<i16> = pixels.iter().map(|&value| i16::from(value) << 4).collect();
    let twelve = parameters.contains(&(raw::TJPARAM_TJPARAM_PRECISION, 12));
    let mut start = std::ptr::null_mut();
    let mut length = 0;
    // SAFETY: one handle, used by these calls only; the buffers hold width x height pixels of the format; the output is
    // allocated by the library, copied and freed.
    unsafe {
        let handle = raw::tj3Init(raw::TJINIT_TJINIT_COMPRESS as c_int);
        raw::tj3Set(handle, raw::TJPARAM_TJPARAM_QUALITY as c_int, 90);
        let gray = format == raw::TJPF_TJPF_GRAY;
        let sampling = if gray { raw::TJSAMP_TJSAMP_GRAY } else { raw::TJSAMP_TJSAMP_444 };
        raw::tj3Set(handle, raw::TJPARAM_TJPARAM_SUBSAMP as c_int, sampling);
        for &(parameter, value) in parameters {
            assert_eq!(raw::tj3Set(handle, parameter as c_int, value), 0);
        }
        let (w, h) = (width as c_int, height as c_int);
        let status = if twelve {
            raw::tj3Compress12(handle, wide.as_ptr(), w, 0, h, format, &raw mut start, &raw mut length)
        } else {
            raw::tj3Compress8(handle, pixels.as_ptr(), w, 0, h, format, &raw mut start, &raw mut length)
        };
        assert_eq!(status, 0);
        let jpeg = std::slice::from_raw_parts(start, length as usize).to_vec();
        raw::tj3Free(start.cast());
        raw::tj3Destroy(handle);
        jpeg
    }
}

/// A small, fast, repeatable source of randomness.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
