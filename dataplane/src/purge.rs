//! What was purged, and whether something that was kept is covered by it.
//!
//! Purges have numbers, and everything that is kept knows the last one that its making could know of. It is covered if a
//! purge with a higher number names it: no clock is compared with another one, and nothing has to be found and removed
//! before a purge holds. Work that began before a purge is not shared with requests that come after it.
//!
//! Numbers are those of one list. What knows those of another is covered too, unless there is a store that other lists'
//! purges are written down in: then the time decides, with room for clocks that differ.

mod book;
mod desk;
mod logs;
mod pattern;

use std::{collections::HashMap, sync::Arc};

use imgplane_config::{ObjectId, PurgeRequest, Purges};

pub(crate) use self::{
    desk::{AskError, Desk, Numbering, Progress},
    logs::follow,
    pattern::{Pattern, Scope},
};
use crate::{
    request::{Subject, path_id},
    state::Endpoint,
};

/// More prefixes of one endpoint are not told apart: the oldest of them then cover all of it.
const PREFIXES: usize = 64;

/// What was made so many milliseconds after a purge of another list counts as made before it: clocks of regions differ, and
/// a log is read every few seconds.
const DOUBT: u64 = 120_000;

/// What somebody can know of what was purged: up to which number of which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Knowledge {
    /// The list; 0: nothing was ever purged.
    pub(crate) list: u64,
    /// The last number in it.
    pub(crate) last: u64,
}

/// All purges that count, by what they name.
#[derive(Debug, Default)]
pub(crate) struct Purged {
    known: Knowledge,
    /// What was made without knowledge of this one cannot be judged any more.
    dropped: u64,
    by_endpoint: ByEndpoint,
    /// The purges of all lists, with times in milliseconds for numbers; absent where they are not known.
    by_time: Option<ByEndpoint>,
}

type ByEndpoint = HashMap<ObjectId, OfEndpoint>;

/// The purges of one endpoint, each with the highest number under which it was asked for.
#[derive(Debug, Default)]
struct OfEndpoint {
    all: u64,
    /// By path, and by query where one was named.
    resources: HashMap<(String, Option<String>), u64>,
    /// By path and query, and then by plan.
    plans: HashMap<(String, Option<String>), HashMap<String, u64>>,
    /// In the order of their numbers.
    prefixes: Vec<(Beginning, u64)>,
}

/// How a path begins, or the query of one path.
#[derive(Debug, PartialEq, Eq)]
enum Beginning {
    Path(String),
    Query(String, String),
}

impl Beginning {
    fn covers(&self, path: &str, query: Option<&str>) -> bool {
        match self {
            Self::Path(prefix) => path.starts_with(prefix),
            Self::Query(whole, prefix) => {
                path == whole && query.is_some_and(|query| query.starts_with(prefix))
            }
        }
    }
}

impl Purged {
    /// Reads a list. `endpoints` in the order of their ids; `logged`: what other lists purged, in the order of its times, if
    /// that is known.
    pub(crate) fn new(purges: &Purges, endpoints: &[Arc<Endpoint>], logged: Option<&[PurgeRequest]>) -> Self {
        let known = Knowledge { list: purges.list, last: purges.last() };
        let mut purged = Self { known, dropped: purges.dropped, by_endpoint: HashMap::new(), by_time: None };
        for floor in &purges.floors {
            purged.by_endpoint.entry(floor.endpoint.clone()).or_default().add(Pattern::All, floor.number);
        }
        for purge in &purges.records {
            add(&mut purged.by_endpoint, &purge.request, purge.number, endpoints);
        }
        purged.by_time = logged.map(|logged| {
            let mut all: Vec<&PurgeRequest> =
                logged.iter().chain(purges.records.iter().map(|purge| &purge.request)).collect();
            all.sort_by_key(|request| request.time);
            let mut by_time = ByEndpoint::new();
            for request in all {
                // Times are in whole seconds, which may have just begun.
                let until = request.time.saturating_add(1).saturating_mul(1000).saturating_add(DOUBT);
                add(&mut by_time, request, until, endpoints);
            }
            by_time
        });
        purged
    }

    /// What is known of it all here.
    pub(crate) const fn known(&self) -> Knowledge {
        self.known
    }

