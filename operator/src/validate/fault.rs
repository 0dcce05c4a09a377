//! Every problem that validation finds: one template each, by the rule "what happened, where, how widely, what to do
//! next". The field's path is told beside the message.
//!
//! The same words are read where pods run and where none do (`imgplane check`). So what a mistake leaves running is told
//! with "if": whether pods had run it is not known here.

mod words;

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, Reason};

use self::words::{
    KEPT, WITHOUT_BUNDLE, choices, effect, found, once_expired, to_read, unread, without_secret,
};
use crate::{Holder, Withheld};

pub(crate) use self::words::{Left, names};

/// One cause of a problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{what}; {}", effect(*.kind))]
    Invalid { what: String, kind: Kind },
    #[error(
        "the object does not have the fields that this release knows ({error}); {}: apply it again with the \
         CustomResourceDefinitions of this release, which name the field, or upgrade the operator if a newer \
         release wrote it",
        effect(*.kind)
    )]
    Unreadable { error: String, kind: Kind },
    #[error(
        "a second manifest of the same kind, namespace and name is left out: rename or remove one of the two"
    )]
    DefinedTwice,
    #[error(
        "the address {address} on DataPlane {data_plane} belongs to UrlEndpoint {winner}, which comes first by age \
         and name; no URL reaches this endpoint: choose another urlPrefix, or delete one of the two"
    )]
    AddressTaken { address: String, data_plane: ObjectId, winner: ObjectId },
    #[error(
        "the domain {host} belongs to UrlEndpoint {winner}, which comes first by age and name; no URL reaches this \
         endpoint: remove the domain from one of the two"
    )]
    DomainTaken { host: String, winner: ObjectId },
    #[error(
        "the host {host} is shared by all accounts of DataPlane {data_plane} or tied to one of them; no URL reaches \
         this endpoint: choose another domain, or have the host removed from the DataPlane"
    )]
    HostOfDataPlane { host: String, data_plane: ObjectId },
    #[error(
        "DataPlane {winner} is marked default too and comes first by age and name; endpoints without dataPlaneRef \
         go there, and this one serves only those that name it: set default to false on one of the two"
    )]
    DefaultTaken { winner: ObjectId },
    #[error(
        "DataPlane {data_plane} does not exist; no URL reaches this endpoint: create it, or name another one{}",
        choices(.existing)
    )]
    NoSuchDataPlane { data_plane: ObjectId, existing: Vec<String> },
    #[error(
        "no DataPlane is marked default and this endpoint names none; no URL reaches it: set spec.dataPlaneRef, or \
         mark a DataPlane with default: true{}",
        choices(.existing)
    )]
    NoDefaultDataPlane { existing: Vec<String> },
    #[error(
        "DataPlane {data_plane} does not admit namespace {namespace}; no URL reaches this endpoint: name another \
         DataPlane, or have the namespace added to its spec.allowedNamespaces"
    )]
    NamespaceNotAdmitted { data_plane: ObjectId, namespace: String },
    #[error(
        "account {account} is not given to namespace {namespace} by DataPlane {data_plane}; no URL reaches this \
         endpoint: leave accountId out, which means {namespace}, or have the account added to the DataPlane's \
         spec.accounts"
    )]
    AccountNotGranted { account: String, namespace: String, data_plane: ObjectId },
    #[error(
        "allowedHosts has *, so that everybody could have files of every server of the web delivered from here; the \
         origin is not taken over until this is right, and pods keep nothing of it: name the hosts that are meant, or \
         set openProxy to true if all are"
    )]
    OpenProxy,
    #[error(
        "Secret {secret} does not exist; {}: create it with the {keys}, or name another one",
        without_secret(*.kind)
    )]
    SecretNotFound { secret: ObjectId, keys: String, kind: Kind },
    #[error(
        "{}; {}: {}",
        unread(Holder::Secret, secret, *.why),
        without_secret(*.kind),
        to_read(Holder::Secret, secret, *.why)
    )]
    SecretWithheld { secret: ObjectId, why: Withheld, kind: Kind },
    #[error("Secret {secret} has no key {key}; {}: add it{}", without_secret(*.kind), found(.keys))]
    SecretKeyMissing { secret: ObjectId, key: String, keys: Vec<String>, kind: Kind },
    #[error("key {key} of Secret {secret} {what}; {}: {remedy}", without_secret(*.kind))]
    SecretMalformed { secret: ObjectId, key: String, what: &'static str, remedy: &'static str, kind: Kind },
    #[error(
        "{} {id} does not exist; {WITHOUT_BUNDLE}: create it with the key {key}, or name another one",
        .holder.as_str()
    )]
    BundleNotFound { holder: Holder, id: ObjectId, key: String },
    #[error("{}; {WITHOUT_BUNDLE}: {}", unread(*.holder, id, *.why), to_read(*.holder, id, *.why))]
    BundleWithheld { holder: Holder, id: ObjectId, why: Withheld },
    #[error("{} {id} has no key {key}; {WITHOUT_BUNDLE}: add it, or name its key{}", .holder.as_str(), found(.keys))]
    BundleKeyMissing { holder: Holder, id: ObjectId, key: String, keys: Vec<String> },
    #[error(
        "key {key} of {} {id} {what}; {WITHOUT_BUNDLE}: write the certificates of your authorities there as PEM text",
        .holder.as_str()
    )]
    BundleMalformed { holder: Holder, id: ObjectId, key: String, what: &'static str },
    #[error(
        "the {what} in key {key} of Secret {secret} is good until {expiry}; after that {}: write a new one into the \
         Secret, which pods take over without a restart",
        once_expired(*.kind)
    )]
    CredentialExpiring { secret: ObjectId, key: &'static str, what: &'static str, expiry: String, kind: Kind },
    #[error(
        "the {what} in key {key} of Secret {secret} expired at {expiry}; {}: write a new one into the Secret, which \
         pods take over without a restart",
        once_expired(*.kind)
    )]
    CredentialExpired { secret: ObjectId, key: &'static str, what: &'static str, expiry: String, kind: Kind },
    #[error(
        "Secret {secret} does not exist; no new pod of this DataPlane starts: create it with the keys tls.crt and \
         tls.key, for example with `kubectl create secret tls`, or name another one"
    )]
    CertificateNotFound { secret: ObjectId },
    #[error(
        "{}; whether the pods of this DataPlane can serve with it is not known: {}",
        unread(Holder::Secret, secret, *.why), to_read(Holder::Secret, secret, *.why)
    )]
    CertificateWithheld { secret: ObjectId, why: Withheld },
    #[error(
        "Secret {secret} has no key {key}; new pods of this DataPlane serve nothing, and running ones keep the \
         certificate that they have: add it, for example with `kubectl create secret tls`{}",
        found(.keys)
    )]
    CertificateKeyMissing { secret: ObjectId, key: &'static str, keys: Vec<String> },
    #[error(
        "key {key} of Secret {secret} {what}; new pods of this DataPlane serve nothing, and running ones keep the \
         certificate that they have: write certificate and key as PEM text, for example with \
         `kubectl create secret tls`"
    )]
    CertificateMalformed { secret: ObjectId, key: &'static str, what: &'static str },
    #[error(
        "DataPlane {data_plane} has no volume {volume}{}; it delivers no file of this origin: add the volume to its \
         spec.volumes, or name another one (`imgplane dev DIR` reads DIR/volumes/{volume})",
        found(.existing)
    )]
    NoSuchVolume { volume: String, data_plane: ObjectId, existing: Vec<String> },
    #[error(
        "volume {volume} of DataPlane {data_plane} is not open to namespace {namespace}; it delivers no file of \
         this origin: name another volume, or have the namespace added to the volume's allowedNamespaces"
    )]
    VolumeNotAllowed { volume: String, data_plane: ObjectId, namespace: String },
    #[error(
        "DataPlane {data_plane} does not lend its identity to namespace {namespace}; it delivers no file of this \
         origin: set auth.type to Secret, or have the namespace added to the DataPlane's \
         spec.workloadIdentity.allowedNamespaces"
    )]
    IdentityNotLent { data_plane: ObjectId, namespace: String },
    #[error(
        "Origin {origin} does not exist; {}: create it, or remove it here{}",
        .left.share(),
        choices(.existing)
    )]
    OriginNotFound { origin: ObjectId, left: Left, existing: Vec<String> },
    #[error(
        "Origin {origin} cannot be used on DataPlane {data_plane}; {}: look at the Origin's own problems",
        .left.share()
    )]
    OriginNotUsable { origin: ObjectId, data_plane: ObjectId, left: Left },
    #[error(
        "Origin {origin} is not accepted; {}, and pods keep what they ran of it before, if they did: look at the \
         Origin's own problems",
        .left.usable_share()
    )]
    OriginNotAccepted { origin: ObjectId, left: Left },
    #[error(
        "Origin {origin} is not accepted, and pods keep nothing of it; {}: look at the Origin's own problems",
        .left.share()
    )]
    OriginRefused { origin: ObjectId, left: Left },
    #[error(
        "DataPlane {data_plane} has settings that cannot be used; this endpoint is not taken over until they are \
         right, and {KEPT}: look at the DataPlane's own problems"
    )]
    DataPlaneNotAccepted { data_plane: ObjectId },
    #[error(
        "no endpoint lists this origin, and no default DataPlane with usable settings admits namespace {namespace}; \
         it is not taken over: list it in a UrlEndpoint"
    )]
    NotPlaced { namespace: String },
    #[error(
        "{count} origins are asked one after another; a file that only the last one has waits for {} misses first: \
         put the likeliest first, or move files together",
        .count - 1
    )]
    ManyOrigins { count: usize },
    #[error(
        "Origin {origin} delivers files of other servers, and the URLs of this endpoint need no signature; whoever knows \
         the endpoint can have pictures of {hosts} transformed at your cost: set security.restrictUnsigned to All for \
         images and videos, or keep the Origin's allowedHosts as narrow as they can be"
    )]
    UnsignedProxy { origin: ObjectId, hosts: String },
    #[error(
        "DataPlane {data_plane} has no place for originals; files are delivered, and each new result fetches its original \
         again: give the DataPlane spec.originalsStore, spec.cache.shared or spec.cache.disk, or remove saveOriginals"
    )]
    OriginalsNotSaved { data_plane: ObjectId },
    #[error(
        "the prefix hides the folder {} of Origin {} from the account's default endpoint {}, and Origin {}, which is \
         in that folder, is not listed here; its files have no URL under {}: list it here, or choose another \
         urlPrefix",
        .0.folder, .0.origin, .0.endpoint, .0.evidence, .0.address
    )]
    PrefixShadowed(Box<Shadow>),
}

