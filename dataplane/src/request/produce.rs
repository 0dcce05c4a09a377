//! Phase five: the picture. Reads the header, refuses what is too large, resolves sizes, waits for a worker and memory,
//! and lets the worker decode, transform and encode.

mod mapping;
mod run;

use std::sync::Arc;

use imgplane_config::MetadataPolicy;
use imgplane_origins::Failure as OriginFailure;
use imgplane_pixels::{Facts, Format, FormatChoice, Job, Limits, PixelError, admit, inspect};
use imgplane_urls::{FormatRequest, Resolved, Source};

use self::run::Finished;
use super::{
    accept::Accept,
    conditional::Validators,
    delivery::{Content, Delivery, Hold, Made, Of},
    original::Original,
    plan::Planned,
    trace::Trace,
    unchanged,
};
use crate::{
    error::Failure,
    server::App,
    state::{Endpoint, State},
};

/// Makes the picture that the URL asks for, or delivers the original where nothing is to be done with it.
pub(super) async fn produce(
    app: &App,
    state: &State,
    endpoint: &Endpoint,
    planned: &Planned,
    original: Arc<Original>,
    accept: Accept,
    trace: &mut Trace,
) -> Result<Made, Failure> {
    let outcome = transform(app, state, endpoint, planned, &original, accept, trace).await;
    let asked = match outcome {
        Ok(Outcome::Picture(delivery)) => return Ok(Made { delivery: *delivery, of: Of::Picture }),
        Ok(Outcome::Original { asked }) => asked,
        // Only automatic optimisation would have applied: it must not take away a file that was delivered before.
        Err(failure) if failure.is_undecodable() && !planned.plan.is_explicit() => {
            trace.detail = failure.detail().or_else(|| failure.ik_error());
            false
        }
        Err(failure) => return Err(failure),
    };
    Ok(Made { delivery: unchanged::keep(planned, &original), of: Of::Original { asked } })
}

/// What became of an original.
enum Outcome {
    /// A picture.
    Picture(Box<Delivery>),
    /// Nothing is to be done with it. `asked`: the transformation says so, else there is nothing that it would change.
    Original { asked: bool },
}

async fn transform(
    app: &App,
    state: &State,
    endpoint: &Endpoint,
    planned: &Planned,
    original: &Arc<Original>,
    accept: Accept,
    trace: &mut Trace,
) -> Result<Outcome, Failure> {
    let config = &endpoint.config;
    let facts = inspect(&original.bytes).map_err(|error| match error {
        PixelError::Undecodable { format: None, .. } => {
            let what = error.to_string();
            Failure::Undecodable(OriginFailure::undecodable(&original.bytes, false, &what))
        }
        error => error.into(),
    })?;
    let source = Source {
        width: facts.width,
        height: facts.height,
        orientation: facts.orientation,
        auto_orient: config.optimization.auto_orient,
        max_pixels: config.limits.max_pixels,
    };
    let limits = Limits { max_pixels: config.limits.max_pixels, ..Limits::default() };
    // What is not decoded costs nothing, however many pixels it has.
    let animated = facts.frames > 1;
    if !animated {
        admit(&facts, &limits)?;
    }
    let resolved = planned.plan.resolve(&source, &planned.hints)?;
    if resolved.original || (animated && keeps_pixels(&resolved, facts.format)) {
        return Ok(Outcome::Original { asked: resolved.original });
    }
    if animated {
        admit(&facts, &limits)?;
    }

    let (format, varies) = choose_format(endpoint, &resolved, &facts, accept);
    let job = Job {
        source: original.bytes.clone(),
        facts,
        orient: resolved.orient,
        operations: mapping::operations(&resolved),
        output: mapping::output(app, endpoint, planned, &resolved, format),
        limits,
    };
    let finished = run::run(app, state, endpoint, job, Arc::clone(original), trace).await?;
    let delivery = delivery(state, planned, endpoint, original, resolved, finished, varies);
    Ok(Outcome::Picture(Box::new(delivery)))
}

