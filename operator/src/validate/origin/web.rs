//! A folder of a web server, and what requests to it carry.

use std::collections::BTreeSet;

use imgplane_config::{Tls, WebFolder, WebHeader};
use imgplane_crds::origin;

use super::place::{Found, Places};
use crate::validate::{Findings, credential};

/// Headers that the client sets itself, in lower case; beside them all that begin with `proxy-`.
const OWN: [&str; 10] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "range",
    "accept-encoding",
    "x-req-from",
];

pub(super) fn folder(places: &mut Places<'_>, web: &origin::WebFolder) -> WebFolder {
    let base_url = places.findings.address("spec.webFolder.baseUrl", &web.base_url);
    judge_names(web, places.findings);
    let headers = web.headers.iter().enumerate().filter_map(|(index, header)| {
        let value = header.value.as_ref()?;
        judge_value(&format!("spec.webFolder.headers[{index}].value"), value, places.findings);
        Some(WebHeader { name: header.name.to_string(), value: value.to_string() })
    });
    let headers = headers.collect();
    let secret = credential::web(&places.id.namespace, web, places.snapshot, places.findings);
    places.found = Found { credential: secret.credential, expiry: None, secret_name: secret.secret_name };
    let tls = web.tls.as_ref();
    let bundle = tls.and_then(|tls| tls.ca_bundle_ref.as_ref());
    WebFolder {
        base_url,
        forward_host_header: web.forward_host_header.unwrap_or_default(),
        headers,
        secret_headers: secret.headers,
        tls: Tls {
            ca_bundle: places.ca_bundle(bundle, "spec.webFolder.tls.caBundleRef"),
            client_certificate: secret.certificate,
            insecure_skip_verify: tls.and_then(|tls| tls.insecure_skip_verify).unwrap_or_default(),
        },
    }
}

fn judge_names(web: &origin::WebFolder, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, header) in web.headers.iter().enumerate() {
        let field = format!("spec.webFolder.headers[{index}]");
        let name = header.name.to_ascii_lowercase();
        if !is_token(&name) {
            findings.invalid(
                format!("{field}.name"),
                format!("{:?} is no name of a header: letters, digits and hyphens", header.name.as_str()),
            );
        } else if OWN.contains(&name.as_str()) || name.starts_with("proxy-") {
            findings.invalid(
                format!("{field}.name"),
                format!("{} is a header that imgplane sets itself: remove it here", header.name),
            );
        }
        if !seen.insert(name) {
            // The API server tells only those apart that are spelt alike.
            findings.invalid(format!("{field}.name"), format!("{} is listed twice", header.name));
        }
        if header.value.is_some() == header.value_from.is_some() {
            findings.invalid(field, "must have either value or valueFrom: set one of the two");
        }
    }
}

/// The grammar of tokens, RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn judge_value(field: &str, text: &str, findings: &mut Findings) {
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if text.is_empty() || !printable || text.starts_with(' ') || text.ends_with(' ') {
        findings.invalid(
            field,
            "must be printable ASCII characters, without line breaks and without spaces at its ends",
        );
    }
}
