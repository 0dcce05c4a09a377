//! Tries an origin without serving anybody: resolve, guard, connect, TLS, authenticate, read.
//!
//! What is read is a file that the manifest names, or one that nobody has: then its absence is the proof. Nothing of
//! a probe counts in the window of requests, and nothing that an origin delivers leaves this file.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use imgplane_config::report::{ErrorSample, ProbeOutcome, ProbeStep};
use tokio::time::{Instant, timeout_at};

use crate::{
    Body, Cause, Failure, FetchedStatus, Origin, Purpose, Request,
    failure::{Facts, transfer::PROBE_TOO_SLOW},
    source::{Answer, Slot, Source},
    steps::{Notes as _, Step, Steps},
    wish::Wish,
};

/// Longest probe. Less than connecting and answering may take together: what a client would wait for in vain may be
/// said earlier.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// The verdict.
    pub outcome: ProbeOutcome,
    /// What was done, up to the first step that failed.
    pub steps: Vec<ProbeStep>,
}

/// The file that a probe asks for.
enum Wanted<'a> {
    /// It is there, says the manifest.
    Present(&'a str),
    /// It is not.
    Absent(&'a str),
}

impl Origin {
    /// Tries the origin within 10 seconds. `path` is a file that should be there, as in a URL, else the manifest's
    /// `probe.path`, else `absent` is asked for, a name that no file has. One probe of an origin runs at a time;
    /// others wait for it.
    pub async fn probe(&self, path: Option<&str>, absent: &str) -> Probed {
        let path = path.or(Some(self.probe_path())).filter(|path| !path.is_empty());
        let absent = self.absent(absent);
        let wanted = path.map_or(Wanted::Absent(&absent), Wanted::Present);
        let deadline = Instant::now() + DEADLINE;
        let mut steps = Steps::new();
        if matches!(wanted, Wanted::Absent(_))
            && let Some(message) = self.probe_unasked(&mut steps)
        {
            return Probed { outcome: ProbeOutcome::Unknown { message }, steps: steps.into_done() };
        }
        let tried = match timeout_at(deadline, Arc::clone(self.probing()).acquire_owned()).await {
            Ok(Ok(turn)) => {
                match timeout_at(deadline, self.attempt(&wanted, Arc::new(turn), &mut steps)).await {
                    Ok(tried) => tried,
                    Err(_) => Err(self.out_of_time(&wanted, "the probe did not end")),
                }
            }
            Ok(Err(_)) | Err(_) => Err(self.out_of_time(&wanted, "an earlier probe did not end")),
        };
        match &tried {
            Ok(()) => steps.passed(|| match wanted {
                Wanted::Present(_) => "the file came".to_owned(),
                Wanted::Absent(_) => "the origin answered as it answers requests".to_owned(),
            }),
            // Absence is what was hoped for.
            Err(failure) if is_proof(failure, &wanted) => {
                steps.passed(|| "the origin says that a file that cannot be there is absent".to_owned());
            }
            Err(failure) => {
                if failure.cause.is_about_credentials() {
                    steps.reopen(Step::Authenticate);
                }
                steps.failed(Step::Read, &failure.explanation());
            }
        }
        Probed { outcome: self.verdict(tried, &wanted), steps: steps.into_done() }
    }

    /// Everything up to the first bytes of the file.
    async fn attempt(&self, wanted: &Wanted<'_>, slot: Slot, steps: &mut Steps) -> Result<(), Failure> {
        let request = wanted.request();
        let policy = self.policy();
        let answer = self.ask_probing(&request, slot, steps).await?;
        let Answer { status, meta, chunks, sender } = answer;
        let mut body =
            Body::new(chunks, meta.content_length, sender).with_stall_timeout(policy.body_stall_timeout);
        body.limit(policy.max_object_size)?;
        if status == FetchedStatus::Whole
            && let Some(piece) = body.next().await
        {
            piece?;
        }
        Ok(())
    }

    fn out_of_time(&self, wanted: &Wanted<'_>, what: &str) -> Failure {
        PROBE_TOO_SLOW.failure(&Facts {
            origin: self.label(),
            place: self.whereabouts(&wanted.request()),
            what: what.to_owned(),
            more: vec![("limit", format!("{} ms", DEADLINE.as_millis()))],
            ..Facts::default()
        })
    }

    fn verdict(&self, tried: Result<(), Failure>, wanted: &Wanted<'_>) -> ProbeOutcome {
        let failure = match tried {
            Ok(()) => return ProbeOutcome::Reachable,
            Err(failure) if is_proof(&failure, wanted) => return ProbeOutcome::Reachable,
            Err(failure) => failure,
        };
        let sample_path = match wanted {
            Wanted::Absent(_) if says_nothing(&failure) => {
                return ProbeOutcome::Unknown { message: undecided(&failure) };
            }
            Wanted::Absent(path) | Wanted::Present(path) => (*path).to_owned(),
        };
        let remedy = match wanted {
            Wanted::Present(path) if failure.is_plain_miss() || failure.ambiguous => {
                format!("{}; {path} is the probe's path: name a file that is there", failure.remedy)
            }
            Wanted::Present(_) | Wanted::Absent(_) => failure.remedy,
        };
        let now = self.now();
        ProbeOutcome::Failed(ErrorSample {
            code: failure.code.as_str().to_owned(),
            reason: failure.cause.as_str().to_owned(),
            ambiguous: failure.ambiguous,
            message: failure.detail,
            remedy,
            http_status: failure.http_status,
            provider_code: failure.provider_code,
            sample_path,
            first_seen: now,
            last_seen: now,
            count: 1,
        })
    }
}

impl Wanted<'_> {
    fn request(&self) -> Request {
        let (resource, query) = match self {
            Self::Present(path) => match path.split_once('?') {
                Some((path, query)) => (path, Some(query.to_owned())),
                None => (*path, None),
            },
            Self::Absent(name) => (*name, None),
        };
        Request { query, ..Request::new(resource, Purpose::Stream) }
    }
}

