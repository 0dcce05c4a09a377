//! The purges that are written down in a store: `purges/TIME-ID.json`, each a request as it was asked for.
//!
//! They reach whoever uses the store under another list of purges, or with none: another region, or a DataPlane that was
//! made anew. The log is bounded: of each endpoint it has a hundred records, and older ones are replaced by one that covers
//! the whole endpoint up to their time. What is older than anything that is kept leaves.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use imgplane_config::{ObjectId, PurgeRequest};
use opendal::{ErrorKind, Operator};

use crate::{Operation, Store};

/// Below this lie the records.
const FOLDER: &str = "purges/";
/// More records of one endpoint are replaced, ...
const MOST: usize = 100;
/// ... down to so many, so that this is not done with every purge.
const LEFT: usize = 50;
/// Nothing is kept longer than a year, so what was purged before that covers nothing.
const OLDEST: Duration = Duration::from_hours(400 * 24);
/// Names that are read: endpoints beyond a hundred full ones would need more.
const MOST_NAMES: usize = 20_000;
/// Largest record in bytes: the longest URL, and the names around it.
const MOST_BYTES: usize = 64 << 10;
/// Records that are read or written at once.
const AT_ONCE: usize = 8;
/// Begins the id of a record that stands for older ones.
const COVER: &str = "all-";

/// The log of one store, as far as it was read.
#[derive(Debug)]
pub struct PurgeLog {
    store: Arc<Store>,
    known: BTreeMap<String, PurgeRequest>,
    /// Names of what is no record. They are not read again.
    odd: BTreeSet<String>,
}

