//! What can be told of a picture beyond its header: density, EXIF, whether it is transparent, what it looks like.
//!
//! Pixels are decoded only as far as a look at 32x32 of them needs, so a JPEG is shrunk while it is decoded.

mod density;
pub(crate) mod exif;
mod hash;

use bytes::Bytes;

pub use self::{
    exif::{Exif, Tags, Value},
    hash::PerceptualHash,
};
use crate::{
    Facts, Format, Job, JpegDecoder, Limits, Operation, Output, Part, PixelError, Rect, Shrink, Size, admit,
    color::profile::cmyk_to_rgb,
    decode, estimate,
    image::{Channels, Image},
    metadata,
    operation::{
        sample::{Target, sample},
        view::View,
    },
};

/// What is told of a picture beside its [`Facts`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// Dots per inch, as EXIF, JFIF or the `pHYs` of a PNG say; `None` where nothing does.
    pub density: Option<u32>,
    /// EXIF.
    pub exif: Exif,
    /// What only pixels tell; `None` where there are none to be had: of an SVG, of a damaged file, of one with more
    /// pixels than the limits allow.
    pub look: Option<Look>,
}

/// What the pixels tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Some pixel lets the background through; of an animation, in its first frame.
    pub translucent: bool,
    /// What it looks like, upright.
    pub hash: PerceptualHash,
}

/// A picture that is to be described.
#[derive(Debug, Clone)]
pub struct Subject(Job);

impl Subject {
    /// `facts`: what [`inspect`](crate::inspect) said of `source`.
    pub fn new(source: Bytes, facts: Facts, limits: Limits, jpeg_decoder: JpegDecoder) -> Self {
        let window = Rect { x: 0, y: 0, width: hash::SIDE, height: hash::SIDE };
        Self(Job {
            source,
            facts,
            orient: true,
            operations: vec![Operation::Resize { scaled: window.size(), window }],
            // Only how it is decoded is of interest.
            output: Output { shrink: Shrink::Fast, jpeg_decoder, ..Output::default() },
            limits,
            part: Part::All,
        })
    }

    /// Whether its pixels are not even looked for.
    fn is_closed(&self) -> bool {
        let Self(Job { facts, limits, .. }) = self;
        facts.format == Format::Svg || admit(facts, limits).is_err()
    }

    /// Estimates the peak bytes that [`describe`](Self::describe) holds at once.
    pub fn estimate(&self) -> u64 {
        // An EXIF block is copied, and told in bounds of its own.
        let told = self.0.source.len() as u64 * 2 + exif::MOST_BYTES;
        if self.is_closed() { told } else { estimate(&self.0) + told }
    }

    /// Describes it without looking at its pixels.
    pub fn outline(&self) -> Description {
        let Self(Job { source, facts, .. }) = self;
        let exif = match facts.format {
            // A block of EXIF is a TIFF without pixels.
            Format::Tiff => Exif::read(source),
            _ => metadata::exif(source, facts).map(|block| Exif::read(&block)).unwrap_or_default(),
        };
        Description { density: density::of(source, facts, &exif), exif, look: None }
    }

    /// Describes it. Runs on the calling thread; `cancelled` is asked between stages.
    ///
    /// # Errors
    /// [`PixelError::Cancelled`], and [`PixelError::Internal`] for a defect of ours. A source that cannot be decoded is
    /// described without its pixels.
    pub fn describe(&self, cancelled: &dyn Fn() -> bool) -> Result<Description, PixelError> {
        let outline = self.outline();
        if cancelled() {
            return Err(PixelError::Cancelled);
        }
        if self.is_closed() {
            return Ok(outline);
        }
        match self.look(cancelled) {
            Ok(look) => Ok(Description { look: Some(look), ..outline }),
            Err(
                PixelError::Undecodable { .. }
                | PixelError::Truncated { .. }
                | PixelError::Layer { .. }
                | PixelError::Limit { .. }
                | PixelError::Frame { .. }
                | PixelError::Unsupported { .. }
                | PixelError::Text { .. }
                | PixelError::Foreign { .. },
            ) => Ok(outline),
            Err(
                error @ (PixelError::Cancelled | PixelError::Encode { .. } | PixelError::Internal { .. }),
            ) => Err(error),
        }
    }

    fn look(&self, cancelled: &dyn Fn() -> bool) -> Result<Look, PixelError> {
        let Self(job) = self;
        let stored = Size::new(job.facts.width, job.facts.height);
        let mut view = View::whole(stored).oriented(job.facts.orientation);
        view.absorb(&job.operations)?;
        let decoded = decode::decode(job, &view, cancelled)?.image;
        if decode::announced(&decoded, job, &view) != stored {
            return Err(PixelError::internal("the header and the picture differ in size"));
        }
        // Decoders drop an alpha channel that is never used.
        let translucent = matches!(&decoded, Image::Packed(packed) if packed.channels == Channels::Rgba);
        let small = sample(decoded, &view, Target::WORKING)?;
        Ok(Look { translucent, hash: PerceptualHash::of(&luma(small)?) })
    }
}

/// Brightness of every pixel, 0 to 255, where it is transparent that of white behind it.
fn luma(image: Image) -> Result<Vec<f64>, PixelError> {
    let packed = match image {
        Image::Planar(planar) => {
            let luma =
                planar.planes.first().ok_or_else(|| PixelError::internal("a picture has no planes"))?;
            return Ok(luma.rows().flatten().map(|sample| f64::from(*sample)).collect());
        }
        Image::Packed(packed) if packed.channels == Channels::Cmyk => cmyk_to_rgb(&packed)?,
        Image::Packed(packed) => packed,
    };
    let pixels = packed.data.chunks_exact(packed.channels.count());
    Ok(pixels
        .map(|pixel| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
            let light = 0.299 * red + 0.587 * green + 0.114 * blue;
            let alpha = pixel.get(3).map_or(1.0, |alpha| f64::from(*alpha) / 255.0);
            light * alpha + 255.0 * (1.0 - alpha)
        })
        .collect())
}
