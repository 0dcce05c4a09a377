//! What a store or token service says when it gives no file and no token: XML as in S3, GCS and Azure, JSON as in
//! Google's and Microsoft's APIs.

use serde::Deserialize;

use crate::failure::header_text;

/// Longest code and message that are kept, in bytes.
const CODE_BYTES: usize = 64;
const MESSAGE_BYTES: usize = 300;

/// Code and message of an answer, as far as it has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Xml {
    code: Option<String>,
    message: Option<String>,
    details: Option<String>,
}

/// The two shapes of Google, the second of which is also Microsoft's.
#[derive(Deserialize)]
#[serde(untagged)]
enum Json {
    Nested { error: Nested },
    Flat { error: String, error_description: Option<String> },
}

#[derive(Deserialize)]
struct Nested {
    message: Option<String>,
    #[serde(default)]
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    reason: Option<String>,
}

impl Told {
    /// Reads a body, whatever its content type says.
    pub(crate) fn read(body: &[u8]) -> Self {
        let (code, message) = match body.trim_ascii_start().first() {
            Some(b'{') => json(body),
            _ => xml(body),
        };
        Self::of(code, message)
    }

    /// Keeps what may be repeated of a code and a message.
    pub(crate) fn of(code: Option<String>, message: Option<String>) -> Self {
        Self {
            code: code.filter(|code| is_code(code)),
            message: message.map(|text| header_text(&first_line(&text), MESSAGE_BYTES)),
        }
    }

    /// Both in one text.
    pub(crate) fn text(&self) -> String {
        [self.code.as_deref(), self.message.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn xml(body: &[u8]) -> (Option<String>, Option<String>) {
    let Xml { code, message, details } =
        quick_xml::de::from_str(&String::from_utf8_lossy(body)).unwrap_or_default();
    (code, details.or(message))
}

fn json(body: &[u8]) -> (Option<String>, Option<String>) {
    match serde_json::from_slice(body) {
        Ok(Json::Nested { error }) => {
            let reason = error.errors.into_iter().find_map(|error| error.reason);
            (reason, error.message)
        }
        Ok(Json::Flat { error, error_description }) => (Some(error), error_description),
        Err(_) => (None, None),
    }
}

/// What follows the first line are ids and times, which differ from answer to answer.
fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    line.split(" RequestId:").next().unwrap_or_default().to_owned()
}

/// Codes are words; anything else is not repeated to anybody.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=CODE_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_message_are_read_from_every_shape() {
        let azure = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code><Message>The \
                     specified blob does not exist.\nRequestId:1\nTime:2026</Message></Error>";
        for (body, code, message) in [
            (azure, Some("BlobNotFound"), Some("The specified blob does not exist.")),
            (
                "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access denied.</Message><Details>sa \
                 does not have storage.objects.get access</Details></Error>",
                Some("AccessDenied"),
                Some("sa does not have storage.objects.get access"),
            ),
            (
                r#"{"error":{"code":404,"message":"Not Found","errors":[{"reason":"notFound"}]}}"#,
                Some("notFound"),
                Some("Not Found"),
            ),
            (r#"{"error":{"code":401,"message":"Invalid Credentials"}}"#, None, Some("Invalid Credentials")),
            (
                r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#,
                Some("invalid_grant"),
                Some("Invalid JWT Signature."),
            ),
            ("Not Found", None, None),
            ("<html>busy</html>", None, None),
            ("{}", None, None),
            ("", None, None),
            ("<Error><Code>a b</Code></Error>", None, None),
        ] {
            let told = Told::read(body.as_bytes());
            assert_eq!((told.code.as_deref(), told.message.as_deref()), (code, message), "{body}");
        }
    }
}
