//! One open origin: what is the same for every type. Slots, retries, limits, time, and the record of outcomes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use imgplane_config::{Credential, FetchPolicy, ObjectId, OriginConfig, report::OriginHealth};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use crate::{
    Body, Cause, Connector, Failure, Fetched, FetchedStatus, Meta, Purpose, Request, SetupError,
    clock::Clock,
    coding::Coding,
    failure::{self, Facts, Row, transfer, web::BAD_RANGE},
    opening::Opening,
    range::{ByteRange, ContentRange},
    settings::Waits,
    source::{Answer, Slot, Source},
    steps::Steps,
    window::{Outcome, Window},
    wish::Wish,
};

mod absent;
mod breaker;
mod store;

use absent::Absent;
use breaker::Breaker;
use store::{Marks, Store};

/// Bounds of the pause before an attempt is repeated, in milliseconds; what many requests meet at once must not be
/// repeated by all of them at once.
const PAUSE: std::ops::RangeInclusive<u64> = 50..=250;
/// Most requests that wait for one of an origin's slots.
const MOST_WAITING: usize = 1_024;

/// One open origin: its own connections, its own bound of concurrent requests, its own window of outcomes.
#[derive(Debug)]
pub struct Origin {
    id: ObjectId,
    kind: &'static str,
    canonical_base: Option<String>,
    policy: FetchPolicy,
    store: Store,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    waits: Waits,
    breaker: Breaker,
    absent: Absent,
    window: Arc<Window>,
    probe_path: String,
    /// One probe at a time: those of a store that hangs must not pile up.
    probing: Arc<Semaphore>,
    clock: Clock,
}

impl Origin {
    /// Opens an origin. Nothing is contacted. A credential that is wanted and missing is no error here: every
    /// fetch then fails with [`crate::Code::Eacces`].
    ///
    /// # Errors
    /// [`SetupError::Field`] when a setting cannot be used.
    pub fn open(
        id: ObjectId,
        config: &OriginConfig,
        credential: Option<&Credential>,
        connector: &Connector,
    ) -> Result<Self, SetupError> {
        let store = Store::open(&Opening { id: &id, config, credential, connector })?;
        let policy = config.fetch.clone();
        let slots =
            usize::try_from(policy.max_concurrency).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        let canonical_base =
            config.canonical_base_url.as_deref().map(|base| base.trim_end_matches('/').to_owned());
        let absent = Absent::new(store.wants_host());
        Ok(Self {
            id,
            kind: config.kind.name(),
            canonical_base,
            policy,
            store,
            slots: Arc::new(Semaphore::new(slots)),
            waiting: AtomicUsize::new(0),
            waits: connector.settings.waits.clone(),
            breaker: Breaker::default(),
            absent,
            window: Arc::new(Window::new(connector.clock())),
            probe_path: config.probe.path.clone(),
            probing: Arc::new(Semaphore::new(1)),
            clock: connector.clock(),
        })
    }

    /// The object's namespace and name.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The type's name as in the manifest, e.g. `S3Compatible`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Value of the `Link` header for a file of this origin, e.g. `<https://example.org/a.jpg>; rel="canonical"`;
    /// `None` where the origin wants none. `resource` is the raw resource path.
    pub fn canonical(&self, resource: &str) -> Option<String> {
        let base = self.canonical_base.as_ref()?;
        let path = self.store.canonical_path(resource);
        Some(format!("<{base}/{path}>; rel=\"canonical\""))
    }

    /// How the origin fared in the last 60 seconds. A transfer counts when it has ended.
    pub fn health(&self) -> OriginHealth {
        self.window.health(&self.id)
    }

    /// Whether the origin is told which host the client asked for.
    pub fn wants_host(&self) -> bool {
        self.store.wants_host()
    }

    /// Whether the origin is spared for a moment, because it could not be reached many times in a row.
    pub fn is_spared(&self) -> bool {
        self.breaker.is_open()
    }

