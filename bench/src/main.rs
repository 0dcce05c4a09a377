//! Measures imgplane beside other image servers: the same jobs on the same files, through HTTP, without caches,
//! each server pinned to one core and the load generator to the other, and then to two cores. With `--operations` alone:
//! what each operation costs. With `--origins` beside nginx: what it costs to pass a file through, by type of origin. With
//! `--cached` beside nginx and Varnish: what a kept picture costs. With `--fair` alone: what a quiet endpoint notices of
//! flooded ones. With `--urls` alone: what it costs to read a URL. With `--shrink` alone: what shrinking in the decoder
//! costs in quality. With `--soak` no speed is measured: mixed jobs run for long, and memory is looked at. With `--crowd`
//! neither: the largest pictures are asked for by many at once, of a server with little memory.
//!
//! `make bench`, `make bench-operations`, `make bench-origins`, `make bench-cache`, `make bench-fair`, `make bench-urls`,
//! `make bench-shrink`, `make soak-mixed` and `make soak-memory` run it. What it prints is Markdown for `bench/RESULTS.md`.

mod cached;
mod cores;
mod crowd;
mod drain;
mod fair;
mod floor;
mod job;
mod load;
mod matrix;
mod operations;
mod origins;
mod peer;
mod proc;
mod quality;
mod round;
mod shrink;
mod soak;
mod sources;
mod table;
mod urls;
mod verdict;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Parser;

/// Compare imgplane with its peers on one machine.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Arguments {
    /// Folder of the installed peers.
    #[arg(long, required_unless_present_any = ["origins", "urls", "cached", "shrink", "soak", "fair", "crowd"])]
    peers: Option<PathBuf>,
    /// Measure what each operation costs, instead of the jobs.
    #[arg(long)]
    operations: bool,
    /// Measure what passing a file through costs, by type of origin, instead of the jobs.
    #[arg(long, conflicts_with = "operations")]
    origins: bool,
    /// Measure what reading a URL costs, instead of the jobs.
    #[arg(long, conflicts_with = "origins")]
    urls: bool,
    /// Measure what a kept picture costs, beside nginx and Varnish, instead of the jobs.
    #[arg(long, conflicts_with_all = ["origins", "urls"])]
    cached: bool,
    /// Measure what shrinking in the decoder costs in quality, instead of the jobs.
    #[arg(long, conflicts_with_all = ["origins", "urls", "cached"])]
    shrink: bool,
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
    /// Seconds of load per server, job and round; by default 3 for jobs and operations, else 10.
    #[arg(long)]
    seconds: Option<u64>,
    /// Only jobs, operations, origins or formats whose name contains this text.
    #[arg(long, default_value = "")]
    job: String,
    /// Only these servers; by default all that are installed.
    #[arg(long, value_delimiter = ',')]
    servers: Vec<String>,
    /// Cores of the servers: with one the load generator has the other, with two both are shared.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    cores: Vec<u32>,
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
    let long = arguments.seconds.unwrap_or(10);
    let seconds = arguments.seconds.unwrap_or(3);
    if let (Some(job), Some(sources)) = (&arguments.floor, &arguments.sources) {
        return floor::run(job, sources, Duration::from_secs(seconds));
    }
    if let Some(minutes) = arguments.soak {
        return soak::Plan { minutes, rate: arguments.rate }.run();
    }
    if arguments.crowd {
        return crowd::run(arguments.rounds);
    }
    if arguments.shrink {
        return shrink::run(&arguments.job);
    }
    if arguments.urls {
        return urls::run();
    }
    if arguments.cached {
        let Arguments { rounds, connections, .. } = arguments;
        return cached::Plan { rounds, seconds: long, connections }.run();
    }
    if arguments.fair {
        return fair::Plan { seconds: long, dataplane: arguments.dataplane }.run();
    }
    if arguments.origins {
        let Arguments { rounds, connections, job: only, .. } = arguments;
        return origins::Plan { rounds, seconds: long, connections, only }.run().await;
    }
    let installed = arguments.peers.unwrap_or_default();
    let Arguments { rounds, connections, cores, job: only, servers, .. } = arguments;
    if arguments.operations {
        return operations::Plan { installed, rounds, seconds, only }.run().await;
    }
    let servers = if servers.is_empty() { peer::installed(&installed) } else { servers };
    matrix::Plan { installed, servers, rounds, seconds, connections, cores, only }.run().await
}
