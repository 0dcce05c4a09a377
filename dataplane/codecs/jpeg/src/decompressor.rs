//! The one place that calls libjpeg-turbo's decoder, and the judgement on its warnings.
//!
//! libjpeg reports damage as warnings and carries on with grey. Warnings do not stop it here, because files with
//! stray bytes before a marker are common and whole. Files that do not end with their marker never get here; which
//! warnings mean that a part before the end is missing is decided in [`Decompressor::verdict`].

use core::ffi::{CStr, c_int, c_void};
use core::ptr::{self, NonNull};

use turbojpeg::raw;

use crate::header::working_memory;
use crate::markers::Frame;
use crate::{Color, Error, Header, Limits, Pixels, Plane, Sampling, Scale, markers};

/// What [`Decompressor::pixels`] writes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PixelFormat {
    Rgb,
    Cmyk,
}

/// A libjpeg-turbo handle for one picture.
#[derive(Debug)]
pub(crate) struct Decompressor {
    handle: NonNull<c_void>,
}

/// Bytes in a mebibyte, the unit of `TJPARAM_MAXMEMORY`.
const MIB: u64 = 1 << 20;

impl Decompressor {
    pub(crate) fn new() -> Result<Self, Error> {
        // SAFETY: takes no pointers; null means failure.
        let handle = unsafe { raw::tj3Init(raw::TJINIT_TJINIT_DECOMPRESS as c_int) };
        NonNull::new(handle).map(|handle| Self { handle }).ok_or(Error::OutOfMemory)
    }

    /// Reads up to the first scan. Must be called once, before decoding, with the same data.
    pub(crate) fn read_header(&mut self, data: &[u8], frame: &Frame) -> Result<Header, Error> {
        if !data.starts_with(&[0xff, 0xd8]) {
            let cut = data.len() < 2 && [0xff, 0xd8].starts_with(data);
            return Err(if cut { Error::Truncated } else { corrupt("no start of image") });
        }
        // Metadata is read by `markers`; libjpeg need not copy the ICC profile.
        self.set(raw::TJPARAM_TJPARAM_SAVEMARKERS, 0)?;
        // SAFETY: the handle is live; `data` is a readable slice of that length, only read, and not kept: decoding
        // passes it again.
        let status = unsafe {
            raw::tj3DecompressHeader(self.handle.as_ptr(), data.as_ptr(), data.len() as raw::size_t)
        };
        let width = u32::try_from(self.get(raw::TJPARAM_TJPARAM_JPEGWIDTH)).unwrap_or(0);
        let height = u32::try_from(self.get(raw::TJPARAM_TJPARAM_JPEGHEIGHT)).unwrap_or(0);
        let color = color(self.get(raw::TJPARAM_TJPARAM_COLORSPACE));
        if status != 0 && !self.only_warned() {
            return Err(self.fatal(data, u32::MAX));
        }
        // Before the first scan ends the header of a cut file; libjpeg then reports tables without a picture.
        if width == 0 || height == 0 {
            let whole = frame.scan_starts || markers::is_complete(data);
            return Err(if whole { corrupt("no picture") } else { Error::Truncated });
        }
        let Some(color) = color else {
            return Err(Error::Unsupported { feature: "a JPEG of unknown colour space" });
        };
        Ok(Header {
            width,
            height,
            sampling: sampling(self.get(raw::TJPARAM_TJPARAM_SUBSAMP)),
            color,
            progressive: self.get(raw::TJPARAM_TJPARAM_PROGRESSIVE) == 1,
            multi_scan: frame.multi_scan,
            precision: u8::try_from(self.get(raw::TJPARAM_TJPARAM_PRECISION)).unwrap_or(0),
            arithmetic: self.get(raw::TJPARAM_TJPARAM_ARITHMETIC) == 1,
            lossless: self.get(raw::TJPARAM_TJPARAM_LOSSLESS) == 1,
            adobe: frame.adobe,
        })
    }

