//! Real Helm, without what the machine's user has configured for it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use imgplane_tests::process::tool;
use tempfile::TempDir;

/// The Kubernetes that offline renderings assume.
const KUBERNETES: &str = "1.34.0";

/// Where releases go in these tests: the names that the documents use.
pub(crate) const NAMESPACE: &str = "imgplane-system";

/// The chart.
pub(crate) fn chart() -> PathBuf {
    crate::root().join("charts/imgplane")
}

/// What a run of Helm gave.
#[derive(Debug)]
pub(crate) struct Run {
    success: bool,
    text: String,
    command: String,
}

impl Run {
    /// What it printed; fails the test when it failed.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert!(self.success, "helm {}:\n{}", self.command, self.text);
        self.text
    }

    /// What it printed; fails the test when it did not fail.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert!(!self.success, "helm {} did not fail:\n{}", self.command, self.text);
        self.text
    }
}

/// Runs Helm against a cluster, or without one.
pub(crate) fn helm(kubeconfig: Option<&Path>, arguments: &[&str]) -> Run {
    let home = TempDir::new().unwrap();
    let output = Command::new(tool("helm"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("KUBECONFIG", kubeconfig.unwrap_or(Path::new("/dev/null")))
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("helm could not be started ({error}); run `make test-deps`"));
    let mut text = String::from_utf8(output.stdout).unwrap();
    if !output.status.success() {
        text.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Run { success: output.status.success(), text, command: arguments.join(" ") }
}

/// Renders the chart as the release `imgplane` in `imgplane-system`, with more arguments.
pub(crate) fn render(arguments: &[&str]) -> Run {
    let chart = chart();
    let mut all = vec!["template", "imgplane", chart.to_str().unwrap(), "--namespace", NAMESPACE];
    all.extend(["--kube-version", KUBERNETES]);
    all.extend(arguments);
    helm(None, &all)
}

/// Lints the chart as strictly as Helm can, with more arguments.
pub(crate) fn lint(arguments: &[&str]) -> Run {
    let chart = chart();
    let mut all = vec!["lint", "--strict", chart.to_str().unwrap(), "--kube-version", KUBERNETES];
    all.extend(arguments);
    helm(None, &all)
}
