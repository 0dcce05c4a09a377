//! Phase five: the picture. Reads the header, refuses what is too large, resolves sizes, waits for a worker and memory,
//! and lets the worker decode, transform and encode.

mod layers;
mod mapping;
mod measure;
mod part;
mod run;

use std::{sync::Arc, time::SystemTime};

use imgplane_config::{EndpointConfig, MetadataPolicy};
use imgplane_origins::Failure as OriginFailure;
use imgplane_pixels::{
    Facts, Format, FormatChoice, Job, Limits, Part, PixelError, admit, has_metadata, inspect,
};
use imgplane_urls::{FormatRequest, Resolved, Source};

pub use self::part::frame_number;
pub(super) use self::run::on_worker;
use self::{layers::Files, run::Finished};
use super::{
    accept::Accept,
    conditional::Validators,
    delivery::Of,
    name::file_name,
    obtain::Context,
    original::{Order, Original},
    plan::Planned,
    product::{ContentDpr, Entry, Head, Hold, Product, Subject, Version, milliseconds},
    trace::Trace,
    unchanged,
};
use crate::{error::Failure, state::Endpoint};

/// Makes the picture that the URL asks for, or takes the original where nothing is to be done with it. `order`: by which
/// the original was asked for.
pub(super) async fn produce(
    context: &Context,
    planned: &Planned,
    original: Arc<Original>,
    accept: Accept,
    order: &Order,
    trace: &mut Trace,
) -> Result<Product, Failure> {
    let outcome = transform(context, planned, &original, accept, order, trace).await;
    let made = match outcome {
        Ok(Outcome::Picture(picture)) => Ok(picture),
        Ok(Outcome::Original { asked, negotiated }) => Err((asked, negotiated)),
        // Only automatic optimisation would have applied: it must not take away a file that was delivered before.
        Err(failure) if failure.is_undecodable() && !planned.plan.is_explicit() => {
            trace.detail = failure.detail().or_else(|| failure.ik_error());
            Err((false, false))
        }
        Err(failure) => return Err(failure),
    };
    let subject = Subject::of(&context.endpoint, planned, order.purged);
    Ok(match made {
        Ok(picture) => picture.product(context, planned, &original, subject),
        Err(why) => kept(why, planned, original, subject),
    })
}

/// What became of an original.
enum Outcome {
    /// A picture.
    Picture(Box<Picture>),
    /// Nothing is to be done with it. `asked`: the transformation says so, else there is nothing that it would change.
    /// `negotiated`: for another `Accept` there may be.
    Original { asked: bool, negotiated: bool },
}

/// A picture that was made.
struct Picture {
    resolved: Resolved,
    finished: Finished,
    /// What was drawn on it.
    files: Files,
    /// `Accept` had a say in its format.
    negotiated: bool,
}

async fn transform(
    context: &Context,
    planned: &Planned,
    original: &Arc<Original>,
    accept: Accept,
    order: &Order,
    trace: &mut Trace,
) -> Result<Outcome, Failure> {
    let Context { app, state, endpoint } = context;
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
    let part = part::of(planned, &facts)?;
    let animated = facts.frames > 1 && part == Part::All;
    if !animated {
        admit(&facts, &limits)?;
    }
    let files = Files::fetch(context, planned, order, &limits, trace).await?;
    let subject =
        measure::Subject { source: &source, facts: &facts, part, original, files: &files, limits: &limits };
    let resolved = measure::resolve(context, planned, subject, trace).await?;
    let drawn = facts.format != Format::Svg || unchanged::asks_for_pixels(&resolved);
    if resolved.original || !drawn {
        return Ok(Outcome::Original { asked: resolved.original, negotiated: false });
    }
    let (format, negotiated) = choose_format(endpoint, &resolved, &facts, accept);
    if animated {
        let carries = !keeps_profile(endpoint, &resolved) && facts.has_profile
            || !keeps_metadata(endpoint, &resolved) && has_metadata(&original.bytes, &facts);
        if !carries && keeps_pixels(&resolved, facts.format, config, accept.webp) {
            return Ok(Outcome::Original { asked: false, negotiated });
        }
        admit(&facts, &limits)?;
    }
    let job = Job {
        source: original.bytes.clone(),
        facts,
        orient: resolved.orient,
        operations: mapping::operations(&resolved.steps, &files)?,
        output: mapping::output(app, endpoint, planned, &resolved, format),
        limits,
        part,
    };
    let mut held = files.originals();
    held.push(Arc::clone(original));
    let finished = run::run(app, state, endpoint, job, (held, original.waited), trace).await?;
    Ok(Outcome::Picture(Box::new(Picture { resolved, finished, files, negotiated })))
}

