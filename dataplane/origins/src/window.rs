//! How an origin fared in the last 60 seconds.

use crate::Failure;

/// Where the end of one fetch is reported.
#[derive(Debug)]
pub(crate) struct Outcome;

impl Outcome {
    pub(crate) fn succeeded(self, _bytes: u64) {}
    pub(crate) fn failed(self, _failure: &Failure, _bytes: u64) {}
}
