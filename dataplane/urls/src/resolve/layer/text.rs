//! Lengths of a text layer in pixels.

use super::{MAX_TEXT_SIDE, Run, finite};
use crate::expression::{Operand, Values};
use crate::geometry::round_coordinate;
use crate::message::Amount;
use crate::plan::{Geometry, Text};
use crate::resolve::sides;
use crate::setting::Padding;
use crate::{TextBox, UrlError};

impl Run<'_> {
    pub(super) fn text_box(&mut self, text: &Text) -> Result<TextBox, UrlError> {
        let values = self.values_for_layers();
        let geometry = Geometry::of_sides(text.width.clone(), None);
        let requested = sides::request(&geometry, &values, self.hints)?;
        self.warnings.extend(requested.dropped);
        let resolved = TextBox {
            text: text.content.clone(),
            font: text.font.clone(),
            font_size: length("fs", &text.font_size, &values)?,
            color: text.color,
            align: text.align,
            width: requested.width,
            padding: padding(&text.padding, &values)?,
            line_height: text.line_height.as_ref().map(|height| length("lh", height, &values)).transpose()?,
            typography: text.typography,
            background: text.background,
        };
        let (across, down) = resolved.padding_size();
        let width = resolved.width.unwrap_or(1).saturating_add(across);
        let most = f64::from(width.max(down)).max(resolved.font_size);
        if most > f64::from(MAX_TEXT_SIDE) {
            return Err(UrlError::limit(format!(
                "the text needs {} pixels on a side; the limit is {MAX_TEXT_SIDE}",
                Amount(most)
            )));
        }
        Ok(resolved)
    }
}

fn length(key: &str, operand: &Operand, values: &Values) -> Result<f64, UrlError> {
    match finite(key, operand, values)? {
        value if value > 0.0 => Ok(value),
        value => Err(UrlError::invalid(format!("{key} gives {}; it must be greater than 0", Amount(value)))),
    }
}

fn padding(padding: &Padding, values: &Values) -> Result<[u32; 4], UrlError> {
    let operand = match padding {
        Padding::Each(sides) => return Ok(*sides),
        Padding::Expression(operand) => operand,
    };
    match finite("pa", operand, values)? {
        value if value >= 0.0 => Ok([u32::try_from(round_coordinate(value)).unwrap_or(u32::MAX); 4]),
        value => Err(UrlError::invalid(format!("pa gives {}; it cannot be negative", Amount(value)))),
    }
}
