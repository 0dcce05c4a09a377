//! What a layer shows, in the native spelling: plain where that is safe, else base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::native::Why;
use crate::check_resource;

/// Longest text in bytes: its base64 has 2500 characters, and longer ones would be cut inside a character.
const MAX_TEXT: usize = 1875;

/// `i-TEXT` or `ie-BASE64`.
pub(super) fn text(text: &str) -> Result<String, Why> {
    let text = cut(text);
    if text.is_empty() {
        return Err(Why::Other("has no text"));
    }
    Ok(if is_plain(text) { format!("i-{text}") } else { encoded(text) })
}

/// `i-PATH` with `@@` for slashes, or `ie-BASE64`. Paths that no request may ask for are refused here already.
pub(super) fn path(path: &str) -> Result<String, Why> {
    let path = allowed(path)?;
    if path.len() > MAX_TEXT {
        return Err(Why::Other("the path is too long"));
    }
    Ok(if is_plain(&path.replace('/', "")) {
        format!("i-{}", path.replace('/', "@@"))
    } else {
        encoded(path)
    })
}

/// `ff-FONT`: a name, or the path of a font file with `@@` for slashes.
pub(super) fn font(font: &str) -> Result<String, Why> {
    let font = allowed(font)?;
    if !is_plain(&font.replace('/', "")) {
        return Err(Why::Other("fonts have letters, digits, spaces, dots, hyphens and underscores"));
    }
    Ok(format!("ff-{}", font.replace('/', "@@")))
}

fn allowed(path: &str) -> Result<&str, Why> {
    let path = path.trim_matches('/');
    check_resource(path).map_err(|_| Why::Other("not a path of a file"))?;
    Ok(path)
}

/// Spaces at the ends would be trimmed.
fn is_plain(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-._ ".contains(character);
    text.chars().all(is_plain) && text.trim() == text
}

fn encoded(text: &str) -> String {
    format!("ie-{}", STANDARD.encode(text))
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}
