//! Which width and height a step asks for: fractions, expressions and client hints become pixels, `ar` gives the free
//! side, `dpr` multiplies.

use super::UsedHint;
use crate::expression::{Operand, Values};
use crate::geometry::{MAX_SIDE, round_side};
use crate::message::{Amount, Shown};
use crate::operation::DPR;
use crate::plan::Geometry;
use crate::setting::{Aspect, Dpr, Length};
use crate::{Hints, UrlError};

/// Sides that a pixel ratio may lead to; outside, the ratio is ignored.
const DPR_SIDE: std::ops::RangeInclusive<f64> = 1.0..=5000.0;

/// The sides a step asks for, in pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct Requested {
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) hint: Option<UsedHint>,
    /// Parameters that were ignored, and why.
    pub(super) dropped: Vec<String>,
    pub(super) notes: Vec<String>,
}

pub(super) fn request(geometry: &Geometry, values: &Values, hints: &Hints) -> Result<Requested, UrlError> {
    let mut requested = Requested::default();
    let width_hint = hints.rounded_width();
    requested.width =
        side("w", geometry.width.as_ref(), values.cw, values, width_hint, &mut requested.dropped)?;
    requested.height = side("h", geometry.height.as_ref(), values.ch, values, None, &mut requested.dropped)?;
    let asked = [requested.width, requested.height];
    if let Some(aspect) = &geometry.aspect {
        apply_aspect(aspect, geometry, values, &mut requested)?;
    }
    match (&geometry.width, width_hint) {
        (Some(Length::Auto), Some(_)) if requested.width.is_some() => {
            requested.hint = Some(UsedHint::Width);
            if geometry.dpr.is_some() {
                requested.notes.push("dpr has no effect: the width hint is in device pixels".to_owned());
            }
        }
        _ => {
            if let Some(dpr) = &geometry.dpr {
                apply_dpr(dpr, values, hints, asked, &mut requested)?;
            }
        }
    }
    Ok(requested)
}

/// One side in pixels. `None`: it is free.
fn side(
    key: &str,
    length: Option<&Length>,
    full: f64,
    values: &Values,
    hint: Option<f64>,
    dropped: &mut Vec<String>,
) -> Result<Option<u32>, UrlError> {
    let pixels = match length {
        None => return Ok(None),
        Some(Length::Auto) => match hint {
            Some(hint) => hint,
            None => return Ok(None),
        },
        Some(Length::Pixels(value)) => *value,
        Some(Length::Fraction(value)) => full * value,
        Some(Length::Expression(expression)) => {
            let value = expression.evaluate(values);
            if !value.is_finite() || value <= 0.0 {
                return Err(UrlError::invalid(format!(
                    "{key}: {} gives {}; a side must be greater than 0",
                    Shown(&expression.to_string()),
                    Amount(value)
                )));
            }
            value
        }
    };
    let rounded = round_side(pixels);
    if rounded > MAX_SIDE {
        dropped.push(format!("{key} was ignored: {} is more than {MAX_SIDE}", Amount(pixels)));
        return Ok(None);
    }
    Ok(Some(rounded))
}

/// A ratio decides the other side when exactly one is asked for. Elsewhere it is ignored, even one that is none.
fn apply_aspect(
    aspect: &Aspect,
    geometry: &Geometry,
    values: &Values,
    requested: &mut Requested,
) -> Result<(), UrlError> {
    match (requested.width, requested.height) {
        (Some(width), None) => {
            let (across, down) = proportions(aspect, values)?;
            requested.height = Some(round_side(f64::from(width) * down / across));
        }
        (None, Some(height)) => {
            let (across, down) = proportions(aspect, values)?;
            requested.width = Some(round_side(f64::from(height) * across / down));
        }
        (Some(_), Some(_)) => requested.notes.push("ar has no effect beside w and h".to_owned()),
        (None, None) if geometry.tight_area().is_some() => {}
        (None, None) => requested.notes.push("ar has no effect without w or h".to_owned()),
    }
    Ok(())
}

/// Two numbers whose ratio is that of the sides.
pub(super) fn proportions(aspect: &Aspect, values: &Values) -> Result<(f64, f64), UrlError> {
    let (across, down) = match aspect {
        Aspect::Fraction(across, down) => (*across, *down),
        Aspect::Ratio(ratio) => (ratio.evaluate(values), 1.0),
    };
    let ratio = across / down;
    if !ratio.is_finite() || ratio <= 0.0 {
        return Err(UrlError::invalid(format!(
            "ar: {} gives {}; a ratio must be greater than 0",
            Shown(&aspect.to_string()),
            Amount(ratio)
        )));
    }
    Ok((across, down))
}

/// `asked` are the sides that the URL gives itself; a side that `ar` derived follows without being checked.
fn apply_dpr(
    dpr: &Dpr,
    values: &Values,
    hints: &Hints,
    asked: [Option<u32>; 2],
    requested: &mut Requested,
) -> Result<(), UrlError> {
    let ratio = match dpr {
        Dpr::Value(operand) => ratio(operand, values)?,
        Dpr::Auto => match hints.rounded_dpr() {
            Some(hint) => hint,
            None => return Ok(()),
        },
    };
    let shown = Amount(ratio);
    if requested.width.is_none() && requested.height.is_none() {
        requested.notes.push("dpr has no effect without w or h".to_owned());
        return Ok(());
    }
    if !DPR.contains(&ratio) {
        requested.dropped.push(format!(
            "dpr was ignored: {shown} is outside {} to {}",
            DPR.start(),
            DPR.end()
        ));
        return Ok(());
    }
    let products = asked.into_iter().flatten().map(|side| f64::from(side) * ratio);
    if let Some(product) = products.into_iter().find(|product| !DPR_SIDE.contains(product)) {
        requested.dropped.push(format!(
            "dpr was ignored: with {shown} a side is {}, outside {} to {}",
            Amount(product),
            DPR_SIDE.start(),
            DPR_SIDE.end()
        ));
        return Ok(());
    }
    let multiply = |side: u32| round_side(f64::from(side) * ratio);
    requested.width = requested.width.map(multiply);
    requested.height = requested.height.map(multiply);
    if matches!(dpr, Dpr::Auto) {
        requested.hint = Some(UsedHint::Dpr(ratio));
    }
    Ok(())
}

fn ratio(operand: &Operand, values: &Values) -> Result<f64, UrlError> {
    let value = operand.evaluate(values);
    if value.is_nan() {
        return Err(UrlError::invalid(format!(
            "dpr: {} does not give a number",
            Shown(&operand.to_string())
        )));
    }
    Ok(value)
}
