//! From what pods say of an origin to one verdict that does not flicker.
//!
//! Evidence comes from two sides: the requests of the last minute, which pods count, and probes, which the operator
//! asks two of them for. [`Verdicts`] merges both, waits until a change holds, and says which probes are due. What
//! the verdict does to an object's status is decided elsewhere.
//!
//! Pure: the time is an argument.

mod case;
mod evidence;
mod schedule;
mod subject;
mod traffic;
mod words;

use std::collections::BTreeMap;

use imgplane_config::{
    Hash, ObjectId,
    report::{ProbeResult, Report},
};
use imgplane_crds::LastError;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

pub use imgplane_crds::Health;
pub use subject::{Remembered, Subject, subjects};

use case::Case;
use traffic::Looks;

/// How long a pod that does not answer counts with what it said last: three reports missed.
pub const SILENCE: SignedDuration = SignedDuration::from_secs(30);

/// What is known of every origin.
#[derive(Debug, Default)]
pub struct Verdicts {
    cases: BTreeMap<ObjectId, Case>,
    looks: Looks,
}

/// What is known of one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// In one word.
    pub health: Health,
    /// Whether it answers as it should.
    pub reachable: Reachable,
    /// What fails, worst first; empty while nothing does.
    pub last_errors: Vec<LastError>,
    /// Whether nothing is awaited that would say more, such as the first probe.
    pub settled: bool,
}

/// Whether an origin answers as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reachable {
    /// It does, at least in part.
    Yes {
        /// How well.
        message: String,
    },
    /// It does not.
    No {
        /// `CODE_Word`, such as `EACCES_CredentialsInvalid`.
        reason: String,
        /// What happened, where, how widely, and what to do next.
        message: String,
    },
    /// Nothing is known, or nothing that decides it.
    Unknown {
        /// Why, and what would tell.
        message: String,
    },
}

/// A probe that is to be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueProbe {
    /// The origin.
    pub origin: ObjectId,
    /// Generation of the settings that are to be tried.
    pub generation: i64,
    /// The settings and the credential that are to be tried.
    pub revision: Hash,
    /// The pod that is to try them.
    pub pod: ObjectId,
}

impl DueProbe {
    /// The probe with what came of it.
    pub fn answered(self, result: ProbeResult) -> ProbeOutcome {
        let Self { origin, generation, revision, pod } = self;
        ProbeOutcome { origin, generation, revision, pod, result }
    }
}

/// A probe that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeOutcome {
    /// The origin.
    pub origin: ObjectId,
    /// Generation of the settings that were to be tried.
    pub generation: i64,
    /// The settings and the credential that were to be tried. A pod that does not run them yet tried others, and its
    /// answer does not count.
    pub revision: Hash,
    /// The pod that tried.
    pub pod: ObjectId,
    /// What it found.
    pub result: ProbeResult,
}

impl Verdicts {
    /// Takes in new evidence and judges every subject anew. `reports` are those of pods that answered just now, by
    /// pod; a pod that is absent counts with its last one for [`SILENCE`]. What is no subject any more is forgotten.
    pub fn update(
        &mut self,
        now: Timestamp,
        reports: &[(ObjectId, &Report)],
        probes: &[ProbeOutcome],
        subjects: &BTreeMap<ObjectId, Subject>,
    ) {
        self.looks.take(now, reports, subjects);
        self.cases.retain(|id, _| subjects.contains_key(id));
        for (id, subject) in subjects {
            match self.cases.get_mut(id) {
                Some(case) if case.is_of(subject) => {}
                Some(case) => *case = Case::new(subject, now),
                None => {
                    self.cases.insert(id.clone(), Case::resume(id, subject, now));
                }
            }
        }
        for probe in probes {
            if let Some(case) = self.cases.get_mut(&probe.origin) {
                case.probed(now, probe);
            }
        }
        for (id, case) in &mut self.cases {
            if let Some(subject) = subjects.get(id) {
                case.judge(now, subject, &self.looks.traffic(id, case.counts_from()));
            }
        }
    }

    /// A probe that was due brought no answer: the pod was not reached, or had no time. It is asked for again soon.
    pub fn lost(&mut self, now: Timestamp, probe: &DueProbe) {
        if let Some(case) = self.cases.get_mut(&probe.origin) {
            case.lost(now, &probe.pod);
        }
    }

    /// What is known of an origin.
    pub fn get(&self, origin: &ObjectId) -> Verdict {
        match self.cases.get(origin) {
            Some(case) => case.verdict(),
            None => Verdict {
                health: Health::Unknown,
                reachable: Reachable::Unknown { message: words::NOT_RUN.to_owned() },
                last_errors: Vec::new(),
                settled: true,
            },
        }
    }

    /// Which probes are to be made now, and by whom; they count as under way from here on. `pods` are the ready pods
    /// of each DataPlane that answer.
    pub fn due_probes(
        &mut self,
        now: Timestamp,
        subjects: &BTreeMap<ObjectId, Subject>,
        pods: &BTreeMap<ObjectId, Vec<ObjectId>>,
    ) -> Vec<DueProbe> {
        schedule::due(&mut self.cases, now, subjects, pods)
    }
}
