//! The meaning of a transformation string without a source: values read, features that are missing named, everything
//! without effect listed.
//!
//! Errors come in this order: syntax and bad values (400) first, from [`Plan::parse`]; then features that are not there
//! yet (403), from [`Plan::check_supported`], so that a wrong URL is never blamed on a missing feature.

mod findings;
mod layer;
mod legacy;
mod normal;
mod reader;
mod sources;
mod step;

use crate::named::{self, Parsed};
use crate::resolve;
use crate::syntax::Chain;
use crate::{
    FormatRequest, Hints, LayerFacts, LayerSource, NamedTransformations, Page, Resolved, Rules, Source,
    SourceKind, Suffix, Target, UnknownLayers, UrlError,
};
use findings::Findings;
use reader::{HintUse, Reader};

pub(crate) use layer::{Along, BlendMode, Block, Content, Layer, Placement, Text};
pub(crate) use step::{Choice, Geometry, Step, Work};

/// A parsed chain of steps, good for any source.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    steps: Vec<Step>,
    intent: Intent,
    /// `rt-auto` stands somewhere.
    orient: bool,
    hints: HintUse,
    /// Raw path of the picture that takes the place of a missing one.
    default_image: Option<String>,
    warnings: Vec<String>,
    ignored: Vec<String>,
    missing: Option<&'static str>,
    uses_model: bool,
    page: Option<Page>,
}

/// What a string is after, whatever the source.
#[derive(Debug, Clone, Copy, Default)]
struct Intent {
    /// Some parameter asks for something.
    explicit: bool,
    /// `orig-true` stands in the base chain.
    original: bool,
    /// Named transformations are all that stands in the string, and there is one.
    named: bool,
}

impl Plan {
    /// Reads the strings of a target at an endpoint without named transformations; else as [`Plan::parse_named`].
    ///
    /// # Errors
    /// As there.
    pub fn parse(target: &Target, rules: &Rules) -> Result<Self, UrlError> {
        Self::parse_named(target, rules, &NamedTransformations::default())
    }

    /// Reads the strings of a target. Fails with `EINVAL` for syntax errors and bad values, `ELIMIT` for more steps,
    /// layers or bytes than allowed. What is right and not executed yet is no error here: see [`Plan::missing`].
    pub fn parse_named(
        target: &Target,
        rules: &Rules,
        named: &NamedTransformations,
    ) -> Result<Self, UrlError> {
        let text = target.strings.join(":");
        let Parsed { chain, texts, all_named } = named::parse(&text, named, None)?;
        let mut findings = Findings::new(texts, *rules);
        if target.source == SourceKind::Prompt {
            findings.missing("ik-genimg (text to image)");
        }
        if let Some(suffix) = target.suffix.filter(|suffix| *suffix != Suffix::Thumbnail) {
            findings.missing(suffix.as_str());
        }
        let mut plan = Self::read(&chain, findings, all_named, target.suffix)?;
        plan.uses_model |= target.source == SourceKind::Prompt;
        // The suffix asks for a picture.
        plan.intent.explicit |= target.suffix == Some(Suffix::Thumbnail);
        Ok(plan)
    }

    /// Reads a string alone, `within` the stored transformation of that name.
    pub(crate) fn of_text(
        text: &str,
        rules: Rules,
        named: &NamedTransformations,
        within: Option<&str>,
    ) -> Result<Self, UrlError> {
        let Parsed { chain, texts, all_named } = named::parse(text, named, within)?;
        Self::read(&chain, Findings::new(texts, rules), all_named, None)
    }

    fn read(
        chain: &Chain<'_>,
        findings: Findings<'_>,
        all_named: bool,
        suffix: Option<Suffix>,
    ) -> Result<Self, UrlError> {
        let named = all_named && !chain.steps.is_empty();
        if reader::asks_for_original(chain) {
            let missing = findings.first_missing();
            let intent = Intent { explicit: true, original: true, named };
            let default_image = reader::default_image(chain);
            return Ok(Self { intent, default_image, missing, ..Self::default() });
        }
        let mut reader = Reader::new(findings, suffix == Some(Suffix::Thumbnail));
        let steps = reader.base(chain)?;
        let Reader { findings, explicit, orient, hints, default_image, models, page, .. } = reader;
        let missing = findings.first_missing();
        let (warnings, ignored) = findings.finish();
        let intent = Intent { explicit, original: false, named };
        let uses_model = models > 0;
        Ok(Self { steps, intent, orient, hints, default_image, warnings, ignored, missing, uses_model, page })
    }

