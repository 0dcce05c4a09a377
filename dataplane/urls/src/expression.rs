//! Arithmetic in values: `iw_div_2`, `ih_mul_0.5_add_66.5`, `Nbw_div_10`.
//!
//! There are no brackets. All `mul` and `div` come first, left to right, then all `add` and `sub`, then all `mod`,
//! then all `pow`; an `N` in front negates the whole result.

use std::fmt;
use std::sync::Arc;

use crate::number;

/// A literal number or an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A literal, possibly negative.
    Number(f64),
    /// Depends on sizes. Shared, because a plan holds it twice; apart, because most operands are numbers.
    Expression(Arc<Expression>),
}

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    negated: bool,
    first: Atom,
    rest: Vec<(Operator, Atom)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Atom {
    Number(f64),
    Variable(Variable),
}

/// Operators; those of equal rank are done together, lower ranks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Mul,
    Div,
    Add,
    Sub,
    Mod,
    Pow,
}

/// Names that stand for numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variable {
    /// Size and ratio of the source.
    Iw,
    Ih,
    Iar,
    /// Size and ratio of what the step receives.
    Cw,
    Ch,
    Car,
    /// Size and ratio of the image a layer is drawn on.
    Bw,
    Bh,
    Bar,
    /// Durations of video input and base.
    Idu,
    Bdu,
    /// Density of the source.
    Idn,
}

/// The numbers behind the variables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Values {
    /// Width of the source.
    pub(crate) iw: f64,
    /// Height of the source.
    pub(crate) ih: f64,
    /// Width of the step input.
    pub(crate) cw: f64,
    /// Height of the step input.
    pub(crate) ch: f64,
    /// Width and height of the image that a layer is drawn on; no numbers in the base chain, where none is.
    pub(crate) base: (f64, f64),
}

/// Variables that have a value in the base chain.
pub(crate) const BASE_VARIABLES: &[Variable] =
    &[Variable::Iw, Variable::Ih, Variable::Iar, Variable::Cw, Variable::Ch, Variable::Car];

/// Why text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpressionError {
    #[error("is not a number")]
    NotANumber,
    #[error("ends with an operator")]
    Dangling,
    #[error("needs mul, div, add, sub, mod or pow between its numbers")]
    Operator,
    #[error("uses {0}, which has no value here")]
    Variable(&'static str),
}

// === impl Variable ===

impl Variable {
    const ALL: [(&'static str, Self); 12] = [
        ("iw", Self::Iw),
        ("ih", Self::Ih),
        ("iar", Self::Iar),
        ("cw", Self::Cw),
        ("ch", Self::Ch),
        ("car", Self::Car),
        ("bw", Self::Bw),
        ("bh", Self::Bh),
        ("bar", Self::Bar),
        ("idu", Self::Idu),
        ("bdu", Self::Bdu),
        ("idn", Self::Idn),
    ];

    fn parse(text: &str) -> Option<Self> {
        // Every name has two or three bytes.
        if !(2..=3).contains(&text.len()) {
            return None;
        }
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, variable)| *variable)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, variable)| *variable == self).map_or("", |(name, _)| name)
    }
}

// === impl Operator ===

impl Operator {
    /// Names with the operators and their ranks.
    const ALL: [(&'static str, Self, u8); 6] = [
        ("mul", Self::Mul, 0),
        ("div", Self::Div, 0),
        ("add", Self::Add, 1),
        ("sub", Self::Sub, 1),
        ("mod", Self::Mod, 2),
        ("pow", Self::Pow, 3),
    ];

    fn parse(text: &str) -> Option<Self> {
        // Every name has three bytes.
        if text.len() != 3 {
            return None;
        }
        Self::ALL.iter().find(|(name, ..)| *name == text).map(|(_, operator, _)| *operator)
    }

    fn row(self) -> (&'static str, u8) {
        Self::ALL
            .iter()
            .find(|(_, operator, _)| *operator == self)
            .map_or(("", 0), |(name, _, rank)| (name, *rank))
    }

    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Mul => left * right,
            Self::Div => left / right,
            Self::Add => left + right,
            Self::Sub => left - right,
            Self::Mod => left % right,
            Self::Pow => left.powf(right),
        }
    }
}

// === impl Operand ===

impl Operand {
    /// Reads a signed number or an expression that uses only `variables`.
    pub(crate) fn parse(text: &str, variables: &[Variable]) -> Result<Self, ExpressionError> {
        // Most values are numbers, and no expression reads as one.
        match number::signed(text) {
            Some(value) => Ok(Self::Number(value)),
            None if is_expression(text) => {
                Expression::parse(text, variables).map(|expression| Self::Expression(Arc::new(expression)))
            }
            None => Err(ExpressionError::NotANumber),
        }
    }

    /// The number it stands for; may be infinite or not a number.
    pub(crate) fn evaluate(&self, values: &Values) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Expression(expression) => expression.evaluate(values),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => f.write_str(&number::show(*value)),
            Self::Expression(expression) => expression.fmt(f),
        }
    }
}

/// An expression has an operator in it or starts with a variable; everything else is a literal.
pub(crate) fn is_expression(text: &str) -> bool {
    let unsigned = text.strip_prefix(['N', '-']).unwrap_or(text);
    let first = unsigned.split('_').next().unwrap_or_default();
    Variable::parse(first).is_some() || text.split('_').any(|part| Operator::parse(part).is_some())
}

// === impl Expression ===