/// Whether nothing asks for pixels, so that an animation of this format can stay one.
pub fn keeps_pixels(resolved: &Resolved, source: Format) -> bool {
    let same_format = match resolved.output.format {
        None
        | Some(FormatRequest::Auto | FormatRequest::Source | FormatRequest::Svg | FormatRequest::Gif) => true,
        Some(FormatRequest::Webp) => source == Format::Webp,
        Some(FormatRequest::Jpeg | FormatRequest::Png | FormatRequest::Avif) => false,
    };
    same_format && resolved.steps.iter().all(|step| step.operations.is_empty())
}

/// Chooses the output format. The second value tells whether `Accept` had a say in it.
fn choose_format(
    endpoint: &Endpoint,
    resolved: &Resolved,
    facts: &Facts,
    accept: Accept,
) -> (FormatChoice, bool) {
    let optimization = &endpoint.config.optimization;
    let keeps_profile = keeps_profile(endpoint, resolved);
    let negotiated = |avif: bool| {
        let avif = avif && optimization.auto_avif && accept.avif && !keeps_profile;
        (FormatChoice::Negotiated { avif, webp: accept.webp }, true)
    };
    let fixed = |format| (FormatChoice::Fixed(format), false);
    let automatic = || {
        if optimization.auto_format { negotiated(true) } else { (FormatChoice::Source, false) }
    };
    match resolved.output.format {
        Some(FormatRequest::Jpeg) => fixed(Format::Jpeg),
        Some(FormatRequest::Png) => fixed(Format::Png),
        Some(FormatRequest::Webp) => fixed(Format::Webp),
        // AVIF cannot keep a profile: it is then negotiated without AVIF.
        Some(FormatRequest::Avif) if keeps_profile => negotiated(false),
        Some(FormatRequest::Avif) => fixed(Format::Avif),
        Some(FormatRequest::Gif) if facts.format == Format::Gif => fixed(Format::Gif),
        Some(FormatRequest::Source) => (FormatChoice::Source, false),
        Some(FormatRequest::Auto) => negotiated(true),
        // Only an SVG can become SVG, and only a GIF can become GIF; elsewhere the wish is ignored.
        None | Some(FormatRequest::Svg | FormatRequest::Gif) => automatic(),
    }
}

/// Whether the colour profile stays: the URL decides, else the endpoint. Keeping all metadata includes it.
fn keeps_profile(endpoint: &Endpoint, resolved: &Resolved) -> bool {
    let policy = endpoint.config.optimization.metadata;
    let by_default = keeps_metadata(endpoint, resolved) || policy == MetadataPolicy::ColorProfile;
    resolved.output.color_profile.unwrap_or(by_default)
}

fn keeps_metadata(endpoint: &Endpoint, resolved: &Resolved) -> bool {
    let policy = endpoint.config.optimization.metadata;
    resolved.output.metadata.unwrap_or(policy == MetadataPolicy::All)
}

fn delivery(
    state: &State,
    planned: &Planned,
    endpoint: &Endpoint,
    original: &Original,
    resolved: Resolved,
    finished: Finished,
    varies: bool,
) -> Delivery {
    let Finished { produced, etag } = finished;
    let plan = &planned.plan;
    let mut vary = Vec::new();
    if varies {
        vary.push("Accept");
        if !endpoint.config.accept_overrides.is_empty() {
            vary.push("User-Agent");
        }
    }
    if endpoint.config.optimization.data_saver.is_some() {
        vary.push("Save-Data");
    }
    if plan.uses_dpr_hint() {
        vary.push("Sec-CH-DPR");
    }
    if plan.uses_width_hint() {
        vary.push("Sec-CH-Width");
    }
    let mut warnings = resolved.warnings;
    warnings.extend(produced.warnings);
    // A result is small beside what it was made from; where even that is taken, it is not held up.
    let hold = state.admission.originals().try_reserve(produced.bytes.len() as u64).ok().flatten();
    Delivery {
        content: Content::Bytes(produced.bytes.into(), Hold::Result(hold)),
        content_type: produced.format.content_type().to_owned(),
        content_encoding: None,
        compressible: false,
        validators: Validators { etag: Some(etag), last_modified: original.meta.last_modified.clone() },
        vary,
        content_dpr: resolved.content_dpr,
        link: original.origin.canonical(&planned.target.resource),
        warnings,
        download_name: planned.target.download_name.clone(),
        accepts_ranges: true,
        cache_control: String::new(),
        instead_of: None,
    }
}
