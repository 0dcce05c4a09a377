//! The one place that calls libwebp's encoder.

use core::ptr;
use core::slice;

use libwebp_sys::{
    WebPConfig, WebPEncode, WebPEncodingError, WebPMemoryWrite, WebPMemoryWriter, WebPMemoryWriterClear,
    WebPPicture, WebPPictureFree, WebPPictureImportRGB, WebPPictureImportRGBA,
};

use crate::{Error, YuvRef};

/// A picture on its way into libwebp. `'a` is the life of the planes it points to.
#[derive(Debug)]
pub(crate) struct Picture<'a> {
    raw: WebPPicture,
    planes: std::marker::PhantomData<&'a [u8]>,
}

/// The buffer that libwebp allocates and grows.
#[derive(Debug)]
struct Output(WebPMemoryWriter);

impl<'a> Picture<'a> {
    fn new(width: u32, height: u32) -> Result<Self, Error> {
        crate::decode::check_size(width, height)?;
        let mut raw = WebPPicture::new().map_err(|()| Error::OutOfMemory)?;
        raw.width = width as i32;
        raw.height = height as i32;
        Ok(Self { raw, planes: std::marker::PhantomData })
    }

    /// Points at planes, which the caller has measured against width, height and strides.
    ///
    /// libwebp overwrites the colours of transparent pixels unless told to be exact. Whoever passes alpha must
    /// therefore encode with `exact`, or own the planes: see [`Self::from_owned_planes`].
    pub(crate) fn from_planes(yuv: &YuvRef<'a>) -> Result<Self, Error> {
        let mut picture = Self::new(yuv.width, yuv.height)?;
        picture.point_at(
            yuv,
            yuv.y.as_ptr().cast_mut(),
            yuv.u.as_ptr().cast_mut(),
            yuv.v.as_ptr().cast_mut(),
        );
        Ok(picture)
    }

    /// Points at planes that libwebp may overwrite: copies of those in `yuv`, of the same lengths.
    pub(crate) fn from_owned_planes(yuv: &YuvRef<'a>, copies: &'a mut [Vec<u8>; 3]) -> Result<Self, Error> {
        let mut picture = Self::new(yuv.width, yuv.height)?;
        let [y, u, v] = copies;
        picture.point_at(yuv, y.as_mut_ptr(), u.as_mut_ptr(), v.as_mut_ptr());
        Ok(picture)
    }

    fn point_at(&mut self, yuv: &YuvRef<'a>, y: *mut u8, u: *mut u8, v: *mut u8) {
        let raw = &mut self.raw;
        (raw.y, raw.u, raw.v) = (y, u, v);
        raw.y_stride = yuv.y_stride as i32;
        raw.uv_stride = yuv.uv_stride as i32;
        if let Some(alpha) = yuv.a {
            raw.colorspace = libwebp_sys::WebPEncCSP::WEBP_YUV420A;
            raw.a = alpha.as_ptr().cast_mut();
            raw.a_stride = yuv.a_stride as i32;
        }
    }

    /// Copies pixels in, converted to planes, or kept as they are for lossless coding.
    pub(crate) fn from_pixels(
        data: &[u8],
        width: u32,
        height: u32,
        alpha: bool,
        lossless: bool,
    ) -> Result<Self, Error> {
        let mut picture = Self::new(width, height)?;
        let stride = width as usize * if alpha { 4 } else { 3 };
        if data.len() < stride * height as usize {
            return Err(Error::InvalidInput { reason: "fewer pixels than width times height" });
        }
        picture.raw.use_argb = i32::from(lossless);
        let raw = &raw mut picture.raw;
        // SAFETY: `raw` is an initialised picture; `data` holds `height` rows of `stride` bytes, as just checked, and is
        // only read. The copy belongs to the picture and is freed with it.
        let imported = unsafe {
            if alpha {
                WebPPictureImportRGBA(raw, data.as_ptr(), stride as i32)
            } else {
                WebPPictureImportRGB(raw, data.as_ptr(), stride as i32)
            }
        };
        if imported == 0 { Err(failure(picture.raw.error_code)) } else { Ok(picture) }
    }

    /// Encodes.
    pub(crate) fn encode(mut self, config: &WebPConfig) -> Result<Vec<u8>, Error> {
        let mut output = Output(WebPMemoryWriter { mem: ptr::null_mut(), size: 0, max_size: 0, pad: [0] });
        self.raw.writer = Some(WebPMemoryWrite);
        self.raw.custom_ptr = (&raw mut output.0).cast();
        // SAFETY: config and picture are initialised. The picture's planes are either its own, or borrowed for `'a`,
        // which outlives `self`, and as large as width, height and strides say. libwebp writes into y, u and v only
        // when alpha is present and `exact` is off: then they are copies (`encode_yuv` decides so). `custom_ptr` is
        // the writer that WebPMemoryWrite expects, alive until the end of this function.
        let encoded = unsafe { WebPEncode(config, &raw mut self.raw) };
        self.raw.custom_ptr = ptr::null_mut();
        if encoded == 0 { Err(failure(self.raw.error_code)) } else { Ok(output.to_vec()) }
    }
}

impl Drop for Picture<'_> {
    fn drop(&mut self) {
        // SAFETY: frees only what libwebp allocated for this picture; borrowed planes are not recorded as its memory.
        unsafe { WebPPictureFree(&raw mut self.raw) };
    }
}

impl Output {
    fn to_vec(&self) -> Vec<u8> {
        if self.0.mem.is_null() {
            return Vec::new();
        }
        // SAFETY: the writer holds `size` written bytes at `mem`, which it owns until it is cleared.
        unsafe { slice::from_raw_parts(self.0.mem, self.0.size) }.to_vec()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the writer was filled by WebPMemoryWrite or is empty; nothing else frees its memory.
        unsafe { WebPMemoryWriterClear(&raw mut self.0) };
    }
}

fn failure(code: WebPEncodingError) -> Error {
    use WebPEncodingError as E;
    let reason = match code {
        E::VP8_ENC_ERROR_OUT_OF_MEMORY | E::VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY => {
            return Error::OutOfMemory;
        }
        E::VP8_ENC_OK | E::VP8_ENC_ERROR_LAST => "no reason given",
        E::VP8_ENC_ERROR_NULL_PARAMETER => "a parameter is missing",
        E::VP8_ENC_ERROR_INVALID_CONFIGURATION => "an option is out of range",
        E::VP8_ENC_ERROR_BAD_DIMENSION => "the size is not possible",
        E::VP8_ENC_ERROR_PARTITION0_OVERFLOW => "the first partition exceeds 512 KB",
        E::VP8_ENC_ERROR_PARTITION_OVERFLOW => "a partition exceeds 16 MB",
        E::VP8_ENC_ERROR_BAD_WRITE => "the output could not be written",
        E::VP8_ENC_ERROR_FILE_TOO_BIG => "the file exceeds 4 GB",
        E::VP8_ENC_ERROR_USER_ABORT => "encoding was aborted",
    };
    Error::Encode { reason }
}
