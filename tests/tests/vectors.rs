//! The conformance vectors through the real server: status, size, format, headers and, where a row says more, pixels.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "vectors/also.rs"]
mod also;
#[path = "vectors/pending.rs"]
mod pending;
#[path = "vectors/row.rs"]
mod row;

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use imgplane_tests::{
    answer::{Answer, send},
    pictures,
    server::imgplane::Imgplane,
};
use libtest_mimic::{Arguments, Failed, Trial};
use pending::Waiting;
use row::Row;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let rows: Vec<Arc<Row>> = row::rows().into_iter().map(Arc::new).collect();
    let waiting = Arc::new(Waiting::read());
    if arguments.list {
        let trials = rows.iter().map(|row| Trial::test(name(row, &waiting), || Ok(()))).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let (manifests, prefixes) = endpoints(&rows, &waiting);
    let server = Arc::new(Imgplane::start(&manifests, |folder| {
        pictures::write_fixtures(&folder.join("volumes/files"));
    }));
    let runtime = Arc::new(Runtime::new().unwrap());
    let trials = rows
        .iter()
        .map(|row| {
            let (row, server, runtime) = (Arc::clone(row), Arc::clone(&server), Arc::clone(&runtime));
            let waiting = Arc::clone(&waiting);
            let prefix = prefixes.get(&row.endpoint()).cloned().unwrap_or_default();
            Trial::test(name(&row, &waiting), move || {
                runtime.block_on(judge_or_wait(&row, waiting.feature(row.id), &prefix, &server))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// `vector_234_photo_jpg_...`: number, source and request.
fn name(row: &Row, waiting: &Waiting) -> String {
    let words: String = row
        .request
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect::<String>()
        .to_lowercase();
    let wait = waiting.feature(row.id).map_or_else(String::new, |feature| format!(" waits for {feature}"));
    format!("vector_{:03}_{}_{}{wait}", row.id, row.source, words.trim_matches('_'))
}

/// One endpoint for each set of settings that the rows name; the defaults are the account's default endpoint.
fn endpoints(rows: &[Arc<Row>], waiting: &Waiting) -> (String, BTreeMap<String, String>) {
    let mut manifests = vec![
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {name: files}\nspec: {type: Volume, volume: {name: files}}\n"
            .to_owned(),
    ];
    let mut prefixes = BTreeMap::from([(json!([null, null]).to_string(), String::new())]);
    manifests.push(endpoint("main", "", json!({})));
    for row in rows {
        if waiting.feature(row.id).is_none() && !prefixes.contains_key(&row.endpoint()) {
            let prefix = format!("set-{}", prefixes.len());
            manifests.push(endpoint(&prefix, &prefix, row.spec()));
            prefixes.insert(row.endpoint(), format!("/{prefix}"));
        }
    }
    let full_chroma = json!({ "optimization": { "chromaSubsampling": "444" } });
    manifests.push(endpoint("full-chroma", "full-chroma", full_chroma));
    (manifests.join("---\n"), prefixes)
}

fn endpoint(name: &str, prefix: &str, mut spec: Value) -> String {
    spec["urlPrefix"] = prefix.into();
    spec["origins"] = json!([{ "name": "files" }]);
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    )
}

/// A row that waits for a feature must fail: one that passes has to leave the list.
async fn judge_or_wait(
    row: &Row,
    waits_for: Option<&str>,
    prefix: &str,
    server: &Imgplane,
) -> Result<(), Failed> {
    let verdict = judge(row, prefix, server).await;
    match waits_for {
        None => verdict,
        Some(feature) if verdict.is_ok() => Err(format!("passes; take it off the list ({feature})").into()),
        Some(_) => Ok(()),
    }
}

async fn judge(row: &Row, prefix: &str, server: &Imgplane) -> Result<(), Failed> {
    let answer = send(row.asked(server.request(&format!("/default{prefix}{}", row.target())))).await;
    let seen = format!(
        "{}: {} {} ik-error {:?} ik-warning {:?} vary {:?}",
        row.target(),
        answer.status,
        answer.header("content-type"),
        answer.header("ik-error"),
        answer.header("ik-warning"),
        answer.header("vary")
    );
    compare(row, &answer).map_err(|problem| format!("{problem}; {seen}"))?;
    also::judge(row, &answer, server).await.map_err(|problem| format!("{problem}; {seen}").into())
}

fn compare(row: &Row, answer: &Answer) -> Result<(), String> {
    if answer.status != row.status {
        return Err(format!("expected status {}", row.status));
    }
    if let Some(error) = &row.error
        && answer.error_code() != error
    {
        return Err(format!("expected ik-error {error}"));
    }
    if row.status == 400 && answer.error_code().is_empty() {
        return Err("a refusal must be explained".to_owned());
    }
    for name in &row.vary {
        if !answer.header("vary").split(',').any(|part| part.trim().eq_ignore_ascii_case(name)) {
            return Err(format!("Vary must list {name}"));
        }
    }
    for word in &row.warnings {
        if !answer.header("ik-warning").contains(word.as_str()) {
            return Err(format!("ik-warning must name {word}"));
        }
    }
    if let Some(dpr) = row.content_dpr {
        let text =
            answer.header("content-dpr").parse::<f64>().map_err(|_| format!("expected Content-DPR {dpr}"))?;
        if (text - dpr).abs() > 1e-9 {
            return Err(format!("expected Content-DPR {dpr}, saw {text}"));
        }
    }
    if row.status != 200 {
        return Ok(());
    }
    if let Some(format) = &row.format
        && answer.format() != format
        && !answer.header("content-type").ends_with(format.as_str())
    {
        return Err(format!("expected {format}"));
    }
    if row.original || row.passthrough {
        return Ok(());
    }
    if let (Some(width), Some(height)) = (row.width, row.height) {
        let (w, h) = size(answer);
        let off = w.abs_diff(width).max(h.abs_diff(height));
        if off > row.tolerance {
            return Err(format!("expected {width}x{height}, saw {w}x{h}"));
        }
    }
    Ok(())
}

fn size(answer: &Answer) -> (u32, u32) {
    if answer.format() == "avif" {
        let header = imgplane_codec_av1_decode::read_header(&answer.body).unwrap();
        return (header.width, header.height);
    }
    let reader = image::ImageReader::new(std::io::Cursor::new(&answer.body)).with_guessed_format().unwrap();
    reader.into_dimensions().unwrap()
}
