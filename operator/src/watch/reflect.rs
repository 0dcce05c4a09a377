//! One watch that feeds one mirror: lists in pages, follows changes, and never gives up.

use std::{collections::BTreeMap, fmt, pin::pin, sync::Arc, time::Duration};

use futures::StreamExt;
use imgplane_config::ObjectId;
use kube::{
    Api, Resource,
    runtime::watcher::{self, Event, watcher},
};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use super::{
    mirror::{Mirror, Seen},
    outage::{Cause, DENIED_PAUSE, Errors, Outage},
    signal::Signal,
};

/// Objects per page of a list.
const PAGE_SIZE: u32 = 500;
/// A page of a list takes a second; one that does not come within this time is asked for again.
const PAGE_WITHIN: Duration = Duration::from_mins(1);

/// How long one request of a watch lasts, in seconds; the API server ends it then, and the next one goes on where it
/// ended, which is neither a failure nor a new list. Where a connection dies without a word (a lost node, a gateway that
/// forgot it) nothing else tells: a watch that is not ended five seconds after its time is taken for dead. So this
/// bounds how long changes are missed. Kubernetes' default of five minutes is too long for that, and to ask once a
/// minute costs the API server nothing.
const WATCH_FOR: u32 = 60;

/// What it means when a kind may not be watched, or is not known to the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing can be decided without it: it is waited for.
    Required,
    /// It counts as empty until it can be watched.
    Optional,
}

/// One watch. `see` gives what is kept of an object.
pub(super) struct Reflection<K, V> {
    pub(super) api: Api<K>,
    pub(super) selector: Option<String>,
    /// The namespace that is watched; absent: all.
    pub(super) namespace: Option<String>,
    pub(super) need: Need,
    /// Plural of the kind, for logs.
    pub(super) what: String,
    pub(super) mirror: Arc<Mirror<V>>,
    pub(super) see: fn(K) -> Option<(ObjectId, V)>,
    pub(super) signal: Arc<Signal>,
    pub(super) errors: Arc<Errors>,
}

/// A list that has begun to come in; `None` while changes are followed.
type Incoming<V> = Option<BTreeMap<ObjectId, V>>;

impl<K, V> Reflection<K, V>
where
    K: Resource + Clone + DeserializeOwned + fmt::Debug + Send + 'static,
    V: Seen,
{
    /// Watches for ever.
    pub(super) async fn run(self) {
        let mut config = watcher::Config::default().page_size(PAGE_SIZE).timeout(WATCH_FOR);
        config.label_selector.clone_from(&self.selector);
        let place = self.namespace.as_deref().unwrap_or("all namespaces");
        let mut outage = Outage::new(format!("{} in {place}", self.what));
        let mut listed = false;
        loop {
            self.follow(config.clone(), &mut outage, &mut listed).await;
        }
    }

    /// Lists and follows until only a new list helps.
    async fn follow(&self, config: watcher::Config, outage: &mut Outage, listed: &mut bool) {
        let mut events = pin!(watcher(self.api.clone(), config));
        let mut incoming: Incoming<V> = None;
        loop {
            let next = if incoming.is_some() {
                timeout(PAGE_WITHIN, events.next()).await
            } else {
                // The watcher itself notices a watch that went silent.
                Ok(events.next().await)
            };
            match next {
                Ok(Some(Ok(event))) => self.take(event, &mut incoming, outage, listed),
                Ok(Some(Err(error))) => {
                    incoming = None;
                    let cause = Cause::of_watch(&error);
                    sleep(self.failed(cause, &error, outage, listed)).await;
                    // In these two cases the watcher would go on from where it cannot go on.
                    if matches!(cause, Cause::Expired | Cause::Undecodable) {
                        return;
                    }
                }
                Ok(None) => return,
                Err(stalled) => {
                    sleep(self.failed(Cause::Silent, &stalled, outage, listed)).await;
                    return;
                }
            }
        }
    }

    fn take(&self, event: Event<K>, incoming: &mut Incoming<V>, outage: &mut Outage, listed: &mut bool) {
        match event {
            // Comes before the request is sent: no sign of life.
            Event::Init => *incoming = Some(BTreeMap::new()),
            Event::InitApply(object) => {
                if let (Some(incoming), Some((id, seen))) = (incoming.as_mut(), (self.see)(object)) {
                    incoming.insert(id, seen);
                }
            }
            Event::InitDone => {
                let list = incoming.take().unwrap_or_default();
                let matters = self.mirror.replace(self.namespace.as_deref(), list);
                self.note_listed(listed);
                outage.succeeded();
                self.signal.raise(matters);
            }
            Event::Apply(object) => {
                outage.succeeded();
                if let Some((id, seen)) = (self.see)(object) {
                    let matters = self.mirror.put(id, seen);
                    self.signal.raise(matters);
                }
            }
            Event::Delete(object) => {
                outage.succeeded();
                if let Some((id, _)) = (self.see)(object) {
                    let matters = self.mirror.remove(&id);
                    self.signal.raise(matters);
                }
            }
        }
    }

    fn failed(
        &self,
        cause: Cause,
        error: &dyn fmt::Display,
        outage: &mut Outage,
        listed: &mut bool,
    ) -> Duration {
        let denied = matches!(cause, Cause::Forbidden | Cause::NotFound);
        match self.need {
            Need::Optional if denied => {
                self.note_listed(listed);
                self.signal.raise(false);
                // An optional API that does not exist is no failure.
                if cause == Cause::Forbidden {
                    outage.failed(cause, error, &self.errors);
                }
                DENIED_PAUSE
            }
            Need::Optional | Need::Required => outage.failed(cause, error, &self.errors),
        }
    }

    fn note_listed(&self, listed: &mut bool) {
        if !std::mem::replace(listed, true) {
            self.mirror.listed();
        }
    }
}
