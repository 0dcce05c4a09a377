//! From Secrets to what an origin authenticates with, and to the keys that verify signatures. No value leaves a Secret but into the credential.

mod akeneo;
mod azure;
mod gcs;
mod s3;
mod web;

use imgplane_config::{Credential, ObjectId, SecretText};
use imgplane_crds::OriginType;
use jiff::Timestamp;

use super::{Fault, Findings};
use crate::{SecretData, Snapshot};

pub(super) use web::web;

/// Reads a key that verifies signatures. `field` is that of the reference, whose members are `name` and `key`.
pub(super) fn signing_key(
    secret: &ObjectId,
    key: &str,
    snapshot: &Snapshot,
    field: &str,
    findings: &mut Findings,
) -> Option<SecretText> {
    let (name_field, key_field) = (format!("{field}.name"), format!("{field}.key"));
    let opened = Opened::open(secret, snapshot, &name_field, &format!("key {key}"), findings)?;
    Opened { field: &key_field, ..opened }.required(key, Form::Phrase, findings)
}

/// Longest value that is used, in bytes; the watch keeps no more either.
pub(crate) const LONGEST_VALUE: usize = 64 << 10;

/// What is done about a value that should stand there bare.
const BARE: &str =
    "write the bare value into the key, for example with `kubectl create secret generic --from-literal`";

/// What was read of a Secret.
pub(super) struct Read {
    /// What the origin authenticates with.
    pub(super) credential: Credential,
    /// When it expires, if it tells.
    pub(super) expiry: Option<Timestamp>,
}

impl From<Credential> for Read {
    fn from(credential: Credential) -> Self {
        Self { credential, expiry: None }
    }
}

/// Reads what a type authenticates with. A Secret that cannot be used is reported, and the origin goes without.
pub(super) fn read(
    kind: OriginType,
    secret: &ObjectId,
    snapshot: &Snapshot,
    field: &str,
    findings: &mut Findings,
) -> Option<Read> {
    let open = |keys: &str, findings: &mut Findings| Opened::open(secret, snapshot, field, keys, findings);
    match kind {
        OriginType::S3 | OriginType::S3Compatible | OriginType::CloudinaryBackup => {
            s3::read(&open("keys accessKey and secretKey", findings)?, findings).map(Read::from)
        }
        OriginType::Gcs => {
            gcs::read(&open("key key.json, or the keys clientEmail and privateKey", findings)?, findings)
                .map(Read::from)
        }
        OriginType::AzureBlob => {
            azure::read(&open("key sasToken or the key accountKey", findings)?, snapshot.hour, findings)
        }
        OriginType::AkeneoPim => {
            akeneo::read(&open("keys clientId, clientSecret, username and password", findings)?, findings)
                .map(Read::from)
        }
        // What they authenticate with stands in other places, or they do not.
        OriginType::WebFolder | OriginType::WebProxy | OriginType::Volume => None,
    }
}

/// What may stand in a value.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Text without any space.
    Word,
    /// Text with spaces, such as a password.
    Phrase,
    /// What fits into a header of a request.
    Header,
}

impl Form {
    /// What is wrong with a text, if anything.
    fn judge(self, text: &str) -> Result<(), &'static str> {
        if text.is_empty() {
            return Err("is empty");
        }
        if text.ends_with(['\n', '\r']) {
            return Err("ends with a line break");
        }
        match self {
            Self::Word if text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
                Err("has spaces or control characters")
            }
            Self::Phrase if text.contains(char::is_control) => {
                Err("has line breaks or other control characters")
            }
            Self::Header if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
                Err("has characters that do not fit into a header: only printable ASCII does")
            }
            Self::Header if text.starts_with(' ') || text.ends_with(' ') => {
                Err("begins or ends with a space")
            }
            Self::Word | Self::Phrase | Self::Header => Ok(()),
        }
    }
}

/// A Secret that is there, and the field that names it.
struct Opened<'a> {
    secret: &'a ObjectId,
    data: &'a SecretData,
    field: &'a str,
}

impl<'a> Opened<'a> {
    /// The Secret, unless it is not there; `keys` says what it should have, after "create it with the".
    fn open(
        secret: &'a ObjectId,
        snapshot: &'a Snapshot,
        field: &'a str,
        keys: &str,
        findings: &mut Findings,
    ) -> Option<Self> {
        let Some(data) = snapshot.secrets.get(secret) else {
            let fault = match snapshot.withheld.get(secret) {
                Some(why) => Fault::SecretWithheld { secret: secret.clone(), why: *why, kind: findings.kind },
                None => Fault::SecretNotFound {
                    secret: secret.clone(),
                    keys: keys.to_owned(),
                    kind: findings.kind,
                },
            };
            findings.report(field, &fault);
            return None;
        };
        Some(Self { secret, data, field })
    }

    /// A value that must be there.
    fn required(&self, key: &str, form: Form, findings: &mut Findings) -> Option<SecretText> {
        if !self.data.contains_key(key) {
            self.missing(key, findings);
            return None;
        }
        self.text(key, form, BARE, findings).map(SecretText::new)
    }

    /// Whether a value is there. Some tools write an absent value as an empty one.
    fn has(&self, key: &str) -> bool {
        self.data.get(key).is_some_and(|value| !value.is_empty())
    }

    /// A value of a form.
    fn text(&self, key: &str, form: Form, remedy: &'static str, findings: &mut Findings) -> Option<&'a str> {
        let text = self.any_text(key, remedy, findings)?;
        match form.judge(text) {
            Ok(()) => Some(text),
            Err(what) => self.malformed(key, what, remedy, findings),
        }
    }

    /// A value that is text at all.
    fn any_text(&self, key: &str, remedy: &'static str, findings: &mut Findings) -> Option<&'a str> {
        let value = self.data.get(key).map(Vec::as_slice).unwrap_or_default();
        if value.len() > LONGEST_VALUE {
            return self.malformed(key, "is longer than 64 KiB", remedy, findings);
        }
        match std::str::from_utf8(value) {
            Ok(text) => Some(text),
            Err(_) => self.malformed(key, "is not text", remedy, findings),
        }
    }

    fn missing(&self, key: &str, findings: &mut Findings) {
        let keys = self.data.keys().cloned().collect();
        let (secret, key, kind) = (self.secret.clone(), key.to_owned(), findings.kind);
        let fault = Fault::SecretKeyMissing { secret, key, keys, kind };
        findings.report(self.field, &fault);
    }

    /// Reports a value that cannot be used.
    fn malformed<T>(
        &self,
        key: &str,
        what: &'static str,
        remedy: &'static str,
        findings: &mut Findings,
    ) -> Option<T> {
        let (secret, key) = (self.secret.clone(), key.to_owned());
        let kind = findings.kind;
        findings.report(self.field, &Fault::SecretMalformed { secret, key, what, remedy, kind });
        None
    }
}

#[cfg(test)]
mod tests;
