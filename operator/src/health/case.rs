//! One origin: its evidence, the verdict that stands, and when another one replaces it.
//!
//! The first probe of new settings decides at once, so that a wrong key is named, and its repair seen, within
//! seconds; so do requests that all fail while nothing has come with these settings. From then on a change of the
//! verdict must hold, or probes must agree on it.

use std::collections::BTreeMap;

use imgplane_config::{Hash, ObjectId, report};
use imgplane_crds::{Health, LastError};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::{
    ProbeOutcome, Reachable, Subject, Verdict,
    evidence::Trouble,
    schedule::Agenda,
    traffic::Traffic,
    words::{self, Basis},
};

/// How long a change must be seen before it is believed: a second look at reports, which come every 10 s.
const HOLD: SignedDuration = SignedDuration::from_secs(8);
/// How long after new settings reports may still speak of the old ones.
const SETTLE: SignedDuration = SignedDuration::from_secs(10);
/// How long the first probe of new settings is waited for before requests are judged without it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
/// How long after new settings an answer is still expected.
const EXPECTED: SignedDuration = SignedDuration::from_secs(90);
/// Probes this far apart are of one round.
const ROUND: SignedDuration = SignedDuration::from_secs(30);
/// How long a probe speaks about the requests beside it: as long as reports count these.
const RECENT: SignedDuration = SignedDuration::from_secs(60);
/// How long good news is believed where nobody asks any more.
const KEEP_GOOD: SignedDuration = SignedDuration::from_hours(24);
/// How long bad news is.
const KEEP_BAD: SignedDuration = SignedDuration::from_mins(10);
/// Requests that must have failed before they count against probes that succeed.
const FEW: u64 = 3;
/// Probes in a row that are believed without waiting.
const AGREEING: u32 = 2;
/// Most classes of failure in a status.
const LAST_ERRORS: usize = 5;

/// One origin.
#[derive(Debug)]
pub(super) struct Case {
    generation: i64,
    revision: Hash,
    /// When this revision was first seen.
    since: Timestamp,
    /// From when on reports speak of this revision.
    counts_from: Timestamp,
    /// Whether the revision was ever judged by a probe, or remembered.
    answered: bool,
    /// The next judgement is of the first probe of this revision.
    overrule: bool,
    /// When a file came with these settings; absent: none did yet.
    proven: Option<Timestamp>,
    /// The newest probe of each pod.
    probes: BTreeMap<ObjectId, Probed>,
    /// How many probes in a row ended alike.
    streak: (Option<Sort>, u32),
    /// When the origin was last heard of.
    last_sign: Timestamp,
    /// The verdict that stands.
    shown: Finding,
    /// In which direction another verdict lies, and since when.
    wanted: Option<(Direction, Timestamp)>,
    /// Whether nothing more is expected soon.
    settled: bool,
    pub(super) agenda: Agenda,
}

#[derive(Debug)]
struct Probed {
    at: Timestamp,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Works,
    Unclear(String),
    Fails { trouble: Box<Trouble>, step: Option<String> },
}

/// Answers without their details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Works,
    Unclear,
    Fails,
}

impl Answer {
    const fn sort(&self) -> Sort {
        match self {
            Self::Works => Sort::Works,
            Self::Unclear(_) => Sort::Unclear,
            Self::Fails { .. } => Sort::Fails,
        }
    }
}

/// What the last round of probes found.
enum Probes {
    None,
    Works {
        at: Timestamp,
    },
    Unclear(String),
    /// On all pods.
    Fails {
        at: Timestamp,
        basis: Basis,
        troubles: Vec<Trouble>,
    },
    /// On some pods.
    Partly {
        basis: Basis,
        troubles: Vec<Trouble>,
    },
}

/// A verdict with its grounds.
#[derive(Debug, Clone)]
struct Finding {
    health: Health,
    reason: Option<String>,
    message: String,
    last_errors: Vec<LastError>,
}

/// Where a verdict lies from the one that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Worse,
    Better,
    Unclear,
}

impl Finding {
    fn plain(health: Health, message: impl Into<String>) -> Self {
        Self { health, reason: None, message: message.into(), last_errors: Vec::new() }
    }

