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
    /// Whether the origin is told which host the client asked for, and so may have other files for each.
    by_host: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: HashMap<Name, Noted>,
    /// In the order of coming.
    order: VecDeque<(Name, u64)>,
    next: u64,
}

/// An absent file.
struct Noted {
    /// The number under which it was noted last.
    number: u64,
    at: Instant,
    /// The last purge of it then.
    purged: u64,
    failure: Failure,
}

impl Absent {
    pub(super) fn new(by_host: bool) -> Self {
        Self { keys: (RandomState::new(), RandomState::new()), by_host, state: Mutex::default() }
    }

    /// The failure of an absent file, if it was absent within the last `ttl`, and was not purged since.
    pub(super) fn recall(&self, request: &Request, ttl: Duration) -> Option<Failure> {
        if ttl.is_zero() {
            return None;
        }
        let name = self.name(request);
        let state = self.state();
        let noted = state.known.get(&name)?;
        (noted.at.elapsed() < ttl && noted.purged >= request.purged).then(|| noted.failure.clone())
    }

    /// Remembers an absent file.
    pub(super) fn note(&self, request: &Request, failure: &Failure) {
        let name = self.name(request);
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let (at, purged, failure) = (Instant::now(), request.purged, failure.clone());
        state.known.insert(name, Noted { number, at, purged, failure });
        state.order.push_back((name, number));
        while state.order.len() > MOST {
            let Some((oldest, number)) = state.order.pop_front() else { break };
            // It may have been noted again since.
            if state.known.get(&oldest).is_some_and(|noted| noted.number == number) {
                state.known.remove(&oldest);
            }
        }
    }

    fn name(&self, request: &Request) -> Name {
        let name = (&request.resource, &request.query, request.host.as_ref().filter(|_| self.by_host));
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
        let absent = Absent::new(false);
        absent.note(&request("a.jpg", None), &Failure::missing());
        assert!(absent.recall(&request("a.jpg", None), TTL).is_some());
        assert!(absent.recall(&request("a.jpg", Some("v=2")), TTL).is_none());
        assert!(absent.recall(&request("b.jpg", None), TTL).is_none());
        assert!(absent.recall(&request("a.jpg", None), Duration::ZERO).is_none());
        tokio::time::advance(TTL).await;
        assert!(absent.recall(&request("a.jpg", None), TTL).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_purge_of_an_absent_file_forgets_that_it_is_absent() {
        let absent = Absent::new(false);
        let after = |purged| Request { purged, ..request("a.jpg", None) };
        absent.note(&after(5), &Failure::missing());
        for (purged, known) in [(0, true), (5, true), (6, false)] {
            assert_eq!(absent.recall(&after(purged), TTL).is_some(), known, "{purged}");
        }
        absent.note(&after(6), &Failure::missing());
        assert!(absent.recall(&after(6), TTL).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_absent_at_one_host_may_be_there_at_another_that_the_origin_is_told() {
        for by_host in [true, false] {
            let absent = Absent::new(by_host);
            let of = |host: &str| Request { host: Some(host.to_owned()), ..request("a.jpg", None) };
            absent.note(&of("one.example"), &Failure::missing());
            assert!(absent.recall(&of("one.example"), TTL).is_some());
            assert_eq!(absent.recall(&of("two.example"), TTL).is_none(), by_host);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded_and_forgets_the_oldest() {
        let absent = Absent::new(false);
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
