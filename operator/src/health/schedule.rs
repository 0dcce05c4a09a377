//! Which probes are due: new settings at once, what fails every half minute, the rest seldom and only while nobody
//! asks for files.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    time::Duration,
};

use imgplane_config::ObjectId;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::{DueProbe, Subject, case::Case};

/// Pods that probe new or suspected settings: two, so that one node's trouble is told from the origin's.
const PROBERS: usize = 2;
/// Probes under way over all origins: as many as the operator asks for at once, so that none waits in a line where a more
/// urgent one cannot overtake it.
const AT_ONCE: usize = 16;
/// Probes under way on one pod, which runs no more at once.
const PER_POD: usize = 4;
/// How long an answer is waited for: a pod gives up after 10 s, and the call around it takes its time.
const UNDER_WAY: SignedDuration = SignedDuration::from_secs(15);
/// Time between probes that are to confirm a change.
const CONFIRM: SignedDuration = SignedDuration::from_secs(5);
/// Time between probes of what fails, so that its repair is seen soon.
const FAILING: SignedDuration = SignedDuration::from_secs(30);
/// Time until a probe without an answer is repeated, doubled each time.
const RETRY: SignedDuration = SignedDuration::from_secs(2);
/// Longest time until a probe without an answer is repeated.
const RETRY_MOST: SignedDuration = SignedDuration::from_secs(30);

/// When one origin is to be probed.
#[derive(Debug)]
pub(super) struct Agenda {
    /// Pods that have been asked and have not answered.
    asked: BTreeMap<ObjectId, Timestamp>,
    /// Probes in a row without an answer.
    losses: u32,
    not_before: Timestamp,
    /// The last probe.
    last: Timestamp,
    /// The last sign of requests.
    heard: Option<Timestamp>,
    suspected: bool,
    failing: bool,
}

/// How urgent a probe is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    New,
    Suspected,
    Failing,
    Routine,
}

impl Agenda {
    /// Of new settings.
    pub(super) const fn at_once(now: Timestamp) -> Self {
        Self {
            asked: BTreeMap::new(),
            losses: 0,
            not_before: now,
            last: now,
            heard: None,
            suspected: false,
            failing: false,
        }
    }

    /// Of an origin that is known: as if it had been probed some time within the last interval, each origin at
    /// another time, so that a new leader does not probe all at once.
    pub(super) fn spread(id: &ObjectId, interval: Duration, now: Timestamp) -> Self {
        let millis = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
        let ago = i64::try_from(stable(id, 0) % millis).unwrap_or_default();
        Self { last: now - SignedDuration::from_millis(ago), ..Self::at_once(now) }
    }

    pub(super) fn answered(&mut self, now: Timestamp, pod: &ObjectId) {
        self.asked.remove(pod);
        self.losses = 0;
        self.last = now;
    }

    pub(super) fn lost(&mut self, now: Timestamp, pod: &ObjectId) {
        self.asked.remove(pod);
        self.losses = self.losses.saturating_add(1);
        let factor = 1_i32 << self.losses.saturating_sub(1).min(8);
        self.not_before = now + RETRY.saturating_mul(factor).min(RETRY_MOST);
    }

    /// Requests were seen.
    pub(super) const fn heard(&mut self, now: Timestamp) {
        self.heard = Some(now);
    }

    /// Whether a change of the verdict waits for confirmation, and whether the origin fails.
    pub(super) const fn mood(&mut self, suspected: bool, failing: bool) {
        self.suspected = suspected;
        self.failing = failing;
    }

    fn forget_silent(&mut self, now: Timestamp) {
        let silent: Vec<_> = self
            .asked
            .iter()
            .filter(|(_, at)| now.duration_since(**at) > UNDER_WAY)
            .map(|(pod, _)| pod.clone())
            .collect();
        for pod in silent {
            self.lost(now, &pod);
        }
    }

    fn urgency(&self, new: bool) -> Urgency {
        match (new, self.suspected, self.failing) {
            (true, ..) => Urgency::New,
            (false, true, _) => Urgency::Suspected,
            (false, false, true) => Urgency::Failing,
            (false, false, false) => Urgency::Routine,
        }
    }

    fn due_at(&self, urgency: Urgency, interval: Duration) -> Timestamp {
        let after =
            |last: Timestamp, pause: SignedDuration| last.saturating_add(pause).unwrap_or(Timestamp::MAX);
        let due = match urgency {
            Urgency::New => self.not_before,
            Urgency::Suspected => after(self.last, CONFIRM),
            Urgency::Failing => after(self.last, FAILING),
            Urgency::Routine => {
                let interval = SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX);
                after(self.heard.map_or(self.last, |heard| heard.max(self.last)), interval)
            }
        };
        due.max(self.not_before)
    }
}

/// Which probes are due; notes them as under way.
pub(super) fn due(
    cases: &mut BTreeMap<ObjectId, Case>,
    now: Timestamp,
    subjects: &BTreeMap<ObjectId, Subject>,
    pods: &BTreeMap<ObjectId, Vec<ObjectId>>,
) -> Vec<DueProbe> {
    let mut busy: BTreeMap<ObjectId, usize> = BTreeMap::new();
    let mut waiting = Vec::new();
    for (id, case) in &mut *cases {
        case.agenda.forget_silent(now);
        for pod in case.agenda.asked.keys() {
            *busy.entry(pod.clone()).or_default() += 1;
        }
        let Some(subject) = subjects.get(id) else { continue };
        if !subject.probe.enabled || !case.agenda.asked.is_empty() || !case.is_of(subject) {
            continue;
        }
        let urgency = case.agenda.urgency(case.is_new());
        let at = case.agenda.due_at(urgency, subject.probe.interval);
        if at <= now {
            waiting.push((urgency, at, id.clone()));
        }
    }
    waiting.sort();

    let mut under_way: usize = busy.values().sum();
    let mut due = Vec::new();
    for (urgency, _, id) in waiting {
        if under_way >= AT_ONCE {
            break;
        }
        let (Some(case), Some(subject)) = (cases.get_mut(&id), subjects.get(&id)) else { continue };
        let free = |pod: &&ObjectId| busy.get(*pod).is_none_or(|probes| *probes < PER_POD);
        let candidates: BTreeSet<&ObjectId> =
            subject.data_planes.iter().filter_map(|plane| pods.get(plane)).flatten().filter(free).collect();
        let wanted = if urgency == Urgency::Routine { 1 } else { PROBERS };
        for pod in chosen(&id, now, &candidates, wanted) {
            under_way += 1;
            *busy.entry(pod.clone()).or_default() += 1;
            case.agenda.asked.insert(pod.clone(), now);
            due.push(DueProbe {
                origin: id.clone(),
                generation: subject.generation,
                revision: subject.revision.clone(),
                pod: pod.clone(),
            });
        }
    }
    due
}

/// Some of the pods, others each minute, and for each origin others.
fn chosen<'a>(
    origin: &ObjectId,
    now: Timestamp,
    candidates: &BTreeSet<&'a ObjectId>,
    wanted: usize,
) -> Vec<&'a ObjectId> {
    let minute = u64::try_from(now.as_second()).unwrap_or_default() / 60;
    let start = stable(origin, minute) % u64::try_from(candidates.len().max(1)).unwrap_or(u64::MAX);
    let start = usize::try_from(start).unwrap_or_default();
    candidates.iter().copied().cycle().skip(start).take(wanted.min(candidates.len())).collect()
}

/// A number that is the same for the same origin in every process.
fn stable(id: &ObjectId, salt: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    salt.hash(&mut hasher);
    hasher.finish()
}
