//! A URL endpoint: where it is addressed, which origins it asks, how it optimises, what it allows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AcceptOverride, Caching, NamedTransformation, ObjectId, Security, UrlRewriter, duration};

/// Settings of one UrlEndpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointConfig {
    /// First path segment on shared hosts.
    pub account: String,
    /// Second path segment; empty: the account's default endpoint.
    #[serde(default)]
    pub prefix: String,
    /// Hosts tied to this endpoint, lower case: neither account nor prefix stands in their URLs.
    #[serde(default)]
    pub custom_domains: Vec<String>,
    /// Asked before all origins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_library: Option<ObjectId>,
    /// Origins in order of preference.
    #[serde(default)]
    pub origins: Vec<ObjectId>,
    /// Whose URLs are translated; absent: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_rewriter: Option<UrlRewriter>,
    /// Transformations that URLs name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_transformations: Vec<NamedTransformation>,
    /// Only named transformations are allowed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restrict_unnamed_transformations: bool,
    /// Who may ask for what.
    #[serde(default, skip_serializing_if = "is_open")]
    pub security: Security,
    /// `Accept` headers by client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept_overrides: Vec<AcceptOverride>,
    /// Raw path of the picture that is delivered where the wanted one is missing; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_image: Option<String>,
    /// Format, quality and metadata of what is delivered.
    #[serde(default)]
    pub optimization: Optimization,
    /// How long responses are kept.
    #[serde(default)]
    pub caching: Caching,
    /// Bounds of each request.
    #[serde(default)]
    pub limits: EndpointLimits,
    /// What happens to unknown or wrong parameters.
    #[serde(default)]
    pub compat: Compat,
}

impl EndpointConfig {
    /// The endpoint that a manifest without any setting gives: the account's default one, without origins.
    pub fn new(account: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            prefix: String::new(),
            custom_domains: Vec::new(),
            media_library: None,
            origins: Vec::new(),
            url_rewriter: None,
            named_transformations: Vec::new(),
            restrict_unnamed_transformations: false,
            security: Security::default(),
            accept_overrides: Vec::new(),
            default_image: None,
            optimization: Optimization::default(),
            caching: Caching::default(),
            limits: EndpointLimits::default(),
            compat: Compat::default(),
        }
    }
}

/// Settings that are the default do not appear in a record: it keeps the hash it always had.
fn is_open(security: &Security) -> bool {
    *security == Security::default()
}

/// Automatic optimisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Optimization {
    /// Choose the output format from `Accept`.
    pub auto_format: bool,
    /// Let AVIF be one of the choices.
    pub auto_avif: bool,
    /// Which acceptable format wins.
    pub format_selection: FormatSelection,
    /// Default quality.
    pub quality: AutoQuality,
    /// Chroma resolution of JPEG.
    pub chroma_subsampling: ChromaSubsampling,
    /// Effort of PNG.
    pub png_compression: PngCompression,
    /// What is kept of the original's metadata.
    pub metadata: MetadataPolicy,
    /// Apply the EXIF orientation before everything else.
    pub auto_orient: bool,
    /// What `Save-Data: on` changes; absent: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_saver: Option<DataSaver>,
}

/// What `Save-Data: on` changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSaver {
    /// Highest quality, 1-100.
    pub quality: u8,
}

impl Default for DataSaver {
    fn default() -> Self {
        Self { quality: 50 }
    }
}

impl Default for Optimization {
    fn default() -> Self {
        Self {
            auto_format: true,
            auto_avif: false,
            format_selection: FormatSelection::default(),
            quality: AutoQuality::default(),
            chroma_subsampling: ChromaSubsampling::default(),
            png_compression: PngCompression::default(),
            metadata: MetadataPolicy::default(),
            auto_orient: true,
            data_saver: None,
        }
    }
}

/// Default quality of lossy formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AutoQuality {
    /// `false`: keep the source's own quality.
    pub enabled: bool,
    /// 1-100.
    pub default: u8,
}

impl Default for AutoQuality {
    fn default() -> Self {
        Self { enabled: true, default: 80 }
    }
}

/// Which acceptable format wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FormatSelection {
    /// The first of AVIF, WebP, fallback.
    #[default]
    Preferred,
    /// All are made, and the smallest is sent.
    Smallest,
}

/// Chroma resolution of JPEG output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ChromaSubsampling {
    /// 4:2:0 below quality 90, 4:4:4 from there on.
    #[default]
    Auto,
    /// Full chroma resolution.
    #[serde(rename = "444")]
    Full,
    /// Half chroma resolution both ways.
    #[serde(rename = "420")]
    Half,
}

/// Effort of PNG output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PngCompression {
    /// Lossless recompression.
    #[default]
    Minimum,
    /// Written without optimisation.
    None,
    /// Reduced to a palette of 256 colours with dithering where that is smaller, then compressed as well as possible.
    Maximum,
}

/// What is kept of the original's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MetadataPolicy {
    /// Nothing; colours are converted to sRGB.
    #[default]
    Discard,
    /// The ICC profile.
    ColorProfile,
    /// EXIF, XMP and the ICC profile.
    All,
}

/// Bounds of each request of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EndpointLimits {
    /// Largest original that is decoded, in bytes.
    pub max_input_bytes: u64,
    /// Largest image, original or result, in pixels.
    pub max_pixels: u64,
    /// Wall time of one transformation, in milliseconds on the wire.
    #[serde(with = "duration")]
    pub transformation_timeout: Duration,
    /// Transformations of this endpoint at once per pod; 0: half the workers, at least one.
    pub max_concurrency: u32,
}

impl Default for EndpointLimits {
    fn default() -> Self {
        Self {
            max_input_bytes: 40 << 20,
            max_pixels: 100_000_000,
            transformation_timeout: Duration::from_secs(30),
            max_concurrency: 0,
        }
    }
}

/// What happens to unknown or wrong parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Compat {
    /// Keys that this server does not know.
    pub unknown_parameters: UnknownParameters,
    /// Values that do not parse.
    pub invalid_values: InvalidValues,
    /// Overlay parameters of before layers.
    #[serde(skip_serializing_if = "LegacyOverlays::is_default")]
    pub legacy_overlays: LegacyOverlays,
}

/// Keys that this server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum UnknownParameters {
    /// Left out, and named in `ik-warning`.
    #[default]
    Ignore,
    /// Status 400.
    Reject,
}

/// Values that do not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum InvalidValues {
    /// Status 400.
    #[default]
    Reject,
    /// Left out, and named in `ik-warning`.
    Ignore,
}

/// Overlay parameters of before layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LegacyOverlays {
    /// Status 400.
    #[default]
    Reject,
    /// Read as layers.
    Translate,
}

impl LegacyOverlays {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
