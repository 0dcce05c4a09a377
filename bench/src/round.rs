//! A job's rounds over all servers, in rotating order.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    cores::Cores,
    drain::drained,
    floor,
    job::Job,
    load::Burst,
    peer::Peer,
    quality::{AtScore, Judge, Quality, Verdict},
    sources::Sources,
};

/// Our numbers that differ by less than this in score are the same.
const ALIKE: f64 = 0.05;

/// What one server answers to a job.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// As the table has it.
    pub(crate) label: String,
    pub(crate) server: String,
    /// Our number where it is not the job's, so that the answer scores as another server's does.
    pub(crate) number: Option<u8>,
    pub(crate) quality: Quality,
    /// Of another server: our smallest number that scores as high, and our bytes at just its score.
    pub(crate) matched: Option<(u8, f64)>,
}

/// What all servers answer to a job.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) answers: Vec<Answered>,
    /// Who was left out, and why.
    pub(crate) notes: Vec<String>,
}

/// Looks at the answers of all servers.
pub(crate) async fn judge(job: &Job, peers: &[Peer], sources: &Sources) -> Result<Judged> {
    let mut judge = Judge::new(job, sources)?;
    let (mut answers, mut notes) = (Vec::new(), Vec::new());
    for peer in peers {
        match judge.ask(peer).await? {
            Verdict::Able(quality) => {
                let (label, server) = (peer.name.clone(), peer.name.clone());
                answers.push(Answered { label, server, number: None, quality, matched: None });
            }
            Verdict::Unasked if peer.name.ends_with("-fast") => {}
            Verdict::Unasked => notes.push(format!("{}: {} has no way to ask for it.", job.name, peer.name)),
            Verdict::Unable(why) => notes.push(format!("{}: {} is left out: {why}.", job.name, peer.name)),
        }
    }
    let mut known: BTreeMap<String, BTreeMap<u8, Quality>> = BTreeMap::new();
    let mut more: Vec<Answered> = Vec::new();
    for index in 0..answers.len() {
        let Some(other) = answers.get(index).filter(|answer| !crate::peer::is_ours(&answer.server)).cloned()
        else {
            continue;
        };
        let Some(mine) = counterpart(&answers, &other).cloned() else { continue };
        let peer = peers.iter().find(|peer| peer.name == mine.server).context("it answered")?;
        let numbers = known.entry(mine.server.clone()).or_default();
        let found = judge.at_score(peer, other.quality.score, numbers).await?;
        let Some(AtScore { number, quality, bytes }) = found else { continue };
        if let Some(answer) = answers.get_mut(index) {
            answer.matched = Some((number, bytes));
        }
        let same = more.iter().any(|answer| answer.server == mine.server && answer.number == Some(number));
        if other.quality.score > mine.quality.score + ALIKE && !same {
            let label = format!("{} q-{number}", mine.server);
            more.push(Answered { label, number: Some(number), quality, matched: None, ..mine });
        }
    }
    answers.extend(more);
    Ok(Judged { answers, notes })
}

/// Which of ours another server is compared with: its `-fast` settings with ours, where both have a say.
pub(crate) fn counterpart<'a>(answers: &'a [Answered], other: &Answered) -> Option<&'a Answered> {
    let find = |name: &str| answers.iter().find(|answer| answer.label == name);
    let fast = if other.server.ends_with("-fast") { find("imgplane-fast") } else { None };
    fast.or_else(|| find("imgplane"))
}

/// How a job is measured.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) job: &'a Job,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) connections: u32,
    pub(crate) cores: Cores,
}

/// One server's bursts on one job.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) answered: Answered,
    pub(crate) idle_mib: f64,
    pub(crate) bursts: Vec<Burst>,
}

/// One job's results.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) job: &'static str,
    pub(crate) lossless: bool,
    /// CPU of our engine alone, by round; nothing where it does not do the job.
    pub(crate) floors: Vec<f64>,
    pub(crate) servers: Vec<Measured>,
}

/// Who is asked for what.
struct Contestant<'a> {
    peer: &'a Peer,
    paths: Arc<[String]>,
}

impl Plan<'_> {
    /// Measures round by round; every round begins with another server. The engine alone has its turn in each.
    pub(crate) async fn run(&self, peers: &[Peer], sources: &Sources, judged: &Judged) -> Result<Outcome> {
        let files = sources.names(self.job.source, self.connections)?;
        let (mut contestants, mut servers) = (Vec::new(), Vec::new());
        for answered in &judged.answers {
            let peer =
                peers.iter().find(|peer| peer.name == answered.server).context("a server that runs")?;
            let path = |file: &String| match answered.number {
                Some(number) => Some(self.job.ours(Some(number), file)),
                None => self.job.path(&peer.name, file),
            };
            let paths: Arc<[String]> = files.iter().filter_map(path).collect();
            // Every file once, so that caches of files, compilers and allocators are warm.
            drained(peer.target(), &paths, 1, Duration::from_millis(500)).await?;
            contestants.push(Contestant { peer, paths });
            servers.push(Measured {
                answered: answered.clone(),
                idle_mib: peer.idle_mib,
                bursts: Vec::new(),
            });
        }
        // Beside it everybody has one core.
        let alone = self.cores.count() == 1 && judged.answers.iter().any(|answer| answer.label == "imgplane");
        let mut floors = Vec::new();
        let time = Duration::from_secs(self.seconds);
        for round in 0..self.rounds {
            for step in 0..contestants.len() {
                let index = (round + step) % contestants.len();
                let (Some(contestant), Some(measured)) = (contestants.get(index), servers.get_mut(index))
                else {
                    continue;
                };
                let Contestant { peer, paths } = contestant;
                measured.bursts.push(drained(peer.target(), paths, self.connections, time).await?);
            }
            if alone {
                floors.extend(floor::measure(self.job, &sources.root(), time)?);
            }
        }
        let lossless = self.job.format.quality().is_none();
        Ok(Outcome { job: self.job.name, lossless, floors, servers })
    }
}
