//! Where a layer lies on its parent.

use super::finite;
use crate::expression::Values;
use crate::geometry::round_coordinate;
use crate::plan::{Along, Placement};
use crate::setting::Edge;
use crate::{Rect, Size, UrlError};

/// A layer in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) at: (i64, i64),
    /// The part of the parent that it covers.
    pub(super) visible: Option<Rect>,
    pub(super) notes: Vec<String>,
}

/// One axis: lengths of parent and layer, and the edge that offsets count from.
struct Axis {
    parent: u32,
    layer: u32,
    anchor: Option<Edge>,
}

/// `values` are those after the last step of the layer.
pub(super) fn place(
    placement: &Placement,
    parent: Size,
    layer: Size,
    values: &Values,
) -> Result<Placed, UrlError> {
    let mut notes = Vec::new();
    let at = match placement {
        Placement::Focus(place) => (
            centred(place.horizontal, parent.width, layer.width),
            centred(place.vertical, parent.height, layer.height),
        ),
        Placement::Offsets { horizontal, vertical, anchor } => {
            let across = Axis {
                parent: parent.width,
                layer: layer.width,
                anchor: anchor.map(|anchor| anchor.horizontal),
            };
            let down = Axis {
                parent: parent.height,
                layer: layer.height,
                anchor: anchor.map(|anchor| anchor.vertical),
            };
            (
                across.start(horizontal.as_ref(), values, &mut notes)?,
                down.start(vertical.as_ref(), values, &mut notes)?,
            )
        }
    };
    let covered = |start: i64, side: u32, full: u32| {
        let from = start.clamp(0, i64::from(full));
        let to = start.saturating_add(i64::from(side)).clamp(0, i64::from(full));
        Some((u32::try_from(from).ok()?, u32::try_from(to - from).ok().filter(|side| *side > 0)?))
    };
    let visible = match (covered(at.0, layer.width, parent.width), covered(at.1, layer.height, parent.height))
    {
        (Some((x, width)), Some((y, height))) => Some(Rect { x, y, width, height }),
        _ => None,
    };
    match visible {
        None => notes.push("lies outside the image".to_owned()),
        Some(rect) if rect.size() != layer => notes.push(format!("clipped to {}", rect.size())),
        Some(_) => {}
    }
    Ok(Placed { at, visible, notes })
}

/// One of three places on an axis; what is larger than the parent hangs over.
fn centred(edge: Edge, parent: u32, layer: u32) -> i64 {
    let free = i64::from(parent) - i64::from(layer);
    match edge {
        Edge::Start => 0,
        Edge::Center => free.div_euclid(2),
        Edge::End => free,
    }
}

