//! The table for people: what the rows say, in words. What a row's own fields decide is derived from them.

use std::fmt;

use super::table::{GROUPS, Group};
use super::{Context, Parameter, Scopes, Takes};
use crate::expression::BASE_VARIABLES;
use crate::setting::{Setting, Support};
use crate::syntax::LayerKind;

/// One parameter of the language, in plain words with Markdown's backticks around what stands in URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterInfo {
    /// As in URLs; effects with their `e-`.
    pub key: &'static str,
    /// Heading that it stands under; parameters of one group follow each other.
    pub group: &'static str,
    /// Properties of ImageKit's SDKs that write it.
    pub sdk_names: &'static [&'static str],
    /// Where it means something: `image` is the requested one, everything else a layer.
    pub scopes: Vec<&'static str>,
    /// Values that it takes.
    pub value: String,
    /// What counts without it. Empty: nothing.
    pub default: &'static str,
    /// Range of its numbers, and what happens outside. Empty: there is none.
    pub range: String,
    /// What becomes of a value that is not understood.
    pub bad_value: &'static str,
    /// Year and month in which it was first seen; `2024-06`: then or earlier.
    pub since: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Right values, `KEY` or `KEY-VALUE`.
    pub examples: Vec<String>,
    /// Whether this release does it.
    pub supported: Supported,
}

/// How much of a parameter this release does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supported {
    /// All of it.
    Yes,
    /// All but what these examples, `KEY-VALUE`, stand for.
    Except(Vec<String>),
    /// Nothing: a URL that asks for it is answered with 403.
    No,
    /// It is for videos, and changes nothing in an image.
    VideosOnly,
}

/// Places with their names.
const PLACES: [(Scopes, &str); 6] = [
    (Scopes::BASE, "image"),
    (Scopes::IMAGE, "image layer"),
    (Scopes::BLOCK, "block"),
    (Scopes::TEXT, "text"),
    (Scopes::VIDEO, "video layer"),
    (Scopes::SUBTITLES, "subtitles"),
];

/// Every parameter of the language, by group.
pub fn parameters() -> impl Iterator<Item = ParameterInfo> {
    GROUPS.into_iter().flat_map(|group| group.rows.iter().map(move |row| info(group, row)))
}

fn info(group: Group, row: &Parameter) -> ParameterInfo {
    ParameterInfo {
        key: row.key,
        group: group.name,
        sdk_names: row.sdk,
        scopes: PLACES.iter().filter(|(place, _)| row.scopes.meets(*place)).map(|(_, name)| *name).collect(),
        value: value(row),
        default: row.default,
        range: range(row),
        bad_value: bad_value(row.takes),
        since: row.since,
        meaning: row.meaning,
        examples: row.examples.iter().map(|value| spelled(row.key, value)).collect(),
        supported: supported(row),
    }
}

fn spelled(key: &str, value: &str) -> String {
    if value.is_empty() { key.to_owned() } else { format!("{key}-{value}") }
}

fn value(row: &Parameter) -> String {
    match row.takes {
        Takes::Length { auto, .. } => {
            let auto = if auto { ", `auto`" } else { "" };
            format!("pixels from 1, a fraction below 1 of the side, an expression{auto}")
        }
        Takes::Operand(_) => "pixels, an expression".to_owned(),
        Takes::Number { .. } => "a number".to_owned(),
        Takes::Flag(_) => "`true`, `false`".to_owned(),
        Takes::Words(words) => {
            words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        Takes::Switch(_) if row.value.is_empty() => "bare; `false` is off".to_owned(),
        Takes::Switch(_) => format!("bare; {}; `false` is off", row.value),
        Takes::Read(_) | Takes::ReadOrBare(_) | Takes::VideoOnly => row.value.to_owned(),
    }
}

fn range(row: &Parameter) -> String {
    match row.takes {
        Takes::Length { .. } => "above 65535 it is ignored".to_owned(),
        Takes::Number { from, to, .. } => format!("{from} to {to}, clamped"),
        Takes::Operand(_)
        | Takes::Flag(_)
        | Takes::Words(_)
        | Takes::Switch(_)
        | Takes::Read(_)
        | Takes::ReadOrBare(_)
        | Takes::VideoOnly => row.range.to_owned(),
    }
}

fn bad_value(takes: Takes) -> &'static str {
    match takes {
        Takes::Length { .. }
        | Takes::Operand(_)
        | Takes::Number { .. }
        | Takes::Flag(_)
        | Takes::Words(_)
        | Takes::Read(_)
        | Takes::ReadOrBare(_) => "400",
        Takes::Switch(_) => "counts as bare",
        Takes::VideoOnly => "never read",
    }
}