    /// Requests to this origin that run now.
    pub fn in_flight(&self) -> usize {
        let all = usize::try_from(self.policy.max_concurrency).unwrap_or(usize::MAX);
        all.clamp(1, Semaphore::MAX_PERMITS) - self.slots.available_permits()
    }

    /// Fetches a file from this origin and records how that went. That it is still the one which the request knows is a
    /// success too.
    ///
    /// Returns when the head of the answer is there; the bytes come through [`Fetched::body`]. Must run inside a
    /// Tokio runtime with time and I/O.
    ///
    /// # Errors
    /// [`Failure`], classified and worded for the response and for the operator.
    pub async fn fetch(&self, request: &Request) -> Result<Fetched, Failure> {
        self.fetch_before(request, None).await
    }

    /// The longest time until the first byte when everything is as slow as it may be.
    pub(crate) fn patience(&self) -> Duration {
        let FetchPolicy { connect_timeout, headers_timeout, .. } = self.policy;
        connect_timeout.saturating_mul(2).saturating_add(headers_timeout)
    }

    /// As [`Origin::fetch`], and the head of the answer must be there by an instant.
    pub(crate) async fn fetch_before(
        &self,
        request: &Request,
        deadline: Option<Instant>,
    ) -> Result<Fetched, Failure> {
        let started = Instant::now();
        if let Err(failure) = self.store.check(request) {
            return Err(self.noted(failure, request));
        }
        if let Some(failure) = self.absent.recall(request, request.negative_ttl) {
            return Err(self.noted(failure, request));
        }
        if let Err(failure) = self.breaker.admit() {
            return Err(self.noted(failure, request));
        }
        // Also for a stream: only the bytes of a file that is passed through may take longer.
        let total = started.checked_add(self.policy.total_timeout);
        let answered = match [deadline, total].into_iter().flatten().min() {
            Some(deadline) => timeout_at(deadline, self.ask(request))
                .await
                .unwrap_or_else(|_| Err(self.too_slow(request, started))),
            None => self.ask(request).await,
        };
        // What we ourselves had no room for says nothing of the origin.
        let ours = answered.as_ref().is_err_and(|failure| failure.cause == Cause::ConcurrencyExhausted);
        if !ours && self.breaker.ended(answered.as_ref().err()) {
            tracing::warn!(origin = %self.id, "cannot be reached and is spared for a few seconds");
        }
        let (answer, slot) = answered.map_err(|failure| {
            if failure.cause == Cause::FileNotFound && !failure.ambiguous {
                self.absent.note(request, &failure);
            }
            self.noted(failure, request)
        })?;
        let fetched = self.take_over(answer, slot, request)?;
        match request.purpose {
            Purpose::Whole { max_bytes } => self.settle(fetched, max_bytes, started),
            Purpose::Stream => Ok(fetched),
        }
    }

    /// Counts a failure, unless the request itself is at fault.
    fn noted(&self, failure: Failure, request: &Request) -> Failure {
        if !failure.bad_request {
            self.window.failed(&failure, &request.resource);
        }
        failure
    }

    /// Undoes a content coding that the origin applied unasked, where that is possible. Anything else is returned
    /// as it is.
    pub fn decoded_if_possible(&self, mut fetched: Fetched) -> Fetched {
        let coding = fetched.meta.content_encoding.as_deref().and_then(Coding::parse);
        if let (Some(coding), FetchedStatus::Whole) = (coding, fetched.status) {
            let sender = fetched.body.sender().clone();
            fetched.body = fetched.body.transform(|chunks| coding.undo(chunks, sender));
            fetched.meta.content_encoding = None;
            fetched.meta.content_length = None;
        }
        fetched
    }

