//! From the syntax tree to steps: reads values by the table, applies the rules that span a step.

use super::findings::Findings;
use super::legacy::is_legacy;
use super::step::{Choice, Step, Work};
use crate::expression::BASE_VARIABLES;
use crate::parameter::{self, BadValue, Context, Parameter, Scopes, default_image, flag};
use crate::setting::{Background, Dpr, Focus, Length, Mode, Rotation, Setting, Support};
use crate::syntax;
use crate::syntax::{Chain, Item, Pair};
use crate::{Page, UrlError};

/// Reads one tree.
pub(super) struct Reader<'a> {
    pub(super) findings: Findings<'a>,
    /// Some parameter asks for something.
    pub(super) explicit: bool,
    /// `rt-auto` stands somewhere.
    pub(super) orient: bool,
    pub(super) hints: HintUse,
    /// The suffix that gives `pg` a meaning is there.
    paged: bool,
    /// The last `pg`.
    pub(super) page: Option<Page>,
    /// The last `di`.
    pub(super) default_image: Option<String>,
    /// How many parameters ask for work of a model.
    pub(super) models: usize,
    /// Layers so far.
    pub(super) layers: usize,
}

/// Which client hints a string refers to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HintUse {
    pub(super) width: bool,
    pub(super) dpr: bool,
}

/// A setting of the step that is being read, with the item it came from.
pub(super) struct Entry<'a> {
    pub(super) key: &'static str,
    pub(super) setting: Setting,
    pub(super) pair: Pair<'a>,
}

/// What a key or an effect is called, and which part of the item is its value.
pub(super) struct Named<'a> {
    pub(super) row: &'static Parameter,
    pub(super) value: &'a str,
    /// Byte offset of the value.
    pub(super) at: usize,
}

/// The last `orig` of the base chain says `true`. Branches do not count: they depend on the source.
pub(super) fn asks_for_original(chain: &Chain<'_>) -> bool {
    let pairs = chain.steps.iter().flat_map(|step| match step {
        syntax::Step::Items(items) => items.as_slice(),
        syntax::Step::If(_) => &[],
    });
    let mut values = pairs.filter_map(|item| match item {
        Item::Pair(pair) if pair.key == "orig" => flag(pair.value),
        Item::Pair(_) | Item::Layer(_) => None,
    });
    values.next_back() == Some(true)
}

/// The last `di` of the base chain, for strings of which nothing else is read.
pub(super) fn default_image(chain: &Chain<'_>) -> Option<String> {
    let mut steps = chain.steps.iter().rev();
    steps.find_map(|step| match step {
        syntax::Step::Items(items) => items.iter().rev().find_map(|item| match item {
            Item::Pair(pair) if pair.key == "di" => default_image::path(pair.value).ok(),
            Item::Pair(_) | Item::Layer(_) => None,
        }),
        syntax::Step::If(conditional) => {
            let otherwise = conditional.otherwise.as_ref().and_then(default_image);
            otherwise.or_else(|| default_image(&conditional.then))
        }
    })
}

/// Finds the row of an item. `Err` holds the name that is in no table.
pub(super) fn find<'a>(pair: &Pair<'a>) -> Result<Named<'a>, &'a str> {
    if pair.key != "e" {
        let row = parameter::find(pair.key).ok_or(pair.key)?;
        return Ok(Named { row, value: pair.value, at: pair.at });
    }
    let (name, value) = pair.value.split_once('-').unwrap_or((pair.value, ""));
    let row = parameter::find_effect(name.trim_end()).ok_or(pair.text)?;
    let value = value.trim_start();
    Ok(Named { row, value, at: pair.at + pair.value.len() - value.len() })
}

impl<'a> Reader<'a> {
    /// `paged`: the suffix that gives `pg` a meaning is there.
    pub(super) fn new(findings: Findings<'a>, paged: bool) -> Self {
        Self {
            findings,
            explicit: false,
            orient: false,
            hints: HintUse::default(),
            paged,
            page: None,
            default_image: None,
            models: 0,
            layers: 0,
        }
    }

