//! The only unsafe code of the crate: one frame through libaom's encoder.
//!
//! A context lives for one call and never leaves its thread. libaom copies the picture during `aom_codec_encode` and
//! the configuration during initialisation, so nothing borrowed outlives the call it is given to.

use std::{mem::MaybeUninit, ptr};

use libaom_sys as sys;

use crate::{Error, Sampling, planes::Picture};

/// How hard and how well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// libaom's `cq-level`, 0 (best) to 63.
    pub(crate) quantizer: u8,
    /// libaom's `cpu-used`, 0 to 9.
    pub(crate) speed: u8,
}

/// Encodes one still frame and returns its OBUs.
pub(crate) fn encode(picture: &Picture<'_>, settings: Settings) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder::new(picture, settings)?;
    encoder.feed(picture)
}

/// An initialised libaom context.
struct Encoder(Box<sys::aom_codec_ctx>);

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context was initialised by `Encoder::new` (an `Encoder` exists only after success) and is
        // destroyed once, here. The result can only report a context without an interface, which it has.
        unsafe { sys::aom_codec_destroy(&raw mut *self.0) };
    }
}

impl Encoder {
    fn new(picture: &Picture<'_>, settings: Settings) -> Result<Self, Error> {
        let config = configuration(picture)?;
        // SAFETY: all-zero bytes are a valid `aom_codec_ctx`: null pointers, zero integers, a union of pointers.
        let mut context: Box<sys::aom_codec_ctx> = Box::new(unsafe { MaybeUninit::zeroed().assume_init() });
        // SAFETY: context and config are valid for the call, the interface is libaom's own static, and the version is
        // that of the headers the bindings were made from. The encoder keeps its own copy of the config. On failure
        // libaom has already released what it allocated, so nothing is destroyed here.
        let code = unsafe {
            sys::aom_codec_enc_init_ver(
                &raw mut *context,
                sys::aom_codec_av1_cx(),
                &raw const config,
                0,
                sys::AOM_ENCODER_ABI_VERSION.cast_signed(),
            )
        };
        check("was set up", code)?;
        let mut encoder = Self(context);
        // Measured on photographs: 2 % fewer bytes at equal SSIMULACRA2 for the same time; quantiser matrices and
        // chroma delta-q gained nothing. A mask is not looked at, so its tuning is the plain one.
        let tuning = match picture.planes().sampling {
            Sampling::S420 | Sampling::S444 => sys::AOM_TUNE_SSIM,
            Sampling::Gray => sys::AOM_TUNE_PSNR,
        };
        let full_range = sys::AOM_CR_FULL_RANGE.cast_signed();
        // The primaries, transfer and matrix repeat the file's `nclx`, for those who look only at the stream.
        for (control, value) in [
            (sys::AOME_SET_CPUUSED, i32::from(settings.speed)),
            (sys::AOME_SET_CQ_LEVEL, i32::from(settings.quantizer)),
            (sys::AV1E_SET_ROW_MT, 0),
            (sys::AOME_SET_TUNING, tuning.cast_signed()),
            (sys::AV1E_SET_COLOR_RANGE, full_range),
            (sys::AV1E_SET_COLOR_PRIMARIES, sys::AOM_CICP_CP_BT_709.cast_signed()),
            (sys::AV1E_SET_TRANSFER_CHARACTERISTICS, sys::AOM_CICP_TC_SRGB.cast_signed()),
            (sys::AV1E_SET_MATRIX_COEFFICIENTS, sys::AOM_CICP_MC_BT_601.cast_signed()),
        ] {
            encoder.control(control, value)?;
        }
        Ok(encoder)
    }

    /// Sets one integer control.
    fn control(&mut self, control: sys::aome_enc_control_id, value: i32) -> Result<(), Error> {
        // SAFETY: the context is initialised, and every control that this file passes reads exactly one `int` or
        // `unsigned int` from the variable arguments.
        let code = unsafe { sys::aom_codec_control(&raw mut *self.0, control.cast_signed(), value) };
        check("was configured", code)
    }

    /// Encodes the picture and takes everything the encoder has for it. Output is fetched after each call, because
    /// libaom drops what was not fetched when the next call comes.
    fn feed(&mut self, picture: &Picture<'_>) -> Result<Vec<u8>, Error> {
        let image = describe(picture);
        let mut stream = Vec::new();
        for image in [&raw const image, ptr::null()] {
            // SAFETY: the context is initialised. The image is null (flush) or describes planes whose every row
            // `Picture::check` has measured; libaom reads d_w x d_h samples and their chroma, during the call only,
            // and writes nothing to them.
            let code = unsafe { sys::aom_codec_encode(&raw mut *self.0, image, 0, 1, 0) };
            check("encoded", code)?;
            self.drain(&mut stream);
        }
        Ok(stream)
    }

