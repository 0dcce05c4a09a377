//! Bytes to pixels. Each decoder works under limits and gives a whole picture or an error.

mod avif;
mod bmp;
pub(crate) mod frames;
mod ico;
mod jpeg;
mod png;
mod shrink;
pub(crate) mod svg;
mod tiff;
mod webp;

pub use jpeg::{JPEG_DECODERS, ScaledDecoder};
pub(crate) use shrink::{announced, divisor, is_fine};

use crate::{Format, Job, PixelError, image::Image, operation::view::View};

/// Decodes the source of a job; a JPEG, PNG or WebP no larger than the view needs it, an SVG just as the view shows it.
/// Of an animation one frame.
pub(crate) fn decode(job: &Job, view: &View, cancelled: &dyn Fn() -> bool) -> Result<Decoded, PixelError> {
    if job.facts.format == Format::Jpeg {
        let (image, decoder) = jpeg::decode(job, divisor(job, view))?;
        return Ok(Decoded { image, jpeg_decoder: Some(decoder) });
    }
    other(job, view, cancelled).map(|image| Decoded { image, jpeg_decoder: None })
}

/// A decoded source.
pub(crate) struct Decoded {
    pub(crate) image: Image,
    /// Which decoder decoded it, if it is a JPEG.
    pub(crate) jpeg_decoder: Option<&'static str>,
}

fn other(job: &Job, view: &View, cancelled: &dyn Fn() -> bool) -> Result<Image, PixelError> {
    let (bytes, facts) = (&job.source, &job.facts);
    if facts.frames > 1 || facts.format == Format::Gif {
        return frames::nth(bytes, facts, &job.limits, job.part.index(), cancelled).map(Image::Packed);
    }
    match facts.format {
        Format::Png => png::decode(bytes, divisor(job, view)),
        Format::Webp => webp::decode(bytes, facts, divisor(job, view), is_fine(job)),
        Format::Avif => avif::decode(bytes, job.limits.max_pixels),
        Format::Gif | Format::Jpeg => Err(PixelError::internal("this format is decoded elsewhere")),
        Format::Svg => svg::draw(job, view),
        Format::Tiff => tiff::decode(bytes, facts),
        Format::Bmp => bmp::decode(bytes),
        Format::Ico => ico::decode(bytes),
    }
}

/// How the decoded picture is to be looked at.
pub(crate) fn view_of_decoded(job: &Job, view: View) -> View {
    if job.facts.format == Format::Svg { svg::left(&view) } else { view }
}
