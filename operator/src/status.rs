//! From everything that is known to what each object's status should say.
//!
//! Pure: the time is an argument. Whether and when a status is written is decided by [`crate::write`].

mod condition;
mod data_plane;
mod endpoint;
mod index;
mod judged;
mod message;
mod news;
mod origin;
mod programmed;
mod waits;

use std::{collections::BTreeMap, fmt, time::Duration};

use imgplane_config::{Hash, ObjectId};
use imgplane_crds::{Condition, ConditionType, DataPlaneStatus, Kind, OriginStatus, UrlEndpointStatus};
use k8s_openapi::jiff::Timestamp;

use crate::{
    Snapshot, Unreadable, Validated,
    acknowledge::{Ledger, PodAck},
    health::Verdict,
};

pub use waits::Waits;

use condition::Conditions;
use index::Index;

/// How long a pod that does not answer counts with what it said last: three reports missed.
pub const SILENCE: Duration = Duration::from_secs(30);
/// How long pods may take to load what was written for them. A kubelet without the nudge needs 65 s.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(90);

/// Everything that decides what statuses say.
pub struct Known<'a> {
    /// The objects, with their present status.
    pub snapshot: &'a Snapshot,
    /// What came of them.
    pub validated: &'a Validated,
    /// What has become of each DataPlane's config.
    pub planes: &'a BTreeMap<ObjectId, PlaneState<'a>>,
    /// How origins fare.
    pub verdicts: &'a dyn Fn(&ObjectId) -> Verdict,
    /// Since when what is not acknowledged has been waited for.
    pub waits: &'a Waits,
    /// Now.
    pub now: Timestamp,
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("planes", &self.planes).field("now", &self.now).finish_non_exhaustive()
    }
}

/// What has become of one DataPlane's config.
#[derive(Debug)]
pub struct PlaneState<'a> {
    /// Whether it could be written.
    pub publication: Publication,
    /// Which record is in which config.
    pub ledger: &'a Ledger,
    /// What its ready pods last said.
    pub pods: Vec<PodAck>,
    /// Why pods are missing, such as `ImagePullBackOff: ...`, if they are.
    pub trouble: Option<String>,
    /// Why its pods, or what is around them, could not be applied as the spec says, if so.
    pub unapplied: Option<String>,
}

/// Whether a DataPlane's config could be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Publication {
    /// It is there.
    Published {
        /// By which pods acknowledge it.
        hash: Hash,
    },
    /// It does not fit; says how much too large it is.
    TooLarge(String),
    /// The API server did not take it, or something else went wrong; says what.
    Failed(String),
    /// Nobody has tried yet.
    #[default]
    NotYet,
}

/// What one object's status should say.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredStatus {
    /// The object's kind.
    pub kind: Kind,
    /// The object.
    pub id: ObjectId,
    /// `metadata.uid`: another object of the same name must not get this status.
    pub uid: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// What it should say.
    pub body: StatusBody,
    /// What it says, as far as it can be read.
    pub current: Option<StatusBody>,
    /// Whether the spec, or something that it names, is another one than [`DesiredStatus::current`] speaks of.
    pub urgent: bool,
    /// Stands for the spec and what it names: while it is the same, whatever else changes is only weather.
    pub cause: u64,
    /// Whether nothing is awaited that would say more of an Origin, such as the first probe.
    pub settled: bool,
}

/// The status of one of the kinds.
#[derive(Debug, Clone, PartialEq)]
pub enum StatusBody {
    /// Of an Origin.
    Origin(OriginStatus),
    /// Of a UrlEndpoint.
    UrlEndpoint(UrlEndpointStatus),
    /// Of a DataPlane.
    DataPlane(DataPlaneStatus),
}

impl DesiredStatus {
    /// Compares what should be said with what is said.
    pub fn new(
        kind: Kind,
        id: ObjectId,
        uid: String,
        generation: i64,
        body: StatusBody,
        current: Option<StatusBody>,
    ) -> Self {
        let cause = news::cause(&body);
        let urgent = current.as_ref().is_none_or(|current| news::cause(current) != cause);
        Self { kind, id, uid, generation, body, current, urgent, cause, settled: true }
    }

    /// The object as it stands in logs.
    pub fn object(&self) -> String {
        format!("{} {}", self.kind, self.id)
    }
}

impl StatusBody {
    /// The conditions.
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Self::Origin(status) => &status.conditions,
            Self::UrlEndpoint(status) => &status.conditions,
            Self::DataPlane(status) => &status.conditions,
        }
    }

    /// The generation that it speaks of.
    pub fn observed_generation(&self) -> Option<i64> {
        match self {
            Self::Origin(status) => status.observed_generation,
            Self::UrlEndpoint(status) => status.observed_generation,
            Self::DataPlane(status) => status.observed_generation,
        }
    }

    /// The condition of a type.
    pub fn condition(&self, kind: ConditionType) -> Option<&Condition> {
        condition::find(self.conditions(), kind)
    }
}

/// What every object's status should say, those included that nobody can read.
pub fn statuses(known: &Known<'_>) -> Vec<DesiredStatus> {
    let mut all = Vec::new();
    each_status(known, |status| all.push(status));
    all
}

/// [`statuses`], one after another: ten thousand of them need not be in memory together.
pub fn each_status(known: &Known<'_>, mut take: impl FnMut(DesiredStatus)) {
    let heard = index::heard(known.planes);
    let index = Index::of(known, &heard);
    for object in &known.snapshot.data_planes {
        take(data_plane::status(known, &index, object));
    }
    for object in &known.snapshot.origins {
        take(origin::status(known, &index, object));
    }
    for object in &known.snapshot.endpoints {
        take(endpoint::status(known, &index, object));
    }
    for object in &known.snapshot.unreadable {
        take(unreadable(known, &index, object));
    }
}

/// Of an object that this version cannot decode only the conditions can be told.
fn unreadable(known: &Known<'_>, index: &Index<'_>, object: &Unreadable) -> DesiredStatus {
    let Unreadable { kind, id, uid, generation, error: _ } = object;
    let mut findings = judged::of(index.problems(*kind, id));
    findings.push(programmed::not_accepted(*generation, &findings));
    if *kind == Kind::Origin {
        findings.push(origin::reachable(&(known.verdicts)(id), None));
    }
    let conditions = Conditions::new(*generation, &[], known.now).of(findings, message::READY);
    let observed_generation = Some(*generation);
    let body = match kind {
        Kind::Origin => {
            StatusBody::Origin(OriginStatus { observed_generation, conditions, ..Default::default() })
        }
        Kind::UrlEndpoint => StatusBody::UrlEndpoint(UrlEndpointStatus {
            observed_generation,
            conditions,
            ..Default::default()
        }),
        Kind::DataPlane => {
            StatusBody::DataPlane(DataPlaneStatus { observed_generation, conditions, ..Default::default() })
        }
    };
    DesiredStatus::new(*kind, id.clone(), uid.clone(), *generation, body, None)
}

/// Tells one version of a credential from another, and nothing about it: a quarter of its record's hash.
pub(crate) fn fingerprint(credential: &Hash) -> String {
    credential.as_str().chars().take(8).collect()
}
