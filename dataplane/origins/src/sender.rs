//! Who delivers a file, as failures of the transfer name it: they show up long after the answer was taken over.

use std::sync::Arc;

use crate::{
    Failure,
    failure::{Facts, Row, transfer},
};

/// Who delivers a file.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// What messages call the origin.
    label: &'static str,
    /// Where it is, for the operator: a host, a bucket; no secrets.
    place: Arc<str>,
}

impl Sender {
    pub(crate) fn new(label: &'static str, place: impl Into<Arc<str>>) -> Self {
        Self { label, place: place.into() }
    }

    /// The failure of a transfer from here.
    pub(crate) fn failure(&self, row: &Row, what: &str, more: Vec<(&'static str, String)>) -> Failure {
        row.failure(&Facts {
            origin: self.label,
            place: self.place.as_ref().to_owned(),
            what: what.to_owned(),
            more,
            ..Facts::default()
        })
    }

    /// A transfer that ended before the file did.
    pub(crate) fn broke_off(&self, what: &str) -> Failure {
        self.failure(&transfer::BROKE_OFF, what, Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_that_breaks_off_says_where() {
        let failure = Sender::new("S3", "s3.example:9000 for bucket media").broke_off("connection reset");
        assert_eq!(failure.to_string(), "UNIDENTIFIED - the transfer from S3 broke off");
        assert_eq!(
            failure.detail,
            "s3.example:9000 for bucket media: the file ended early: connection reset"
        );
    }
}
