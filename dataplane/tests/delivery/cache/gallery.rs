//! A server with a cache over a web server whose pictures, answers and pace the test decides.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::HeaderMap;
use imgplane_config::{Bundle, Cache, NamedKey, PodLimits, SecretText, SigningKeys};
use imgplane_dataplane::Options;
use imgplane_urls::{SigningKey, sign};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use super::DEADLINE;
use crate::{
    harness::{Answer, Browser, Harness, bundle, endpoint, record, web_folder},
    pictures::photo,
};

/// The key that signs URLs, and opens the API.
pub(super) const KEY: &str = "private_test";
const MEMORY: u64 = 16 << 20;

#[derive(Clone)]
struct Wall {
    pictures: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
    caching: Arc<Mutex<String>>,
    private: Arc<AtomicBool>,
    status: Arc<AtomicU16>,
    held: watch::Sender<bool>,
}

/// The server under test with its origin.
pub(super) struct Gallery {
    pub(super) harness: Harness,
    wall: Wall,
    origin: String,
    cache: Mutex<Cache>,
}

impl Gallery {
    /// With a cache in memory.
    pub(super) async fn open(settings: Value) -> Self {
        Self::with(|_| {}, Cache { memory: MEMORY, disk: None }, &settings).await
    }

    pub(super) async fn without_cache() -> Self {
        Self::with(|_| {}, Cache::default(), &json!({})).await
    }

    pub(super) async fn with(adjust: impl FnOnce(&mut Options), cache: Cache, settings: &Value) -> Self {
        let wall = Wall {
            pictures: Arc::default(),
            asked: Arc::default(),
            sent: Arc::default(),
            caching: Arc::default(),
            private: Arc::default(),
            status: Arc::new(AtomicU16::new(200)),
            held: watch::Sender::new(false),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{*name}", get(picture)).with_state(wall.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let adjusted = |options: &mut Options| {
            options.purges_alone = true;
            adjust(options);
        };
        let records = records(&origin, cache, settings);
        let harness = Harness::with(adjusted, records).await;
        let gallery = Self { harness, wall, origin, cache: Mutex::new(cache) };
        for (name, width) in
            [("a.png", 80), ("b.png", 60), ("wide.png", 400), ("secret.png", 80), ("folder/a.png", 80)]
        {
            gallery.put(name, width);
        }
        for name in ["a.gif", "secret.gif"] {
            gallery.put_bytes(name, animation());
        }
        gallery.until(|| gallery.harness.server.handle().is_ready()).await;
        gallery
    }

    /// Its records with these settings of the endpoint.
    pub(super) fn records(&self, settings: &Value) -> Bundle {
        records(&self.origin, *self.cache.lock().unwrap(), settings)
    }

    /// Applies other settings of the endpoint.
    pub(super) async fn apply(&self, settings: &Value) {
        self.harness.server.apply(self.records(settings).into());
        self.until(|| self.harness.server.handle().is_ready()).await;
    }

    /// Address of the origin, as its record has it.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Applies a record with another address of the origin, which may be gone.
    pub(super) async fn serve_as(&self, origin: &str) {
        let cache = *self.cache.lock().unwrap();
        self.harness.server.apply(records(origin, cache, &json!({})).into());
        self.until(|| self.harness.server.handle().is_ready()).await;
    }

    /// Applies another size of the memory.
    pub(super) fn resize(&self, memory: u64) {
        *self.cache.lock().unwrap() = Cache { memory, disk: None };
        self.harness.server.apply(self.records(&json!({})).into());
    }

    /// Hangs up a picture of this width.
    pub(super) fn put(&self, name: &str, width: u32) {
        self.put_bytes(name, photo(width, 60));
    }

    /// Puts a file of any kind there.
    pub(super) fn put_bytes(&self, name: &str, bytes: Vec<u8>) {
        self.wall.pictures.lock().unwrap().insert(name.to_owned(), bytes);
    }

    /// How often the origin was asked.
    pub(super) fn asked(&self) -> usize {
        self.wall.asked.load(Ordering::SeqCst)
    }

    /// How often it sent a picture.
    pub(super) fn sent(&self) -> usize {
        self.wall.sent.load(Ordering::SeqCst)
    }

    /// Marks everything as private from now on.
    pub(super) fn mark_private(&self) {
        self.wall.private.store(true, Ordering::SeqCst);
    }

    /// `Cache-Control` of the origin from now on.
    pub(super) fn say_of_caching(&self, value: &str) {
        value.clone_into(&mut self.wall.caching.lock().unwrap());
    }