    /// Number of the last purge of anything that is made of a file; 0: none. `resource` is raw.
    pub(crate) fn of_file(&self, endpoint: &ObjectId, resource: &str, query: Option<&str>) -> u64 {
        let purged = self.by_endpoint.get(endpoint);
        purged.map_or(0, |purged| purged.of_file(&(path_id(resource), query.map(str::to_owned))))
    }

    /// Whether something that was kept, and made at this time in milliseconds, is not there any more.
    pub(crate) fn covers(&self, subject: &Subject, made: u64) -> bool {
        if subject.list != 0 && subject.list != self.known.list {
            // Nobody knows what the numbers of another list stand for.
            let Some(by_time) = &self.by_time else { return true };
            return by_time.get(&subject.endpoint).is_some_and(|purged| purged.covers(subject, made));
        }
        if subject.purged < self.dropped {
            return true;
        }
        subject.purged < self.known.last
            && self
                .by_endpoint
                .get(&subject.endpoint)
                .is_some_and(|purged| purged.covers(subject, subject.purged))
    }
}

/// Adds a purge. One whose endpoint is not known, or whose URL means nothing there any more, covers all of that endpoint.
fn add(to: &mut ByEndpoint, request: &PurgeRequest, number: u64, endpoints: &[Arc<Endpoint>]) {
    let at = endpoints.binary_search_by(|endpoint| endpoint.id.cmp(&request.endpoint)).ok();
    let scope = if request.resource { Scope::Resource } else { Scope::Url };
    let endpoint = at.and_then(|at| endpoints.get(at));
    let pattern = endpoint.and_then(|endpoint| Pattern::parse(&request.url, scope, endpoint).ok());
    to.entry(request.endpoint.clone()).or_default().add(pattern.unwrap_or(Pattern::All), number);
}

impl OfEndpoint {
    fn add(&mut self, pattern: Pattern, number: u64) {
        match pattern {
            Pattern::All => self.all = self.all.max(number),
            Pattern::Resource(path, query) => _ = self.resources.insert((path, query), number),
            Pattern::Plan(path, query, plan) => {
                self.plans.entry((path, query)).or_default().insert(plan, number);
            }
            Pattern::Prefix(prefix) => self.add_beginning(Beginning::Path(prefix), number),
            Pattern::Query(path, prefix) => self.add_beginning(Beginning::Query(path, prefix), number),
        }
    }

    fn add_beginning(&mut self, beginning: Beginning, number: u64) {
        self.prefixes.retain(|(other, _)| *other != beginning);
        self.prefixes.push((beginning, number));
        if self.prefixes.len() > PREFIXES {
            let (_, oldest) = self.prefixes.remove(0);
            self.all = self.all.max(oldest);
        }
    }

    /// Whether something of which `known` is what its making could know is covered.
    fn covers(&self, subject: &Subject, known: u64) -> bool {
        let Subject { path, query, plan, .. } = subject;
        let file = (path.clone(), query.clone());
        let of_plan = self.plans.get(&file).and_then(|plans| plans.get(plan));
        // A saved original goes with everything that was made of it.
        let of_all = if subject.is_of_original() { self.of_file(&file) } else { self.of_whole_file(&file) };
        known < of_all || of_plan.is_some_and(|number| known < *number)
    }

    /// Number of the last purge of everything that is made of a file.
    fn of_whole_file(&self, file: &(String, Option<String>)) -> u64 {
        let (path, query) = file;
        let with_any_query = self.resources.get(&(path.clone(), None));
        let named = [with_any_query, self.resources.get(file)].into_iter().flatten();
        let prefixes = self.prefixes.iter().filter(|(prefix, _)| prefix.covers(path, query.as_deref()));
        let numbers = named.chain(prefixes.map(|(_, number)| number));
        numbers.copied().fold(self.all, u64::max)
    }

    /// Number of the last purge of anything that is made of a file.
    fn of_file(&self, file: &(String, Option<String>)) -> u64 {
        let plans = self.plans.get(file).into_iter().flat_map(HashMap::values);
        plans.copied().fold(self.of_whole_file(file), u64::max)
    }
}

#[cfg(test)]
mod tests;
