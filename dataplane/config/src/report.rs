//! What a pod says of itself: which records it runs, which it refused and why, and how its origins fare.

use serde::{Deserialize, Serialize};

use crate::{Hash, Kind, ObjectId};

/// The answer to `GET /v1/report`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`crate::SCHEMA_VERSION`] of the program.
    pub schema_version: u32,
    /// Version of the program.
    pub version: String,
    /// Hash of the config that was loaded last, as its index names it; absent before the first one.
    pub config_hash: Option<Hash>,
    /// Why the last config could not be read as a whole, if so; the one before it still runs.
    pub config_error: Option<String>,
    /// Every record that runs or was refused.
    pub records: Vec<RecordState>,
    /// Origins that were asked in the last 60 seconds.
    pub origins: Vec<OriginHealth>,
}

/// The state of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordState {
    /// Its kind.
    pub kind: Kind,
    /// The object.
    pub id: ObjectId,
    /// Generation and hash of what runs; absent when nothing of this object runs.
    pub running: Option<Revision>,
    /// What was refused last, and why; absent when what was written last runs.
    pub refused: Option<RefusedRevision>,
}

/// One version of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// `metadata.generation`.
    pub generation: i64,
    /// Content hash.
    pub hash: Hash,
}

/// A version of a record that does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedRevision {
    /// Generation and hash of what was refused.
    #[serde(flatten)]
    pub revision: Revision,
    /// What is wrong with it.
    pub reason: String,
}

/// How one origin fared in the last 60 seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OriginHealth {
    /// The origin.
    pub id: ObjectId,
    /// Fetches that ended in the window.
    pub requests: u64,
    /// Of these, successes; an absent file counts as neither success nor failure.
    pub successes: u64,
    /// Failures by class, worst first, at most five.
    pub errors: Vec<ErrorSample>,
}

/// One class of failure with its latest sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorSample {
    /// The `ik-error` code.
    pub code: String,
    /// What happened and what to do, for the operator: may name hosts and addresses, never secrets.
    pub message: String,
    /// HTTP status of the origin's answer, if it gave one.
    pub http_status: Option<u16>,
    /// The provider's own error code.
    pub provider_code: Option<String>,
    /// Resource path of the latest such request.
    pub sample_path: String,
    /// Unix seconds of the first and the latest in the window.
    pub first_seen: u64,
    /// Unix seconds of the latest.
    pub last_seen: u64,
    /// How many in the window.
    pub count: u64,
}
