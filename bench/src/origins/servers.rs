//! The servers under test, on core 0: imgplane with an endpoint for each origin, and nginx as a proxy.

use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use imgplane_tests::{
    answer::exchange,
    process::{Process, free_address, program},
    server::nginx::Nginx,
};

use super::{
    file::NAME,
    manifest,
    stores::{PLAIN, Stores, TLS_1},
};
use crate::{load::Target, proc};

/// Name of the server that the others are compared with.
pub(super) const NGINX: &str = "nginx";

/// How long a config may take until it is served.
const READY: Duration = Duration::from_mins(1);

/// Keeps its connections to both sides as long as they are of use, and the whole file in memory. It does not speak
/// HTTP/2 to origins.
const PROXY: &str = "
sendfile on; tcp_nopush on; keepalive_requests 100000000;
upstream plain { server PLAIN; keepalive 64; keepalive_requests 100000000; }
upstream tls { server TLS; keepalive 64; keepalive_requests 100000000; }
proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffers 16 16k;
proxy_ssl_verify on; proxy_ssl_trusted_certificate AUTHORITY; proxy_ssl_name localhost;
server {
    listen LISTEN0; root ROOT;
    location /plain/ { proxy_pass http://plain/; }
    location /tls/ { proxy_pass https://tls/; }
}
";

/// Both of them, running.
#[derive(Debug)]
pub(super) struct Servers {
    imgplane: Process,
    address: SocketAddr,
    nginx: Nginx,
    /// Memory of imgplane before the first request, in MiB.
    pub(super) idle_mib: f64,
}

impl Servers {
    pub(super) async fn start(stores: &Stores, file: &[u8], folder: &Path) -> Result<Self> {
        let (address, admin) = (free_address(), free_address());
        let volume = folder.join("volumes/bench");
        std::fs::create_dir_all(&volume)?;
        std::fs::write(volume.join(NAME), file)?;
        std::fs::write(folder.join("manifests.yaml"), manifest::all(stores))?;
        // From the start, because it has as many threads as cores.
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(program("imgplane")).arg("dev").arg(folder);
        command.args(["--listen", &address.to_string(), "--admin-listen", &admin.to_string()]);
        // nginx logs no requests either.
        command.arg("--quiet").env("RUST_LOG", "error");
        let imgplane = Process::start("imgplane", command, folder.join("imgplane.log"), admin);
        let until = Instant::now() + READY;
        while exchange(admin, "/readyz").await?.status != 200 {
            ensure!(Instant::now() < until, "imgplane does not serve:\n{}", imgplane.output());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let idle_mib = proc::resident_mib(imgplane.id());
        Ok(Self { imgplane, address, nginx: proxy(stores, file)?, idle_mib })
    }

    pub(super) fn imgplane(&self) -> Target<'_> {
        Target { name: "imgplane", address: self.address, id: self.imgplane.id() }
    }

    pub(super) fn nginx(&self) -> Result<Target<'_>> {
        Ok(Target { name: NGINX, address: address(&self.nginx, 0)?, id: self.nginx.process.id() })
    }
}

fn proxy(stores: &Stores, file: &[u8]) -> Result<Nginx> {
    let configuration = PROXY
        .replace("PLAIN", &address(&stores.web, PLAIN)?.to_string())
        .replace("TLS", &address(&stores.web, TLS_1)?.to_string())
        .replace("AUTHORITY", &stores.pki.authority().display().to_string());
    let nginx = Nginx::start(&configuration, |root| {
        // What is missing is seen when the answers are verified.
        let _ = std::fs::write(root.join(NAME), file);
    });
    proc::pin(nginx.process.id(), "0")?;
    Ok(nginx)
}

fn address(nginx: &Nginx, server: usize) -> Result<SocketAddr> {
    let address = nginx.addresses.get(server).copied();
    address.ok_or_else(|| anyhow::anyhow!("nginx has no server {server}"))
}