    /// Reads the base chain.
    pub(super) fn base(&mut self, chain: &Chain<'_>) -> Result<Vec<Step>, UrlError> {
        self.chain(chain, false)
    }

    fn chain(&mut self, chain: &Chain<'_>, in_branch: bool) -> Result<Vec<Step>, UrlError> {
        let mut steps = Vec::with_capacity(chain.steps.len());
        for step in &chain.steps {
            match step {
                syntax::Step::Items(items) => {
                    let work = self.items(items, in_branch)?;
                    if !work.is_empty() {
                        steps.push(Step::Work(Box::new(work)));
                    }
                }
                syntax::Step::If(conditional) => {
                    let then = self.chain(&conditional.then, true)?;
                    let otherwise =
                        conditional.otherwise.as_ref().map(|chain| self.chain(chain, true)).transpose()?;
                    steps.push(Step::Choice(Box::new(Choice {
                        text: conditional.text.to_owned(),
                        condition: conditional.condition.clone(),
                        then,
                        otherwise: otherwise.unwrap_or_default(),
                    })));
                }
            }
        }
        Ok(steps)
    }

    fn items(&mut self, items: &[Item<'_>], in_branch: bool) -> Result<Work, UrlError> {
        let count = items.iter().filter(|item| matches!(item, Item::Layer(_))).count();
        let mut entries: Vec<Entry<'_>> = Vec::with_capacity(items.len() - count);
        let mut layers = Vec::with_capacity(count);
        let mut legacy = Vec::new();
        for item in items {
            match item {
                Item::Layer(layer) => layers.push(self.layer(layer)?),
                Item::Pair(pair) if self.findings.translates_overlays() && is_legacy(pair.key) => {
                    legacy.push(*pair);
                }
                Item::Pair(pair) => {
                    if let Some((key, setting)) = self.pair(pair, in_branch)? {
                        Entry::put(&mut entries, Entry { key, setting, pair: *pair });
                    }
                }
            }
        }
        layers.append(&mut self.legacy(&legacy)?);
        self.check_step(&mut entries)?;
        Ok(Work::of(entries.into_iter().map(|entry| (entry.key, entry.setting)), layers))
    }

    /// Reads one item. `None`: it sets nothing.
    fn pair(
        &mut self,
        pair: &Pair<'_>,
        in_branch: bool,
    ) -> Result<Option<(&'static str, Setting)>, UrlError> {
        if is_legacy(pair.key) {
            let message =
                format!("{} belongs to the old overlay syntax; write a layer, l-...,l-end", pair.key);
            return Err(self.findings.invalid(&message, pair.start));
        }
        let Named { row, value, at } = match find(pair) {
            Ok(named) => named,
            Err(name) => return self.findings.unknown(pair, name).map(|()| None),
        };
        if !row.scopes.meets(Scopes::BASE) {
            self.findings.ignore_because(pair, "means something only in a layer");
            return Ok(None);
        }
        match row.takes.read(value, &Context { variables: BASE_VARIABLES }) {
            Err(why) => self.findings.bad(pair, (row.key, value, at), &why).map(|()| None),
            Ok(Some(Setting::Pages(_))) if in_branch => {
                Err(self.findings.invalid("pg cannot stand in an if block", at))
            }
            Ok(Some(Setting::Pages(_))) if !self.paged => {
                self.findings.ignore_because(pair, "means something only with ik-thumbnail.jpg");
                Ok(None)
            }
            Ok(Some(setting)) => {
                self.note(pair, &setting);
                if let Setting::Pages(pages) = &setting {
                    self.page = Some(pages.first());
                }
                Ok(Some((row.key, setting)))
            }
            Ok(None) if value.is_empty() => {
                self.findings.ignore_because(pair, "has no value");
                Ok(None)
            }
            Ok(None) => {
                self.findings.ignore(pair);
                Ok(None)
            }
        }
    }

    /// Notes what a setting means for the whole string, whether or not a later one replaces it.
    pub(super) fn note(&mut self, pair: &Pair<'_>, setting: &Setting) {
        match setting {
            Setting::Width(Length::Auto) => self.hints.width = true,
            Setting::Dpr(Dpr::Auto) => self.hints.dpr = true,
            // Asks for nothing as long as the picture is there.
            Setting::DefaultImage(path) => return self.default_image = Some(path.clone()),
            Setting::Model(_) | Setting::Background(Background::Generated(_)) => self.models += 1,
            _ if setting.support() == Support::Idle => return self.findings.ignore(pair),
            _ => {}
        }
        self.explicit |= *setting != Setting::Original(false);
    }

    /// The rules that span a step. Takes out what they rule out.
    pub(super) fn check_step(&mut self, entries: &mut Vec<Entry<'_>>) -> Result<(), UrlError> {
        let has = |wanted: fn(&Setting) -> bool| entries.iter().any(|entry| wanted(&entry.setting));
        // One that is ignored for its length is none.
        let both_sides = has(|setting| matches!(setting, Setting::Width(length) if !length.is_too_long()))
            && has(|setting| matches!(setting, Setting::Height(length) if !length.is_too_long()));
        let mode = entries.iter().find_map(|entry| match &entry.setting {
            Setting::CropMode(mode) => Some(*mode),
            _ => None,
        });
        let detected = has(|setting| matches!(setting, Setting::Focus(Focus::Detected(_))));
        // Where each model is asked for.
        let mut models = Vec::new();
        let mut wrong = None;
        entries.retain(|Entry { key, setting, pair }| {
            match setting {
                Setting::Background(Background::Generated(_)) if both_sides && mode.is_some_and(pads) => {
                    models.push(pair.start);
                }
                Setting::Background(Background::Generated(_)) => {
                    let why = BadValue::Form("needs w, h and cm-pad_resize or cm-pad_extract");
                    if let Err(error) = self.findings.bad(pair, (key, pair.value, pair.at), &why) {
                        wrong.get_or_insert(error);
                    }
                    return false;
                }
                Setting::Background(Background::Blurred { .. })
                    if !(both_sides && mode.is_some_and(pads_after_scaling)) =>
                {
                    self.findings.ignore_because(pair, "needs w, h and cm-pad_resize");
                    return false;
                }
                Setting::Zoom(_) if !detected => {
                    self.findings.ignore_because(pair, "needs fo-face or an object");
                    return false;
                }
                Setting::Model(_) => models.push(pair.start),
                Setting::Rotation(Rotation::Auto) => self.orient = true,
                _ => {}
            }
            match setting.support() {
                Support::Missing(what) => self.findings.missing(what),
                Support::Replaced(by) => {
                    self.findings.warn(|| format!("{key}-{setting} is not supported yet and {by}"));
                }
                Support::Done | Support::Idle => {}
            }
            true
        });
        // An entry keeps the place of an earlier one of its key, so that they need not stand in order.
        models.sort_unstable();
        match (wrong, models.get(1)) {
            (Some(error), _) => Err(error),
            (None, Some(second)) => {
                let message = "More than one AI transformation in a step; separate them with a colon";
                Err(self.findings.invalid(message, *second))
            }
            (None, None) => Ok(()),
        }
    }
}

// === impl Entry ===

impl Entry<'_> {
    /// Of two equal keys the last one counts, in the place of the first.
    pub(super) fn put(entries: &mut Vec<Self>, new: Self) {
        match entries.iter_mut().find(|entry| entry.key == new.key) {
            Some(entry) => *entry = new,
            None => entries.push(new),
        }
    }

    /// Takes the entry of a key out.
    pub(super) fn take(entries: &mut Vec<Self>, key: &str) -> Option<Self> {
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at))
    }
}

fn pads(mode: Mode) -> bool {
    pads_after_scaling(mode) || matches!(mode, Mode::PadExtract | Mode::PadExtractNoShrink)
}

fn pads_after_scaling(mode: Mode) -> bool {
    matches!(mode, Mode::PadResize | Mode::PadResizeNoEnlarge)
}
