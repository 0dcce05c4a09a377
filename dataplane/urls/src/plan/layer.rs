//! From the tree of a layer to its meaning: input, place, blending, style, and the steps of its own chain.

mod blend;
mod block;
mod input;
mod position;
mod text;

use super::reader::{Entry, Named, Reader, find};
use super::step::Work;
use crate::expression::Variable;
use crate::layer::ImageInput;
use crate::parameter::{Context, Scopes};
use crate::setting::{Background, LayerSetting, Setting};
use crate::syntax;
use crate::syntax::{Item, LayerKind, MAX_LAYERS, Pair};
use crate::{Page, UrlError};
use input::Input;

pub(crate) use blend::BlendMode;
pub(crate) use block::Block;
pub(crate) use position::{Along, Placement};
pub(crate) use text::Text;

/// Threshold of trimming where `t` says no other.
const TRIM: u8 = 10;

/// Names in text and block layers: only the image they are drawn on has a size.
const PARENT_VARIABLES: &[Variable] = &[Variable::Bw, Variable::Bh, Variable::Bar];
const LAYER_VARIABLES: &[Variable] = &[
    Variable::Iw,
    Variable::Ih,
    Variable::Iar,
    Variable::Cw,
    Variable::Ch,
    Variable::Car,
    Variable::Bw,
    Variable::Bh,
    Variable::Bar,
];

/// A layer with its meaning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    pub(crate) content: Content,
    /// What counts for the layer as a whole, without its input and what is so by default.
    pub(crate) settings: Settings,
    pub(crate) steps: Vec<Work>,
    pub(crate) placement: Placement,
    pub(crate) blend: BlendMode,
    /// `rt-auto` stands in it.
    pub(crate) orient: bool,
}

/// Keys with what they were set to.
pub(crate) type Settings = Vec<(&'static str, Setting)>;

/// What a layer starts from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Image(ImageInput),
    Block(Block),
    Text(Box<Text>),
}

/// Where a parameter of a layer stands.
#[derive(Clone, Copy)]
struct Place {
    scope: Scopes,
    context: Context,
}

/// A step of a layer that is being read.
struct Draft<'a> {
    entries: Vec<Entry<'a>>,
    layers: Vec<Layer>,
}

/// Entries of the layer as a whole; of two equal keys the last one counts, in whichever step they stand.
#[derive(Default)]
struct Whole<'a>(Vec<Entry<'a>>);

