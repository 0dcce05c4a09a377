//! toxiproxy: faults between imgplane and a real server.

use std::{net::SocketAddr, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    answer::client,
    process::{Process, free_address, tool},
};

/// A running toxiproxy.
#[derive(Debug)]
pub struct Toxiproxy {
    /// The process.
    pub process: Process,
    api: SocketAddr,
    client: reqwest::Client,
    _folder: TempDir,
}

impl Toxiproxy {
    /// Starts without proxies.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let api = free_address();
        let mut command = Command::new(tool("toxiproxy"));
        command.args(["-host", "127.0.0.1", "-port", &api.port().to_string()]);
        let process = Process::start("toxiproxy", command, folder.path().join("toxiproxy.log"), api);
        Self { process, api, client: client(), _folder: folder }
    }

    /// Makes a proxy to `upstream` with toxics and gives its address.
    pub async fn proxy(&self, name: &str, upstream: SocketAddr, toxics: &[Value]) -> SocketAddr {
        let listen = free_address();
        self.post(
            "/proxies",
            &json!({"name": name, "listen": listen.to_string(), "upstream": upstream.to_string()}),
        )
        .await;
        for toxic in toxics {
            self.post(&format!("/proxies/{name}/toxics"), toxic).await;
        }
        listen
    }

    /// Adds a toxic to a proxy that runs.
    pub async fn add(&self, name: &str, toxic: &Value) {
        self.post(&format!("/proxies/{name}/toxics"), toxic).await;
    }

    /// Takes all toxics away.
    pub async fn heal(&self, name: &str) {
        let all = self.client.get(format!("http://{}/proxies/{name}/toxics", self.api)).send().await;
        let all: Vec<Value> =
            serde_json::from_slice(&all.expect("toxiproxy answers").bytes().await.expect("toxics"))
                .expect("a list of toxics");
        for toxic in all {
            let toxic = toxic["name"].as_str().expect("a name").to_owned();
            let url = format!("http://{}/proxies/{name}/toxics/{toxic}", self.api);
            let answer = self.client.delete(url).send().await.expect("toxiproxy answers");
            assert!(answer.status().is_success(), "toxiproxy keeps {toxic}: {}", answer.status());
        }
    }

    async fn post(&self, path: &str, body: &Value) {
        let response = self
            .client
            .post(format!("http://{}{path}", self.api))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .expect("toxiproxy answers");
        assert!(response.status().is_success(), "toxiproxy refused {path}: {}", response.status());
    }
}