    /// Appends the finished packets.
    fn drain(&mut self, stream: &mut Vec<u8>) {
        let mut position: sys::aom_codec_iter_t = ptr::null();
        loop {
            // SAFETY: the context is initialised and the iterator is null or what the previous call left in it.
            let packet = unsafe { sys::aom_codec_get_cx_data(&raw mut *self.0, &raw mut position) };
            // SAFETY: a non-null packet stays valid until the next call on the context; the borrow ends before it.
            let Some(packet) = (unsafe { packet.as_ref() }) else { return };
            if packet.kind != sys::AOM_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: `kind` says that `frame` is the union's live member.
            let frame = unsafe { packet.data.frame };
            if !frame.buf.is_null() && frame.sz > 0 {
                // SAFETY: libaom wrote `sz` bytes at `buf`, which it owns and leaves alone until the next call.
                stream.extend_from_slice(unsafe {
                    std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz)
                });
            }
        }
    }
}

/// All-intra, constant quality, one thread, one frame.
fn configuration(picture: &Picture<'_>) -> Result<sys::aom_codec_enc_cfg, Error> {
    let mut config = MaybeUninit::uninit();
    // SAFETY: the interface is libaom's own static; the usage is one it knows, and the pointer is valid for writing.
    let code = unsafe {
        sys::aom_codec_enc_config_default(
            sys::aom_codec_av1_cx(),
            config.as_mut_ptr(),
            sys::AOM_USAGE_ALL_INTRA,
        )
    };
    check("was asked for defaults", code)?;
    // SAFETY: on success libaom has copied its whole default configuration into it.
    let mut config: sys::aom_codec_enc_cfg = unsafe { config.assume_init() };
    let planes = picture.planes();
    config.g_w = planes.width;
    config.g_h = planes.height;
    config.g_threads = 1;
    // One frame and no look-ahead: the stream gets the short header of a still picture.
    config.g_limit = 1;
    config.g_lag_in_frames = 0;
    config.rc_end_usage = sys::AOM_Q;
    match planes.sampling {
        Sampling::S420 => config.g_profile = 0,
        Sampling::S444 => config.g_profile = 1,
        Sampling::Gray => {
            config.g_profile = 0;
            config.monochrome = 1;
        }
    }
    Ok(config)
}

/// The picture in libaom's words. Grey has the luma plane stand in for chroma: libaom does not read it, and if it
/// did, a chroma plane is never larger than luma's.
fn describe(picture: &Picture<'_>) -> sys::aom_image {
    let planes = picture.planes();
    let (format, shift, chroma) = match planes.sampling {
        Sampling::S420 => (sys::AOM_IMG_FMT_I420, 1, [planes.cb, planes.cr]),
        Sampling::S444 => (sys::AOM_IMG_FMT_I444, 0, [planes.cb, planes.cr]),
        Sampling::Gray => (sys::AOM_IMG_FMT_I420, 1, [planes.y, planes.y]),
    };
    let all = [planes.y, chroma[0], chroma[1]];
    let aligned = |side: u32| side.next_multiple_of(1 << shift);
    sys::aom_image {
        fmt: format,
        cp: sys::AOM_CICP_CP_BT_709,
        tc: sys::AOM_CICP_TC_SRGB,
        mc: sys::AOM_CICP_MC_BT_601,
        monochrome: i32::from(planes.sampling == Sampling::Gray),
        csp: sys::AOM_CSP_UNKNOWN,
        range: sys::AOM_CR_FULL_RANGE,
        w: aligned(planes.width),
        h: aligned(planes.height),
        bit_depth: 8,
        d_w: planes.width,
        d_h: planes.height,
        r_w: 0,
        r_h: 0,
        x_chroma_shift: shift,
        y_chroma_shift: shift,
        planes: all.map(|plane| plane.data.as_ptr().cast_mut()),
        // `Picture::check` made sure that strides fit.
        stride: all.map(|plane| plane.stride as i32),
        sz: 0,
        bps: if shift == 1 { 12 } else { 24 },
        temporal_id: 0,
        spatial_id: 0,
        user_priv: ptr::null_mut(),
        img_data: ptr::null_mut(),
        img_data_owner: 0,
        self_allocd: 0,
        metadata: ptr::null_mut(),
        fb_priv: ptr::null_mut(),
    }
}

fn check(step: &'static str, code: sys::aom_codec_err_t) -> Result<(), Error> {
    if code == sys::AOM_CODEC_OK { Ok(()) } else { Err(Error::Encoder { step, code }) }
}
