//! One call to the API server: a deadline for each attempt, a bounded number of attempts, and what a failure means.

use std::time::Duration;

use imgplane_config::ObjectId;
use kube::core::Status;
use tokio::time;

use super::{ApplyError, OwnedKind, Subject, Verb};

/// Longest wait for one answer. The API server ends its own requests after a minute; healthy ones take milliseconds.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often a call is made before its failure is told.
pub(super) const ATTEMPTS: u32 = 4;

/// Pause before the second attempt; it doubles with each further one, and up to as much again is added by chance.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause that a busy API server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Longest text of the API server that is passed on, in bytes: it ends up in a condition's message.
const LONGEST_TEXT: usize = 1024;

/// A call that is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) verb: Verb,
    pub(super) kind: OwnedKind,
    pub(super) id: &'a ObjectId,
}

/// How a single attempt failed.
enum Failure {
    /// Trying again may help, at the earliest after this time.
    Passing { message: String, after: Duration },
    /// Somebody else wrote at the same time.
    Conflict(String),
    /// Trying again does not help.
    Final(ApplyError),
}

impl Call<'_> {
    pub(super) fn subject(self) -> Subject {
        Subject { kind: self.kind, id: self.id.clone() }
    }

    /// Makes the call until it succeeds, fails for good, or failed too often.
    pub(super) async fn run<T, F>(self, attempt: impl Fn() -> F) -> Result<T, ApplyError>
    where
        F: Future<Output = kube::Result<T>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            let failure = match time::timeout(DEADLINE, attempt()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => self.judge(error),
                Err(_) => Failure::Passing {
                    message: format!("no answer within {} s", DEADLINE.as_secs()),
                    after: Duration::ZERO,
                },
            };
            attempts += 1;
            let last = attempts >= ATTEMPTS;
            let after = match failure {
                Failure::Final(error) => return Err(error),
                Failure::Conflict(message) if last => {
                    return Err(ApplyError::Contended { subject: self.subject(), verb: self.verb, message });
                }
                Failure::Passing { message, .. } if last => {
                    return Err(ApplyError::Unavailable {
                        subject: self.subject(),
                        verb: self.verb,
                        message,
                    });
                }
                Failure::Conflict(_) => Duration::ZERO,
                Failure::Passing { message, after } => {
                    tracing::debug!(verb = %self.verb, object = %self.subject(), message, "retried a call");
                    after
                }
            };
            time::sleep(pause.mul_f64(1.0 + fastrand::f64()).max(after.min(LONGEST_PAUSE))).await;
            pause *= 2;
        }
    }

    fn judge(self, error: kube::Error) -> Failure {
        let status = match error {
            kube::Error::Api(status) => status,
            // An answer that cannot be read may quote what it holds, and of a Secret nothing is told.
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
                let message = "the answer was not what was asked for".to_owned();
                return Failure::Passing { message, after: Duration::ZERO };
            }
            other => return Failure::Passing { message: chain(&other), after: Duration::ZERO },
        };
        match status.code {
            409 if status.reason != "AlreadyExists" => Failure::Conflict(self.text(&status)),
            408 | 429 | 500..=599 => {
                let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
                let after = Duration::from_secs(u64::from(seconds));
                Failure::Passing { message: self.text(&status), after }
            }
            // The credential of the operator itself is renewed behind its back.
            401 => Failure::Passing { message: self.text(&status), after: Duration::ZERO },
            403 => Failure::Final(self.forbidden(&status)),
            404 => Failure::Final(self.absent(&status)),
            _ => Failure::Final(ApplyError::Refused { subject: self.subject(), message: self.text(&status) }),
        }
    }

    /// A 403 is a missing right, or a rule of somebody's that has nothing to do with rights, such as a quota.
    fn forbidden(self, status: &Status) -> ApplyError {
        let said = [Verb::Get, Verb::Create, Verb::Patch, Verb::Delete]
            .into_iter()
            .find(|verb| status.message.contains(&format!("cannot {verb} resource")));
        match said {
            // Server-side apply of what is not there needs `create`, and the API server says which one it missed.
            Some(verb) => {
                let resource = self.kind.api_resource();
                let resource = if resource.group.is_empty() {
                    resource.plural
                } else {
                    format!("{}.{}", resource.plural, resource.group)
                };
                ApplyError::Forbidden { subject: self.subject(), verb, resource }
            }
            None => ApplyError::Refused { subject: self.subject(), message: self.text(status) },
        }
    }

    /// Only a missing namespace or a missing kind make a write end in 404.
    fn absent(self, status: &Status) -> ApplyError {
        let namespace = status.details.as_ref().is_some_and(|details| details.kind == "namespaces");
        if namespace {
            ApplyError::NoNamespace { subject: self.subject() }
        } else {
            let api_version = self.kind.api_resource().api_version;
            ApplyError::NoSuchApi { subject: self.subject(), api_version }
        }
    }

    /// The API server's words. It may quote values, so of a Secret it is only told what sort of refusal it was.
    fn text(self, status: &Status) -> String {
        let reason = if status.reason.is_empty() { "no reason given" } else { &status.reason };
        if self.kind == OwnedKind::Secret || status.message.is_empty() {
            return format!("{reason} (status {})", status.code);
        }
        let mut end = status.message.len().min(LONGEST_TEXT);
        while !status.message.is_char_boundary(end) {
            end -= 1;
        }
        status.message.get(..end).unwrap_or_default().to_owned()
    }
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
