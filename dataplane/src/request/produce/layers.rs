//! Files of image layers: fetched through the same endpoint as the picture itself, several at once.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use imgplane_origins::Failure as OriginFailure;
use imgplane_pixels::{Facts, Limits, PixelError, admit, inspect};
use imgplane_urls::LayerSource;

use super::super::{
    fetch,
    flight::Arrival,
    name::file_name,
    obtain::Context,
    original::{FetchError, Order, Original},
    plan::Planned,
    product::OriginLifetime,
    trace::Trace,
};
use crate::{error::Failure, permission::Unauthorized};

/// How many files one request fetches at once.
const AT_ONCE: usize = 4;

/// The files of a plan's image layers, by raw resource path.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<String, File>);

/// One file, and what its header says.
#[derive(Debug)]
pub(super) struct File {
    pub(super) original: Arc<Original>,
    pub(super) facts: Facts,
}

impl Files {
    /// Fetches all that the plan names, those of branches that may not be taken too. `order` is that of the picture.
    pub(super) async fn fetch(
        context: &Context,
        planned: &Planned,
        order: &Order,
        limits: &Limits,
        trace: &mut Trace,
    ) -> Result<Self, Failure> {
        let sources = planned.plan.layer_sources();
        let wanted: BTreeMap<&str, &str> = sources
            .iter()
            .filter_map(|source| match source {
                LayerSource::Image(input) => Some((input.resource.as_str(), input.path.as_str())),
                LayerSource::Font { .. } => None,
            })
            .collect();
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        let began = Instant::now();
        // The closure is gone before the wait, so that tasks can do this.
        let fetches: Vec<_> =
            wanted.into_iter().map(|file| one(context, planned, order, file, limits)).collect();
        let files = stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect().await;
        trace.download = Some(trace.download.unwrap_or_default() + began.elapsed());
        files.map(Self)
    }

    pub(super) fn get(&self, resource: &str) -> Option<&File> {
        self.0.get(resource)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them is marked as private.
    pub(super) fn any_private(&self) -> bool {
        self.0.values().any(|file| file.original.meta.is_private)
    }

    /// How long what is made of `lifetime` and of all of them may be kept.
    pub(super) fn shortest(&self, lifetime: OriginLifetime) -> OriginLifetime {
        self.0.values().fold(lifetime, |shortest, file| shortest.and(file.original.meta.lifetime.into()))
    }

    /// The originals, which hold their memory as long as they are worked with.
    pub(super) fn originals(&self) -> Vec<Arc<Original>> {
        self.0.values().map(|file| Arc::clone(&file.original)).collect()
    }
}

async fn one(
    context: &Context,
    planned: &Planned,
    order: &Order,
    (resource, path): (&str, &str),
    limits: &Limits,
) -> Result<(String, File), Failure> {
    let Context { app, state, endpoint } = context;
    let own = Order {
        resource: resource.to_owned(),
        query: None,
        name: file_name(resource),
        condition: None,
        file_purged: app.purges.of_file(&endpoint.id, resource, None),
        saving: None,
        ..order.clone()
    };
    let admission = Arc::clone(&state.admission);
    let original = match endpoint.flights.fetch(own, admission, &app.metrics.merged).await {
        Ok(Arrival::Whole(original)) => original,
        Ok(Arrival::Stream(_)) => {
            let text = format!("The layer's file {path} is no image that can be drawn");
            return Err(Failure::Undecodable(OriginFailure::unsupported(&text)));
        }
        Ok(Arrival::Known(_)) => return Err(Failure::Internal("a layer's file was known".to_owned())),
        Err(error) => return Err(named(error, path)),
    };
    if fetch::is_private(endpoint, &original.meta) && !planned.permission.opens_private() {
        return Err(Unauthorized::Private.into());
    }
    let refused = |error: PixelError| match error {
        PixelError::Limit { what, value, limit } => {
            PixelError::Limit { what: format!("{what} of the layer's file {path}"), value, limit }
        }
        error => error,
    };
    let facts = inspect(&original.bytes).map_err(refused)?;
    admit(&facts, limits).map_err(refused)?;
    Ok((resource.to_owned(), File { original, facts }))
}

/// Says of a failure which file it was.
fn named(error: FetchError, path: &str) -> Failure {
    match error {
        FetchError::Chain(chain) => {
            let failure = chain.failure;
            Failure::Origin(failure.of_file(&format!("The layer's file {path}")))
        }
        FetchError::Refused(refused) => refused.into(),
        FetchError::Unasked => {
            Failure::Internal("an origin answered a condition that was not set".to_owned())
        }
    }
}