    /// Looks at the first `count` bytes of a stream, or all of a shorter file, without taking them from it. The first
    /// of them must be there by an instant, and all of them within the total time since `started`: what sends a byte
    /// now and then never pauses long enough to be ended for that.
    ///
    /// # Errors
    /// As reading does; the body has then ended, and that is recorded.
    pub async fn look(
        &self,
        fetched: &mut Fetched,
        count: usize,
        started: Instant,
        first_byte_by: Instant,
    ) -> Result<Bytes, Failure> {
        let end = started.checked_add(self.policy.total_timeout);
        fetched.body.expire_at(Some(end.map_or(first_byte_by, |end| end.min(first_byte_by))));
        fetched.body.peek(count.min(1)).await?;
        fetched.body.expire_at(end);
        let first = fetched.body.peek(count).await?;
        fetched.body.expire_at(None);
        Ok(first)
    }

    /// Makes a stream a file that is decoded: undoes a content coding, and applies `max_bytes` and the total time
    /// since `started`. For who fetched with [`Purpose::Stream`] and knows only after the first bytes.
    ///
    /// # Errors
    /// [`crate::Code::Elimit`] when the announced length is above the limit, [`crate::Code::Unidentified`] for a coding that
    /// cannot be undone. Both are recorded.
    pub fn settle(&self, fetched: Fetched, max_bytes: u64, started: Instant) -> Result<Fetched, Failure> {
        let mut fetched = self.decoded_if_possible(fetched);
        if let Some(coding) = &fetched.meta.content_encoding {
            let failure = fetched.body.sender().failure(&transfer::UNKNOWN_ENCODING, coding, Vec::new());
            return Err(fetched.body.fail(failure));
        }
        fetched.body.limit(max_bytes)?;
        fetched.body.expire_at(started.checked_add(self.policy.total_timeout));
        Ok(fetched)
    }

