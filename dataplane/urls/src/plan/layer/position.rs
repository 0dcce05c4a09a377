//! `lx`, `ly`, `lxc`, `lyc`, `lap`, `lfo`: where a layer lies.

use super::{Settings, Whole};
use crate::plan::findings::Findings;
use crate::setting::{LayerSetting, Offset, Position, Setting};

/// Where a layer lies on its parent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Placement {
    /// At one of nine places.
    Focus(Position),
    /// By offsets; an axis without one counts as 0.
    Offsets {
        horizontal: Option<Along>,
        vertical: Option<Along>,
        /// The point of the parent that offsets count from. `None`: the top-left corner, and negated offsets are
        /// gaps to the opposite edge.
        anchor: Option<Position>,
    },
}

/// An offset on one axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Along {
    /// The key it was given with.
    pub(crate) key: &'static str,
    /// It locates the centre of the layer, not its corner.
    pub(crate) centre: bool,
    pub(crate) offset: Offset,
}

impl Placement {
    pub(super) fn take(whole: &mut Whole<'_>, findings: &mut Findings<'_>, settings: &mut Settings) -> Self {
        let mut axis = |corner: &'static str, centre: &'static str| {
            // Of both keys the corner wins.
            let found = [(corner, whole.take(corner)), (centre, whole.take(centre))];
            found.into_iter().find_map(|(key, entry)| match entry?.setting {
                Setting::Layer(LayerSetting::Offset(offset)) => {
                    Some(Along { key, centre: key == centre, offset })
                }
                _ => None,
            })
        };
        let (horizontal, vertical) = (axis("lx", "lxc"), axis("ly", "lyc"));
        for along in [&horizontal, &vertical].into_iter().flatten() {
            settings.push((along.key, Setting::Layer(LayerSetting::Offset(along.offset.clone()))));
        }
        let has_offsets = horizontal.is_some() || vertical.is_some();
        let mut place = |key: &'static str, counts: bool| {
            let entry = whole.take(key)?;
            let Setting::Layer(LayerSetting::Place(place)) = entry.setting else { return None };
            if counts {
                settings.push((key, entry.setting));
                return Some(place);
            }
            if key == "lap" {
                findings.ignore_because(&entry.pair, "needs lx, ly, lxc or lyc");
            } else {
                findings.ignore(&entry.pair);
            }
            None
        };
        let (anchor, focus) = (place("lap", has_offsets), place("lfo", !has_offsets));
        if has_offsets {
            Self::Offsets { horizontal, vertical, anchor }
        } else {
            Self::Focus(focus.unwrap_or_default())
        }
    }
}
