//! Layers of a step: what each starts from, its own steps, its place on the image as that is after the step's own
//! parameters and the layers before it.

mod block;
mod position;
mod text;

use super::{Run, area, shown, upright};
use crate::expression::{Operand, Values};
use crate::message::Shown;
use crate::plan::{BlendMode, Content, Layer};
use crate::{
    Blend, ImageFacts, ImageInput, LayerContent, Operation, OutputRequest, Rect, ResolvedLayer, ResolvedStep,
    Size, UrlError,
};

/// Longest side of a text layer.
const MAX_TEXT_SIDE: u32 = 16_383;
/// Characters of an input that messages repeat.
const SHOWN: usize = 20;

/// What a layer starts from, with its size.
struct Start {
    content: LayerContent,
    /// `None`: not known.
    size: Option<Size>,
    /// Part that trimming leaves, where it cuts anything.
    trimmed: Option<Rect>,
    notes: Vec<String>,
}

impl Run<'_> {
    /// Resolves the layers of a step, in order.
    pub(super) fn layers(&mut self, layers: &[Layer]) -> Result<Vec<ResolvedLayer>, UrlError> {
        layers.iter().map(|layer| self.layer(layer)).collect()
    }

    fn layer(&mut self, layer: &Layer) -> Result<ResolvedLayer, UrlError> {
        let parent = self.size;
        let name = name(layer);
        let in_layer = |error: UrlError| UrlError { message: format!("{name}: {}", error.message), ..error };
        let start = self.start(layer).map_err(in_layer)?;
        let mut resolved = ResolvedLayer {
            content: start.content,
            params: shown(&layer.settings),
            steps: Vec::new(),
            size: None,
            at: None,
            blend: Blend::Over,
            notes: start.notes,
        };
        let Some(source) = start.size else {
            resolved.blend = blend(&layer.blend, None).map_err(in_layer)?;
            if layer.blend == BlendMode::Cutter {
                resolved.notes.push("lm-cutter: the size after it is not known".to_owned());
            }
            return Ok(resolved);
        };
        if source.pixels() > self.max_pixels {
            return Err(UrlError::limit(format!(
                "{name} has {source} = {} pixels; the limit is {}",
                source.pixels(),
                self.max_pixels
            )));
        }
        let mut run = Run {
            source,
            size: source,
            area: self.stored_area(&layer.content, source),
            parent: Some(parent),
            name: name.clone(),
            max_pixels: self.max_pixels,
            auto_orient: self.auto_orient,
            hints: self.hints,
            facts: self.facts,
            steps: Vec::new(),
            output: OutputRequest::default(),
            original: None,
            warnings: Vec::new(),
            hint: None,
        };
        if let (Some(rect), Content::Image(ImageInput { trim: Some(threshold), .. })) =
            (start.trimmed, &layer.content)
        {
            run.trim(rect, *threshold);
        }
        for work in layer.steps.iter().filter(|work| !work.is_empty()) {
            run.work(work)?;
        }
        let values = run.values();
        let Run { size, steps, warnings, .. } = run;
        self.warnings.extend(warnings);
        resolved.steps = steps;
        resolved.blend = blend(&layer.blend, Some(&values)).map_err(in_layer)?;
        if let BlendMode::Displace { .. } = layer.blend {
            if size != parent {
                resolved.notes.push(format!("stretched from {size} to {parent}"));
            }
            resolved.size = Some(parent);
            resolved.at = Some((0, 0));
            return Ok(resolved);
        }
        let placed = position::place(&layer.placement, parent, size, &values).map_err(in_layer)?;
        resolved.size = Some(size);
        resolved.at = Some(placed.at);
        resolved.notes.extend(placed.notes);
        if layer.blend == BlendMode::Cutter {
            let Some(rect) = placed.visible else {
                return Err(UrlError::invalid(format!(
                    "{name}: lm-cutter leaves nothing, the layer lies outside the image"
                )));
            };
            self.area = self.area.and_then(|area| area::after(area, parent, &[Operation::Extract { rect }]));
            self.size = rect.size();
        }
        Ok(resolved)
    }

    fn start(&mut self, layer: &Layer) -> Result<Start, UrlError> {
        match &layer.content {
            Content::Image(input) => self.image(input, layer.orient),
            Content::Block(block) => {
                let size = self.block_size(block)?;
                let content = LayerContent::Block { size, fill: block.fill };
                Ok(Start { content, size: Some(size), trimmed: None, notes: Vec::new() })
            }
            Content::Text(text) => {
                let text = self.text_box(text)?;
                let size = self
                    .facts
                    .text(&text)
                    .map(|size| Size { width: size.width.max(1), height: size.height.max(1) });
                if let Some(size) = size.filter(|size| size.width.max(size.height) > MAX_TEXT_SIDE) {
                    return Err(UrlError::limit(format!(
                        "the text takes {size}; the limit is {MAX_TEXT_SIDE} on a side"
                    )));
                }
                let notes = unmeasured(size, "the size of the text is not known");
                Ok(Start { content: LayerContent::Text(text), size, trimmed: None, notes })
            }
        }
    }

    fn image(&self, input: &ImageInput, orient: bool) -> Result<Start, UrlError> {
        let orient = self.auto_orient || orient;
        let (size, trimmed) = match self.facts.image(input) {
            ImageFacts::Unknown => (None, None),
            ImageFacts::Absent => return Err(UrlError::not_found("the file does not exist")),
            ImageFacts::Known { stored, orientation, trimmed } => {
                let stored = Size { width: stored.width.max(1), height: stored.height.max(1) };
                let size = upright(stored, orient, orientation);
                (Some(size), trimmed.filter(|rect| *rect != size.whole() && rect.fits(size)))
            }
        };
        let notes = unmeasured(size, "the size of the file is not known");
        let content = LayerContent::Image { input: input.clone(), orient, size };
        Ok(Start { content, size, trimmed, notes })
    }

    /// The area that is stored with the file of a layer.
    fn stored_area(&self, content: &Content, size: Size) -> Option<Rect> {
        let Content::Image(input) = content else { return None };
        self.facts.area(Some(input)).and_then(|area| area::inside(area, size))
    }

    /// Shows trimming as a step of its own, before all others.
    fn trim(&mut self, rect: Rect, threshold: u8) {
        self.steps.push(ResolvedStep {
            params: vec![("t".to_owned(), threshold.to_string())],
            input: self.size,
            output: rect.size(),
            operations: vec![Operation::Extract { rect }],
            layers: Vec::new(),
            notes: vec![format!("source rect {rect}")],
        });
        self.area = self.area.and_then(|area| area::after(area, self.size, &[Operation::Extract { rect }]));
        self.size = rect.size();
    }
}

