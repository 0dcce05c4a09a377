//! What a file of 100 KB costs that is passed through unchanged, by type of origin, beside nginx that does the same
//! between the same servers.
//!
//! The servers under test have core 0 for themselves; origins, load generator and this program share core 1. Only
//! the CPU of the server under test counts, so a slow origin makes a row slower and not dearer.
//!
//! `make bench-origins` runs it in a network namespace of its own, where nobody else opens connections.

mod file;
mod manifest;
mod opened;
mod row;
mod servers;
mod stores;
mod table;

use anyhow::Result;

use crate::proc;

/// How often, how long, and how hard.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) connections: Vec<u32>,
    /// Only origins whose name contains this text; nginx stays, for the ratios.
    pub(crate) only: String,
}

impl Plan {
    /// Measures all and prints the tables.
    pub(crate) async fn run(&self) -> Result<()> {
        // Before it is pinned, because it then counts one core.
        let machine = proc::machine();
        // The origins inherit it, and the PIM is a thread of this program.
        proc::pin(std::process::id(), "1")?;
        let folder = tempfile::tempdir()?;
        let file = file::make()?;
        let stores = stores::Stores::start(&file);
        let servers = servers::Servers::start(&stores, &file, folder.path()).await?;
        let rows: Vec<_> = row::all(&stores, &servers)?
            .into_iter()
            .filter(|row| row.server.name == servers::NGINX || row.origin.contains(&self.only))
            .collect();
        for row in &rows {
            row.verify(&file).await?;
        }
        table::heading(&machine, servers.idle_mib);
        for connections in &self.connections {
            let mut measured: Vec<_> = rows.iter().map(|_| Vec::new()).collect();
            // Every round begins with another row.
            for round in 0..self.rounds {
                for step in 0..rows.len() {
                    let index = (round + step) % rows.len();
                    let (Some(row), Some(bursts)) = (rows.get(index), measured.get_mut(index)) else {
                        continue;
                    };
                    bursts.push(row.measure(*connections, self.seconds, folder.path())?);
                }
            }
            table::print(*connections, &rows, &measured);
        }
        Ok(())
    }
}
