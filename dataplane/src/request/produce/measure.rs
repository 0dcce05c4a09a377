//! What only pixels tell, margins that a step or a layer cuts, and only fonts, the size of a text. All sizes after it follow
//! from them. So the chain is resolved up to there, a worker draws what comes before and looks, and the chain is resolved
//! anew with what was found. All frames of an animation lose the margins of its first.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::Arc,
};

use bytes::Bytes;
use imgplane_pixels::{Facts, Job, Limits, Operation, Output, Part, estimate, measure};
use imgplane_urls::{
    ImageFacts, ImageInput, LayerFacts, Margins, Page, Rect, Resolved, ResolvedStep, Size, Source, TextBox,
};

use super::{
    super::{obtain::Context, original::Original, plan::Planned, trace::Trace},
    layers::Files,
    mapping,
    part::frame_number,
    run,
};
use crate::{error::Failure, server::App};

/// What a plan is resolved for.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) source: &'a Source,
    pub(super) facts: &'a Facts,
    pub(super) part: Part,
    pub(super) original: &'a Arc<Original>,
    pub(super) files: &'a Files,
    pub(super) limits: &'a Limits,
}

/// Resolves the plan, and has margins measured where something cuts them.
pub(super) async fn resolve(
    context: &Context,
    planned: &Planned,
    subject: Subject<'_>,
    trace: &mut Trace,
) -> Result<Resolved, Failure> {
    let Context { app, state, endpoint } = context;
    let Subject { source, facts, part, original, files, limits } = subject;
    let mut found = Found::default();
    loop {
        let known =
            Known { source, original, files, found: &found, next: Cell::new(0), asked: RefCell::new(None) };
        let resolved = planned.plan.resolve_with(source, &planned.hints, &known);
        // Without the margins even an error may be a wrong one.
        let Some(asked) = known.asked.into_inner() else { return Ok(resolved?) };
        let (bytes, facts, part, orient, operations, threshold) = match &asked {
            Asked::Step { operations, threshold } => {
                let orient = source.auto_orient || planned.plan.orients();
                (original.bytes.clone(), facts.clone(), part, orient, operations.clone()?, *threshold)
            }
            Asked::File { resource, page, threshold } => {
                let file = files.picture(resource);
                let file = file.ok_or_else(|| Failure::Internal("a layer has no file".to_owned()))?;
                let part = Part::Frame(frame_number(*page, file.facts.frames, resource)?);
                (
                    file.original.bytes.clone(),
                    file.facts.clone(),
                    part,
                    source.auto_orient,
                    Vec::new(),
                    *threshold,
                )
            }
            Asked::Text(text) => {
                let set = mapping::text(text, files)?;
                let held = files.originals();
                let measure = move |_: &dyn Fn() -> bool| {
                    let _held = held;
                    Ok(imgplane_text::measure(&set)?)
                };
                let room = (TEXT_BYTES, original.waited);
                let (width, height) = run::on_worker(app, state, endpoint, room, measure, trace).await?;
                found.texts.push((text.clone(), Size { width, height }));
                continue;
            }
        };
        let job = job((bytes, facts, part), orient, operations, app, *limits);
        let (memory, mut held) = ((estimate(&job), original.waited), files.originals());
        held.push(Arc::clone(original));
        let layer = match &asked {
            Asked::File { resource, .. } => Some(resource.clone()),
            Asked::Step { .. } | Asked::Text(_) => None,
        };
        let look = move |cancelled: &dyn Fn() -> bool| {
            let _held = held;
            measure(&job, threshold, cancelled).map_err(|error| match &layer {
                Some(name) => error.of_layer(name),
                None => error,
            })
        };
        let inside = run::on_worker(app, state, endpoint, memory, look, trace).await?;
        let inside = inside.map(mapping::measured);
        match asked {
            Asked::Step { .. } => found.steps.push(inside.map_or(Margins::None, Margins::Inside)),
            Asked::File { resource, page, threshold } => {
                found.files.insert((resource, page, threshold), inside);
            }
            Asked::Text(_) => {}
        }
    }
}

fn job(
    (source, facts, part): (Bytes, Facts, Part),
    orient: bool,
    operations: Vec<Operation>,
    app: &App,
    limits: Limits,
) -> Job {
    Job {
        source,
        facts,
        orient,
        operations,
        output: Output { shrink: app.shrink, jpeg_decoder: app.jpeg_decoder, ..Output::default() },
        limits,
        part,
    }
}

/// What setting a text holds, without its pixels: its glyphs and outlines.
const TEXT_BYTES: u64 = 4 << 20;

/// The first thing that nobody has measured yet.
enum Asked {
    /// Margins of the picture after these operations.
    Step { operations: Result<Vec<Operation>, Failure>, threshold: u8 },
    /// Margins of the file of a layer, by its raw resource path.
    File { resource: String, page: Page, threshold: u8 },
    /// The size of a text.
    Text(TextBox),
}

/// What was measured so far.
#[derive(Default)]
struct Found {
    /// In the order of the steps that cut margins.
    steps: Vec<Margins>,
    /// What is left of a file at a threshold, where anything is cut.
    files: HashMap<(String, Page, u8), Option<Rect>>,
    /// Sizes of texts.
    texts: Vec<(TextBox, Size)>,
}

/// Answers what is known, and notes the first question that nobody can answer yet.
struct Known<'a> {
    source: &'a Source,
    original: &'a Original,
    files: &'a Files,
    found: &'a Found,
    next: Cell<usize>,
    asked: RefCell<Option<Asked>>,
}

impl Known<'_> {
    fn ask(&self, asked: impl FnOnce() -> Asked) {
        self.asked.borrow_mut().get_or_insert_with(asked);
    }
}

impl LayerFacts for Known<'_> {
    fn margins(&self, before: &[ResolvedStep], threshold: u8) -> Margins {
        let index = self.next.get();
        self.next.set(index + 1);
        if let Some(found) = self.found.steps.get(index) {
            return *found;
        }
        self.ask(|| Asked::Step { operations: mapping::operations(before, self.files), threshold });
        Margins::Unknown
    }

    fn area(&self, of: Option<&ImageInput>) -> Option<Rect> {
        let original = match of {
            None => self.original,
            Some(input) => &self.files.picture(&input.resource)?.original,
        };
        original.meta.custom_coordinates.map(mapping::area)
    }

    fn image(&self, input: &ImageInput) -> ImageFacts {
        let Some(file) = self.files.picture(&input.resource) else { return ImageFacts::Absent };
        let stored = Size { width: file.facts.width, height: file.facts.height };
        let orientation = file.facts.orientation;
        // What is measured is upright only where the endpoint orients; a layer that does so by itself keeps its margins.
        let threshold = input.trim.filter(|_| self.source.auto_orient || orientation <= 1);
        let trimmed = threshold.and_then(|threshold| {
            let key = (input.resource.clone(), input.page, threshold);
            let found = self.found.files.get(&key).copied();
            if found.is_none() {
                self.ask(|| Asked::File { resource: key.0, page: key.1, threshold });
            }
            found.flatten()
        });
        ImageFacts::Known { stored, orientation, trimmed }
    }

    fn text(&self, text: &TextBox) -> Option<Size> {
        let found = self.found.texts.iter().find(|(known, _)| known == text).map(|(_, size)| *size);
        if found.is_none() {
            self.ask(|| Asked::Text(text.clone()));
        }
        found
    }
}
