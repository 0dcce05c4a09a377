//! From the syntax tree to steps: reads values by the table, applies the rules that span a step.

use super::findings::Findings;
use super::layer;
use super::step::{Choice, Step, Work};
use crate::UrlError;
use crate::expression::BASE_VARIABLES;
use crate::parameter::{BadValue, Context, Parameter, Scopes, flag, is_legacy};
use crate::setting::{Dpr, Focus, Length, Mode, Rotation, Setting};
use crate::syntax;
use crate::syntax::{Chain, Item, Pair};

/// Reads one tree.
pub(super) struct Reader<'a> {
    pub(super) findings: Findings<'a>,
    /// Some parameter asks for something.
    pub(super) explicit: bool,
    /// `rt-auto` stands somewhere.
    pub(super) orient: bool,
    pub(super) hints: HintUse,
}

/// Which client hints a string refers to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HintUse {
    pub(super) width: bool,
    pub(super) dpr: bool,
}

/// A setting of the step that is being read, with the item it came from.
struct Entry<'a> {
    key: &'static str,
    setting: Setting,
    pair: Pair<'a>,
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

/// Finds the row of an item. `Err` holds the name that is in no table.
pub(super) fn find<'a>(pair: &Pair<'a>) -> Result<Named<'a>, &'a str> {
    if pair.key != "e" {
        let row = Parameter::find(pair.key).ok_or(pair.key)?;
        return Ok(Named { row, value: pair.value, at: pair.at });
    }
    let (name, value) = pair.value.split_once('-').unwrap_or((pair.value, ""));
    let row = Parameter::find_effect(name.trim_end()).ok_or(pair.text)?;
    let value = value.trim_start();
    Ok(Named { row, value, at: pair.at + pair.value.len() - value.len() })
}

impl<'a> Reader<'a> {
    pub(super) fn new(findings: Findings<'a>) -> Self {
        Self { findings, explicit: false, orient: false, hints: HintUse::default() }
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
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for item in items {
            match item {
                Item::Layer(layer) => layer::check(&mut self.findings, layer)?,
                Item::Pair(pair) => {
                    if let Some((key, setting)) = self.pair(pair, in_branch)? {
                        // Of two equal keys the last one counts, in the place of the first.
                        match entries.iter_mut().find(|entry| entry.key == key) {
                            Some(entry) => *entry = Entry { key, setting, pair: *pair },
                            None => entries.push(Entry { key, setting, pair: *pair }),
                        }
                    }
                }
            }
        }
        self.check_step(&mut entries)?;
        let mut work = Work::default();
        for entry in entries {
            work.add(entry.key, entry.setting);
        }
        Ok(work)
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
            Ok(Some(Setting::Page)) if in_branch => {
                Err(self.findings.invalid("pg cannot stand in an if block", at))
            }
            Ok(Some(Setting::Page)) => {
                self.findings.ignore_because(pair, "means something only with ik-thumbnail.jpg");
                Ok(None)
            }
            Ok(Some(setting)) => {
                self.note(pair, &setting);
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
    fn note(&mut self, pair: &Pair<'_>, setting: &Setting) {
        match setting {
            Setting::Width(Length::Auto) => self.hints.width = true,
            Setting::Dpr(Dpr::Auto) => self.hints.dpr = true,
            Setting::Nothing => return self.findings.ignore(pair),
            _ => {}
        }
        self.explicit |= *setting != Setting::Original(false);
    }

    /// The rules that span a step.
    fn check_step(&mut self, entries: &mut Vec<Entry<'_>>) -> Result<(), UrlError> {
        let has = |wanted: fn(&Setting) -> bool| entries.iter().any(|entry| wanted(&entry.setting));
        let both_sides = has(|setting| matches!(setting, Setting::Width(_)))
            && has(|setting| matches!(setting, Setting::Height(_)));
        let mode = entries.iter().find_map(|entry| match &entry.setting {
            Setting::CropMode(mode) => Some(*mode),
            _ => None,
        });
        let detected = has(|setting| matches!(setting, Setting::Focus(Focus::Detected(_))));
        let mut models = 0;
        for Entry { key, setting, pair } in &mut *entries {
            match setting {
                Setting::Ai(name) => {
                    models += 1;
                    self.findings.missing(name);
                }
                Setting::GeneratedBackground if both_sides && mode.is_some_and(pads) => {
                    models += 1;
                    self.findings.missing("bg-genfill");
                }
                Setting::GeneratedBackground => {
                    let why = BadValue::Form("needs w, h and cm-pad_resize or cm-pad_extract");
                    self.findings.bad(pair, (key, pair.value, pair.at), &why)?;
                }
                Setting::BlurredBackground if both_sides && mode.is_some_and(pads_after_scaling) => {
                    self.findings.missing("bg-blurred");
                }
                Setting::BlurredBackground => {
                    self.findings.ignore_because(pair, "needs w, h and cm-pad_resize");
                }
                Setting::Zoom(_) if detected => self.findings.missing("z (zoom)"),
                Setting::Zoom(_) => self.findings.ignore_because(pair, "needs fo-face or an object"),
                Setting::Focus(Focus::Automatic(_) | Focus::Detected(_)) => {
                    let text = setting.to_string();
                    self.findings.warn(|| format!("fo-{text} is not supported yet and counts as the centre"));
                }
                Setting::Missing(what) => self.findings.missing(what),
                Setting::Rotation(Rotation::Auto) => self.orient = true,
                _ => {}
            }
        }
        match entries.first() {
            Some(first) if models > 1 => {
                let message = "More than one AI transformation in a step; separate them with a colon";
                Err(self.findings.invalid(message, first.pair.at))
            }
            _ => Ok(()),
        }
    }
}

fn pads(mode: Mode) -> bool {
    pads_after_scaling(mode) || matches!(mode, Mode::PadExtract | Mode::PadExtractNoShrink)
}

fn pads_after_scaling(mode: Mode) -> bool {
    matches!(mode, Mode::PadResize | Mode::PadResizeNoEnlarge)
}
