//! The meaning of a transformation string without a source: values read, features that are missing named, everything
//! without effect listed.
//!
//! Errors come in this order: syntax and bad values (400) first, then features that are not there yet (403), so that
//! a wrong URL is never blamed on a missing feature.

mod findings;
mod layer;
mod reader;
mod step;

use crate::resolve;
use crate::{Hints, Resolved, Rules, Source, SourceKind, Target, UrlError, syntax};
use findings::Findings;
use reader::{HintUse, Reader};

pub(crate) use step::{Choice, Geometry, Step, Work};

/// A parsed chain of steps, good for any source.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    steps: Vec<Step>,
    explicit: bool,
    original: bool,
    /// `rt-auto` stands somewhere.
    orient: bool,
    hints: HintUse,
    warnings: Vec<String>,
    ignored: Vec<String>,
}

impl Plan {
    /// Reads the strings of a target. Fails with `EINVAL` for syntax errors and bad values, `ELIMIT` for more steps,
    /// layers or bytes than allowed, `EFEATURE` for what is right but not executed yet.
    pub fn parse(target: &Target, rules: &Rules) -> Result<Self, UrlError> {
        let text = target.strings.join(":");
        let chain = syntax::parse(&text)?;
        let mut findings = Findings::new(&text, *rules);
        if target.source == SourceKind::Prompt {
            findings.missing("ik-genimg (text to image)");
        }
        if let Some(suffix) = target.suffix {
            findings.missing(suffix.as_str());
        }
        if reader::asks_for_original(&chain) {
            findings.fail_on_missing()?;
            return Ok(Self { explicit: true, original: true, ..Self::default() });
        }
        let mut reader = Reader::new(findings);
        let steps = reader.base(&chain)?;
        let Reader { findings, explicit, orient, hints } = reader;
        findings.fail_on_missing()?;
        let (warnings, ignored) = findings.finish();
        Ok(Self { steps, explicit, original: false, orient, hints, warnings, ignored })
    }

    /// `false`: no transformation was asked for, only optimisation applies.
    pub fn is_explicit(&self) -> bool {
        self.explicit
    }

    /// `orig-true` stands in the base chain: the source bytes are to be delivered unchanged. In a branch of a
    /// condition it depends on the source, see [`Resolved::original`].
    pub fn is_original(&self) -> bool {
        self.original
    }

    /// `w-auto` stands somewhere, so the response varies by `Sec-CH-Width`.
    pub fn uses_width_hint(&self) -> bool {
        self.hints.width
    }

    /// `dpr-auto` stands somewhere, so the response varies by `Sec-CH-DPR`.
    pub fn uses_dpr_hint(&self) -> bool {
        self.hints.dpr
    }

    /// Sentences for `ik-warning`; ASCII, at most eleven of them.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Items of the string that have no effect, as written.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Exact sizes and pixel operations for one source. Fails with `EINVAL` for expressions that give no size and
    /// regions that leave the image, with `ELIMIT` when the image after some step has more than
    /// [`Source::max_pixels`].
    pub fn resolve(&self, source: &Source, hints: &Hints) -> Result<Resolved, UrlError> {
        let mut resolved = resolve::resolve(&self.steps, self.orient, source, hints)?;
        resolved.original |= self.original;
        resolved.warnings.splice(..0, self.warnings.iter().cloned());
        Ok(resolved)
    }
}
