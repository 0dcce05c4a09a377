//! Keeps requests away from a store that does not answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many failures in a row end the use of the store: fewer are what a busy network does now and then.
const FAILURES: u32 = 5;
/// How long it is left alone before it is tried once.
const PAUSE: Duration = Duration::from_secs(5);

/// Counts failures of one kind of operation.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    in_a_row: u32,
    /// When it may be tried again; absent while it is in use.
    trial: Option<Instant>,
    error: Option<String>,
}

impl Breaker {
    /// Whether the store is in use.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().trial.is_none()
    }

    /// Whether it is left alone and its trial is due, which the caller makes: nobody else is told so until the next pause
    /// is over.
    pub(crate) fn takes_trial(&self) -> bool {
        let mut state = self.state();
        let due = state.trial.is_some_and(|due| due <= Instant::now());
        if due {
            state.trial = Some(Instant::now() + PAUSE);
        }
        due
    }

    /// Notes that an operation succeeded. Whether the store is in use again by that.
    pub(crate) fn succeeded(&self) -> bool {
        let mut state = self.state();
        let was_open = state.trial.is_some();
        *state = State::default();
        was_open
    }

    /// Notes that one failed. Whether the store is left alone from now on.
    pub(crate) fn failed(&self, error: &str) -> bool {
        let mut state = self.state();
        state.in_a_row = state.in_a_row.saturating_add(1);
        state.error = Some(error.to_owned());
        let was_closed = state.trial.is_none();
        if state.in_a_row < FAILURES {
            return false;
        }
        state.trial = Some(Instant::now() + PAUSE);
        was_closed
    }

    /// The last failure, while the store is left alone.
    pub(crate) fn error(&self) -> Option<String> {
        let state = self.state();
        state.error.clone().filter(|_| state.trial.is_some())
    }

    /// What holds this lock does not panic, so what it guards is sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_end_the_use_until_a_trial_succeeds() {
        let breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert!(!breaker.failed("refused"));
        }
        assert!(!breaker.succeeded(), "it was never out of use");
        for _ in 1..FAILURES {
            assert!(!breaker.failed("refused"));
        }
        assert!(breaker.is_closed());
        assert!(breaker.failed("refused"));
        assert_eq!((breaker.is_closed(), breaker.error().as_deref()), (false, Some("refused")));
        assert!(!breaker.takes_trial(), "not before the pause is over");
        tokio::time::advance(PAUSE).await;
        assert!(breaker.takes_trial());
        assert!(!breaker.takes_trial(), "one at a time");
        assert!(!breaker.failed("still"), "it was out of use before");
        tokio::time::advance(PAUSE).await;
        assert!(breaker.takes_trial());
        assert!(breaker.succeeded());
        assert_eq!((breaker.is_closed(), breaker.error()), (true, None));
    }
}