impl Axis {
    fn start(
        &self,
        along: Option<&Along>,
        values: &Values,
        notes: &mut Vec<String>,
    ) -> Result<i64, UrlError> {
        let parent = f64::from(self.parent);
        let anchor = match self.anchor {
            None | Some(Edge::Start) => 0.0,
            Some(Edge::Center) => parent / 2.0,
            Some(Edge::End) => parent,
        };
        let Some(Along { key, centre, offset }) = along else { return Ok(round_coordinate(anchor)) };
        let value = finite(key, &offset.value, values)?;
        let layer = f64::from(self.layer);
        let half = if *centre { layer / 2.0 } else { 0.0 };
        let start = match (offset.negated, self.anchor) {
            (false, _) => anchor + value - half,
            (true, Some(_)) => anchor - value - half,
            // A gap to the opposite edge: of the layer's far side, or of its centre.
            (true, None) if *centre => parent - value - half,
            (true, None) => parent - layer - value,
        };
        let start = round_coordinate(start);
        if value.abs() <= parent {
            return Ok(start);
        }
        let free = i64::from(self.parent) - i64::from(self.layer);
        let inside = start.clamp(free.min(0), free.max(0));
        if inside != start {
            notes.push(format!("{key}-{offset} is beyond the image; moved to {inside}"));
        }
        Ok(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{BASE_VARIABLES, Operand};
    use crate::setting::{Offset, Position};

    /// Reads `KEY-OFFSET`; `None` for no text.
    fn along(text: &'static str) -> Option<Along> {
        let (key, value) = text.split_once('-')?;
        let unsigned = value.strip_prefix('N');
        let value = Operand::parse(unsigned.unwrap_or(value), BASE_VARIABLES).unwrap();
        Some(Along { key, centre: key.ends_with('c'), offset: Offset { negated: unsigned.is_some(), value } })
    }

    /// Two offsets, an anchor or nothing, the size of the layer, where it lies, what is said.
    type Row = (&'static str, &'static str, &'static str, (u32, u32), (i64, i64), &'static str);

    /// On a parent of 600x400.
    fn at(placement: &Placement, layer: (u32, u32)) -> ((i64, i64), String) {
        let (width, height) = layer;
        let values = Values { iw: 50.0, ih: 50.0, cw: width.into(), ch: height.into(), base: (600.0, 400.0) };
        let placed =
            place(placement, Size { width: 600, height: 400 }, Size { width, height }, &values).unwrap();
        (placed.at, placed.notes.join("; "))
    }

    #[test]
    fn offsets_count_from_an_edge_or_an_anchor_and_what_leaves_the_image_is_moved_or_clipped() {
        #[rustfmt::skip] // one row a line reads as the table it is
        let rows: [Row; 20] = [
            ("lx-35", "", "", (100, 100), (35, 0), ""),
            ("lx-N35", "", "", (100, 100), (465, 0), ""),
            ("lx-N0", "ly-N0", "", (100, 100), (500, 300), ""),
            ("lx-10.5", "ly-10.4", "", (100, 100), (11, 10), ""),
            ("lx-600", "", "", (100, 100), (600, 0), "lies outside the image"),
            ("lx-601", "", "", (100, 100), (500, 0), "lx-601 is beyond the image; moved to 500"),
            ("lx-N601", "", "", (100, 100), (0, 0), "lx-N601 is beyond the image; moved to 0"),
            ("lx-601", "", "", (700, 100), (0, 0), "lx-601 is beyond the image; moved to 0; clipped to 600x100"),
            ("lx-550", "", "", (100, 100), (550, 0), "clipped to 50x100"),
            ("lx-cw_sub_150", "", "", (100, 100), (-50, 0), "clipped to 50x100"),
            ("lx-0_sub_700", "", "", (100, 100), (0, 0), "lx-0_sub_700 is beyond the image; moved to 0"),
            ("lx-Ncw_div_2", "", "", (100, 100), (450, 0), ""),
            ("lxc-300", "", "", (101, 100), (250, 0), ""),
            ("lxc-N100", "", "", (100, 100), (450, 0), ""),
            ("lxc-100", "lyc-0", "", (100, 100), (50, -50), "clipped to 100x50"),
            ("lx-N110", "ly-N60", "bottom_right", (100, 100), (490, 340), "clipped to 100x60"),
            ("lx-0", "ly-0", "center", (100, 100), (300, 200), ""),
            ("lxc-0", "lyc-0", "center", (100, 100), (250, 150), ""),
            ("lx-N10", "", "right", (100, 100), (590, 200), "clipped to 10x100"),
            ("", "ly-N5", "top_left", (100, 100), (0, -5), "clipped to 100x95"),
        ];
        for (horizontal, vertical, anchor, layer, expected, notes) in rows {
            let (horizontal, vertical) = (along(horizontal), along(vertical));
            let placement = Placement::Offsets { horizontal, vertical, anchor: Position::parse(anchor) };
            assert_eq!(at(&placement, layer), (expected, notes.to_owned()), "{placement:?}");
        }
    }

    #[test]
    fn nine_places_use_the_free_room_and_round_it_down() {
        for (name, layer, expected) in [
            ("center", (101, 51), (249, 174)),
            ("center", (641, 400), (-21, 0)),
            ("top_left", (100, 100), (0, 0)),
            ("bottom", (100, 100), (250, 300)),
            ("right", (700, 100), (-100, 150)),
        ] {
            let placement = Placement::Focus(Position::parse(name).unwrap());
            assert_eq!(at(&placement, layer).0, expected, "{name}");
        }
    }

    #[test]
    fn an_offset_that_is_no_number_is_an_error() {
        let placement = Placement::Offsets { horizontal: along("lx-cw_div_0"), vertical: None, anchor: None };
        let size = Size { width: 10, height: 10 };
        let values = Values { iw: 1.0, ih: 1.0, cw: 1.0, ch: 1.0, base: (1.0, 1.0) };
        let error = place(&placement, size, size, &values).unwrap_err();
        assert_eq!(error.message, "lx: \"cw_div_0\" gives inf");
    }
}
