//! versitygw: a real S3 server over a folder, with users and policies.

use std::{net::SocketAddr, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::curl::{status, upload};
use crate::process::{Process, free_address, tool};

/// Access key of the administrator.
pub const ROOT_KEY: &str = "ROOTKEY";
/// Secret key of the administrator.
pub const ROOT_SECRET: &str = "ROOTSECRET";

/// A running versitygw.
#[derive(Debug)]
pub struct Versitygw {
    /// The process.
    pub process: Process,
    /// S3 address.
    pub address: SocketAddr,
    admin: SocketAddr,
    region: String,
    _folder: TempDir,
}

impl Versitygw {
    /// Starts an empty store in region `us-east-1`.
    pub fn start() -> Self {
        Self::start_in("us-east-1")
    }

    /// Starts an empty store in a region.
    pub fn start_in(region: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["s3", "iam"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let (address, admin) = (free_address(), free_address());
        let mut command = Command::new(tool("versitygw"));
        command
            .args(["-p", &address.to_string(), "--admin-port", &admin.to_string()])
            .args(["-a", ROOT_KEY, "-s", ROOT_SECRET, "-r", region])
            .arg("--iam-dir")
            .arg(folder.path().join("iam"))
            .args(["--iam-cache-disable", "--health", "/healthz", "--keep-alive", "-q", "posix"])
            .arg(folder.path().join("s3"));
        let process = Process::start("versitygw", command, folder.path().join("versitygw.log"), address);
        Self { process, address, admin, region: region.to_owned(), _folder: folder }
    }

    /// Makes a bucket.
    pub fn make_bucket(&self, bucket: &str) {
        self.upload(&["-X", "PUT"], &format!("/{bucket}"), b"");
    }

    /// Stores an object; `key` as it goes on the wire, percent-encoded.
    pub fn put(&self, bucket: &str, key: &str, content_type: &str, bytes: &[u8]) {
        self.put_with(bucket, key, content_type, bytes, &[]);
    }

    /// Stores an object with further headers, such as `Cache-Control` or `x-amz-meta-isprivatefile`.
    pub fn put_with(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        bytes: &[u8],
        headers: &[(&str, &str)],
    ) {
        let mut lines = vec![format!("Content-Type: {content_type}")];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let mut arguments = vec!["-X", "PUT"];
        for line in &lines {
            arguments.extend(["-H", line]);
        }
        self.upload(&arguments, &format!("/{bucket}/{key}"), bytes);
    }

    /// Lets a user read the objects of a bucket, but not list them.
    pub fn allow_reading(&self, bucket: &str, access_key: &str) {
        self.set_policy(bucket, &[("Allow", json!({"AWS": [access_key]}), "s3:GetObject", "/*")]);
    }

    /// Lets a user read and list a bucket.
    pub fn allow_reading_and_listing(&self, bucket: &str, access_key: &str) {
        let user = json!({"AWS": [access_key]});
        self.set_policy(
            bucket,
            &[("Allow", user.clone(), "s3:GetObject", "/*"), ("Allow", user, "s3:ListBucket", "")],
        );
    }

    /// Lets everybody read the objects of a bucket, without credentials.
    pub fn make_public(&self, bucket: &str) {
        self.set_policy(bucket, &[("Allow", json!("*"), "s3:GetObject", "/*")]);
    }

    /// Denies a user to read the objects of a bucket, in so many words.
    pub fn deny_reading(&self, bucket: &str, access_key: &str) {
        self.set_policy(bucket, &[("Deny", json!({"AWS": [access_key]}), "s3:GetObject", "/*")]);
    }

    /// Replaces a bucket's policy; each row is effect, principal, action, and what follows the bucket's name.
    fn set_policy(&self, bucket: &str, rows: &[(&str, Value, &str, &str)]) {
        let statements: Vec<_> = rows
            .iter()
            .map(|(effect, principal, action, objects)| {
                let resource = format!("arn:aws:s3:::{bucket}{objects}");
                json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource})
            })
            .collect();
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        self.upload(&["-X", "PUT"], &format!("/{bucket}?policy="), policy.as_bytes());
    }

    /// Gives a user another secret key; the old one is refused at once.
    pub fn rotate_secret(&self, access_key: &str, secret_key: &str) {
        self.administer(&["update-user", "-a", access_key, "-s", secret_key]);
    }

    /// Removes a user.
    pub fn delete_user(&self, access_key: &str) {
        self.administer(&["delete-user", "-a", access_key]);
    }

    /// Makes a user that no policy names, so it may read nothing.
    pub fn make_user(&self, access_key: &str, secret_key: &str) {
        self.administer(&["create-user", "-a", access_key, "-s", secret_key, "-r", "user"]);
    }

    fn administer(&self, arguments: &[&str]) {
        let output = Command::new(tool("versitygw"))
            .args(["admin", "-a", ROOT_KEY, "-s", ROOT_SECRET, "--er", &format!("http://{}", self.admin)])
            .args(arguments)
            .output()
            .expect("versitygw admin runs");
        assert!(
            output.status.success(),
            "versitygw admin {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The status that a user gets for an object; `key` as it goes on the wire.
    pub fn status_for(&self, access_key: &str, secret_key: &str, bucket: &str, key: &str) -> u16 {
        let signing = self.signing(access_key, secret_key);
        let signing: Vec<_> = signing.iter().map(String::as_str).collect();
        status(&signing, &format!("http://{}/{bucket}/{key}", self.address))
    }

    fn upload(&self, arguments: &[&str], path: &str, bytes: &[u8]) {
        let signing = self.signing(ROOT_KEY, ROOT_SECRET);
        let mut all: Vec<_> = signing.iter().map(String::as_str).collect();
        all.extend(arguments);
        upload(&all, &format!("http://{}{path}", self.address), bytes);
    }

    /// Arguments by which curl signs a request.
    fn signing(&self, access_key: &str, secret_key: &str) -> [String; 6] {
        [
            "--aws-sigv4".into(),
            format!("aws:amz:{}:s3", self.region),
            "-u".into(),
            format!("{access_key}:{secret_key}"),
            "-H".into(),
            "x-amz-content-sha256: UNSIGNED-PAYLOAD".into(),
        ]
    }
}
