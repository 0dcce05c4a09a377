//! `w` and `h`: pixels, a fraction of the step input, an expression, `auto`.

use super::{BadValue, Context};
use crate::expression::Operand;
use crate::setting::Length;

pub(super) fn read(text: &str, auto: bool, context: &Context) -> Result<Length, BadValue> {
    if auto && text == "auto" {
        return Ok(Length::Auto);
    }
    match Operand::parse(text, context.variables)? {
        Operand::Expression(expression) => Ok(Length::Expression(expression)),
        Operand::Number(value) if value >= 1.0 => Ok(Length::Pixels(value)),
        Operand::Number(value) if value > 0.0 => Ok(Length::Fraction(value)),
        Operand::Number(_) => Err(BadValue::NotPositive),
    }
}
