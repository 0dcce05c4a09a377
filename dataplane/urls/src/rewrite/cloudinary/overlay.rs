//! What an overlay shows: `l_text:FONT_SIZE_STYLES:TEXT`, or the path of a file.

use super::super::native::{self, Place, Why};
use super::super::{Notes, input};
use crate::decode::percent_decode;
use crate::number;

/// Overlays that are neither text nor a file of the media library.
const OTHERS: [&str; 4] = ["fetch", "lut", "subtitles", "video"];

/// Reads the value of `l`: where its parameters stand, and the items that open its layer.
pub(super) fn read(value: &str, notes: &mut Notes) -> Result<(Place, Vec<String>), Why> {
    let (kind, rest) = value.split_once(':').unwrap_or(("", value));
    if kind == "text" {
        return text(rest, notes).map(|items| (Place::Text, items));
    }
    if OTHERS.contains(&kind) {
        return Err(Why::Other("only text and images can be laid over"));
    }
    let input = input::path(&decode(&value.replace(':', "/"))?)?;
    native::check(&input, Place::Image)?;
    Ok((Place::Image, vec!["l-image".to_owned(), input]))
}

fn text(value: &str, notes: &mut Notes) -> Result<Vec<String>, Why> {
    let Style { font, size, words, text } = Style::read(value).ok_or(Why::Other("not FONT_SIZE:TEXT"))?;
    // What cannot be decoded again was encoded once.
    let text = decode(text).unwrap_or_else(|_| text.to_owned());
    if text.trim().is_empty() {
        return Err(Why::Other("no text"));
    }
    let input = input::text(&text)?;
    native::check(&input, Place::Text)?;
    let mut items = vec!["l-text".to_owned(), input];
    let mut add = |piece: &str, item: Result<String, Why>| match item
        .and_then(|item| native::check(&item, Place::Text).map(|()| item))
    {
        Ok(item) => items.push(item),
        Err(why) => notes.dropped(piece, why),
    };
    add(font, input::font(&font.replace(':', "/")));
    add(size, Ok(format!("fs-{size}")));
    let (mut bold, mut italic, mut alignment) = (false, false, None);
    for word in words.split('_').filter(|word| !word.is_empty()) {
        match word {
            "bold" => bold = true,
            "italic" => italic = true,
            "left" | "start" => alignment = Some("ia-left"),
            "right" | "end" => alignment = Some("ia-right"),
            "center" => alignment = Some("ia-center"),
            _ => add(word, Err(Why::Other("no equivalent"))),
        }
    }
    let style = match (bold, italic) {
        (true, true) => Some("tg-b_i"),
        (true, false) => Some("tg-b"),
        (false, true) => Some("tg-i"),
        (false, false) => None,
    };
    for item in style.into_iter().chain(alignment) {
        add(item, Ok(item.to_owned()));
    }
    Ok(items)
}

/// Commas and slashes are encoded twice, and a step is decoded once.
fn decode(text: &str) -> Result<String, Why> {
    percent_decode(text).ok_or(Why::Other("not UTF-8 after decoding"))
}

/// How a text is to look, and the text.
struct Style<'a> {
    /// A name or a path with colons.
    font: &'a str,
    size: &'a str,
    /// Joined by `_`.
    words: &'a str,
    text: &'a str,
}

impl<'a> Style<'a> {
    /// The font may hold colons and underscores, the text colons: the first number behind an underscore is the size.
    fn read(value: &'a str) -> Option<Self> {
        let mut part_start = 0;
        for part in value.split(':') {
            let part_end = part_start + part.len();
            let mut start = part_start;
            for (index, piece) in part.split('_').enumerate() {
                let end = start + piece.len();
                if index > 0 && number::unsigned(piece).is_some() {
                    return Some(Self {
                        font: value.get(..start - 1)?,
                        size: piece,
                        words: value.get(end..part_end)?,
                        text: value.get(part_end..)?.strip_prefix(':')?,
                    });
                }
                start = end + 1;
            }
            part_start = part_end + 1;
        }
        None
    }
}
