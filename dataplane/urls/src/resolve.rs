//! A plan applied to one source: exact sizes, pixel operations, notes.
//!
//! Within a step the order is fixed, whatever order the URL has: geometry (with padding), colour, sharpness and blur,
//! distortion, gradient, shadow, border and rounded corners together, rotation, mirror, opacity, background, and last the
//! layers in the order of the string.
//! Sizes of requested sides come from [`sides`], scaling and windows from [`crop`] and [`extract`], everything after that
//! from [`operations`], layers from [`layer`]; what only pixels decide is said in [`notes`].

mod area;
mod bounds;
mod crop;
mod extract;
mod layer;
mod notes;
mod operations;
mod ratio;
mod sides;

use crate::expression::Values;
use crate::operation::two_decimals;
use crate::plan::{Choice, Step, Work};
use crate::setting::Setting;
use crate::{
    FormatRequest, Hints, LayerFacts, Margins, Operation, OutputRequest, Rect, Resolved, ResolvedStep, Size,
    Source, UrlError,
};

/// Longest side that WebP can hold.
const MAX_WEBP_SIDE: u32 = 16_383;

/// Applies `steps` to a source; `orient`: a step asks for the EXIF orientation.
pub(crate) fn resolve(
    steps: &[Step],
    orient: bool,
    source: &Source,
    hints: &Hints,
    facts: &dyn LayerFacts,
) -> Result<Resolved, UrlError> {
    let orient = source.auto_orient || orient;
    let stored = Size { width: source.width.max(1), height: source.height.max(1) };
    let upright = upright(stored, orient, source.orientation);
    let mut run = Run {
        source: upright,
        size: upright,
        area: facts.area(None).and_then(|area| area::inside(area, upright)),
        parent: None,
        name: String::new(),
        max_pixels: source.max_pixels,
        auto_orient: source.auto_orient,
        hints,
        facts,
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
        UsedHint::Width => hints.content_dpr(size.width),
        UsedHint::Dpr(dpr) => two_decimals(dpr),
    });
    Ok(Resolved {
        orient,
        source: upright,
        steps,
        size,
        output,
        original,
        warnings,
        content_dpr,
        width_hinted: matches!(hint, Some(UsedHint::Width)),
    })
}

/// The size after the EXIF orientation was applied, or not.
fn upright(stored: Size, orient: bool, orientation: u8) -> Size {
    if orient && (5..=8).contains(&orientation) { stored.turned() } else { stored }
}

/// Keys and values in their normal spelling.
fn shown(settings: &[(&'static str, Setting)]) -> Vec<(String, String)> {
    settings.iter().map(|(key, setting)| ((*key).to_owned(), setting.to_string())).collect()
}

/// Which client hint decided a size.
#[derive(Debug, Clone, Copy)]
enum UsedHint {
    /// The width hint.
    Width,
    /// The pixel ratio that was applied.
    Dpr(f64),
}

/// The state between the steps of the base chain, or of one layer.
struct Run<'a> {
    source: Size,
    size: Size,
    /// Where the area lies now that is stored with the picture.
    area: Option<Rect>,
    /// In a layer: the size of what it is drawn on.
    parent: Option<Size>,
    /// In a layer: how messages call it.
    name: String,
    max_pixels: u64,
    auto_orient: bool,
    hints: &'a Hints,
    facts: &'a dyn LayerFacts,
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
            base: self
                .parent
                .map_or((f64::NAN, f64::NAN), |Size { width, height }| (width.into(), height.into())),
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
            layers: Vec::new(),
            notes: vec![note.to_owned()],
        });
        self.chain(branch)
    }

    fn work(&mut self, work: &Work) -> Result<(), UrlError> {
        let input = self.size;
        let step = self.step_name();
        let in_step = |error: UrlError| UrlError { message: format!("{step}: {}", error.message), ..error };
        let values = self.values();
        let (trimmed, margins) = self.trimmed(work);
        let cut = trimmed.map(|rect| Operation::Extract { rect });
        let area = self.area.and_then(|area| area::after(area, input, cut.as_slice()));
        let geometry = work.geometry.aimed(area);
        let requested = sides::request(&geometry, &values, self.hints).map_err(in_step)?;
        let whole = trimmed.map_or(input, Rect::size);
        let placed =
            crop::place(&geometry, &requested, whole, &values, work.background.as_ref()).map_err(in_step)?;
        let mut finished = operations::finish(work, &values, placed).map_err(in_step)?;
        if let Some(rect) = trimmed {
            finished.operations.insert(0, Operation::Extract { rect });
            finished.notes.insert(0, format!("margins cut to {rect}"));
        }
        if finished.size.pixels() > self.max_pixels {
            return Err(UrlError::limit(format!(
                "{step} gives {} = {} pixels; the limit is {}",
                finished.size,
                finished.size.pixels(),
                self.max_pixels
            )));
        }
        self.merge_output(work);
        self.hint = requested.hint.or(self.hint);
        self.warnings.extend(requested.dropped.iter().cloned());
        self.size = finished.size;
        self.area = self.area.and_then(|area| area::after(area, input, &finished.operations));
        let unsure = notes::unsure(work, &geometry, &requested, margins);
        let mut notes: Vec<String> =
            requested.dropped.into_iter().chain(requested.notes).chain(finished.notes).collect();
        if work.geometry.has_idle_coordinates() {
            notes.push("x, y, xc and yc act only with cm-extract and cm-pad_extract".to_owned());
        }
        notes.extend(unsure);
        let layers = self.layers(&work.layers)?;
        self.steps.push(ResolvedStep {
            params: shown(&work.settings),
            input,
            output: self.size,
            operations: finished.operations,
            layers,
            notes,
        });
        Ok(())
    }

    /// What cutting margins leaves of the step's input, where it cuts anything; and whether that is known.
    fn trimmed(&self, work: &Work) -> (Option<Rect>, Margins) {
        let Some(threshold) = work.trim.filter(|_| self.parent.is_none()) else {
            return (None, Margins::None);
        };
        let margins = self.facts.margins(&self.steps, threshold);
        let rect = match margins {
            Margins::Inside(rect) => {
                Some(rect).filter(|rect| *rect != self.size.whole() && rect.fits(self.size))
            }
            Margins::Unknown | Margins::None => None,
        };
        (rect, margins)
    }

    /// How messages call the step that comes next.
    fn step_name(&self) -> String {
        let number = self.steps.len() + 1;
        if self.parent.is_some() { format!("{}, step {number}", self.name) } else { format!("Step {number}") }
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
