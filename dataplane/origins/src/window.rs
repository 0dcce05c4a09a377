//! How an origin fared in the last 60 seconds: counts, and the latest sample of each class of failure.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use imgplane_config::{
    ObjectId,
    report::{ErrorSample, OriginHealth},
};

use crate::{Cause, Failure, clock::Clock};

/// Length of the window in seconds.
const SECONDS: u64 = 60;
/// Classes of failure that are told apart in one second; further ones only count as requests. Bounds what an origin
/// that invents error codes may cost.
const CLASSES: usize = 16;
/// Classes that are reported.
const REPORTED: usize = 5;

/// What makes two failures the same class. Causes are in the order of their codes, the worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Class {
    cause: Cause,
    http_status: Option<u16>,
    provider_code: Option<String>,
    ambiguous: bool,
}

impl Class {
    fn of(failure: &Failure) -> Self {
        Self {
            cause: failure.cause,
            http_status: failure.http_status,
            provider_code: failure.provider_code.clone(),
            ambiguous: failure.ambiguous,
        }
    }
}

/// Outcomes of the fetches of one origin.
#[derive(Debug)]
pub(crate) struct Window {
    clock: Clock,
    slots: Mutex<VecDeque<Slot>>,
}

/// One second with at least one outcome.
#[derive(Debug, Default)]
struct Slot {
    second: u64,
    requests: u64,
    successes: u64,
    failures: HashMap<Class, Sample>,
}

#[derive(Debug, Clone)]
struct Sample {
    count: u64,
    message: String,
    remedy: String,
    path: String,
}

impl Window {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, slots: Mutex::default() }
    }

    /// Counts a fetch that delivered.
    pub(crate) fn succeeded(&self) {
        self.count(|slot| slot.successes += 1);
    }

    /// Counts a fetch that failed. An absent file counts as neither success nor failure.
    pub(crate) fn failed(&self, failure: &Failure, path: &str) {
        self.count(|slot| {
            if failure.is_plain_miss() {
                return;
            }
            let class = Class::of(failure);
            let known = slot.failures.len();
            match slot.failures.get_mut(&class) {
                Some(sample) => {
                    sample.count += 1;
                    sample.message.clone_from(&failure.detail);
                    sample.remedy.clone_from(&failure.remedy);
                    path.clone_into(&mut sample.path);
                }
                None if known < CLASSES => {
                    let sample = Sample {
                        count: 1,
                        message: failure.detail.clone(),
                        remedy: failure.remedy.clone(),
                        path: path.to_owned(),
                    };
                    slot.failures.insert(class, sample);
                }
                None => {}
            }
        });
    }

    /// What the window holds now.
    pub(crate) fn health(&self, id: &ObjectId) -> OriginHealth {
        let now = self.clock.unix_seconds();
        let mut health = OriginHealth { id: id.clone(), requests: 0, successes: 0, errors: Vec::new() };
        let mut classes: HashMap<Class, ErrorSample> = HashMap::new();
        let mut slots = self.slots();
        forget_old(&mut slots, now);
        for slot in slots.iter() {
            health.requests += slot.requests;
            health.successes += slot.successes;
            for (class, sample) in &slot.failures {
                let total = classes.entry(class.clone()).or_insert_with(|| ErrorSample {
                    code: class.cause.code().as_str().to_owned(),
                    reason: class.cause.as_str().to_owned(),
                    ambiguous: class.ambiguous,
                    message: String::new(),
                    remedy: String::new(),
                    http_status: class.http_status,
                    provider_code: class.provider_code.clone(),
                    sample_path: String::new(),
                    first_seen: slot.second,
                    last_seen: slot.second,
                    count: 0,
                });
                total.count += sample.count;
                total.last_seen = slot.second;
                total.message.clone_from(&sample.message);
                total.remedy.clone_from(&sample.remedy);
                total.sample_path.clone_from(&sample.path);
            }
        }
        drop(slots);
        let mut classes: Vec<_> = classes.into_iter().collect();
        // The order of codes is worst first; the rest of the key makes the order the same each time.
        classes.sort_by(|(one, a), (other, b)| {
            let key = |class: &Class, count| (class.cause.code(), std::cmp::Reverse(count));
            (key(one, a.count), one).cmp(&(key(other, b.count), other))
        });
        health.errors = classes.into_iter().take(REPORTED).map(|(_, sample)| sample).collect();
        health
    }

    fn count(&self, change: impl FnOnce(&mut Slot)) {
        let now = self.clock.unix_seconds();
        let mut slots = self.slots();
        forget_old(&mut slots, now);
        // A clock that was set back goes on in the newest slot, so that the order of slots holds.
        if slots.back().is_none_or(|newest| newest.second < now) {
            slots.push_back(Slot { second: now, ..Slot::default() });
        }
        if let Some(slot) = slots.back_mut() {
            slot.requests += 1;
            change(slot);
        }
    }

    /// A poisoned lock is taken over: counts are complete after every single change.
    fn slots(&self) -> MutexGuard<'_, VecDeque<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_old(slots: &mut VecDeque<Slot>, now: u64) {
    while slots.front().is_some_and(|oldest| oldest.second + SECONDS <= now) {
        slots.pop_front();
    }
}

