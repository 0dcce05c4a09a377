//! Phase six: status, headers and body. What the client already has is not sent again, and what it asks a part of is
//! cut.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header, request::Parts,
};

use prometheus_client::metrics::counter::Counter;

use super::{
    Answer,
    body::{BodySource, ResponseBody},
    delivery::{Content, Delivery},
    keeping::Keeping,
    kind::essence,
    name::attachment,
    product::Hold,
    range::{Wanted, wanted},
    trace::Trace,
};
use crate::{
    access_log::{self, Entry, redacted},
    admission::Busy,
    api::{ApiAnswer, ApiError, written},
    cache_control::CacheControl,
    error::Failure,
    metrics::{RefusedLabels, ResponseLabels},
    recent::RecentError,
    server::App,
};

/// What is served besides errors.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
/// Headers that scripts of other sites may read.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ik-error, Server-Timing, Content-DPR, Content-Length, Content-Range, ETag, x-request-id",
);
/// What a document from storage may do: nothing. It is not from the site's author.
const DOCUMENT_POLICY: HeaderValue =
    HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:");
/// Longest `ik-warning` and `ik-error` in bytes, well below what proxies take.
const TEXT_BYTES: usize = 1024;

/// Status, headers and body, before what every answer carries.
pub(super) struct Draft {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: BodySource,
    pub(super) ik_error: Option<&'static str>,
}

/// An answer, and what counts others like it.
pub(super) struct Answered {
    pub(super) response: Response<ResponseBody>,
    pub(super) counter: Counter,
}

