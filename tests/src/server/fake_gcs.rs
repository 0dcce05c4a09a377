//! fake-gcs-server: the APIs of Google Cloud Storage over memory. It checks no credential; `gate` does that.

use std::{net::SocketAddr, process::Command};

use serde_json::json;
use tempfile::TempDir;

use super::curl::{curl, upload};
use crate::process::{Process, free_address, tool};

/// A running fake-gcs-server.
#[derive(Debug)]
pub struct FakeGcs {
    /// The process.
    pub process: Process,
    /// Its own address.
    pub address: SocketAddr,
    _folder: TempDir,
}

impl FakeGcs {
    /// Starts without buckets. Addresses `/BUCKET/KEY` are known where the client names this server's own address as
    /// `Host`.
    pub fn start() -> Self {
        let address = free_address();
        Self::start_at(address, &address.to_string())
    }

    /// As [`FakeGcs::start`], for clients that name `public_host` (with its port): it is behind something else.
    pub fn start_behind(public_host: &str) -> Self {
        Self::start_at(free_address(), public_host)
    }

    fn start_at(address: SocketAddr, public_host: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(tool("fake-gcs-server"));
        command
            .args(["-backend", "memory", "-scheme", "http", "-host", "127.0.0.1"])
            .args(["-port", &address.port().to_string(), "-public-host", public_host])
            .args(["-external-url", &format!("http://{public_host}"), "-log-level", "warn"]);
        let log = folder.path().join("fake-gcs-server.log");
        let process = Process::start("fake-gcs-server", command, log, address);
        Self { process, address, _folder: folder }
    }

    /// From now on clients name another host (with its port): something was put in front.
    pub fn set_public_host(&self, host: &str) {
        let body = json!({"publicHost": host}).to_string();
        upload(&["-X", "PUT"], &self.url("/_internal/config"), body.as_bytes());
    }

    /// Makes a bucket.
    pub fn make_bucket(&self, bucket: &str) {
        let body = json!({"name": bucket}).to_string();
        upload(
            &["-H", "Content-Type: application/json"],
            &self.url("/storage/v1/b?project=test"),
            body.as_bytes(),
        );
    }

    /// Stores an object; `name` is its literal name.
    pub fn put(&self, bucket: &str, name: &str, content_type: &str, bytes: &[u8]) {
        self.put_with(bucket, name, content_type, bytes, "", &[]);
    }

    /// Stores an object with a `Cache-Control` (empty: none) and metadata of its own, such as `isprivatefile`.
    pub fn put_with(
        &self,
        bucket: &str,
        name: &str,
        content_type: &str,
        bytes: &[u8],
        cache_control: &str,
        metadata: &[(&str, &str)],
    ) {
        let metadata: serde_json::Map<_, _> =
            metadata.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let mut about = json!({"name": name, "contentType": content_type, "metadata": metadata});
        if let (Some(about), false) = (about.as_object_mut(), cache_control.is_empty()) {
            about.insert("cacheControl".into(), json!(cache_control));
        }
        let head = format!(
            "--PART\r\nContent-Type: application/json\r\n\r\n{about}\r\n--PART\r\nContent-Type: {content_type}\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--PART--\r\n"].concat();
        let kind = "Content-Type: multipart/related; boundary=PART";
        upload(
            &["-H", kind],
            &self.url(&format!("/upload/storage/v1/b/{bucket}/o?uploadType=multipart")),
            &body,
        );
    }

    /// Takes an object away.
    pub fn delete(&self, bucket: &str, name: &str) {
        let name = super::curl::encode(name).replace('/', "%2F");
        curl(&["-X", "DELETE"], &self.url(&format!("/storage/v1/b/{bucket}/o/{name}")));
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
