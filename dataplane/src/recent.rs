//! The last failed requests, for the start page of `imgplane dev`: a bounded ring, newest first when listed.

use std::{collections::VecDeque, sync::Mutex, time::SystemTime};

use imgplane_config::ObjectId;
use serde::Serialize;

/// How many are kept: enough for one screen.
const KEPT: usize = 50;

/// One request that was answered with an error.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentError {
    /// When it was answered.
    #[serde(serialize_with = "unix_millis")]
    pub time: SystemTime,
    /// Path and query, with signatures and forwarded query values removed.
    pub url: String,
    /// Status of the answer.
    pub status: u16,
    /// The `ik-error` header, `CODE - message`, where one was sent.
    pub ik_error: Option<String>,
    /// The endpoint, where one matched.
    pub endpoint: Option<ObjectId>,
    /// What the origin said or did, for the operator: may name hosts and addresses, never secrets.
    pub detail: Option<String>,
    /// Id of the request, as in its `x-request-id` and in the access log.
    pub request_id: String,
}

fn unix_millis<S: serde::Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    serializer.serialize_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The ring.
#[derive(Debug, Default)]
pub(crate) struct RecentErrors(Mutex<VecDeque<RecentError>>);

impl RecentErrors {
    /// Adds one and forgets the oldest when full.
    pub(crate) fn push(&self, error: RecentError) {
        let mut ring = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if ring.len() == KEPT {
            ring.pop_front();
        }
        ring.push_back(error);
    }

    /// Copies them out, newest first.
    pub(crate) fn list(&self) -> Vec<RecentError> {
        let ring = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        ring.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_newest_fifty_newest_first() {
        let ring = RecentErrors::default();
        for status in 0..60 {
            ring.push(RecentError {
                time: SystemTime::UNIX_EPOCH,
                url: "/a".into(),
                status,
                ik_error: None,
                endpoint: None,
                detail: None,
                request_id: String::new(),
            });
        }
        let kept: Vec<u16> = ring.list().iter().map(|error| error.status).collect();
        assert_eq!(kept, (10..60).rev().collect::<Vec<_>>());
    }
}
