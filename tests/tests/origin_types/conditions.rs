//! Real stores and servers are asked whether a file is still the known one. Asked of the origins themselves, because what
//! they are asked by is theirs and never a client's.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use imgplane_config::{
    Auth, AzureBlob, CloudinaryBackup, Credential, Gcs, Network, ObjectId, OriginConfig, OriginKind, S3,
    S3Compatible, SecretText, Tls, Volume, WebFolder, WebProxy,
};
use imgplane_origins::{
    Condition, Connector, FetchedStatus, Lifetime, Meta, Origin, PodEnvironment, Purpose, Request, Settings,
    Volumes, Waits,
};
use imgplane_tests::server::{
    akeneo::{Akeneo, CLIENT_ID, CLIENT_SECRET, Kind, PASSWORD, USERNAME},
    azurite::{ACCOUNT, Azurite, KEY, Sas},
    fake_gcs::FakeGcs,
    nginx::Nginx,
    versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

const NAME: &str = "dir/a+b.txt";

/// How much of an unchanged file comes: asked by its `ETag`, and by its time.
type Unchanged = [FetchedStatus; 2];
/// What answers both questions sends the file neither time.
const BOTH: Unchanged = [FetchedStatus::NotModified; 2];

fn open_with(volumes: Volumes, kind: OriginKind, credential: Option<&Credential>) -> Arc<Origin> {
    let settings = Settings {
        allow_loopback: true,
        allowed_cidrs: Network::default().allowed_cidrs,
        volumes,
        resolver: None,
        egress_proxy: None,
        environment: PodEnvironment::default(),
        waits: Waits::default(),
        user_agent: "imgplane/test".to_owned(),
    };
    let connector = Connector::new(settings).unwrap();
    let config = OriginConfig::new(kind);
    Arc::new(Origin::open(ObjectId::new("shop", "media"), &config, credential, &connector).unwrap())
}

fn open(kind: OriginKind, credential: Option<&Credential>) -> Arc<Origin> {
    open_with(Volumes::default(), kind, credential)
}

/// Fetches a file: how much of it comes, what is said of it, and its text.
async fn fetch(origin: &Origin, path: &str, condition: Option<Condition>) -> (FetchedStatus, Meta, String) {
    let request = Request { condition, ..Request::new(path, Purpose::Whole { max_bytes: 1 << 20 }) };
    let fetched = origin.fetch(&request).await.unwrap();
    let text = fetched.body.collect(1 << 20).await.unwrap();
    (fetched.status, fetched.meta, String::from_utf8(text.to_vec()).unwrap())
}

/// Fetches a file of the text `one`, and again by who knows it. Then it is changed, to another text of the same length,
/// which comes whole.
///
/// What is said of the file each time is given back: at first, and by the word that it is the same.
async fn is_asked_for(
    origin: &Origin,
    path: &str,
    unchanged: Unchanged,
    change: impl FnOnce(),
) -> (Meta, Meta) {
    let kind = origin.kind();
    let (status, first, text) = fetch(origin, path, None).await;
    assert_eq!((status, text.as_str()), (FetchedStatus::Whole, "one"), "{kind}");
    let etag = first.etag.clone();
    let known = |etag: Option<String>| {
        let (origin, last_modified) = (origin.id().clone(), first.last_modified.clone());
        Some(Condition { origin, etag, last_modified })
    };
    assert!(etag.is_some() && first.last_modified.is_some(), "{kind}: {first:?}");
    let [by_etag, by_time] = unchanged.map(|status| match status {
        FetchedStatus::NotModified => (status, ""),
        whole => (whole, "one"),
    });
    let (status, again, text) = fetch(origin, path, known(etag.clone())).await;
    assert_eq!((status, text.as_str()), by_etag, "{kind} by the etag");
    let (status, _, text) = fetch(origin, path, known(None)).await;
    assert_eq!((status, text.as_str()), by_time, "{kind} by the time");
    assert_eq!((origin.health().requests, origin.health().successes), (3, 3), "{kind}");
    change();
    let (status, changed, text) = fetch(origin, path, known(etag)).await;
    assert_eq!((status, text.as_str()), (FetchedStatus::Whole, "two"), "{kind}");
    assert_ne!(changed.etag, first.etag, "{kind}");
    (first, again)
}

fn lasts(seconds: u64) -> Lifetime {
    Lifetime { max_age: Some(Duration::from_secs(seconds)), ..Lifetime::default() }
}

#[tokio::test]
async fn a_bucket_of_every_type_of_the_s3_family() {
    let store = Versitygw::start();
    store.make_bucket("media");
    let put = |text: &str| {
        store.put_with(
            "media",
            "dir/a%2Bb.txt",
            "text/plain",
            text.as_bytes(),
            &[("Cache-Control", "max-age=60")],
        );
    };
    let endpoint = format!("http://{}", store.address);
    let bucket = || "media".to_owned();
    let s3 = S3 {
        bucket: bucket(),
        region: None,
        endpoint: Some(endpoint.clone()),
        prefix: String::new(),
        auth: Auth::Secret,
    };
    let compatible = S3Compatible {
        bucket: bucket(),
        endpoint: endpoint.clone(),
        region: None,
        force_path_style: true,
        prefix: "/dir/".to_owned(),
        auth: Auth::Secret,
        tls: Tls::default(),
    };
    let cloudinary = CloudinaryBackup {
        bucket: bucket(),
        region: None,
        endpoint: Some(endpoint),
        prefix: "dir".to_owned(),
        encode_object_keys: false,
        auth: Auth::Secret,
    };
    let [access_key, secret_key] = [ROOT_KEY, ROOT_SECRET].map(SecretText::new);
    let keys = Credential::S3 { access_key, secret_key, session_token: None };
    for (kind, path) in [
        (OriginKind::S3(s3), NAME),
        (OriginKind::S3Compatible(compatible), "a+b.txt"),
        (OriginKind::CloudinaryBackup(cloudinary), "a+b.txt"),
    ] {
        put("one");
        let origin = open(kind, Some(&keys));
        // The store compares times more finely than its headers tell them.
        let unchanged = [FetchedStatus::NotModified, FetchedStatus::Whole];
        let (first, _) = is_asked_for(&origin, path, unchanged, || put("two")).await;
        assert_eq!(first.lifetime, lasts(60));
    }
}

/// The store says nothing of an object by the word that it is the same, and the mark of private files changes none of its
/// bytes.
#[tokio::test]
async fn an_object_that_was_marked_as_private_is_private_for_who_knows_it() {
    let store = Versitygw::start();
    store.make_bucket("media");
    let put = |headers: &[(&str, &str)]| store.put_with("media", "a.txt", "text/plain", b"one", headers);
    let place = S3Compatible {
        bucket: "media".to_owned(),
        endpoint: format!("http://{}", store.address),
        region: None,
        force_path_style: true,
        prefix: String::new(),
        auth: Auth::Secret,
        tls: Tls::default(),
    };
    let [access_key, secret_key] = [ROOT_KEY, ROOT_SECRET].map(SecretText::new);
    let keys = Credential::S3 { access_key, secret_key, session_token: None };
    let origin = open(OriginKind::S3Compatible(place), Some(&keys));
    put(&[]);
    let (_, first, _) = fetch(&origin, "a.txt", None).await;
    put(&[("x-amz-meta-isprivatefile", "true")]);
    let known = Condition {
        origin: origin.id().clone(),
        etag: first.etag.clone(),
        last_modified: first.last_modified,
    };
    let (_, again, _) = fetch(&origin, "a.txt", Some(known)).await;
    assert_eq!(again.etag, first.etag, "the bytes are the same");
    assert!(again.is_private && !first.is_private);
}

#[tokio::test]
async fn a_bucket_of_google_cloud_storage() {
    let store = FakeGcs::start();
    store.make_bucket("media");
    let put = |text: &str| {
        store.put_with("media", NAME, "text/plain", text.as_bytes(), "private, max-age=60", &[]);
    };
    put("one");
    let place = Gcs {
        bucket: "media".to_owned(),
        endpoint: Some(format!("http://{}", store.address)),
        prefix: String::new(),
        auth: Auth::Anonymous,
    };
    let origin = open(OriginKind::Gcs(place), None);
    // This store, other than Google's, knows no conditions.
    let unchanged = [FetchedStatus::Whole; 2];
    let (first, _) = is_asked_for(&origin, NAME, unchanged, || put("two")).await;
    assert_eq!(first.lifetime, Lifetime { no_store: true, ..lasts(60) });
}

#[tokio::test]
async fn a_container_of_azure_blob_storage_however_we_are_authorised() {
    let store = Azurite::start();
    store.make_container("media");
    let put = |text: &str| {
        store.put_with("media", NAME, "text/plain", text.as_bytes(), "max-age=60, s-maxage=600", &[]);
    };
    // The account's key signs the condition too, whatever it is.
    let account_key = Credential::AzureKey { account_key: SecretText::new(KEY) };
    let sas = Credential::AzureSas { sas_token: SecretText::new(Sas::account().token()) };
    for credential in [account_key, sas] {
        put("one");
        let place = AzureBlob {
            account_name: ACCOUNT.to_owned(),
            container: "media".to_owned(),
            endpoint: Some(store.endpoint()),
            prefix: String::new(),
            auth: Auth::Secret,
        };
        let origin = open(OriginKind::AzureBlob(place), Some(&credential));
        let (first, _) = is_asked_for(&origin, NAME, BOTH, || put("two")).await;
        assert_eq!(first.lifetime, lasts(600));
    }
}

#[tokio::test]
async fn a_web_server_as_folder_and_through_a_proxy_and_behind_a_redirect() {
    let nginx = Nginx::start(
        "server { listen LISTEN0; root ROOT; location / { expires 60s; add_header Is-Private-File true; } \
         location /moved/ { rewrite ^/moved/(.*) /$1 redirect; } }",
        |root| std::fs::create_dir(root.join("dir")).unwrap(),
    );
    let put = |text: &str| {
        let path = nginx.root().join(NAME);
        std::fs::write(&path, text).unwrap();
        // Its etag is made of the time and the size.
        let time = UNIX_EPOCH + Duration::from_hours(if text == "one" { 400_000 } else { 300_000 });
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    let folder = |path: &str| {
        OriginKind::WebFolder(WebFolder { base_url: nginx.url(0) + path, ..WebFolder::default() })
    };
    let proxy = WebProxy {
        allowed_hosts: vec!["127.0.0.1".to_owned()],
        denied_hosts: Vec::new(),
        allowed_schemes: vec!["http".to_owned()],
        allowed_ports: nginx.addresses.iter().map(std::net::SocketAddr::port).collect(),
    };
    let whole = format!("{}/{NAME}", nginx.url(0));
    for (kind, path) in
        [(folder(""), NAME), (folder("/moved"), NAME), (OriginKind::WebProxy(proxy), whole.as_str())]
    {
        put("one");
        let origin = open(kind, None);
        let (first, again) = is_asked_for(&origin, path, BOTH, || put("two")).await;
        // nginx says it all again.
        assert_eq!((first.lifetime, again.lifetime), (lasts(60), lasts(60)));
        assert!(first.is_private && again.is_private);
    }
}

#[tokio::test]
async fn a_folder_of_a_volume() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("photos");
    std::fs::create_dir_all(root.join("dir")).unwrap();
    let put = |text: &str| {
        std::fs::write(root.join("new"), text).unwrap();
        std::fs::rename(root.join("new"), root.join(NAME)).unwrap();
    };
    put("one");
    let volumes = Volumes { root: temp.path().to_owned(), ..Volumes::default() };
    let place = Volume { name: "photos".to_owned(), path: String::new() };
    let origin = open_with(volumes, OriginKind::Volume(place), None);
    let (first, _) = is_asked_for(&origin, NAME, BOTH, || put("two")).await;
    assert_eq!(first.lifetime, Lifetime::default());
}

/// A PIM tells no versions apart, so that there is nothing to ask by, and its files come whole each time.
#[tokio::test]
async fn a_pim_sends_its_files_again() {
    let pim = Akeneo::start();
    pim.put(Kind::Asset, NAME, "text/plain", b"one");
    let [client_id, client_secret, username, password] =
        [CLIENT_ID, CLIENT_SECRET, USERNAME, PASSWORD].map(SecretText::new);
    let credential = Credential::Akeneo { client_id, client_secret, username, password };
    let place = imgplane_config::AkeneoPim { base_url: pim.url("") };
    let origin = open(OriginKind::AkeneoPim(place), Some(&credential));
    let path = format!("asset-media-files/{NAME}");
    let (_, first, _) = fetch(&origin, &path, None).await;
    assert_eq!((&first.etag, &first.last_modified), (&None, &None));
    let (etag, last_modified) = (first.etag, first.last_modified);
    let condition = Condition { origin: origin.id().clone(), etag, last_modified };
    let (status, _, text) = fetch(&origin, &path, Some(condition)).await;
    assert_eq!((status, text.as_str()), (FetchedStatus::Whole, "one"));
}
