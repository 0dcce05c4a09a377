//! What is valid for a while and then fetched anew: tokens and temporary credentials. One fetch at a time, early
//! enough that no request meets one that has just expired.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::Failure;

/// How long a failure answers for everybody before it is tried again, so that many requests do not ask one after
/// another what the first of them was just told.
const KEEP_FAILURE: Duration = Duration::from_secs(1);
/// How long a value that is still valid is used after its renewal failed, before it is tried again.
const RENEW_AGAIN: Duration = Duration::from_secs(10);

/// A value that is renewed.
pub(crate) struct Renewed<T> {
    /// How long before its end it is renewed.
    early: Duration,
    state: Mutex<State<T>>,
    turn: tokio::sync::Mutex<()>,
}

struct State<T> {
    held: Option<Held<T>>,
    failed: Option<(Instant, Failure)>,
}

struct Held<T> {
    value: Arc<T>,
    /// From when on it is renewed, and from when on it is not valid; `None`: never.
    times: Option<(Instant, Instant)>,
}

/// A value as its maker gives it.
pub(crate) struct Fresh<T> {
    pub(crate) value: T,
    /// How long it is valid from now on; `None`: for ever.
    pub(crate) lifetime: Option<Duration>,
}

impl<T> Renewed<T> {
    /// Nothing is held yet.
    pub(crate) fn new(early: Duration) -> Self {
        let state = State { held: None, failed: None };
        Self { early, state: Mutex::new(state), turn: tokio::sync::Mutex::new(()) }
    }

    /// The value, made anew where that is due. A value whose renewal fails is used for as long as it is valid.
    pub(crate) async fn get<F>(&self, make: impl FnOnce() -> F) -> Result<Arc<T>, Failure>
    where
        F: Future<Output = Result<Fresh<T>, Failure>>,
    {
        if let Some(value) = self.current() {
            return Ok(value);
        }
        let _turn = self.turn.lock().await;
        if let Some(value) = self.current() {
            return Ok(value);
        }
        if let Some(failure) = self.recent_failure() {
            return Err(failure);
        }
        match make().await {
            Ok(Fresh { value, lifetime }) => {
                let value = Arc::new(value);
                let now = Instant::now();
                let times = lifetime.map(|lifetime| {
                    // Of a short life half is used, so that it is not made anew for every request.
                    let use_for = lifetime.saturating_sub(self.early).max(lifetime / 2);
                    (now + use_for, now + lifetime)
                });
                let mut state = self.state();
                state.failed = None;
                state.held = Some(Held { value: Arc::clone(&value), times });
                Ok(value)
            }
            Err(failure) => {
                let now = Instant::now();
                let mut state = self.state();
                if let Some(Held { value, times: Some((renew, end)) }) = &mut state.held
                    && now < *end
                {
                    tracing::warn!(detail = %failure.detail, "renewing failed; what is held is still valid");
                    *renew = (now + RENEW_AGAIN).min(*end);
                    return Ok(Arc::clone(value));
                }
                state.held = None;
                state.failed = Some((now, failure.clone()));
                Err(failure)
            }
        }
    }

    /// Lets go of a value that was refused, unless another one is held already.
    pub(crate) fn discard(&self, refused: &Arc<T>) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| Arc::ptr_eq(&held.value, refused)) {
            state.held = None;
        }
    }

    fn current(&self) -> Option<Arc<T>> {
        let state = self.state();
        let held = state.held.as_ref()?;
        let due = held.times.is_some_and(|(renew, _)| Instant::now() >= renew);
        (!due).then(|| Arc::clone(&held.value))
    }

    fn recent_failure(&self) -> Option<Failure> {
        let state = self.state();
        let (at, failure) = state.failed.as_ref()?;
        (at.elapsed() < KEEP_FAILURE).then(|| failure.clone())
    }

    /// A poisoned lock is taken over: the state is complete after every single change.
    fn state(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Renewed<T> {
    /// What is held is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewed(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::Cause;

    struct Maker {
        renewed: Renewed<usize>,
        made: AtomicUsize,
        lifetime: Duration,
    }

    impl Maker {
        fn new(lifetime: u64) -> Self {
            Self {
                renewed: Renewed::new(Duration::from_mins(1)),
                made: AtomicUsize::new(0),
                lifetime: Duration::from_secs(lifetime),
            }
        }

        async fn get(&self) -> usize {
            let made = self.renewed.get(|| async {
                tokio::task::yield_now().await;
                let value = self.made.fetch_add(1, Ordering::Relaxed);
                Ok(Fresh { value, lifetime: Some(self.lifetime) })
            });
            *made.await.unwrap()
        }

        async fn fail(&self) -> Result<usize, Failure> {
            let made = self.renewed.get(|| async {
                self.made.fetch_add(1, Ordering::Relaxed);
                Err(Failure::of(Cause::ServerError))
            });
            made.await.map(|value| *value)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_is_made_once_for_all_and_anew_before_its_end() {
        let maker = Maker::new(3_600);
        let all = futures::future::join_all((0..20).map(|_| maker.get())).await;
        assert_eq!(all, [0; 20]);
        tokio::time::advance(Duration::from_secs(3_539)).await;
        assert_eq!(maker.get().await, 0);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(maker.get().await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_a_short_life_is_used() {
        let maker = Maker::new(10);
        assert_eq!(maker.get().await, 0);
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(maker.get().await, 0);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(maker.get().await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_that_cannot_be_renewed_is_used_to_its_end() {
        let maker = Maker::new(3_600);
        assert_eq!(maker.get().await, 0);
        tokio::time::advance(Duration::from_secs(3_550)).await;
        assert_eq!(maker.fail().await.unwrap(), 0);
        assert_eq!(maker.fail().await.unwrap(), 0, "not tried again at once");
        assert_eq!(maker.made.load(Ordering::Relaxed), 2);
        tokio::time::advance(Duration::from_secs(51)).await;
        assert!(maker.fail().await.is_err());
        assert!(maker.fail().await.is_err());
        assert_eq!(maker.made.load(Ordering::Relaxed), 3, "one failure answers for a second");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(maker.get().await, 3);
    }

    #[tokio::test]
    async fn a_value_that_was_refused_is_made_anew_and_a_newer_one_stays() {
        let maker = Maker::new(3_600);
        let first = maker.renewed.get(|| async { Ok(Fresh { value: 7, lifetime: None }) }).await.unwrap();
        maker.renewed.discard(&first);
        assert_eq!(maker.get().await, 0);
        maker.renewed.discard(&first);
        assert_eq!(maker.get().await, 0);
    }
}
