//! A server with one endpoint over one folder, and a client that shows everything of an answer.

use std::{collections::BTreeMap, fs, path::PathBuf};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use imgplane_config::{
    Bundle, DataPlaneConfig, EndpointConfig, ObjectId, OriginConfig, OriginKind, PodLimits, Record, Volume,
    WebFolder,
};
use imgplane_dataplane::{Options, Server, Volumes};
use serde_json::{Value, json};

/// A running server and the folder of its volume.
pub(crate) struct Harness {
    pub(crate) server: Server,
    pub(crate) client: Browser,
    dir: tempfile::TempDir,
}

impl Harness {
    /// A server whose endpoint `main` of the account `shop` serves the volume `photos`.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}, volume_bundle(&json!({}), PodLimits::default())).await
    }

    /// The same with other settings of the endpoint.
    pub(crate) async fn with_endpoint(settings: Value) -> Self {
        Self::with(|_| {}, volume_bundle(&settings, PodLimits::default())).await
    }

    /// A server with these records.
    pub(crate) async fn with(adjust: impl FnOnce(&mut Options), bundle: Bundle) -> Self {
        let harness = Self::unconfigured(adjust).await;
        harness.server.apply(bundle.into());
        let refused: Vec<_> = harness.server.report().records.into_iter().filter_map(|r| r.refused).collect();
        assert!(refused.is_empty(), "{refused:?}");
        harness
    }

    /// A server without records.
    pub(crate) async fn unconfigured(adjust: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("photos")).unwrap();
        let mut options = Options {
            allow_loopback: true,
            volumes: Volumes { root: dir.path().to_owned(), named: BTreeMap::new() },
            workers: Some(2),
            memory_budget: Some(512 << 20),
            ..Options::default()
        };
        adjust(&mut options);
        let server = Server::start(options).await.unwrap();
        let client = Browser::new(server.local_addr().to_string());
        Self { server, client, dir }
    }

    /// Writes a file into the volume.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The volume's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("photos")
    }

    /// Gets a path of the delivery port.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.client.send(Method::GET, path, &[]).await
    }

    /// Gets it with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.client.send(Method::GET, path, headers).await
    }

    /// Asks the admin port to try an origin.
    pub(crate) async fn probe(&self, question: &Value) -> Answer {
        Browser::new(self.server.admin_addr().to_string()).post("/v1/probe", question, &[]).await
    }

    /// Gets a path of the admin port.
    pub(crate) async fn admin(&self, path: &str) -> Answer {
        Browser::new(self.server.admin_addr().to_string()).send(Method::GET, path, &[]).await
    }
}

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
}

impl Browser {
    /// Speaks HTTP/1.1.
    pub(crate) fn new(address: String) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), address }
    }

    /// Speaks HTTP/2 without TLS.
    pub(crate) fn http2(address: String) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).http2_only(true).build_http(), address }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_send(method, path, headers).await.unwrap()
    }

    /// The same, where it may fail.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.exchange(request.body(Full::default())?).await
    }

    /// Posts a JSON document and reads the whole answer.
    pub(crate) async fn post(&self, path: &str, document: &Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(format!("http://{}{path}", self.address));
        request = request.header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.exchange(request.body(Full::from(document.to_string())).unwrap()).await.unwrap()
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let answer = self.client.request(request).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), version: head.version, headers: head.headers, body })
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header's text; empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Width and height of a picture.
    pub(crate) fn size(&self) -> (u32, u32) {
        let facts = imgplane_pixels::inspect(&self.body).unwrap();
        (facts.width, facts.height)
    }
}

/// The names of objects.
pub(crate) fn id(name: &str) -> ObjectId {
    ObjectId::new("shop", name)
}

/// A record of any kind.
pub(crate) fn record<T: serde::Serialize + serde::de::DeserializeOwned>(name: &str, body: T) -> Record<T> {
    Record::new(id(name), 1, body).unwrap()
}

/// An endpoint of the account `shop` with these settings.
pub(crate) fn endpoint(name: &str, settings: &Value, origins: &[&str]) -> Record<EndpointConfig> {
    let origins: Vec<ObjectId> = origins.iter().map(|name| id(name)).collect();
    let mut body = json!({"account": "shop", "origins": origins});
    for (key, value) in settings.as_object().unwrap() {
        body[key] = value.clone();
    }
    record(name, serde_json::from_value(body).unwrap())
}

/// An origin over a folder of the volume `photos`.
pub(crate) fn volume(name: &str, path: &str) -> Record<OriginConfig> {
    let kind = OriginKind::Volume(Volume { name: "photos".into(), path: path.into() });
    record(name, OriginConfig::new(kind))
}

/// An origin over a web server.
pub(crate) fn web_folder(name: &str, base_url: String, fetch: Value) -> Record<OriginConfig> {
    let kind = OriginKind::WebFolder(WebFolder { base_url, ..WebFolder::default() });
    let fetch = serde_json::from_value(fetch).unwrap();
    record(name, OriginConfig { fetch, ..OriginConfig::new(kind) })
}

/// All records of a DataPlane.
pub(crate) fn bundle(
    limits: PodLimits,
    endpoints: Vec<Record<EndpointConfig>>,
    origins: Vec<Record<OriginConfig>>,
) -> Bundle {
    let config = DataPlaneConfig { limits, ..DataPlaneConfig::default() };
    Bundle {
        data_plane: record("pool", config),
        endpoints,
        origins,
        credentials: vec![],
        signing_keys: vec![],
    }
}

/// One endpoint `main` over the volume.
pub(crate) fn volume_bundle(settings: &Value, limits: PodLimits) -> Bundle {
    let origin = volume("photos", "");
    bundle(limits, vec![endpoint("main", settings, &["photos"])], vec![origin])
}
