//! What a kept picture costs, beside two caches that keep the same answer: nginx with `proxy_cache`, and Varnish.
//!
//! All three deliver the same bytes with the same headers, because the two others got them from imgplane. Each has core 0
//! for itself while it is measured, the load generator core 1. None of them writes a log of requests.

use std::{fs, net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use imgplane_config::Cache;
use imgplane_tests::process::{Process, free_address, program};

use crate::{
    load::{Burst, Target, burst},
    peer::{account, write_config},
    proc,
};

/// About 30 KB.
const PATH: &str = "/default/tr:w-451,q-77,f-jpg/cat.jpg";
/// What may be kept in memory by each.
const MEMORY: u64 = 256 << 20;
/// How long a server may take to answer for the first time.
const START: Duration = Duration::from_secs(30);

/// How often, how long, and how hard.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) connections: Vec<u32>,
}

struct Cached {
    name: &'static str,
    address: SocketAddr,
    /// The process that answers.
    id: u32,
    _process: Process,
}

impl Plan {
    /// Measures all and prints the tables.
    pub(crate) fn run(&self) -> Result<()> {
        println!("{}", proc::machine());
        let folder = tempfile::tempdir()?;
        let ours = imgplane(folder.path())?;
        let size = warmed(ours.address)?;
        let servers = [nginx(folder.path(), ours.address)?, varnish(folder.path(), ours.address)?];
        for server in &servers {
            ensure!(warmed(server.address)? == size, "{} delivers something else", server.name);
        }
        let servers: Vec<&Cached> = std::iter::once(&ours).chain(&servers).collect();
        println!("One picture of {size} bytes, {} rounds of {} s.\n", self.rounds, self.seconds);
        for connections in &self.connections {
            let mut measured: Vec<Vec<Burst>> = servers.iter().map(|_| Vec::new()).collect();
            for round in 0..self.rounds {
                for step in 0..servers.len() {
                    let index = (round + step) % servers.len();
                    let (Some(server), Some(bursts)) = (servers.get(index), measured.get_mut(index)) else {
                        continue;
                    };
                    let target = Target { name: server.name, address: server.address, id: server.id };
                    bursts.push(burst(
                        target,
                        &[PATH.to_owned()],
                        *connections,
                        self.seconds,
                        folder.path(),
                    )?);
                }
            }
            print(*connections, &servers, &measured);
        }
        Ok(())
    }
}

