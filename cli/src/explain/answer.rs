//! The answer of `explain`; its JSON form is part of the command's interface.

use imgplane_config::EndpointConfig;
use imgplane_dataplane::Unauthorized;
use imgplane_pixels::{Format, PixelError};
use imgplane_urls::{LayerKind, Resolved, ResolvedLayer, ResolvedStep, Size, UrlError};
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
    /// What each piece of another vendor's URL became.
    pub(crate) rewritten: Vec<String>,
    /// The verdict on the signature.
    pub(crate) signature: Option<Signature>,
    /// Steps in the order in which they run.
    pub(crate) steps: Vec<Step>,
    /// What comes out.
    pub(crate) output: OutputAnswer,
    /// Parameters that have no effect.
    pub(crate) ignored: Vec<String>,
    /// What was not done as asked, and why, as `ik-warning` says it.
    pub(crate) warnings: Vec<String>,
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
    /// The file itself is delivered, and no step runs.
    #[serde(skip)]
    pub(crate) unchanged: Option<Unchanged>,
    /// The URL carries a signature, and no endpoint is known that could judge it.
    #[serde(skip)]
    pub(crate) signature_unjudged: bool,
    /// The decoded transformation string, which positions of errors refer to.
    #[serde(skip)]
    pub(crate) transformation: String,
}

/// Why a file is delivered as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unchanged {
    /// The transformation asks for that; else it has nothing to change.
    pub(crate) asked: bool,
}

/// The verdict on a signature.
#[derive(Debug, Serialize)]
pub(crate) struct Signature {
    /// `valid`, `invalid`, `expired`, `absent` or `malformed`.
    pub(crate) verdict: &'static str,
    /// The text that was signed, or, where no key made the signature, that most signers would have signed.
    pub(crate) signed: Option<String>,
}

impl Signature {
    /// Where nobody signs anything.
    pub(super) const ABSENT: Self = Self { verdict: "absent", signed: None };
}

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
    /// What is drawn on the result, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug, Serialize)]
pub(crate) struct Layer {
    /// `image`, `text` or `block`.
    pub(crate) kind: &'static str,
    /// Path or text.
    pub(crate) input: String,
    /// Keys and values of the layer as a whole; a JSON object.
    #[serde(serialize_with = "object")]
    pub(crate) params: Vec<(String, String)>,
    /// Its own steps.
    pub(crate) steps: Vec<Step>,
    /// Width and height.
    pub(crate) size: Option<[u32; 2]>,
    /// Where its top-left corner lies on the image it is drawn on.
    pub(crate) at: Option<[i64; 2]>,
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
    /// `jpg`, `png`, `webp`, `avif`, `gif` or `svg`; of an original that is delivered as it is also `tiff`, `bmp` or `ico`.
    pub(crate) format: Option<&'static str>,
    /// Quality of a lossy format.
    pub(crate) quality: Option<u8>,
}

/// A refusal.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorAnswer {
    /// The code of `ik-error`; the status where the server sends none.
    pub(crate) code: String,
    /// Its message.
    pub(crate) message: String,
    /// The character of the transformation string that it is about, from 1.
    pub(crate) character: Option<usize>,
}

impl From<Unauthorized> for ErrorAnswer {
    fn from(why: Unauthorized) -> Self {
        Self { code: "EAUTH".to_owned(), message: why.message().to_owned(), character: None }
    }
}

impl From<UrlError> for ErrorAnswer {
    fn from(error: UrlError) -> Self {
        Self { code: error.code.to_string(), message: error.message, character: error.character }
    }
}

impl From<PixelError> for ErrorAnswer {
    fn from(error: PixelError) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string(), character: None }
    }
}

impl ErrorAnswer {
    /// The text of an `ik-error`, `CODE - message`, taken apart.
    pub(super) fn of_header(text: &str) -> Self {
        let (code, message) = text.split_once(" - ").unwrap_or(("", text));
        Self { code: code.to_owned(), message: message.to_owned(), character: None }
    }
}

impl Step {
    /// A step of a file that is delivered as it is.
    pub(super) fn not_run(step: &ResolvedStep) -> Self {
        Self {
            params: step.params.clone(),
            input: None,
            output: None,
            notes: vec!["not run: the file is delivered as it is".to_owned()],
            layers: Vec::new(),
        }
    }

    /// With its sizes.
    pub(super) fn sized(step: &ResolvedStep) -> Self {
        Self { input: Some(pair(step.input)), output: Some(pair(step.output)), ..Self::unsized_(step) }
    }

    /// Without sizes, because those of the original are not known. Notes may depend on them and are left out.
    pub(super) fn unsized_(step: &ResolvedStep) -> Self {
        let layers = step.layers.iter().map(Layer::new).collect();
        Self { params: step.params.clone(), input: None, output: None, notes: step.notes.clone(), layers }
    }
}

impl Layer {
    fn new(layer: &ResolvedLayer) -> Self {
        Self {
            kind: match layer.content.kind() {
                LayerKind::Image => "image",
                LayerKind::Text => "text",
                LayerKind::Block => "block",
            },
            input: layer.content.input().to_owned(),
            params: layer.params.clone(),
            steps: layer.steps.iter().map(Step::sized).collect(),
            size: layer.size.map(pair),
            at: layer.at.map(|(x, y)| [x, y]),
            notes: layer.notes.clone(),
        }
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
            format: format.map(Format::extension),
            quality: output::quality(resolved, format, original, endpoint, accept),
        }
    }

    /// The original itself.
    pub(super) fn unchanged(resolved: Option<&Resolved>, original: &Original) -> Self {
        // Viewers turn it as a server would.
        let upright = resolved.map(|resolved| (resolved.source.width, resolved.source.height));
        let size = original.size.map(|stored| upright.unwrap_or(stored));
        Self {
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            format: original.format.map(Format::extension),
            quality: None,
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
