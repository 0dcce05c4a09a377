//! One URL, and what came.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::{block_on, chain, prepare, print};
use crate::args::GetOptions;

/// How long `--until` waits between two requests.
const PAUSE: Duration = Duration::from_millis(50);

/// What came for one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// HTTP status; absent when there was no answer.
    pub(crate) status: Option<u16>,
    /// Why there was no answer.
    pub(crate) error: Option<String>,
    /// Headers, by name.
    pub(crate) headers: BTreeMap<String, String>,
    /// Bytes of the body.
    pub(crate) bytes: usize,
    /// Width and height, if the body is a picture in a format that the client reads.
    pub(crate) size: Option<(u32, u32)>,
    /// The body, if it is a short text.
    pub(crate) text: Option<String>,
    /// Seconds from the first request to this answer; with `--until` that of the wait.
    pub(crate) seconds: f64,
    /// Requests that were made.
    pub(crate) tries: u32,
}

/// Asks and prints.
pub(crate) fn get(options: &GetOptions) -> anyhow::Result<ExitCode> {
    prepare();
    let headers = headers(&options.headers)?;
    let answer = block_on(async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(options.timeout))
            .no_proxy()
            .pool_max_idle_per_host(0)
            .default_headers(headers)
            .build()?;
        let begun = Instant::now();
        let end = begun + Duration::from_secs(options.within);
        let mut tries = 0;
        loop {
            let mut answer = ask(&client, &options.url).await;
            tries += 1;
            answer.tries = tries;
            answer.seconds = begun.elapsed().as_secs_f64();
            let enough = options.until.is_none_or(|wanted| answer.status == Some(wanted));
            if enough || Instant::now() > end {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
    })?;
    print(&answer)?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(client: &reqwest::Client, url: &str) -> Answer {
    match receive(client, url).await {
        Ok(answer) => answer,
        Err(error) => Answer {
            status: None,
            error: Some(chain(&error)),
            headers: BTreeMap::new(),
            bytes: 0,
            size: None,
            text: None,
            seconds: 0.0,
            tries: 0,
        },
    }
}

async fn receive(client: &reqwest::Client, url: &str) -> reqwest::Result<Answer> {
    /// Longer texts are not repeated.
    const SHORT: usize = 1 << 20;
    let response = client.get(url).send().await?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = response.bytes().await?;
    let size = image::ImageReader::new(std::io::Cursor::new(&body))
        .with_guessed_format()
        .ok()
        .and_then(|reader| reader.into_dimensions().ok());
    let text = (body.len() <= SHORT).then(|| std::str::from_utf8(&body).ok().map(str::to_owned)).flatten();
    Ok(Answer {
        status: Some(status),
        error: None,
        headers,
        bytes: body.len(),
        size,
        text,
        seconds: 0.0,
        tries: 0,
    })
}

fn headers(lines: &[String]) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) =
            line.split_once(':').with_context(|| format!("{line:?} is no header: write Name: value"))?;
        headers.insert(name.trim().parse::<HeaderName>()?, HeaderValue::from_str(value.trim())?);
    }
    Ok(headers)
}
