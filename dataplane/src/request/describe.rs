//! What is told of a file in place of the file, for the metadata API.
//!
//! Of the original as `orig-true` would deliver it where the URL asks for no transformation, else of what is made of it.
//! Who asks is the endpoint's owner: no signature is judged, no rule on clients counts, and private files are open. All
//! else is as for any request: the same fetches, the same cache, the same queue and bounds.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::request::Parts;
use imgplane_origins::Body;
use imgplane_pixels::{Description, Facts, Format, Limits, Subject, inspect, sniff};
use imgplane_urls::{Plan, Route, Target};

use super::{
    delivery::Content,
    fetch::{self, Fetcher, Source},
    flight::Arrival,
    name::file_name,
    obtain::{self, Context, obtain},
    plan::{self, Planned},
    produce::on_worker,
    product::Hold,
    trace::Trace,
};
use crate::{
    admission::Busy,
    error::Failure,
    metrics::RefusedLabels,
    server::App,
    state::{Endpoint, State, rules},
};

/// How much of a file is read that is not decoded: the size of a drawing stands at its beginning.
const BEGINNING: usize = 64 << 10;

/// What is told of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileFacts {
    /// Its bytes; `None` where its origin does not say.
    pub(crate) size: Option<u64>,
    /// The extension of its format; of what is no picture, that of its name.
    pub(crate) format: Option<String>,
    /// What is told of a picture.
    pub(crate) picture: Option<(Facts, Description)>,
}

/// A file that is looked into.
enum File {
    /// All of it.
    Whole(Bytes, Hold),
    /// On its way, with its length where that is known.
    Stream(Body, Option<u64>),
}

/// Tells of the file that a URL asks for. `asked` is the request as its owner would make it.
pub(crate) async fn describe(
    app: &Arc<App>,
    state: Arc<State>,
    endpoint: Arc<Endpoint>,
    route: &Route<'_>,
    asked: &Parts,
    trace: &mut Trace,
) -> Result<FileFacts, Failure> {
    trace.endpoint = Some(Arc::clone(&endpoint));
    let context = Context { app: Arc::clone(app), state, endpoint };
    let outcome = told(&context, route, asked, trace).await;
    outcome.inspect_err(|failure| {
        trace.detail = failure.detail().or_else(|| failure.ik_error());
        if let Failure::Overload(Busy { reason, .. }) = failure {
            let labels = RefusedLabels { endpoint: context.endpoint.label.clone(), reason: reason.as_str() };
            app.metrics.refused.get_or_create(&labels).inc();
        }
    })
}

async fn told(
    context: &Context,
    route: &Route<'_>,
    asked: &Parts,
    trace: &mut Trace,
) -> Result<FileFacts, Failure> {
    let planned = plan::plan_for_owner(&context.endpoint, route, asked)?;
    let name = file_name(&planned.target.resource);
    let file = if planned.plan.is_explicit() && !planned.plan.is_original() {
        result(context, planned, asked, trace).await?
    } else {
        original(context, planned, asked, trace).await?
    };
    match file {
        File::Whole(bytes, hold) => whole(context, &name, bytes, hold, trace).await,
        File::Stream(body, length) => beginning(&name, body, length).await,
    }
}

/// What is made of the original.
async fn result(
    context: &Context,
    planned: Planned,
    asked: &Parts,
    trace: &mut Trace,
) -> Result<File, Failure> {
    let made = obtain(context, &Arc::new(planned), asked, trace).await?;
    match made.delivery.content {
        Content::Bytes(bytes, hold) => Ok(File::Whole(bytes, hold)),
        Content::Stream(body, length) => Ok(File::Stream(body, length)),
        Content::Compressed(_) | Content::Part(..) => {
            Err(Failure::Internal("a part was not asked for".to_owned()))
        }
    }
}

/// The original: as it was kept, else together with whoever fetches it now.
async fn original(
    context: &Context,
    planned: Planned,
    asked: &Parts,
    trace: &mut Trace,
) -> Result<File, Failure> {
    let target = Target { strings: vec!["orig-true".to_owned()], ..planned.target };
    let plan = Plan::parse(&target, &rules(&context.endpoint.config))?;
    let planned = Arc::new(Planned { target, plan, ..planned });
    if let Some(product) = obtain::kept(context, &planned, asked, trace).await {
        return Ok(File::Whole(product.entry.body.clone(), product.hold));
    }
    let order = fetch::order(context, &planned, asked);
    let fetcher = Fetcher { context, planned: &planned, headers: &asked.headers, order: &order };
    let unasked = || Failure::Internal("an original was asked for and something else came".to_owned());
    match fetcher.arrival(trace).await? {
        Arrival::Whole(original) => Ok(File::Whole(original.bytes.clone(), Hold::Original(original))),
        Arrival::Stream(stream) => match fetcher.take(&stream, trace).await? {
            Source::Pass(passing) => {
                let length = passing.fetched.meta.content_length;
                Ok(File::Stream(passing.fetched.body, length))
            }
            Source::Image(_) => Err(unasked()),
        },
        Arrival::Known(_) => Err(unasked()),
    }
}

async fn whole(
    context: &Context,
    name: &str,
    bytes: Bytes,
    hold: Hold,
    trace: &mut Trace,
) -> Result<FileFacts, Failure> {
    let Context { app, state, endpoint } = context;
    let size = Some(bytes.len() as u64);
    let Ok(facts) = inspect(&bytes) else { return Ok(FileFacts::of_name(name, size)) };
    let limits = Limits { max_pixels: endpoint.config.limits.max_pixels, ..Limits::default() };
    let subject = Arc::new(Subject::new(bytes, facts.clone(), limits, app.jpeg_decoder));
    let looked_at = Arc::clone(&subject);
    let waited = match &hold {
        Hold::Original(original) => original.waited,
        Hold::Result(_) | Hold::Cache => Duration::ZERO,
    };
    let look = move |cancelled: &dyn Fn() -> bool| {
        let _hold = hold;
        looked_at.describe(cancelled)
    };
    let description = match on_worker(app, state, endpoint, (subject.estimate(), waited), look, trace).await {
        // More than this pod can ever decode: what the header says is told all the same.
        Err(Failure::Limit(_)) => Ok(subject.outline()),
        outcome => outcome,
    };
    Ok(FileFacts::of_picture(size, facts, description?))
}

/// Looks into the beginning of a file that is not decoded.
async fn beginning(name: &str, mut body: Body, length: Option<u64>) -> Result<FileFacts, Failure> {
    let mut start = BytesMut::new();
    while start.len() < BEGINNING
        && let Some(piece) = body.next().await
    {
        start.extend_from_slice(&piece?);
        if sniff(&start) != Some(Format::Svg) {
            break;
        }
    }
    let facts = inspect(&start).ok().filter(|facts| facts.format == Format::Svg);
    Ok(match facts {
        Some(facts) => FileFacts::of_picture(length, facts, Description::default()),
        None => FileFacts::of_name(name, length),
    })
}

impl FileFacts {
    fn of_picture(size: Option<u64>, facts: Facts, description: Description) -> Self {
        let format = Some(facts.format.extension().to_owned());
        Self { size, format, picture: Some((facts, description)) }
    }

    fn of_name(name: &str, size: Option<u64>) -> Self {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        Self { size, format: extension.filter(|extension| !extension.is_empty()), picture: None }
    }
}
