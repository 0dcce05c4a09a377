//! The only unsafe code for decoding: one still through rav1d's C-shaped interface.
//!
//! rav1d's functions are `extern "C"`: a panic inside one cannot be caught and ends the process. Hence the fork of
//! rav1d that does not panic on a damaged frame (see `Cargo.toml`), and hence `obu::still`, which keeps everything
//! but frames away from it. A decoder lives for one call, has no threads, and logs nothing, so nothing is shared.

use std::{marker::PhantomData, mem::MaybeUninit, ptr::NonNull};

use rav1d::{
    include::dav1d::{
        data::Dav1dData,
        dav1d::{Dav1dContext, Dav1dLogger, Dav1dSettings},
        headers::{
            DAV1D_CHR_COLOCATED, DAV1D_CHR_VERTICAL, DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420,
            DAV1D_PIXEL_LAYOUT_I422, DAV1D_PIXEL_LAYOUT_I444,
        },
        picture::Dav1dPicture,
    },
    src::lib::{
        dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture,
        dav1d_open, dav1d_picture_unref, dav1d_send_data,
    },
};

use crate::{
    ChromaPosition, Error, Sampling,
    error::{malformed, unsupported},
    frame::{Frame, Reduction, Signal},
    obu,
};

/// What is expected of a coded picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) operating_point: u8,
    /// The range that the file declares; None: the stream's own.
    pub(crate) full_range: Option<bool>,
}

/// Decodes the units of one picture.
///
/// # Errors
///
/// [`Error::Damaged`] where rav1d gives no picture; also when the picture has another size than announced, which is
/// found before its planes are allocated if it is larger.
pub(crate) fn decode(payload: &[u8], expected: Expected) -> Result<Frame, Error> {
    let units = obu::still(payload)?;
    let mut decoder = Decoder::new(expected)?;
    decoder.send(&units)?;
    let picture = decoder.picture()?;
    picture.copy(expected)
}

struct Decoder(Option<Dav1dContext>);

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context came from `dav1d_open` and is closed once, here.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.0))) };
    }
}

impl Decoder {
    fn new(expected: Expected) -> Result<Self, Error> {
        let pixels = u64::from(expected.width) * u64::from(expected.height);
        let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the pointer is valid for writing, and the function writes a whole value.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::from(&mut settings).cast());
            settings.assume_init()
        };
        settings.n_threads = 1;
        settings.max_frame_delay = 1;
        // Never 0, which would mean no limit.
        settings.frame_size_limit =
            u32::try_from(pixels).map_err(|_| unsupported("a single coded picture of 2^32 pixels"))?;
        settings.operating_point = expected.operating_point.into();
        // Of several layers only the best is shown.
        settings.all_layers = 0;
        // SAFETY: without a callback nothing is ever called.
        settings.logger = unsafe { Dav1dLogger::new(None, None) };
        let mut context = None;
        // SAFETY: both pointers are valid for the call; the settings are plain values that rav1d copies.
        let code =
            unsafe { dav1d_open(Some(NonNull::from(&mut context)), Some(NonNull::from(&mut settings))) };
        check(code.0)?;
        Ok(Self(context))
    }

    /// Hands over the whole stream. Without threads and without delay rav1d decodes it here, up to the first picture.
    fn send(&mut self, units: &[u8]) -> Result<(), Error> {
        let mut data = Data(Dav1dData::default());
        // SAFETY: the pointer is valid for writing; the default that it overwrites owns nothing.
        let buffer = unsafe { dav1d_data_create(Some(NonNull::from(&mut data.0)), units.len()) };
        let Some(buffer) = NonNull::new(buffer) else { return Err(Error::Damaged { code: 0 }) };
        // SAFETY: rav1d has just allocated `units.len()` bytes there, and no one else knows of them.
        unsafe { buffer.copy_from_nonoverlapping(NonNull::from(units).cast(), units.len()) };
        // SAFETY: the context is open, and the data came from `dav1d_data_create`. rav1d leaves in it what it did not
        // take, which `Data` releases.
        check(unsafe { dav1d_send_data(self.0, Some(NonNull::from(&mut data.0))) }.0)
    }

    fn picture(&mut self) -> Result<Picture<'_>, Error> {
        let mut picture = Picture { picture: Dav1dPicture::default(), decoder: PhantomData };
        // SAFETY: the context is open, and the default picture that is overwritten owns nothing.
        let code = unsafe { dav1d_get_picture(self.0, Some(NonNull::from(&mut picture.picture))) };
        check(code.0)?;
        Ok(picture)
    }
}

