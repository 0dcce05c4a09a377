//! Files of layers, pictures and fonts: fetched through the same endpoint as the picture itself, several at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use imgplane_origins::Failure as OriginFailure;
use imgplane_pixels::{Facts, Limits, PixelError, admit, inspect};
use imgplane_text::MAX_FONT_FILE;
use imgplane_urls::LayerSource;

use super::super::{
    fetch,
    flight::Arrival,
    name::file_name,
    obtain::Context,
    original::{FetchError, Order, Original},
    plan::Planned,
    product::OriginLifetime,
    saved::Saving,
    trace::Trace,
};
use crate::{error::Failure, permission::Unauthorized};

/// How many files one request fetches at once.
const AT_ONCE: usize = 4;

/// The files of a plan's layers, by raw resource path.
#[derive(Debug, Default)]
pub(super) struct Files {
    pictures: BTreeMap<String, Picture>,
    fonts: BTreeMap<String, Font>,
}

/// A picture, and what its header says.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) original: Arc<Original>,
    pub(super) facts: Facts,
}

/// A font.
#[derive(Debug)]
struct Font {
    original: Arc<Original>,
    /// Its bytes, as often as it is set.
    bytes: Arc<[u8]>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Picture,
    Font,
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
        let wanted: BTreeSet<(Use, &str)> = sources
            .iter()
            .map(|source| match source {
                LayerSource::Image(input) => (Use::Picture, input.resource.as_str()),
                LayerSource::Font { resource } => (Use::Font, *resource),
            })
            .collect();
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        let began = Instant::now();
        // The closure is gone before the wait, so that tasks can do this.
        let fetches: Vec<_> = wanted.iter().map(|wanted| one(context, planned, order, *wanted)).collect();
        let fetched: Result<Vec<_>, Failure> =
            stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect().await;
        let took = began.elapsed();
        let fetched = fetched.inspect_err(|_| trace.downloaded(took))?;
        if fetched.iter().any(|(_, original)| !original.is_copy) {
            trace.downloaded(took);
        }
        let mut files = Self::default();
        for ((purpose, resource), original) in fetched {
            files.take(purpose, &resource, original, limits)?;
        }
        Ok(files)
    }

    fn take(
        &mut self,
        purpose: Use,
        resource: &str,
        original: Arc<Original>,
        limits: &Limits,
    ) -> Result<(), Failure> {
        if purpose == Use::Font {
            let bytes = original.bytes.as_ref().into();
            self.fonts.insert(resource.to_owned(), Font { original, bytes });
            return Ok(());
        }
        let refused = |error: PixelError| error.of_layer(resource);
        let facts = inspect(&original.bytes).map_err(refused)?;
        admit(&facts, limits).map_err(refused)?;
        self.pictures.insert(resource.to_owned(), Picture { original, facts });
        Ok(())
    }

    pub(super) fn picture(&self, resource: &str) -> Option<&Picture> {
        self.pictures.get(resource)
    }

    pub(super) fn font(&self, resource: &str) -> Option<Arc<[u8]>> {
        self.fonts.get(resource).map(|font| Arc::clone(&font.bytes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.fonts.is_empty()
    }

    /// Whether one of them is marked as private.
    pub(super) fn any_private(&self) -> bool {
        self.each().any(|original| original.meta.is_private)
    }

    /// How long what is made of `lifetime` and of all of them may be kept.
    pub(super) fn shortest(&self, lifetime: OriginLifetime) -> OriginLifetime {
        self.each().fold(lifetime, |shortest, original| shortest.and(original.meta.lifetime.into()))
    }

    /// The originals, which hold their memory as long as they are worked with.
    pub(super) fn originals(&self) -> Vec<Arc<Original>> {
        self.each().cloned().collect()
    }

    fn each(&self) -> impl Iterator<Item = &Arc<Original>> {
        let pictures = self.pictures.values().map(|picture| &picture.original);
        pictures.chain(self.fonts.values().map(|font| &font.original))
    }
}

async fn one(
    context: &Context,
    planned: &Planned,
    order: &Order,
    (purpose, resource): (Use, &str),
) -> Result<((Use, String), Arc<Original>), Failure> {
    let Context { app, state, endpoint } = context;
    let is_font = purpose == Use::Font;
    let own = Order {
        resource: resource.to_owned(),
        query: None,
        name: file_name(resource),
        condition: None,
        max_bytes: if is_font { order.max_bytes.min(MAX_FONT_FILE as u64) } else { order.max_bytes },
        file_purged: app.purges.of_file(&endpoint.id, resource, None),
        reads_whole: is_font,
        draws_svg: !is_font,
        saving: Saving::of_layer(context, planned, resource, order.host.as_deref()),
        ..order.clone()
    };
    let admission = Arc::clone(&state.admission);
    let original = match endpoint.flights.fetch(own, admission, &app.metrics.merged).await {
        Ok(Arrival::Whole(original)) => original,
        Ok(Arrival::Stream(_)) => {
            let text = format!("The layer's file {resource} is no image that can be drawn");
            return Err(Failure::Undecodable(OriginFailure::unsupported(&text).saying(&text)));
        }
        Ok(Arrival::Known(_)) => return Err(Failure::Internal("a layer's file was known".to_owned())),
        Err(error) => return Err(named(error, resource)),
    };
    if fetch::is_private(endpoint, &original.meta) && !planned.permission.opens_private() {
        return Err(Unauthorized::Private.into());
    }
    Ok(((purpose, resource.to_owned()), original))
}

/// Says of a failure which file it was.
fn named(error: FetchError, resource: &str) -> Failure {
    match error {
        FetchError::Chain(chain) => {
            let failure = chain.failure;
            Failure::Origin(failure.of_file(&format!("The layer's file {resource}")))
        }
        FetchError::Refused(refused) => refused.into(),
        FetchError::Unasked => {
            Failure::Internal("an origin answered a condition that was not set".to_owned())
        }
    }
}
