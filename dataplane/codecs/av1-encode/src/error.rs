//! What can go wrong between pixels and an AVIF file.

/// Why no file came out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A side is zero or more than AV1 can describe.
    #[error("AVIF sides must be 1 to {limit} pixels, not {width}x{height}", limit = crate::MAX_DIMENSION)]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A buffer is shorter than its size and stride ask for.
    #[error("the {plane} buffer holds {found} bytes where {needed} are needed")]
    Buffer {
        /// Which buffer: `pixel`, `Y`, `Cb`, `Cr` or `alpha`.
        plane: &'static str,
        /// Bytes given.
        found: usize,
        /// Bytes that width, height and stride describe.
        needed: usize,
    },
    /// The chroma planes are laid out differently.
    #[error("Cb and Cr must have the same stride, not {cb} and {cr} bytes")]
    ChromaStrides {
        /// Bytes.
        cb: usize,
        /// Bytes.
        cr: usize,
    },
    /// libaom refused or failed.
    #[error("the AV1 encoder failed while it {step} (code {code})")]
    Encoder {
        /// What was being done, in the past tense.
        step: &'static str,
        /// `aom_codec_err_t`; 2 is out of memory, 8 an invalid parameter.
        code: u32,
    },
    /// libaom gave a stream that cannot be put into a file.
    #[error("the AV1 encoder gave {what}")]
    Payload {
        /// What was wrong with it.
        what: &'static str,
    },
    /// The file would need 64-bit offsets, which no still picture of a sane size does.
    #[error("the file would be {bytes} bytes, more than 4 GiB")]
    TooLarge {
        /// Size of the whole file.
        bytes: usize,
    },
}