/// Asks what the server makes of each example, and of each word.
fn supported(row: &Parameter) -> Supported {
    if matches!(row.takes, Takes::VideoOnly) {
        return Supported::VideosOnly;
    }
    if !row.scopes.meets(Scopes::BASE) {
        let drawn = LayerKind::DRAWN.iter().any(|kind| row.scopes.meets(Scopes::of(*kind)));
        return if drawn { Supported::Yes } else { Supported::No };
    }
    let context = Context { variables: BASE_VARIABLES };
    let words: &[(&str, Setting)] = if let Takes::Words(words) = row.takes { words } else { &[] };
    let values: Vec<&str> = row.examples.iter().copied().chain(words.iter().map(|(word, _)| *word)).collect();
    let is_done = |value: &&str| match row.takes.read(value, &context) {
        Ok(Some(setting)) => matches!(setting.support(), Support::Done | Support::Idle),
        Ok(None) | Err(_) => false,
    };
    let left: Vec<&str> = values.iter().copied().filter(|value| !is_done(value)).collect();
    if left.is_empty() {
        Supported::Yes
    } else if left.len() == values.len() {
        Supported::No
    } else {
        Supported::Except(left.into_iter().map(|value| spelled(row.key, value)).collect())
    }
}

impl fmt::Display for Supported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::Except(left) => write!(f, "not `{}`", left.join("`, `")),
            Self::No => f.write_str("not yet"),
            Self::VideosOnly => f.write_str("ignored"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Variable;

    /// Names that have a value in layers.
    const LAYER_VARIABLES: &[Variable] = &[Variable::Bw, Variable::Bh, Variable::Cw, Variable::Ch];

    fn rows() -> impl Iterator<Item = &'static Parameter> {
        GROUPS.into_iter().flat_map(|group| group.rows)
    }

    #[test]
    fn every_example_is_understood_where_it_may_stand() {
        for row in rows() {
            assert!(!row.examples.is_empty(), "{} has no example", row.key);
            for value in row.examples {
                let read = |variables| row.takes.read(value, &Context { variables });
                let read = read(BASE_VARIABLES).or_else(|_| read(LAYER_VARIABLES));
                assert!(read.is_ok(), "{}-{value}: {read:?}", row.key);
            }
        }
    }

    #[test]
    fn rows_say_what_their_readers_do_not() {
        for row in rows() {
            let derived = match row.takes {
                Takes::Length { .. }
                | Takes::Operand(_)
                | Takes::Number { .. }
                | Takes::Flag(_)
                | Takes::Words(_) => true,
                Takes::Read(_) | Takes::ReadOrBare(_) | Takes::VideoOnly => false,
                // Bare needs no words.
                Takes::Switch(_) => continue,
            };
            assert_eq!(row.value.is_empty(), derived, "{}", row.key);
            assert!(row.meaning.ends_with('.'), "{}", row.key);
        }
    }

    #[test]
    fn defaults_of_effects_are_the_ones_that_are_used() {
        for row in rows().filter(|row| row.key.starts_with("e-") && row.default.starts_with('`')) {
            let context = Context { variables: BASE_VARIABLES };
            let shown =
                |value: &str| row.takes.read(value, &context).map(|read| read.map(|read| read.to_string()));
            assert_eq!(shown(""), shown(row.default.trim_matches('`')), "{}", row.key);
        }
    }

    #[test]
    fn what_is_supported_follows_from_what_is_executed() {
        let found = |key: &str| parameters().find(|info| info.key == key).map(|info| info.supported);
        assert_eq!(found("w"), Some(Supported::Yes));
        assert_eq!(found("f"), Some(Supported::Yes));
        assert_eq!(found("rt"), Some(Supported::Yes));
        assert_eq!(found("bg"), Some(Supported::Except(vec!["bg-genfill".to_owned()])));
        assert_eq!(found("e-bgremove"), Some(Supported::No));
        assert_eq!(found("so"), Some(Supported::VideosOnly));
    }
}
