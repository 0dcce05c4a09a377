//! A paragraph cut into runs of one direction, one script and one face.

use std::ops::Range;

use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{EmojiStatus, UnicodeEmoji};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use crate::faces::{EMOJI, Faces, WISHED};

/// Part of a paragraph that is shaped at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Bytes of the paragraph.
    pub range: Range<usize>,
    /// Index of the face.
    pub face: usize,
    /// Odd: from right to left.
    pub level: Level,
    /// `None`: only characters that all scripts share.
    pub script: Option<Script>,
}

/// Splits a text into paragraphs, composed (NFC, for fonts have `é` more often than its accent alone) and without
/// control characters.
pub(crate) fn paragraphs(content: &str) -> Vec<String> {
    content
        .replace("\r\n", "\n")
        .split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
        .map(|line| {
            let line = line.chars().map(|character| if character == '\t' { ' ' } else { character });
            line.filter(|character| !character.is_control()).nfc().collect()
        })
        .collect()
}

/// Cuts a paragraph into runs, in the order of its bytes.
pub(crate) fn runs(paragraph: &str, faces: &Faces) -> Vec<Run> {
    let bidi = BidiInfo::new(paragraph, None);
    let mut runs: Vec<Run> = Vec::new();
    for (start, cluster) in paragraph.grapheme_indices(true) {
        let level = bidi.levels.get(start).copied().unwrap_or_else(Level::ltr);
        let face = face_for(cluster, faces);
        let script = cluster.chars().map(|character| character.script()).find(|script| !is_shared(*script));
        let end = start + cluster.len();
        match runs.last_mut() {
            Some(run)
                if run.face == face
                    && run.level == level
                    && (script.is_none() || run.script.is_none() || run.script == script) =>
            {
                run.range.end = end;
                run.script = run.script.or(script);
            }
            _ => runs.push(Run { range: start..end, face, level, script }),
        }
    }
    runs
}

fn is_shared(script: Script) -> bool {
    matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

/// The first face that has the whole cluster; or else its first character; or else the wished one.
fn face_for(cluster: &str, faces: &Faces) -> usize {
    let seen = || cluster.chars().filter(|character| !is_invisible(*character));
    let all = [WISHED].into_iter().chain(WISHED + 1..=EMOJI);
    if wants_color(cluster) && !has_color(faces) && faces.covers(EMOJI, seen().take(1)) {
        return EMOJI;
    }
    all.clone()
        .find(|index| faces.covers(*index, seen()))
        .or_else(|| all.clone().find(|index| faces.covers(*index, seen().take(1))))
        .unwrap_or(WISHED)
}

/// The wished face has emoji of its own.
fn has_color(faces: &Faces) -> bool {
    faces.get(WISHED).is_some_and(|face| !face.font.color_glyphs().is_empty())
}

/// Characters that need no glyph: joiners, selectors, marks of direction, white space.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Emoji are meant in colour where they say so (a selector, a skin, a keycap) or are so by default.
fn wants_color(cluster: &str) -> bool {
    let first = cluster.chars().next().unwrap_or_default();
    if cluster.contains('\u{fe0e}') || !first.is_emoji_char() {
        return false;
    }
    let says_so = |character| matches!(character, '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}');
    cluster.contains(says_so)
        || matches!(
            first.emoji_status(),
            EmojiStatus::EmojiPresentation
                | EmojiStatus::EmojiPresentationAndModifierBase
                | EmojiStatus::EmojiPresentationAndEmojiComponent
                | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    fn cut(paragraph: &str) -> Vec<(&str, usize, bool)> {
        let faces = Faces::new(&Text::default()).unwrap();
        runs(paragraph, &faces)
            .iter()
            .map(|run| (&paragraph[run.range.clone()], run.face, run.level.is_rtl()))
            .collect()
    }

    #[test]
    fn lines_end_where_the_text_says_so_and_controls_go() {
        for (content, lines) in [
            ("a\nb", vec!["a", "b"]),
            ("a\r\nb\rc", vec!["a", "b", "c"]),
            ("a\u{2028}b", vec!["a", "b"]),
            ("a\tb\u{0}\u{1b}c", vec!["a bc"]),
            ("e\u{301}", vec!["é"]),
            ("", vec![""]),
            ("\n", vec!["", ""]),
        ] {
            assert_eq!(paragraphs(content), lines, "{content:?}");
        }
    }

    #[test]
    fn each_character_gets_a_face_that_has_it() {
        for (paragraph, face) in [
            ("Grüße", WISHED),
            ("Привет", WISHED),
            ("Γειά", WISHED),
            ("مرحبا", 2),
            ("नमस्ते", 4),
            ("สวัสดี", 5),
            ("➔", 6),
            ("→", 7),
            ("①", 7),
            ("你好", 8),
            ("こんにちは", 8),
            ("안녕", 9),
            ("🎉", EMOJI),
            ("👩🏽‍💻", EMOJI),
            ("🇩🇪", EMOJI),
            ("1️⃣", EMOJI),
            ("❤️", EMOJI),
            ("12#", WISHED),
            ("©", WISHED),
        ] {
            assert_eq!(cut(paragraph), [(paragraph, face, face == 2)], "{paragraph}");
        }
    }

    #[test]
    fn runs_follow_direction_and_face() {
        assert_eq!(cut("ab שלום 12"), [("ab ", 0, false), ("שלום ", 0, true), ("12", 0, false)]);
    }
}