    /// Lets the origin answer so from now on.
    pub(super) fn answer_with(&self, status: u16) {
        self.wall.status.store(status, Ordering::SeqCst);
    }

    /// Lets nobody have an answer of the origin.
    pub(super) fn hold(&self) {
        self.wall.held.send_replace(true);
    }

    /// Lets them have it.
    pub(super) fn release(&self) {
        self.wall.held.send_replace(false);
    }

    /// Lets the origin be opened anew, which forgets what it did not have.
    pub(super) async fn forget_absence(&self) {
        let other = format!("{}/", self.origin);
        let cache = *self.cache.lock().unwrap();
        self.harness.server.apply(records(&other, cache, &json!({"defaultImage": "b.png"})).into());
        self.until(|| self.harness.server.handle().is_ready()).await;
    }

    pub(super) fn address(&self) -> String {
        self.harness.server.local_addr().to_string()
    }

    pub(super) fn browser(&self) -> &Browser {
        &self.harness.client
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.harness.get(path).await
    }

    pub(super) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.harness.get_with(path, headers).await
    }

    pub(super) async fn metrics(&self) -> String {
        self.harness.admin("/metrics").await.text().to_owned()
    }

    /// Waits until something holds.
    pub(super) async fn until(&self, holds: impl Fn() -> bool) {
        let wait = async {
            while !holds() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.unwrap();
    }

    /// Waits until the metrics hold a text.
    pub(super) async fn until_metric(&self, text: &str) {
        let wait = async { while !self.metrics().await.contains(text) {} };
        let came = tokio::time::timeout(DEADLINE, wait).await;
        assert!(came.is_ok(), "{text} comes");
    }
}

/// A bundle of one endpoint over this origin.
pub(super) fn records(origin: &str, cache: Cache, settings: &Value) -> Bundle {
    let origin = web_folder("web", origin.to_owned(), json!({"retries": 0}));
    let mut settings = settings.clone();
    if settings["caching"].is_object() && settings["caching"]["ttl"].is_null() {
        settings["caching"]["ttl"] = json!(31_536_000_000_u64);
    }
    if settings["security"].is_null() {
        settings["security"] = json!({"signingKeys": ["url-keys/a"]});
    }
    let mut bundle = bundle(PodLimits::default(), vec![endpoint("main", &settings, &["web"])], vec![origin]);
    let config = imgplane_config::DataPlaneConfig { cache, ..bundle.data_plane.body.clone() };
    bundle.data_plane = record("pool", config);
    let key = NamedKey { name: "url-keys/a".into(), value: SecretText::new(KEY) };
    bundle.signing_keys = vec![record("main", SigningKeys { keys: vec![key] })];
    bundle
}

async fn picture(State(wall): State<Wall>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    wall.asked.fetch_add(1, Ordering::SeqCst);
    // What it sends is what it had when it was asked.
    let found = wall.pictures.lock().unwrap().get(&name).cloned();
    wall.held.subscribe().wait_for(|held| !held).await.unwrap();
    let status = wall.status.load(Ordering::SeqCst);
    let is_private = name.starts_with("secret") || wall.private.load(Ordering::SeqCst);
    let mut answer = Response::builder().header("is-private-file", is_private.to_string());
    let caching = wall.caching.lock().unwrap().clone();
    if !caching.is_empty() {
        answer = answer.header("cache-control", caching);
    }
    if name == "marked.png" {
        answer = answer.header("custom-coordinates", "60,10,10,10");
    }
    let Some(bytes) = found else { return answer.status(404).body(Body::empty()).unwrap() };
    if status != 200 {
        return answer.status(status).body(Body::empty()).unwrap();
    }
    let etag = format!("\"{}\"", bytes.len());
    let known = headers.get("if-none-match").is_some_and(|known| known == etag.as_str());
    let answer = answer.header("etag", etag);
    if known {
        return answer.status(304).body(Body::empty()).unwrap();
    }
    wall.sent.fetch_add(1, Ordering::SeqCst);
    answer.body(Body::from(bytes)).unwrap()
}

/// A GIF of two frames, which is delivered as it is.
fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 8, 8, &[0, 0, 0, 255, 255, 255]).unwrap();
    for index in 0..2_u8 {
        let frame =
            gif::Frame { width: 8, height: 8, buffer: vec![index; 64].into(), ..gif::Frame::default() };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

/// Now, in Unix seconds.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Path and query of a signed URL.
pub(super) fn signed(path: &str, expiry: Option<u64>) -> String {
    let url = sign(&format!("http://host{path}"), "http://host/shop", &SigningKey::new(KEY), expiry).unwrap();
    url.strip_prefix("http://host").unwrap().to_owned()
}
