//! The answer of `explain`; its JSON form is part of the command's interface.

use imgplane_config::EndpointConfig;
use imgplane_urls::{Resolved, ResolvedStep, Size, UrlError};
use serde::Serialize;

use super::{output, source::Original};

/// How a URL is read. What is not known is absent.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Answer {
    /// The account.
    pub(crate) account: Option<String>,
    /// The endpoint, `namespace/name`.
    pub(crate) endpoint: Option<String>,
    /// Raw resource path.
    pub(crate) resource: Option<String>,
    /// The verdict on the signature; absent as long as signatures are not supported.
    pub(crate) signature: Option<Signature>,
    /// Steps in the order in which they run.
    pub(crate) steps: Vec<Step>,
    /// What comes out.
    pub(crate) output: OutputAnswer,
    /// Parameters that have no effect.
    pub(crate) ignored: Vec<String>,
    /// Why the URL is refused.
    pub(crate) error: Option<ErrorAnswer>,
    /// Origins that are asked, in this order.
    pub(crate) origins: Vec<String>,
    /// Where the files of each of these are.
    #[serde(skip)]
    pub(crate) places: Vec<String>,
    /// What is known of the original.
    #[serde(skip)]
    pub(crate) source: Option<Original>,
}

/// The verdict on a signature.
#[derive(Debug, Serialize)]
pub(crate) enum Signature {}

/// One step.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// Keys and values in the order of the URL; a JSON object.
    #[serde(serialize_with = "object")]
    pub(crate) params: Vec<(String, String)>,
    /// Width and height before.
    #[serde(rename = "in")]
    pub(crate) input: Option<[u32; 2]>,
    /// Width and height after.
    #[serde(rename = "out")]
    pub(crate) output: Option<[u32; 2]>,
    /// What was not done as written.
    pub(crate) notes: Vec<String>,
}

/// What comes out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct OutputAnswer {
    /// Pixels across.
    pub(crate) width: Option<u32>,
    /// Pixels down.
    pub(crate) height: Option<u32>,
    /// `jpg`, `png`, `webp`, `avif`, `gif` or `svg`.
    pub(crate) format: Option<&'static str>,
    /// Quality of a lossy format.
    pub(crate) quality: Option<u8>,
}

/// A refusal.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorAnswer {
    /// The code of `ik-error`.
    pub(crate) code: String,
    /// Its message.
    pub(crate) message: String,
}

impl From<UrlError> for ErrorAnswer {
    fn from(error: UrlError) -> Self {
        Self { code: error.code.to_string(), message: error.message }
    }
}

impl Step {
    /// With its sizes.
    pub(super) fn sized(step: &ResolvedStep) -> Self {
        Self { input: Some(pair(step.input)), output: Some(pair(step.output)), ..Self::unsized_(step) }
    }

    /// Without sizes, because those of the original are not known. Notes may depend on them and are left out.
    pub(super) fn unsized_(step: &ResolvedStep) -> Self {
        Self { params: step.params.clone(), input: None, output: None, notes: step.notes.clone() }
    }
}

impl OutputAnswer {
    /// What the resolved plan gives for this original.
    pub(super) fn new(
        resolved: &Resolved,
        original: &Original,
        endpoint: &EndpointConfig,
        accept: &str,
    ) -> Self {
        let format = output::format(resolved, original, endpoint, accept);
        Self {
            width: Some(resolved.size.width),
            height: Some(resolved.size.height),
            format: format.map(imgplane_pixels::Format::extension),
            quality: output::quality(resolved, format, original, endpoint),
        }
    }

    /// The same where the size of the original was only assumed.
    pub(super) fn without_size(self) -> Self {
        Self { width: None, height: None, ..self }
    }
}

/// Keeps the order, which a map would lose.
fn object<S: serde::Serializer>(params: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(params.iter().map(|(key, value)| (key, value)))
}

fn pair(size: Size) -> [u32; 2] {
    [size.width, size.height]
}
