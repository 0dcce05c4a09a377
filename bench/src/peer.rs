//! The servers, each pinned to core 0.

use std::{net::SocketAddr, path::Path, process::Command};

use anyhow::{Result, bail};
use imgplane_tests::process::{Process, free_address, program};

use crate::{proc, sources};

/// A running server.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// Memory before the first request, in MiB.
    pub(crate) idle_mib: f64,
    process: Process,
}

const MANIFESTS: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: bench}
spec:
  type: Volume
  volume: {name: bench}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main}
spec:
  origins: [{name: bench}]
  limits: {maxConcurrency: 64}
";

impl Peer {
    /// Starts a server on the sources below `folder`.
    pub(crate) fn start(name: &str, peers: &Path, folder: &Path) -> Result<Self> {
        let address = free_address();
        let port = address.port().to_string();
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).env("DIR", sources::root(folder)).env("PORT", &port);
        match name {
            "imgplane" => {
                std::fs::write(folder.join("bench.yaml"), MANIFESTS)?;
                command.arg(program("imgplane")).arg("dev").arg(folder);
                command.args([
                    "--listen",
                    &address.to_string(),
                    "--admin-listen",
                    &free_address().to_string(),
                ]);
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

    /// Its process id: `taskset` replaces itself by the server.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}