    /// Decodes into planes. `header` must come from [`Self::read_header`] on this handle with the same `data`, and be
    /// Gray or YCbCr with a known sampling.
    pub(crate) fn planes(
        &mut self,
        data: &[u8],
        header: &Header,
        scale: Scale,
        limits: &Limits,
    ) -> Result<(Vec<Plane>, Option<String>), Error> {
        self.prepare(header, scale, limits)?;
        let (across, down) = header.sampling.factors();
        let count = if header.sampling == Sampling::Gray { 1 } else { 3 };
        // libjpeg-turbo pads a plane to whole groups of samples: luma to a multiple of the factors, chroma to match.
        let scaled = |side: u32, factor: u32| scale.samples(side, 1).next_multiple_of(factor);
        let padded = (scaled(header.width, across), scaled(header.height, down));
        let mut planes: Vec<Plane> = (0..count)
            .map(|index| {
                let (across, down) = if index == 0 { (1, 1) } else { (across, down) };
                let (stride, rows) = ((padded.0 / across) as usize, (padded.1 / down) as usize);
                Plane {
                    data: vec![0; stride * rows],
                    width: scale.samples(header.width, across),
                    height: scale.samples(header.height, down),
                    stride,
                }
            })
            .collect();
        let mut pointers = [ptr::null_mut::<u8>(); 3];
        let mut strides: [c_int; 3] = [0; 3];
        for (index, plane) in planes.iter_mut().enumerate() {
            pointers[index] = plane.data.as_mut_ptr();
            strides[index] = plane.stride as c_int;
        }
        // SAFETY: the handle is live; `data` is a readable slice. libjpeg-turbo reads the header of the same bytes
        // again and takes size and sampling from it, so it writes tj3YUVPlaneWidth x tj3YUVPlaneHeight samples per
        // plane: exactly `stride` x `rows` above (scaled side, rounded up, padded to the factors, over the factors).
        // Three-component files get three pointers, Gray one. Nothing is kept after the call: the one caller never
        // asks for a size whose padding exceeds libjpeg's scratch rows (4:1:1, one block across, an eighth).
        let status = unsafe {
            raw::tj3DecompressToYUVPlanes8(
                self.handle.as_ptr(),
                data.as_ptr(),
                data.len() as raw::size_t,
                pointers.as_mut_ptr(),
                strides.as_mut_ptr(),
            )
        };
        let warning = self.verdict(status, data, *limits)?;
        for plane in &mut planes {
            plane.data.truncate(plane.stride * plane.height as usize);
        }
        Ok((planes, warning))
    }

    /// Decodes into interleaved pixels. `header` as for [`Self::planes`], of a colour that converts to `format`.
    pub(crate) fn pixels(
        &mut self,
        data: &[u8],
        header: &Header,
        scale: Scale,
        limits: &Limits,
        format: PixelFormat,
    ) -> Result<Pixels, Error> {
        self.prepare(header, scale, limits)?;
        let (format, channels) = match format {
            PixelFormat::Rgb => (raw::TJPF_TJPF_RGB, 3),
            PixelFormat::Cmyk => (raw::TJPF_TJPF_CMYK, 4),
        };
        let (width, height) = (scale.samples(header.width, 1), scale.samples(header.height, 1));
        let mut pixels = vec![0; width as usize * height as usize * channels];
        // SAFETY: the handle is live; `data` is a readable slice, its header is read again and gives the same size.
        // Pitch 0 means rows of scaled width times `channels` bytes; scaled sides are rounded up as above, so the
        // buffer holds exactly what is written.
        let status = unsafe {
            raw::tj3Decompress8(
                self.handle.as_ptr(),
                data.as_ptr(),
                data.len() as raw::size_t,
                pixels.as_mut_ptr(),
                0,
                format,
            )
        };
        let warning = self.verdict(status, data, *limits)?;
        Ok(Pixels { data: pixels, width, height, warning })
    }

    fn prepare(&mut self, header: &Header, scale: Scale, limits: &Limits) -> Result<(), Error> {
        let scans = limits.max_scans.max(1);
        self.set(raw::TJPARAM_TJPARAM_SCANLIMIT, c_int::try_from(scans).unwrap_or(c_int::MAX))?;
        let memory = working_memory(header).div_ceil(MIB);
        self.set(raw::TJPARAM_TJPARAM_MAXMEMORY, c_int::try_from(memory).unwrap_or(c_int::MAX))?;
        let factor = raw::tjscalingfactor { num: 1, denom: scale.divisor() as c_int };
        // SAFETY: the handle is live; the factor is passed by value.
        let status = unsafe { raw::tj3SetScalingFactor(self.handle.as_ptr(), factor) };
        if status == 0 { Ok(()) } else { Err(corrupt(self.message())) }
    }

