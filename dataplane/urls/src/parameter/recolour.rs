//! `cr`: `TO[_TOLERANCE[_FROM]]`.

use super::{BadValue, Context};
use crate::number;
use crate::setting::{Recolour, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let mut parts = text.split('_');
    let to = parts.next().unwrap_or_default().parse()?;
    let tolerance = match parts.next() {
        Some(tolerance) => number::signed(tolerance).ok_or(BadValue::NotANumber)?.clamp(0.0, 100.0),
        None => Recolour::TOLERANCE,
    };
    let from = parts.next().map(str::parse).transpose()?;
    match parts.next() {
        None => Ok(Setting::Recolour(Recolour { to, tolerance, from })),
        Some(_) => Err(BadValue::Form("is not TO_TOLERANCE_FROM")),
    }
}