struct Data(Dav1dData);

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: the data is the default, or came from rav1d and was not released; afterwards it is the default.
        unsafe { dav1d_data_unref(Some(NonNull::from(&mut self.0))) };
    }
}

/// A decoded picture; borrows its decoder so as to be released first.
struct Picture<'a> {
    picture: Dav1dPicture,
    decoder: PhantomData<&'a mut Decoder>,
}

impl Drop for Picture<'_> {
    fn drop(&mut self) {
        // SAFETY: the picture is the default, or came from `dav1d_get_picture` and was not released.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.picture))) };
    }
}

impl Picture<'_> {
    /// Copies the planes, without padding and at 8 bits.
    fn copy(&self, expected: Expected) -> Result<Frame, Error> {
        let parameters = &self.picture.p;
        if parameters.w != expected.width.cast_signed() || parameters.h != expected.height.cast_signed() {
            return Err(malformed("a coded picture has another size than the file says"));
        }
        let sampling = match parameters.layout {
            DAV1D_PIXEL_LAYOUT_I400 => Sampling::S400,
            DAV1D_PIXEL_LAYOUT_I420 => Sampling::S420,
            DAV1D_PIXEL_LAYOUT_I422 => Sampling::S422,
            DAV1D_PIXEL_LAYOUT_I444 => Sampling::S444,
            _ => return Err(unsupported("an unknown chroma sampling")),
        };
        let signal = self.signal()?;
        let full_range = expected.full_range.unwrap_or(signal.full_range);
        let reduction = match parameters.bpc {
            8 => None,
            10 => Some(Reduction::new(10, full_range)),
            12 => Some(Reduction::new(12, full_range)),
            _ => return Err(unsupported("an unknown bit depth")),
        };
        let plane = |index| self.plane(index, expected, sampling, reduction.as_ref());
        Ok(Frame {
            planes: [plane(0)?, plane(1)?, plane(2)?],
            width: expected.width,
            height: expected.height,
            sampling,
            signal,
        })
    }

    fn plane(
        &self,
        index: usize,
        expected: Expected,
        sampling: Sampling,
        reduction: Option<&Reduction>,
    ) -> Result<Vec<u8>, Error> {
        let (columns, rows) = Frame::plane_size(sampling, index, expected.width, expected.height);
        if columns == 0 {
            return Ok(Vec::new());
        }
        let start = self.picture.data[index].ok_or(Error::Damaged { code: 0 })?.cast::<u8>();
        let stride = self.picture.stride[usize::from(index > 0)];
        let bytes = if reduction.is_some() { 2 * columns } else { columns };
        let mut out = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            // SAFETY: rav1d's own allocator made each plane of at least `rows` rows, `stride` bytes apart, each of at
            // least `columns` samples (1 byte at 8 bits, else 2), and initialised all of it. The picture is borrowed,
            // so it is not released meanwhile, and with no threads nobody writes to it.
            let row = unsafe {
                std::slice::from_raw_parts(start.offset(stride * row.cast_signed()).as_ptr(), bytes)
            };
            match reduction {
                Some(reduction) => reduction.append(row, &mut out),
                None => out.extend_from_slice(row),
            }
        }
        Ok(out)
    }

    fn signal(&self) -> Result<Signal, Error> {
        let header = self.picture.seq_hdr.ok_or(Error::Damaged { code: 0 })?;
        // SAFETY: the header lives as long as the picture that points to it, and is never written to.
        let header = unsafe { header.as_ref() };
        Ok(Signal {
            primaries: header.pri as u16,
            matrix: header.mtrx as u16,
            full_range: header.color_range != 0,
            position: match header.chr {
                DAV1D_CHR_VERTICAL => ChromaPosition::Left,
                DAV1D_CHR_COLOCATED => ChromaPosition::TopLeft,
                _ => ChromaPosition::Center,
            },
        })
    }
}

fn check(code: i32) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(Error::Damaged { code }) }
}
