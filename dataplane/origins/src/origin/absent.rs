//! Which files an origin did not have a moment ago, so that it is not asked for each of them again and again.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{Failure, Request};

/// Most files that are remembered; the oldest are forgotten first.
const MOST: usize = 4_096;

/// Two hashes with keys of their own: nobody can look for two names with the same ones.
type Name = (u64, u64);

/// The files that were absent.
pub(super) struct Absent {
    keys: (RandomState, RandomState),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: HashMap<Name, (Instant, Failure)>,
    /// In the order of coming.
    order: VecDeque<(Name, Instant)>,
}

impl Absent {
    pub(super) fn new() -> Self {
        Self { keys: (RandomState::new(), RandomState::new()), state: Mutex::default() }
    }

    /// The failure of an absent file, if it was absent within the last `ttl`.
    pub(super) fn recall(&self, request: &Request, ttl: Duration) -> Option<Failure> {
        if ttl.is_zero() {
            return None;
        }
        let name = self.name(request);
        let state = self.state();
        let (at, failure) = state.known.get(&name)?;
        (at.elapsed() < ttl).then(|| failure.clone())
    }

    /// Remembers an absent file.
    pub(super) fn note(&self, request: &Request, failure: &Failure) {
        let (name, now) = (self.name(request), Instant::now());
        let mut state = self.state();
        state.known.insert(name, (now, failure.clone()));
        state.order.push_back((name, now));
        while state.order.len() > MOST {
            let Some((oldest, at)) = state.order.pop_front() else { break };
            // It may have been noted again since.
            if state.known.get(&oldest).is_some_and(|(noted, _)| *noted == at) {
                state.known.remove(&oldest);
            }
        }
    }

    fn name(&self, request: &Request) -> Name {
        let name = (&request.resource, &request.query);
        (self.keys.0.hash_one(name), self.keys.1.hash_one(name))
    }

    /// A poisoned lock is taken over: at worst a file is forgotten.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Absent(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purpose;

    const TTL: Duration = Duration::from_secs(10);

    fn request(name: &str, query: Option<&str>) -> Request {
        Request { query: query.map(str::to_owned), ..Request::new(name, Purpose::Stream) }
    }

    #[tokio::test(start_paused = true)]
    async fn an_absent_file_is_remembered_for_a_while_by_name_and_query() {
        let absent = Absent::new();
        absent.note(&request("a.jpg", None), &Failure::missing());
        assert!(absent.recall(&request("a.jpg", None), TTL).is_some());
        assert!(absent.recall(&request("a.jpg", Some("v=2")), TTL).is_none());
        assert!(absent.recall(&request("b.jpg", None), TTL).is_none());
        assert!(absent.recall(&request("a.jpg", None), Duration::ZERO).is_none());
        tokio::time::advance(TTL).await;
        assert!(absent.recall(&request("a.jpg", None), TTL).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded_and_forgets_the_oldest() {
        let absent = Absent::new();
        for number in 0..MOST + 10 {
            absent.note(&request(&number.to_string(), None), &Failure::missing());
            absent.note(&request("again", None), &Failure::missing());
        }
        assert!(absent.state().known.len() <= MOST);
        assert!(absent.state().order.len() <= MOST);
        assert!(absent.recall(&request("0", None), TTL).is_none());
        assert!(absent.recall(&request(&(MOST + 9).to_string(), None), TTL).is_some());
        assert!(absent.recall(&request("again", None), TTL).is_some());
    }
}
