//! Files of any bytes, as a server takes them: the header first, then the estimate, then the pixels.

use bytes::Bytes;
use imgplane_pixels::{
    Facts, Format, FormatChoice, Job, JpegDecoder, Limits, Operation, Output, Part, PixelError, PngEffort,
    Quality, Rect, Size, Subject, admit, estimate, inspect, run, sniff,
};

use super::{LONGEST, memory::within};

/// So small that a fuzzer makes progress, and still more than most headers of seeds say.
const LIMITS: Limits = Limits { max_pixels: 1 << 18, max_animation_pixels: 1 << 20, max_scans: 40 };

/// Estimates above this are refused, as the budget of a pod refuses them.
const BUDGET: u64 = 256 << 20;

/// Reads, describes and converts a file. It may be refused in words, and nothing else may happen.
pub(crate) fn judge(format: Format, bytes: &[u8]) {
    if bytes.len() > LONGEST || sniff(bytes) != Some(format) {
        return;
    }
    let facts = match inspect(bytes) {
        Ok(facts) => facts,
        Err(error) => return sound(&error),
    };
    assert!(facts.width > 0 && facts.height > 0 && facts.frames > 0 && facts.format == format, "{facts:?}");
    assert!((1..=8).contains(&facts.orientation), "{facts:?}");
    if let Err(error) = admit(&facts, &LIMITS) {
        return sound(&error);
    }
    let source = Bytes::copy_from_slice(bytes);
    describe(&source, &facts);
    let upright = if facts.orientation < 5 {
        Size::new(facts.width, facts.height)
    } else {
        Size::new(facts.height, facts.width)
    };
    let small = Size::new(24, 17);
    let window = Rect { x: 0, y: 0, width: small.width, height: small.height };
    let scaled = vec![Operation::Resize { scaled: small, window }];
    let moving = if format == Format::Gif { Format::Gif } else { Format::Webp };
    for (operations, written, size, part) in [
        (Vec::new(), Format::Png, upright, Part::All),
        (scaled.clone(), Format::Jpeg, small, Part::Frame(facts.frames)),
        (scaled, moving, small, Part::All),
    ] {
        let job = Job {
            source: source.clone(),
            facts: facts.clone(),
            orient: true,
            operations,
            output: output(written),
            limits: LIMITS,
            part,
        };
        convert(&job, size);
    }
}

fn describe(source: &Bytes, facts: &Facts) {
    let subject = Subject::new(source.clone(), facts.clone(), LIMITS, JpegDecoder::Auto);
    let needed = subject.estimate();
    if needed > BUDGET {
        return;
    }
    if let Err(error) = within(needed, || subject.describe(&|| false)) {
        sound(&error);
    }
}

fn convert(job: &Job, size: Size) {
    let needed = estimate(job);
    if needed > BUDGET {
        return;
    }
    match within(needed, || run(job, &|| false)) {
        Ok(made) => {
            assert_eq!((made.width, made.height), (size.width, size.height), "{:?}", job.facts);
            let facts = inspect(&made.bytes).map(|facts| (facts.format, facts.width, facts.height));
            assert_eq!(facts, Ok((made.format, size.width, size.height)), "{:?}", job.facts);
        }
        Err(error) => sound(&error),
    }
}

/// Fast ones: encoders are not what is looked at.
fn output(format: Format) -> Output {
    let quality = Quality { explicit: Some(50), default: None, most: None };
    Output {
        format: FormatChoice::Fixed(format),
        quality,
        png: PngEffort::None,
        webp_method: 0,
        ..Output::default()
    }
}

/// An error blames the file, not us, and says how.
pub(crate) fn sound(error: &PixelError) {
    assert!(["ELIMIT", "UNIDENTIFIED", "EFEATURE"].contains(&error.code()), "{error:?}");
    assert!(!error.to_string().is_empty());
}