/// Whether nothing asks for pixels of an animation of this format, so that it can be delivered as it is: no step does
/// anything, and its format is what the client would get. An APNG counts as what every client takes.
pub fn keeps_pixels(
    resolved: &Resolved,
    source: Format,
    endpoint: &EndpointConfig,
    accepts_webp: bool,
) -> bool {
    let negotiated = accepts_webp == (source == Format::Webp);
    let same_format = match resolved.output.format {
        Some(FormatRequest::Source) => true,
        Some(FormatRequest::Gif) if source == Format::Gif => true,
        Some(FormatRequest::Auto) => negotiated,
        None | Some(FormatRequest::Svg | FormatRequest::Gif) => {
            !endpoint.optimization.auto_format || negotiated
        }
        Some(FormatRequest::Webp) => source == Format::Webp,
        Some(FormatRequest::Jpeg | FormatRequest::Png | FormatRequest::Avif) => false,
    };
    same_format && resolved.steps.iter().all(|step| step.operations.is_empty() && step.layers.is_empty())
}

/// Chooses the output format. The second value tells whether `Accept` had a say in it.
fn choose_format(
    endpoint: &Endpoint,
    resolved: &Resolved,
    facts: &Facts,
    accept: Accept,
) -> (FormatChoice, bool) {
    let optimization = &endpoint.config.optimization;
    // Both are documented: AVIF keeps no profile, and is not made of what an unsharp mask was laid on.
    let no_avif = keeps_profile(endpoint, resolved) || resolved.has_unsharp_mask();
    let negotiated = |avif: bool| {
        let avif = avif && optimization.auto_avif && accept.avif && !no_avif;
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
        Some(FormatRequest::Avif) if no_avif => negotiated(false),
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

impl Picture {
    fn product(self, context: &Context, planned: &Planned, original: &Original, subject: Subject) -> Product {
        let Self { resolved, finished: Finished { produced, etag }, files, negotiated } = self;
        // Those of the plan depend on how the URL spells it.
        let own = resolved.warnings.into_iter().skip(planned.plan.warnings().len());
        let content_dpr = match resolved.content_dpr {
            Some(_) if resolved.width_hinted => Some(ContentDpr::OfWidth(resolved.size.width)),
            other => other.map(ContentDpr::Is),
        };
        // A result is small beside what it was made from; where even that is taken, it is not held up.
        let Context { state, endpoint, .. } = context;
        let hold = state.admission.try_hold(&endpoint.claim, produced.bytes.len() as u64);
        let head = Head {
            subject,
            made: milliseconds(SystemTime::now()),
            of: Of::Picture,
            origin: original.origin.id().clone(),
            // An origin that says that the picture is the same says nothing of what was drawn on it.
            version: if files.is_empty() { Version::of(&original.meta) } else { Version::default() },
            lifetime: files.shortest(original.meta.lifetime.into()),
            is_private: original.meta.is_private || files.any_private(),
            content_type: produced.format.content_type().to_owned(),
            content_encoding: None,
            compressible: false,
            validators: Validators { etag: Some(etag), last_modified: original.meta.last_modified.clone() },
            negotiated,
            content_dpr,
            link: original.origin.canonical(&planned.target.resource),
            warnings: own.chain(produced.warnings).collect(),
            took: None,
            custom_coordinates: None,
        };
        Product {
            // What an encoder took beyond the picture would be kept and not counted.
            entry: Arc::new(Entry { head, body: produced.bytes.into_boxed_slice().into() }),
            hold: Hold::Result(hold.map(Arc::new)),
        }
    }
}

/// The original as it is.
fn kept(
    (asked, negotiated): (bool, bool),
    planned: &Planned,
    original: Arc<Original>,
    subject: Subject,
) -> Product {
    let resource = &planned.target.resource;
    let (validators, content_type) = unchanged::keep(&file_name(resource), &original);
    let head = Head {
        subject,
        made: milliseconds(SystemTime::now()),
        of: Of::Original { asked },
        origin: original.origin.id().clone(),
        version: Version::of(&original.meta),
        lifetime: original.meta.lifetime.into(),
        is_private: original.meta.is_private,
        content_type,
        content_encoding: None,
        compressible: false,
        validators,
        negotiated,
        content_dpr: None,
        link: original.origin.canonical(resource),
        warnings: Vec::new(),
        took: None,
        custom_coordinates: None,
    };
    Product { entry: Arc::new(Entry { head, body: original.bytes.clone() }), hold: Hold::Original(original) }
}
