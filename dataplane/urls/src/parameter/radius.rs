//! `r`: one radius or `max` for all corners, or four of them from the top left on, clockwise.

use super::{BadValue, Context};
use crate::number;
use crate::setting::{Corner, Corners, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if text == "max" {
        return Ok(Setting::Radius(Corners::Ellipse));
    }
    let corners = text.split('_').map(corner).collect::<Result<Vec<_>, _>>()?;
    match corners.as_slice() {
        [all] => Ok(Setting::Radius(Corners::Each([*all; 4]))),
        [a, b, c, d] => Ok(Setting::Radius(Corners::Each([*a, *b, *c, *d]))),
        _ => Err(BadValue::Form("is neither one radius nor four")),
    }
}

fn corner(text: &str) -> Result<Corner, BadValue> {
    if text == "max" {
        return Ok(Corner::Max);
    }
    match number::signed(text).ok_or(BadValue::NotANumber)? {
        value if value < 0.0 => Err(BadValue::Negative),
        value => Ok(Corner::Pixels(value)),
    }
}
