//! Work that is shared: requests that come while something is on its way, or being made, wait for the same.
//!
//! It goes on as long as anybody waits for it: where the request that began it is given up, the others carry it on.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use prometheus_client::metrics::counter::Counter;

/// Work as it is awaited.
type Work<T> = BoxFuture<'static, T>;

/// The work that runs now, by what it is for.
pub(crate) struct Merge<K: Eq + Hash, T: Clone>(Arc<Mutex<Board<K, T>>>);

struct Board<K: Eq + Hash, T: Clone> {
    next: u64,
    by_key: HashMap<K, (u64, WeakShared<Work<T>>)>,
}

impl<K: Eq + Hash, T: Clone> Default for Merge<K, T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Board { next: 0, by_key: HashMap::new() })))
    }
}

impl<K: Eq + Hash, T: Clone> std::fmt::Debug for Merge<K, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merge").field("running", &lock(&self.0).by_key.len()).finish()
    }
}

impl<K, T> Merge<K, T>
where
    K: Eq + Hash + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Joins what runs under this key, which `joined` counts, or begins it.
    pub(super) fn join<F>(&self, key: K, joined: &Counter, begin: impl FnOnce() -> F) -> Shared<Work<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut board = lock(&self.0);
        if let Some(running) = board.by_key.get(&key).and_then(|(_, running)| running.upgrade()) {
            joined.inc();
            return running;
        }
        board.next += 1;
        let number = board.next;
        let departure = Departure { board: Arc::clone(&self.0), key: key.clone(), number };
        let work = begin();
        let shared = async move {
            let _departure = departure;
            work.await
        };
        let shared = shared.boxed().shared();
        if let Some(weak) = shared.downgrade() {
            board.by_key.insert(key, (number, weak));
        }
        shared
    }
}

/// Takes work off the board when it is done or nobody waits any more, so that the next request starts afresh.
struct Departure<K: Eq + Hash, T: Clone> {
    board: Arc<Mutex<Board<K, T>>>,
    key: K,
    number: u64,
}

impl<K: Eq + Hash, T: Clone> Drop for Departure<K, T> {
    fn drop(&mut self) {
        let mut board = lock(&self.board);
        if board.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            board.by_key.remove(&self.key);
        }
    }
}

/// Changes under these locks are complete before anything can panic, so a poisoned one is sound.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn who_comes_while_work_runs_gets_the_same_and_who_comes_later_begins_anew() {
        let merge: Merge<&str, u32> = Merge::default();
        let joined = Counter::default();
        let (finish, finished) = oneshot::channel();
        let first = merge.join("a", &joined, || async { finished.await.unwrap() });
        let second = merge.join("a", &joined, || async { unreachable!("it runs already") });
        let other = merge.join("b", &joined, || async { 9 });
        finish.send(7).unwrap();
        assert_eq!((first.await, second.await, other.await), (7, 7, 9));
        assert_eq!(joined.get(), 1);
        assert_eq!(merge.join("a", &joined, || async { 8 }).await, 8);
    }

    #[tokio::test]
    async fn whoever_is_left_carries_the_work_on() {
        let merge: Merge<&str, u32> = Merge::default();
        let joined = Counter::default();
        let (finish, finished) = oneshot::channel();
        let mut first = merge.join("a", &joined, || async { finished.await.unwrap() });
        let second = merge.join("a", &joined, || async { unreachable!("it runs already") });
        assert!(futures::poll!(&mut first).is_pending());
        drop(first);
        finish.send(7).unwrap();
        assert_eq!(second.await, 7);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_ends() {
        let merge: Merge<&str, u32> = Merge::default();
        let joined = Counter::default();
        let (alive, mut ended) = oneshot::channel::<()>();
        let mut work = merge.join("a", &joined, || async move {
            let _alive = alive;
            std::future::pending().await
        });
        assert!(futures::poll!(&mut work).is_pending());
        drop(work);
        assert!(ended.try_recv().is_err());
        assert_eq!(merge.join("a", &joined, || async { 8 }).await, 8);
    }
}
