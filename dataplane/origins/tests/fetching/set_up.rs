//! Origins with short time-outs, and requests.

use std::{sync::Arc, time::Duration};

use imgplane_config::{
    Auth, Credential, FetchPolicy, ObjectId, OriginConfig, OriginKind, S3Compatible, SecretText, Tls, Volume,
    WebFolder,
};
use imgplane_origins::{
    Condition, Connector, Failure, Fetched, Origin, PodEnvironment, Purpose, Request, Settings, Volumes,
    Waits,
};

/// Short time-outs, so that waiting for one is quick; far above what loopback needs.
pub(crate) fn quick() -> FetchPolicy {
    FetchPolicy {
        connect_timeout: Duration::from_millis(400),
        headers_timeout: Duration::from_millis(400),
        body_stall_timeout: Duration::from_millis(400),
        total_timeout: Duration::from_secs(20),
        ..FetchPolicy::default()
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        allow_loopback: true,
        allowed_cidrs: imgplane_config::Network::default().allowed_cidrs,
        volumes: Volumes::default(),
        resolver: Some(([127, 0, 0, 1], 9).into()),
        egress_proxy: None,
        environment: PodEnvironment::default(),
        waits: Waits::default(),
        user_agent: "imgplane/test".to_owned(),
    }
}

pub(crate) fn connector() -> Connector {
    Connector::new(settings()).unwrap()
}

pub(crate) fn open(kind: OriginKind, policy: FetchPolicy, connector: &Connector) -> Arc<Origin> {
    open_as("origin", kind, policy, connector)
}

pub(crate) fn open_as(
    name: &str,
    kind: OriginKind,
    policy: FetchPolicy,
    connector: &Connector,
) -> Arc<Origin> {
    let credential = Credential::S3 {
        access_key: SecretText::new("AKIA"),
        secret_key: SecretText::new("secret"),
        session_token: None,
    };
    let config = OriginConfig { fetch: policy, ..OriginConfig::new(kind) };
    Arc::new(Origin::open(ObjectId::new("shop", name), &config, Some(&credential), connector).unwrap())
}

pub(crate) fn web_with(base_url: &str, policy: FetchPolicy, connector: &Connector) -> Arc<Origin> {
    open(
        OriginKind::WebFolder(WebFolder { base_url: base_url.to_owned(), ..WebFolder::default() }),
        policy,
        connector,
    )
}

pub(crate) fn web(base_url: &str) -> Arc<Origin> {
    web_with(base_url, quick(), &connector())
}

pub(crate) fn bucket(endpoint: &str, region: Option<&str>) -> Arc<Origin> {
    let place = S3Compatible {
        bucket: "img".to_owned(),
        endpoint: endpoint.to_owned(),
        region: region.map(str::to_owned),
        force_path_style: false,
        prefix: "raw/".to_owned(),
        auth: Auth::Secret,
        tls: Tls::default(),
    };
    open(OriginKind::S3Compatible(place), quick(), &connector())
}

pub(crate) fn volume(root: &std::path::Path, path: &str) -> Arc<Origin> {
    let volumes = Volumes { root: root.to_owned(), ..Volumes::default() };
    let connector = Connector::new(Settings { volumes, ..settings() }).unwrap();
    let place = Volume { name: "photos".to_owned(), path: path.to_owned() };
    open(OriginKind::Volume(place), quick(), &connector)
}

pub(crate) fn whole(resource: &str) -> Request {
    request(resource, Purpose::Whole { max_bytes: 1 << 20 })
}

pub(crate) fn stream(resource: &str) -> Request {
    request(resource, Purpose::Stream)
}

pub(crate) fn request(resource: &str, purpose: Purpose) -> Request {
    Request::new(resource, purpose)
}

/// The same request by who knows what this origin once delivered.
pub(crate) fn knowing(request: Request, origin: &Origin, fetched: &Fetched) -> Request {
    let condition = Condition {
        origin: origin.id().clone(),
        etag: fetched.meta.etag.clone(),
        last_modified: fetched.meta.last_modified.clone(),
    };
    Request { condition: Some(condition), ..request }
}

/// Fetches and reads a file; both steps may fail.
pub(crate) async fn read(origin: &Origin, request: &Request) -> Result<(Fetched, Vec<u8>), Failure> {
    let mut fetched = origin.fetch(request).await?;
    let body = std::mem::replace(&mut fetched.body, imgplane_origins::Body::from(bytes::Bytes::new()));
    let bytes = body.collect(u64::MAX).await?;
    Ok((fetched, bytes.to_vec()))
}

/// The `ik-error` of a fetch that must fail.
pub(crate) async fn error(origin: &Origin, request: &Request) -> String {
    match read(origin, request).await {
        Ok((fetched, bytes)) => panic!("{} bytes came: {fetched:?}", bytes.len()),
        Err(failure) => failure.to_string(),
    }
}
