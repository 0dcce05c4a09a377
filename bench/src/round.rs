//! A job's rounds over all servers, in rotating order.

use std::path::Path;

use anyhow::Result;

use crate::{
    floor,
    job::Job,
    load::{Burst, burst},
    peer::Peer,
    quality::{Quality, judge},
    sources::{self, Sources},
};

/// How a job is measured.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) job: &'a Job,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) connections: u32,
}

/// One server's bursts on one job.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) server: String,
    pub(crate) idle_mib: f64,
    pub(crate) bursts: Vec<Burst>,
    pub(crate) quality: Quality,
}

/// One job's results.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) job: &'static str,
    pub(crate) floor_ms: Option<f64>,
    pub(crate) servers: Vec<Measured>,
}

impl Plan<'_> {
    /// Judges the answers once, then measures round by round; every round begins with another server.
    pub(crate) async fn run(&self, peers: &[Peer], sources: &Sources, folder: &Path) -> Result<Outcome> {
        let files = sources.files(self.job.source)?;
        let (mut able, mut servers) = (Vec::new(), Vec::new());
        for peer in peers {
            let Some(quality) = judge(self.job, peer, sources).await? else { continue };
            able.push(peer);
            let (server, idle_mib) = (peer.name.clone(), peer.idle_mib);
            servers.push(Measured { server, idle_mib, bursts: Vec::new(), quality });
        }
        for round in 0..self.rounds {
            for step in 0..able.len() {
                let index = (round + step) % able.len();
                let (Some(peer), Some(measured)) = (able.get(index), servers.get_mut(index)) else {
                    continue;
                };
                let paths: Vec<String> =
                    files.iter().filter_map(|file| self.job.path(&peer.name, file)).collect();
                measured.bursts.push(burst(peer.target(), &paths, self.connections, self.seconds, folder)?);
            }
        }
        let ours = peers.iter().any(|peer| peer.name == "imgplane");
        let floor_ms = if ours { Some(floor::measure(self.job, &sources::root(folder))?) } else { None };
        Ok(Outcome { job: self.job.name, floor_ms, servers })
    }
}
