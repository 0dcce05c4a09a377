//! Pods over one web server, which counts what it is asked for, and one store.

use std::{
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};

use imgplane_config::{
    Bundle, Cache, Credential, DataPlaneConfig, EndpointConfig, FileSet, ObjectId, OriginConfig, OriginKind,
    Record, StoreConfig, StoreKind, StoreRole, Stores, WebFolder,
};
use imgplane_tests::{
    answer::{Answer, client, send},
    pictures,
    process::{Process, free_address, program},
    server::nginx::Nginx,
};
use serde_json::json;
use tempfile::TempDir;

/// Longer than anything here should take, many times.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The origin of all pods.
pub(crate) struct Web {
    nginx: Nginx,
}

impl Web {
    /// With two pictures.
    pub(crate) fn start() -> Self {
        // In the server, because the surrounding block keeps no log at all.
        let http = "log_format path '$uri';\n\
                    server { listen LISTEN0; root ROOT; access_log ROOT/../tmp/asked path; }";
        let nginx = Nginx::start(http, |root| {
            for (name, width) in [("cat.jpg", 320), ("dog.jpg", 240)] {
                let picture = pictures::jpeg(&pictures::photograph("cat.jpg", width, 160), 85);
                std::fs::write(root.join(name), picture).unwrap();
            }
        });
        Self { nginx }
    }

    /// How often it was asked for files.
    pub(crate) fn asked(&self) -> usize {
        let log = self.nginx.root().join("../tmp/asked");
        std::fs::read_to_string(log).unwrap().lines().filter(|line| line.contains(".jpg")).count()
    }
}

/// A pod.
pub(crate) struct Pod {
    address: SocketAddr,
    admin: SocketAddr,
    process: Process,
    _folder: TempDir,
}

impl Pod {
    /// Starts with an empty cache and a store of results, and waits until it is ready.
    pub(crate) fn start(web: &Web, kind: StoreKind, credential: Option<Credential>) -> Self {
        Self::start_with(web, (kind, credential), &json!({}), &[])
    }

    /// The same with settings of the endpoint's caching, and flags.
    pub(crate) fn start_with(
        web: &Web,
        (kind, credential): (StoreKind, Option<Credential>),
        caching: &serde_json::Value,
        flags: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::create_dir(&config).unwrap();
        let files = FileSet::write(&bundle(&web.nginx.url(0), kind, credential, caching)).unwrap();
        for (name, bytes) in files.config.into_iter().chain(files.secret) {
            std::fs::write(config.join(name), bytes).unwrap();
        }
        let (address, admin) = (free_address(), free_address());
        let mut command = Command::new(program("imgplane-dataplane"));
        command
            .arg("--config-dir")
            .arg(&config)
            .args(["--listen", &address.to_string(), "--admin-listen", &admin.to_string()])
            .args(["--allow-loopback", "--drain-delay", "0"])
            .args(flags);
        let process = Process::start("imgplane-dataplane", command, folder.path().join("log"), admin);
        Self { address, admin, process, _folder: folder }
    }

    /// Waits until it is ready, and gives how long that took.
    pub(crate) async fn until_ready(&self) -> Duration {
        let began = Instant::now();
        while self.readiness().await.status != 200 {
            assert!(began.elapsed() < PATIENCE, "{}", self.process.output());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }

    /// GET of a picture.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(client().get(format!("http://{}{path}", self.address)).header("accept", "*/*")).await
    }

    /// What it says of itself.
    pub(crate) async fn readiness(&self) -> Answer {
        send(client().get(format!("http://{}/readyz", self.admin))).await
    }

    /// The value of a series; 0 where there is none yet.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let answer = send(client().get(format!("http://{}/metrics", self.admin))).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok());
        value.unwrap_or_default()
    }

    /// Waits until something that it counts is so.
    pub(crate) async fn until(&self, series: &str, holds: impl Fn(f64) -> bool) {
        let began = Instant::now();
        loop {
            let value = self.metric(series).await;
            if holds(value) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{series} is {value}:\n{}", self.process.output());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until so much was written to the store.
    pub(crate) async fn until_written(&self, count: f64) {
        self.until(&requests("write", "done"), |value| value >= count).await;
    }
}

/// The series of what was done with the store.
pub(crate) fn requests(operation: &str, outcome: &str) -> String {
    format!(
        r#"imgplane_store_requests_total{{store="cache.shared",operation="{operation}",outcome="{outcome}"}}"#
    )
}

fn bundle(
    origin: &str,
    kind: StoreKind,
    credential: Option<Credential>,
    caching: &serde_json::Value,
) -> Bundle {
    let id = |name: &str| ObjectId::new("shop", name);
    let mut settings =
        json!({"account": "shop", "origins": [id("web")], "caching": {"ttl": 31_536_000_000_u64}});
    for (name, value) in caching.as_object().into_iter().flatten() {
        settings["caching"][name] = value.clone();
    }
    let endpoint: EndpointConfig = serde_json::from_value(settings).unwrap();
    let web = WebFolder { base_url: origin.to_owned(), ..WebFolder::default() };
    let shared = StoreConfig { kind, secret_name: Some("cache".to_owned()) };
    let config = DataPlaneConfig {
        cache: Cache { memory: 32 << 20, disk: None },
        stores: Stores { shared: Some(shared), originals: None },
        ..DataPlaneConfig::default()
    };
    let credentials = credential
        .map(|credential| Record::new(StoreRole::Shared.credential(&id("pool")), 1, credential).unwrap());
    Bundle {
        data_plane: Record::new(id("pool"), 1, config).unwrap(),
        endpoints: vec![Record::new(id("main"), 1, endpoint).unwrap()],
        origins: vec![Record::new(id("web"), 1, OriginConfig::new(OriginKind::WebFolder(web))).unwrap()],
        credentials: credentials.into_iter().collect(),
        signing_keys: vec![],
    }
}
