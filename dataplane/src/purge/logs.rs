//! Keeps the logs of purges in the stores: reads what others purged, and writes down what is purged here.
//!
//! A store whose log cannot be read was perhaps purged of something by others, and one whose log cannot be written to
//! would keep a purge from others: neither is used, and the report says how far the logs have come.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use imgplane_config::{PurgeRequest, Purges};
use imgplane_store::PurgeLog;
use tokio::time::Instant;

use crate::server::App;

/// How often logs are read.
const EVERY: Duration = Duration::from_secs(10);
/// How soon that is tried again where it failed.
const AGAIN: Duration = Duration::from_secs(1);
/// How long it may take, and a server that begins waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a store is used on whose log cannot be read now: what is judged by time has more room than this.
const STALE: Duration = Duration::from_mins(1);

/// The log of one store, and how far it has come.
#[derive(Debug)]
struct Followed {
    log: PurgeLog,
    read: Option<Instant>,
    /// Up to this number of the own list it has everything.
    purged: u64,
    fine: bool,
}

/// Follows the logs of all stores for ever.
pub(crate) async fn follow(app: Arc<App>) {
    let mut logs: Vec<Followed> = Vec::new();
    loop {
        // Before the first config none are wanted, and that says nothing.
        let settled = app.stores.are_wanted() && app.stores.is_settled();
        let (open, list) = (app.stores.all(), app.purges.list());
        logs.retain(|one| open.iter().any(|(_, store)| Arc::ptr_eq(store, one.log.store())));
        for (_, store) in open {
            if !logs.iter().any(|one| Arc::ptr_eq(&store, one.log.store())) {
                logs.push(Followed { log: PurgeLog::new(store), read: None, purged: 0, fine: false });
            }
        }
        // What was read until then stays read.
        let _ = tokio::time::timeout(PATIENCE, join_all(logs.iter_mut().map(|one| one.round(&list)))).await;
        app.purges.take_in(union(&logs));
        let purged = logs.iter().map(|one| one.purged).min().unwrap_or_default();
        app.stores.note_logs(settled, purged);
        let wait = if logs.iter().all(|one| one.fine) { EVERY } else { AGAIN };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.purges.changed() => {}
            () = app.stores.changed() => {}
        }
    }
}

/// What all logs say, in the order of times; `None` where there is none, or one was never read.
fn union(logs: &[Followed]) -> Option<Vec<PurgeRequest>> {
    let known = !logs.is_empty() && logs.iter().all(|one| one.read.is_some());
    known.then(|| {
        let mut all: Vec<PurgeRequest> = logs.iter().flat_map(|one| one.log.records().cloned()).collect();
        all.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        all.dedup_by(|a, b| a.id == b.id && a.time == b.time);
        all
    })
}

impl Followed {
    /// Reads the log, and writes what is missing there.
    async fn round(&mut self, list: &Purges) {
        self.fine = false;
        if let Err(error) = self.log.read().await {
            if self.read.is_none_or(|read| read.elapsed() > STALE) {
                self.log.store().bar(Some(format!("is not used: its log of purges cannot be read: {error}")));
            }
            return;
        }
        self.read = Some(Instant::now());
        let requests = list.records.iter().map(|purge| &purge.request);
        match self.log.write(requests, SystemTime::now()).await {
            Ok(()) => {
                (self.purged, self.fine) = (list.last(), true);
                self.log.store().bar(None);
            }
            Err(error) => {
                let reason = format!("is not used: its log of purges cannot be written to: {error}");
                self.log.store().bar(Some(reason));
            }
        }
    }
}
