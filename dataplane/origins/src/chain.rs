//! Several origins in order: the first that has the file serves it; what is reported when none has it.

use std::{slice, sync::Arc, time::Duration};

use imgplane_config::ObjectId;
use tokio::time::Instant;

use crate::{
    Code, Failure, Fetched, Origin, Request,
    failure::{Facts, transfer},
};

/// Longest time until the first byte of any origin of a chain, unless one origin alone may take longer.
const CHAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Why no origin of a chain delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct ChainFailure {
    /// The one to report: the first that is not a plain miss, else the last miss.
    pub failure: Failure,
    /// Every origin that was asked, in order, with its failure.
    pub all: Vec<(ObjectId, Failure)>,
}

/// Asks origins in order, one after another. The first that has the file serves it.
///
/// A file that is too large, and a path that no origin may be asked for, end the chain; every other failure moves
/// on to the next origin, because a bucket whose key may not list says 403 for a file that it does not have, and
/// because a second origin is there to stand in for the first.
///
/// # Errors
/// [`ChainFailure`] when none delivered.
pub async fn fetch_chain(
    origins: &[Arc<Origin>],
    request: &Request,
) -> Result<(Arc<Origin>, Fetched), ChainFailure> {
    fetch_chain_noting(origins, request, |_, _| {}).await
}

/// As [`fetch_chain`], and `note` is told of each origin that did not deliver when that is known: also of those in
/// front of the one that did, which no result names.
///
/// # Errors
/// [`ChainFailure`] when none delivered.
pub async fn fetch_chain_noting(
    origins: &[Arc<Origin>],
    request: &Request,
    note: impl FnMut(&ObjectId, &Failure),
) -> Result<(Arc<Origin>, Fetched), ChainFailure> {
    let mut walk = Walk::along(origins);
    walk.next(request, note).await.map(|Opened { origin, fetched, .. }| (origin, fetched))
}

/// A way along a chain that can be gone on with: the head of an answer is no file yet, and as long as nothing was
/// delivered the next origin may stand in for one whose file broke off.
#[derive(Debug)]
pub struct Walk<'a> {
    rest: slice::Iter<'a, Arc<Origin>>,
    first_byte_by: Instant,
    all: Vec<(ObjectId, Failure)>,
    ended: bool,
}

/// A file that an origin began to deliver.
#[derive(Debug)]
pub struct Opened {
    /// The origin that has it.
    pub origin: Arc<Origin>,
    /// Its headers and bytes.
    pub fetched: Fetched,
    /// When this origin was turned to.
    pub since: Instant,
}

impl<'a> Walk<'a> {
    /// Starts before the first of these origins; the time until the first byte runs from now on.
    pub fn along(origins: &'a [Arc<Origin>]) -> Self {
        let patience =
            origins.iter().map(|origin| origin.patience()).max().unwrap_or_default().max(CHAIN_TIMEOUT);
        let first_byte_by = Instant::now() + patience;
        Self { rest: origins.iter(), first_byte_by, all: Vec::new(), ended: false }
    }

    /// When the first byte of the file must be there, whichever origin has it.
    pub fn first_byte_by(&self) -> Instant {
        self.first_byte_by
    }

    /// Opens the file at the next origin that has it. `note` is told of each that did not deliver.
    ///
    /// # Errors
    /// [`ChainFailure`] when no further origin may be asked, with the failures of all that were.
    pub async fn next(
        &mut self,
        request: &Request,
        mut note: impl FnMut(&ObjectId, &Failure),
    ) -> Result<Opened, ChainFailure> {
        while !self.ended
            && let Some(origin) = self.rest.next()
        {
            let since = Instant::now();
            match origin.fetch_before(request, Some(self.first_byte_by)).await {
                Ok(fetched) => return Ok(Opened { origin: Arc::clone(origin), fetched, since }),
                Err(failure) => {
                    note(origin.id(), &failure);
                    self.failed(origin, failure);
                }
            }
        }
        Err(ChainFailure { failure: to_report(&self.all), all: std::mem::take(&mut self.all) })
    }

    /// The file of this origin broke off before anything of it was delivered.
    pub fn failed(&mut self, origin: &Origin, failure: Failure) {
        self.ended |= ends_chain(&failure) || Instant::now() >= self.first_byte_by;
        self.all.push((origin.id().clone(), failure));
    }
}

/// Whether no further origin may be asked: another origin's copy would be another file, and a path that leaves
/// the prefix of one leaves that of all.
fn ends_chain(failure: &Failure) -> bool {
    failure.code == Code::Elimit || failure.bad_request
}

/// The failure to report: whatever ended the chain, else the first in order that is not `ENOENT`, so that a broken
/// credential does not hide behind a plain miss elsewhere, else the last `ENOENT`.
fn to_report(all: &[(ObjectId, Failure)]) -> Failure {
    let failures = || all.iter().map(|(_, failure)| failure);
    failures()
        .find(|failure| ends_chain(failure))
        .or_else(|| failures().find(|failure| failure.code != Code::Enoent))
        .or_else(|| failures().next_back())
        .cloned()
        .unwrap_or_else(|| transfer::NO_ORIGIN.failure(&Facts::default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cause;

    fn failures(codes: &[Code]) -> Vec<(ObjectId, Failure)> {
        codes
            .iter()
            .enumerate()
            .map(|(at, code)| {
                let cause = Cause::ALL.into_iter().find(|cause| cause.code() == *code).unwrap();
                (
                    ObjectId::new("shop", at.to_string()),
                    Failure::new(cause, format!("from origin {at}"), "", ""),
                )
            })
            .collect()
    }

    #[test]
    fn the_first_failure_that_is_no_plain_miss_is_reported_else_the_last_miss() {
        use Code::{Eacces, Econnrefused, Elimit, Enoent, Unidentified};
        let cases: [(&[Code], &str); 7] = [
            (&[Enoent], "ENOENT - from origin 0"),
            (&[Enoent, Enoent], "ENOENT - from origin 1"),
            (&[Eacces, Enoent], "EACCES - from origin 0"),
            (&[Enoent, Econnrefused, Eacces], "ECONNREFUSED - from origin 1"),
            (&[Unidentified, Eacces], "UNIDENTIFIED - from origin 0"),
            (&[Eacces, Elimit], "ELIMIT - from origin 1"),
            (&[], "ENOENT - No origin is configured for this URL endpoint"),
        ];
        for (codes, expected) in cases {
            assert_eq!(to_report(&failures(codes)).to_string(), expected, "{codes:?}");
        }
    }

    #[test]
    fn only_a_size_limit_and_a_forbidden_path_end_the_chain() {
        for (at, (_, failure)) in
            failures(&[Code::Enoent, Code::Eacces, Code::Econnrefused, Code::Unidentified]).iter().enumerate()
        {
            assert!(!ends_chain(failure), "{at}");
        }
        assert!(ends_chain(&Failure::too_large(None, 4)));
        assert!(ends_chain(&Failure::bad_request("no")));
    }
}