    pub(crate) fn label(&self) -> &'static str {
        self.store.label()
    }

    async fn ask(&self, request: &Request) -> Result<(Answer, Slot), Failure> {
        let slot = self.slot(request).await?;
        let retries = self.policy.retries;
        let mut answer = self.store.ask(request, &self.wish(request), &slot, retries).await?;
        if answer.status == FetchedStatus::NotModified
            && let Some(known) = &request.condition
        {
            let marks = self.store.marks();
            if marks == Marks::BesideVersions {
                // All headers come with a byte, and what is private now must not be delivered for another lifetime.
                let first_byte = Wish::Part(ByteRange::FIRST);
                answer = self.store.ask(request, &first_byte, &slot, retries).await?.without_body();
            }
            let Meta { etag, last_modified, .. } = &answer.meta;
            // The word of who says nothing else is about what was asked.
            let by_word = marks == Marks::InVersions && etag.is_none() && last_modified.is_none();
            if !(by_word || known.is_met_by(&answer.meta)) {
                // What is known of the file does not hold any more, and here stands too little of what does.
                answer = self.store.ask(request, &Wish::Whole, &slot, retries).await?;
            }
        }
        Ok((answer, slot))
    }

    /// What a request asks of this origin.
    fn wish(&self, request: &Request) -> Wish {
        Wish::of(request, &self.id)
    }

    /// Asks as a request would, for a probe: in a slot of its own, and telling of each step.
    pub(crate) async fn ask_probing(
        &self,
        request: &Request,
        slot: Slot,
        steps: &mut Steps,
    ) -> Result<Answer, Failure> {
        self.store.ask_probing(request, &slot, self.policy.retries, steps).await
    }

    /// The path of a file that nobody has, from its name.
    pub(crate) fn absent(&self, name: &str) -> String {
        self.store.absent(name)
    }

    /// What is said instead of a probe where there is nobody to ask.
    pub(crate) fn probe_unasked(&self, steps: &mut Steps) -> Option<String> {
        self.store.probe_unasked(steps)
    }

    /// Path of a file that is there, if the manifest names one; else empty.
    pub(crate) fn probe_path(&self) -> &str {
        &self.probe_path
    }

    /// The turn of a probe.
    pub(crate) fn probing(&self) -> &Arc<Semaphore> {
        &self.probing
    }

    pub(crate) fn policy(&self) -> &FetchPolicy {
        &self.policy
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        self.clock.unix_seconds()
    }

    /// One of the origin's concurrent requests, waited for as long as an answer would be.
    async fn slot(&self, request: &Request) -> Result<Slot, Failure> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            self.waits.tell(&self.id, Duration::ZERO);
            return Ok(Arc::new(permit));
        }
        let wait = self.policy.headers_timeout;
        let began = Instant::now();
        let _waiting = Waiting::of(&self.waiting);
        let permit = if self.waiting.load(Ordering::Relaxed) > MOST_WAITING {
            None
        } else {
            let turn = Arc::clone(&self.slots).acquire_owned();
            tokio::time::timeout(wait, turn).await.ok().and_then(Result::ok)
        };
        self.waits.tell(&self.id, began.elapsed());
        permit.map(Arc::new).ok_or_else(|| {
            let limit = format!("{} ms", began.elapsed().as_millis());
            let slots = self.policy.max_concurrency.to_string();
            self.told(&transfer::NO_SLOT, request, vec![("slots", slots), ("limit", limit)])
        })
    }

    /// What happened to a request before there was an answer.
    fn told(&self, row: &Row, request: &Request, more: Vec<(&'static str, String)>) -> Failure {
        let place = self.whereabouts(request);
        row.failure(&Facts { origin: self.label(), place, more, ..Facts::default() })
    }

    /// Where the file of a request is, for the operator.
    pub(crate) fn whereabouts(&self, request: &Request) -> String {
        self.store.whereabouts(request)
    }

    /// Makes an answer a body with the limits that hold for every file.
    fn take_over(&self, answer: Answer, slot: Slot, request: &Request) -> Result<Fetched, Failure> {
        let Answer { status, mut meta, chunks, sender } = answer;
        let outcome = Outcome::new(Arc::clone(&self.window), request.resource.clone());
        let mut body = Body::new(chunks, meta.content_length, sender)
            .with_stall_timeout(self.policy.body_stall_timeout)
            .with_outcome(outcome)
            .with_slot(slot);
        let told = meta.content_range.as_deref().and_then(ContentRange::parse);
        match (status, told) {
            (FetchedStatus::Whole | FetchedStatus::NotModified, _)
            | (FetchedStatus::Unsatisfiable, Some(ContentRange::Outside(_))) => {}
            (FetchedStatus::Partial, told) => {
                let fits = told
                    .zip(self.wish(request).range())
                    .is_some_and(|(told, asked)| told.answers(asked, meta.content_length));
                if !fits {
                    let seen = failure::header_text(meta.content_range.as_deref().unwrap_or_default(), 80);
                    let failure = body.sender().failure(&BAD_RANGE, &seen, Vec::new());
                    return Err(body.fail(Failure { http_status: Some(206), ..failure }));
                }
            }
            // What else stands there says nothing of the size.
            (FetchedStatus::Unsatisfiable, _) => meta.content_range = None,
        }
        // Of a part, the file is judged by its whole size.
        if let Some(size) = told.and_then(ContentRange::size)
            && size > self.policy.max_object_size
        {
            return Err(body.fail(Failure::too_large(Some(size), self.policy.max_object_size)));
        }
        body.limit(self.policy.max_object_size)?;
        Ok(Fetched { status, meta, body })
    }

    fn too_slow(&self, request: &Request, started: Instant) -> Failure {
        let limit = format!("{} ms", started.elapsed().as_millis());
        self.told(&transfer::TOO_SLOW, request, vec![("limit", limit)])
    }
}

/// One that waits, for as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn of(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks, and once more where that may help.
pub(crate) async fn ask_repeatedly<S: Source>(
    source: &S,
    place: &S::Place,
    wish: &Wish,
    slot: &Slot,
    retries: u8,
) -> Result<Answer, Failure> {
    let mut repeats = retries.min(1);
    loop {
        match source.ask(place, wish, slot).await {
            Ok(answer) => return Ok(answer),
            Err(failure) if failure.may_be_repeated && repeats > 0 => {
                repeats -= 1;
                tokio::time::sleep(Duration::from_millis(fastrand::u64(PAUSE))).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}
