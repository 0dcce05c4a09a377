//! The memory budget: how much of what this process may take is for pictures and originals.

use std::path::Path;

/// Share of the memory limit that pictures and originals may take. The rest is for the program itself, connections,
/// codecs' small change and what the allocator keeps: measured below 40 % at the smallest sensible limit, 128 MiB.
const SHARE_PERCENT: u64 = 60;

/// Where neither a container nor the machine tells its memory.
const UNKNOWN_MEMORY: u64 = 512 << 20;

/// Gives the budget that holds where none is configured: 60 % of the container's memory limit (cgroup v2 or v1), or
/// of the machine's memory where there is no limit.
pub fn default_memory_budget() -> u64 {
    memory_budget_beside(0)
}

/// The same where so many bytes of it belong to somebody else.
pub(crate) fn memory_budget_beside(taken: u64) -> u64 {
    memory_limit().saturating_sub(taken) / 100 * SHARE_PERCENT
}

/// The memory that this process may take, in bytes.
pub(crate) fn memory_limit() -> u64 {
    let limit = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .filter_map(|path| read_number(Path::new(path)))
        .min();
    let memory = machine_memory();
    match (limit, memory) {
        (Some(limit), Some(memory)) => limit.min(memory),
        (Some(bytes), None) | (None, Some(bytes)) => bytes,
        (None, None) => UNKNOWN_MEMORY,
    }
}

/// Reads a file that holds one number; `max` and everything else is none.
fn read_number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn machine_memory() -> Option<u64> {
    memory_total(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn memory_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// More was asked for than the whole budget holds: waiting would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverCapacity {
    /// Bytes asked for.
    pub(crate) needed: u64,
    /// Bytes that the budget has when nobody holds any.
    pub(crate) capacity: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_memory_is_read_in_kibibytes() {
        assert_eq!(memory_total("MemTotal:       16000 kB\nMemFree: 1 kB\n"), Some(16_384_000));
        assert_eq!(memory_total("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn the_default_budget_is_below_the_memory_of_the_machine() {
        let memory = machine_memory().unwrap_or(u64::MAX);
        assert!((1..memory).contains(&default_memory_budget()));
    }
}
