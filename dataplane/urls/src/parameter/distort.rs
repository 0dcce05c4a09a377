//! `e-distort`: `p-` and eight coordinates of four corners, or `a-` and degrees.

use super::{BadValue, Context, is_off};
use crate::number;
use crate::setting::{Distort, Effect, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    let distort = match text.strip_prefix("a-") {
        Some(degrees) => Distort::Arc(number::signed(degrees).ok_or(BadValue::NotANumber)?),
        None => perspective(text)?,
    };
    Ok(Setting::Effect(Effect::Distort(distort)))
}

fn perspective(text: &str) -> Result<Distort, BadValue> {
    let text = text.strip_prefix("p-").ok_or(BadValue::Form("is neither p-CORNERS nor a-DEGREES"))?;
    let corners =
        text.split('_').map(number::signed).collect::<Option<Vec<_>>>().ok_or(BadValue::NotANumber)?;
    let corners: [f64; 8] =
        corners.try_into().map_err(|_| BadValue::Form("does not have eight coordinates"))?;
    let [x1, y1, x2, y2, x3, y3, x4, y4] = corners;
    let ordered = x1 < x2 && x1 < x3 && x4 < x2 && x4 < x3 && y1 < y3 && y1 < y4 && y2 < y3 && y2 < y4;
    let message = "does not name the corners in the order top left, top right, bottom right, bottom left";
    ordered.then_some(Distort::Perspective(corners)).ok_or(BadValue::Form(message))
}
