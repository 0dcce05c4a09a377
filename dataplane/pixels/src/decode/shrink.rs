//! By how much a decoder makes a picture smaller, because the view needs no more of it.

use super::{png, webp};
use crate::{
    Format, FormatChoice, Job, Shrink, Size,
    encode::{FULL_CHROMA_FROM, quality::effective},
    image::Image,
    operation::view::View,
};

/// What the policies leave of a JPEG to the resampler. Each step saves half of the work. What the decoder leaves are means,
/// which fold fine detail down: at 1.25 that costs two thirds of a point of SSIMULACRA2 at quality 80, at 1 up to two points
/// (`make bench-shrink`).
const LOSSY: Leaves = Leaves { margin: 1.25, fast: 1.0 };
/// The same where the result keeps more of what is left, and of a WebP, whose edges of blocks are mostly not filtered then.
const FINER: Leaves = Leaves { margin: 1.5, fast: 1.0 };
/// And of a PNG, all of which must be decoded in any case: memory is what is saved, and no encoder hides what is lost, half a
/// point at 3.
const LOSSLESS: Leaves = Leaves { margin: 3.0, fast: 1.5 };

/// How many pixels at least are left for one of the result, along a side, by the policies.
struct Leaves {
    margin: f64,
    fast: f64,
}

/// By how much the source of a job shrinks for this view while it is decoded: 1, 2, 4 or 8.
pub(crate) fn divisor(job: &Job, view: &View) -> u32 {
    let leaves = match job.facts.format {
        Format::Jpeg if is_fine(job) => FINER,
        Format::Jpeg => LOSSY,
        Format::Png if png::shrinks(&job.source, &job.facts) => LOSSLESS,
        Format::Webp if webp::shrinks(&job.source, &job.facts) => FINER,
        Format::Png
        | Format::Webp
        | Format::Avif
        | Format::Gif
        | Format::Svg
        | Format::Tiff
        | Format::Bmp
        | Format::Ico => return 1,
    };
    largest(view, &leaves, job.output.shrink)
}

/// Whether the result hides little of what it is given.
pub(crate) fn is_fine(job: &Job) -> bool {
    job.output.lossless
        || job.output.format == FormatChoice::Fixed(Format::Png)
        || effective(job.output.quality, &job.facts) >= FULL_CHROMA_FROM
}

/// The size that the header announced of a picture that was decoded for this view.
pub(crate) fn announced(image: &Image, job: &Job, view: &View) -> Size {
    if divisor(job, view) == 1 { image.size() } else { Size::new(job.facts.width, job.facts.height) }
}

fn largest(view: &View, leaves: &Leaves, shrink: Shrink) -> u32 {
    let least = match shrink {
        Shrink::Off => return 1,
        Shrink::Margin => leaves.margin,
        Shrink::Fast => leaves.fast,
    };
    // A hair under the exact ratio still counts: 4000 px to 500 px is a step of 8.
    [8, 4, 2].into_iter().find(|divisor| view.least_step() + 1e-9 >= least * f64::from(*divisor)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, Rect};

    #[test]
    fn the_decoder_shrinks_by_what_the_policy_leaves() {
        // Source 4000x3000 to a width; margin policy, fast policy.
        let table = [
            (4000, 1, 1),
            (2001, 1, 1),
            (2000, 1, 2),
            (1601, 1, 2),
            (1600, 2, 2),
            (1000, 2, 4),
            (801, 2, 4),
            (800, 4, 4),
            (500, 4, 8),
            (401, 4, 8),
            (400, 8, 8),
            (1, 8, 8),
            (8000, 1, 1),
        ];
        for (width, margin, fast) in table {
            let height = (width * 3 / 4).max(1);
            let window = Rect { x: 0, y: 0, width, height };
            let mut view = View::whole(Size::new(4000, 3000));
            view.absorb(&[Operation::Resize { scaled: window.size(), window }]).unwrap();
            assert_eq!(largest(&view, &LOSSY, Shrink::Margin), margin, "{width} with a margin");
            assert_eq!(largest(&view, &LOSSY, Shrink::Fast), fast, "{width} fast");
            assert_eq!(largest(&view, &LOSSY, Shrink::Off), 1, "{width} off");
            let fine = largest(&view, &FINER, Shrink::Margin);
            assert!(fine == 1 || 4000 * 2 >= 3 * fine * width, "{width}: {fine}");
            let rows = largest(&view, &LOSSLESS, Shrink::Margin);
            assert!(rows == 1 || 4000 >= 3 * rows * width, "{width}: {rows}");
        }
    }
}
