//! Cuts a decoded transformation string at its separators, in one pass.
//!
//! Two things are not plain cuts. A quoted run (`pg-name-"a, b"`) keeps the separators inside it; a quote opens one
//! only at the start of a value or of a part of it, so that text such as `5" wide` needs no closing quote. And
//! `ar-4:3` is one item, although `:` otherwise ends a step.

use crate::number;

/// One item of a string and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The item as written, spaces included.
    pub(crate) text: &'a str,
    /// Byte offset of the item in the string.
    pub(crate) at: usize,
    /// What ends it.
    pub(crate) after: Separator,
}

/// What ends an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// `,`: the step goes on.
    Comma,
    /// `:`: the next step begins.
    Colon,
    /// The string ends.
    End,
}

/// Bytes of an item with its separator, about.
const TYPICAL_ITEM: usize = 8;

/// Cuts `text` into tokens; there is always at least one, if an empty one.
pub(crate) fn tokenize(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token<'_>> = Vec::with_capacity(text.len() / TYPICAL_ITEM + 1);
    let mut start = 0;
    let mut position = 0;
    // Once a quote has no partner no later one can have one either, so the rest is searched only once.
    let mut quotes = true;
    while let Some(byte) = bytes.get(position) {
        let after = match byte {
            b',' => Separator::Comma,
            b':' => Separator::Colon,
            b'"' if quotes && position > start && matches!(bytes.get(position - 1), Some(b'-' | b'_')) => {
                match text.get(position + 1..).and_then(|rest| rest.find('"')) {
                    Some(length) => position += length + 1,
                    None => quotes = false,
                }
                position += 1;
                continue;
            }
            _ => {
                position += 1;
                continue;
            }
        };
        push(&mut tokens, text, start..position, after);
        position += 1;
        start = position;
    }
    push(&mut tokens, text, start..bytes.len(), Separator::End);
    tokens
}

/// Appends a token, or glues it to the one before it when both are a ratio written with a colon.
fn push<'a>(tokens: &mut Vec<Token<'a>>, text: &'a str, range: std::ops::Range<usize>, after: Separator) {
    let item = text.get(range.clone()).unwrap_or_default();
    if let Some(last) = tokens.last_mut()
        && last.after == Separator::Colon
        && last.text.trim().strip_prefix("ar-").is_some_and(|value| number::unsigned(value).is_some())
        && number::unsigned(item.trim()).is_some()
    {
        last.text = text.get(last.at..range.end).unwrap_or_default();
        last.after = after;
        return;
    }
    tokens.push(Token { text: item, at: range.start, after });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let tokens = tokenize(text);
        for token in &tokens {
            assert_eq!(text.get(token.at..token.at + token.text.len()), Some(token.text));
        }
        tokens.iter().map(|token| format!("[{}]{:?}", token.text, token.after)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn strings_are_cut_at_commas_and_colons_only_where_these_separate() {
        let rows = [
            ("", "[]End"),
            ("w-1,h-2:rt-90", "[w-1]Comma [h-2]Colon [rt-90]End"),
            ("w-1,,h-1::", "[w-1]Comma []Comma [h-1]Colon []Colon []End"),
            ("ar-4:3,w-1", "[ar-4:3]Comma [w-1]End"),
            ("ar-4:3:5", "[ar-4:3]Colon [5]End"),
            ("ar-4:w-3", "[ar-4]Colon [w-3]End"),
            ("ar-4,3", "[ar-4]Comma [3]End"),
            ("ar-4-3:2", "[ar-4-3]Colon [2]End"),
            (" ar-1.5 : 2 ", "[ ar-1.5 : 2 ]End"),
            (r#"pg-name-"a,b"_"c:d",w-1"#, r#"[pg-name-"a,b"_"c:d"]Comma [w-1]End"#),
            (r#"i-5" wide,i-7" deep"#, r#"[i-5" wide]Comma [i-7" deep]End"#),
            (r#"i-"open,w-1"#, r#"[i-"open]Comma [w-1]End"#),
            ("i-é,w-1", "[i-é]Comma [w-1]End"),
        ];
        for (text, expected) in rows {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
