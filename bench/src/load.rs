//! One burst of load by `wrk`, pinned to core 1.

use std::{net::SocketAddr, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::proc;

/// A running server that is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) name: &'a str,
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) id: u32,
}

/// What one burst measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Burst {
    pub(crate) requests: f64,
    pub(crate) cpu_ms: f64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) peak_mib: f64,
}

#[derive(Deserialize)]
struct Summary {
    requests: f64,
    seconds: f64,
    p50: f64,
    p99: f64,
    errors: u64,
}

/// Rotates through the paths, and prints a line of JSON at the end.
const SCRIPT: &str = r#"
local paths = PATHS
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], {["Accept"] = "*/*"})
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"errors":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// Asks a server for `paths` in turn for some seconds.
pub(crate) fn burst(
    server: Target<'_>,
    paths: &[String],
    connections: u32,
    seconds: u64,
    folder: &Path,
) -> Result<Burst> {
    let list: Vec<String> = paths.iter().map(|path| format!("{path:?}")).collect();
    let script = folder.join("paths.lua");
    std::fs::write(&script, SCRIPT.replace("PATHS", &format!("{{{}}}", list.join(","))))?;
    proc::reset_peak(server.id);
    let before = proc::cpu_milliseconds(server.id);
    let output = Command::new("taskset")
        .args(["-c", "1", "wrk", "-t", "1", "--timeout", "60s"])
        .args(["-c", &connections.to_string(), "-d", &format!("{seconds}s"), "-s"])
        .arg(&script)
        .arg(format!("http://{}", server.address))
        .output()
        .context("wrk could not be started; install it")?;
    let cpu = proc::cpu_milliseconds(server.id) - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let line =
        text.lines().find(|line| line.starts_with('{')).with_context(|| format!("wrk printed: {text}"))?;
    let summary: Summary = serde_json::from_str(line)?;
    ensure!(summary.errors == 0, "{} answered {} requests with errors", server.name, summary.errors);
    ensure!(summary.requests > 0.0, "{} answered nothing in {seconds} s", server.name);
    Ok(Burst {
        requests: summary.requests,
        cpu_ms: cpu / summary.requests,
        per_second: summary.requests / summary.seconds,
        p50_ms: summary.p50,
        p99_ms: summary.p99,
        peak_mib: proc::peak_mib(server.id),
    })
}
