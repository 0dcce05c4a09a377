//! Phase four: the original, from the first origin that has it.
//!
//! What is decoded is read whole, and shared between requests that want it at the same time. Everything else is
//! streamed, and a range of it is asked of the origin itself.

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, header, request::Parts};
use imgplane_config::ObjectId;
use imgplane_origins::{Cause, ChainFailure, Code, FetchedStatus, Meta};

use super::{
    flight::{Arrival, Stream},
    kind::{Kind, is_decoded},
    name::file_name,
    obtain::{Context, is_picture},
    original::{FetchError, Found, Order, Original, Passing},
    plan::Planned,
    range,
    saved::{Saving, Tee},
    trace::Trace,
    unchanged,
};
use crate::{
    error::Failure,
    metrics::{OriginLabel, in_seconds},
    peer::{clients_host, is_from_ourselves},
    permission::Unauthorized,
    state::Endpoint,
};

/// What the origins had.
#[derive(Debug)]
pub(super) enum Source {
    /// An image that is decoded.
    Image(Arc<Original>),
    /// A file, or a part of one, that is passed through.
    Pass(Box<Passing>),
}

/// What is asked of the origins for a request.
pub(super) fn order(context: &Context, planned: &Planned, head: &Parts) -> Order {
    let Context { app, state, endpoint } = context;
    let target = &planned.target;
    Order {
        host: wanted_host(context, head).map(str::to_owned),
        from_ourselves: is_from_ourselves(&head.headers),
        own_hosts: Arc::clone(&state.own_hosts),
        negative_ttl: endpoint.config.caching.negative_ttl,
        resource: target.resource.clone(),
        query: target.forwarded_query.clone(),
        name: file_name(&target.resource),
        draws_svg: unchanged::draws_svg(&planned.plan, &planned.hints),
        max_bytes: endpoint.config.limits.max_input_bytes,
        origins: endpoint.origins.clone(),
        claim: endpoint.claim.clone(),
        fetches: app.metrics.fetches.clone(),
        purged: app.purges.known(),
        condition: None,
        file_purged: app.purges.of_file(&endpoint.id, &target.resource, target.forwarded_query.as_deref()),
        reads_whole: false,
        saving: Saving::of(context, planned, wanted_host(context, head)),
    }
}

/// The host that the client asked for, only where it matters: requests that differ in nothing else share their fetch, and
/// what comes of it.
pub(super) fn wanted_host<'a>(context: &Context, head: &'a Parts) -> Option<&'a str> {
    let Context { state, endpoint, .. } = context;
    let wanted =
        is_from_ourselves(&head.headers) || endpoint.origins.iter().any(|origin| origin.wants_host());
    clients_host(head, &state.trusted_proxies).filter(|_| wanted)
}

/// Whether a file is only for requests that show permission.
pub(super) fn is_private(endpoint: &Endpoint, meta: &Meta) -> bool {
    meta.is_private || endpoint.config.security.treat_all_as_private
}

impl Source {
    /// Whether it is a copy that was saved: no origin was asked for it.
    fn is_copy(&self) -> bool {
        match self {
            Self::Image(original) => original.is_copy,
            Self::Pass(passing) => passing.copy.is_some(),
        }
    }

    /// What the origin says of the file.
    pub(super) fn meta(&self) -> &Meta {
        match self {
            Self::Image(original) => &original.meta,
            Self::Pass(passing) => &passing.fetched.meta,
        }
    }
}

/// Fetches for a request, and notes how long that took, also for a failure.
pub(super) struct Fetcher<'a> {
    pub(super) context: &'a Context,
    pub(super) planned: &'a Planned,
    pub(super) headers: &'a HeaderMap,
    pub(super) order: &'a Order,
}

