//! `b`: `WIDTH_COLOR`. What stands after the last `_` or `-` is the colour, even if it is all digits.

use super::{BadValue, Context};
use crate::expression::Operand;
use crate::setting::Setting;

pub(super) fn read(text: &str, context: &Context) -> Result<Setting, BadValue> {
    let (width, color) = text.rsplit_once(['_', '-']).ok_or(BadValue::Form("is not WIDTH_COLOR"))?;
    let color = color.trim().parse()?;
    match Operand::parse(width.trim(), context.variables)? {
        Operand::Number(value) if value < 0.0 => Err(BadValue::Negative),
        width @ (Operand::Number(_) | Operand::Expression(_)) => Ok(Setting::Border { width, color }),
    }
}
