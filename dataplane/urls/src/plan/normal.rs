//! The normal spelling of a plan.

use super::layer::{Content, Layer};
use super::step::{Choice, Step, Work};
use crate::decode::{base64_encode, is_plain};
use crate::setting::Setting;

/// The file as it is, with its stand-in.
pub(super) fn original(default_image: Option<&str>) -> String {
    match default_image {
        Some(path) => format!("orig-true,di-{}", Setting::DefaultImage(path.to_owned())),
        None => "orig-true".to_owned(),
    }
}

/// Steps joined by colons.
pub(super) fn steps(steps: &[Step]) -> String {
    let steps = steps.iter().map(|step| match step {
        Step::Work(work) => items(work).join(","),
        Step::Choice(choice) => self::choice(choice),
    });
    steps.collect::<Vec<_>>().join(":")
}

fn choice(choice: &Choice) -> String {
    let mut parts = vec![format!("if-{}", choice.text)];
    if !choice.then.is_empty() {
        parts.push(steps(&choice.then));
    }
    if !choice.otherwise.is_empty() {
        parts.push("if-else".to_owned());
        parts.push(steps(&choice.otherwise));
    }
    parts.push("if-end".to_owned());
    parts.join(",")
}

fn items(work: &Work) -> Vec<String> {
    pairs(&work.settings).chain(work.layers.iter().map(layer)).collect()
}

fn pairs(settings: &[(&'static str, Setting)]) -> impl Iterator<Item = String> {
    settings.iter().map(|(key, setting)| format!("{key}-{setting}"))
}

/// A layer with its brackets. What counts for the layer as a whole stands in its first step.
pub(crate) fn layer(layer: &Layer) -> String {
    let (opener, input) = match &layer.content {
        Content::Image(input) => ("l-image", path(&input.path)),
        Content::Block(_) => ("l-image", "i-ik_canvas".to_owned()),
        Content::Text(text) => ("l-text", self::text(&text.content)),
    };
    let mut first: Vec<String> =
        [opener.to_owned(), input].into_iter().chain(pairs(&layer.settings)).collect();
    let mut steps = layer.steps.iter().map(items);
    first.extend(steps.next().unwrap_or_default());
    let chain: Vec<String> = std::iter::once(first).chain(steps).map(|items| items.join(",")).collect();
    chain.join(":") + ",l-end"
}

/// Plain where it reads back as the same, else in base64.
fn path(path: &str) -> String {
    let plain = path.replace('/', "@@");
    let same = plain.replace("@@", "/") == path && plain.trim() == plain && plain != "ik_canvas";
    if same && is_plain(&plain) { format!("i-{plain}") } else { format!("ie-{}", base64_encode(path)) }
}

fn text(text: &str) -> String {
    if is_plain(text) { format!("i-{text}") } else { format!("ie-{}", base64_encode(text)) }
}
