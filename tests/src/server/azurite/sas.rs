//! Shared access signatures, as Azure specifies them for version 2021-12-02: good ones, and wrong ones on purpose.
//!
//! Strings to sign: <https://learn.microsoft.com/rest/api/storageservices/create-account-sas> and
//! <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, Unit};
use ring::hmac;

use super::{ACCOUNT, KEY};

const VERSION: &str = "2021-12-02";

/// What a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// Services, containers and blobs of the account (`srt=sco`); another `srt` with [`Sas::resource_types`].
    Account,
    /// The blobs of a container.
    Container(String),
    /// One blob, by its literal name.
    Blob(String, String),
}

/// A token in the making. It permits reading, from an hour ago until an hour from now, unless told otherwise.
#[derive(Debug, Clone)]
pub struct Sas {
    resource: Resource,
    permissions: String,
    types: String,
    start: Timestamp,
    expiry: Timestamp,
    protocol: String,
    key: String,
}

impl Sas {
    /// A token of the account.
    pub fn account() -> Self {
        Self::of(Resource::Account)
    }

    /// A token of a container.
    pub fn container(container: &str) -> Self {
        Self::of(Resource::Container(container.to_owned()))
    }

    /// A token of one blob, by its literal name.
    pub fn blob(container: &str, name: &str) -> Self {
        Self::of(Resource::Blob(container.to_owned(), name.to_owned()))
    }

    fn of(resource: Resource) -> Self {
        let now = Timestamp::now();
        Self {
            resource,
            permissions: "r".into(),
            types: "sco".into(),
            start: now - SignedDuration::from_hours(1),
            expiry: now + SignedDuration::from_hours(1),
            protocol: String::new(),
            key: KEY.into(),
        }
    }

    /// With other permissions, letters in Azure's order (`racwdl`).
    #[must_use]
    pub fn permissions(mut self, letters: &str) -> Self {
        letters.clone_into(&mut self.permissions);
        self
    }

    /// For other types of resources, letters of `sco`: without `o`, an account's token reads no blob.
    #[must_use]
    pub fn resource_types(mut self, letters: &str) -> Self {
        letters.clone_into(&mut self.types);
        self
    }

    /// Valid between two times, given from now.
    #[must_use]
    pub fn valid(mut self, from: SignedDuration, to: SignedDuration) -> Self {
        let now = Timestamp::now();
        (self.start, self.expiry) = (now + from, now + to);
        self
    }

    /// Expired two hours ago.
    #[must_use]
    pub fn expired(self) -> Self {
        self.valid(SignedDuration::from_hours(-3), SignedDuration::from_hours(-2))
    }

    /// Valid only an hour from now.
    #[must_use]
    pub fn not_yet_valid(self) -> Self {
        self.valid(SignedDuration::from_hours(1), SignedDuration::from_hours(2))
    }

    /// For HTTPS only.
    #[must_use]
    pub fn https_only(mut self) -> Self {
        "https".clone_into(&mut self.protocol);
        self
    }

    /// Signed with another key, in Base64.
    #[must_use]
    pub fn signed_with(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// The token: a query without `?`.
    pub fn token(&self) -> String {
        let time = |time: Timestamp| {
            time.round(Unit::Second).unwrap_or(time).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
        };
        let (start, expiry) = (time(self.start), time(self.expiry));
        let (rights, protocol) = (self.permissions.as_str(), self.protocol.as_str());
        let mut fields = vec![("sv", VERSION)];
        let to_sign = match &self.resource {
            Resource::Account => {
                fields.extend([("ss", "b"), ("srt", self.types.as_str())]);
                [ACCOUNT, rights, "b", &self.types, &start, &expiry, "", protocol, VERSION, "", ""].join("\n")
            }
            Resource::Container(container) => {
                fields.push(("sr", "c"));
                Self::service(rights, &start, &expiry, container, protocol, "c")
            }
            Resource::Blob(container, name) => {
                fields.push(("sr", "b"));
                Self::service(rights, &start, &expiry, &format!("{container}/{name}"), protocol, "b")
            }
        };
        let key = STANDARD.decode(&self.key).expect("an account's key is Base64");
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), to_sign.as_bytes());
        let signature = STANDARD.encode(signature);
        fields.extend([("sp", rights), ("st", &start), ("se", &expiry)]);
        if !protocol.is_empty() {
            fields.push(("spr", protocol));
        }
        fields.push(("sig", &signature));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }

    /// Rights, times, resource, then identifier, address, protocol, version, kind, snapshot, encryption scope and the
    /// five headers that a token may replace: those that nobody here sets are empty.
    fn service(rights: &str, start: &str, expiry: &str, path: &str, protocol: &str, kind: &str) -> String {
        let resource = format!("/blob/{ACCOUNT}/{path}");
        let lines: [&str; 16] =
            [rights, start, expiry, &resource, "", "", protocol, VERSION, kind, "", "", "", "", "", "", ""];
        lines.join("\n")
    }
}
