//! The list of what was purged: what pods were asked for gets its number here, and its place.
//!
//! The list is part of the config, so that every pod purges the same in the same order, also one that was away, and
//! acknowledges it as it does everything else. It is bounded: what every pod has acknowledged leaves it, the oldest
//! first, where something new needs the room; and where nothing may leave, what is new waits in the pods.
//!
//! Pure: no client and no clock.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{ObjectId, Purge, PurgeRequest, Purges};

/// Most records.
const RECORDS: usize = 1000;
/// Most bytes of them as JSON: a small part of what pods mount.
const BYTES: usize = 256 << 10;
/// Most bytes of one request as JSON. No URL that a pod serves is half as long, so this is no request of a pod that
/// works as it should.
const REQUEST: usize = 32 << 10;

/// What was purged on one DataPlane.
#[derive(Debug, Clone, Default)]
pub struct PurgeList {
    list: Purges,
}

impl From<Purges> for PurgeList {
    /// Goes on with a list.
    fn from(list: Purges) -> Self {
        Self { list }
    }
}

impl PurgeList {
    /// What pods are to know.
    pub const fn purges(&self) -> &Purges {
        &self.list
    }

    /// Begins the list of a DataPlane that keeps results, unless it has begun. `now` is in milliseconds since 1970.
    ///
    /// Its numbers go on from the time, not from 1: an earlier list may have been lost with the objects that held it,
    /// while pods still remember how far they had taken it in. Its numbers were lower, because it began at an earlier
    /// time and grew by less than a number in a millisecond; and everything that pods kept under it counts as purged,
    /// because the new one begins as if all before it had been dropped. Where there was no list, nothing is kept yet.
    pub fn begin(&mut self, now: u64) {
        if self.list.is_empty() {
            self.list.dropped = now.saturating_sub(1);
        }
    }

    /// Takes up what pods were asked to purge and is not listed yet, in the order of its times, as far as there is
    /// room. Requests for endpoints that are not served are left out. Whether the list is another one now.
    pub fn take_up<'a>(
        &mut self,
        asked: impl IntoIterator<Item = &'a PurgeRequest>,
        serves: impl Fn(&ObjectId) -> bool,
    ) -> bool {
        let listed: BTreeSet<&str> =
            self.list.records.iter().map(|purge| purge.request.id.as_str()).collect();
        let new: BTreeMap<&str, &PurgeRequest> = asked
            .into_iter()
            .filter(|request| !listed.contains(request.id.as_str()) && serves(&request.endpoint))
            .map(|request| (request.id.as_str(), request))
            .collect();
        let mut new: Vec<_> = new.into_values().collect();
        new.sort_by_key(|request| (request.time, request.id.as_str()));

        let mut sizes: Vec<_> = self.list.records.iter().map(size).collect();
        let mut grown = false;
        for request in new {
            let purge = Purge { number: self.list.last() + 1, request: request.clone() };
            let size = size(&purge);
            if size > REQUEST {
                continue;
            }
            let Some(leaving) = self.leaving(&sizes, size) else { break };
            sizes.drain(..leaving);
            for dropped in self.list.records.drain(..leaving) {
                self.list.dropped = dropped.number;
            }
            self.list.records.push(purge);
            sizes.push(size);
            grown = true;
        }
        grown
    }

    /// How many of the oldest records make room for one more of this size; `None` where that would take some that are
    /// not completed.
    fn leaving(&self, sizes: &[usize], size: usize) -> Option<usize> {
        let completed =
            self.list.records.iter().take_while(|purge| purge.number <= self.list.completed).count();
        // One for the brackets, which are two, where separators are one less than records.
        let mut bytes = 1 + sizes.iter().sum::<usize>() + size;
        let mut records = sizes.len() + 1;
        let mut leaving = 0;
        while records > RECORDS || bytes > BYTES {
            let oldest = sizes.get(leaving).filter(|_| leaving < completed)?;
            bytes -= oldest;
            records -= 1;
            leaving += 1;
        }
        Some(leaving)
    }

    /// Whether a record is not completed yet.
    pub fn is_open(&self) -> bool {
        self.list.records.last().is_some_and(|purge| purge.number > self.list.completed)
    }

    /// Takes in that every ready pod has taken in the list up to this number. Whether that completes a purge.
    pub fn complete(&mut self, number: u64) -> bool {
        let open = |purge: &Purge| purge.number > self.list.completed && purge.number <= number;
        let Some(last) = self.list.records.iter().rev().find(|purge| open(purge)) else { return false };
        self.list.completed = last.number;
        true
    }
}

/// Bytes of a record as JSON, with what separates it from the next.
fn size(purge: &Purge) -> usize {
    serde_json::to_vec(purge).map_or(REQUEST + 1, |text| text.len() + 1)
}

#[cfg(test)]
mod tests;
