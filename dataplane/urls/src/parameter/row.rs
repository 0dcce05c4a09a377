//! A row of the table: how a key is read, and what people are told of it.

use super::{Scopes, Takes, model};

/// When everything was there that says nothing else.
const FIRST: &str = "2024-06";

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    /// As in URLs; effects with their `e-`.
    pub(crate) key: &'static str,
    /// Where it means something; elsewhere it is ignored.
    pub(crate) scopes: Scopes,
    /// How its value is read.
    pub(crate) takes: Takes,
    /// Properties of SDKs that write it.
    pub(super) sdk: &'static [&'static str],
    /// Values, as far as `takes` does not name them.
    pub(super) value: &'static str,
    /// Range, and what happens outside, as far as `takes` does not say.
    pub(super) range: &'static str,
    /// What counts without it. Empty: nothing.
    pub(super) default: &'static str,
    /// Month in which it was first seen.
    pub(super) since: &'static str,
    /// A sentence or two.
    pub(super) meaning: &'static str,
    /// Right values, one for each thing it can ask for.
    pub(super) examples: &'static [&'static str],
}

// === impl Parameter ===

impl Parameter {
    pub(super) const fn row(key: &'static str, scopes: Scopes, takes: Takes) -> Self {
        Self {
            key,
            scopes,
            takes,
            sdk: &[],
            value: "",
            range: "",
            default: "",
            since: FIRST,
            meaning: "",
            examples: &[],
        }
    }

    /// It asks for work of a model.
    pub(crate) fn is_model(&self) -> bool {
        model::ROWS.iter().any(|row| row.key == self.key)
    }

    pub(super) const fn sdk(self, sdk: &'static [&'static str]) -> Self {
        Self { sdk, ..self }
    }

    pub(super) const fn takes(self, value: &'static str) -> Self {
        Self { value, ..self }
    }

    pub(super) const fn range(self, range: &'static str) -> Self {
        Self { range, ..self }
    }

    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    pub(super) const fn since(self, since: &'static str) -> Self {
        Self { since, ..self }
    }

    pub(super) const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }

    pub(super) const fn means(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }
}
