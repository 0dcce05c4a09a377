//! Every problem that validation finds: one template each, by the rule "what happened, where, how widely, what to do
//! next". The field's path is told beside the message.
//!
//! The same words are read where pods run and where none do (`imgplane check`). So what a mistake leaves running is told
//! with "if": whether pods had run it is not known here.

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, Reason};

use crate::Withheld;

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
        "Secret {secret} does not exist; {WITHOUT_SECRET}: create it with the keys accessKey and secretKey, or name \
         another one"
    )]
    SecretNotFound { secret: ObjectId },
    #[error("{}; {WITHOUT_SECRET}: {}", unread(secret, *.why), to_read(secret, *.why))]
    SecretWithheld { secret: ObjectId, why: Withheld },
    #[error(
        "Secret {secret} has no key {key}; {WITHOUT_SECRET}: add it{}",
        found(.keys)
    )]
    SecretKeyMissing { secret: ObjectId, key: &'static str, keys: Vec<String> },
    #[error(
        "key {key} of Secret {secret} {what}; {WITHOUT_SECRET}: write the bare value into the key, for example with \
         `kubectl create secret generic --from-literal`"
    )]
    SecretMalformed { secret: ObjectId, key: &'static str, what: &'static str },
    #[error(
        "Secret {secret} does not exist; no new pod of this DataPlane starts: create it with the keys tls.crt and \
         tls.key, for example with `kubectl create secret tls`, or name another one"
    )]
    CertificateNotFound { secret: ObjectId },
    #[error(
        "{}; whether the pods of this DataPlane can serve with it is not known: {}",
        unread(secret, *.why), to_read(secret, *.why)
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
        "Origin {origin} does not exist; {}: create it, or remove it here{}",
        share(*.usable, *.listed),
        choices(.existing)
    )]
    OriginNotFound { origin: ObjectId, usable: usize, listed: usize, existing: Vec<String> },
    #[error(
        "Origin {origin} cannot be used on DataPlane {data_plane}; {}: look at the Origin's own problems",
        share(*.usable, *.listed)
    )]
    OriginNotUsable { origin: ObjectId, data_plane: ObjectId, usable: usize, listed: usize },
    #[error(
        "Origin {origin} is not accepted; {}, and pods keep what they ran of it before, if they did: look at the \
         Origin's own problems",
        usable_share(*.usable, *.listed)
    )]
    OriginNotAccepted { origin: ObjectId, usable: usize, listed: usize },
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
            Self::NamespaceNotAdmitted { .. } | Self::AccountNotGranted { .. } => {
                Reason::NotAllowedByDataPlane
            }
            Self::SecretNotFound { .. }
            | Self::SecretWithheld { .. }
            | Self::CertificateNotFound { .. }
            | Self::CertificateWithheld { .. } => Reason::SecretNotFound,
            Self::SecretKeyMissing { .. } | Self::CertificateKeyMissing { .. } => Reason::SecretKeyMissing,
            Self::SecretMalformed { .. } | Self::CertificateMalformed { .. } => Reason::SecretMalformed,
            Self::NoSuchVolume { .. } | Self::VolumeNotAllowed { .. } => Reason::VolumeNotFound,
            Self::OriginNotFound { .. } => Reason::OriginNotFound,
            Self::OriginNotUsable { .. } | Self::OriginNotAccepted { .. } => Reason::OriginNotAccepted,
            Self::DataPlaneNotAccepted { .. } | Self::NotPlaced { .. } => Reason::NoDataPlane,
            Self::ManyOrigins { .. } => Reason::ManyOrigins,
            Self::PrefixShadowed(_) => Reason::PrefixShadowed,
        }
    }
}

/// What a mistake leaves running.
const KEPT: &str = "pods keep what they ran before, if they did";

/// What it means that a Secret cannot be used.
const WITHOUT_SECRET: &str =
    "pods keep the credential that they had, and without one every fetch from this origin fails with EACCES";

fn unread(secret: &ObjectId, why: Withheld) -> String {
    match why {
        Withheld::Forbidden => format!("the operator may not read Secret {secret}, which may exist or not"),
        Withheld::Unanswered => format!("Secret {secret} could not be read, and may exist or not"),
    }
}

fn to_read(secret: &ObjectId, why: Withheld) -> String {
    match why {
        Withheld::Forbidden => {
            let namespace = &secret.namespace;
            format!("give the operator's role the verb get on secrets in namespace {namespace}")
        }
        Withheld::Unanswered => {
            "it is read again; the log of the operator has what the API server answers".to_owned()
        }
    }
}

fn effect(kind: Kind) -> String {
    match kind {
        Kind::Origin => format!("the origin is not taken over until this is right, and {KEPT}"),
        Kind::UrlEndpoint => format!("the endpoint is not taken over until this is right, and {KEPT}"),
        Kind::DataPlane => {
            format!(
                "nothing of the DataPlane and its endpoints is taken over until this is right, and {KEPT}"
            )
        }
    }
}

/// How many origins an endpoint has left, where what cannot be used is used by nobody.
fn share(usable: usize, listed: usize) -> String {
    let share = usable_share(usable, listed);
    if usable == 0 { format!("{share}, so no file is found") } else { share }
}

fn usable_share(usable: usize, listed: usize) -> String {
    match (usable, listed) {
        (0, 1) => "no other origin is listed".to_owned(),
        (0, _) => format!("none of the {listed} listed origins can be used"),
        (1, _) => format!("1 of the {listed} listed origins can be used"),
        _ => format!("{usable} of the {listed} listed origins can be used"),
    }
}

/// Most names that a message lists.
const NAMES_IN_MESSAGE: usize = 5;

fn names(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_IN_MESSAGE).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_IN_MESSAGE) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn choices(existing: &[String]) -> String {
    if existing.is_empty() { String::new() } else { format!(" (there is {})", names(existing)) }
}

fn found(existing: &[String]) -> String {
    if existing.is_empty() {
        " (there is none)".to_owned()
    } else {
        format!(" (there is {})", names(existing))
    }
}
