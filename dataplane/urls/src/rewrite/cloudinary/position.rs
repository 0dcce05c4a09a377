//! Where an overlay sits: `g`, `x` and `y` of its placement as `lfo`, `lx` and `ly`.

use super::super::color::Order;
use super::super::native::{Place, Why};
use super::super::{row, value};
use super::table::{Facts, ROWS};
use crate::number;
use crate::setting::{Edge, Position};

/// What a placement says.
#[derive(Debug, Default)]
pub(super) struct Placement {
    gravity: Option<Told<Position>>,
    x: Option<Told<String>>,
    y: Option<Told<String>>,
}

/// A value, and the piece of the URL that gives it.
#[derive(Debug)]
struct Told<T> {
    piece: String,
    value: T,
}

/// Keys and names along one axis.
struct Axis {
    start: &'static str,
    center: &'static str,
    /// The side of the image below.
    side: &'static str,
}

const ACROSS: Axis = Axis { start: "lx", center: "lxc", side: "bw" };
const DOWN: Axis = Axis { start: "ly", center: "lyc", side: "bh" };

// === impl Placement ===

impl Placement {
    /// Takes a piece with its key and value. What it stands for is known only once all of them are: see
    /// [`Self::items`]. Returns the earlier piece of this key, which no longer counts.
    pub(super) fn set(
        &mut self,
        piece: &str,
        (key, text): (&str, &str),
        facts: &Facts,
    ) -> Result<Option<String>, Why> {
        let piece = piece.to_owned();
        let earlier = match key {
            "x" => self.x.replace(Told { piece, value: value::offset(text, ACROSS.side)? }).map(Told::piece),
            "y" => self.y.replace(Told { piece, value: value::offset(text, DOWN.side)? }).map(Told::piece),
            _ => {
                let row = row::find(ROWS, key).ok_or(Why::UnknownWord)?;
                let focus = row.translate(text, (facts, Order::AlphaLast), Place::Base)?;
                let place = focus.strip_prefix("fo-").unwrap_or_default();
                let value = Position::parse(place).ok_or(Why::Other("an overlay has a fixed place"))?;
                self.gravity.replace(Told { piece, value }).map(Told::piece)
            }
        };
        Ok(earlier)
    }

    /// The items that end a layer, each behind the pieces that it comes from. Offsets without a gravity count from
    /// the top left corner; with one they count from the edges it names, into the picture.
    pub(super) fn items(&self) -> Vec<(String, String)> {
        let (x, y) = (self.x.as_ref(), self.y.as_ref());
        let Some(gravity) = &self.gravity else {
            let from_start = |axis: &Axis, offset: &Told<String>| {
                (offset.piece.clone(), axis.item(Edge::Start, &offset.value))
            };
            return x
                .map(|x| from_start(&ACROSS, x))
                .into_iter()
                .chain(y.map(|y| from_start(&DOWN, y)))
                .collect();
        };
        let Told { piece, value: place } = gravity;
        if x.is_none() && y.is_none() {
            return vec![(piece.clone(), format!("lfo-{}", place.name()))];
        }
        let from_edge = |axis: &Axis, edge: Edge, offset: Option<&Told<String>>| match offset {
            Some(offset) => (format!("{piece},{}", offset.piece), axis.item(edge, &offset.value)),
            None => (piece.clone(), axis.item(edge, "0")),
        };
        vec![from_edge(&ACROSS, place.horizontal, x), from_edge(&DOWN, place.vertical, y)]
    }
}

impl<T> Told<T> {
    fn piece(self) -> String {
        self.piece
    }
}

// === impl Axis ===

impl Axis {
    /// An offset from an edge, inwards; negative ones lead over the edge.
    fn item(&self, edge: Edge, offset: &str) -> String {
        let Self { start, center, side } = self;
        let (amount, negative) = offset.strip_prefix('N').map_or((offset, false), |amount| (amount, true));
        let is_zero = number::unsigned(amount).is_some_and(|amount| amount <= 0.0);
        match (edge, negative && !is_zero) {
            (Edge::Start, false) => format!("{start}-{amount}"),
            // Natively `N` in front is no minus but the gap to the far edge; what an expression gives has a sign.
            // An anchor would make `N` a minus, but counts for both axes, and from an end it would need the size of
            // the layer, which has no name in text.
            (Edge::Start, true) => format!("{start}-0_sub_{amount}"),
            (Edge::End, false) => format!("{start}-N{amount}"),
            (Edge::End, true) => format!("{start}-N0_sub_{amount}"),
            (Edge::Center, false) if is_zero => format!("{center}-{side}_div_2"),
            (Edge::Center, false) => format!("{center}-{side}_div_2_add_{amount}"),
            (Edge::Center, true) => format!("{center}-{side}_div_2_sub_{amount}"),
        }
    }
}
