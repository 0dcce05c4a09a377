//! How the stores are filled: curl, which signs for S3 and takes addresses as they are.

use std::{io::Write as _, process::Command};

/// Runs curl and gives the body; any other answer than 2xx fails the test.
pub(super) fn curl(arguments: &[&str], url: &str) -> Vec<u8> {
    let output = Command::new("curl")
        .args(["-sS", "--fail-with-body", "--noproxy", "*", "--path-as-is"])
        .args(arguments)
        .arg(url)
        .output()
        .expect("curl runs");
    assert!(
        output.status.success(),
        "curl {url}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// As [`curl`], with a body.
pub(super) fn upload(arguments: &[&str], url: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("the body is written");
    let data = format!("@{}", file.path().display());
    curl(&[&["--data-binary", &data], arguments].concat(), url)
}

/// The status of an answer, whatever it is.
pub(super) fn status(arguments: &[&str], url: &str) -> u16 {
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(arguments)
        .arg(url)
        .output()
        .expect("curl runs");
    String::from_utf8_lossy(&output.stdout).parse().expect("curl writes the status")
}

/// A name as it goes on the wire: every byte outside `A-Z a-z 0-9 - . _ ~ /` percent-encoded.
pub(super) fn encode(name: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