/// Whether a failure shows that the origin works: it knows that it does not have what nobody has.
fn is_proof(failure: &Failure, wanted: &Wanted<'_>) -> bool {
    matches!(wanted, Wanted::Absent(_)) && failure.cause == Cause::FileNotFound
}

/// Whether an answer to a question for a file that cannot be there says nothing of files that are: some origins
/// refuse instead of saying that a file is absent.
fn says_nothing(failure: &Failure) -> bool {
    failure.ambiguous || failure.cause == Cause::RequestRefused
}

fn undecided(failure: &Failure) -> String {
    let status = failure.http_status.map(|status| format!(" with status {status}")).unwrap_or_default();
    let code = failure.provider_code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    format!(
        "the origin answered{status}{code} when it was asked for a file that cannot be there, which may mean that the \
         file is absent or that reading is not allowed; set spec.probe.path to a file that is there"
    )
}

/// Asks a source as a request would, after the steps that are its own.
pub(crate) async fn ask<S: Source>(
    source: &S,
    request: &Request,
    slot: &Slot,
    repeats: u8,
    steps: &mut Steps,
) -> Result<Answer, Failure> {
    let place = source.locate(request)?;
    source.approach(&place, slot, steps).await?;
    steps.begin(Step::Authenticate);
    let identity = source.authenticate().await?;
    steps.passed(|| identity);
    steps.begin(Step::Read);
    crate::origin::ask_repeatedly(source, &place, &Wish::Whole, slot, repeats).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_manifest_may_carry_a_query() {
        let request = Wanted::Present("v0/b/app/o/a.jpg?alt=media").request();
        assert_eq!(
            (request.resource.as_str(), request.query.as_deref()),
            ("v0/b/app/o/a.jpg", Some("alt=media"))
        );
        assert_eq!(Wanted::Absent("x?y").request().query, None);
    }

    #[test]
    fn only_the_absence_of_what_nobody_has_is_a_proof() {
        let missing = Failure::missing();
        let bucket = Failure::of(Cause::BucketNotFound);
        assert!(is_proof(&missing, &Wanted::Absent("x")));
        assert!(!is_proof(&missing, &Wanted::Present("x")));
        assert!(!is_proof(&bucket, &Wanted::Absent("x")));
    }

    #[test]
    fn an_answer_that_says_nothing_asks_for_a_path() {
        let failure = Failure {
            http_status: Some(403),
            provider_code: Some("AccessDenied".to_owned()),
            ..Failure::of(Cause::AccessDenied)
        };
        assert!(!says_nothing(&failure));
        let failure = Failure { ambiguous: true, ..failure };
        assert!(says_nothing(&failure));
        assert_eq!(
            undecided(&failure),
            "the origin answered with status 403 AccessDenied when it was asked for a file that cannot be there, which \
             may mean that the file is absent or that reading is not allowed; set spec.probe.path to a file that is there"
        );
    }
}
