//! Bytes to pixels. Each decoder works under limits and gives a whole picture or an error.

mod avif;
mod gif;
mod jpeg;
mod png;
mod webp;

pub(crate) use jpeg::divisor;

use crate::{Format, Job, PixelError, image::Image, operation::view::View};

/// Said when an animation is delivered as a still.
pub(crate) const FIRST_FRAME: &str =
    "the animation was reduced to its first frame: animated output is not supported yet";

/// Decodes the source of a job; a JPEG no larger than the view needs it.
pub(crate) fn decode(job: &Job, view: &View) -> Result<Image, PixelError> {
    let (bytes, facts) = (&job.source, &job.facts);
    match facts.format {
        Format::Jpeg => jpeg::decode(bytes, facts, divisor(view, job.output.shrink), job.limits.max_scans),
        Format::Png => png::decode(bytes),
        Format::Webp => webp::decode(bytes, facts),
        Format::Avif => avif::decode(bytes, job.limits.max_pixels),
        Format::Gif => gif::decode(bytes, &job.limits),
        Format::Svg => Err(PixelError::Unsupported { what: "Turning an SVG into pixels".to_owned() }),
    }
}
