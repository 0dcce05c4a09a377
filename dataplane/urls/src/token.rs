//! Cuts a decoded transformation string at its separators, item by item.
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

/// Cuts a text one token after the other; there is always at least one, if an empty one.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    /// Where the next item begins; `None` behind the last.
    start: Option<usize>,
    /// Once a quote has no partner no later one can have one either, so the rest is searched only once.
    quotes: bool,
}

// === impl Tokens ===

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, start: Some(0), quotes: true }
    }

    /// The next item, without a look at the one behind it.
    fn cut(&mut self) -> Option<Token<'a>> {
        let at = self.start?;
        let bytes = self.text.as_bytes();
        let mut position = at;
        while let Some(byte) = bytes.get(position) {
            let after = match byte {
                b',' => Separator::Comma,
                b':' => Separator::Colon,
                b'"' => {
                    position += self.quoted(at, position) + 1;
                    continue;
                }
                _ => {
                    position += 1;
                    continue;
                }
            };
            self.start = Some(position + 1);
            return Some(Token { text: self.text.get(at..position).unwrap_or_default(), at, after });
        }
        self.start = None;
        Some(Token { text: self.text.get(at..).unwrap_or_default(), at, after: Separator::End })
    }

    /// How many bytes behind a quote belong to it, its partner included.
    fn quoted(&mut self, at: usize, position: usize) -> usize {
        let opens = position > at && matches!(self.text.as_bytes().get(position - 1), Some(b'-' | b'_'));
        if !self.quotes || !opens {
            return 0;
        }
        let partner = self.text.get(position + 1..).and_then(|rest| rest.find('"'));
        self.quotes = partner.is_some();
        partner.map_or(0, |length| length + 1)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    /// The next item, glued to the one behind it when both are a ratio written with a colon.
    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.cut()?;
        if token.after != Separator::Colon
            || token.text.trim().strip_prefix("ar-").and_then(number::unsigned).is_none()
        {
            return Some(token);
        }
        let mut ahead = self.clone();
        match ahead.cut() {
            Some(second) if number::unsigned(second.text.trim()).is_some() => {
                *self = ahead;
                let end = second.at + second.text.len();
                let text = self.text.get(token.at..end).unwrap_or_default();
                Some(Token { text, at: token.at, after: second.after })
            }
            _ => Some(token),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let tokens: Vec<_> = Tokens::new(text).collect();
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
