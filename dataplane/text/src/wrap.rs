//! Where lines end.

use std::ops::Range;

use crate::shape::Unit;

/// Lengths of lines are sums of fractions: a line that fits exactly must not be broken for their rounding.
const SLACK: f32 = 0.01;

/// Breaks a paragraph at white space, and a single word that is longer than the line wherever it must.
///
/// White space where a line is broken stands at its end and needs no room. Every line has something, but for the one of
/// an empty paragraph.
pub(crate) fn wrap(units: &[Unit], width: Option<f32>) -> Vec<Range<usize>> {
    let limit = width.map_or(f32::INFINITY, |width| width + SLACK);
    let mut lines = Vec::new();
    let (mut start, mut at, mut length) = (0, 0, 0.0);
    // Behind the last white space of this line.
    let mut chance = None;
    while let Some(unit) = units.get(at) {
        if unit.space {
            chance = Some(at + 1);
        } else if length + unit.width > limit && at > start {
            at = chance.unwrap_or(at);
            lines.push(start..at);
            (start, length, chance) = (at, 0.0, None);
            continue;
        }
        length += unit.width;
        at += 1;
    }
    if start < at || lines.is_empty() {
        lines.push(start..at);
    }
    lines
}

/// A line without the white space at its end.
pub(crate) fn visible(units: &[Unit], line: Range<usize>) -> &[Unit] {
    let line = units.get(line).unwrap_or_default();
    let end = line.iter().rposition(|unit| !unit.space).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units of one pixel for each letter.
    fn broken(text: &str, width: Option<f32>) -> Vec<String> {
        let units: Vec<_> = text
            .char_indices()
            .map(|(start, letter)| Unit { start, end: start + 1, run: 0, width: 1.0, space: letter == ' ' })
            .collect();
        wrap(&units, width).into_iter().map(|line| text[line].to_owned()).collect()
    }

    #[test]
    fn lines_are_broken_at_white_space_and_only_long_words_inside() {
        for (text, width, lines) in [
            ("one two three", None, vec!["one two three"]),
            ("one two three", Some(7.0), vec!["one two ", "three"]),
            ("one two three", Some(6.0), vec!["one ", "two ", "three"]),
            ("one two three", Some(5.0), vec!["one ", "two ", "three"]),
            ("one two three", Some(3.0), vec!["one ", "two ", "thr", "ee"]),
            ("well-known words", Some(6.0), vec!["well-k", "nown ", "words"]),
            ("well-known words", Some(10.0), vec!["well-known ", "words"]),
            ("abc", Some(0.0), vec!["a", "b", "c"]),
            ("one    two", Some(3.0), vec!["one    ", "two"]),
            ("one ", Some(3.0), vec!["one "]),
            ("", Some(3.0), vec![""]),
            ("   ", Some(1.0), vec!["   "]),
        ] {
            assert_eq!(broken(text, width), lines, "{text:?} in {width:?}");
        }
    }
}
