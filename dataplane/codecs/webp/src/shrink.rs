//! Lossy WebP to planes of a half, a quarter or an eighth of its sides, made of the rows as they are decoded.
//!
//! libwebp can scale by itself, to any size: a sample at a time, which takes as long as decoding does. Means of whole
//! blocks are sums that the compiler makes SIMD of. The rows come by libwebp's lower-level interface (`vp8_dec.h`), so
//! that the whole picture is never in memory.

use std::ffi::{c_int, c_void};

use libwebp_sys::{VP8StatusCode, WEBP_DECODER_ABI_VERSION};

use crate::{Error, Yuv, container, decode::still, header::check};

/// `VP8Io` of `vp8_dec.h`: what is read, and where its rows go.
#[repr(C)]
struct Io {
    width: c_int,
    height: c_int,
    mb_y: c_int,
    mb_w: c_int,
    mb_h: c_int,
    y: *const u8,
    u: *const u8,
    v: *const u8,
    y_stride: c_int,
    uv_stride: c_int,
    opaque: *mut c_void,
    put: Option<extern "C" fn(*const Io) -> c_int>,
    setup: Option<extern "C" fn(*mut Io) -> c_int>,
    teardown: Option<extern "C" fn(*const Io)>,
    fancy_upsampling: c_int,
    data_size: usize,
    data: *const u8,
    bypass_filtering: c_int,
    use_cropping: c_int,
    crop: [c_int; 4],
    use_scaling: c_int,
    scaled: [c_int; 2],
    a: *const u8,
    /// libwebp clears as much as its own struct has. Should a later one be longer, it finds room.
    spare: [usize; 16],
}

/// libwebp's decoder, which only it looks into.
#[repr(C)]
struct Vp8Decoder {
    opaque: [u8; 0],
}

unsafe extern "C" {
    fn VP8InitIoInternal(io: *mut Io, version: c_int) -> c_int;
    fn VP8New() -> *mut Vp8Decoder;
    fn VP8Decode(decoder: *mut Vp8Decoder, io: *mut Io) -> c_int;
    fn VP8Status(decoder: *mut Vp8Decoder) -> VP8StatusCode;
    fn VP8Delete(decoder: *mut Vp8Decoder);
}

/// By how much a picture is made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 1/2
    Half,
    /// 1/4
    Quarter,
    /// 1/8
    Eighth,
}

impl Scale {
    /// How many samples along a side become one.
    pub const fn divisor(self) -> u32 {
        match self {
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }
}

/// How many samples of chroma there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// As in the file, one for four of luma.
    Half,
    /// As many as of luma: the file has them, so that the picture has finer colours than the file at its own size.
    Full,
}

/// Decodes a lossy still into planes whose samples are means of squares of the file's, at the right and lower edge of what
/// there is of one. Sides are rounded up; alpha is left out.
///
/// Edges of blocks are filtered for [`Chroma::Full`] alone: libwebp leaves them when it shrinks, and means hide most of them,
/// but at [`Scale::Half`] full chroma is the file's own.
///
/// # Errors
/// As [`decode_yuv`](crate::decode_yuv), and [`Error::Lossless`].
pub fn decode_shrunk_yuv(data: &[u8], scale: Scale, chroma: Chroma) -> Result<Yuv, Error> {
    let header = still(data)?;
    if header.lossless {
        return Err(Error::Lossless);
    }
    let divisor = scale.divisor();
    let payload = container::chunk(data, b"VP8 ").ok_or(Error::Truncated)?;
    let (width, height) = (header.width as usize, header.height as usize);
    let of_chroma = || {
        let divisor = match chroma {
            Chroma::Half => divisor,
            Chroma::Full => divisor / 2,
        };
        Means::new(width.div_ceil(2), height.div_ceil(2), divisor as usize)
    };
    let mut planes =
        Planes { y: Means::new(width, height, divisor as usize), u: of_chroma(), v: of_chroma() };
    decode(payload, &mut planes, chroma == Chroma::Full)?;
    let [y, u, v] = [planes.y, planes.u, planes.v].map(Means::finish);
    match (y, u, v) {
        (Some(y), Some(u), Some(v)) => Ok(Yuv {
            width: header.width.div_ceil(divisor),
            height: header.height.div_ceil(divisor),
            y,
            u,
            v,
            a: None,
        }),
        _ => Err(Error::Corrupt { reason: "the picture does not have the size its header announces" }),
    }
}