    /// Trouble, whose worst class gives the reason, or the one that gave it before while that is still there.
    fn trouble(health: Health, basis: &Basis, mut troubles: Vec<Trouble>, before: &Self) -> Self {
        troubles.sort_by(Trouble::worst_first);
        let told = troubles
            .iter()
            .find(|trouble| before.reason.as_ref() == Some(&trouble.condition_reason()))
            .or_else(|| troubles.first());
        let (seen, remedy) =
            told.map(|trouble| (trouble.message.as_str(), trouble.remedy.as_str())).unwrap_or_default();
        Self {
            health,
            reason: told.map(Trouble::condition_reason),
            message: words::finding(basis, seen, remedy),
            last_errors: troubles.iter().take(LAST_ERRORS).map(Trouble::last_error).collect(),
        }
    }
}

impl Case {
    /// New settings, of which nothing is known.
    pub(super) fn new(subject: &Subject, now: Timestamp) -> Self {
        Self {
            generation: subject.generation,
            revision: subject.revision.clone(),
            since: now,
            counts_from: now + SETTLE,
            answered: false,
            overrule: false,
            proven: None,
            probes: BTreeMap::new(),
            streak: (None, 0),
            last_sign: now,
            shown: Finding::plain(Health::Unknown, words::AWAITED),
            wanted: None,
            settled: false,
            agenda: Agenda::at_once(now),
        }
    }

    /// An origin that is seen for the first time, which another leader may have judged before.
    pub(super) fn resume(id: &ObjectId, subject: &Subject, now: Timestamp) -> Self {
        let mut case = Self::new(subject, now);
        let Some(remembered) = &subject.remembered else {
            if subject.is_new {
                case.counts_from = now;
            }
            return case;
        };
        Self {
            counts_from: Timestamp::UNIX_EPOCH,
            answered: true,
            proven: Some(now),
            settled: true,
            shown: Finding {
                health: remembered.health,
                reason: remembered.reason.clone(),
                message: remembered.message.clone(),
                last_errors: remembered.last_errors.clone(),
            },
            agenda: Agenda::spread(id, subject.probe.interval, now),
            ..case
        }
    }

    pub(super) fn is_of(&self, subject: &Subject) -> bool {
        self.revision == subject.revision
    }

    pub(super) const fn counts_from(&self) -> Timestamp {
        self.counts_from
    }

    /// Takes in a probe. One of other settings says nothing, and another one is due soon.
    pub(super) fn probed(&mut self, now: Timestamp, probe: &ProbeOutcome) {
        if probe.result.revision != self.revision {
            self.lost(now, &probe.pod);
            return;
        }
        self.agenda.answered(now, &probe.pod);
        let answer = match &probe.result.outcome {
            report::ProbeOutcome::Reachable => Answer::Works,
            report::ProbeOutcome::Unknown { message } => {
                Answer::Unclear(words::undecided(&probe.pod, message))
            }
            report::ProbeOutcome::Failed(sample) => Answer::Fails {
                trouble: Box::new(Trouble::of(sample)),
                step: probe.result.steps.iter().find(|step| !step.ok).map(|step| step.name.clone()),
            },
        };
        let (sort, length) = self.streak;
        let sort_now = answer.sort();
        self.streak = (Some(sort_now), if sort == Some(sort_now) { length.saturating_add(1) } else { 1 });
        self.last_sign = now;
        self.probes.insert(probe.pod.clone(), Probed { at: now, answer });
        self.probes.retain(|_, probed| now.duration_since(probed.at) <= KEEP_GOOD);
        if !self.answered {
            self.answered = true;
            self.overrule = true;
        }
    }

    pub(super) fn lost(&mut self, now: Timestamp, pod: &ObjectId) {
        self.agenda.lost(now, pod);
    }

    /// Judges all evidence anew.
    pub(super) fn judge(&mut self, now: Timestamp, subject: &Subject, traffic: &Traffic) {
        self.generation = subject.generation;
        if !matches!(traffic, Traffic::Quiet) {
            self.last_sign = now;
            self.agenda.heard(now);
        }
        if matches!(traffic, Traffic::Clean | Traffic::Mixed(_)) {
            self.proven = Some(now);
        }
        if self.overrule {
            self.overrule = false;
            // Pods cannot speak of older settings where there are none.
            let is_first = self.counts_from == self.since;
            self.counts_from = if is_first { self.since } else { now + SETTLE };
            self.wanted = None;
            self.shown = self.target(now, subject, &Traffic::Quiet);
        } else if subject.probe.enabled && !self.answered && now < self.since + PATIENCE {
            // Requests of these seconds may still be of the old settings.
            self.shown = Finding::plain(Health::Unknown, words::AWAITED);
        } else {
            let target = self.target(now, subject, traffic);
            let certain = self.certain(now, target.health, traffic);
            self.move_to(now, target, certain);
        }
        let expected = subject.probe.enabled && !self.answered && now < self.since + EXPECTED;
        self.settled = !expected;
        self.agenda.mood(
            self.wanted.is_some(),
            self.shown.health == Health::Failing || self.streak.0 == Some(Sort::Fails),
        );
    }

