//! From tokens to the tree, by recursive descent; how deep is bounded by the limits on layers and conditionals.

use super::{
    Chain, Conditional, Item, Layer, LayerKind, MAX_IF_DEPTH, MAX_LAYER_DEPTH, MAX_LAYERS, MAX_STEPS, Pair,
    Step, character,
};
use crate::UrlError;
use crate::condition::Condition;
use crate::message::Shown;
use crate::token::{Separator, Tokens};

/// Walks the tokens of one string.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    /// What ended the last token.
    after: Separator,
    layers: usize,
    /// Steps of the base chain and its branches.
    steps: usize,
}

/// What encloses a chain.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    layers: usize,
    ifs: usize,
}

/// What ended a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closer {
    LayerEnd,
    Else,
    IfEnd,
    /// The string.
    End,
}

/// A step that is being read.
#[derive(Default)]
struct Draft<'a> {
    items: Vec<Item<'a>>,
    conditional: Option<(Conditional<'a>, usize)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, tokens: Tokens::new(text), after: Separator::End, layers: 0, steps: 0 }
    }

    pub(super) fn parse(mut self) -> Result<Chain<'a>, UrlError> {
        let (chain, closer, at) = self.chain(Depth::default())?;
        match closer {
            Closer::End => Ok(chain),
            Closer::LayerEnd => Err(self.invalid("l-end closes no layer", at)),
            Closer::Else => Err(self.invalid("if-else stands in no if block", at)),
            Closer::IfEnd => Err(self.invalid("if-end closes no if block", at)),
        }
    }

    /// Reads steps up to a closer, which is consumed, and says where that was.
    fn chain(&mut self, depth: Depth) -> Result<(Chain<'a>, Closer, usize), UrlError> {
        let mut chain = Chain { steps: Vec::new() };
        let mut draft = Draft::default();
        while let Some(token) = self.tokens.next() {
            self.after = token.after;
            let text = trim_start(token.text);
            let at = token.at + token.text.len() - text.len();
            let text = trim_end(text);
            let closer = match text {
                "l-end" => Some(Closer::LayerEnd),
                "if-else" => Some(Closer::Else),
                "if-end" => Some(Closer::IfEnd),
                _ => None,
            };
            if let Some(closer) = closer {
                self.finish(&mut chain, &mut draft, depth)?;
                return Ok((chain, closer, at));
            }
            if let Some(kind) = text.strip_prefix("l-") {
                draft.items.push(Item::Layer(self.layer(kind, at, depth)?));
            } else if let Some(condition) = text.strip_prefix("if-") {
                if draft.conditional.is_some() {
                    return Err(
                        self.invalid("Two if blocks stand in one step; separate them with a colon", at)
                    );
                }
                draft.conditional = Some((self.conditional(condition, at, depth)?, at));
            } else if !text.is_empty() {
                draft.items.push(Item::Pair(pair(text, at)));
            }
            // What separates an item from the next stands behind its last token: a bracket has many.
            if self.after == Separator::Colon {
                self.finish(&mut chain, &mut draft, depth)?;
            }
        }
        self.finish(&mut chain, &mut draft, depth)?;
        Ok((chain, Closer::End, self.text.len()))
    }

    /// Ends a step; an empty one is skipped.
    fn finish(&mut self, chain: &mut Chain<'a>, draft: &mut Draft<'a>, depth: Depth) -> Result<(), UrlError> {
        let Draft { items, conditional } = std::mem::take(draft);
        let step = match conditional {
            Some((_, at)) if !items.is_empty() => {
                let message =
                    "An if block stands alone in its step; separate it from other items with a colon";
                return Err(self.invalid(message, at));
            }
            Some((conditional, _)) => Step::If(conditional),
            None if items.is_empty() => return Ok(()),
            None => Step::Items(items),
        };
        chain.steps.push(step);
        let count = if depth.layers == 0 {
            self.steps += 1;
            self.steps
        } else {
            chain.steps.len()
        };
        if count > MAX_STEPS {
            return Err(UrlError::limit(format!("More than {MAX_STEPS} steps; the limit is {MAX_STEPS}")));
        }
        Ok(())
    }

    fn layer(&mut self, kind: &str, at: usize, mut depth: Depth) -> Result<Layer<'a>, UrlError> {
        let kind = LayerKind::parse(kind).ok_or_else(|| {
            self.invalid(&format!("l: {} is not image, text, video or subtitles", Shown(kind)), at)
        })?;
        depth.layers += 1;
        self.layers += 1;
        if depth.layers > MAX_LAYER_DEPTH {
            return Err(UrlError::limit(format!(
                "Layers nest {} levels deep; the limit is {MAX_LAYER_DEPTH}",
                depth.layers
            )));
        }
        if self.layers > MAX_LAYERS {
            return Err(UrlError::limit(format!("More than {MAX_LAYERS} layers; the limit is {MAX_LAYERS}")));
        }
        match self.chain(depth)? {
            (chain, Closer::LayerEnd, _) => Ok(Layer { kind, chain, at }),
            (_, Closer::End, _) => {
                let message = format!("{} has no l-end; a slash in its path is written @@", kind.opener());
                Err(self.invalid(&message, at))
            }
            (_, Closer::Else | Closer::IfEnd, _) => {
                Err(self.invalid(&format!("{} has no l-end before its if block goes on", kind.opener()), at))
            }
        }
    }

    fn conditional(
        &mut self,
        text: &'a str,
        at: usize,
        mut depth: Depth,
    ) -> Result<Conditional<'a>, UrlError> {
        if depth.layers > 0 {
            return Err(self.invalid("An if block cannot stand inside a layer", at));
        }
        let condition = Condition::parse(text)
            .map_err(|error| self.invalid(&format!("if: {} {error}", Shown(text)), at + "if-".len()))?;
        depth.ifs += 1;
        if depth.ifs > MAX_IF_DEPTH {
            return Err(UrlError::limit(format!(
                "If blocks nest {} levels deep; the limit is {MAX_IF_DEPTH}",
                depth.ifs
            )));
        }
        let (then, closer, _) = self.chain(depth)?;
        let otherwise = match closer {
            Closer::IfEnd => return Ok(Conditional { text, condition, then, otherwise: None }),
            Closer::Else => self.chain(depth)?,
            Closer::LayerEnd | Closer::End => return Err(self.unclosed(at)),
        };
        match otherwise {
            (otherwise, Closer::IfEnd, _) => {
                Ok(Conditional { text, condition, then, otherwise: Some(otherwise) })
            }
            (_, Closer::Else, at) => Err(self.invalid("An if block has one if-else at most", at)),
            (_, Closer::LayerEnd | Closer::End, _) => Err(self.unclosed(at)),
        }
    }

    fn unclosed(&self, at: usize) -> UrlError {
        self.invalid("This if block has no if-end", at)
    }

    fn invalid(&self, message: &str, at: usize) -> UrlError {
        let character = character(self.text, at);
        UrlError::invalid(format!("{message} (at character {character})")).at(Some(character))
    }
}

