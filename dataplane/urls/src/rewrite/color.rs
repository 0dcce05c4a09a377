//! Colours of other vendors in the native spelling: `RRGGBB`, or `RRGGBBAA` with the opacity `AA` from 00 to 99.

use crate::Color;

/// How a vendor writes colours that are no names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Cloudinary: `rgb:` and `RGB`, `RGBA`, `RRGGBB` or `RRGGBBAA`.
    AlphaLast,
    /// imgix: `RGB`, `ARGB`, `RRGGBB` or `AARRGGBB`.
    AlphaFirst,
}

/// Reads a name in any case, or digits. `None`: it is no colour.
pub(super) fn read(text: &str, order: Order) -> Option<String> {
    match order {
        Order::AlphaLast => match text.strip_prefix("rgb:") {
            Some(digits) => hex(digits, order),
            None => name(text),
        },
        Order::AlphaFirst => hex(text, order).or_else(|| name(text)),
    }
}

/// A name that the native grammar knows, in lower case. What it would take for digits is none.
fn name(text: &str) -> Option<String> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_name && text.parse::<Color>().is_ok()).then(|| text.to_ascii_lowercase())
}

fn hex(digits: &str, order: Order) -> Option<String> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let full = match digits.len() {
        3 | 4 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 | 8 => digits.to_owned(),
        _ => return None,
    }
    .to_ascii_uppercase();
    if full.len() == 6 {
        return Some(full);
    }
    let (color, alpha) = match order {
        Order::AlphaLast => full.split_at_checked(6)?,
        Order::AlphaFirst => full.split_at_checked(2).map(|(alpha, color)| (color, alpha))?,
    };
    Some(format!("{color}{:02}", percent(u32::from_str_radix(alpha, 16).ok()?)))
}

/// Opacity of 0-255 in hundredths; what is opaque has 99, the most that two digits say.
fn percent(alpha: u32) -> u32 {
    ((alpha * 200 + 255) / 510).min(99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_the_order_of_each_vendor() {
        let rows = [
            (Order::AlphaLast, "rgb:AAAA54A9", Some("AAAA5466")),
            (Order::AlphaLast, "rgb:B4F9", Some("BB44FF60")),
            (Order::AlphaLast, "rgb:b4f", Some("BB44FF")),
            (Order::AlphaLast, "rgb:00390b60", Some("00390B38")),
            (Order::AlphaLast, "rgb:ff0000FF", Some("FF000099")),
            (Order::AlphaLast, "rgb:ff000000", Some("FF000000")),
            (Order::AlphaLast, "BLUE", Some("blue")),
            (Order::AlphaLast, "transparent", Some("transparent")),
            (Order::AlphaLast, "B4F9", None),
            (Order::AlphaLast, "b4f", None),
            (Order::AlphaLast, "bad", None),
            (Order::AlphaLast, "rgb:red", None),
            (Order::AlphaLast, "rgb:", None),
            (Order::AlphaLast, "rgb:12345", None),
            (Order::AlphaLast, "rgb:1234567", None),
            (Order::AlphaLast, "rgb:é12", None),
            (Order::AlphaLast, "reddish", None),
            (Order::AlphaFirst, "A9AAAA54", Some("AAAA5466")),
            (Order::AlphaFirst, "9B4F", Some("BB44FF60")),
            (Order::AlphaFirst, "B4F", Some("BB44FF")),
            (Order::AlphaFirst, "0ff0", Some("FFFF0000")),
            (Order::AlphaFirst, "Blue", Some("blue")),
            (Order::AlphaFirst, "bad", Some("BBAADD")),
            (Order::AlphaFirst, "#fff", None),
            (Order::AlphaFirst, "rgb:fff", None),
            (Order::AlphaFirst, "", None),
            (Order::AlphaFirst, "12", None),
            (Order::AlphaFirst, "12345", None),
        ];
        for (order, text, expected) in rows {
            assert_eq!(read(text, order).as_deref(), expected, "{order:?} {text}");
        }
    }

    #[test]
    fn every_opacity_has_two_digits_that_the_native_grammar_reads_back() {
        for alpha in 0..=255_u32 {
            let text = read(&format!("rgb:000000{alpha:02x}"), Order::AlphaLast).unwrap();
            let back = u32::from(text.parse::<Color>().unwrap().alpha);
            assert!(alpha.abs_diff(back) <= 3, "{alpha} became {back}");
        }
    }
}