/// Has the rows of a bitstream added to planes, with edges of blocks filtered or not.
fn decode(payload: &[u8], planes: &mut Planes, filter: bool) -> Result<(), Error> {
    /// Frees a decoder.
    struct Owned(*mut Vp8Decoder);
    impl Drop for Owned {
        fn drop(&mut self) {
            // SAFETY: it is what `VP8New` gave, and nobody uses it any more. Null is allowed.
            unsafe { VP8Delete(self.0) }
        }
    }
    // SAFETY: the struct consists of numbers, pointers and options of functions, all of which may be zero.
    let mut io: Io = unsafe { std::mem::zeroed() };
    // SAFETY: `io` is at least as long as libwebp's struct and has the same fields, which this call clears after it has
    // compared the version of the interface.
    if unsafe { VP8InitIoInternal(&raw mut io, WEBP_DECODER_ABI_VERSION as c_int) } == 0 {
        return Err(Error::Corrupt { reason: "libwebp has another interface" });
    }
    io.data = payload.as_ptr();
    io.data_size = payload.len();
    io.opaque = std::ptr::from_mut(planes).cast();
    io.put = Some(put);
    io.bypass_filtering = c_int::from(!filter);
    // SAFETY: it takes nothing.
    let decoder = Owned(unsafe { VP8New() });
    if decoder.0.is_null() {
        return Err(Error::OutOfMemory);
    }
    // SAFETY: the decoder is live, and `io` points at a readable slice of that length and at planes that are borrowed
    // mutably, both until the call returns. libwebp keeps neither, and calls `put` from this thread.
    let done = unsafe { VP8Decode(decoder.0, &raw mut io) };
    if done != 0 {
        return Ok(());
    }
    // SAFETY: the decoder is live.
    check(unsafe { VP8Status(decoder.0) })?;
    Err(Error::Corrupt { reason: "the bitstream is invalid" })
}

/// Adds the rows that libwebp has decoded; 0 would end the decoding.
extern "C" fn put(io: *const Io) -> c_int {
    // SAFETY: libwebp calls this with the `io` that it was given, whose `opaque` is the planes of `decode`, which nobody
    // else uses meanwhile.
    let (io, planes) = unsafe { (&*io, &mut *(*io).opaque.cast::<Planes>()) };
    let rows = |first: *const u8, stride: c_int, width: c_int, count: c_int, means: &mut Means| {
        for row in 0..count.max(0) as usize {
            // SAFETY: `first` is the first of `count` rows that are `stride` apart, of which `width` samples are readable
            // (`vp8_dec.h`: "the area to update is mb_w x mb_h in size", chroma half of it, rounded up).
            let row = unsafe {
                std::slice::from_raw_parts(first.add(row * stride as usize), width.max(0) as usize)
            };
            means.add(row);
        }
    };
    rows(io.y, io.y_stride, io.mb_w, io.mb_h, &mut planes.y);
    let (width, count) = ((io.mb_w + 1) / 2, (io.mb_h + 1) / 2);
    rows(io.u, io.uv_stride, width, count, &mut planes.u);
    rows(io.v, io.uv_stride, width, count, &mut planes.v);
    1
}

/// The planes of a picture.
struct Planes {
    y: Means,
    u: Means,
    v: Means,
}

/// A plane of means, made row by row.
struct Means {
    /// Samples of a row, rows, and samples of a mean along a side.
    width: usize,
    height: usize,
    divisor: usize,
    /// Sums of the block row that is being added: at most 64 samples of 255.
    sums: Vec<u16>,
    /// Rows that these hold, and rows that came in all.
    rows: usize,
    done: usize,
    plane: Vec<u8>,
}

impl Means {
    fn new(width: usize, height: usize, divisor: usize) -> Self {
        let across = width.div_ceil(divisor);
        let plane = Vec::with_capacity(across * height.div_ceil(divisor));
        Self { width, height, divisor, sums: vec![0; across], rows: 0, done: 0, plane }
    }

    /// Adds the next row. One of another length, or too many, counts for nothing, and [`Means::finish`] finds the plane
    /// incomplete.
    fn add(&mut self, row: &[u8]) {
        if row.len() != self.width || self.done >= self.height {
            return;
        }
        match self.divisor {
            1 => add::<1>(&mut self.sums, row),
            2 => add::<2>(&mut self.sums, row),
            4 => add::<4>(&mut self.sums, row),
            _ => add::<8>(&mut self.sums, row),
        }
        self.rows += 1;
        self.done += 1;
        if self.rows == self.divisor || self.done == self.height {
            self.emit();
        }
    }

    fn emit(&mut self) {
        let whole = (self.divisor * self.rows) as u16;
        let rest = (self.width % self.divisor * self.rows) as u16;
        let (full, last) = self.sums.split_at(self.width / self.divisor);
        if whole.is_power_of_two() {
            let (half, bits) = (whole / 2, whole.trailing_zeros());
            self.plane.extend(full.iter().map(|sum| ((sum + half) >> bits) as u8));
        } else {
            self.plane.extend(full.iter().map(|sum| ((sum + whole / 2) / whole) as u8));
        }
        self.plane.extend(last.iter().map(|sum| ((sum + rest / 2) / rest.max(1)) as u8));
        self.sums.fill(0);
        self.rows = 0;
    }

    /// The plane, if all of its rows came.
    fn finish(self) -> Option<Vec<u8>> {
        (self.done == self.height).then_some(self.plane)
    }
}

/// Adds to each sum the samples of a row that belong to it.
fn add<const N: usize>(sums: &mut [u16], row: &[u8]) {
    let (groups, rest) = row.as_chunks::<N>();
    for (sum, group) in sums.iter_mut().zip(groups) {
        *sum += group.iter().map(|sample| u16::from(*sample)).sum::<u16>();
    }
    if let Some(sum) = sums.get_mut(groups.len()) {
        *sum += rest.iter().map(|sample| u16::from(*sample)).sum::<u16>();
    }
}