    /// Whether what was decoded is the whole picture; if it is, what libjpeg grumbled about.
    fn verdict(&mut self, status: c_int, data: &[u8], limits: Limits) -> Result<Option<String>, Error> {
        if status == 0 {
            return Ok(None);
        }
        if !self.only_warned() {
            return Err(self.fatal(data, limits.max_scans.max(1)));
        }
        // The file is known to end with its marker. What can still be missing is a part before it: "premature end of
        // data segment" says that a marker came before the last block. "Premature end of JPEG file" cannot come any
        // more unless libjpeg sees other markers than we do, and then it is right.
        let message = self.message();
        let missing = message.to_ascii_lowercase().contains("premature end");
        if missing { Err(Error::Truncated) } else { Ok(Some(message)) }
    }

    /// The error behind a call that gave up.
    fn fatal(&mut self, data: &[u8], max_scans: u32) -> Error {
        let message = self.message();
        let says = |text: &str| message.contains(text);
        if says("scans") {
            Error::TooManyScans { limit: max_scans }
        } else if says("Backing store") {
            Error::TooMuchMemory
        } else if says("emory allocation failure") || says("Insufficient memory") {
            Error::OutOfMemory
        } else if !markers::is_complete(data) {
            Error::Truncated
        } else {
            Error::Corrupt { message }
        }
    }

    /// Whether the call before this failed with warnings only.
    fn only_warned(&mut self) -> bool {
        // SAFETY: the handle is live.
        let code = unsafe { raw::tj3GetErrorCode(self.handle.as_ptr()) };
        code == raw::TJERR_TJERR_WARNING as c_int
    }

    fn message(&mut self) -> String {
        message(self.handle)
    }

    fn set(&mut self, parameter: raw::TJPARAM, value: c_int) -> Result<(), Error> {
        // SAFETY: the handle is live; out-of-range values are refused by the library.
        let status = unsafe { raw::tj3Set(self.handle.as_ptr(), parameter as c_int, value) };
        if status == 0 { Ok(()) } else { Err(corrupt(self.message())) }
    }

    fn get(&mut self, parameter: raw::TJPARAM) -> c_int {
        // SAFETY: the handle is live; unknown parameters give -1.
        unsafe { raw::tj3Get(self.handle.as_ptr(), parameter as c_int) }
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: the handle came from tj3Init and is not used after this.
        unsafe { raw::tj3Destroy(self.handle.as_ptr()) };
    }
}

/// The library's last message on this handle, copied.
pub(crate) fn message(handle: NonNull<c_void>) -> String {
    // SAFETY: the handle is live; the result is a NUL-terminated string in the handle or in a thread-local buffer of
    // this thread. It is copied before anything else can write to either.
    let text = unsafe { CStr::from_ptr(raw::tj3GetErrorStr(handle.as_ptr())) };
    text.to_string_lossy().into_owned()
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::Corrupt { message: message.into() }
}

fn color(value: c_int) -> Option<Color> {
    match u32::try_from(value) {
        Ok(raw::TJCS_TJCS_GRAY) => Some(Color::Gray),
        Ok(raw::TJCS_TJCS_YCbCr) => Some(Color::YCbCr),
        Ok(raw::TJCS_TJCS_RGB) => Some(Color::Rgb),
        Ok(raw::TJCS_TJCS_CMYK) => Some(Color::Cmyk),
        Ok(raw::TJCS_TJCS_YCCK) => Some(Color::Ycck),
        _ => None,
    }
}

fn sampling(value: c_int) -> Sampling {
    match value {
        raw::TJSAMP_TJSAMP_444 => Sampling::S444,
        raw::TJSAMP_TJSAMP_422 => Sampling::S422,
        raw::TJSAMP_TJSAMP_420 => Sampling::S420,
        raw::TJSAMP_TJSAMP_440 => Sampling::S440,
        raw::TJSAMP_TJSAMP_411 => Sampling::S411,
        raw::TJSAMP_TJSAMP_441 => Sampling::S441,
        raw::TJSAMP_TJSAMP_GRAY => Sampling::Gray,
        _ => Sampling::Unknown,
    }
}