impl Reader<'_> {
    /// Reads a layer. Fails for one that could never be drawn; of one that is not drawn yet the kind is noted as a
    /// missing feature before those inside it.
    pub(super) fn layer(&mut self, layer: &syntax::Layer<'_>) -> Result<Layer, UrlError> {
        self.layers += 1;
        if self.layers > MAX_LAYERS {
            return Err(UrlError::limit(format!("More than {MAX_LAYERS} layers; the limit is {MAX_LAYERS}")));
        }
        let opener = layer.kind.opener();
        if matches!(layer.kind, LayerKind::Video | LayerKind::Subtitles) {
            let message = format!("{opener} can be drawn on videos only");
            return Err(self.findings.invalid(&message, layer.at));
        }
        let input = Input::read(&mut self.findings, layer)?;
        let (scope, variables) = match &input {
            Input::Image { .. } => (Scopes::IMAGE, LAYER_VARIABLES),
            Input::Block => (Scopes::BLOCK, PARENT_VARIABLES),
            Input::Text(_) => (Scopes::TEXT, PARENT_VARIABLES),
        };
        let place = Place { scope, context: Context { variables } };
        self.explicit = true;
        if !LayerKind::DRAWN.contains(&layer.kind) {
            self.findings.missing(opener);
        }
        // `rt-auto` in a layer orients nothing but the layer.
        let orient = std::mem::take(&mut self.orient);

        let mut whole = Whole::default();
        let mut drafts = Vec::with_capacity(layer.chain.steps.len());
        for step in &layer.chain.steps {
            // The parser lets no conditional into a layer.
            let syntax::Step::Items(items) = step else { continue };
            let draft = self.layer_step(items, place, &mut whole)?;
            drafts.push(draft);
        }
        let layer = self.build(input, whole, drafts)?;

        self.orient = orient;
        Ok(layer)
    }

    fn layer_step<'a>(
        &mut self,
        items: &[Item<'a>],
        place: Place,
        whole: &mut Whole<'a>,
    ) -> Result<Draft<'a>, UrlError> {
        let inner = items.iter().filter(|item| matches!(item, Item::Layer(_))).count();
        let mut draft = Draft { entries: Vec::new(), layers: Vec::with_capacity(inner) };
        for item in items {
            match item {
                Item::Layer(inner) => draft.layers.push(self.layer(inner)?),
                Item::Pair(pair) => {
                    if let Some(entry) = self.layer_pair(pair, place)? {
                        let belongs = matches!(entry.setting, Setting::Layer(_))
                            || is_whole(entry.key)
                            || place.scope == Scopes::TEXT && matches!(entry.key, "w" | "bg");
                        let entries = if belongs { &mut whole.0 } else { &mut draft.entries };
                        Entry::put(entries, entry);
                    }
                }
            }
        }
        Ok(draft)
    }

    /// Reads one parameter. `None`: it sets nothing here.
    fn layer_pair<'a>(&mut self, pair: &Pair<'a>, place: Place) -> Result<Option<Entry<'a>>, UrlError> {
        let Named { row, value, at } = match find(pair) {
            Ok(named) => named,
            Err(name) => return self.findings.unknown(pair, name).map(|()| None),
        };
        let read = row.takes.read(value, &place.context);
        let is_refused = match &read {
            Ok(Some(Setting::Background(Background::Generated(_)))) => true,
            // Also without the prompt that it needs.
            Ok(Some(Setting::Model(_))) | Err(_) => row.is_model() && !row.scopes.meets(Scopes::IMAGE),
            Ok(_) => false,
        };
        if is_refused {
            return Err(self.findings.invalid(&format!("{} cannot stand in a layer", row.key), at));
        }
        if !row.scopes.meets(place.scope) {
            self.findings.ignore_because(pair, "means nothing in this layer");
            return Ok(None);
        }
        let entry = |setting| Ok(Some(Entry { key: row.key, setting, pair: *pair }));
        match (row.key, read) {
            // Read with the layer.
            ("i" | "ie", _) => Ok(None),
            (_, Err(why)) => self.findings.bad(pair, (row.key, value, at), &why).map(|()| None),
            // A layer is trimmed without being asked, so that `false` has an effect.
            (_, Ok(Some(setting @ Setting::Trim(_)))) => entry(setting),
            (_, Ok(None)) if value.is_empty() => {
                self.findings.ignore_because(pair, "has no value");
                Ok(None)
            }
            // On an image timing is kept for show.
            ("lso" | "leo" | "ldu", Ok(_)) if !value.contains('"') => entry(Setting::Nothing),
            (_, Ok(None)) => {
                self.findings.ignore(pair);
                Ok(None)
            }
            ("q", Ok(_)) => {
                self.findings.ignore_because(pair, "has no effect in a layer");
                Ok(None)
            }
            (_, Ok(Some(setting))) => {
                self.note(pair, &setting);
                entry(setting)
            }
        }
    }

    fn build<'a>(
        &mut self,
        input: Input,
        mut whole: Whole<'a>,
        mut drafts: Vec<Draft<'a>>,
    ) -> Result<Layer, UrlError> {
        let mut settings = Settings::new();
        let content = match input {
            Input::Image { path, resource } => {
                let pages = whole.take("pg").map(|entry| entry.setting);
                let page = match &pages {
                    Some(Setting::Pages(pages)) => pages.first(),
                    _ => Page::FIRST,
                };
                settings.extend(pages.map(|pages| ("pg", pages)));
                let trim = match whole.take("t").map(|entry| entry.setting) {
                    Some(Setting::Trim(threshold)) => threshold,
                    _ => Some(TRIM),
                };
                if trim != Some(TRIM) {
                    settings.push(("t", Setting::Trim(trim)));
                }
                Content::Image(ImageInput { path, resource, page, trim })
            }
            Input::Block => {
                let first = drafts.first_mut().map(|draft| &mut draft.entries);
                Content::Block(Block::take(&mut whole, first, &mut self.findings, &mut settings))
            }
            Input::Text(text) => {
                let text = Text::take(text, &mut whole, &mut self.findings, &mut settings);
                text::split(&mut drafts);
                Content::Text(Box::new(text))
            }
        };
        let blend = self.blend(&mut whole, &mut drafts, &mut settings)?;
        let placement = Placement::take(&mut whole, &mut self.findings, &mut settings);
        for key in ["lso", "leo", "ldu"] {
            if let Some(entry) = whole.take(key) {
                self.findings.ignore(&entry.pair);
                settings.push((key, Setting::Layer(LayerSetting::Timing(entry.pair.value.to_owned()))));
            }
        }
        let mut steps = Vec::with_capacity(drafts.len());
        for Draft { mut entries, layers } in drafts {
            // The first step of a block stays even if empty: only there do sides and filling make the rectangle.
            let stays = steps.is_empty() && matches!(content, Content::Block(_));
            if entries.is_empty() && layers.is_empty() && !stays {
                continue;
            }
            self.check_step(&mut entries)?;
            let work = Work::of(entries.into_iter().map(|entry| (entry.key, entry.setting)), layers);
            if !work.is_empty() || stays {
                steps.push(work);
            }
        }
        Ok(Layer { content, settings, steps, placement, blend, orient: self.orient })
    }
}

/// Keys that count for the whole layer although their settings look like those of a step.
fn is_whole(key: &str) -> bool {
    matches!(key, "t" | "pg" | "lso" | "leo" | "ldu")
}

// === impl Whole ===

impl<'a> Whole<'a> {
    /// Takes a setting out.
    fn take(&mut self, key: &str) -> Option<Entry<'a>> {
        Entry::take(&mut self.0, key)
    }
}
