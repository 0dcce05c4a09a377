//! The rows: which server is asked for what, whom it asks in turn, and whom it is compared with.

use std::path::Path;

use anyhow::{Result, ensure};
use imgplane_tests::{
    answer::exchange,
    process::Process,
    server::akeneo::{Akeneo, Call},
};

use super::{
    file::{BYTES, NAME},
    opened,
    servers::Servers,
    stores::{PLAIN, Stores},
};
use crate::{
    load::{Burst, Target, burst},
    proc,
};

/// What nginx does, for the ratios of the others.
pub(super) const FILE: &str = "a file of its own";
const PROXY: &str = "`proxy_pass`, HTTP";
const PROXY_TLS: &str = "`proxy_pass`, HTTPS with HTTP/1.1";

/// Seconds of load before each burst, until every connection that is needed has been opened.
const WARM_UP: u64 = 1;

/// One row of the tables.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) server: Target<'a>,
    /// The origin's type and manner.
    pub(super) origin: &'static str,
    /// The row of nginx that does the same.
    pub(super) beside: &'static str,
    path: String,
    asked: Asked<'a>,
}

/// Who can tell that the origin was asked for every request.
#[derive(Debug)]
enum Asked<'a> {
    /// There is no other server.
    Nobody,
    /// A process, by the bytes that it wrote.
    Process(u32),
    /// The PIM counts.
    Pim(&'a Akeneo),
}

/// What one burst gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) burst: Burst,
    /// Connections that were opened to the origin for 1,000 requests.
    pub(super) opened: f64,
}

/// All rows, in the order of the tables.
pub(super) fn all<'a>(stores: &'a Stores, servers: &'a Servers) -> Result<Vec<Row<'a>>> {
    let (imgplane, nginx) = (servers.imgplane(), servers.nginx()?);
    let ours = |origin, beside, endpoint: &str, at: &str, asked| {
        // The very bytes of an image; otherwise it would be optimised.
        let path = format!("/default/{endpoint}/tr:orig-true/{at}");
        Row { server: imgplane, origin, beside, path, asked }
    };
    let theirs = |origin, path: String, asked| Row { server: nginx, origin, beside: origin, path, asked };
    let of = |process: &Process| Asked::Process(process.id());
    let Stores { web, s3, gcs, azure, pim, .. } = stores;
    let (url, code) = (format!("{}/{NAME}", web.url(PLAIN)), format!("media-files/{NAME}"));
    Ok(vec![
        theirs(FILE, format!("/{NAME}"), Asked::Nobody),
        theirs(PROXY, format!("/plain/{NAME}"), of(&web.process)),
        theirs(PROXY_TLS, format!("/tls/{NAME}"), of(&web.process)),
        ours("Volume", FILE, "volume", NAME, Asked::Nobody),
        ours("WebFolder, HTTP", PROXY, "web", NAME, of(&web.process)),
        ours("WebFolder, HTTPS with HTTP/1.1", PROXY_TLS, "web-tls-1", NAME, of(&web.process)),
        ours("WebFolder, HTTPS with HTTP/2", PROXY_TLS, "web-tls-2", NAME, of(&web.process)),
        ours("WebProxy, HTTP", PROXY, "proxy", &url, of(&web.process)),
        ours("S3Compatible", PROXY, "s3", NAME, of(&s3.process)),
        ours("GCS", PROXY, "gcs", NAME, of(&gcs.process)),
        ours("AzureBlob, account key", PROXY, "azure-key", NAME, of(&azure.process)),
        ours("AzureBlob, SAS", PROXY, "azure-sas", NAME, of(&azure.process)),
        ours("CloudinaryBackup", PROXY, "backup", NAME, of(&s3.process)),
        ours("AkeneoPIM", PROXY, "pim", &code, Asked::Pim(pim)),
    ])
}

impl Row<'_> {
    /// Asks once: the answer must be the file.
    pub(super) async fn verify(&self, file: &[u8]) -> Result<()> {
        let answer = exchange(self.server.address, &self.path).await?;
        let (name, path) = (self.server.name, &self.path);
        let (status, error) = (answer.status, answer.header("ik-error"));
        ensure!(status == 200, "{name} answers {path} with {status} {error}");
        ensure!(answer.body == file, "{name} answers {path} with other bytes than the file's");
        Ok(())
    }

    /// One burst of load. Fails where the origin was not asked for every request.
    pub(super) fn measure(&self, connections: u32, seconds: u64, folder: &Path) -> Result<Measured> {
        let load =
            |seconds| burst(self.server, std::slice::from_ref(&self.path), connections, seconds, folder);
        load(WARM_UP)?;
        if let Asked::Pim(pim) = self.asked {
            pim.forget();
        }
        let (written, before) = (self.written(), opened::count()?);
        let burst = load(seconds)?;
        let opened = opened::beyond_load(before, opened::count()?, connections);
        let fetched = match self.asked {
            Asked::Nobody => burst.requests,
            Asked::Process(_) => (self.written() - written) as f64 / BYTES as f64,
            Asked::Pim(pim) => pim.count(Call::Product) as f64,
        };
        let (name, origin, requests) = (self.server.name, self.origin, burst.requests);
        ensure!(fetched >= requests, "{name}, {origin}: {fetched:.0} fetches for {requests} requests");
        Ok(Measured { burst, opened: opened as f64 * 1000.0 / requests })
    }

    fn written(&self) -> u64 {
        if let Asked::Process(id) = self.asked { proc::written_bytes(id) } else { 0 }
    }
}
