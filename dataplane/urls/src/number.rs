//! Literal numbers: digits with an optional fraction, `N` or `-` in front of negative ones.

/// Reads digits with an optional fraction; no sign, no exponent. What is too large for a double counts as the largest.
pub(crate) fn unsigned(text: &str) -> Option<f64> {
    if let Some(value) = short(text) {
        return Some(value);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(fraction) {
        text.parse::<f64>().ok().map(|value| value.min(f64::MAX))
    } else {
        None
    }
}

/// Most numbers are a few digits, which need no general reader.
fn short(text: &str) -> Option<f64> {
    if !(1..=9).contains(&text.len()) {
        return None;
    }
    let digits = text
        .bytes()
        .try_fold(0_u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')));
    digits.map(f64::from)
}

/// As [`unsigned`], with `N` or `-` in front for a negative number. No zero is negative.
pub(crate) fn signed(text: &str) -> Option<f64> {
    match text.strip_prefix(['N', '-']) {
        Some(rest) => unsigned(rest).map(|value| 0.0 - value),
        None => unsigned(text),
    }
}

/// Shows a number as URLs spell it.
pub(crate) fn show(value: f64) -> String {
    if value < 0.0 { format!("N{}", -value) } else { format!("{}", value + 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_with_an_optional_fraction() {
        for (text, value) in [
            ("0", Some(0.0)),
            ("300", Some(300.0)),
            ("0.5", Some(0.5)),
            ("N40", Some(-40.0)),
            ("-40", Some(-40.0)),
            ("", None),
            ("N", None),
            (".5", None),
            ("5.", None),
            ("1e3", None),
            ("+1", None),
            ("--1", None),
            ("NaN", None),
            ("inf", None),
            ("3o0", None),
            ("٣", None),
        ] {
            assert_eq!(signed(text), value, "{text}");
        }
        assert_eq!(unsigned(&"9".repeat(400)), Some(f64::MAX));
    }

    #[test]
    fn numbers_are_shown_as_urls_spell_them() {
        assert_eq!([show(300.0), show(0.5), show(-90.0), show(-0.0)], ["300", "0.5", "N90", "0"]);
    }
}
