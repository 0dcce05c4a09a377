//! Stored transformations of an endpoint, and what a string says once their names are replaced by what they stand for.

mod expand;

use std::collections::BTreeMap;

use crate::syntax::{self, Chain, Item, Pair, Step};
use crate::{Plan, Rules, UrlError};

pub(crate) use expand::expand;

/// Deepest name inside stored strings.
const MAX_DEPTH: usize = 3;

/// Transformations that URLs name with `n-NAME`, and whether nothing else may be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedTransformations {
    by_name: BTreeMap<String, Stored>,
    exclusive: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    text: String,
    enabled: bool,
}

impl NamedTransformations {
    /// `stored` are names, strings (decoded, with or without `tr:`) and whether URLs may use them; of two of a name the
    /// first counts. `exclusive`: a string that holds anything but names is an error.
    pub fn new(stored: impl IntoIterator<Item = (String, String, bool)>, exclusive: bool) -> Self {
        let mut by_name = BTreeMap::new();
        for (name, text, enabled) in stored {
            let text = text.strip_prefix("tr:").map(str::to_owned).unwrap_or(text);
            by_name.entry(name).or_insert(Stored { text, enabled });
        }
        Self { by_name, exclusive }
    }

    /// Judges a stored string as if it stood in a URL, names inside it included: what is wrong with it is what a URL
    /// that names it would be told.
    ///
    /// # Errors
    /// As [`Plan::parse`], with positions in the stored string. What is right and not executed yet is no error.
    pub fn check(&self, name: &str, rules: &Rules) -> Result<(), UrlError> {
        let Some(stored) = self.by_name.get(name) else { return Ok(()) };
        // Strings may hold what URLs may not.
        let free = Self { exclusive: false, by_name: self.by_name.clone() };
        match Plan::of_text(&stored.text, *rules, &free, Some(name)) {
            Err(error) if error.code == crate::UrlErrorCode::Efeature => Ok(()),
            judged => judged.map(|_| ()),
        }
    }

    /// The text that a name stands for.
    fn get(&self, name: &str) -> Result<&str, &'static str> {
        match self.by_name.get(name) {
            Some(Stored { text, enabled: true }) => Ok(text),
            Some(_) => Err("is a named transformation that is switched off"),
            None => Err("is not a named transformation of this URL endpoint"),
        }
    }

    /// Whether strings may hold names alone.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.exclusive
    }
}

/// A name as `n` takes it: letters and digits of ASCII, and underscores.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Every item of every step is a name: nothing in the string is the caller's own.
pub(crate) fn is_all_named(chain: &Chain<'_>) -> bool {
    chain.steps.iter().all(|step| match step {
        Step::Items(items) => items.iter().all(|item| match item {
            Item::Pair(pair) => names(pair).is_some(),
            Item::Layer(_) => false,
        }),
        Step::If(_) => false,
    })
}

/// The name that an item refers to.
fn names<'a>(pair: &Pair<'a>) -> Option<&'a str> {
    (pair.key == "n" && is_name(pair.value)).then_some(pair.value)
}

/// Reads a string, replaces names, and tells whether nothing but names stood in it.
pub(crate) fn parse<'a>(
    text: &'a str,
    named: &'a NamedTransformations,
    within: Option<&'a str>,
) -> Result<Parsed<'a>, UrlError> {
    let tree = syntax::parse(text);
    let exclusive =
        || UrlError::invalid("Only named transformations (n-NAME) are allowed at this URL endpoint");
    if named.is_exclusive() && !tree.as_ref().is_ok_and(is_all_named) {
        return Err(exclusive());
    }
    let tree = tree?;
    let all_named = is_all_named(&tree);
    let (chain, texts) = expand(tree, text, named, within)?;
    Ok(Parsed { chain, texts, all_named })
}

/// A string once its names are replaced.
pub(crate) struct Parsed<'a> {
    pub(crate) chain: Chain<'a>,
    /// What offsets of the tree refer to.
    pub(crate) texts: Texts<'a>,
    /// Only names stood in it, or nothing.
    pub(crate) all_named: bool,
}

/// The string of a URL and the stored ones that it names, behind each other: one offset tells text and place.
#[derive(Debug, Clone)]
pub(crate) struct Texts<'a> {
    url: &'a str,
    /// Where each stored text begins, its name, and it.
    stored: Vec<(usize, &'a str, &'a str)>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(url: &'a str) -> Self {
        Self { url, stored: Vec::new() }
    }

    /// Adds a stored text and says where its offsets begin.
    fn add(&mut self, name: &'a str, text: &'a str) -> usize {
        // One apart, so that the end of a text is not the beginning of the next.
        let start = self.stored.last().map_or(self.url.len(), |(start, _, text)| start + text.len()) + 1;
        self.stored.push((start, name, text));
        start
    }

    /// The character of the URL's own string at an offset, from 1; `None` in a stored one.
    pub(crate) fn character(&self, at: usize) -> Option<usize> {
        let is_stored = self.stored.iter().any(|(start, ..)| *start <= at);
        (!is_stored).then(|| syntax::character(self.url, at))
    }

    /// Where an offset is, for people: `at character 3`, `at character 3 of n-thumb`.
    pub(crate) fn place(&self, at: usize) -> String {
        match self.stored_at(at) {
            None => format!("at character {}", syntax::character(self.url, at)),
            Some((start, name, text)) => {
                format!("at character {} of n-{name}", syntax::character(text, at - start))
            }
        }
    }

    /// The text that an offset lies in, and where in that text.
    pub(crate) fn find(&self, at: usize) -> (&'a str, usize) {
        self.stored_at(at).map_or((self.url, at), |(start, _, text)| (text, at - start))
    }

    fn stored_at(&self, at: usize) -> Option<(usize, &'a str, &'a str)> {
        self.stored.iter().rev().find(|(start, ..)| *start <= at).copied()
    }
}
