//! What every origin type does: map, ask, classify. The rest (slots, retries, limits, time) is the same for all and
//! stands in `origin`.

use std::{future::Future, sync::Arc};

use futures::StreamExt as _;
use http::{HeaderMap, Response, StatusCode, header};
use hyper::body::{Body as _, Incoming};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    Failure, FetchedStatus, Lifetime, Meta, Request, body::Chunks, client, client::Client, failure,
    marks::Marks, sender::Sender, steps::Steps, wish::Wish,
};

/// Longest address that is shown, in bytes.
const ADDRESS_BYTES: usize = 300;

/// The right to one of an origin's concurrent requests. Whoever works for a request keeps a clone, so that work
/// which outlives the request, such as a read from a hanging disk, still counts.
pub(crate) type Slot = Arc<OwnedSemaphorePermit>;

/// One origin type.
pub(crate) trait Source {
    /// What the origin calls a file.
    type Place: Send + Sync;

    /// What messages call the origin.
    fn label(&self) -> &'static str;

    /// Maps a request to the place of its file, without contacting anything.
    fn locate(&self, request: &Request) -> Result<Self::Place, Failure>;

    /// Where a place is, for the operator: a host, a bucket; no secrets.
    fn whereabouts(&self, place: &Self::Place) -> String;

    /// What a probe does before it asks: connects to where the file is, and tells of each step.
    fn approach(
        &self,
        place: &Self::Place,
        slot: &Slot,
        steps: &mut Steps,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Makes sure that there is something to authenticate with, fetching a token where one is needed. Says by what
    /// the origin knows us, for the operator; names no key.
    ///
    /// # Errors
    /// Credentials are wanted and there are none that can be used.
    fn authenticate(&self) -> impl Future<Output = Result<String, Failure>> + Send;

    /// The path of a file that nobody has, from its name: one that the origin has to be asked for.
    fn absent(&self, name: &str) -> String {
        name.to_owned()
    }

    /// What is said instead of a probe of a file that nobody has, where there is nobody to ask for it.
    fn probe_unasked(&self, _steps: &mut Steps) -> Option<String> {
        None
    }

    /// Asks for the file once and classifies the answer.
    fn ask(
        &self,
        place: &Self::Place,
        wish: &Wish,
        slot: &Slot,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// An origin's answer that is a file, a part of one, or the word that it is still the known one.
pub(crate) struct Answer {
    pub(crate) status: FetchedStatus,
    pub(crate) meta: Meta,
    pub(crate) chunks: Chunks,
    pub(crate) sender: Sender,
}

impl Answer {
    /// Takes over an HTTP answer whose status was found to be `status`. `marks` are the headers in which this type of
    /// origin says what owners wrote beside the file.
    pub(crate) fn of(
        response: Response<Incoming>,
        status: FetchedStatus,
        sender: Sender,
        marks: Option<&Marks>,
    ) -> Self {
        let (parts, body) = response.into_parts();
        let mut meta = meta(&parts.headers, marks);
        meta.content_length = body.size_hint().exact();
        meta.accepts_ranges |= status == FetchedStatus::Partial;
        Self { status, meta, chunks: client::chunks(body, sender.clone()), sender }
    }
}

impl Answer {
    /// The range lies outside the file, whose size `content_range` may tell.
    pub(crate) fn unsatisfiable(content_range: Option<String>, sender: Sender) -> Self {
        let meta = Meta { content_length: Some(0), content_range, accepts_ranges: true, ..Meta::default() };
        Self::empty(FetchedStatus::Unsatisfiable, meta, sender)
    }

    /// The file is the one that is known, says an answer with these headers. Those of them that would describe a body
    /// are left out.
    pub(crate) fn not_modified(headers: &HeaderMap, sender: Sender, marks: Option<&Marks>) -> Self {
        let Meta { etag, last_modified, cache_control, lifetime, is_private, .. } = meta(headers, marks);
        let meta = Meta {
            content_length: Some(0),
            etag,
            last_modified,
            cache_control,
            lifetime,
            is_private,
            ..Meta::default()
        };
        Self::empty(FetchedStatus::NotModified, meta, sender)
    }

    /// The same, as the word that the file is the known one. A body of a byte is not worth being read.
    pub(crate) fn without_body(self) -> Self {
        let Meta { etag, last_modified, cache_control, lifetime, is_private, .. } = self.meta;
        // Of an empty file there is no part, and nothing is said of it.
        let told = self.status != FetchedStatus::Unsatisfiable;
        let meta = Meta {
            content_length: Some(0),
            etag: etag.filter(|_| told),
            last_modified: last_modified.filter(|_| told),
            cache_control,
            lifetime,
            is_private,
            ..Meta::default()
        };
        Self::empty(FetchedStatus::NotModified, meta, self.sender)
    }

    fn empty(status: FetchedStatus, meta: Meta, sender: Sender) -> Self {
        Self { status, meta, chunks: futures::stream::empty().boxed(), sender }
    }
}

/// Takes over an HTTP answer that is a file, a part of one, or says that there is no such part or that the file is the
/// known one.
///
/// # Errors
/// Any other answer, to be classified.
pub(crate) fn file(
    client: &Client,
    response: Response<Incoming>,
    wish: &Wish,
    sender: Sender,
    marks: Option<&Marks>,
) -> Result<Answer, Box<Response<Incoming>>> {
    match found(response.status(), response.headers(), wish) {
        Some(FetchedStatus::Unsatisfiable) => {
            let size = content_range(response.headers());
            client.discard(response.into_body());
            Ok(Answer::unsatisfiable(size, sender))
        }
        Some(FetchedStatus::NotModified) => {
            let answer = Answer::not_modified(response.headers(), sender, marks);
            client.discard(response.into_body());
            Ok(answer)
        }
        Some(found @ (FetchedStatus::Whole | FetchedStatus::Partial)) => {
            Ok(Answer::of(response, found, sender, marks))
        }
        None => Err(Box::new(response)),
    }
}

/// The `Content-Range` of an answer.
pub(crate) fn content_range(headers: &HeaderMap) -> Option<String> {
    headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// How much of a file an HTTP status announces, if it announces any. An answer to a question that was not asked is
/// none.
pub(crate) fn found(status: StatusCode, headers: &HeaderMap, wish: &Wish) -> Option<FetchedStatus> {
    let has_range = headers.contains_key(header::CONTENT_RANGE);
    match (status, wish) {
        (StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION, _) => Some(FetchedStatus::Whole),
        (StatusCode::PARTIAL_CONTENT, Wish::Part(_)) if has_range => Some(FetchedStatus::Partial),
        (StatusCode::RANGE_NOT_SATISFIABLE, Wish::Part(_)) => Some(FetchedStatus::Unsatisfiable),
        (StatusCode::NOT_MODIFIED, Wish::Unless(_)) => Some(FetchedStatus::NotModified),
        _ => None,
    }
}

/// The value of a header, as far as it is text.
pub(crate) fn header_text(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The host and port of an address, for the operator.
pub(crate) fn authority(uri: &http::Uri) -> &str {
    uri.authority().map_or("", http::uri::Authority::as_str)
}

/// Scheme and host of an absolute address, for the operator. Path and query may hold what nobody should read.
pub(crate) fn whereto(location: &str) -> Option<String> {
    let url = url::Url::parse(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(failure::header_text(&format!("{}://{}{port}", url.scheme(), url.host_str()?), ADDRESS_BYTES))
}

/// Puts what a provider said behind a meaning, or nothing: `: The text`.
pub(crate) fn said(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map(|text| format!(": {text}")).unwrap_or_default()
}

/// What headers say.
fn meta(headers: &HeaderMap, marks: Option<&Marks>) -> Meta {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Meta {
        content_type: text(header::CONTENT_TYPE),
        content_length: None,
        content_range: text(header::CONTENT_RANGE),
        content_encoding: text(header::CONTENT_ENCODING).and_then(|coding| real_coding(&coding)),
        etag: text(header::ETAG),
        last_modified: text(header::LAST_MODIFIED),
        cache_control: text(header::CACHE_CONTROL),
        lifetime: Lifetime::of(headers),
        accepts_ranges: text(header::ACCEPT_RANGES).is_some_and(|units| units.eq_ignore_ascii_case("bytes")),
        is_private: marks.is_some_and(|marks| marks.is_private(headers)),
        custom_coordinates: marks.and_then(|marks| marks.coordinates(headers)),
    }
}

/// A content coding without those that say nothing of the bytes: `identity`, and `aws-chunked`, which some stores
/// keep from the upload.
fn real_coding(header: &str) -> Option<String> {
    let codings: Vec<_> = header
        .split(',')
        .map(str::trim)
        .filter(|coding| {
            !["", "identity", "aws-chunked"].iter().any(|none| coding.eq_ignore_ascii_case(none))
        })
        .collect();
    (!codings.is_empty()).then(|| codings.join(", "))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::{condition::Validator, range::ByteRange};

    #[test]
    fn an_answer_to_a_question_that_was_not_asked_is_none() {
        let mut ranged = HeaderMap::new();
        ranged.insert(header::CONTENT_RANGE, HeaderValue::from_static("bytes 0-1/2"));
        let plain = HeaderMap::new();
        let whole = Wish::Whole;
        let part = Wish::Part(ByteRange::From(0, Some(1)));
        let unless = Wish::Unless(Validator::Etag(HeaderValue::from_static("\"1\"")));
        let cases = [
            (200, &plain, &whole, Some(FetchedStatus::Whole)),
            (200, &plain, &part, Some(FetchedStatus::Whole)),
            (200, &plain, &unless, Some(FetchedStatus::Whole)),
            (203, &plain, &whole, Some(FetchedStatus::Whole)),
            (206, &ranged, &part, Some(FetchedStatus::Partial)),
            (206, &ranged, &whole, None),
            (206, &ranged, &unless, None),
            (206, &plain, &part, None),
            (416, &plain, &part, Some(FetchedStatus::Unsatisfiable)),
            (416, &plain, &whole, None),
            (416, &plain, &unless, None),
            (204, &plain, &whole, None),
            (304, &plain, &unless, Some(FetchedStatus::NotModified)),
            (304, &plain, &whole, None),
            (304, &plain, &part, None),
            (412, &plain, &unless, None),
        ];
        for (status, headers, asked, expected) in cases {
            assert_eq!(
                found(StatusCode::from_u16(status).unwrap(), headers, asked),
                expected,
                "{status} {asked:?}"
            );
        }
    }

    #[test]
    fn of_a_file_that_is_the_known_one_only_what_is_said_of_the_file_is_kept() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html"),
            (header::CONTENT_LENGTH, "70000"),
            (header::CONTENT_ENCODING, "gzip"),
            (header::ACCEPT_RANGES, "bytes"),
            (header::ETAG, "\"1\""),
            (header::LAST_MODIFIED, "Tue, 24 Nov 2026 10:00:00 GMT"),
            (header::CACHE_CONTROL, "max-age=60"),
            (http::HeaderName::from_static("is-private-file"), "true"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let marks = Marks { private: "is-private-file", coordinates: "custom-coordinates" };
        let answer = Answer::not_modified(&headers, Sender::new("S3", ""), Some(&marks));
        assert_eq!(answer.status, FetchedStatus::NotModified);
        let expected = Meta {
            content_length: Some(0),
            etag: Some("\"1\"".to_owned()),
            last_modified: Some("Tue, 24 Nov 2026 10:00:00 GMT".to_owned()),
            cache_control: Some("max-age=60".to_owned()),
            lifetime: Lifetime { max_age: Some(std::time::Duration::from_mins(1)), ..Lifetime::default() },
            is_private: true,
            ..Meta::default()
        };
        assert_eq!(answer.meta, expected);
    }

    #[test]
    fn of_a_redirect_scheme_and_host_are_kept() {
        for (location, expected) in [
            ("https://minio.example/img/a.jpg?x=1", Some("https://minio.example")),
            ("https://u:p@minio.example:9443/", Some("https://minio.example:9443")),
            ("/login", None),
            ("ftp://minio.example/", None),
        ] {
            assert_eq!(whereto(location).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn codings_that_say_nothing_of_the_bytes_are_left_out() {
        let cases = [
            ("gzip", Some("gzip")),
            ("identity", None),
            ("aws-chunked", None),
            ("aws-chunked, gzip", Some("gzip")),
            ("AWS-Chunked,", None),
            ("br", Some("br")),
        ];
        for (header, expected) in cases {
            assert_eq!(real_coding(header).as_deref(), expected, "{header}");
        }
    }
}
