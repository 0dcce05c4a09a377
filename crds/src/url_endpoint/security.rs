//! Who may ask an endpoint for what.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    text::{AddressOrRange, DataKey, ObjectName, ReferrerText, UserAgentPiece},
};

/// Who may ask for what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new(
        "!has(self.restrictUnsigned) || has(self.signingKeys) || \
         ((!has(self.restrictUnsigned.images) || self.restrictUnsigned.images == 'None') && \
          (!has(self.restrictUnsigned.videos) || self.restrictUnsigned.videos == 'None'))"
    )
    .message("needs signingKeys: without a key no URL can be signed, and nothing would be delivered")
    .field_path(".restrictUnsigned")
)]
#[serde(rename_all = "camelCase")]
pub struct Security {
    /// Keys that verify the signatures of URLs: any of them does. To rotate, list the new key beside the old one, and
    /// remove the old one when nobody uses its URLs any more; removing a key from this list ends them. Default: none,
    /// and then a signed URL is refused. Example: `[{secretRef: {name: url-keys}}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    #[x_kube(validation = (
        "self.all(a, self.exists_one(b, a.secretRef == b.secretRef))",
        "lists a key twice: list each key once"
    ))]
    pub signing_keys: Vec<SigningKey>,
    /// Which requests need a signature. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_unsigned: Option<RestrictUnsigned>,
    /// Treat every file as marked private: only signed URLs and named transformations get it. For origins that cannot
    /// mark files, and to keep originals from being had untransformed. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_all_as_private: Option<bool>,
    /// Clients that get nothing, by address. Default: none. Example: `[203.0.113.7, 198.51.100.0/24]`.
    #[serde(rename = "blockedCIDRs", default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub blocked_cidrs: Vec<AddressOrRange>,
    /// Clients that get nothing, by a piece of their `User-Agent`, upper and lower case alike. Default: none.
    /// Example: `[Bytespider]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub blocked_user_agents: Vec<UserAgentPiece>,
    /// Which pages may show files. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrers: Option<Referrers>,
    /// How long after its end a signed URL is still taken, for clocks that differ; up to `1h`. Default: `0s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<Duration>,
}

/// A key that verifies signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// The Secret that holds the key. Example: `{name: url-keys, key: current}`.
    pub secret_ref: SigningKeyRef,
}

/// Where a signing key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyRef {
    /// Name of a Secret of the same namespace. Example: `url-keys`.
    pub name: ObjectName,
    /// Key of the value. Default: `privateKey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<DataKey>,
}

impl SigningKeyRef {
    /// The key of the value where none is named.
    pub const DEFAULT_KEY: &str = "privateKey";

    /// The key of the value.
    pub fn key(&self) -> &str {
        self.key.as_ref().map_or(Self::DEFAULT_KEY, DataKey::as_str)
    }
}

/// Which requests need a signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestrictUnsigned {
    /// Images and whatever is no video: `None` of the requests needs a signature, those that ask for `AI`, or `All`.
    /// Default: `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Restriction>,
    /// The same for videos. Default: `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub videos: Option<Restriction>,
}

/// Which requests of one kind need a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum Restriction {
    /// None of them.
    None,
    /// Those that ask for work of a model.
    #[serde(rename = "AI")]
    Ai,
    /// All of them.
    All,
}

/// Which pages may show files, by the host in the `Referer` header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new(
        "!has(self.allow) || !has(self.block) || self.allow.size() == 0 || self.block.size() == 0"
    )
    .message("is used when allow is empty alone: set one of the two lists")
    .field_path(".block")
)]
#[serde(rename_all = "camelCase")]
pub struct Referrers {
    /// Only pages of these hosts may; of an address only its host counts. Default: none, which allows all.
    /// Example: `[https://www.shop.example]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 30))]
    pub allow: Vec<ReferrerText>,
    /// Pages of these hosts may not. Default: none. Example: `[https://copycat.example]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 30))]
    pub block: Vec<ReferrerText>,
    /// Let requests without `Referer` pass the list `allow`: some browsers and apps send none. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_empty: Option<bool>,
}
