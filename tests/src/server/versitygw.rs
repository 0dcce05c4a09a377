//! versitygw: a real S3 server over a folder, with users and policies.

use std::{net::SocketAddr, process::Command};

use tempfile::TempDir;

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
        self.curl(&["-X", "PUT"], &format!("/{bucket}"));
    }

    /// Stores an object; `key` as it goes on the wire, percent-encoded.
    pub fn put(&self, bucket: &str, key: &str, content_type: &str, bytes: &[u8]) {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("the object is written");
        let data = format!("@{}", file.path().display());
        let kind = format!("Content-Type: {content_type}");
        self.curl(&["-X", "PUT", "--data-binary", &data, "-H", &kind], &format!("/{bucket}/{key}"));
    }

    /// Makes a user that no policy names, so it may read nothing.
    pub fn make_user(&self, access_key: &str, secret_key: &str) {
        let status = Command::new(tool("versitygw"))
            .args(["admin", "-a", ROOT_KEY, "-s", ROOT_SECRET, "--er", &format!("http://{}", self.admin)])
            .args(["create-user", "-a", access_key, "-s", secret_key, "-r", "user"])
            .status()
            .expect("versitygw admin runs");
        assert!(status.success(), "the user {access_key} could not be made");
    }

    fn curl(&self, arguments: &[&str], path: &str) {
        let output = Command::new("curl")
            .args(["-sS", "--fail-with-body", "--aws-sigv4", &format!("aws:amz:{}:s3", self.region)])
            .args(["-u", &format!("{ROOT_KEY}:{ROOT_SECRET}")])
            .args(["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
            .args(arguments)
            .arg(format!("http://{}{path}", self.address))
            .output()
            .expect("curl runs");
        assert!(output.status.success(), "curl {path}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
