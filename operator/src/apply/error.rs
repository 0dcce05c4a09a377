//! Why an object could not be applied: which object, and what to do.

use std::fmt;

use imgplane_config::ObjectId;

use super::{OwnedKind, call::ATTEMPTS};

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
