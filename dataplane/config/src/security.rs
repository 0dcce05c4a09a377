//! Who may ask an endpoint for what: signatures, private files, rules on clients.

use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{SecretText, duration};

/// Access rules of one endpoint. The default lets everybody have everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Security {
    /// Names of the keys that verify signatures, `SECRET/KEY`, each once. Their values stand in [`SigningKeys`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signing_keys: Vec<String>,
    /// Which requests need a signature.
    #[serde(skip_serializing_if = "is_default")]
    pub restrict_unsigned: RestrictUnsigned,
    /// Every file counts as marked private.
    #[serde(skip_serializing_if = "is_default")]
    pub treat_all_as_private: bool,
    /// Clients that get nothing.
    #[serde(rename = "blockedCIDRs", skip_serializing_if = "Vec::is_empty")]
    pub blocked_cidrs: Vec<IpNet>,
    /// Pieces of `User-Agent` that get nothing, lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_user_agents: Vec<String>,
    /// Which pages may show files.
    #[serde(skip_serializing_if = "is_default")]
    pub referrers: Referrers,
    /// How long an expired signature is still taken, in milliseconds on the wire.
    #[serde(with = "duration", skip_serializing_if = "Duration::is_zero")]
    pub clock_skew: Duration,
}

/// Which requests need a signature, by kind of file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RestrictUnsigned {
    /// Images, and whatever is no video.
    pub images: Restriction,
    /// Videos.
    pub videos: Restriction,
}

/// Which requests of one kind need a signature; the stricter is the greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Restriction {
    /// None of them.
    #[default]
    None,
    /// Those that ask for work of a model.
    #[serde(rename = "AI")]
    Ai,
    /// All of them.
    All,
}

/// Which pages may show files, by the host in `Referer`, lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Referrers {
    /// Only these hosts; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// All but these hosts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub block: Vec<String>,
    /// Whether a request without a readable `Referer` passes a list of allowed hosts.
    pub allow_empty: bool,
}

/// The keys that verify the signatures of one endpoint. The record's id is the endpoint's id; it travels only in
/// Secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigningKeys {
    /// In the order of the manifest; those that could be read.
    pub keys: Vec<NamedKey>,
}

/// A key and the name by which [`Security::signing_keys`] lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedKey {
    /// `SECRET/KEY`.
    pub name: String,
    /// The key, as text.
    pub value: SecretText,
}

impl Referrers {
    /// Whether any page is told from another, so that answers differ by `Referer`.
    pub fn is_set(&self) -> bool {
        !self.allow.is_empty() || !self.block.is_empty()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