impl PurgeLog {
    /// Of a store that is open. Nothing is read yet.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, known: BTreeMap::new(), odd: BTreeSet::new() }
    }

    /// The store.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// What was read, in the order of its times.
    pub fn records(&self) -> impl Iterator<Item = &PurgeRequest> {
        self.known.values()
    }

    /// Reads what is new. What was read stays known when this is given up. Whether anything changed.
    ///
    /// # Errors
    /// What is wrong with the store.
    pub async fn read(&mut self) -> Result<bool, String> {
        let names: BTreeSet<String> = self.store.names(FOLDER, MOST_NAMES).await?.into_iter().collect();
        let before = self.known.len();
        self.known.retain(|name, _| names.contains(name));
        self.odd.retain(|name| names.contains(name));
        let mut changed = self.known.len() != before;
        let new: Vec<String> = names
            .into_iter()
            .filter(|name| !self.known.contains_key(name) && !self.odd.contains(name))
            .collect();
        let store = Arc::clone(&self.store);
        let mut read = stream::iter(new)
            .map(|name| {
                let store = Arc::clone(&store);
                async move {
                    let bytes = store.read_small(&name, MOST_BYTES).await?;
                    Ok::<_, String>((name, bytes))
                }
            })
            .buffer_unordered(AT_ONCE);
        while let Some((name, bytes)) = read.try_next().await? {
            // One that was deleted since is of no interest.
            let Some(bytes) = bytes else { continue };
            match serde_json::from_slice(&bytes) {
                Ok(request) => {
                    self.known.insert(name, request);
                    changed = true;
                }
                Err(error) => {
                    tracing::warn!(name, %error, "a record in the log of purges cannot be read");
                    self.odd.insert(name);
                }
            }
        }
        Ok(changed)
    }

    /// Writes what is not there yet, and replaces what is too much.
    ///
    /// # Errors
    /// What is wrong with the store.
    pub async fn write<'a>(
        &mut self,
        requests: impl IntoIterator<Item = &'a PurgeRequest>,
        now: SystemTime,
    ) -> Result<(), String> {
        let oldest = oldest(now);
        let missing: Vec<PurgeRequest> = requests
            .into_iter()
            .filter(|request| request.time >= oldest && !self.has(request))
            .cloned()
            .collect();
        let store = &self.store;
        let written: Vec<(String, PurgeRequest)> = stream::iter(missing)
            .map(|request| async move {
                let name = name_of(&request);
                let text = serde_json::to_vec(&request).map_err(|error| error.to_string())?;
                store.write_small(&name, text.into()).await?;
                Ok::<_, String>((name, request))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.known.extend(written);
        self.tidy(oldest).await
    }

    /// Whether a request is written down, or one that covers it.
    fn has(&self, request: &PurgeRequest) -> bool {
        let covers = |other: &PurgeRequest| {
            other.id.starts_with(COVER) && other.endpoint == request.endpoint && other.time >= request.time
        };
        self.known.contains_key(&name_of(request)) || self.known.values().any(covers)
    }

    /// Replaces the older records of endpoints that have too many. The one that covers them is written before they go.
    async fn tidy(&mut self, oldest: u64) -> Result<(), String> {
        let mut by_endpoint: BTreeMap<&ObjectId, Vec<&String>> = BTreeMap::new();
        let mut leaving: Vec<String> = Vec::new();
        for (name, request) in &self.known {
            if request.time < oldest {
                leaving.push(name.clone());
            } else {
                by_endpoint.entry(&request.endpoint).or_default().push(name);
            }
        }
        let mut covers = Vec::new();
        for (endpoint, names) in by_endpoint.into_iter().filter(|(_, names)| names.len() > MOST) {
            let (left, _) = names.split_at(names.len() - LEFT);
            let Some(newest) = left.last().and_then(|name| self.known.get(*name)) else { continue };
            let cover = cover(endpoint, newest.time);
            let own = name_of(&cover);
            leaving.extend(left.iter().filter(|name| ***name != own).map(|name| (*name).clone()));
            covers.push((own, cover));
        }
        for (name, cover) in covers {
            let text = serde_json::to_vec(&cover).map_err(|error| error.to_string())?;
            self.store.write_small(&name, text.into()).await?;
            self.known.insert(name, cover);
        }
        for name in leaving {
            self.store.delete_small(&name).await?;
            self.known.remove(&name);
        }
        Ok(())
    }
}

/// Where a record lies. Its time comes first, so that names are in the order of their times.
fn name_of(request: &PurgeRequest) -> String {
    let id: String = request.id.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    format!("{FOLDER}{:013}-{id}.json", request.time.saturating_mul(1000))
}

/// Stands for all purges of an endpoint up to a time. Whoever replaces the same gives it the same name.
fn cover(endpoint: &ObjectId, time: u64) -> PurgeRequest {
    PurgeRequest {
        id: format!("{COVER}{}.{}", endpoint.namespace, endpoint.name),
        endpoint: endpoint.clone(),
        url: "*".to_owned(),
        resource: true,
        time,
    }
}

/// Unix seconds before which a purge is of no interest any more.
fn oldest(now: SystemTime) -> u64 {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(OLDEST).as_secs()
}

impl Store {
    /// Names below a folder, so many at most.
    async fn names(&self, folder: &'static str, most: usize) -> Result<Vec<String>, String> {
        self.chore(Operation::List, move |operator| async move {
            let listing = operator.lister(folder).await;
            let listing = match listing {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
                listing => listing?,
            };
            let entries = listing.take(most).try_collect::<Vec<_>>().await;
            let entries = match entries {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
                entries => entries?,
            };
            let names = entries.into_iter().map(|entry| entry.path().to_owned());
            Ok(names.filter(|name| name.strip_suffix(".json").is_some()).collect())
        })
        .await
    }

    /// Something of few bytes; `None` where it is not there or larger.
    async fn read_small(&self, name: &str, largest: usize) -> Result<Option<Bytes>, String> {
        let name = name.to_owned();
        self.chore(Operation::Read, move |operator| async move {
            let mut pieces = operator.reader(&name).await?.into_stream(..).await?;
            let mut bytes = BytesMut::new();
            loop {
                match pieces.try_next().await {
                    Ok(Some(piece)) if bytes.len() + piece.len() <= largest => bytes.put(piece),
                    Ok(None) => return Ok(Some(bytes.freeze())),
                    Ok(Some(_)) => return Ok(None),
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
        })
        .await
    }

    async fn write_small(&self, name: &str, bytes: Bytes) -> Result<(), String> {
        let name = name.to_owned();
        let write = move |operator: Operator| async move { operator.write(&name, bytes).await.map(drop) };
        self.chore(Operation::Write, write).await
    }

    async fn delete_small(&self, name: &str) -> Result<(), String> {
        let name = name.to_owned();
        let delete = move |operator: Operator| async move { operator.delete(&name).await };
        self.chore(Operation::Delete, delete).await
    }
}

#[cfg(test)]
mod tests;