/// As the method of that name; nearly no item has spaces, and of printable ASCII one look is enough.
fn trim_start(text: &str) -> &str {
    if text.bytes().next().is_some_and(|byte| byte.is_ascii_graphic()) { text } else { text.trim_start() }
}

fn trim_end(text: &str) -> &str {
    if text.bytes().next_back().is_some_and(|byte| byte.is_ascii_graphic()) { text } else { text.trim_end() }
}

fn pair(text: &str, at: usize) -> Pair<'_> {
    // Keys are short, so that looking at each byte is faster than a search.
    let hyphen = text.bytes().position(|byte| byte == b'-').unwrap_or(text.len());
    let (key, value) = (text.get(..hyphen).unwrap_or(text), text.get(hyphen + 1..).unwrap_or_default());
    let value = trim_start(value);
    Pair { text, key: trim_end(key), value, start: at, at: at + text.len() - value.len() }
}

#[cfg(test)]
mod tests {
    use crate::syntax::{Chain, Item, Step, parse};

    /// Writes a tree in brackets, so that tests can compare it as text.
    fn shape(chain: &Chain<'_>) -> String {
        let steps = chain.steps.iter().map(|step| match step {
            Step::Items(items) => {
                let items = items.iter().map(|item| match item {
                    Item::Pair(pair) => format!("{}={}", pair.key, pair.value),
                    Item::Layer(layer) => format!("{}<{}>", layer.kind.opener(), shape(&layer.chain)),
                });
                items.collect::<Vec<_>>().join(" ")
            }
            Step::If(conditional) => {
                let otherwise = conditional.otherwise.as_ref().map(|chain| format!("|{}", shape(chain)));
                format!(
                    "if {}({}{})",
                    conditional.text,
                    shape(&conditional.then),
                    otherwise.unwrap_or_default()
                )
            }
        });
        steps.collect::<Vec<_>>().join(" : ")
    }