impl Expression {
    fn parse(text: &str, variables: &[Variable]) -> Result<Self, ExpressionError> {
        let unsigned = text.strip_prefix(['N', '-']);
        let mut parts = unsigned.unwrap_or(text).split('_');
        let first = Atom::parse(parts.next().unwrap_or_default(), variables)?;
        let mut rest = Vec::new();
        while let Some(part) = parts.next() {
            let operator = Operator::parse(part).ok_or(ExpressionError::Operator)?;
            let atom = Atom::parse(parts.next().ok_or(ExpressionError::Dangling)?, variables)?;
            rest.push((operator, atom));
        }
        Ok(Self { negated: unsigned.is_some(), first, rest })
    }

    /// The number it stands for; may be infinite or not a number.
    pub(crate) fn evaluate(&self, values: &Values) -> f64 {
        let mut first = self.first.evaluate(values);
        let mut rest: Vec<(Operator, f64)> =
            self.rest.iter().map(|(operator, atom)| (*operator, atom.evaluate(values))).collect();
        for rank in 0..=3 {
            let mut left = Vec::with_capacity(rest.len());
            for (operator, value) in rest {
                if operator.row().1 == rank {
                    let target = left.last_mut().map_or(&mut first, |(_, target)| target);
                    *target = operator.apply(*target, value);
                } else {
                    left.push((operator, value));
                }
            }
            rest = left;
        }
        if self.negated { -first } else { first }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("N")?;
        }
        self.first.fmt(f)?;
        self.rest.iter().try_for_each(|(operator, atom)| write!(f, "_{}_{atom}", operator.row().0))
    }
}

// === impl Atom ===

impl Atom {
    fn parse(text: &str, variables: &[Variable]) -> Result<Self, ExpressionError> {
        if let Some(value) = number::unsigned(text) {
            return Ok(Self::Number(value));
        }
        let variable = Variable::parse(text).ok_or(ExpressionError::NotANumber)?;
        if variables.contains(&variable) {
            Ok(Self::Variable(variable))
        } else {
            Err(ExpressionError::Variable(variable.name()))
        }
    }

    fn evaluate(self, values: &Values) -> f64 {
        match self {
            Self::Number(value) => value,
            Self::Variable(variable) => match variable {
                Variable::Iw => values.iw,
                Variable::Ih => values.ih,
                Variable::Iar => values.iw / values.ih,
                Variable::Cw => values.cw,
                Variable::Ch => values.ch,
                Variable::Car => values.cw / values.ch,
                Variable::Bw => values.base.0,
                Variable::Bh => values.base.1,
                Variable::Bar => values.base.0 / values.base.1,
                // No expression that is evaluated holds them.
                Variable::Idu | Variable::Bdu | Variable::Idn => f64::NAN,
            },
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{value}"),
            Self::Variable(variable) => f.write_str(variable.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values = Values { iw: 1600.0, ih: 1067.0, cw: 800.0, ch: 534.0, base: (600.0, 400.0) };

    fn evaluate(text: &str) -> Result<f64, ExpressionError> {
        Operand::parse(text, BASE_VARIABLES).map(|operand| operand.evaluate(&VALUES))
    }

    #[test]
    fn expressions_follow_the_unusual_order_of_operators() {
        for (text, value) in [
            ("iw_sub_100_mul_2", 1400.0),
            ("100_sub_20_div_4", 95.0),
            ("2_pow_3_add_1", 16.0),
            ("17_mod_5_mul_2", 7.0),
            ("iw_add_ih_div_2", 2133.5),
            ("iw_div_4_div_2", 200.0),
            ("ih_mod_100_pow_2", 4489.0),
            ("Niw_div_2", -800.0),
            ("-iw_div_2", -800.0),
            ("10_sub_4_sub_3", 3.0),
            ("2_pow_3_pow_2", 64.0),
            ("N17_mod_5", -2.0),
            ("2_sub_9_mod_5", -2.0),
            ("iar", 1600.0 / 1067.0),
            ("cw_add_ch", 1334.0),
            ("car", 800.0 / 534.0),
            ("300", 300.0),
            ("N12.5", -12.5),
        ] {
            assert_eq!(evaluate(text), Ok(value), "{text}");
        }
        assert_eq!(evaluate("ih_div_0"), Ok(f64::INFINITY));
    }

    #[test]
    fn what_is_no_expression_says_why() {
        for (text, error) in [
            ("iw_div", ExpressionError::Dangling),
            ("iw_200", ExpressionError::Operator),
            ("iw_div_2_3", ExpressionError::Operator),
            ("div_2", ExpressionError::NotANumber),
            ("iw_div_x", ExpressionError::NotANumber),
            ("iw_div_N2", ExpressionError::NotANumber),
            ("iw_div__2", ExpressionError::NotANumber),
            ("300_200", ExpressionError::NotANumber),
            ("bw_div_2", ExpressionError::Variable("bw")),
            ("iw_mul_idu", ExpressionError::Variable("idu")),
            ("", ExpressionError::NotANumber),
        ] {
            assert_eq!(evaluate(text), Err(error), "{text}");
        }
    }

    #[test]
    fn expressions_are_shown_as_they_are_written() {
        for text in ["iw_sub_100_mul_2", "Niw_div_2", "0.5", "N3", "iw"] {
            assert_eq!(
                Operand::parse(text, BASE_VARIABLES).map(|operand| operand.to_string()),
                Ok(text.to_owned())
            );
        }
    }
}
