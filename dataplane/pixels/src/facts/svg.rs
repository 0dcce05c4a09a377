//! The size of an SVG, from the attributes of its root element. No entity is expanded, nothing is fetched, nothing drawn.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::Facts;
use crate::{Format, PixelError};

/// What CSS gives a replaced element that does not say its size.
const DEFAULT: (f64, f64) = (300.0, 150.0);

/// How much of the file may stand before the root element.
const PROLOGUE: usize = 64 << 10;

pub(super) fn read(bytes: &[u8]) -> Result<Facts, PixelError> {
    let mut reader = Reader::from_reader(bytes.get(..PROLOGUE).unwrap_or(bytes));
    loop {
        match reader.read_event() {
            Ok(Event::Start(root) | Event::Empty(root)) => {
                if root.local_name().as_ref() != "svg" {
                    return Err(PixelError::undecodable(Format::Svg, "its root element is not svg"));
                }
                let (width, height) = size(&root);
                let side = |length: f64| length.round().clamp(1.0, f64::from(u32::MAX)) as u32;
                return Ok(Facts {
                    alpha: true,
                    lossless: true,
                    ..Facts::plain(Format::Svg, side(width), side(height))
                });
            }
            Ok(Event::Eof) => return Err(PixelError::undecodable(Format::Svg, "it has no root element")),
            Ok(_) => {}
            Err(error) => return Err(PixelError::undecodable(Format::Svg, error)),
        }
    }
}

fn size(root: &BytesStart<'_>) -> (f64, f64) {
    let text = |name: &str| {
        let attribute = root.try_get_attribute(name).ok().flatten()?;
        Some(attribute.value.into_owned())
    };
    let width = text("width").and_then(|text| length(&text));
    let height = text("height").and_then(|text| length(&text));
    let view = text("viewBox").and_then(|text| view_box(&text));
    match (width, height, view) {
        (Some(width), Some(height), _) => (width, height),
        (Some(width), None, Some((across, down))) => (width, width * down / across),
        (None, Some(height), Some((across, down))) => (height * across / down, height),
        (None, None, Some(size)) => size,
        (width, height, None) => (width.unwrap_or(DEFAULT.0), height.unwrap_or(DEFAULT.1)),
    }
}

/// A length in pixels. Percentages and font-relative units say nothing about the picture alone.
fn length(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text
        .find(|letter: char| letter.is_ascii_alphabetic() && !matches!(letter, 'e' | 'E') || letter == '%');
    let (number, unit) = text.split_at(split.unwrap_or(text.len()));
    let scale = match unit {
        "" | "px" => 1.0,
        "pt" => 96.0 / 72.0,
        "pc" => 16.0,
        "in" => 96.0,
        "cm" => 96.0 / 2.54,
        "mm" => 96.0 / 25.4,
        _ => return None,
    };
    positive(number.trim().parse::<f64>().ok()? * scale)
}

fn view_box(text: &str) -> Option<(f64, f64)> {
    let mut numbers =
        text.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|part| !part.is_empty());
    let width = positive(numbers.nth(2)?.parse().ok()?)?;
    let height = positive(numbers.next()?.parse().ok()?)?;
    Some((width, height))
}

fn positive(number: f64) -> Option<f64> {
    (number.is_finite() && number > 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_comes_from_width_and_height_else_from_the_view_box() {
        let table = [
            ("<svg width='40' height='30px'/>", (40, 30)),
            ("<svg viewBox='0 0 200 100'/>", (200, 100)),
            ("<svg width='100%' height='100%' viewBox='0,0,200,100'/>", (200, 100)),
            ("<svg width='50' viewBox='0 0 200 100'><rect/></svg>", (50, 25)),
            ("<svg height='50' viewBox='0 0 200 100'/>", (100, 50)),
            ("<svg width='1in' height='72pt'/>", (96, 96)),
            ("<svg width='2e1' height='2.54cm'/>", (20, 96)),
            ("<svg width='-5' height='abc' viewBox='0 0 0 0'/>", (300, 150)),
            (
                "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]><!-- c --><s:svg xmlns:s='x' width='7' height='8'/>",
                (7, 8),
            ),
        ];
        for (text, expected) in table {
            let facts = read(text.as_bytes()).unwrap();
            assert_eq!((facts.width, facts.height), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_svg_is_refused() {
        for text in ["<html/>", "<!-- <svg/> -->", "", "<svg", "<a><svg/></a>"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