    /// What is known, in the words of a status.
    pub(super) fn verdict(&self) -> Verdict {
        let Finding { health, reason, message, last_errors } = self.shown.clone();
        let reachable = match health {
            Health::Healthy | Health::Degraded => Reachable::Yes { message },
            Health::Failing => {
                Reachable::No { reason: reason.unwrap_or_else(|| "UNIDENTIFIED".to_owned()), message }
            }
            Health::Unknown => Reachable::Unknown { message },
        };
        Verdict { health, reachable, last_errors, settled: self.settled }
    }

    /// What the evidence says now, before any patience.
    fn target(&self, now: Timestamp, subject: &Subject, traffic: &Traffic) -> Finding {
        let probes = self.probes(now, subject);
        let recent = |at: Timestamp| now.duration_since(at) <= RECENT;
        let healthy = || Finding::plain(Health::Healthy, words::HEALTHY);
        let trouble =
            |health, basis: &Basis, troubles| Finding::trouble(health, basis, troubles, &self.shown);
        match (traffic, probes) {
            (Traffic::Bad(failures), Probes::Works { at }) if recent(at) => {
                // A file that can be read proves that refusals of others may mean that these are absent.
                if failures.worst.is_ambiguous() && !subject.probe.path.is_empty() {
                    return healthy();
                }
                let share = failures.into();
                if failures.failed < FEW {
                    trouble(Health::Degraded, &Basis::FewBesideProbe(share), failures.troubles())
                } else {
                    trouble(Health::Failing, &Basis::All(share), failures.troubles())
                }
            }
            (Traffic::Bad(failures), Probes::Fails { at, troubles, .. }) if recent(at) => {
                let mut all = failures.troubles();
                let known: Vec<_> = all.iter().map(Trouble::class).collect();
                all.extend(troubles.into_iter().filter(|trouble| !known.contains(&trouble.class())));
                trouble(Health::Failing, &Basis::All(failures.into()), all)
            }
            (Traffic::Bad(failures), _) => {
                trouble(Health::Failing, &Basis::All(failures.into()), failures.troubles())
            }
            (Traffic::Mixed(failures), _) => {
                trouble(Health::Degraded, &Basis::Some(failures.into()), failures.troubles())
            }
            (Traffic::Clean, Probes::Fails { at, troubles, .. }) if recent(at) => {
                trouble(Health::Degraded, &Basis::ProbeBesideTraffic, troubles)
            }
            (Traffic::Clean, _) | (Traffic::Quiet, Probes::Works { .. }) => healthy(),
            (Traffic::Quiet, Probes::Fails { basis, troubles, .. }) => {
                trouble(Health::Failing, &basis, troubles)
            }
            (Traffic::Quiet, Probes::Partly { basis, troubles }) => {
                trouble(Health::Degraded, &basis, troubles)
            }
            // Such an answer does not contradict files that came.
            (Traffic::Quiet, Probes::Unclear(_)) if self.shown.health == Health::Healthy => {
                self.shown.clone()
            }
            (Traffic::Quiet, Probes::Unclear(message)) => Finding::plain(Health::Unknown, message),
            (Traffic::Quiet, Probes::None) => self.in_silence(now, subject),
        }
    }

    /// What is believed where there is no evidence.
    fn in_silence(&self, now: Timestamp, subject: &Subject) -> Finding {
        let keep = match self.shown.health {
            Health::Unknown => {
                let message = match (self.answered, subject.probe.enabled) {
                    (true, _) => words::STALE,
                    (false, true) => words::NO_ANSWER,
                    (false, false) => words::UNPROBED,
                };
                return Finding::plain(Health::Unknown, message);
            }
            Health::Healthy => KEEP_GOOD,
            Health::Degraded | Health::Failing => KEEP_BAD,
        };
        if now.duration_since(self.last_sign) <= keep {
            self.shown.clone()
        } else {
            Finding::plain(Health::Unknown, words::STALE)
        }
    }

