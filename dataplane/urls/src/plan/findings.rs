//! What is collected while a string is read: warnings, items without effect, the first missing feature. Also decides
//! whether a finding is an error.

use crate::message::{Bare, Shown};
use crate::named::Texts;
use crate::parameter::BadValue;
use crate::syntax::Pair;
use crate::{Rules, UrlError};

/// Most warnings that are kept; they travel in a response header.
const MAX_WARNINGS: usize = 10;

/// Findings of one string.
pub(super) struct Findings<'a> {
    texts: Texts<'a>,
    rules: Rules,
    warnings: Vec<String>,
    /// Warnings beyond the most that are kept.
    more: usize,
    ignored: Vec<String>,
    missing: Option<&'static str>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(texts: Texts<'a>, rules: Rules) -> Self {
        Self { texts, rules, warnings: Vec::new(), more: 0, ignored: Vec::new(), missing: None }
    }

    /// An item without effect.
    pub(super) fn ignore(&mut self, pair: &Pair<'_>) {
        self.ignored.push(pair.text.to_owned());
    }

    /// An item without effect, and why.
    pub(super) fn ignore_because(&mut self, pair: &Pair<'_>, why: &str) {
        self.ignore(pair);
        self.warn(|| format!("{} {why} and was ignored", Bare(pair.text)));
    }

    /// A key that is in no table. `name` is the part of the item that is unknown.
    pub(super) fn unknown(&mut self, pair: &Pair<'_>, name: &str) -> Result<(), UrlError> {
        if self.rules.reject_unknown {
            return Err(self.invalid(&format!("{} is not a known parameter", Bare(name)), pair.start));
        }
        self.ignore(pair);
        self.warn(|| format!("{} is not a known parameter and was ignored", Bare(name)));
        Ok(())
    }

    /// A value that was not understood: `key` and `value` as they are to be named, `at` where the value starts.
    pub(super) fn bad(
        &mut self,
        pair: &Pair<'_>,
        (key, value, at): (&str, &str, usize),
        why: &BadValue,
    ) -> Result<(), UrlError> {
        if self.rules.reject_invalid {
            return Err(self.invalid(&format!("{key}: {} {why}", Shown(value)), at));
        }
        self.ignore(pair);
        self.warn(|| format!("{key}: {} {why} and was ignored", Shown(value)));
        Ok(())
    }

    /// Notes a feature that is not executed yet; the first one is reported.
    pub(super) fn missing(&mut self, what: &'static str) {
        self.missing.get_or_insert(what);
    }

    /// The value of an item with the spaces around it, which count in text.
    pub(super) fn untrimmed(&self, pair: &Pair<'_>) -> String {
        let before = pair.text.find('-').map_or(pair.at, |hyphen| pair.start + hyphen + 1);
        let (text, at) = self.texts.find(pair.at);
        let start = at.saturating_sub(pair.at.saturating_sub(before));
        let end = at + pair.value.len();
        let rest = text.get(end..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start().len();
        text.get(start..end + spaces).unwrap_or(pair.value).to_owned()
    }

    /// Overlay parameters of before layers become layers.
    pub(super) fn translates_overlays(&self) -> bool {
        self.rules.translate_overlays
    }

    /// An error at a byte offset.
    pub(super) fn invalid(&self, message: &str, at: usize) -> UrlError {
        UrlError::invalid(format!("{message} ({})", self.texts.place(at))).at(self.texts.character(at))
    }

    /// Keeps a warning once, as long as there is room.
    pub(super) fn warn(&mut self, warning: impl FnOnce() -> String) {
        if self.warnings.len() == MAX_WARNINGS {
            self.more += 1;
            return;
        }
        let warning = warning();
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The first feature that was noted.
    pub(super) fn first_missing(&self) -> Option<&'static str> {
        self.missing
    }

    /// Warnings and ignored items.
    pub(super) fn finish(mut self) -> (Vec<String>, Vec<String>) {
        if self.more > 0 {
            self.warnings.push(format!("and {} more", self.more));
        }
        (self.warnings, self.ignored)
    }
}
