//! Which changes become Events: those of the mood of an object, and no more of them than anybody wants to read.

use std::{collections::BTreeMap, time::Duration};

use imgplane_config::ObjectId;
use imgplane_crds::{ConditionStatus, ConditionType, Health, Kind};
use tokio::time::Instant;

use super::budget::Bucket;
use crate::status::{DesiredStatus, StatusBody};

/// Events of one object that need no change of its spec: at once this many, ...
const BURST: u32 = 2;
/// ... and then one in this time, so that no hour has more than 6.
const REFILL: Duration = Duration::from_mins(15);
/// Time between two Events that say that something is wrong.
const UNHEALTHY: Duration = Duration::from_mins(10);
/// How long an object that is not offered any more is remembered.
const MEMORY: Duration = Duration::from_hours(2);
/// Longest note, in characters, as the API bounds it in bytes.
const NOTE: usize = 1000;

/// What an Event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announcement {
    /// Whether something is wrong.
    pub(super) warning: bool,
    /// In one word.
    pub(super) reason: String,
    /// In a sentence.
    pub(super) note: String,
}

/// How an object is, as far as an Event cares.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mood {
    Good,
    Degraded,
    Bad { reason: String },
}

/// What has been announced of each object.
#[derive(Debug, Default)]
pub(super) struct Gate {
    entries: BTreeMap<(Kind, ObjectId), Entry>,
}

#[derive(Debug)]
struct Entry {
    uid: String,
    told: Option<Mood>,
    cause: u64,
    /// Whether the present cause has had its own Event.
    spent: bool,
    bucket: Bucket,
    last_warning: Option<Instant>,
    seen: Instant,
}

impl Gate {
    /// What is to be announced of an object now, if anything. What is held back is told when it is still true later.
    pub(super) fn consider(&mut self, status: &DesiredStatus, now: Instant) -> Option<Announcement> {
        let entry = self.entry(status, now);
        let mood = mood(&status.body)?;
        if entry.told.as_ref() == Some(&mood) {
            return None;
        }
        let warning = mood != Mood::Good;
        if entry.spent {
            let early =
                warning && entry.last_warning.is_some_and(|last| now.duration_since(last) < UNHEALTHY);
            if early || !entry.bucket.take(now) {
                return None;
            }
        }
        entry.spent = true;
        if warning {
            entry.last_warning = Some(now);
        }
        let announcement = announcement(&mood, &status.body);
        entry.told = Some(mood);
        Some(announcement)
    }

    /// Forgets objects that are gone.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.entries.retain(|_, entry| now.duration_since(entry.seen) < MEMORY);
    }

    fn entry(&mut self, status: &DesiredStatus, now: Instant) -> &mut Entry {
        let new = || Entry {
            uid: status.uid.clone(),
            // What stands in the object was announced by whoever wrote it.
            told: status.current.as_ref().and_then(mood),
            cause: status.cause,
            spent: !status.urgent,
            bucket: Bucket::new(BURST, REFILL, now),
            last_warning: None,
            seen: now,
        };
        let entry = self.entries.entry((status.kind, status.id.clone())).or_insert_with(new);
        if entry.uid != status.uid {
            *entry = new();
        }
        if entry.cause != status.cause {
            entry.cause = status.cause;
            entry.spent = false;
        }
        entry.seen = now;
        entry
    }
}

/// Nothing is said of an object that is being worked on.
fn mood(body: &StatusBody) -> Option<Mood> {
    let ready = body.condition(ConditionType::Ready)?;
    let degraded = matches!(body, StatusBody::Origin(status) if status.health == Some(Health::Degraded));
    if ready.status == ConditionStatus::False.as_str() {
        Some(Mood::Bad { reason: ready.reason.clone() })
    } else if ready.status == ConditionStatus::True.as_str() {
        Some(if degraded { Mood::Degraded } else { Mood::Good })
    } else {
        None
    }
}

fn announcement(mood: &Mood, body: &StatusBody) -> Announcement {
    let message =
        body.condition(ConditionType::Ready).map(|ready| ready.message.as_str()).unwrap_or_default();
    let (warning, reason) = match mood {
        Mood::Good => (false, ConditionType::Ready.as_str().to_owned()),
        Mood::Degraded => (true, Health::Degraded.as_str().to_owned()),
        Mood::Bad { reason } => (true, reason.clone()),
    };
    Announcement { warning, reason, note: note(message) }
}

/// The API bounds notes in bytes.
fn note(message: &str) -> String {
    let mut note = String::new();
    for c in message.chars() {
        if note.len() + c.len_utf8() > NOTE {
            note.push('\u{2026}');
            break;
        }
        note.push(c);
    }
    note
}
