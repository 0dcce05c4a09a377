//! One call to the API server: a deadline for each attempt, a bounded number of attempts, and an error that says which
//! object it was and what to do.

use std::{fmt, time::Duration};

use imgplane_config::ObjectId;
use kube::core::Status;
use tokio::time;

use super::OwnedKind;

/// Longest wait for one answer. The API server ends its own requests after a minute; healthy ones take milliseconds.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often a call is made before its failure is told.
const ATTEMPTS: u32 = 4;

/// Pause before the second attempt; it doubles with each further one, and up to as much again is added by chance.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause that a busy API server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Longest text of the API server that is passed on, in bytes: it ends up in a condition's message.
const LONGEST_TEXT: usize = 1024;

/// What is done to an object, by the name that roles use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Read it.
    Get,
    /// Make it.
    Create,
    /// Change it, or make it by server-side apply.
    Patch,
    /// Delete it.
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::Create => "create",
            Self::Patch => "patch",
            Self::Delete => "delete",
        })
    }
}

/// The object that a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: OwnedKind,
    /// Its namespace and name.
    pub id: ObjectId,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

/// An object could not be brought to what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The role does not allow it.
    #[error(
        "the operator may not {verb} {subject}: its role lacks the verb {verb} on {resource} in namespace {}; install \
         the roles of this version of the chart",
        .subject.id.namespace
    )]
    Forbidden {
        /// The object.
        subject: Subject,
        /// The verb that is missing.
        verb: Verb,
        /// Plural and group, as a role names them.
        resource: String,
    },
    /// The API server understood and does not take it: a quota, an admission rule, a value.
    #[error("{subject} was refused by the API server: {message}{}", advice(.subject.kind))]
    Refused {
        /// The object.
        subject: Subject,
        /// The API server's words; of a Secret only their class.
        message: String,
    },
    /// Its kind is not installed.
    #[error(
        "{subject} cannot be made because the cluster has no {} of {api_version}: install it, or choose another \
         spec.exposure.type",
        .subject.kind
    )]
    NoSuchApi {
        /// The object.
        subject: Subject,
        /// Group and version of the kind.
        api_version: String,
    },
    /// An object of this name exists and somebody else made it.
    #[error(
        "{subject} exists and is not the operator's, so it is left alone: delete or rename it, or rename the DataPlane"
    )]
    Foreign {
        /// The object.
        subject: Subject,
    },
    /// The namespace does not exist any more.
    #[error("{subject} cannot be made because its namespace is gone")]
    NoNamespace {
        /// The object.
        subject: Subject,
    },
    /// Somebody changes the object all the time.
    #[error(
        "{subject} was changed by somebody else during each of {ATTEMPTS} attempts to {verb} it: {message}"
    )]
    Contended {
        /// The object.
        subject: Subject,
        /// What was tried.
        verb: Verb,
        /// The API server's words.
        message: String,
    },
    /// No useful answer from the API server, again and again.
    #[error("the API server did not {verb} {subject} in {ATTEMPTS} attempts, which go on: {message}")]
    Unavailable {
        /// The object.
        subject: Subject,
        /// What was tried.
        verb: Verb,
        /// What was the matter the last time.
        message: String,
    },
    /// The admin token cannot be used.
    #[error(
        "the key {} of {subject} is no admin token: {reason}; delete the Secret, and a new one is made",
        crate::labels::TOKEN_KEY
    )]
    Token {
        /// The Secret.
        subject: Subject,
        /// What is wrong with it, without any of it.
        reason: String,
    },
    /// Several objects could not be applied.
    #[error("{first}; and {more} more objects failed")]
    Several {
        /// The first failure.
        first: Box<ApplyError>,
        /// How many objects failed after it.
        more: usize,
    },
}

fn advice(kind: OwnedKind) -> &'static str {
    match kind {
        OwnedKind::Deployment => "; look at spec.podTemplate and spec.resources of the DataPlane",
        OwnedKind::HorizontalPodAutoscaler => "; look at spec.autoscaling of the DataPlane",
        OwnedKind::Service | OwnedKind::Ingress | OwnedKind::HttpRoute => {
            "; look at spec.exposure of the DataPlane"
        }
        OwnedKind::ConfigMap
        | OwnedKind::Secret
        | OwnedKind::ServiceAccount
        | OwnedKind::PodDisruptionBudget
        | OwnedKind::NetworkPolicy => "",
    }
}

impl ApplyError {
    /// The object that failed, or failed first.
    pub fn subject(&self) -> &Subject {
        match self {
            Self::Forbidden { subject, .. }
            | Self::Refused { subject, .. }
            | Self::NoSuchApi { subject, .. }
            | Self::Foreign { subject }
            | Self::NoNamespace { subject }
            | Self::Contended { subject, .. }
            | Self::Unavailable { subject, .. }
            | Self::Token { subject, .. } => subject,
            Self::Several { first, .. } => first.subject(),
        }
    }

    /// Whether config may not have been published. False when only objects around the pods failed, so that what
    /// [`super::Applier::apply`] was given to publish is in the cluster.
    pub fn concerns_config(&self) -> bool {
        match self.subject().kind {
            OwnedKind::ConfigMap | OwnedKind::Secret => true,
            OwnedKind::ServiceAccount
            | OwnedKind::Deployment
            | OwnedKind::Service
            | OwnedKind::PodDisruptionBudget
            | OwnedKind::NetworkPolicy
            | OwnedKind::HorizontalPodAutoscaler
            | OwnedKind::Ingress
            | OwnedKind::HttpRoute => false,
        }
    }

    /// Whether other objects may fare better: the trouble is with this object and not with the API server.
    pub(super) fn is_local(&self) -> bool {
        match self {
            Self::Forbidden { .. }
            | Self::Refused { .. }
            | Self::NoSuchApi { .. }
            | Self::Foreign { .. }
            | Self::Contended { .. }
            | Self::Token { .. } => true,
            Self::NoNamespace { .. } | Self::Unavailable { .. } => false,
            Self::Several { first, .. } => first.is_local(),
        }
    }
}

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
    pub(super) async fn run<T, F>(self, attempt: F) -> Result<T, ApplyError>
    where
        F: AsyncFn() -> kube::Result<T>,
    {
        let mut pause = FIRST_PAUSE;
        for number in 1.. {
            let failure = match time::timeout(DEADLINE, attempt()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => self.judge(error),
                Err(_) => Failure::Passing {
                    message: format!("no answer within {} s", DEADLINE.as_secs()),
                    after: Duration::ZERO,
                },
            };
            let last = number >= ATTEMPTS;
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
        // The loop has no end but its returns; the compiler does not see that of a range.
        Err(ApplyError::Unavailable { subject: self.subject(), verb: self.verb, message: String::new() })
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
