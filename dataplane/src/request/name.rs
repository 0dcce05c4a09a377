//! File names: the one in a path, and the one a download gets.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Everything but the characters that RFC 8187 lets stand in an extended value.
const EXTENDED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'\'')
    .add(b'(')
    .add(b')')
    .add(b'*')
    .add(b',')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'{')
    .add(b'}');

/// The decoded last segment of a raw resource path.
pub(super) fn file_name(resource: &str) -> String {
    let segment = resource.rsplit('/').next().unwrap_or_default();
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// `Content-Disposition` of a download: a plain ASCII name for old clients, the exact one for the others.
pub(super) fn attachment(name: &str) -> String {
    let clean: String = name.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect();
    let plain: String = clean.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let exact = utf8_percent_encode(&clean, EXTENDED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_last_segment() {
        for (resource, name) in [
            ("a/b/cat.jpg", "cat.jpg"),
            ("cat%20one.jpg", "cat one.jpg"),
            ("a/", ""),
            ("caf%C3%A9.png", "caf\u{e9}.png"),
        ] {
            assert_eq!(file_name(resource), name, "{resource}");
        }
    }

    #[test]
    fn a_download_name_cannot_break_out_of_its_header() {
        for (name, header) in [
            ("cat.jpg", r#"attachment; filename="cat.jpg"; filename*=UTF-8''cat.jpg"#),
            ("two words.jpg", r#"attachment; filename="two words.jpg"; filename*=UTF-8''two%20words.jpg"#),
            ("a\"b\\\r\n.jpg", r#"attachment; filename="ab.jpg"; filename*=UTF-8''ab.jpg"#),
            ("caf\u{e9}.png", r#"attachment; filename="caf_.png"; filename*=UTF-8''caf%C3%A9.png"#),
            ("a'b;c.jpg", r#"attachment; filename="a'b;c.jpg"; filename*=UTF-8''a%27b%3Bc.jpg"#),
        ] {
            assert_eq!(attachment(name), header, "{name:?}");
        }
    }
}
