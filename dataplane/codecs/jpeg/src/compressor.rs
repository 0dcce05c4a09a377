//! The one place that calls libjpeg-turbo's encoder.

use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};
use core::slice;

use turbojpeg::raw;

use crate::decompressor::message;
use crate::encode::Filled;
use crate::{Error, Options, Sampling};

/// A libjpeg-turbo handle for one picture.
#[derive(Debug)]
pub(crate) struct Compressor {
    handle: NonNull<c_void>,
}

/// A buffer that libjpeg-turbo allocates and grows.
#[derive(Debug)]
struct Output {
    start: *mut u8,
    length: raw::size_t,
}

impl Compressor {
    pub(crate) fn new() -> Result<Self, Error> {
        // SAFETY: takes no pointers; null means failure.
        let handle = unsafe { raw::tj3Init(raw::TJINIT_TJINIT_COMPRESS as c_int) };
        NonNull::new(handle).map(|handle| Self { handle }).ok_or(Error::OutOfMemory)
    }

    /// Encodes. Each of the planes holds its size rounded up to whole groups of samples, one plane for Gray and three
    /// for the rest; `sampling` is not Unknown; the sides are within [`MAX_SIDE`](crate::MAX_SIDE).
    pub(crate) fn planes(
        &mut self,
        planes: &[Filled<'_>],
        width: u32,
        height: u32,
        sampling: Sampling,
        options: &Options,
    ) -> Result<Vec<u8>, Error> {
        let subsampling = match sampling {
            Sampling::S444 => raw::TJSAMP_TJSAMP_444,
            Sampling::S422 => raw::TJSAMP_TJSAMP_422,
            Sampling::S420 => raw::TJSAMP_TJSAMP_420,
            Sampling::S440 => raw::TJSAMP_TJSAMP_440,
            Sampling::S411 => raw::TJSAMP_TJSAMP_411,
            Sampling::S441 => raw::TJSAMP_TJSAMP_441,
            Sampling::Gray => raw::TJSAMP_TJSAMP_GRAY,
            Sampling::Unknown => return Err(Error::InvalidInput { reason: "an unknown sampling" }),
        };
        self.set(raw::TJPARAM_TJPARAM_SUBSAMP, subsampling)?;
        self.set(raw::TJPARAM_TJPARAM_QUALITY, c_int::from(options.quality.clamp(1, 100)))?;
        self.set(raw::TJPARAM_TJPARAM_OPTIMIZE, 1)?;
        self.set(raw::TJPARAM_TJPARAM_PROGRESSIVE, c_int::from(options.progressive))?;
        let mut pointers = [ptr::null::<u8>(); 3];
        let mut strides: [c_int; 3] = [0; 3];
        for (index, plane) in planes.iter().enumerate().take(3) {
            pointers[index] = plane.data.as_ptr();
            strides[index] = plane.stride as c_int;
        }
        let mut output = Output { start: ptr::null_mut(), length: 0 };
        // SAFETY: the handle is live. libjpeg-turbo reads, per plane, the size rounded up to a multiple of the
        // sampling factors (over the factors for chroma), `strides` apart, which `Filled` holds; missing planes stay
        // null and are refused. It allocates the output itself because `start` is null, and sets both fields.
        let status = unsafe {
            raw::tj3CompressFromYUVPlanes8(
                self.handle.as_ptr(),
                pointers.as_ptr(),
                width as c_int,
                strides.as_ptr(),
                height as c_int,
                &raw mut output.start,
                &raw mut output.length,
            )
        };
        if status == 0 { Ok(output.to_vec()) } else { Err(Error::Encode { message: message(self.handle) }) }
    }

    fn set(&mut self, parameter: raw::TJPARAM, value: c_int) -> Result<(), Error> {
        // SAFETY: the handle is live; out-of-range values are refused by the library.
        let status = unsafe { raw::tj3Set(self.handle.as_ptr(), parameter as c_int, value) };
        if status == 0 { Ok(()) } else { Err(Error::Encode { message: message(self.handle) }) }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: the handle came from tj3Init and is not used after this.
        unsafe { raw::tj3Destroy(self.handle.as_ptr()) };
    }
}

impl Output {
    fn to_vec(&self) -> Vec<u8> {
        if self.start.is_null() {
            return Vec::new();
        }
        // SAFETY: after a successful call `start` points to `length` written bytes that this struct owns.
        unsafe { slice::from_raw_parts(self.start, self.length as usize) }.to_vec()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: `start` is null or was allocated by the library, and nothing else frees it.
        unsafe { raw::tj3Free(self.start.cast()) };
    }
}
