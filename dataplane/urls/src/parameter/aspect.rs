//! `ar`: `4-3`, `4_3`, `4:3`, a number, an expression.

use super::{BadValue, Context};
use crate::expression::{Operand, is_expression};
use crate::number;
use crate::setting::{Aspect, Setting};

pub(super) fn read(text: &str, context: &Context) -> Result<Setting, BadValue> {
    if !is_expression(text)
        && let Some((width, height)) = text.split_once(['-', '_', ':'])
        && let Some(width) = number::unsigned(width.trim())
    {
        let height = number::unsigned(height.trim()).ok_or(BadValue::Form("is not a ratio"))?;
        let positive = width > 0.0 && height > 0.0;
        return positive
            .then_some(Setting::Aspect(Aspect::Fraction(width, height)))
            .ok_or(BadValue::NotPositive);
    }
    match Operand::parse(text, context.variables)? {
        Operand::Number(value) if value <= 0.0 => Err(BadValue::NotPositive),
        ratio @ (Operand::Number(_) | Operand::Expression(_)) => Ok(Setting::Aspect(Aspect::Ratio(ratio))),
    }
}
