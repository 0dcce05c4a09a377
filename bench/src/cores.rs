//! Which cores servers and load generator get.

use anyhow::{Result, ensure};

use crate::proc;

/// Cores of the server under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cores(u32);

impl Cores {
    /// One: the server has core 0, the load generator core 1. Two: both have both, and the load generator's own few
    /// percent are the same for everybody.
    pub(crate) fn new(count: u32) -> Result<Self> {
        ensure!(matches!(count, 1 | 2), "servers get one core or two, not {count}");
        Ok(Self(count))
    }

    pub(crate) const fn count(self) -> u32 {
        self.0
    }

    /// As `taskset` takes them.
    pub(crate) const fn server(self) -> &'static str {
        if self.0 == 1 { "0" } else { "0,1" }
    }

    const fn load(self) -> &'static str {
        if self.0 == 1 { "1" } else { "0,1" }
    }

    /// Binds this process, which is the load generator.
    pub(crate) fn take(self) -> Result<()> {
        proc::pin(std::process::id(), self.load())
    }
}

impl std::fmt::Display for Cores {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0 == 1 { "1 core" } else { "2 cores" })
    }
}
