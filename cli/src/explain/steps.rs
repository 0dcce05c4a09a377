//! The steps of a plan and what comes out, as far as a server gets with this original.

use imgplane_config::EndpointConfig;
use imgplane_dataplane::{check_supported, draws_svg, passes_by_name};
use imgplane_pixels::Format;
use imgplane_urls::{Hints, Plan, Resolved, ResolvedStep, Source, SourceKind, Suffix, Target};

use super::{
    answer::{Answer, ErrorAnswer, OutputAnswer, Step, Unchanged},
    output,
    source::{self, Original},
};

/// What is asked for, and of whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// The parts of the URL.
    pub(super) target: &'a Target,
    /// What its transformation means.
    pub(super) plan: &'a Plan,
    /// Settings of the endpoint.
    pub(super) endpoint: &'a EndpointConfig,
    /// The Accept header.
    pub(super) accept: &'a str,
}

impl Question<'_> {
    /// Fills in steps and output. What is right and not done yet is said once everything else is.
    pub(super) fn fill(&self, answer: &mut Answer, original: Original) -> Result<(), ErrorAnswer> {
        answer.ignored = self.plan.ignored().to_vec();
        answer.warnings = self.plan.warnings().to_vec();
        // The server, too, names a missing feature before it looks at the original.
        let supported = check_supported(self.target, self.plan);
        let wants_part = self.target.suffix == Some(Suffix::Thumbnail) && !self.plan.is_original();
        let original = if wants_part {
            supported.clone()?;
            original.part(self.plan.page(), &self.target.resource)?
        } else {
            original
        };
        let outcome = self.of_original(answer, &original);
        answer.source = Some(original);
        supported?;
        outcome
    }

    fn of_original(&self, answer: &mut Answer, original: &Original) -> Result<(), ErrorAnswer> {
        if self.passes(original)? {
            // What would not run cannot fail: the size only tells which branch would have been taken.
            let source = original.source(self.endpoint).unwrap_or_else(|| {
                let [first, ..] = source::assumed(self.endpoint);
                first
            });
            let source = Source { max_pixels: u64::MAX, ..source };
            let resolved = self.plan.resolve(&source, &Hints::default()).ok();
            self.unchanged(answer, resolved.as_ref(), original);
            return Ok(());
        }
        let Some(source) = original.source(self.endpoint) else {
            self.without_size(answer, original);
            return Ok(());
        };
        // What is not decoded costs nothing, however many pixels it has.
        let animated = original.is_animated();
        if !animated {
            original.admit(self.endpoint)?;
        }
        let resolved = self.plan.resolve(&source, &Hints::default())?;
        if output::is_untouched(&resolved, original, self.endpoint, self.accept) {
            self.unchanged(answer, Some(&resolved), original);
            return Ok(());
        }
        if animated {
            original.admit(self.endpoint)?;
        }
        answer.steps = resolved.steps.iter().map(Step::sized).collect();
        answer.output = OutputAnswer::new(&resolved, original, self.endpoint, self.accept);
        answer.warnings.clone_from(&resolved.warnings);
        Ok(())
    }

    /// Whether the file is delivered as it is, whatever its size.
    fn passes(&self, original: &Original) -> Result<bool, ErrorAnswer> {
        let Self { target, plan, .. } = self;
        // From these another file is to be made, of which nothing is known.
        if target.suffix.is_some_and(|suffix| suffix != Suffix::Thumbnail)
            || target.source == SourceKind::Prompt
        {
            return Ok(false);
        }
        if plan.is_original() {
            return Ok(true);
        }
        match original.format {
            Some(Format::Svg) => Ok(!draws_svg(plan, &Hints::default())),
            Some(
                Format::Jpeg
                | Format::Png
                | Format::Webp
                | Format::Avif
                | Format::Gif
                | Format::Tiff
                | Format::Bmp
                | Format::Ico,
            ) => Ok(false),
            None => passes_by_name(target, plan).map_err(|error| ErrorAnswer::of_header(&error)),
        }
    }

    /// Parameters do not depend on the size of the original; sizes do, and so does which branch of a condition runs.
    fn without_size(&self, answer: &mut Answer, original: &Original) {
        let [resolved, others @ ..] =
            source::assumed(self.endpoint).map(|source| self.plan.resolve(&source, &Hints::default()).ok());
        let Some(resolved) = resolved else { return };
        answer.steps = resolved.steps.iter().map(Step::unsized_).collect();
        answer.output = OutputAnswer::new(&resolved, original, self.endpoint, self.accept).without_size();
        let params =
            |steps: &[ResolvedStep]| steps.iter().map(|step| step.params.clone()).collect::<Vec<_>>();
        let differ = others.iter().flatten().any(|other| params(&other.steps) != params(&resolved.steps));
        if let (true, Some(first)) = (differ, answer.steps.first_mut()) {
            first
                .notes
                .push("which steps run depends on the size of the original, which is not known".to_owned());
        }
    }

    /// The file itself is delivered: no step runs.
    fn unchanged(&self, answer: &mut Answer, resolved: Option<&Resolved>, original: &Original) {
        let asked = self.plan.is_original() || resolved.is_some_and(|resolved| resolved.original);
        answer.unchanged = Some(Unchanged { asked });
        answer.steps = resolved.into_iter().flat_map(|resolved| &resolved.steps).map(Step::not_run).collect();
        answer.output = OutputAnswer::unchanged(resolved, original);
    }
}
