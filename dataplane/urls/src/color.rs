//! Colours as URLs spell them.

mod names;

use std::fmt;
use std::str::FromStr;

/// Straight (not premultiplied) RGBA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// 0-255.
    pub red: u8,
    /// 0-255.
    pub green: u8,
    /// 0-255.
    pub blue: u8,
    /// 0 transparent, 255 opaque.
    pub alpha: u8,
}

/// Text that is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a colour: give RRGGBB, RRGGBBAA with AA from 00 to 99, or a CSS colour name")]
pub struct ColorError;

// === impl Color ===

impl Color {
    /// Opaque black: what padding is filled with by default.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0, alpha: 255 };
    /// Nothing.
    pub const TRANSPARENT: Self = Self { red: 0, green: 0, blue: 0, alpha: 0 };

    /// The byte of an opacity in percent, up to 100.
    pub(crate) fn alpha_of(percent: u32) -> u8 {
        ((percent.min(100) * 255 + 50) / 100) as u8
    }

    /// Splits `0xRRGGBB`.
    fn opaque(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        Self { red, green, blue, alpha: 255 }
    }
}

impl FromStr for Color {
    type Err = ColorError;

    /// `RRGGBB`, `RRGGBBAA`, `RGB`, each with or without `#`, a CSS colour name or `transparent`; in any case. `AA`
    /// of two decimal digits is a percentage of opacity, of other hex digits a byte.
    fn from_str(text: &str) -> Result<Self, ColorError> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        // No name consists of hex digits alone.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return named(text);
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| ColorError)?;
        match digits.len() {
            3 => {
                let [red, green, blue] =
                    [value >> 8, value >> 4 & 15, value & 15].map(|digit| digit as u8 * 17);
                Ok(Self { red, green, blue, alpha: 255 })
            }
            6 => Ok(Self::opaque(value)),
            8 => Ok(Self { alpha: alpha(&digits[6..])?, ..Self::opaque(value >> 8) }),
            _ => Err(ColorError),
        }
    }
}

/// A CSS colour name, or `transparent`.
fn named(text: &str) -> Result<Color, ColorError> {
    let lower = text.to_ascii_lowercase();
    if lower == "transparent" {
        return Ok(Color::TRANSPARENT);
    }
    let found = names::NAMES.binary_search_by_key(&lower.as_str(), |(name, _)| name);
    let found = found.ok().and_then(|found| names::NAMES.get(found));
    found.map(|(_, rgb)| Color::opaque(*rgb)).ok_or(ColorError)
}

/// Two digits of opacity.
fn alpha(digits: &str) -> Result<u8, ColorError> {
    match digits.parse::<u32>() {
        Ok(percent) => Ok(Color::alpha_of(percent)),
        Err(_) => u8::from_str_radix(digits, 16).map_err(|_| ColorError),
    }
}

impl fmt::Display for Color {
    /// A spelling that reads back as the same colour: `RRGGBB`, or `RRGGBBAA` with the byte in hex where that has a
    /// letter, in percent otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { red, green, blue, alpha } = self;
        write!(f, "{red:02X}{green:02X}{blue:02X}")?;
        if *alpha == 255 {
            return Ok(());
        }
        let hex = format!("{alpha:02X}");
        if hex.bytes().any(|digit| digit.is_ascii_alphabetic()) {
            return f.write_str(&hex);
        }
        write!(f, "{:02}", (u32::from(*alpha) * 100 + 127) / 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_every_spelling() {
        let rows: &[(&str, [u8; 4])] = &[
            ("F00000", [0xF0, 0, 0, 255]),
            ("f3f3f3", [0xF3, 0xF3, 0xF3, 255]),
            ("#a94d34", [0xA9, 0x4D, 0x34, 255]),
            ("000000", [0, 0, 0, 255]),
            ("fff", [255, 255, 255, 255]),
            ("1A0", [0x11, 0xAA, 0, 255]),
            ("FF000050", [255, 0, 0, 128]),
            ("00FF0010", [0, 255, 0, 26]),
            ("FFFFFF40", [255, 255, 255, 102]),
            ("00000000", [0, 0, 0, 0]),
            ("FF000099", [255, 0, 0, 252]),
            ("FFFFFFFF", [255, 255, 255, 255]),
            ("0000008a", [0, 0, 0, 0x8A]),
            ("red", [255, 0, 0, 255]),
            ("Pink", [0xFF, 0xC0, 0xCB, 255]),
            ("YELLOWGREEN", [0x9A, 0xCD, 0x32, 255]),
            ("aliceblue", [0xF0, 0xF8, 0xFF, 255]),
            ("transparent", [0, 0, 0, 0]),
        ];
        for (text, [red, green, blue, alpha]) in rows {
            let expected = Color { red: *red, green: *green, blue: *blue, alpha: *alpha };
            assert_eq!(text.parse(), Ok(expected), "{text}");
            assert_eq!(expected.to_string().parse(), Ok(expected), "{text} shown as {expected}");
        }
    }

    #[test]
    fn every_percentage_of_opacity_survives_being_shown() {
        for percent in 0..100 {
            let text = format!("ABCDEF{percent:02}");
            let color: Color = text.parse().unwrap();
            assert_eq!(color.to_string().parse(), Ok(color), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_colour() {
        for text in [
            "",
            "#",
            "12",
            "1234",
            "12345",
            "1234567",
            "123456789",
            "+12345",
            "reddish",
            "gggggg",
            "ééé",
            "#red",
        ] {
            assert_eq!(text.parse::<Color>(), Err(ColorError), "{text}");
        }
    }

    #[test]
    fn names_are_sorted_and_none_reads_as_digits() {
        assert!(names::NAMES.is_sorted_by_key(|(name, _)| *name));
        assert!(names::NAMES.iter().all(|(name, _)| name.bytes().any(|byte| !byte.is_ascii_hexdigit())));
    }
}
