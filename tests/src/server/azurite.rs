//! Azurite: a real Azure Blob Storage server over memory, with one account.

mod sas;

pub use sas::{Resource, Sas};

use std::{net::SocketAddr, process::Command, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use tempfile::TempDir;

use super::{
    curl::{curl, encode, upload},
    pki::{Identity, Pki},
};
use crate::process::{Process, free_address, tool};

/// Name of the account.
pub const ACCOUNT: &str = "acct1";
/// Key of the account, as Azure shows it.
pub const KEY: &str = "a2V5MWtleTFrZXkxa2V5MQ==";

/// A running Azurite.
#[derive(Debug)]
pub struct Azurite {
    /// The process.
    pub process: Process,
    /// Its address.
    pub address: SocketAddr,
    tls: bool,
    _folder: TempDir,
}

impl Azurite {
    /// Starts without containers.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts with TLS, a certificate for loopback, and bearer tokens: any with the right claims, as
    /// [`access_token`] makes them, whoever signed it.
    pub fn start_with_tokens(pki: &Pki) -> Self {
        Self::start_with(Some(&pki.server(&["127.0.0.1", "localhost"])))
    }

    fn start_with(identity: Option<&Identity>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = free_address();
        let mut command = Command::new("node");
        command
            .arg(tool("azurite").join("node_modules/azurite/dist/src/blob/main.js"))
            .args(["--blobHost", "127.0.0.1", "--blobPort", &address.port().to_string()])
            .args(["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"])
            .args(["--disableProductStyleUrl"])
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{KEY}"))
            .current_dir(folder.path());
        if let Some(identity) = identity {
            command.args(["--oauth", "basic", "--cert"]).arg(&identity.certificate);
            command.arg("--key").arg(&identity.key);
        }
        let process = Process::start("azurite", command, folder.path().join("azurite.log"), address);
        Self { process, address, tls: identity.is_some(), _folder: folder }
    }

    /// Endpoint of the account, without the container.
    pub fn endpoint(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}/{ACCOUNT}", self.address)
    }

    /// Address of a blob by its literal name, without a token.
    pub fn url(&self, container: &str, name: &str) -> String {
        format!("{}/{container}/{}", self.endpoint(), encode(name))
    }

    /// Makes a container that nobody may read without credentials.
    pub fn make_container(&self, container: &str) {
        self.make(container, &[]);
    }

    /// Makes a container whose blobs everybody may read.
    pub fn make_public_container(&self, container: &str) {
        self.make(container, &["-H", "x-ms-blob-public-access: blob"]);
    }

    fn make(&self, container: &str, arguments: &[&str]) {
        let url = format!("{}/{container}?restype=container&{}", self.endpoint(), Self::owner());
        upload(&[&["-k", "-X", "PUT"], arguments].concat(), &url, b"");
    }

    /// Stores a blob; `name` is its literal name.
    pub fn put(&self, container: &str, name: &str, content_type: &str, bytes: &[u8]) {
        self.put_with(container, name, content_type, bytes, "", &[]);
    }

    /// Stores a blob with a `Cache-Control` (empty: none) and metadata of its own, such as `isprivatefile`.
    pub fn put_with(
        &self,
        container: &str,
        name: &str,
        content_type: &str,
        bytes: &[u8],
        cache_control: &str,
        metadata: &[(&str, &str)],
    ) {
        let mut headers =
            vec!["x-ms-blob-type: BlockBlob".to_owned(), format!("x-ms-blob-content-type: {content_type}")];
        if !cache_control.is_empty() {
            headers.push(format!("x-ms-blob-cache-control: {cache_control}"));
        }
        headers.extend(metadata.iter().map(|(key, value)| format!("x-ms-meta-{key}: {value}")));
        let mut arguments = vec!["-k", "-X", "PUT"];
        for header in &headers {
            arguments.extend(["-H", header]);
        }
        upload(&arguments, &format!("{}?{}", self.url(container, name), Self::owner()), bytes);
    }

    /// Moves a blob to a tier: `Hot`, `Cool`, `Archive`.
    pub fn set_tier(&self, container: &str, name: &str, tier: &str) {
        let url = format!("{}?comp=tier&{}", self.url(container, name), Self::owner());
        upload(&["-k", "-X", "PUT", "-H", &format!("x-ms-access-tier: {tier}")], &url, b"");
    }

    /// Archives a blob: it is there, but cannot be read.
    pub fn archive(&self, container: &str, name: &str) {
        self.set_tier(container, name, "Archive");
    }

    /// Takes a blob away.
    pub fn delete(&self, container: &str, name: &str) {
        curl(&["-k", "-X", "DELETE"], &format!("{}?{}", self.url(container, name), Self::owner()));
    }

    /// A token with every right, for filling the store.
    fn owner() -> String {
        Sas::account().permissions("rwdlac").token()
    }
}

/// An access token with the claims that Azurite wants, valid for `lives` from now; negative lives are past.
pub fn access_token(lives: jiff::SignedDuration) -> String {
    let now = Timestamp::now();
    let claims = serde_json::json!({
        "aud": "https://storage.azure.com", "iss": "https://sts.windows.net/tenant/", "sub": "workload",
        "iat": (now - Duration::from_hours(24)).as_second(), "nbf": (now - Duration::from_hours(24)).as_second(),
        "exp": (now + lives).as_second(),
    });
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let head = part(serde_json::json!({"alg": "RS256", "typ": "JWT"}).to_string());
    format!("{head}.{}.{}", part(claims.to_string()), part("no signature".to_owned()))
}
