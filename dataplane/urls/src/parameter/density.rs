//! `dn` and `z`: numbers of which not every one makes sense.

use super::{BadValue, Context};
use crate::expression::{Operand, Variable};
use crate::number;
use crate::setting::Setting;

/// `dn`: dots per inch; its expressions know the source's density.
pub(super) fn read(text: &str, context: &Context) -> Result<Setting, BadValue> {
    let variables: Vec<Variable> = context.variables.iter().copied().chain([Variable::Idn]).collect();
    Ok(Setting::Density(match Operand::parse(text, &variables)? {
        Operand::Number(value) => Operand::Number(value.clamp(1.0, 1200.0)),
        expression @ Operand::Expression(_) => expression,
    }))
}

/// `z`: how close.
pub(super) fn read_zoom(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    match number::signed(text).ok_or(BadValue::NotANumber)? {
        value if value > 0.0 => Ok(Setting::Zoom(value)),
        _ => Err(BadValue::NotPositive),
    }
}
