//! From a Secret to what an origin authenticates with. No value leaves the Secret but into the credential.

use imgplane_config::{Credential, ObjectId, SecretText};

use super::{Fault, Findings};
use crate::{SecretData, Snapshot};

/// Reads the keys of the S3 family. A Secret that cannot be used is reported, and the origin goes without.
pub(super) fn s3(
    secret: &ObjectId,
    snapshot: &Snapshot,
    field: &str,
    findings: &mut Findings,
) -> Option<Credential> {
    let Some(data) = snapshot.secrets.get(secret) else {
        let secret = secret.clone();
        let fault = match snapshot.withheld.get(&secret) {
            Some(why) => Fault::SecretWithheld { secret, why: *why },
            None => Fault::SecretNotFound { secret },
        };
        findings.report(field, &fault);
        return None;
    };
    let mut required = |key: &'static str| {
        if data.contains_key(key) {
            text(secret, data, key, field, findings)
        } else {
            let keys = data.keys().cloned().collect();
            findings.report(field, &Fault::SecretKeyMissing { secret: secret.clone(), key, keys });
            None
        }
    };
    let (access_key, secret_key) = (required("accessKey"), required("secretKey"));
    let session_token = match data.get("sessionToken") {
        // Some tools write an absent token as an empty value.
        None => None,
        Some(value) if value.is_empty() => None,
        Some(_) => Some(text(secret, data, "sessionToken", field, findings)?),
    };
    Some(Credential::S3 { access_key: access_key?, secret_key: secret_key?, session_token })
}

/// One value as text that fits into a header.
fn text(
    secret: &ObjectId,
    data: &SecretData,
    key: &'static str,
    field: &str,
    findings: &mut Findings,
) -> Option<SecretText> {
    let mut malformed = |what: &'static str| {
        findings.report(field, &Fault::SecretMalformed { secret: secret.clone(), key, what });
        None
    };
    match data.get(key).map(|value| std::str::from_utf8(value)) {
        None | Some(Ok("")) => malformed("is empty"),
        Some(Err(_)) => malformed("is not text"),
        Some(Ok(value)) if value.ends_with(['\n', '\r']) => malformed("ends with a line break"),
        Some(Ok(value)) if value.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            malformed("has spaces or control characters")
        }
        Some(Ok(value)) => Some(SecretText::new(value)),
    }
}
