//! What a pod says of itself: which records it runs, which it refused and why, how its origins fare, and what a
//! probe of one of them found.

use serde::{Deserialize, Serialize};

use crate::{Hash, Kind, ObjectId, PurgeRequest};

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
    /// Whether everything of the config that [`Report::config_hash`] names runs as written: it could be read, no
    /// record was refused and every origin is open.
    #[serde(default)]
    pub settled: bool,
    /// Why the newest certificate of the delivery port could not be used, if so; the one before it still serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_error: Option<String>,
    /// Every record that runs or was refused.
    ///
    /// With `?records=refused` only those that do not run as written.
    pub records: Vec<RecordState>,
    /// Origins that were asked in the last 60 seconds.
    pub origins: Vec<OriginHealth>,
    /// What this pod was asked to have purged and does not find in its config yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purges: Vec<PurgeRequest>,
    /// What is wrong with the folder in which results are kept, if something is; the pod serves on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_error: Option<String>,
    /// What is wrong with a store that all pods share, if something is; the pod serves on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_error: Option<String>,
    /// Where results are kept in a store: every purge up to this number is written down there. Absent without a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_purged: Option<u64>,
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
    /// What happened in one stable word, such as `CredentialsInvalid`, `Refused` or `DnsFailed`; see the table of
    /// failures in the guide. Empty in reports of older pods.
    #[serde(default)]
    pub reason: String,
    /// Whether the origin may have meant that there is no such file: some stores and servers answer so with a
    /// refusal when they do not let the asker list files.
    #[serde(default)]
    pub ambiguous: bool,
    /// What happened and where, for the operator: may name hosts and addresses, never secrets.
    pub message: String,
    /// What to do about it. Empty in reports of older pods, whose message says it.
    #[serde(default)]
    pub remedy: String,
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

/// The body of `POST /v1/probe`: which of the configured origins is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeRequest {
    /// The origin. It must run on the pod that is asked.
    pub origin: ObjectId,
    /// Path of the file that is read; absent: the origin's own `probe.path`, else a file that cannot be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// The answer to `POST /v1/probe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeResult {
    /// The verdict.
    pub outcome: ProbeOutcome,
    /// What was done, in order, up to the first step that failed.
    pub steps: Vec<ProbeStep>,
    /// Which settings and credential were tried, as [`ProbeResult::revision_of`] joins them.
    pub revision: Hash,
}

impl ProbeResult {
    /// One hash for an origin's record and the credential that goes with it: it changes when either does.
    pub fn revision_of(origin: &Hash, credential: Option<&Hash>) -> Hash {
        let credential = credential.map_or("none", Hash::as_str);
        Hash::of(format!("{origin} {credential}").as_bytes())
    }
}

/// The verdict of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all_fields = "camelCase")]
pub enum ProbeOutcome {
    /// The origin answered as it answers requests.
    Reachable,
    /// The origin answered, and the answer says neither that it works nor that it does not.
    Unknown {
        /// What was answered, and what to set so that it can be told.
        message: String,
    },
    /// Requests to the origin fail.
    Failed(ErrorSample),
}

/// One step of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeStep {
    /// `resolve`, `guard`, `connect`, `tls`, `authenticate` or `read`.
    pub name: String,
    /// Whether it was passed.
    pub ok: bool,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// What was found, e.g. the addresses; may name hosts and addresses, never secrets.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_report_of_an_older_pod_is_read() {
        let old = json!({
            "schemaVersion": 1, "version": "0.1.0", "configHash": null, "configError": null, "records": [],
            "origins": [{"id": {"namespace": "shop", "name": "media"}, "requests": 1, "successes": 0, "errors": [{
                "code": "EACCES", "message": "m", "httpStatus": 403, "providerCode": null, "samplePath": "a.jpg",
                "firstSeen": 1, "lastSeen": 1, "count": 1,
            }]}],
        });
        let report: Report = serde_json::from_value(old).unwrap();
        assert!(!report.settled && report.tls_error.is_none());
        let error = &report.origins[0].errors[0];
        assert!(error.reason.is_empty() && !error.ambiguous);
    }

    #[test]
    fn a_verdict_travels_as_one_flat_object() {
        let cases = [
            (ProbeOutcome::Reachable, json!({"verdict": "Reachable"})),
            (ProbeOutcome::Unknown { message: "m".into() }, json!({"verdict": "Unknown", "message": "m"})),
        ];
        for (outcome, expected) in cases {
            let seen = serde_json::to_value(&outcome).unwrap();
            assert_eq!(seen, expected);
            assert_eq!(serde_json::from_value::<ProbeOutcome>(seen).unwrap(), outcome);
        }
    }

    #[test]
    fn a_revision_changes_with_the_settings_and_with_the_credential() {
        let (one, other) = (Hash::of(b"1"), Hash::of(b"2"));
        let all = [
            ProbeResult::revision_of(&one, None),
            ProbeResult::revision_of(&other, None),
            ProbeResult::revision_of(&one, Some(&one)),
            ProbeResult::revision_of(&one, Some(&other)),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(all[3], ProbeResult::revision_of(&one, Some(&other)));
    }
}