/// Makes the answer, and sees to it that it is counted and logged.
pub(super) fn respond(
    app: &Arc<App>,
    head: &Parts,
    mut trace: Trace,
    outcome: Result<Answer, Failure>,
) -> Answered {
    let (draft, keeping) = match outcome {
        Ok(Answer::Options) => (options(), None),
        Ok(Answer::File { delivery, keeping, .. }) => (deliver(head, *delivery), keeping),
        Err(failure) => (refuse(app, head, &mut trace, &failure), None),
    };
    let Draft { status, mut headers, body, ik_error } = draft;
    common_headers(&mut headers, &trace);
    if app.draining.load(std::sync::atomic::Ordering::Relaxed) && head.version < Version::HTTP_2 {
        // The connection will not live long: let the client open its next one elsewhere.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }

    // Of anything but the whole there would not be enough.
    let keeping = keeping.filter(|_| status == StatusCode::OK);
    finish(app, head, trace, Draft { status, headers, body, ik_error }, keeping)
}

/// Makes the answer of the API, and sees to it that it is counted and logged.
pub(super) fn tell(
    app: &Arc<App>,
    head: &Parts,
    mut trace: Trace,
    answer: &Result<ApiAnswer, ApiError>,
) -> Response<ResponseBody> {
    let (status, mut headers, body) = written(answer, &trace.id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Err(error) = answer {
        trace.detail.get_or_insert_with(|| error.to_string());
    }
    let body = BodySource::Bytes(body, Hold::Cache);
    finish(app, head, trace, Draft { status, headers, body, ik_error: None }, None).response
}

/// Counts an answer, and sends it.
fn finish(app: &App, head: &Parts, trace: Trace, draft: Draft, keeping: Option<Box<Keeping>>) -> Answered {
    let labels = ResponseLabels {
        endpoint: trace.endpoint.as_ref().map(|endpoint| endpoint.label.clone()).unwrap_or_default(),
        status: draft.status.as_u16(),
        ik_error: draft.ik_error.unwrap_or_default(),
        format: trace.format.map(imgplane_pixels::Format::extension).unwrap_or_default(),
        cache: trace.cache.as_str(),
    };
    let counter = app.metrics.responses.get_or_create(&labels).clone();
    counter.inc();
    Answered { response: send(app, head, trace, draft, keeping), counter }
}

/// Gives an answer what is written to the log when it has been sent.
pub(super) fn send(
    app: &App,
    head: &Parts,
    trace: Trace,
    draft: Draft,
    keeping: Option<Box<Keeping>>,
) -> Response<ResponseBody> {
    let Draft { status, headers, body, ik_error: _ } = draft;
    let entry = access_log::is_on().then(|| Entry {
        method: head.method.clone(),
        url: redacted(&head.uri),
        status: status.as_u16(),
        endpoint: trace.endpoint.as_ref().map(|endpoint| endpoint.label.clone()).unwrap_or_default(),
        origin: trace.origin.as_ref().map(ToString::to_string),
        ik_error: headers.get(&IK_ERROR).and_then(|value| value.to_str().ok()).map(str::to_owned),
        detail: trace.detail,
        download: trace.download,
        queue: trace.queue,
        transformation: trace.transformation,
        cache: trace.cache.as_str(),
        arrived: trace.arrived,
        request_id: trace.id,
    });
    // Of a HEAD request only the headers are sent, and they are those of GET.
    let body = if head.method == Method::HEAD { BodySource::Empty } else { body };
    let body = ResponseBody::new(body, entry.map(Box::new), app.metrics.response_bytes.clone());
    let mut response = Response::new(body.keeping(keeping));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

const IK_ERROR: HeaderName = HeaderName::from_static("ik-error");
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(super) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What every answer carries, errors included.
fn common_headers(headers: &mut HeaderMap, trace: &Trace) {
    let fixed = |text| HeaderValue::from_static(text);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, fixed("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.insert("timing-allow-origin", fixed("*"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert("cross-origin-resource-policy", fixed("cross-origin"));
    changing_headers(headers, trace);
}

/// What is new in every answer.
pub(super) fn changing_headers(headers: &mut HeaderMap, trace: &Trace) {
    put(headers, REQUEST_ID, &trace.id);
    put(headers, SERVER_TIMING, &trace.server_timing(trace.arrived.elapsed()));
}

/// Sets a header from text. A text that no header can hold is left out.
fn put(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// Reduces a sentence to what a header may hold.
fn header_text(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(TEXT_BYTES).collect()
}

fn options() -> Draft {
    let mut headers = HeaderMap::new();
    headers.insert(header::ALLOW, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    Draft { status: StatusCode::NO_CONTENT, headers, body: BodySource::Empty, ik_error: None }
}

fn refuse(app: &App, head: &Parts, trace: &mut Trace, failure: &Failure) -> Draft {
    let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(failure.caching().header()));
    if let Some(cdn) = failure.caching().cdn() {
        headers.insert(header::CDN_CACHE_CONTROL, HeaderValue::from_static(cdn));
    }
    let ik_error = failure.ik_error().map(|text| header_text(&text));
    if let Some(text) = &ik_error {
        put(&mut headers, IK_ERROR, text);
    }
    match failure {
        Failure::Method => {
            headers.insert(header::ALLOW, METHODS);
        }
        Failure::Overload(Busy { reason, retry_after }) => {
            let endpoint = trace.endpoint.as_ref().map(|endpoint| endpoint.label.clone()).unwrap_or_default();
            let labels = RefusedLabels { endpoint, reason: reason.as_str() };
            app.metrics.refused.get_or_create(&labels).inc();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        Failure::NotReady => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Failure::Range(content_range) => put(&mut headers, header::CONTENT_RANGE, content_range),
        Failure::TargetTooLong
        | Failure::Url(_)
        | Failure::Origin(_)
        | Failure::Undecodable(_)
        | Failure::Forbidden(_)
        | Failure::Unauthorized(_)
        | Failure::Limit(_)
        | Failure::Feature(_)
        | Failure::TooSlow(_)
        | Failure::Internal(_) => {}
    }
    let body = failure.body();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    trace.is_secret = matches!(failure, Failure::Unauthorized(_));
    trace.detail = failure.detail();
    app.recent.push(RecentError {
        time: std::time::SystemTime::now(),
        url: redacted(&head.uri),
        status: failure.status(),
        ik_error,
        endpoint: trace.endpoint.as_ref().map(|endpoint| endpoint.id.clone()),
        detail: trace.detail.clone(),
        request_id: trace.id.clone(),
    });
    let body = BodySource::Static(body);
    Draft { status, headers, body, ik_error: failure.code() }
}

fn deliver(head: &Parts, delivery: Delivery) -> Draft {
    let mut headers = HeaderMap::new();
    let CacheControl { all, cdn } = delivery.cache_control;
    headers.insert(header::CACHE_CONTROL, all);
    if let Some(cdn) = cdn {
        headers.insert(header::CDN_CACHE_CONTROL, cdn);
    }
    if let Some(age) = delivery.age {
        headers.insert(header::AGE, HeaderValue::from(age));
    }
    let optional = [
        (header::ETAG, &delivery.validators.etag),
        (header::LAST_MODIFIED, &delivery.validators.last_modified),
        (header::LINK, &delivery.link),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            put(&mut headers, name, value);
        }
    }
    if !delivery.vary.is_empty() {
        put(&mut headers, header::VARY, &delivery.vary.join(", "));
    }
    if let Some(dpr) = delivery.content_dpr {
        put(&mut headers, HeaderName::from_static("content-dpr"), &two_decimals(dpr));
    }
    if !delivery.warnings.is_empty() {
        put(&mut headers, HeaderName::from_static("ik-warning"), &header_text(&delivery.warnings.join("; ")));
    }
    // The failure of the file that was asked for stays visible where another one takes its place.
    let ik_error = delivery.instead_of.as_ref().and_then(|instead| instead.code);
    if let Some(text) = delivery.instead_of.as_ref().and_then(|instead| instead.ik_error.as_deref()) {
        put(&mut headers, IK_ERROR, &header_text(text));
    }
    if delivery.validators.not_modified(&head.headers) {
        return Draft { status: StatusCode::NOT_MODIFIED, headers, body: BodySource::Empty, ik_error };
    }

    put(&mut headers, header::CONTENT_TYPE, &delivery.content_type);
    if is_document(&delivery.content_type) {
        headers.insert(header::CONTENT_SECURITY_POLICY, DOCUMENT_POLICY);
    }
    if let Some(encoding) = &delivery.content_encoding {
        put(&mut headers, header::CONTENT_ENCODING, encoding);
    }
    if delivery.accepts_ranges {
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    if let Some(name) = &delivery.download_name {
        put(&mut headers, header::CONTENT_DISPOSITION, &attachment(name));
    }
    let range = head.headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let range = range.filter(|_| delivery.validators.range_holds(&head.headers));
    Draft { ik_error, ..content(headers, delivery.content, range) }
}

fn content(mut headers: HeaderMap, content: Content, range: Option<&str>) -> Draft {
    let (status, length, body) = match content {
        Content::Bytes(bytes, hold) => {
            let size = bytes.len() as u64;
            match wanted(range, size) {
                Wanted::Whole => (StatusCode::OK, Some(size), BodySource::Bytes(bytes, hold)),
                Wanted::Part { first, last } => {
                    put(&mut headers, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
                    // The size fits memory, so its parts fit `usize`.
                    let part = bytes.slice(first as usize..=last as usize);
                    let length = part.len() as u64;
                    (StatusCode::PARTIAL_CONTENT, Some(length), BodySource::Bytes(part, hold))
                }
                Wanted::Outside => return outside(headers, size),
            }
        }
        Content::Stream(body, length) => (StatusCode::OK, length, BodySource::Stream(body, length)),
        Content::Compressed(body) => (StatusCode::OK, None, BodySource::Compressed(body)),
        Content::Part(body, length, content_range) => {
            put(&mut headers, header::CONTENT_RANGE, &content_range);
            (StatusCode::PARTIAL_CONTENT, length, BodySource::Stream(body, length))
        }
    };
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Draft { status, headers, body, ik_error: None }
}

/// A range that lies outside of a result.
fn outside(mut headers: HeaderMap, size: u64) -> Draft {
    let failure = Failure::Range(format!("bytes */{size}"));
    put(&mut headers, header::CONTENT_RANGE, &format!("bytes */{size}"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(failure.caching().header()));
    headers.remove(header::CDN_CACHE_CONTROL);
    headers.remove(header::CONTENT_DISPOSITION);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(failure.body().len()));
    let body = BodySource::Static(failure.body());
    Draft { status: StatusCode::RANGE_NOT_SATISFIABLE, headers, body, ik_error: None }
}

/// Whether a browser would run what such a file says.
fn is_document(content_type: &str) -> bool {
    let essence = essence(content_type);
    ["text/html", "text/xml", "application/xml"].contains(&essence.as_str()) || essence.ends_with("+xml")
}

/// At most two decimals, and none where they are zero: `2`, `2.83`.
fn two_decimals(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
