//! A plan applied to one source: exact sizes, pixel operations, notes.
//!
//! Within a step the order is fixed, whatever order the URL has: geometry (with padding), grayscale, blur, border and
//! rounded corners together, quarter turns, mirror, background. Sizes of requested sides come from [`sides`], scaling
//! and windows from [`crop`] and [`extract`], everything after that from [`operations`].

mod crop;
mod extract;
mod operations;
mod ratio;
mod sides;

use crate::expression::Values;
use crate::plan::{Choice, Step, Work};
use crate::{FormatRequest, Hints, OutputRequest, Resolved, ResolvedStep, Size, Source, UrlError};

/// Longest side that WebP can hold.
const MAX_WEBP_SIDE: u32 = 16_383;

/// Applies `steps` to a source; `orient`: a step asks for the EXIF orientation.
pub(crate) fn resolve(
    steps: &[Step],
    orient: bool,
    source: &Source,
    hints: &Hints,
) -> Result<Resolved, UrlError> {
    let orient = source.auto_orient || orient;
    let stored = Size { width: source.width.max(1), height: source.height.max(1) };
    let upright = if orient && (5..=8).contains(&source.orientation) { stored.turned() } else { stored };
    let mut run = Run {
        source: upright,
        size: upright,
        max_pixels: source.max_pixels,
        hints,
        steps: Vec::new(),
        output: OutputRequest::default(),
        original: None,
        warnings: Vec::new(),
        hint: None,
    };
    run.chain(steps)?;
    let Run { size, steps, output, original, warnings, hint, .. } = run;
    let original = original == Some(true);
    if !original && output.format == Some(FormatRequest::Webp) && size.width.max(size.height) > MAX_WEBP_SIDE
    {
        return Err(UrlError::limit(format!(
            "WebP holds at most {MAX_WEBP_SIDE} pixels on a side; the result would be {size}"
        )));
    }
    let content_dpr = hint.map(|hint| match hint {
        UsedHint::Width(width) => {
            f64::from(size.width) / (width / hints.dpr.filter(|hint| usable(*hint)).unwrap_or(1.0))
        }
        UsedHint::Dpr(dpr) => dpr,
    });
    Ok(Resolved {
        orient,
        source: upright,
        steps,
        size,
        output,
        original,
        warnings,
        content_dpr: content_dpr.map(|value| (value * 100.0).round() / 100.0),
    })
}

/// A client hint that makes sense.
fn usable(hint: f64) -> bool {
    hint.is_finite() && hint > 0.0
}

/// Which client hint decided a size.
#[derive(Debug, Clone, Copy)]
enum UsedHint {
    /// The width hint as sent.
    Width(f64),
    /// The pixel ratio that was applied.
    Dpr(f64),
}

/// The state between steps.
struct Run<'a> {
    source: Size,
    size: Size,
    max_pixels: u64,
    hints: &'a Hints,
    steps: Vec<ResolvedStep>,
    output: OutputRequest,
    original: Option<bool>,
    warnings: Vec<String>,
    hint: Option<UsedHint>,
}

impl Run<'_> {
    fn chain(&mut self, steps: &[Step]) -> Result<(), UrlError> {
        steps.iter().try_for_each(|step| match step {
            Step::Work(work) => self.work(work),
            Step::Choice(choice) => self.choice(choice),
        })
    }

    fn values(&self) -> Values {
        Values {
            iw: f64::from(self.source.width),
            ih: f64::from(self.source.height),
            cw: f64::from(self.size.width),
            ch: f64::from(self.size.height),
        }
    }

    /// The condition itself is shown as a step that changes nothing, followed by those of its branch.
    fn choice(&mut self, choice: &Choice) -> Result<(), UrlError> {
        let (branch, note) = match (choice.condition.holds(&self.values()), choice.otherwise.is_empty()) {
            (true, _) => (&choice.then, "true"),
            (false, false) => (&choice.otherwise, "false: if-else applies"),
            (false, true) => (&choice.otherwise, "false: nothing changes"),
        };
        self.steps.push(ResolvedStep {
            params: vec![("if".to_owned(), choice.text.clone())],
            input: self.size,
            output: self.size,
            operations: Vec::new(),
            notes: vec![note.to_owned()],
        });
        self.chain(branch)
    }

    fn work(&mut self, work: &Work) -> Result<(), UrlError> {
        let input = self.size;
        let number = self.steps.len() + 1;
        let in_step =
            |error: UrlError| UrlError { message: format!("Step {number}: {}", error.message), ..error };
        let values = self.values();
        let requested = sides::request(&work.geometry, &values, self.hints).map_err(in_step)?;
        let placed =
            crop::place(&work.geometry, &requested, input, &values, work.background).map_err(in_step)?;
        let finished = operations::finish(work, &values, placed).map_err(in_step)?;
        if finished.size.pixels() > self.max_pixels {
            return Err(UrlError::limit(format!(
                "Step {number} gives {} = {} pixels; the limit is {}",
                finished.size,
                finished.size.pixels(),
                self.max_pixels
            )));
        }
        self.merge_output(work);
        self.hint = requested.hint.or(self.hint);
        self.warnings.extend(requested.dropped.iter().cloned());
        self.size = finished.size;
        let mut notes: Vec<String> =
            requested.dropped.into_iter().chain(requested.notes).chain(finished.notes).collect();
        if work.geometry.has_idle_coordinates() {
            notes.push("x, y, xc and yc act only with cm-extract and cm-pad_extract".to_owned());
        }
        self.steps.push(ResolvedStep {
            params: work.params.clone(),
            input,
            output: finished.size,
            operations: finished.operations,
            notes,
        });
        Ok(())
    }

    /// Of several wishes for the encoding the last one counts, wherever it stands.
    fn merge_output(&mut self, work: &Work) {
        let (old, new) = (self.output, work.output);
        self.output = OutputRequest {
            format: new.format.or(old.format),
            quality: new.quality.or(old.quality),
            progressive: new.progressive.or(old.progressive),
            lossless: new.lossless.or(old.lossless),
            color_profile: new.color_profile.or(old.color_profile),
            metadata: new.metadata.or(old.metadata),
        };
        self.original = work.original.or(self.original);
    }
}