/// Where the end of one transfer is reported.
#[derive(Debug)]
pub(crate) struct Outcome {
    window: Arc<Window>,
    path: String,
}

impl Outcome {
    pub(crate) fn new(window: Arc<Window>, path: String) -> Self {
        Self { window, path }
    }

    pub(crate) fn succeeded(self) {
        self.window.succeeded();
    }

    pub(crate) fn failed(self, failure: &Failure) {
        self.window.failed(failure, &self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        time::{Duration, UNIX_EPOCH},
    };

    use super::*;

    fn window() -> (Window, Arc<AtomicU64>) {
        let seconds = Arc::new(AtomicU64::new(1_000_000));
        let told = Arc::clone(&seconds);
        let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(told.load(Ordering::Relaxed)));
        (Window::new(clock), seconds)
    }

    fn health(window: &Window) -> OriginHealth {
        window.health(&ObjectId::new("shop", "photos"))
    }

    #[test]
    fn an_outcome_is_forgotten_after_sixty_seconds() {
        let (window, seconds) = window();
        window.succeeded();
        seconds.fetch_add(59, Ordering::Relaxed);
        window.failed(&Failure::of(Cause::AccessDenied), "a.jpg");
        assert_eq!((health(&window).requests, health(&window).successes), (2, 1));
        seconds.fetch_add(1, Ordering::Relaxed);
        assert_eq!((health(&window).requests, health(&window).successes), (1, 0));
        assert_eq!(health(&window).errors.len(), 1);
        seconds.fetch_add(59, Ordering::Relaxed);
        assert_eq!(health(&window).requests, 0);
        assert!(health(&window).errors.is_empty());
    }

    #[test]
    fn an_absent_file_counts_as_neither_success_nor_failure_and_a_missing_bucket_as_failure() {
        let (window, _) = window();
        window.failed(&Failure::missing(), "a");
        assert_eq!((health(&window).requests, health(&window).errors.len()), (1, 0));
        window.failed(&Failure::of(Cause::BucketNotFound), "a");
        assert_eq!((health(&window).requests, health(&window).errors.len()), (2, 1));
    }

    #[test]
    fn failures_are_told_apart_by_cause_status_and_provider_code_worst_first_with_the_latest_sample() {
        let (window, seconds) = window();
        let failed = |cause, status, text: &str, path: &str| {
            let failure = Failure::new(cause, "", text, "");
            window.failed(&Failure { http_status: Some(status), ..failure }, path);
        };
        failed(Cause::ServerError, 500, "first", "a.jpg");
        seconds.fetch_add(5, Ordering::Relaxed);
        failed(Cause::ServerError, 500, "second", "b.jpg");
        failed(Cause::ServerError, 502, "other", "c.jpg");
        failed(Cause::AccessDenied, 403, "denied", "d.jpg");
        let errors = health(&window).errors;
        let seen: Vec<_> = errors.iter().map(|e| (e.code.as_str(), e.http_status, e.count)).collect();
        assert_eq!(
            seen,
            [("EACCES", Some(403), 1), ("UNIDENTIFIED", Some(500), 2), ("UNIDENTIFIED", Some(502), 1)]
        );
        let reasons: Vec<_> = errors.iter().map(|error| error.reason.as_str()).collect();
        assert_eq!(reasons, ["AccessDenied", "ServerError", "ServerError"]);
        let worst = &errors[1];
        assert_eq!((worst.message.as_str(), worst.sample_path.as_str()), ("second", "b.jpg"));
        assert_eq!((worst.first_seen, worst.last_seen), (1_000_000, 1_000_005));
    }

    #[test]
    fn a_refusal_that_may_mean_absence_is_marked_and_told_from_one_that_does_not() {
        let (window, _) = window();
        let denied = || Failure::of(Cause::AccessDenied);
        window.failed(&denied(), "a.jpg");
        window.failed(&Failure { ambiguous: true, ..denied() }, "b.jpg");
        let seen: Vec<_> =
            health(&window).errors.into_iter().map(|error| (error.ambiguous, error.sample_path)).collect();
        assert_eq!(seen, [(false, "a.jpg".to_owned()), (true, "b.jpg".to_owned())]);
    }

    #[test]
    fn an_origin_that_invents_codes_fills_no_memory() {
        let (window, _) = window();
        for number in 0..1_000 {
            let code = format!("Made{number}");
            let failure = Failure { provider_code: Some(code), ..Failure::of(Cause::ServerError) };
            window.failed(&failure, "a");
        }
        assert_eq!(health(&window).requests, 1_000);
        assert_eq!(health(&window).errors.len(), REPORTED);
        assert_eq!(window.slots()[0].failures.len(), CLASSES);
    }

    #[test]
    fn a_clock_that_was_set_back_loses_nothing() {
        let (window, seconds) = window();
        window.succeeded();
        seconds.fetch_sub(30, Ordering::Relaxed);
        window.succeeded();
        assert_eq!(health(&window).successes, 2);
    }
}
