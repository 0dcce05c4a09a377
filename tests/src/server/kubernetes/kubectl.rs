//! kubectl, as users have it: its words and exit codes are part of what is tested.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

/// What a run of kubectl gave.
#[derive(Debug, Clone)]
pub struct Output {
    /// Whether it exited with 0.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    command: String,
}

impl Output {
    /// Its standard output; fails the test when kubectl failed.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(self.success, "kubectl {} failed:\n{}{}", self.command, self.stdout, self.stderr);
        self.stdout
    }

    /// Its standard error; fails the test when kubectl did not fail.
    #[track_caller]
    pub fn failed(self) -> String {
        assert!(!self.success, "kubectl {} did not fail:\n{}", self.command, self.stdout);
        self.stderr
    }
}

/// Runs kubectl; its caches lie in `home`.
pub(super) fn run(kubeconfig: &Path, home: &Path, arguments: &[&str], input: Option<&str>) -> Output {
    let mut child = Command::new("kubectl")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("KUBECONFIG", kubeconfig)
        .args(arguments)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl can be started; run `make test-deps`");
    if let Some(mut stdin) = child.stdin.take() {
        // A kubectl that fails at once does not read; its own words say why.
        let _ = stdin.write_all(input.unwrap_or_default().as_bytes());
    }
    let output = child.wait_with_output().expect("kubectl ends");
    Output {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: arguments.join(" "),
    }
}
