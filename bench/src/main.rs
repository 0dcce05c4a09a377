//! Measures imgplane beside other image servers: the same jobs on the same files, through HTTP, without caches,
//! each server pinned to one core and the load generator to the other. With `--origins` beside nginx: what it costs
//! to pass a file through, by type of origin. With `--cached` beside nginx and Varnish: what a kept picture costs. With
//! `--fair` alone: what a quiet endpoint notices of flooded ones. With `--urls` alone: what it costs to read a URL. With
//! `--soak` no speed is measured: mixed jobs run for long, and memory is looked at. With `--crowd` neither: the largest
//! pictures are asked for by many at once, of a server with little memory.
//!
//! `make bench`, `make bench-origins`, `make bench-cache`, `make bench-fair`, `make bench-urls`, `make soak-mixed` and
//! `make soak-memory` run it. What it prints is Markdown for `bench/RESULTS.md`.

mod cached;
mod crowd;
mod fair;
mod floor;
mod job;
mod load;
mod origins;
mod peer;
mod proc;
mod quality;
mod round;
mod soak;
mod sources;
mod table;
mod urls;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Compare imgplane with its peers on one machine.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Arguments {
    /// Folder of the installed peers.
    #[arg(long, required_unless_present_any = ["origins", "urls", "cached", "soak", "fair", "crowd"])]
    peers: Option<PathBuf>,
    /// Measure what passing a file through costs, by type of origin, instead of the jobs.
    #[arg(long)]
    origins: bool,
    /// Measure what reading a URL costs, instead of the jobs.
    #[arg(long, conflicts_with = "origins")]
    urls: bool,
    /// Measure what a kept picture costs, beside nginx and Varnish, instead of the jobs.
    #[arg(long, conflicts_with_all = ["origins", "urls"])]
    cached: bool,
    /// Run mixed jobs for so many minutes and look at the memory, instead of the jobs.
    #[arg(long, conflicts_with_all = ["origins", "urls", "cached"])]
    soak: Option<u64>,
    /// Requests a second of `--soak`.
    #[arg(long, default_value_t = 100)]
    rate: u64,
    /// Measure what a quiet endpoint notices of flooded ones, instead of the jobs.
    #[arg(long, conflicts_with_all = ["origins", "urls", "cached", "soak"])]
    fair: bool,
    /// Ask a server with 512 MB for the largest pictures, 200 at once, instead of the jobs. Needs root.
    #[arg(long, conflicts_with_all = ["origins", "urls", "cached", "soak", "fair"])]
    crowd: bool,
    /// The data plane that `--fair` measures, in the place of the one that was built.
    #[arg(long, requires = "fair")]
    dataplane: Option<PathBuf>,
    /// Rounds of each job, where the order of the servers rotates and the median counts; crowds of `--crowd`.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of load per server, job and round.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only jobs, or origins, whose name contains this text.
    #[arg(long, default_value = "")]
    job: String,
    /// Only these servers.
    #[arg(long, value_delimiter = ',', default_value = "imgplane,ipx,thumbor")]
    servers: Vec<String>,
    /// Connections of the load generator.
    #[arg(long, value_delimiter = ',', default_value = "2,16")]
    connections: Vec<u32>,
    /// Run the pixel engine alone on one job in this process and print its milliseconds of CPU; used by itself.
    #[arg(long, hide = true)]
    floor: Option<String>,
    /// Folder of the sources for `--floor`.
    #[arg(long, hide = true)]
    sources: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let (Some(job), Some(sources)) = (&arguments.floor, &arguments.sources) {
        return floor::run(job, sources);
    }
    if let Some(minutes) = arguments.soak {
        return soak::Plan { minutes, rate: arguments.rate }.run();
    }
    if arguments.crowd {
        return crowd::run(arguments.rounds);
    }
    if arguments.urls {
        return urls::run();
    }
    if arguments.cached {
        let Arguments { rounds, seconds, connections, .. } = arguments;
        return cached::Plan { rounds, seconds, connections }.run();
    }
    if arguments.fair {
        return fair::Plan { seconds: arguments.seconds, dataplane: arguments.dataplane }.run();
    }
    if arguments.origins {
        let Arguments { rounds, seconds, connections, job: only, .. } = arguments;
        return origins::Plan { rounds, seconds, connections, only }.run().await;
    }
    let installed = arguments.peers.unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let sources = sources::prepare(folder.path())?;
    let peers: Vec<_> = arguments
        .servers
        .iter()
        .map(|name| peer::Peer::start(name, &installed, folder.path()))
        .collect::<Result<_>>()?;
    println!("{}", proc::machine());
    println!("Sources: {}.\n", sources::describe());
    for connections in &arguments.connections {
        let mut results = Vec::new();
        for job in job::JOBS.iter().filter(|job| job.name.contains(&arguments.job)) {
            let round = round::Plan {
                job,
                rounds: arguments.rounds,
                seconds: arguments.seconds,
                connections: *connections,
            };
            results.push(round.run(&peers, &sources, folder.path()).await?);
        }
        table::print(*connections, &results);
    }
    Ok(())
}
