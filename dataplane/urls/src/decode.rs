//! Decoding of percent-escapes and of base64 values.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// Padding is optional, and so are the bits that do not fill a byte: clients cut both.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Decodes percent-escapes once. A `%` that two hex digits do not follow stands for itself, `+` is a plus sign.
/// `None`: the result is no UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// As [`percent_decode`], with a replacement character for what is no UTF-8.
pub(crate) fn percent_decode_lossy(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Decodes a base64 value to text: escapes that a client encoded twice are undone, spaces are pluses that some
/// proxy decoded, both alphabets count, padding is optional. `None`: no base64, or no UTF-8 inside.
pub(crate) fn base64_decode(value: &str) -> Option<String> {
    let once = if value.contains('%') { percent_decode(value)? } else { value.to_owned() };
    let standard: String = once
        .chars()
        .map(|character| match character {
            ' ' | '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, LENIENT).decode(standard).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_once_and_stray_percent_signs_stay() {
        for (raw, decoded) in [
            ("w-400%2Ch-300%3Art-90", "w-400,h-300:rt-90"),
            ("30%%20off", "30% off"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("a+b", "a+b"),
            ("%253D", "%3D"),
            ("caf%C3%A9", "café"),
        ] {
            assert_eq!(percent_decode(raw).as_deref(), Some(decoded), "{raw}");
        }
        assert_eq!(percent_decode("%ff"), None);
    }

    #[test]
    fn base64_is_read_as_clients_send_it() {
        for (value, decoded) in [
            ("YnJhbmQvbWFyay5wbmc=", "brand/mark.png"),
            ("YnJhbmQvbWFyay5wbmc", "brand/mark.png"),
            ("YnJhbmQvbWFyay5wbmc%3D", "brand/mark.png"),
            ("SGVsbG8sIHdvcmxk", "Hello, world"),
            ("fn5-", "~~~"),
            ("fn5+", "~~~"),
            ("fn5 ", "~~~"),
            ("Pz8_", "???"),
            ("", ""),
        ] {
            assert_eq!(base64_decode(value).as_deref(), Some(decoded), "{value}");
        }
        for value in ["!!", "/w==", "a"] {
            assert_eq!(base64_decode(value), None, "{value}");
        }
    }
}
