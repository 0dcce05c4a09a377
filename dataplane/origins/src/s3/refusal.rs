//! What a store of the S3 family says when it does not deliver the object.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::region::is_region;
use crate::{failure::header_text, source::whereto};

/// Longest provider code and message that are kept, in bytes.
const CODE_BYTES: usize = 64;
const MESSAGE_BYTES: usize = 300;

/// An answer that is not the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The store's own code; absent where the answer is not XML, e.g. from a proxy in front of it.
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    /// The bucket's region, where the answer names it.
    pub(super) region: Option<String>,
    /// Scheme and host that the answer redirects to.
    pub(super) location: Option<String>,
    /// The server's clock.
    pub(super) date: Option<SystemTime>,
    /// Size of the object, where a range lay outside it.
    pub(super) object_size: Option<u64>,
}

/// The error document of S3.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Document {
    code: Option<String>,
    message: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    actual_object_size: Option<String>,
}

impl Refusal {
    pub(super) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        // Whatever the content type says: throttled stores send XML as text/plain.
        let document: Document = quick_xml::de::from_str(&String::from_utf8_lossy(body)).unwrap_or_default();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let region = text("x-amz-bucket-region")
            .or(document.region.as_deref())
            .or_else(|| document.endpoint.as_deref().and_then(region_of_host))
            .filter(|region| is_region(region))
            .map(str::to_owned);
        Self {
            status,
            code: document.code.filter(|code| is_code(code)),
            message: document.message.map(|message| header_text(&message, MESSAGE_BYTES)),
            region,
            location: text(header::LOCATION.as_str()).and_then(whereto),
            object_size: document.actual_object_size.and_then(|size| size.trim().parse().ok()),
            date: text(header::DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok()),
        }
    }

    /// Whether the bucket lives in another region than was asked.
    pub(super) fn is_about_region(&self) -> bool {
        match self.code.as_deref() {
            Some(
                "PermanentRedirect" | "TemporaryRedirect" | "Redirect" | "IllegalLocationConstraintException",
            ) => true,
            // It is said of unreadable access keys too, and then without a region.
            Some("AuthorizationHeaderMalformed") => self.region.is_some(),
            // A redirect from http to https, or to a page, says nothing of regions.
            _ => self.is_redirect() && self.region.is_some(),
        }
    }

    /// Whether another host is named.
    pub(super) fn is_redirect(&self) -> bool {
        matches!(self.status.as_u16(), 301 | 307)
    }

    /// Whether it is the KMS key of the object that may not be used.
    pub(super) fn is_about_decryption(&self) -> bool {
        let says = |text: &String| text.contains("kms:Decrypt");
        self.code.as_deref() == Some("AccessDenied") && self.message.as_ref().is_some_and(says)
    }

    pub(super) fn is_about_clock(&self) -> bool {
        self.code.as_deref() == Some("RequestTimeTooSkewed")
    }

    /// A refusal with nothing but a status and a code, for tables.
    #[cfg(test)]
    pub(super) fn of(status: u16, code: &str) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            code: Some(code.to_owned()).filter(|code| !code.is_empty()),
            message: None,
            region: None,
            location: None,
            date: None,
            object_size: None,
        }
    }
}

/// Codes are words; anything else is not repeated to anybody.
fn is_code(text: &str) -> bool {
    (1..=CODE_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// The region in an address as S3 redirects to, e.g. `bucket.s3.eu-west-1.amazonaws.com`. Only the region is taken
/// from an answer, never a host: an answer must not decide where credentials are sent.
fn region_of_host(host: &str) -> Option<&str> {
    let (front, _) = host.split_once(".amazonaws.com")?;
    let last = front.rsplit('.').next()?;
    Some(last.strip_prefix("s3-").unwrap_or(last)).filter(|region| *region != "s3")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Refusal {
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Refusal::read(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    #[test]
    fn code_message_and_region_are_read_from_the_document_or_the_headers() {
        let malformed = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code>\
                         <Message>the region &apos;us-east-1&apos; is wrong</Message><Region>eu-central-1</Region>\
                         <RequestId>1</RequestId><HostId/></Error>";
        let seen = read(400, &[], malformed);
        assert_eq!(seen.code.as_deref(), Some("AuthorizationHeaderMalformed"));
        assert_eq!(seen.region.as_deref(), Some("eu-central-1"));
        assert_eq!(seen.message.as_deref(), Some("the region 'us-east-1' is wrong"));

        let moved =
            "<Error><Code>PermanentRedirect</Code><Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint></Error>";
        assert_eq!(read(301, &[], moved).region.as_deref(), Some("eu-west-1"));
        assert_eq!(
            read(301, &[("x-amz-bucket-region", "ap-east-1")], moved).region.as_deref(),
            Some("ap-east-1")
        );
        let old =
            "<Error><Code>TemporaryRedirect</Code><Endpoint>b.s3-eu-west-2.amazonaws.com</Endpoint></Error>";
        assert_eq!(read(307, &[], old).region.as_deref(), Some("eu-west-2"));
    }

    #[test]
    fn only_a_region_makes_a_redirect_or_a_malformed_header_one_of_regions() {
        for (status, code, region, expected) in [
            (301, "PermanentRedirect", None, true),
            (301, "", None, false),
            (301, "", Some("eu-west-1"), true),
            (400, "AuthorizationHeaderMalformed", None, false),
            (400, "AuthorizationHeaderMalformed", Some("eu-west-1"), true),
            (403, "AccessDenied", Some("eu-west-1"), false),
        ] {
            let refusal = Refusal { region: region.map(str::to_owned), ..Refusal::of(status, code) };
            assert_eq!(refusal.is_about_region(), expected, "{status} {code} {region:?}");
        }
    }

    #[test]
    fn an_answer_without_a_document_has_no_code() {
        for body in
            ["", "Not Found", "<html><p>busy</html>", "{\"code\":1}", "<Error><Code>a b</Code></Error>"]
        {
            assert_eq!(read(503, &[], body).code, None, "{body}");
        }
        let long = format!("<Error><Code>{}</Code></Error>", "x".repeat(65));
        assert_eq!(read(503, &[], &long).code, None);
    }

    #[test]
    fn an_answer_decides_neither_host_nor_odd_regions() {
        for endpoint in ["evil.example", "b.s3.amazonaws.com", "b.s3.a b.amazonaws.com", ".amazonaws.com"] {
            let body =
                format!("<Error><Code>PermanentRedirect</Code><Endpoint>{endpoint}</Endpoint></Error>");
            assert_eq!(read(301, &[], &body).region, None, "{endpoint}");
        }
        assert_eq!(read(301, &[("x-amz-bucket-region", "evil.example/")], "").region, None);
    }
}
