//! What an endpoint makes of its URLs.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{FilePath, HeaderValue, TransformationName, TransformationText, UserAgentPiece};

/// Translation of another vendor's URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.type == 'Cloudinary' || !has(self.preserveAssetDeliveryTypes)")
        .message("is used when type is Cloudinary alone: remove it")
        .field_path(".preserveAssetDeliveryTypes")
)]
#[serde(rename_all = "camelCase")]
pub struct UrlRewriter {
    /// Whose URLs are translated: `Cloudinary`, `Imgix` or `Akamai` (Image and Video Manager). Example: `Cloudinary`.
    #[serde(rename = "type")]
    pub kind: UrlRewriterType,
    /// For `Cloudinary`: keep `image/upload` and its kin as the beginning of the path of the file, instead of removing
    /// them. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preserve_asset_delivery_types: Option<bool>,
}

/// Whose URLs are translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum UrlRewriterType {
    /// Cloudinary.
    Cloudinary,
    /// imgix.
    Imgix,
    /// Akamai Image and Video Manager.
    Akamai,
}

/// A transformation that URLs name with `n-NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedTransformation {
    /// Its name. Example: `thumb`.
    pub name: TransformationName,
    /// The transformation string, as it would stand in a URL behind `tr:`, not percent-encoded.
    /// Example: `w-100,h-100`.
    pub value: TransformationText,
    /// Whether URLs may use it; otherwise they are answered 400. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// An `Accept` header for clients that send no useful one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptOverride {
    /// A piece of the client's `User-Agent`, upper and lower case alike. Example: `MyApp/`.
    pub user_agent: UserAgentPiece,
    /// What counts as its `Accept` header. Example: `image/webp,*/*`.
    pub accept: HeaderValue,
}

/// The picture that is delivered where the wanted one is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DefaultImage {
    /// Its path at this endpoint, as in a URL. A `di` in the URL comes first. Example: `placeholder.jpg`.
    pub path: FilePath,
}