    #[test]
    fn strings_become_trees() {
        let rows = [
            ("", ""),
            (",,:,:", ""),
            ("w-1,h-2", "w=1 h=2"),
            (" w - 1 , h-2 ", "w=1 h=2"),
            ("w-1::rt--90:", "w=1 : rt=-90"),
            ("zz,w300", "zz= w300="),
            ("l-image,i-a.png,w-2:rt-90,l-end,w-3", "l-image<i=a.png w=2 : rt=90> w=3"),
            ("l-subtitle,i-a.srt,l-end:w-1", "l-subtitles<i=a.srt> : w=1"),
            ("l-image,i-a,l-text,i-b,l-end,w-1,l-end", "l-image<i=a l-text<i=b> w=1>"),
            ("if-w_gt_1,w-1,if-end", "if w_gt_1(w=1)"),
            ("h-1:if-w_gt_1,w-1:rt-90,if-else,w-2,if-end:h-2", "h=1 : if w_gt_1(w=1 : rt=90|w=2) : h=2"),
            ("if-w_gt_1,if-h_gt_1,w-1,if-end,if-else,w-2,if-end", "if w_gt_1(if h_gt_1(w=1)|w=2)"),
            ("if-w_gt_1,l-image,i-a,l-end,if-end", "if w_gt_1(l-image<i=a>)"),
            ("if-w_gt_1,if-end", "if w_gt_1()"),
            (",if-ar_gt_4-3,w-1,if-end,", "if ar_gt_4-3(w=1)"),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).map(|chain| shape(&chain)), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn unbalanced_and_misplaced_brackets_are_errors_that_say_where() {
        let rows = [
            ("l-image,i-a", "l-image has no l-end; a slash in its path is written @@ (at character 1)"),
            ("w-1:é-1,l-text,i-a", "l-text has no l-end; a slash in its path is written @@ (at character 9)"),
            ("w-1,l-end", "l-end closes no layer (at character 5)"),
            ("if-else", "if-else stands in no if block (at character 1)"),
            ("w-1:if-end", "if-end closes no if block (at character 5)"),
            ("if-h_gt_10,w-50", "This if block has no if-end (at character 1)"),
            ("if-h_gt_10,w-50,if-else,w-1", "This if block has no if-end (at character 1)"),
            ("if-h_gt_10,w-50,l-end", "This if block has no if-end (at character 1)"),
            ("if-w_gt_1,if-else,if-else,if-end", "An if block has one if-else at most (at character 19)"),
            (
                "w-100,if-h_eq_67,w-50,if-end",
                "An if block stands alone in its step; separate it from other items with a colon (at character 7)",
            ),
            (
                "if-h_eq_67,w-50,if-end,w-100",
                "An if block stands alone in its step; separate it from other items with a colon (at character 1)",
            ),
            (
                "if-h_eq_67,if-end,if-h_eq_68,if-end",
                "Two if blocks stand in one step; separate them with a colon (at character 19)",
            ),
            (
                "l-image,i-a,if-w_gt_1,if-end,l-end",
                "An if block cannot stand inside a layer (at character 13)",
            ),
            (
                "if-w_gt_1,l-image,i-a,if-end",
                "l-image has no l-end before its if block goes on (at character 11)",
            ),
            ("l-sound,l-end", "l: \"sound\" is not image, text, video or subtitles (at character 1)"),
            ("if-w_gt_h,if-end", "if: \"w_gt_h\" has no number on the right side of a test (at character 4)"),
        ];
        for (text, message) in rows {
            assert_eq!(
                parse(text).map_err(|error| error.to_string()),
                Err(format!("EINVAL - {message}")),
                "{text}"
            );
        }
    }

    #[test]
    fn limits_name_what_they_allow() {
        let nested = |open: &str, close: &str, levels: usize| open.repeat(levels) + &close.repeat(levels);
        let rows = [
            (vec!["w-1"; 30].join(":"), None),
            (vec!["w-1"; 31].join(":"), Some("More than 30 steps; the limit is 30")),
            (vec!["l-text,i-a,l-end"; 30].join(","), None),
            (vec!["l-text,i-a,l-end"; 31].join(","), Some("More than 30 layers; the limit is 30")),
            (format!("if-w_gt_1,{},if-end", vec!["w-1"; 29].join(":")), None),
            (
                format!("if-w_gt_1,{},if-end", vec!["w-1"; 30].join(":")),
                Some("More than 30 steps; the limit is 30"),
            ),
            (nested("l-image,i-a,", "l-end,", 3), None),
            (nested("l-image,i-a,", "l-end,", 4), Some("Layers nest 4 levels deep; the limit is 3")),
            (nested("if-w_gt_1,", "if-end,", 3), None),
            (nested("if-w_gt_1,", "if-end,", 4), Some("If blocks nest 4 levels deep; the limit is 3")),
            ("w-1,".repeat(2048), None),
            ("w-1,".repeat(2048) + ",", Some("The transformation string has 8193 bytes; the limit is 8192")),
        ];
        for (text, message) in rows {
            let error = parse(&text).err().map(|error| error.to_string());
            assert_eq!(error, message.map(|message| format!("ELIMIT - {message}")), "{text}");
        }
    }
}
