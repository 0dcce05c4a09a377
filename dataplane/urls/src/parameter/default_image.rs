//! `di`: the path of a picture, with `@@` for its slashes.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{BadValue, Context};
use crate::check_resource;
use crate::setting::Setting;

/// What a raw path spells with escapes: everything that a URL's path may not hold, and the percent sign, because the
/// string was decoded as a whole.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    path(text).map(Setting::DefaultImage)
}

/// The raw path that a value means.
pub(crate) fn path(text: &str) -> Result<String, BadValue> {
    let path = text.replace("@@", "/");
    let path = path.trim_start_matches('/');
    let raw = utf8_percent_encode(path, PATH).to_string();
    match check_resource(&raw) {
        Ok(()) => Ok(raw),
        Err(_) => Err(BadValue::Form("is not the path of a file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_written_as_signs_and_leading_ones_are_dropped() {
        for (text, expected) in [
            ("photo.jpg", Ok("photo.jpg")),
            ("@@path@@to@@image.jpg", Ok("path/to/image.jpg")),
            ("path@@to@@image.jpg", Ok("path/to/image.jpg")),
            ("/path/to/image.jpg", Ok("path/to/image.jpg")),
            ("two words?.jpg", Ok("two%20words%3F.jpg")),
            ("100%.jpg", Ok("100%25.jpg")),
            ("caf\u{e9}.jpg", Ok("caf%C3%A9.jpg")),
            ("a@b.jpg", Ok("a@b.jpg")),
            ("..@@secret.jpg", Err(())),
            ("@@", Err(())),
            ("a\u{7}.jpg", Err(())),
        ] {
            assert_eq!(path(text).as_deref().map_err(|_| ()), expected, "{text}");
        }
    }
}
