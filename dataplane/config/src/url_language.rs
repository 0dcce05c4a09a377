//! What an endpoint makes of its URLs: stored transformations, translation of other vendors' URLs, overrides.

use serde::{Deserialize, Serialize};

/// A transformation string that URLs name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedTransformation {
    /// Letters, digits and underscores.
    pub name: String,
    /// The string, decoded, with or without `tr:`.
    pub value: String,
    /// Whether URLs may use it.
    pub enabled: bool,
}

/// Whose URLs are translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum UrlRewriter {
    /// `w_300,c_fill/photo.jpg`.
    Cloudinary {
        /// `image/upload` and its kin stay in the path of the file.
        preserve_asset_delivery_types: bool,
    },
    /// `photo.jpg?w=300&fit=crop`.
    Imgix,
    /// `photo.jpg?imwidth=300`.
    Akamai,
}

/// An `Accept` header for clients that send no useful one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptOverride {
    /// A piece of `User-Agent`, lower case.
    pub user_agent: String,
    /// What counts as its `Accept`.
    pub accept: String,
}
