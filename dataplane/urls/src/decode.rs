//! Decoding of percent-escapes and of base64 values.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Padding is optional, and so are the bits that do not fill a byte: clients cut both.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Stays as it is in a resource path: what is unreserved in URLs, and slashes.
const RESOURCE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Decodes percent-escapes once. A `%` that two hex digits do not follow stands for itself, `+` is a plus sign.
/// `None`: the result is no UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// As [`percent_decode`], with a replacement character for what is no UTF-8.
pub(crate) fn percent_decode_lossy(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Spells a path as a raw resource path.
pub(crate) fn encode_resource(path: &str) -> String {
    utf8_percent_encode(path, RESOURCE).to_string()
}

/// Decodes a base64 value to text: escapes that a client encoded twice are undone, spaces are pluses that some
/// proxy decoded, both alphabets count, padding is optional. `None`: no base64, or no UTF-8 inside.
pub(crate) fn base64_decode(value: &str) -> Option<String> {
    String::from_utf8(base64_bytes(without_spaces(&unescape(value)?))?).ok()
}

/// As [`base64_decode`], with nothing read behind the first `limit` characters of base64; a character that this cuts
/// in two is dropped.
pub(crate) fn base64_decode_cut(value: &str, limit: usize) -> Option<String> {
    let value = unescape(value)?;
    let value = without_spaces(&value);
    let Some(kept) = value.get(..limit).filter(|_| value.len() > limit) else {
        return String::from_utf8(base64_bytes(value)?).ok();
    };
    match String::from_utf8(base64_bytes(kept)?) {
        Ok(text) => Some(text),
        Err(error) if error.utf8_error().error_len().is_none() => {
            let whole = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(whole);
            String::from_utf8(bytes).ok()
        }
        Err(_) => None,
    }
}

/// Spells text as base64 that is safe anywhere in a URL.
pub(crate) fn base64_encode(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Nothing in the text separates items, so that it can stand in a string as it is.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.contains([',', ':', '"'])
}

fn unescape(value: &str) -> Option<Cow<'_, str>> {
    if value.contains('%') { percent_decode(value).map(Cow::Owned) } else { Some(Cow::Borrowed(value)) }
}

/// Leaves out the spaces around a value that are no pluses. Base64 of text begins with no plus, and ends with one only
/// where its last group of four is complete: so as many spaces are pluses as complete it.
fn without_spaces(value: &str) -> &str {
    let bare = value.trim();
    let start = value.len() - value.trim_start().len();
    let end = start + bare.len();
    let complete = end + (4 - bare.len() % 4) % 4;
    let are_pluses = !bare.ends_with('=')
        && value.get(end..complete).is_some_and(|rest| rest.bytes().all(|byte| byte == b' '));
    if are_pluses { value.get(start..complete).unwrap_or(bare) } else { bare }
}

fn base64_bytes(value: &str) -> Option<Vec<u8>> {
    let standard: String = value
        .chars()
        .map(|character| match character {
            ' ' | '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    GeneralPurpose::new(&alphabet::STANDARD, LENIENT).decode(standard).ok()
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
            ("fn5%20", "~~~"),
            (" fn5  ", "~~~"),
            ("4o  ", "\u{23fe}"),
            (" YQ== ", "a"),
            ("YQ= ", "a"),
            (" YQ ", "a"),
            ("Pz8_", "???"),
            ("", ""),
        ] {
            assert_eq!(base64_decode(value).as_deref(), Some(decoded), "{value}");
        }
        for value in ["!!", "/w==", "a"] {
            assert_eq!(base64_decode(value), None, "{value}");
            assert_eq!(base64_decode_cut(value, 100), None, "{value}");
        }
    }

    #[test]
    fn long_base64_is_cut_and_half_a_character_dropped() {
        // "aaaé" in UTF-8 has five bytes: four characters of base64 hold three of them, six the half of the last letter.
        let encoded = base64_encode("aaa\u{e9}bbbb");
        for (limit, decoded) in [(4, "aaa"), (6, "aaa"), (8, "aaa\u{e9}b"), (100, "aaa\u{e9}bbbb")] {
            assert_eq!(base64_decode_cut(&encoded, limit).as_deref(), Some(decoded), "{limit}");
        }
    }

    #[test]
    fn paths_are_spelled_as_resources() {
        assert_eq!(encode_resource("a b/100%/\u{e9}.png"), "a%20b/100%25/%C3%A9.png");
    }
}
