//! Phase three: the original, from the first origin that has it.
//!
//! What is decoded is read whole, and shared between requests that want it at the same time. Everything else is
//! streamed, and a range of it is asked of the origin itself.

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, header};
use imgplane_origins::{ChainFailure, Code, FetchedStatus, Origin, Purpose, Request, fetch_chain};

use super::{
    flight::{Arrival, FetchError, Order, Original, Passing},
    kind::{Expected, Kind, expected, is_decoded, kind_of},
    name::file_name,
    plan::Planned,
    range,
    trace::Trace,
    unchanged,
};
use crate::{
    error::Failure,
    metrics::{FetchLabels, OriginLabel, in_seconds},
    server::App,
    state::{Endpoint, State},
};

/// What the origins had.
#[derive(Debug)]
pub(super) enum Source {
    /// An image that is decoded.
    Image(Arc<Original>),
    /// A file, or a part of one, that is passed through.
    Pass(Box<Passing>),
}

/// Fetches the original and notes how long that took, also for a failure.
pub(super) async fn fetch(
    app: &App,
    state: &State,
    endpoint: &Endpoint,
    planned: &Planned,
    headers: &HeaderMap,
    trace: &mut Trace,
) -> Result<Source, Failure> {
    let started = Instant::now();
    let fetcher = Fetcher { app, state, endpoint, planned, headers };
    let outcome = fetcher.source().await;
    let took = started.elapsed();
    if !endpoint.origins.is_empty() {
        trace.download = Some(took);
    }
    let outcome = outcome.map_err(|error| match error {
        FetchError::Chain(chain) => fetcher.failed(chain, trace),
        FetchError::Refused(refused) => refused.into(),
    });
    if let Ok(source) = &outcome {
        let origin = match source {
            Source::Image(original) => &original.origin,
            Source::Pass(passing) => &passing.origin,
        };
        let label = origin.id().to_string();
        trace.origin = Some(origin.id().clone());
        app.metrics.fetches.get_or_create(&FetchLabels { origin: label.clone(), ik_error: "" }).inc();
        app.metrics.download.get_or_create(&OriginLabel { origin: label }).observe(in_seconds(took));
    }
    outcome
}

struct Fetcher<'a> {
    app: &'a App,
    state: &'a State,
    endpoint: &'a Endpoint,
    planned: &'a Planned,
    headers: &'a HeaderMap,
}

impl Fetcher<'_> {
    async fn source(&self) -> Result<Source, FetchError> {
        let name = file_name(&self.planned.target.resource);
        let expected = expected(&name);
        if self.planned.plan.is_original() {
            // Whatever it is, it is delivered as it is.
            return Ok(Source::Pass(self.stream(Some(Kind::Other)).await?));
        }
        if expected == Expected::PassThrough && self.range().is_some() {
            let passing = self.stream(None).await?;
            // A file that is no image by name can still be one, and is then delivered as such.
            if !passing.fetched.meta.content_type.as_deref().is_some_and(is_decoded) {
                return Ok(Source::Pass(passing));
            }
        }
        self.shared(name, expected).await
    }

    /// A fetch that may be shared.
    async fn shared(&self, name: String, expected: Expected) -> Result<Source, FetchError> {
        let target = &self.planned.target;
        let order = Order {
            resource: target.resource.clone(),
            query: target.forwarded_query.clone(),
            name,
            expected,
            max_bytes: self.endpoint.config.limits.max_input_bytes,
        };
        let origins = self.endpoint.origins.clone();
        let admission = Arc::clone(&self.state.admission);
        let merged = &self.app.metrics.merged;
        match self.endpoint.flights.fetch(order, origins, admission, merged).await? {
            Arrival::Whole(original) => Ok(Source::Image(original)),
            Arrival::Stream(passing) => {
                let cut = self.range().is_some()
                    && passing.fetched.meta.accepts_ranges
                    && unchanged::validators(&passing.fetched).range_holds(self.headers);
                if cut {
                    let kind = passing.kind;
                    drop(passing);
                    return Ok(Source::Pass(self.stream(Some(kind)).await?));
                }
                Ok(Source::Pass(passing))
            }
            Arrival::StreamTaken(kind) => Ok(Source::Pass(self.stream(Some(kind)).await?)),
        }
    }

    /// The client's range, where it asks for one.
    fn range(&self) -> Option<&str> {
        let range = self.headers.get(header::RANGE)?.to_str().ok()?;
        range::is_single(range).then_some(range)
    }

    /// A stream for this request alone, cut by the origin where the client asks for a range. `kind` is what the file
    /// is already known to be.
    async fn stream(&self, kind: Option<Kind>) -> Result<Box<Passing>, FetchError> {
        let passing = self.open(self.range(), kind).await?;
        // Whether `If-Range` holds is known only now. Where it does not, the whole file is wanted after all.
        let cut = passing.fetched.status != FetchedStatus::Whole;
        if cut && !unchanged::validators(&passing.fetched).range_holds(self.headers) {
            drop(passing);
            return self.open(None, kind).await;
        }
        Ok(passing)
    }

    async fn open(&self, range: Option<&str>, kind: Option<Kind>) -> Result<Box<Passing>, FetchError> {
        let target = &self.planned.target;
        let request = Request {
            resource: target.resource.clone(),
            query: target.forwarded_query.clone(),
            range: range.map(str::to_owned),
            purpose: Purpose::Stream,
        };
        let origins: Vec<Arc<Origin>> =
            self.endpoint.origins.iter().map(|handle| Arc::clone(&handle.origin)).collect();
        let (origin, fetched) = fetch_chain(&origins, &request).await?;
        let kind = kind.unwrap_or_else(|| {
            // The first bytes may lie outside the range, so type and name have to do.
            kind_of(&[], fetched.meta.content_type.as_deref(), &file_name(&target.resource))
        });
        Ok(Box::new(Passing { origin, fetched, kind }))
    }

    /// Counts and notes a failure of the chain.
    fn failed(&self, chain: ChainFailure, trace: &mut Trace) -> Failure {
        for (origin, failure) in &chain.all {
            let labels = FetchLabels { origin: origin.to_string(), ik_error: failure.code.as_str() };
            self.app.metrics.fetches.get_or_create(&labels).inc();
        }
        let mut failure = chain.failure;
        if let Some((origin, _)) = chain.all.iter().find(|(_, one)| *one == failure) {
            trace.origin = Some(origin.clone());
        }
        // An origin that could not be asked may have the file: its absence elsewhere is not the whole truth.
        if self.endpoint.missing_origins > 0 && failure.code == Code::Enoent && !failure.bad_request {
            failure.code = Code::Unidentified;
            "An origin of this URL endpoint is not running".clone_into(&mut failure.message);
            failure.detail = format!(
                "{} of the origins that {} lists are not running, see /v1/report or imgplane status; the others \
                 said: {}",
                self.endpoint.missing_origins, self.endpoint.id, failure.detail
            );
        }
        failure.into()
    }
}
