//! What `/proc` says of the machine and of a process.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// One line about the machine.
pub(crate) fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("unknown");
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let date = Command::new("date").arg("+%F").output().map(|output| output.stdout).unwrap_or_default();
    let date = String::from_utf8_lossy(&date);
    format!("{}: {cores} cores of {model}, Linux {}.", date.trim(), kernel.trim())
}

/// User and system time of a process, in milliseconds.
pub(crate) fn cpu_milliseconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces; fields count from behind it: utime and stime are the 12th and 13th.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks: f64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    // USER_HZ is 100 on every Linux that this runs on.
    ticks * 10.0
}

/// Peak resident memory since the last [`reset_peak`], in MiB.
pub(crate) fn peak_mib(pid: u32) -> f64 {
    memory(pid, "VmHWM:")
}

/// Resident memory now, in MiB.
pub(crate) fn resident_mib(pid: u32) -> f64 {
    memory(pid, "VmRSS:")
}

fn memory(pid: u32, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let text = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or("0");
    text.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// Starts the count of peak memory anew.
pub(crate) fn reset_peak(pid: u32) {
    // Fails only for a process that is gone, which the load will show.
    let _ = std::fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// Bytes that a process has written so far, to files and connections.
pub(crate) fn written_bytes(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let text = io.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap_or_default();
    text.parse().unwrap_or(0)
}

/// Binds all threads of a process, and what it starts from now on, to cores as `taskset` takes them.
pub(crate) fn pin(pid: u32, cores: &str) -> Result<()> {
    let output = Command::new("taskset")
        .args(["-a", "-c", "-p", cores, &pid.to_string()])
        .output()
        .context("taskset could not be started; run `make bench-deps`")?;
    ensure!(output.status.success(), "taskset: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
