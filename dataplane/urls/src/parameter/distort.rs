//! `e-distort`: `p-` and eight coordinates of four corners, or `a-` and degrees.

use super::{BadValue, Context, is_off};
use crate::number;
use crate::setting::Setting;

const MISSING: Setting = Setting::Missing("e-distort");

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    if let Some(degrees) = text.strip_prefix("a-") {
        return number::signed(degrees).map(|_| MISSING).ok_or(BadValue::NotANumber);
    }
    let corners = text.strip_prefix("p-").ok_or(BadValue::Form("is neither p-CORNERS nor a-DEGREES"))?;
    let corners =
        corners.split('_').map(number::signed).collect::<Option<Vec<_>>>().ok_or(BadValue::NotANumber)?;
    let [x1, y1, x2, y2, x3, y3, x4, y4] = corners[..] else {
        return Err(BadValue::Form("does not have eight coordinates"));
    };
    let ordered = x1 < x2 && x1 < x3 && x4 < x2 && x4 < x3 && y1 < y3 && y1 < y4 && y2 < y3 && y2 < y4;
    let message = "does not name the corners in the order top left, top right, bottom right, bottom left";
    ordered.then_some(MISSING).ok_or(BadValue::Form(message))
}