fn print(connections: u32, servers: &[&Cached], measured: &[Vec<Burst>]) {
    println!("{connections} connections:\n");
    println!("| server | requests/s | to nginx | CPU us per hit | to nginx | p50 ms | p99 ms | peak MiB |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let of = |bursts: &[Burst], value: fn(&Burst) -> f64| {
        let mut values: Vec<f64> = bursts.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let rate = |burst: &Burst| burst.per_second;
    let cpu = |burst: &Burst| burst.cpu_ms * 1000.0;
    let base = servers.iter().position(|server| server.name == "nginx").and_then(|at| measured.get(at));
    let base = base.map_or(&[][..], Vec::as_slice);
    for (server, bursts) in servers.iter().zip(measured) {
        println!(
            "| {} | {:.0} | {:.2} | {:.1} | {:.2} | {:.2} | {:.2} | {:.0} |",
            server.name,
            of(bursts, rate),
            of(bursts, rate) / of(base, rate),
            of(bursts, cpu),
            of(bursts, cpu) / of(base, cpu),
            of(bursts, |b| b.p50_ms),
            of(bursts, |b| b.p99_ms),
            of(bursts, |b| b.peak_mib),
        );
    }
    println!();
}

/// Asks until the answer is the second one of its kind, and gives its size.
fn warmed(address: SocketAddr) -> Result<usize> {
    let deadline = std::time::Instant::now() + START;
    let url = format!("http://{address}{PATH}");
    let get = || -> Result<usize> {
        let mut answer = ureq::get(&url).header("accept", "*/*").call()?;
        Ok(answer.body_mut().read_to_vec()?.len())
    };
    loop {
        match get().and_then(|_| get()) {
            Ok(size) => return Ok(size),
            Err(error) if std::time::Instant::now() > deadline => {
                return Err(error.context(format!("{address} does not answer")));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn pinned(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    command
}

fn imgplane(folder: &Path) -> Result<Cached> {
    let address = free_address();
    let config = folder.join("config");
    write_config(&config, Cache { memory: MEMORY, disk: None }, &account())?;
    let volume = folder.join("volumes/bench");
    fs::create_dir_all(&volume)?;
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo/volumes/photos/cat.jpg");
    fs::copy(photo, volume.join("cat.jpg"))?;
    let mut command = pinned(program("imgplane-dataplane"));
    command.arg("--config-dir").arg(config).arg("--volumes-dir").arg(folder.join("volumes"));
    command.args(["--listen", &address.to_string(), "--admin-listen", &free_address().to_string()]);
    command.env("RUST_LOG", "error");
    let process = Process::start("imgplane", command, folder.join("imgplane.log"), address);
    Ok(Cached { name: "imgplane", address, id: process.id(), _process: process })
}

fn nginx(folder: &Path, origin: SocketAddr) -> Result<Cached> {
    let address = free_address();
    let root = folder.join("nginx");
    fs::create_dir_all(&root)?;
    // In memory, as far as the page cache goes: one worker, because each server has one core.
    let config = format!(
        "user root; daemon off; master_process off; worker_processes 1; pid {root}/pid; error_log {root}/error.log error;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_temp_path {root}/body; proxy_temp_path {root}/temp; fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u;
  scgi_temp_path {root}/s;
  proxy_cache_path {root}/cache keys_zone=results:16m max_size=256m inactive=1d use_temp_path=off;
  open_file_cache max=1000 inactive=1h;
  server {{
    listen {address} backlog=8192;
    location / {{ proxy_cache results; proxy_http_version 1.1; proxy_pass http://{origin}; }}
  }}
}}
",
        root = root.display()
    );
    let path = root.join("nginx.conf");
    fs::write(&path, config)?;
    let mut command = pinned("nginx");
    command.arg("-c").arg(&path).arg("-p").arg(&root).arg("-e").arg(root.join("error.log"));
    let process = Process::start("nginx", command, folder.join("nginx.log"), address);
    Ok(Cached { name: "nginx", address, id: process.id(), _process: process })
}

fn varnish(folder: &Path, origin: SocketAddr) -> Result<Cached> {
    let address = free_address();
    let root = folder.join("varnish");
    fs::create_dir_all(&root)?;
    let vcl = root.join("default.vcl");
    let (host, port) = (origin.ip(), origin.port());
    fs::write(&vcl, format!("vcl 4.1;\nbackend default {{ .host = \"{host}\"; .port = \"{port}\"; }}\n"))?;
    let mut command = pinned("varnishd");
    command.args([
        "-j",
        "none",
        "-F",
        "-a",
        &address.to_string(),
        "-s",
        &format!("malloc,{}m", MEMORY >> 20),
    ]);
    command.arg("-n").arg(root.join("work")).arg("-f").arg(&vcl);
    command.args(["-p", "thread_pools=1", "-p", "thread_pool_max=5000", "-p", "listen_depth=8192"]);
    let process = Process::start("varnish", command, folder.join("varnish.log"), address);
    warmed(address)?;
    // A child of the one that was started answers.
    let id = child_of(process.id()).context("varnishd has no child")?;
    Ok(Cached { name: "varnish", address, id, _process: process })
}

fn child_of(parent: u32) -> Result<u32> {
    let output = Command::new("pgrep").args(["-P", &parent.to_string()]).output()?;
    match String::from_utf8_lossy(&output.stdout).lines().next().map(str::parse) {
        Some(Ok(id)) => Ok(id),
        Some(Err(_)) | None => bail!("process {parent} has no child"),
    }
}