    /// The first feature asked for that this server does not execute, as a noun.
    pub fn missing(&self) -> Option<&'static str> {
        self.missing
    }

    /// Fails with `EFEATURE` when a feature is missing: such a plan resolves to sizes, but its operations are not all
    /// there.
    pub fn check_supported(&self) -> Result<(), UrlError> {
        self.missing.map_or(Ok(()), |what| Err(UrlError::feature(what)))
    }

    /// Some parameter asks for work of a model, which endpoints may keep for signed URLs.
    pub fn uses_model(&self) -> bool {
        self.uses_model
    }

    /// Which page, frame or layer is wanted, where the suffix `ik-thumbnail.jpg` asks for one.
    pub fn page(&self) -> Page {
        self.page.unwrap_or(Page::FIRST)
    }

    /// `false`: no transformation was asked for, only optimisation applies.
    pub fn is_explicit(&self) -> bool {
        self.intent.explicit
    }

    /// The string consists of named transformations, one or more, and of nothing else: it is the endpoint's own, and
    /// needs no signature for a private file.
    pub fn is_named(&self) -> bool {
        self.intent.named
    }

    /// Raw path of the picture to deliver where the wanted one is missing (`di`). Counts also in a branch that is not
    /// taken.
    pub fn default_image(&self) -> Option<&str> {
        self.default_image.as_deref()
    }

    /// `orig-true` stands in the base chain: the source bytes are to be delivered unchanged. In a branch of a
    /// condition it depends on the source, see [`Resolved::original`].
    pub fn is_original(&self) -> bool {
        self.intent.original
    }

    /// The output format is the string's own choice, whatever the source is and the client takes.
    pub fn ignores_accept(&self) -> bool {
        let mut format = None;
        for step in &self.steps {
            match step {
                Step::Work(work) => format = work.output.format.or(format),
                Step::Choice(_) => return false,
            }
        }
        match format {
            Some(FormatRequest::Jpeg | FormatRequest::Png | FormatRequest::Webp | FormatRequest::Source) => {
                true
            }
            // AVIF gives way where the colour profile has to stay, SVG and GIF where the source is another format.
            Some(FormatRequest::Avif | FormatRequest::Auto | FormatRequest::Svg | FormatRequest::Gif)
            | None => false,
        }
    }

    /// `rt-auto` stands somewhere, so the EXIF orientation is applied even where the endpoint does not.
    pub fn orients(&self) -> bool {
        self.orient
    }

    /// `w-auto` stands somewhere, so the response varies by `Sec-CH-Width`, and its `Content-DPR` by `Sec-CH-DPR`.
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

    /// What has to be fetched before the plan can be drawn: files of image layers and fonts, of all branches, in the
    /// order of the string, each layer before those inside it. One file may stand in it more than once.
    pub fn layer_sources(&self) -> Vec<LayerSource<'_>> {
        let mut sources = Vec::new();
        sources::of_steps(&self.steps, &mut sources);
        sources
    }

    /// The whole plan in its normal spelling: a string that gives the same steps at any endpoint, behind the same
    /// suffix. Names and old overlay parameters are replaced by what they stand for, parameters without effect are left
    /// out. It can be longer than the longest string that is read.
    pub fn normal(&self) -> String {
        if self.intent.original {
            normal::original(self.default_image.as_deref())
        } else {
            normal::steps(&self.steps)
        }
    }

    /// Exact sizes and pixel operations for one source, as far as they do not depend on the files of layers; see
    /// [`Self::resolve_with`].
    pub fn resolve(&self, source: &Source, hints: &Hints) -> Result<Resolved, UrlError> {
        self.resolve_with(source, hints, &UnknownLayers)
    }

    /// Exact sizes and pixel operations for one source. Of a plan that is not supported the sizes are exact as far as
    /// pixels do not decide them, which notes of its steps say, and the operations that nobody executes are left out.
    ///
    /// # Errors
    /// `EINVAL` for expressions that give no size and regions that leave the image, `ELIMIT` when the image after some
    /// step has more than [`Source::max_pixels`], `ENOENT` when the file of a layer is absent.
    pub fn resolve_with(
        &self,
        source: &Source,
        hints: &Hints,
        facts: &dyn LayerFacts,
    ) -> Result<Resolved, UrlError> {
        let mut resolved = resolve::resolve(&self.steps, self.orient, source, hints, facts)?;
        resolved.original |= self.intent.original;
        resolved.warnings.splice(..0, self.warnings.iter().cloned());
        Ok(resolved)
    }
}
