//! The servers, each pinned to core 0.

use std::{net::SocketAddr, path::Path, process::Command};

use anyhow::{Result, bail};
use imgplane_config::{
    Bundle, Cache, DataPlaneConfig, EndpointConfig, EndpointLimits, FileSet, ObjectId, OriginConfig,
    OriginKind, Record, Volume,
};
use imgplane_tests::process::{Process, free_address, program};
use serde_json::json;

use crate::{load::Target, proc, sources};

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
    let place = Volume { name: "bench".to_owned(), path: String::new() };
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

impl Peer {
    /// Starts a server on the sources below `folder`.
    pub(crate) fn start(name: &str, peers: &Path, folder: &Path) -> Result<Self> {
        let address = free_address();
        let port = address.port().to_string();
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).env("DIR", sources::root(folder)).env("PORT", &port);
        match name {
            "imgplane" => {
                let config = folder.join("config");
                write_config(&config, Cache::default(), &account())?;
                command.arg(program("imgplane-dataplane")).arg("--config-dir").arg(config);
                command.arg("--volumes-dir").arg(folder.join("volumes"));
                command.args([
                    "--listen",
                    &address.to_string(),
                    "--admin-listen",
                    &free_address().to_string(),
                ]);
                // The peers log no requests either.
                command.env("RUST_LOG", "error");
            }
            "ipx" => {
                // One core means one thread per image; more would only switch contexts.
                command.env("VIPS_CONCURRENCY", "1").env("NODE_ENV", "production");
                command.arg("node").arg(peers.join("ipx/server.mjs"));
            }
            "thumbor" => {
                command.arg(peers.join("thumbor/bin/thumbor"));
                command.args(["-i", "127.0.0.1", "-p", &port, "-l", "error", "-c"]);
                command.arg(peers.join("thumbor/thumbor.conf"));
            }
            "oximg" => {
                // Quality is the server's setting here, not the URL's.
                command.env("OXIMG_BIND", "127.0.0.1").env("IMAGES_DIR", sources::root(folder));
                command.env("QUALITY", "80").env("OXIMG_WEBP_QUALITY", "75");
                command.arg(peers.join("oximg/bin/oximg"));
            }
            other => bail!("no server is called {other}: imgplane, ipx, thumbor, oximg"),
        }
        let process = Process::start(name, command, folder.join(format!("{name}.log")), address);
        let idle_mib = proc::resident_mib(process.id());
        Ok(Self { name: name.to_owned(), address, idle_mib, process })
    }

    /// What is measured: `taskset` replaces itself by the server.
    pub(crate) fn target(&self) -> Target<'_> {
        Target { name: &self.name, address: self.address, id: self.process.id() }
    }
}
