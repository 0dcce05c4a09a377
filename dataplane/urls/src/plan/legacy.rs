//! Overlay parameters of before layers, read as layers where the endpoint asks for it.
//!
//! Every key has one row: what it is called in a layer, and in which layers. The old keys of a step become one block,
//! one image and one text, drawn in this order, because the old syntax had none: what is written upon stands below.

use super::layer::Layer;
use super::reader::Reader;
use crate::UrlError;
use crate::syntax;
use crate::syntax::{Chain, Item, LayerKind, Pair, Step};

/// One of the layers that old keys make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Block,
    Image,
    Text,
}

/// Name in a layer, and the layers that it belongs to.
type Row = (&'static str, &'static str, &'static [Target]);

const ALL: &[Target] = &[Target::Block, Target::Image, Target::Text];
const SIZED: &[Target] = &[Target::Block, Target::Image];
const FILLED: &[Target] = &[Target::Block, Target::Text];
const BLOCK: &[Target] = &[Target::Block];
const IMAGE: &[Target] = &[Target::Image];
const TEXT: &[Target] = &[Target::Text];

/// Old key, new key, layers.
const KEYS: [Row; 32] = [
    // Each of these makes a layer
    ("obg", "bg", BLOCK),
    ("oi", "i", IMAGE),
    ("ot", "i", TEXT),
    ("ote", "ie", TEXT),
    // Place
    ("ox", "lx", ALL),
    ("oy", "ly", ALL),
    ("ofo", "lfo", ALL),
    // Size
    ("ow", "w", SIZED),
    ("oh", "h", SIZED),
    // Image
    ("oiar", "ar", IMAGE),
    ("oib", "b", IMAGE),
    ("oibg", "bg", IMAGE),
    ("oidpr", "dpr", IMAGE),
    ("oiq", "q", IMAGE),
    ("oit", "t", IMAGE),
    ("oic", "c", IMAGE),
    ("oicm", "cm", IMAGE),
    ("oifo", "fo", IMAGE),
    ("oix", "x", IMAGE),
    ("oiy", "y", IMAGE),
    ("oixc", "xc", IMAGE),
    ("oiyc", "yc", IMAGE),
    // Text
    ("otw", "w", TEXT),
    ("ots", "fs", TEXT),
    ("otf", "ff", TEXT),
    ("otc", "co", TEXT),
    ("otia", "ia", TEXT),
    ("otp", "pa", TEXT),
    ("otbg", "bg", TEXT),
    ("ott", "tg", TEXT),
    ("or", "r", FILLED),
    ("oa", "al", FILLED),
];

/// The key belongs to the overlay syntax of before layers.
pub(super) fn is_legacy(key: &str) -> bool {
    key.starts_with('o') && KEYS.iter().any(|(old, ..)| *old == key)
}

impl Reader<'_> {
    /// The layers that the old keys of a step stand for.
    pub(super) fn legacy(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Layer>, UrlError> {
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let targets: Vec<Target> =
            ALL.iter().copied().filter(|target| pairs.iter().any(|pair| makes(pair, *target))).collect();
        for pair in pairs {
            let row = KEYS.iter().find(|(old, ..)| *old == pair.key);
            if !row.is_some_and(|(.., of)| targets.iter().any(|target| of.contains(target))) {
                self.findings.ignore_because(pair, "belongs to an overlay that the step does not have");
            }
        }
        targets.into_iter().map(|target| self.translate(target, pairs)).collect()
    }

    fn translate(&mut self, target: Target, pairs: &[Pair<'_>]) -> Result<Layer, UrlError> {
        let kind = match target {
            Target::Block | Target::Image => LayerKind::Image,
            Target::Text => LayerKind::Text,
        };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let mut items = Vec::new();
        let at = pairs.iter().find(|pair| makes(pair, target)).map_or(0, |pair| pair.start);
        if target == Target::Block {
            new.push("i-ik_canvas");
            items.push(Item::Pair(Pair { text: "i-ik_canvas", key: "i", value: "ik_canvas", start: at, at }));
        }
        for pair in pairs {
            let Some((_, key, of)) = KEYS.iter().find(|(old, ..)| *old == pair.key) else { continue };
            if of.contains(&target) {
                old.push(pair.key);
                new.push(key);
                items.push(Item::Pair(Pair { key, ..*pair }));
            }
        }
        self.findings.warn(|| {
            format!(
                "the old overlay keys {} were read as {} with {}",
                old.join(", "),
                kind.opener(),
                new.join(", ")
            )
        });
        let chain = Chain { steps: vec![Step::Items(items)] };
        self.layer(&syntax::Layer { kind, chain, at })
    }
}

/// The key makes this layer, and is not empty.
fn makes(pair: &Pair<'_>, target: Target) -> bool {
    let made = match pair.key {
        "obg" => Target::Block,
        "oi" => Target::Image,
        "ot" | "ote" => Target::Text,
        _ => return false,
    };
    made == target && !pair.value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::find;

    #[test]
    fn every_old_key_has_one_row_and_a_new_name_that_exists() {
        for (old, new, targets) in KEYS {
            assert_eq!(KEYS.iter().filter(|(key, ..)| *key == old).count(), 1, "{old}");
            assert!(find(old).is_none(), "{old}");
            assert!(find(new).is_some(), "{old}: {new}");
            assert!(!targets.is_empty(), "{old}");
        }
    }
}
