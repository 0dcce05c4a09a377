//! Values of Cloudinary that are more than a word or a number.

use super::super::color::{self, Order};
use super::super::native::Why;
use super::super::value;
use super::Facts;

/// Range of `e_blur`, `e_sharpen` and `e_unsharp_mask`.
const STRENGTH: (i32, i32) = (1, 2000);
/// Range of qualities and of `e_trim`.
const PERCENT: (i32, i32) = (1, 100);

pub(super) fn aspect(text: &str, _facts: &Facts) -> Result<String, Why> {
    value::ratio(text)
}

/// Quality of `q_auto` and its kin for images and for videos.
const AUTOMATIC: [(&str, &str, &str); 5] = [
    ("auto", "q-70", "q-50"),
    ("auto:low", "q-50", "q-40"),
    ("auto:eco", "q-60", "q-45"),
    ("auto:good", "q-70", "q-50"),
    ("auto:best", "q-86", "q-60"),
];

pub(super) fn quality(text: &str, facts: &Facts) -> Result<String, Why> {
    match AUTOMATIC.iter().find(|(word, _, _)| *word == text) {
        Some((_, _, video)) if facts.video => Ok((*video).to_owned()),
        Some((_, image, _)) => Ok((*image).to_owned()),
        None => value::within(text, PERCENT.0, PERCENT.1).map(|_| format!("q-{text}")),
    }
}

/// One radius, or those of the corners in the order of CSS.
pub(super) fn radius(text: &str, _facts: &Facts) -> Result<String, Why> {
    let corners = text
        .split(':')
        .map(|corner| if corner == "max" { Ok(corner.to_owned()) } else { value::number(corner) });
    let corners = corners.take(5).collect::<Result<Vec<_>, _>>()?;
    match corners.as_slice() {
        [all] => Ok(format!("r-{all}")),
        [a, b] => Ok(format!("r-{a}_{b}_{a}_{b}")),
        [a, b, c] => Ok(format!("r-{a}_{b}_{c}_{b}")),
        [a, b, c, d] => Ok(format!("r-{a}_{b}_{c}_{d}")),
        _ => Err(Why::Other("not one to four radii")),
    }
}

pub(super) fn effect(text: &str, _facts: &Facts) -> Result<String, Why> {
    let (name, strength) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
    // Blur, sharpening and masking count in hundredths of ours.
    let hundredth = |default: f64| match strength {
        None => Ok(default),
        Some(text) => value::within(text, STRENGTH.0, STRENGTH.1).map(|value| value::rounded(value / 100.0)),
    };
    match name {
        "blur" => Ok(format!("bl-{}", hundredth(1.0)?)),
        "grayscale" => Ok("e-grayscale".to_owned()),
        "contrast" => Ok("e-contrast".to_owned()),
        "sharpen" if strength.is_none() => Ok("e-sharpen".to_owned()),
        "sharpen" => Ok(format!("e-sharpen-{}", hundredth(1.0)?)),
        "unsharp_mask" => Ok(format!("e-usm-0-{}-1-0.05", hundredth(1.0)?)),
        "trim" => match strength {
            None => Ok("t-true".to_owned()),
            // A colour may follow; the native one is that of the corner.
            Some(rest) => {
                let tolerance = rest.split(':').next().unwrap_or_default();
                value::within(tolerance, PERCENT.0, PERCENT.1).map(|_| format!("t-{tolerance}"))
            }
        },
        _ => Err(Why::Other("no equivalent")),
    }
}

/// `WIDTHpx_solid_COLOR`.
pub(super) fn border(text: &str, _facts: &Facts) -> Result<String, Why> {
    let (width, rest) = text.split_once('_').ok_or(Why::Other("not WIDTHpx_solid_COLOUR"))?;
    let width = value::number(width.strip_suffix("px").unwrap_or(width))?;
    let color = rest.strip_prefix("solid_").ok_or(Why::Other("only solid borders have an equivalent"))?;
    let color = color::read(color, Order::AlphaLast).ok_or(Why::NotAColor)?;
    Ok(format!("b-{width}_{color}"))
}

/// A colour, or `blurred[:INTENSITY[:BRIGHTNESS]]`.
pub(super) fn background(text: &str, _facts: &Facts) -> Result<String, Why> {
    let mut parts = text.split(':');
    if parts.next() != Some("blurred") {
        let color = color::read(text, Order::AlphaLast).ok_or(Why::NotAColor)?;
        return Ok(format!("bg-{color}"));
    }
    let intensity = parts
        .next()
        .map(|text| value::within(text, 0, 2000).map(|value| value::rounded(value / 20.0)))
        .transpose()?;
    let brightness = parts.next().map(|text| value::within(text, -300, 100).map(brightness)).transpose()?;
    if parts.next().is_some() {
        return Err(Why::UnknownWord);
    }
    Ok(match (intensity, brightness) {
        (None, _) => "bg-blurred".to_owned(),
        (Some(intensity), None) => format!("bg-blurred_{intensity}"),
        (Some(intensity), Some(brightness)) => format!("bg-blurred_{intensity}_{brightness}"),
    })
}

/// From -300 to 100 onto N255 to 255, each side by its own scale.
fn brightness(value: f64) -> String {
    if value < 0.0 {
        format!("N{}", (-value * 255.0 / 300.0).floor())
    } else {
        format!("{}", (value * 255.0 / 100.0).floor())
    }
}

/// An overlay is read before the rest of its step; a second one gets here.
pub(super) fn second_overlay(_text: &str, _facts: &Facts) -> Result<String, Why> {
    Err(Why::Other("a step has one overlay"))
}

/// The transformation of the same name.
pub(super) fn named(text: &str, _facts: &Facts) -> Result<String, Why> {
    if text.is_empty() {
        return Err(Why::UnknownWord);
    }
    Ok(format!("n-{text}"))
}

/// Flags are joined by dots.
pub(super) fn flags(text: &str, _facts: &Facts) -> Result<String, Why> {
    let found = text.split('.').find_map(|flag| match flag {
        "progressive" | "progressive:steep" | "progressive:semi" => Some("pr-true"),
        "progressive:none" => Some("pr-false"),
        _ => None,
    });
    found.map(str::to_owned).ok_or(Why::Other("no equivalent"))
}

pub(super) fn start(text: &str, _facts: &Facts) -> Result<String, Why> {
    seconds("so", text)
}

pub(super) fn end(text: &str, _facts: &Facts) -> Result<String, Why> {
    seconds("eo", text)
}

pub(super) fn duration(text: &str, _facts: &Facts) -> Result<String, Why> {
    seconds("du", text)
}

/// Seconds have two decimals at most.
fn seconds(key: &str, text: &str) -> Result<String, Why> {
    let value = value::positive(text)?;
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    Ok(if decimals > 2 { format!("{key}-{value:.2}") } else { format!("{key}-{text}") })
}
