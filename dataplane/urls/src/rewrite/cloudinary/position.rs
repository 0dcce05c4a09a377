//! Where an overlay sits: `g`, `x` and `y` of its placement as `lfo`, `lx` and `ly`.

use super::super::color::Order;
use super::super::native::{self, Place, Why};
use super::super::{row, value};
use super::table::{Facts, ROWS};
use crate::setting::{Edge, Position};

/// What a placement says.
#[derive(Debug, Default)]
pub(super) struct Placement {
    gravity: Option<Position>,
    x: Option<String>,
    y: Option<String>,
}

impl Placement {
    /// Takes a key, returns what it stands for by itself.
    pub(super) fn set(&mut self, key: &str, text: &str, facts: &Facts) -> Result<String, Why> {
        match key {
            "x" => Ok(format!("lx-{}", self.x.insert(value::number(text)?))),
            "y" => Ok(format!("ly-{}", self.y.insert(value::number(text)?))),
            _ => {
                let row = row::find(ROWS, key).ok_or(Why::UnknownWord)?;
                let focus = row.translate(text, (facts, Order::AlphaLast), Place::Base)?;
                let place = focus.strip_prefix("fo-").unwrap_or_default();
                self.gravity =
                    Some(Position::parse(place).ok_or(Why::Other("an overlay has a fixed place"))?);
                Ok(format!("lfo-{place}"))
            }
        }
    }

    /// The items that end a layer. Offsets without a gravity count from the top left corner; with one they count from
    /// the edges it names, into the picture.
    pub(super) fn items(&self, place: Place) -> Vec<String> {
        let items = match (self.gravity, self.x.as_deref(), self.y.as_deref()) {
            (Some(gravity), None, None) => [Some(format!("lfo-{}", gravity.name())), None],
            (None, x, y) => [x.map(|x| format!("lx-{x}")), y.map(|y| format!("ly-{y}"))],
            (Some(gravity), x, y) => [
                Some(offset(["lx", "lxc", "bw"], gravity.horizontal, x.unwrap_or("0"))),
                Some(offset(["ly", "lyc", "bh"], gravity.vertical, y.unwrap_or("0"))),
            ],
        };
        items.into_iter().flatten().filter(|item| native::check(item, place).is_ok()).collect()
    }
}

/// An offset on one axis; keys of its start and its centre, and the side of the image below.
fn offset([start, center, side]: [&str; 3], edge: Edge, value: &str) -> String {
    let negative = value.strip_prefix('N');
    match (edge, negative) {
        (Edge::Start, _) => format!("{start}-{value}"),
        // Natively `N` is the gap to the far edge, which has no sign of its own.
        (Edge::End, None) => format!("{start}-N{value}"),
        (Edge::End, Some(_)) => format!("{start}-N0"),
        (Edge::Center, None) if value == "0" => format!("{center}-{side}_div_2"),
        (Edge::Center, None) => format!("{center}-{side}_div_2_add_{value}"),
        (Edge::Center, Some(value)) => format!("{center}-{side}_div_2_sub_{value}"),
    }
}
