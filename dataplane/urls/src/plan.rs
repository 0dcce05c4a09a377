//! The meaning of a transformation string without a source.

use crate::{Hints, OutputRequest, Resolved, Rules, Size, Source, Target, UrlError};

/// A parsed chain of steps.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    warnings: Vec<String>,
}

impl Plan {
    /// Reads the strings of a target.
    pub fn parse(_target: &Target, _rules: &Rules) -> Result<Self, UrlError> {
        Ok(Self::default())
    }

    /// `false`: no transformation was asked for, only optimisation applies.
    pub fn is_explicit(&self) -> bool {
        false
    }

    /// `orig-true`: the source bytes are to be delivered unchanged.
    pub fn is_original(&self) -> bool {
        false
    }

    /// `w-auto` stands somewhere, so the response varies by `Sec-CH-Width`.
    pub fn uses_width_hint(&self) -> bool {
        false
    }

    /// `dpr-auto` stands somewhere, so the response varies by `Sec-CH-DPR`.
    pub fn uses_dpr_hint(&self) -> bool {
        false
    }

    /// Sentences for `ik-warning`. ASCII.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Items of the string that have no effect, as written.
    pub fn ignored(&self) -> &[String] {
        &[]
    }

    /// Exact sizes and pixel operations for one source.
    pub fn resolve(&self, source: &Source, _hints: &Hints) -> Result<Resolved, UrlError> {
        let size = Size { width: source.width, height: source.height };
        Ok(Resolved {
            orient: false,
            source: size,
            steps: Vec::new(),
            size,
            output: OutputRequest::default(),
            original: false,
            warnings: Vec::new(),
            content_dpr: None,
        })
    }
}