/// How messages call a layer.
fn name(layer: &Layer) -> String {
    let (opener, input) = match &layer.content {
        Content::Image(input) => ("l-image", input.path.as_str()),
        Content::Block(_) => ("l-image", "ik_canvas"),
        Content::Text(text) => ("l-text", text.content.as_str()),
    };
    let end = input.char_indices().nth(SHOWN).map_or(input.len(), |(end, _)| end);
    format!("{opener} {}", Shown(input.get(..end).unwrap_or(input)))
}

fn unmeasured(size: Option<Size>, note: &str) -> Vec<String> {
    if size.is_some() { Vec::new() } else { vec![note.to_owned()] }
}

/// `values` are those after the last step. Without them expressions stay 0.
fn blend(mode: &BlendMode, values: Option<&Values>) -> Result<Blend, UrlError> {
    Ok(match mode {
        BlendMode::Over => Blend::Over,
        BlendMode::Multiply => Blend::Multiply,
        BlendMode::Cutout => Blend::Cutout,
        BlendMode::Cutter => Blend::Cutter,
        BlendMode::Displace { x, y } => {
            let distance = |key: &str, operand: &Option<Operand>| match (operand, values) {
                (Some(operand), Some(values)) => finite(key, operand, values).map(f64::abs),
                _ => Ok(0.0),
            };
            Blend::Displace { x: distance("x", x)?, y: distance("y", y)? }
        }
    })
}

/// The number that an operand gives.
fn finite(key: &str, operand: &Operand, values: &Values) -> Result<f64, UrlError> {
    let value = operand.evaluate(values);
    if value.is_finite() {
        Ok(value)
    } else {
        Err(UrlError::invalid(format!("{key}: {} gives {value}", Shown(&operand.to_string()))))
    }
}
