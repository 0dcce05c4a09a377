//! The jobs on every server: one run over cores, connections and jobs.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Result, ensure};

use crate::{
    cores::Cores,
    job::JOBS,
    peer::{Peer, Place},
    proc,
    round::{self, Judged},
    sources::{DESCRIPTION, Source, Sources},
    table, verdict,
};

/// What is measured.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) installed: PathBuf,
    pub(crate) servers: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) connections: Vec<u32>,
    pub(crate) cores: Vec<u32>,
    pub(crate) only: String,
}

impl Plan {
    /// Measures and prints. A job that fails is told of and left out; the others go on.
    #[expect(clippy::print_stdout, reason = "the report is this program's output")]
    pub(crate) async fn run(&self) -> Result<()> {
        let jobs: Vec<_> = JOBS.iter().filter(|job| job.name.contains(&self.only)).collect();
        ensure!(!jobs.is_empty(), "no job's name contains {:?}", self.only);
        let machine = proc::machine();
        let sources = Sources::within(&self.installed);
        let kinds: Vec<Source> = jobs.iter().map(|job| job.source).collect();
        sources.prepare(&self.installed, &kinds)?;
        println!("{machine}\nSources: {DESCRIPTION}.\n");
        let mut judged: BTreeMap<&str, Judged> = BTreeMap::new();
        let mut failures = Vec::new();
        for count in &self.cores {
            let cores = Cores::new(*count)?;
            cores.take()?;
            let folder = tempfile::tempdir()?;
            let place = Place { installed: &self.installed, sources: &sources, folder: folder.path(), cores };
            for connections in &self.connections {
                let mut outcomes = Vec::new();
                for job in &jobs {
                    eprintln!("{cores}, {connections} connections: {}", job.name);
                    // Anew for each cell: what one job leaves in an allocator would count as the memory of the next.
                    let peers: Vec<_> =
                        self.servers.iter().map(|name| Peer::start(name, place)).collect::<Result<_>>()?;
                    let mut failed = |error: anyhow::Error| {
                        failures.push(format!("{cores}, {connections} connections, {}: {error:#}", job.name));
                    };
                    if !judged.contains_key(job.name) {
                        match round::judge(job, &peers, &sources).await {
                            Ok(answers) => drop(judged.insert(job.name, answers)),
                            Err(error) => failed(error),
                        }
                    }
                    let Some(answers) = judged.get(job.name) else { continue };
                    let plan = round::Plan {
                        job,
                        rounds: self.rounds,
                        seconds: self.seconds,
                        connections: *connections,
                        cores,
                    };
                    match plan.run(&peers, &sources, answers).await {
                        Ok(outcome) => outcomes.push(outcome),
                        Err(error) => failed(error),
                    }
                }
                table::print(cores, *connections, &outcomes);
                verdict::print(&outcomes);
            }
        }
        for note in judged.values().flat_map(|judged| &judged.notes) {
            println!("- {note}");
        }
        ensure!(failures.is_empty(), "not measured:\n{}", failures.join("\n"));
        Ok(())
    }
}
