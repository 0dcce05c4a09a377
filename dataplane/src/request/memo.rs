//! The short way: whoever asks in the same words for what is in memory gets the same head of an answer, without the URL
//! being read and judged again.
//!
//! The long way teaches it. What is known holds for one snapshot of the settings, one set of words and one entry of the
//! cache, and only where nothing else has a say: no rule about clients, no end of a signature, no condition, no range.
//! Purges and the lifetime are judged every time, as on the long way.

use std::{
    hash::BuildHasher as _,
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use imgplane_cache::{Key, Tier};
use imgplane_config::EndpointConfig;
use prometheus_client::metrics::counter::Counter;

use super::{
    body::{BodySource, ResponseBody},
    obtain::Context,
    plan::Planned,
    product::{Entry, Hold, Product},
    respond::{Draft, REQUEST_ID, SERVER_TIMING, changing_headers, send},
    trace::{CacheUse, Trace},
};
use crate::{
    access_log,
    metrics::LookupLabel,
    peer::host,
    server::App,
    state::{Endpoint, State},
};

/// How many sets of words are known at most. Each takes about 3 KiB.
const SLOTS: usize = 2048;
/// Longest words that are remembered, in bytes.
const WORDS_BYTES: usize = 1024;
/// Headers whose request takes the long way: conditions, ranges, and what proxies and servers of our kind say.
const LONG_WAY: [HeaderName; 6] = [
    header::RANGE,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_RANGE,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-req-from"),
];
/// Headers that have a say in what is delivered. Others that have one belong to endpoints that are not remembered.
const COUNT: [HeaderName; 6] = [
    header::ACCEPT,
    HeaderName::from_static("save-data"),
    HeaderName::from_static("sec-ch-dpr"),
    HeaderName::from_static("sec-ch-width"),
    HeaderName::from_static("dpr"),
    HeaderName::from_static("width"),
];

/// What is known, in slots: what falls into the slot of another takes its place.
pub(crate) struct Memo {
    slots: Box<[ArcSwapOption<Known>]>,
    hasher: std::hash::RandomState,
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}

/// Everything that an answer depends on, as it was sent.
pub(super) struct Words(Vec<u8>);

/// What the long way teaches.
#[derive(Debug)]
pub(super) struct Lesson {
    state: Weak<State>,
    endpoint: Weak<Endpoint>,
    key: Key,
    entry: Weak<Entry>,
    lifetime: Duration,
}

/// An answer, but for what is new in every one.
struct Known {
    words: Box<[u8]>,
    lesson: Lesson,
    headers: HeaderMap,
    answered: Counter,
    found: Counter,
}

impl Words {
    /// `None`: the request takes the long way.
    pub(super) fn of(head: &Parts) -> Option<Self> {
        if head.method != Method::GET {
            return None;
        }
        let mut words = Vec::with_capacity(256);
        let target = head.uri.path_and_query().map_or("", |target| target.as_str());
        // No part can hold the byte that ends it.
        for part in [host(head), target] {
            words.extend_from_slice(part.as_bytes());
            words.push(b'\n');
        }
        for (name, value) in &head.headers {
            if LONG_WAY.contains(name) {
                return None;
            }
            if COUNT.contains(name) {
                words.extend_from_slice(name.as_str().as_bytes());
                words.push(b':');
                words.extend_from_slice(value.as_bytes());
                words.push(b'\n');
            }
        }
        (words.len() <= WORDS_BYTES).then_some(Self(words))
    }
}

impl Lesson {
    /// What an answer from the cache teaches. `None`: something has a say in it that is judged every time.
    pub(super) fn of(
        context: &Context,
        planned: &Planned,
        (key, entry): (Key, &Arc<Entry>),
        lifetime: Duration,
    ) -> Option<Self> {
        let constant =
            has_no_rules(&context.endpoint.config) && !planned.permission.ends() && !entry.head.compressible;
        constant.then(|| Self {
            state: Arc::downgrade(&context.state),
            endpoint: Arc::downgrade(&context.endpoint),
            key,
            entry: Arc::downgrade(entry),
            lifetime,
        })
    }
}

/// Whether an endpoint asks nothing about its clients.
fn has_no_rules(config: &EndpointConfig) -> bool {
    let security = &config.security;
    security.blocked_cidrs.is_empty()
        && security.blocked_user_agents.is_empty()
        && !security.referrers.is_set()
        && config.accept_overrides.is_empty()
}

impl Memo {
    /// Knows nothing yet.
    pub(crate) fn new() -> Self {
        let slots = (0..SLOTS).map(|_| ArcSwapOption::empty()).collect();
        Self { slots, hasher: std::hash::RandomState::new() }
    }

    fn slot(&self, words: &[u8]) -> Option<&ArcSwapOption<Known>> {
        let hash = self.hasher.hash_one(words);
        self.slots.get(usize::try_from(hash % SLOTS as u64).ok()?)
    }

    /// Remembers an answer of the long way, which `answered` counts.
    pub(super) fn learn(
        &self,
        app: &App,
        words: Words,
        lesson: Lesson,
        headers: &HeaderMap,
        answered: Counter,
    ) {
        let Some(slot) = self.slot(&words.0) else { return };
        let mut headers = headers.clone();
        for changing in [REQUEST_ID, SERVER_TIMING, header::AGE, header::CONNECTION] {
            headers.remove(changing);
        }
        let found = LookupLabel { outcome: Tier::Memory.as_str() };
        let found = app.metrics.cache_lookups.get_or_create(&found).clone();
        slot.store(Some(Arc::new(Known {
            words: words.0.into_boxed_slice(),
            lesson,
            headers,
            answered,
            found,
        })));
    }

    /// Answers from memory what is known and good. `None`: the long way finds out.
    pub(super) fn answer(&self, app: &App, head: &Parts, words: &Words) -> Option<Response<ResponseBody>> {
        let slot = self.slot(&words.0)?.load();
        let known = slot.as_deref().filter(|known| *known.words == *words.0)?;
        let state = app.state.load();
        if !std::ptr::eq(known.lesson.state.as_ptr(), Arc::as_ptr(state.as_ref()?)) {
            return None;
        }
        let entry = app.results.current()?.get_in_memory(&known.lesson.key)?;
        // Another entry has another head. The weak reference keeps the address from being used again.
        let same = std::ptr::eq(known.lesson.entry.as_ptr(), Arc::as_ptr(&entry));
        if !same || app.purges.covers(&entry.head) || app.draining.load(Ordering::Relaxed) {
            return None;
        }
        let product = Product::kept(entry);
        let age = product.age(SystemTime::now());
        (age < known.lesson.lifetime).then(|| known.response(app, head, &product, age))
    }
}

impl Known {
    fn response(&self, app: &App, head: &Parts, product: &Product, age: Duration) -> Response<ResponseBody> {
        self.found.inc();
        self.answered.inc();
        let mut trace = Trace::new();
        trace.cache = CacheUse::Hit;
        if access_log::is_on() {
            trace.endpoint = self.lesson.endpoint.upgrade();
            trace.origin = Some(product.entry.head.origin.clone());
        }
        let mut headers = self.headers.clone();
        headers.insert(header::AGE, HeaderValue::from(age.as_secs()));
        changing_headers(&mut headers, &trace);
        let body = BodySource::Bytes(product.entry.body.clone(), Hold::Cache);
        send(app, head, trace, Draft { status: StatusCode::OK, headers, body, ik_error: None }, None)
    }
}
