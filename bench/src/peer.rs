//! The servers, each with its settings, pinned to the same cores.

use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use imgplane_config::{
    Bundle, Cache, DataPlaneConfig, EndpointConfig, EndpointLimits, FileSet, ObjectId, OriginConfig,
    OriginKind, Record, Volume,
};
use imgplane_tests::process::{Process, free_address, program};
use serde_json::json;

use crate::{
    cores::Cores,
    load::Target,
    proc,
    sources::{Sources, VOLUME},
};

/// A running server.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// Memory before the first request, in MiB.
    pub(crate) idle_mib: f64,
    process: Process,
}

/// Writes the config of one volume and of one endpoint for each of these accounts, as the operator would.
pub(crate) fn write_config(folder: &Path, cache: Cache, accounts: &[String]) -> Result<()> {
    let data_plane = DataPlaneConfig { cache, ..DataPlaneConfig::default() };
    write_records(folder, data_plane, &EndpointLimits::default(), accounts)
}

/// The same with limits of the pod and of its endpoints.
pub(crate) fn write_records(
    folder: &Path,
    data_plane: DataPlaneConfig,
    limits: &EndpointLimits,
    accounts: &[String],
) -> Result<()> {
    let origin = ObjectId::new("default", "bench");
    let endpoint = |account: &String| -> Result<Record<EndpointConfig>> {
        let config =
            serde_json::from_value(json!({"account": account, "origins": [origin], "limits": limits}))?;
        Ok(Record::new(ObjectId::new("default", account), 1, config)?)
    };
    let place = Volume { name: VOLUME.to_owned(), path: String::new() };
    let bundle = Bundle {
        data_plane: Record::new(ObjectId::new("imgplane-system", "default"), 1, data_plane)?,
        endpoints: accounts.iter().map(endpoint).collect::<Result<_>>()?,
        origins: vec![Record::new(origin.clone(), 1, OriginConfig::new(OriginKind::Volume(place)))?],
        credentials: Vec::new(),
        signing_keys: Vec::new(),
    };
    std::fs::create_dir_all(folder)?;
    for (name, bytes) in FileSet::write(&bundle)?.config {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

/// The one account of most benches.
pub(crate) fn account() -> [String; 1] {
    ["default".to_owned()]
}

/// Where a server starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The installed peers.
    pub(crate) installed: &'a Path,
    /// What they read.
    pub(crate) sources: &'a Sources,
    /// For configs and logs.
    pub(crate) folder: &'a Path,
    pub(crate) cores: Cores,
}

impl Peer {
    /// Starts a server on the sources. Names that end in `-fast` have its settings for speed at the cost of bytes or
    /// sharpness.
    pub(crate) fn start(name: &str, place: Place<'_>) -> Result<Self> {
        let Place { installed, sources, folder, cores } = place;
        let address = free_address();
        let port = address.port().to_string();
        let mut command = Command::new("taskset");
        command.args(["-c", cores.server()]).env("DIR", sources.root()).env("PORT", &port);
        command.env("CORES", cores.count().to_string());
        let fast = name.ends_with("-fast");
        let mut admin = None;
        match name {
            "imgplane" | "imgplane-fast" => {
                let config = folder.join(format!("{name}-config"));
                write_config(&config, Cache::default(), &account())?;
                command.arg(program("imgplane-dataplane")).arg("--config-dir").arg(config);
                command.arg("--volumes-dir").arg(sources.volumes());
                let admin = *admin.insert(free_address());
                command.args(["--listen", &address.to_string(), "--admin-listen", &admin.to_string()]);
                if fast {
                    command.args(["--shrink", "fast", "--webp-method", "2"]);
                }
                // The peers log no requests either.
                command.env("RUST_LOG", "error");
            }
            "ipx" | "ipx-fast" => {
                command.env("NODE_ENV", "production");
                if let Some(jemalloc) = jemalloc() {
                    command.env("LD_PRELOAD", jemalloc);
                }
                if fast {
                    command.env("FAST", "1");
                }
                command.arg("node").arg(installed.join("ipx/server.mjs"));
            }
            "thumbor" => {
                command.arg(installed.join("thumbor/bin/thumbor"));
                command.args(["-i", "127.0.0.1", "-p", &port, "-l", "error", "-c"]);
                command.arg(installed.join("thumbor/thumbor.conf"));
            }
            "oximg" | "oximg-fast" => {
                // Quality is the server's setting here, not the URL's. Like the others it works on the stored values and
                // writes no progressive JPEG.
                command.env("OXIMG_BIND", "127.0.0.1").env("IMAGES_DIR", sources.root());
                command.env("QUALITY", "80").env("OXIMG_WEBP_QUALITY", "75");
                command.env("OXIMG_RESIZE", "srgb").env("OXIMG_JPEG_PROGRESSIVE", "0");
                command.env("OXIMG_WEBP_EFFORT", if fast { "2" } else { "4" });
                if fast {
                    command.env("OXIMG_DCT_MARGIN", "1");
                }
                command.arg(installed.join("oximg/bin/oximg"));
            }
            other => {
                bail!("no server is called {other}: imgplane, ipx, thumbor, oximg, or one of them with -fast")
            }
        }
        let process = Process::start(name, command, folder.join(format!("{name}.log")), address);
        if let Some(admin) = admin {
            wait_until_ready(admin)?;
        }
        let idle_mib = proc::resident_mib(process.id());
        Ok(Self { name: name.to_owned(), address, idle_mib, process })
    }

    /// Whether it is imgplane, with whatever settings.
    pub(crate) fn is_ours(&self) -> bool {
        is_ours(&self.name)
    }

    /// What is measured: `taskset` replaces itself by the server.
    pub(crate) fn target(&self) -> Target<'_> {
        Target { name: &self.name, address: self.address, id: self.process.id() }
    }
}

/// Waits for the first config: until it is read, everything is answered 503.
fn wait_until_ready(admin: SocketAddr) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while ureq::get(format!("http://{admin}/readyz")).call().is_err() {
        ensure!(Instant::now() < until, "imgplane is not ready");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// All servers that can be started.
pub(crate) fn installed(folder: &Path) -> Vec<String> {
    let there = |file: &str| folder.join(file).exists();
    let all = [
        ("imgplane", true),
        ("imgplane-fast", true),
        ("ipx", there("ipx/node_modules")),
        ("ipx-fast", there("ipx/node_modules")),
        ("thumbor", there("thumbor/bin/thumbor")),
        ("oximg", there("oximg/bin/oximg")),
        ("oximg-fast", there("oximg/bin/oximg")),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_owned()).collect()
}

/// Whether a server of this name is imgplane.
pub(crate) fn is_ours(name: &str) -> bool {
    name.starts_with("imgplane")
}

/// The allocator that sharp's authors recommend on glibc, where it is installed; with it sharp uses a thread per core for
/// each picture, without it one.
fn jemalloc() -> Option<String> {
    let known = Command::new("/sbin/ldconfig").arg("-p").output().ok()?;
    let known = String::from_utf8_lossy(&known.stdout);
    let line = known.lines().find(|line| line.contains("libjemalloc.so.2"))?;
    line.rsplit(" => ").next().map(str::to_owned)
}
