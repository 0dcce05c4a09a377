//! Conditions, and the closed list of reasons that explain them.

use std::fmt;

/// Type of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The object is valid, wins its conflicts and may use its DataPlane.
    Accepted,
    /// Everything that the object names exists and can be used.
    ResolvedRefs,
    /// Every ready pod runs a config that contains this generation.
    Programmed,
    /// The place that an Origin names answers as it should; on Origins only.
    Reachable,
    /// All the others together.
    Ready,
}

impl ConditionType {
    /// The text that stands in `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::ResolvedRefs => "ResolvedRefs",
            Self::Programmed => "Programmed",
            Self::Reachable => "Reachable",
            Self::Ready => "Ready",
        }
    }
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a condition says of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionStatus {
    /// It is so.
    True,
    /// It is not so, because of an error.
    False,
    /// It is not known, or not known yet.
    Unknown,
}

impl ConditionStatus {
    /// The text that stands in `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for ConditionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much a reason hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The condition is False: the object, or a part of it, is not served.
    Error,
    /// Nothing is refused: the condition stays True, or is Unknown, and something should be looked at.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a condition is not simply True.
///
/// The list is closed but for one: why an Origin is not reachable is told as `CODE_Word`, the `ik-error` code of its
/// worst failure and the word for what happened, such as `EACCES_CredentialsInvalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A field has a value that cannot be used.
    Invalid,
    /// An older object holds what this one claims.
    Conflicted,
    /// Every host of the web may be asked, and the manifest does not say that this is meant.
    OpenProxy,
    /// The DataPlane does not exist, or none is marked default.
    DataPlaneNotFound,
    /// The DataPlane does not admit the namespace or the account.
    NotAllowedByDataPlane,
    /// The Secret does not exist.
    SecretNotFound,
    /// The Secret lacks a key.
    SecretKeyMissing,
    /// A value in the Secret cannot be used.
    SecretMalformed,
    /// The ConfigMap does not exist, or what is wanted is not in it.
    ConfigMapNotFound,
    /// The DataPlane mounts no such volume, or not for this namespace.
    VolumeNotFound,
    /// The Origin does not exist.
    OriginNotFound,
    /// The Origin exists and cannot be used.
    OriginNotAccepted,
    /// No DataPlane runs the object.
    NoDataPlane,
    /// A pod refused the object's record.
    Rejected,
    /// A pod does not run the newest version, and has had time enough.
    AckTimeout,
    /// The records of the DataPlane do not fit into what pods mount.
    TooLarge,
    /// Pods are about to load the newest version.
    AckPending,
    /// Nothing is known of the origin yet, or what is known says neither yes nor no.
    NotObserved,
    /// More origins than are quick to ask one after another.
    ManyOrigins,
    /// The endpoint hides a folder of the account's default endpoint.
    PrefixShadowed,
    /// Everybody can have files of other servers transformed, because URLs need no signature.
    UnsignedProxy,
    /// Originals should be saved, and the DataPlane has no place for them.
    OriginalsNotSaved,
    /// The credential expires soon, or has expired.
    CredentialExpiring,
    /// A pod cannot use the folder or the store in which it is to keep results or originals, and serves on without it.
    CacheUnavailable,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 24] = [
        Self::Invalid,
        Self::Conflicted,
        Self::OpenProxy,
        Self::DataPlaneNotFound,
        Self::NotAllowedByDataPlane,
        Self::SecretNotFound,
        Self::SecretKeyMissing,
        Self::SecretMalformed,
        Self::ConfigMapNotFound,
        Self::VolumeNotFound,
        Self::OriginNotFound,
        Self::OriginNotAccepted,
        Self::NoDataPlane,
        Self::Rejected,
        Self::AckTimeout,
        Self::TooLarge,
        Self::AckPending,
        Self::NotObserved,
        Self::ManyOrigins,
        Self::PrefixShadowed,
        Self::UnsignedProxy,
        Self::OriginalsNotSaved,
        Self::CredentialExpiring,
        Self::CacheUnavailable,
    ];

    /// The text that stands in `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Conflicted => "Conflicted",
            Self::OpenProxy => "OpenProxy",
            Self::DataPlaneNotFound => "DataPlaneNotFound",
            Self::NotAllowedByDataPlane => "NotAllowedByDataPlane",
            Self::SecretNotFound => "SecretNotFound",
            Self::SecretKeyMissing => "SecretKeyMissing",
            Self::SecretMalformed => "SecretMalformed",
            Self::ConfigMapNotFound => "ConfigMapNotFound",
            Self::VolumeNotFound => "VolumeNotFound",
            Self::OriginNotFound => "OriginNotFound",
            Self::OriginNotAccepted => "OriginNotAccepted",
            Self::NoDataPlane => "NoDataPlane",
            Self::Rejected => "Rejected",
            Self::AckTimeout => "AckTimeout",
            Self::TooLarge => "TooLarge",
            Self::AckPending => "AckPending",
            Self::NotObserved => "NotObserved",
            Self::ManyOrigins => "ManyOrigins",
            Self::PrefixShadowed => "PrefixShadowed",
            Self::UnsignedProxy => "UnsignedProxy",
            Self::OriginalsNotSaved => "OriginalsNotSaved",
            Self::CredentialExpiring => "CredentialExpiring",
            Self::CacheUnavailable => "CacheUnavailable",
        }
    }

    /// The condition that the reason belongs to.
    pub const fn condition(self) -> ConditionType {
        match self {
            Self::Invalid
            | Self::Conflicted
            | Self::OpenProxy
            | Self::DataPlaneNotFound
            | Self::NotAllowedByDataPlane
            | Self::ManyOrigins
            | Self::PrefixShadowed
            | Self::UnsignedProxy
            | Self::OriginalsNotSaved => ConditionType::Accepted,
            Self::SecretNotFound
            | Self::SecretKeyMissing
            | Self::SecretMalformed
            | Self::ConfigMapNotFound
            | Self::VolumeNotFound
            | Self::OriginNotFound
            | Self::OriginNotAccepted
            | Self::CredentialExpiring => ConditionType::ResolvedRefs,
            Self::NoDataPlane
            | Self::Rejected
            | Self::AckTimeout
            | Self::TooLarge
            | Self::AckPending
            | Self::CacheUnavailable => ConditionType::Programmed,
            Self::NotObserved => ConditionType::Reachable,
        }
    }

    /// What its condition is because of it.
    pub const fn status(self) -> ConditionStatus {
        match self {
            Self::ManyOrigins
            | Self::PrefixShadowed
            | Self::UnsignedProxy
            | Self::OriginalsNotSaved
            | Self::CredentialExpiring
            | Self::CacheUnavailable => ConditionStatus::True,
            Self::AckPending | Self::NotObserved => ConditionStatus::Unknown,
            Self::Invalid
            | Self::Conflicted
            | Self::OpenProxy
            | Self::DataPlaneNotFound
            | Self::NotAllowedByDataPlane
            | Self::SecretNotFound
            | Self::SecretKeyMissing
            | Self::SecretMalformed
            | Self::ConfigMapNotFound
            | Self::VolumeNotFound
            | Self::OriginNotFound
            | Self::OriginNotAccepted
            | Self::NoDataPlane
            | Self::Rejected
            | Self::AckTimeout
            | Self::TooLarge => ConditionStatus::False,
        }
    }

    /// Whether the reason makes its condition False.
    pub const fn severity(self) -> Severity {
        match self.status() {
            ConditionStatus::True | ConditionStatus::Unknown => Severity::Warning,
            ConditionStatus::False => Severity::Error,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