/// A folder that a prefix hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shadow {
    /// The folder, which is the prefix.
    pub(crate) folder: String,
    /// The origin of the default endpoint that has it.
    pub(crate) origin: ObjectId,
    /// The default endpoint.
    pub(crate) endpoint: ObjectId,
    /// The Origin that proves that the folder is there.
    pub(crate) evidence: ObjectId,
    /// Where the hiding endpoint's URLs begin.
    pub(crate) address: String,
}

impl Fault {
    /// The reason that stands in the condition.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Invalid { .. } | Self::Unreadable { .. } => Reason::Invalid,
            Self::DefinedTwice
            | Self::AddressTaken { .. }
            | Self::DomainTaken { .. }
            | Self::HostOfDataPlane { .. }
            | Self::DefaultTaken { .. } => Reason::Conflicted,
            Self::NoSuchDataPlane { .. } | Self::NoDefaultDataPlane { .. } => Reason::DataPlaneNotFound,
            Self::NamespaceNotAdmitted { .. }
            | Self::AccountNotGranted { .. }
            | Self::IdentityNotLent { .. } => Reason::NotAllowedByDataPlane,
            Self::OpenProxy => Reason::OpenProxy,
            // The design has one reason for whatever is amiss with a ConfigMap; the message tells what.
            Self::BundleNotFound { holder: Holder::ConfigMap, .. }
            | Self::BundleWithheld { holder: Holder::ConfigMap, .. }
            | Self::BundleKeyMissing { holder: Holder::ConfigMap, .. }
            | Self::BundleMalformed { holder: Holder::ConfigMap, .. } => Reason::ConfigMapNotFound,
            Self::SecretNotFound { .. }
            | Self::SecretWithheld { .. }
            | Self::BundleNotFound { holder: Holder::Secret, .. }
            | Self::BundleWithheld { holder: Holder::Secret, .. }
            | Self::CertificateNotFound { .. }
            | Self::CertificateWithheld { .. } => Reason::SecretNotFound,
            Self::SecretKeyMissing { .. }
            | Self::BundleKeyMissing { holder: Holder::Secret, .. }
            | Self::CertificateKeyMissing { .. } => Reason::SecretKeyMissing,
            Self::SecretMalformed { .. }
            | Self::BundleMalformed { holder: Holder::Secret, .. }
            | Self::CertificateMalformed { .. } => Reason::SecretMalformed,
            Self::CredentialExpiring { .. } | Self::CredentialExpired { .. } => Reason::CredentialExpiring,
            Self::NoSuchVolume { .. } | Self::VolumeNotAllowed { .. } => Reason::VolumeNotFound,
            Self::OriginNotFound { .. } => Reason::OriginNotFound,
            Self::OriginNotUsable { .. } | Self::OriginNotAccepted { .. } | Self::OriginRefused { .. } => {
                Reason::OriginNotAccepted
            }
            Self::DataPlaneNotAccepted { .. } | Self::NotPlaced { .. } => Reason::NoDataPlane,
            Self::ManyOrigins { .. } => Reason::ManyOrigins,
            Self::UnsignedProxy { .. } => Reason::UnsignedProxy,
            Self::OriginalsNotSaved { .. } => Reason::OriginalsNotSaved,
            Self::PrefixShadowed(_) => Reason::PrefixShadowed,
        }
    }
}
