//! Spares an origin that cannot be reached, and those who would wait for it: after many failures in a row nobody asks
//! for a while, and then one asks for all.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{Cause, Failure};

/// Failures in a row that open the circuit.
const FAILURES: u32 = 10;
/// They must have happened within this time.
const WITHIN: Duration = Duration::from_secs(30);
/// How long nobody asks.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the one that asks for all may take before another one tries.
const TRIAL: Duration = Duration::from_secs(15);

/// The circuit of one origin.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    in_a_row: u32,
    /// When the first of them happened.
    since: Option<Instant>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    /// From when on one may try.
    until: Instant,
    last: Failure,
}

impl Breaker {
    /// Whether the origin may be asked; else the failure that answers for it.
    pub(super) fn admit(&self) -> Result<(), Failure> {
        let now = Instant::now();
        let mut state = self.state();
        match &mut state.open {
            None => Ok(()),
            Some(open) if now >= open.until => {
                // Whoever comes meanwhile gets the old answer; a trial that is never heard of again is replaced.
                open.until = now + TRIAL;
                Ok(())
            }
            Some(open) => Err(open.last.clone()),
        }
    }

    /// Notes how a request ended. Gives whether the circuit was opened by it.
    pub(super) fn ended(&self, failure: Option<&Failure>) -> bool {
        let Some(failure) = failure.filter(|failure| is_of_transport(failure.cause) && !failure.elsewhere)
        else {
            // Whatever an origin answers, it is there; also where its answer leads to a server that is not.
            *self.state() = State::default();
            return false;
        };
        let now = Instant::now();
        let mut state = self.state();
        if state.since.is_none_or(|since| now.duration_since(since) > WITHIN) {
            state.since = Some(now);
            state.in_a_row = 0;
        }
        state.in_a_row = state.in_a_row.saturating_add(1);
        let was_open = state.open.is_some();
        if state.in_a_row >= FAILURES || was_open {
            state.open = Some(Open { until: now + PAUSE, last: failure.clone() });
        }
        !was_open && state.open.is_some()
    }

    /// Whether nobody asks now.
    pub(super) fn is_open(&self) -> bool {
        self.state().open.is_some()
    }

    /// A poisoned lock is taken over: the state is complete after every single change.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an origin could not be reached at all.
const fn is_of_transport(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Refused
            | Cause::ConnectTimeout
            | Cause::Unreachable
            | Cause::Closed
            | Cause::DnsFailed
            | Cause::TlsUntrusted
            | Cause::TlsExpired
            | Cause::TlsWrongName
            | Cause::TlsFailed
            | Cause::HeadersTimeout
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Failure {
        Failure::of(Cause::Refused)
    }

    fn opened() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.admit().unwrap();
            breaker.ended(Some(&refused()));
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn ten_failures_in_a_row_open_it_and_one_asks_for_all_after_a_pause() {
        let breaker = opened();
        assert_eq!(breaker.admit(), Err(refused()));
        tokio::time::advance(PAUSE).await;
        assert_eq!(breaker.admit(), Ok(()));
        assert_eq!(breaker.admit(), Err(refused()), "one at a time");
        breaker.ended(Some(&refused()));
        assert_eq!(breaker.admit(), Err(refused()));
        tokio::time::advance(PAUSE).await;
        assert_eq!(breaker.admit(), Ok(()));
        breaker.ended(None);
        assert_eq!((breaker.admit(), breaker.admit()), (Ok(()), Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_any_kind_shows_that_the_origin_is_there() {
        let breaker = Breaker::default();
        for number in 0..100 {
            assert_eq!(breaker.admit(), Ok(()), "{number}");
            let cause = if number % 9 == 8 { Cause::AccessDenied } else { Cause::Refused };
            assert!(!breaker.ended(Some(&Failure::of(cause))), "{number}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_at_another_server_is_not_held_against_the_origin() {
        let breaker = Breaker::default();
        for _ in 0..100 {
            assert!(!breaker.ended(Some(&Failure { elsewhere: true, ..refused() })));
        }
        assert_eq!(breaker.admit(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_far_apart_do_not_add_up() {
        let breaker = Breaker::default();
        for _ in 0..30 {
            breaker.ended(Some(&refused()));
            tokio::time::advance(Duration::from_secs(4)).await;
        }
        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_is_never_heard_of_again_is_replaced() {
        let breaker = opened();
        tokio::time::advance(PAUSE).await;
        assert_eq!(breaker.admit(), Ok(()));
        tokio::time::advance(TRIAL).await;
        assert_eq!(breaker.admit(), Ok(()));
    }
}