impl Fetcher<'_> {
    /// Fetches what the URL names, whatever it is.
    pub(super) async fn fetch(&self, trace: &mut Trace) -> Result<Source, Failure> {
        let started = Instant::now();
        let outcome = self.source().await;
        self.note(outcome, started, trace)
    }

    /// Fetches what may be an image that is decoded, together with whoever wants it now.
    pub(super) async fn arrival(&self, trace: &mut Trace) -> Result<Arrival, Failure> {
        let started = Instant::now();
        match self.shared().await {
            Ok(Arrival::Whole(original)) => match self.note(Ok(Source::Image(original)), started, trace)? {
                Source::Image(original) => Ok(Arrival::Whole(original)),
                Source::Pass(_) => Err(Failure::Internal("a picture became a stream".to_owned())),
            },
            Ok(Arrival::Known(known)) => {
                trace.origin = Some(known.origin.clone());
                if !known.is_copy {
                    self.took(started, trace);
                    self.came_from(&known.origin, trace);
                }
                if known.is_private {
                    self.note_private();
                }
                Ok(Arrival::Known(known))
            }
            // It is noted by who reads it.
            Ok(Arrival::Stream(stream)) => {
                trace.download = Some(started.elapsed()).filter(|_| !stream.is_copy);
                Ok(Arrival::Stream(stream))
            }
            Err(error) => Err(self.failed(error, started, trace)),
        }
    }

    /// Reads a stream that a shared fetch began, if it is still to be had, else another one.
    pub(super) async fn take(&self, stream: &Stream, trace: &mut Trace) -> Result<Source, Failure> {
        let started = Instant::now();
        let outcome = self.taken(stream).await;
        self.note(outcome, started, trace)
    }

    fn note(
        &self,
        outcome: Result<Source, FetchError>,
        started: Instant,
        trace: &mut Trace,
    ) -> Result<Source, Failure> {
        let source = outcome.map_err(|error| self.failed(error, started, trace))?;
        let origin = match &source {
            Source::Image(original) => &original.origin,
            Source::Pass(passing) => &passing.origin,
        };
        trace.origin = Some(origin.id().clone());
        if !source.is_copy() {
            self.took(started, trace);
            self.came_from(origin.id(), trace);
        }
        if source.meta().is_private {
            self.note_private();
        }
        if is_private(&self.context.endpoint, source.meta()) && !self.planned.permission.opens_private() {
            return Err(Unauthorized::Private.into());
        }
        Ok(source)
    }

    fn came_from(&self, origin: &ObjectId, trace: &Trace) {
        let label = OriginLabel { origin: origin.to_string() };
        let took = trace.download.unwrap_or_default();
        self.context.app.metrics.download.get_or_create(&label).observe(in_seconds(took));
    }

    fn failed(&self, error: FetchError, started: Instant, trace: &mut Trace) -> Failure {
        self.took(started, trace);
        match error {
            FetchError::Chain(chain) => {
                let failure = failed(&self.context.endpoint, chain, trace);
                if failure.code() == Some(Code::Enoent.as_str()) {
                    self.context.endpoint.lost.note_gone(&self.order.resource, self.order.query.as_deref());
                }
                failure
            }
            FetchError::Refused(refused) => refused.into(),
            FetchError::Unasked => {
                Failure::Internal("an origin answered a condition that was not set".to_owned())
            }
        }
    }

    fn note_private(&self) {
        self.context.endpoint.lost.note_private(&self.order.resource, self.order.query.as_deref());
    }

    fn took(&self, started: Instant, trace: &mut Trace) {
        if !self.context.endpoint.origins.is_empty() {
            // A stream may have been looked for before, with others.
            trace.downloaded(started.elapsed());
        }
    }

    async fn source(&self) -> Result<Source, FetchError> {
        let is_original = self.planned.plan.is_original();
        let by_name = is_picture(self.planned);
        // Parts and unchanged files come from a copy too, where there is one.
        if is_original || (!by_name && self.range().is_some()) {
            let passing = self.stream_or_copy(is_original.then_some(Kind::Other)).await?;
            // A file that is no image by name can still be one, and is then delivered as such.
            if is_original || !passing.fetched.meta.content_type.as_deref().is_some_and(is_decoded) {
                return Ok(Source::Pass(passing));
            }
        }
        if by_name {
            return match self.shared().await? {
                Arrival::Whole(original) => Ok(Source::Image(original)),
                Arrival::Stream(stream) => self.taken(&stream).await,
                Arrival::Known(_) => Err(FetchError::Unasked),
            };
        }
        // A stream has one reader, so there is nothing to be shared.
        Ok(match self.order.find(&self.context.state.admission).await? {
            Found::Whole(original) => Source::Image(original),
            Found::Stream(passing) => Source::Pass(passing),
            Found::Known(_) => return Err(FetchError::Unasked),
        })
    }

    /// A copy that was saved, else a stream that is saved on its way.
    async fn stream_or_copy(&self, kind: Option<Kind>) -> Result<Box<Passing>, FetchError> {
        let Some(saving) = &self.order.saving else { return self.stream(kind).await };
        if let Some(copy) = saving.find(self.order).await.filter(|copy| copy.is_good) {
            saving.used(&copy);
            let mut passing = copy.passing(self.order);
            passing.kind = kind.unwrap_or(passing.kind);
            return Ok(passing);
        }
        let began = Instant::now();
        Ok(Tee::over(saving, self.stream(kind).await?, began))
    }

    /// A fetch that may be shared.
    async fn shared(&self) -> Result<Arrival, FetchError> {
        let Context { app, state, endpoint } = self.context;
        let admission = Arc::clone(&state.admission);
        endpoint.flights.fetch(self.order.clone(), admission, &app.metrics.merged).await
    }

    /// A stream that was found with others, for this request alone.
    async fn taken(&self, stream: &Stream) -> Result<Source, FetchError> {
        let Some(passing) = stream.take() else {
            return Ok(Source::Pass(self.stream_or_copy(Some(stream.kind)).await?));
        };
        let cut = self.range().is_some()
            && passing.copy.is_none()
            && passing.fetched.meta.accepts_ranges
            && unchanged::validators(&passing.fetched).range_holds(self.headers);
        if cut {
            let kind = passing.kind;
            drop(passing);
            return Ok(Source::Pass(self.stream(Some(kind)).await?));
        }
        Ok(Source::Pass(passing))
    }

    /// The client's range, where it asks for one.
    fn range(&self) -> Option<&str> {
        let range = self.headers.get(header::RANGE)?.to_str().ok()?;
        range::is_single(range).then_some(range)
    }

    /// A stream for this request alone, cut by the origin where the client asks for a range. `kind` is what the file
    /// is already known to be.
    async fn stream(&self, kind: Option<Kind>) -> Result<Box<Passing>, FetchError> {
        let (mut origin, mut fetched) = self.order.open(self.range()).await?;
        // Whether `If-Range` holds is known only now. Where it does not, the whole file is wanted after all.
        let cut = fetched.status != FetchedStatus::Whole;
        if cut && !unchanged::validators(&fetched).range_holds(self.headers) {
            drop(fetched);
            (origin, fetched) = self.order.open(None).await?;
        } else if fetched.status == FetchedStatus::Unsatisfiable {
            // Such an answer does not tell whether the file is private, and its size is for nobody else then.
            let (_, whole) = self.order.open(None).await?;
            fetched.meta.is_private = whole.meta.is_private;
        }
        // The first bytes may lie outside the range, so type and name have to do.
        let kind = kind.unwrap_or_else(|| self.order.kind_of(&[], &fetched.meta));
        Ok(Box::new(Passing { origin, fetched, kind, start: None, copy: None }))
    }
}

/// Notes a failure of the chain.
fn failed(endpoint: &Endpoint, chain: ChainFailure, trace: &mut Trace) -> Failure {
    let mut failure = chain.failure;
    if let Some((origin, _)) = chain.all.iter().find(|(_, one)| *one == failure) {
        trace.origin = Some(origin.clone());
    }
    // An origin that could not be asked may have the file: its absence elsewhere is not the whole truth.
    if endpoint.missing_origins > 0 && failure.code == Code::Enoent && !failure.bad_request {
        failure.cause = Cause::OriginNotRunning;
        failure.code = failure.cause.code();
        "An origin of this URL endpoint is not running".clone_into(&mut failure.message);
        failure.detail = format!(
            "{} of the origins that {} lists are not running; the others said: {}",
            endpoint.missing_origins, endpoint.id, failure.detail
        );
        "See /v1/report or imgplane status".clone_into(&mut failure.remedy);
    }
    failure.into()
}