    /// The last round of probes.
    fn probes(&self, now: Timestamp, subject: &Subject) -> Probes {
        let interval = SignedDuration::try_from(subject.probe.interval).unwrap_or(KEEP_GOOD);
        let newest = self.probes.values().map(|probed| probed.at).max();
        let newest = newest
            .filter(|at| now.duration_since(*at) <= interval.saturating_add(interval).saturating_add(RECENT));
        let Some(at) = newest else { return Probes::None };
        let round: Vec<_> =
            self.probes.values().filter(|probed| at.duration_since(probed.at) <= ROUND).collect();
        let mut troubles = Vec::new();
        let mut failed_at = None;
        let mut failed = 0;
        let mut works = false;
        let mut unclear = None;
        for probed in &round {
            match &probed.answer {
                Answer::Works => works = true,
                Answer::Unclear(message) => unclear = Some(message.clone()),
                Answer::Fails { trouble, step } => {
                    failed += 1;
                    failed_at = failed_at.or_else(|| step.clone());
                    troubles.push((**trouble).clone());
                }
            }
        }
        let basis = Basis::Probes { failed, asked: round.len(), step: failed_at };
        let troubles = distinct(troubles);
        match (failed, unclear) {
            (0, Some(message)) if !works => Probes::Unclear(message),
            (0, _) => Probes::Works { at },
            _ if failed == round.len() => Probes::Fails { at, basis, troubles },
            _ => Probes::Partly { basis, troubles },
        }
    }

    /// Whether the evidence is so clear that nothing is waited for.
    fn certain(&self, now: Timestamp, health: Health, traffic: &Traffic) -> bool {
        let agree = |sort| self.streak.0 == Some(sort) && self.streak.1 >= AGREEING;
        match (health, traffic) {
            // Where nothing ever came, failures are no flicker of something that works.
            (Health::Failing, Traffic::Bad(failures))
                if self.proven.is_none() && failures.failed >= FEW && now < self.since + EXPECTED =>
            {
                true
            }
            (Health::Failing, Traffic::Bad(_) | Traffic::Quiet) => agree(Sort::Fails),
            (Health::Healthy, Traffic::Clean | Traffic::Quiet) => {
                agree(Sort::Works) || self.shown.health == Health::Unknown
            }
            (Health::Unknown, Traffic::Quiet) => agree(Sort::Unclear),
            _ => false,
        }
    }

    /// Shows another verdict once it is certain or has held.
    fn move_to(&mut self, now: Timestamp, target: Finding, certain: bool) {
        let Some(direction) = direction(self.shown.health, target.health) else {
            self.wanted = None;
            self.shown = target;
            return;
        };
        let since = match self.wanted {
            Some((wanted, since)) if wanted == direction => since,
            _ => now,
        };
        if certain || now.duration_since(since) >= HOLD {
            self.wanted = None;
            self.shown = target;
        } else {
            self.wanted = Some((direction, since));
        }
    }

    /// Whether the revision was never probed.
    pub(super) const fn is_new(&self) -> bool {
        !self.answered
    }
}

/// One entry for each class.
fn distinct(troubles: Vec<Trouble>) -> Vec<Trouble> {
    let mut classes: BTreeMap<_, Trouble> = BTreeMap::new();
    for trouble in troubles {
        classes.entry(trouble.class()).and_modify(|known| known.merge(&trouble)).or_insert(trouble);
    }
    classes.into_values().collect()
}

fn direction(from: Health, to: Health) -> Option<Direction> {
    let badness = |health| match health {
        Health::Healthy => Some(0),
        Health::Degraded => Some(1),
        Health::Failing => Some(2),
        Health::Unknown => None,
    };
    match (badness(from), badness(to)) {
        (None, None) => None,
        (_, None) => Some(Direction::Unclear),
        (None, Some(to)) => Some(if to == 0 { Direction::Better } else { Direction::Worse }),
        (Some(from), Some(to)) if from == to => None,
        (Some(from), Some(to)) => Some(if to > from { Direction::Worse } else { Direction::Better }),
    }
}
