//! Automatic format, quality and metadata of results.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Automatic format, quality and metadata of results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Optimization {
    /// Choose the format from the request's `Accept` header when the URL asks for none. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_format: Option<bool>,
    /// Let AVIF be one of the choices of `autoFormat`: smaller files, several times the computing time.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_avif: Option<bool>,
    /// Which of the formats that `autoFormat` may choose wins: `Preferred` the first of AVIF, WebP and the
    /// fallback, `Smallest` the smallest of all, each of which is made for that: the computing time of all together.
    /// Default: `Preferred`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format_selection: Option<FormatSelection>,
    /// Quality of lossy formats when the URL asks for none. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Colour resolution of JPEG. `Auto` halves it below quality 90, `"420"` always, `"444"` never: the last
    /// makes files 10-20 % larger. Write the numbers in quotes. Default: `Auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chroma_subsampling: Option<ChromaSubsampling>,
    /// Effort for PNG: `Minimum` compresses losslessly, `None` writes quickly, `Maximum` reduces to 256 colours
    /// with dithering where that makes it smaller, unless the URL has `lo-true`. Default: `Minimum`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub png_compression: Option<PngCompression>,
    /// What is kept of the original: `Discard` nothing (colours are converted to sRGB), `ColorProfile` the ICC
    /// profile, `All` also EXIF and XMP. Default: `Discard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataPolicy>,
    /// Turn photographs upright by their EXIF orientation before anything else. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_orient: Option<bool>,
    /// Smaller files for clients that ask for them with `Save-Data: on`. Default: as its fields say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_saver: Option<DataSaver>,
}

/// Smaller files for clients that ask for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSaver {
    /// Heed `Save-Data: on`: lossy formats get `quality` at most, and `dpr-auto` counts as 1. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Highest quality from 1 to 100, whatever the URL asks for. Default: `50`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub quality: Option<u8>,
}

/// Quality of lossy formats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// Apply `default`; `false` keeps the quality of the original. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Quality from 1 to 100 where the URL names none. Default: `80`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub default: Option<u8>,
}

/// Colour resolution of JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum ChromaSubsampling {
    /// Half below quality 90, full from there on.
    Auto,
    /// Full.
    #[serde(rename = "444")]
    Full,
    /// Half both ways.
    #[serde(rename = "420")]
    Half,
}

/// Which format wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum FormatSelection {
    /// The first.
    Preferred,
    /// The smallest.
    Smallest,
}

/// Effort for PNG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum PngCompression {
    /// Compress losslessly.
    Minimum,
    /// Write quickly.
    None,
    /// Reduce colours.
    Maximum,
}

/// What is kept of the original's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum MetadataPolicy {
    /// Nothing.
    Discard,
    /// The ICC profile.
    ColorProfile,
    /// EXIF, XMP and the ICC profile.
    All,
}
