//! Steps become one native chain; an overlay and the steps up to its `fl_layer_apply` become a layer.

use super::super::native::{self, Place, Why};
use super::super::row::{find, keep};
use super::super::{Notes, color::Order};
use super::overlay;
use super::path::{pair, tokens};
use super::position::Placement;
use super::table::{Facts, ROWS};
use crate::syntax::MAX_LAYER_DEPTH;

/// A chain that is being translated: that of the image, or that of a layer.
struct Frame {
    place: Place,
    /// What opens the layer.
    opener: Vec<String>,
    steps: Vec<String>,
    placement: Placement,
    /// The overlay has no equivalent, so nothing that acts on it has one.
    dropped: bool,
}

/// What a step is to the frame it acts on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It changes the picture.
    Work,
    /// It says also where the overlay sits: the step that names it, and the one that applies it.
    Placing,
}

/// Translates decoded steps.
pub(super) fn translate(steps: &[String], facts: &Facts, notes: &mut Notes) -> String {
    let steps = without_conditions(steps, notes);
    let applied = applied(&steps);
    let mut base = Frame::new(Place::Base, Vec::new());
    let mut layers: Vec<Frame> = Vec::new();
    for (step, applied_later) in steps.iter().zip(applied) {
        let opens = tokens(step).find(|token| is_overlay(token));
        let ends = match opens {
            Some(token) => {
                layers.push(open(token, &layers, notes));
                !applied_later
            }
            None => tokens(step).any(is_apply) && !layers.is_empty(),
        };
        let role = if opens.is_some() || ends { Role::Placing } else { Role::Work };
        let frame = layers.last_mut().unwrap_or(&mut base);
        frame.read(step, opens.unwrap_or_default(), role, facts, notes);
        if ends && let Some(layer) = layers.pop() {
            let parent = layers.last_mut().unwrap_or(&mut base);
            parent.steps.extend(layer.finish(notes));
        }
    }
    base.steps.join(":")
}

/// Leaves conditional steps out: up to the next `if_end` if there is one, else the step alone.
fn without_conditions<'a>(steps: &'a [String], notes: &mut Notes) -> Vec<&'a str> {
    let is_condition = |step: &str| tokens(step).any(|token| pair(token).0 == "if");
    let is_end = |step: &str| tokens(step).any(|token| token == "if_end");
    let last_end = steps.iter().rposition(|step| is_end(step));
    let mut kept = Vec::with_capacity(steps.len());
    let mut inside = false;
    for (index, step) in steps.iter().enumerate() {
        let condition = is_condition(step);
        if condition || inside {
            notes.dropped(step, "conditions are not translated");
        } else {
            kept.push(step.as_str());
        }
        if is_end(step) {
            inside = false;
        } else if condition {
            inside = last_end.is_some_and(|end| end > index);
        }
    }
    kept
}

/// For each step: it names an overlay that a later step applies. Applying ends the overlay that was named last.
fn applied(steps: &[&str]) -> Vec<bool> {
    let mut applied = vec![false; steps.len()];
    let mut open = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        if tokens(step).any(is_overlay) {
            open.push(index);
        } else if tokens(step).any(is_apply)
            && let Some(flag) = open.pop().and_then(|index: usize| applied.get_mut(index))
        {
            *flag = true;
        }
    }
    applied
}

fn is_overlay(token: &str) -> bool {
    matches!(pair(token).0, "l" | "u")
}

fn is_apply(token: &str) -> bool {
    token.strip_prefix("fl_").is_some_and(|flags| flags.split('.').any(|flag| flag == "layer_apply"))
}

/// Starts the layer of an overlay inside `outer` ones.
fn open(token: &str, outer: &[Frame], notes: &mut Notes) -> Frame {
    let (key, value) = pair(token);
    let opened = if outer.last().is_some_and(|frame| frame.dropped) {
        Err(Why::Other(DROPPED))
    } else if outer.len() >= MAX_LAYER_DEPTH {
        Err(Why::Other("overlays nest too deep"))
    } else if key == "u" {
        Err(Why::Other("underlays have no equivalent"))
    } else {
        overlay::read(value, notes)
    };
    match opened {
        Ok((place, opener)) => {
            notes.translated(token, &opener.join(","));
            Frame::new(place, opener)
        }
        Err(why) => {
            notes.dropped(token, why);
            Frame { dropped: true, ..Frame::new(Place::Image, Vec::new()) }
        }
    }
}

const DROPPED: &str = "acts on an overlay that was dropped";

impl Frame {
    fn new(place: Place, opener: Vec<String>) -> Self {
        Self { place, opener, steps: Vec::new(), placement: Placement::default(), dropped: false }
    }

    /// Reads the tokens of a step but `opener`, which was read already.
    fn read(&mut self, step: &str, opener: &str, role: Role, facts: &Facts, notes: &mut Notes) {
        let cuts = tokens(step).any(|token| token == "c_crop");
        let mut items = Vec::new();
        for token in tokens(step) {
            // The very piece, not one that reads the same.
            if std::ptr::eq(token, opener) {
                continue;
            }
            let (key, value) = pair(token);
            let places = self.place != Place::Base
                && match key {
                    "x" | "y" => role == Role::Placing || !cuts,
                    "g" => role == Role::Placing,
                    _ => false,
                };
            if self.dropped {
                notes.dropped(token, DROPPED);
            } else if is_apply(token) {
                let ends = self.place != Place::Base;
                let result = if ends { Ok("l-end") } else { Err("no overlay is open") };
                match result {
                    Ok(item) => notes.translated(token, item),
                    Err(why) => notes.dropped(token, why),
                }
            } else if places {
                match self.placement.set(token, (key, value), facts) {
                    Ok(Some(earlier)) => notes.dropped(&earlier, "a later one counts"),
                    Ok(None) => {}
                    Err(why) => notes.dropped(token, why),
                }
            } else {
                let result = match find(ROWS, key) {
                    Some(row) => row.translate(value, (facts, Order::AlphaLast), self.place),
                    None => Err(Why::Other("variables are not translated")),
                };
                keep(notes, token, result, &mut items);
            }
        }
        if !items.is_empty() {
            self.steps.push(items.join(","));
        }
    }

    /// The layer as one item.
    fn finish(self, notes: &mut Notes) -> Option<String> {
        if self.dropped {
            return None;
        }
        let mut items = self.opener;
        if !self.steps.is_empty() {
            items.push(self.steps.join(":"));
        }
        for (pieces, item) in self.placement.items() {
            keep(notes, &pieces, native::check(&item, self.place).map(|()| item), &mut items);
        }
        items.push("l-end".to_owned());
        Some(items.join(","))
    }
}
