//! Who already has a file asks whether it is still that one.

use std::{sync::Arc, time::Duration};

use imgplane_config::{
    AkeneoPim, Auth, AzureBlob, CloudinaryBackup, Credential, Gcs, ObjectId, OriginConfig, OriginKind, S3,
    SecretText, WebFolder, WebProxy,
};
use imgplane_origins::{Code, Condition, FetchedStatus, Origin, Request, fetch_chain};

use crate::{
    server::{Server, answer},
    set_up::{bucket, connector, knowing, open_as, quick, read, stream, web, whole},
};

const TIME: &str = "Tue, 24 Nov 2026 10:00:00 GMT";
const BY_ETAG: &str = "if-none-match: \"1\"\r\n";
const FIRST_BYTE: &str = "range: bytes=0-0\r\n";
const BY_TIME: &str = "if-modified-since: Tue, 24 Nov 2026 10:00:00 GMT\r\n";

/// Has the file `abc` with both validators, and says so where they are known. `also` are further headers of a 304, and of a
/// part.
async fn with_file(also: &'static str) -> Server {
    Server::start(move |_, head| {
        if head.contains("POST /api/oauth/v1/token") {
            return answer(200, "", "{\"access_token\": \"t\"}");
        }
        let told = format!("ETag: \"1\"\r\nLast-Modified: {TIME}\r\n");
        if head.contains(BY_ETAG) || head.contains(BY_TIME) {
            answer(304, &format!("{told}{also}"), "")
        } else if head.contains(FIRST_BYTE) {
            answer(206, &format!("{told}{also}Content-Range: bytes 0-0/3\r\n"), "a")
        } else {
            answer(200, &told, "abc")
        }
    })
    .await
}

fn keys() -> Credential {
    let [access_key, secret_key] = ["AKIA", "secret"].map(SecretText::new);
    Credential::S3 { access_key, secret_key, session_token: None }
}

fn opened(kind: OriginKind, credential: &Credential) -> Arc<Origin> {
    let config = OriginConfig { fetch: quick(), ..OriginConfig::new(kind) };
    Arc::new(Origin::open(ObjectId::new("shop", "origin"), &config, Some(credential), &connector()).unwrap())
}

/// An origin of each type that asks over HTTP, and the path of a file there.
fn all_at(server: &Server) -> [(Arc<Origin>, String); 8] {
    let endpoint = || Some(server.url(""));
    let name = || "a.jpg".to_owned();
    let s3 = S3 {
        bucket: "img".to_owned(),
        region: None,
        endpoint: endpoint(),
        prefix: String::new(),
        auth: Auth::Secret,
    };
    let cloudinary = CloudinaryBackup {
        bucket: "img".to_owned(),
        region: None,
        endpoint: endpoint(),
        prefix: String::new(),
        encode_object_keys: false,
        auth: Auth::Secret,
    };
    let gcs =
        Gcs { bucket: "img".to_owned(), endpoint: endpoint(), prefix: String::new(), auth: Auth::Anonymous };
    let azure = AzureBlob {
        account_name: "shop".to_owned(),
        container: "img".to_owned(),
        endpoint: endpoint(),
        prefix: String::new(),
        auth: Auth::Secret,
    };
    let proxy = WebProxy {
        allowed_hosts: vec!["127.0.0.1".to_owned()],
        denied_hosts: Vec::new(),
        allowed_schemes: vec!["http".to_owned()],
        allowed_ports: vec![server.address.port()],
    };
    let [client_id, client_secret, username, password] =
        ["id", "secret", "user", "pass"].map(SecretText::new);
    let pim = Credential::Akeneo { client_id, client_secret, username, password };
    let account = Credential::AzureKey { account_key: SecretText::new("a2V5MQ==") };
    [
        (web(&server.url("")), name()),
        (opened(OriginKind::WebProxy(proxy), &keys()), server.url("/a.jpg")),
        (opened(OriginKind::S3(s3), &keys()), name()),
        (opened(OriginKind::CloudinaryBackup(cloudinary), &keys()), name()),
        (bucket(&server.url(""), None), name()),
        (opened(OriginKind::Gcs(gcs), &keys()), name()),
        (opened(OriginKind::AzureBlob(azure), &account), name()),
        (
            opened(OriginKind::AkeneoPim(AkeneoPim { base_url: server.url("") }), &pim),
            "media-files/a.jpg".to_owned(),
        ),
    ]
}

fn last(server: &Server) -> String {
    server.requests().pop().unwrap()
}

#[tokio::test]
async fn every_type_asks_by_the_etag_else_by_the_time_and_takes_the_word_of_the_origin() {
    let server = with_file("Cache-Control: max-age=60\r\n").await;
    for (origin, path) in all_at(&server) {
        let kind = origin.kind();
        let (first, bytes) = read(&origin, &whole(&path)).await.unwrap();
        assert_eq!((first.status, bytes.as_slice()), (FetchedStatus::Whole, b"abc".as_slice()), "{kind}");
        assert_eq!(first.meta.lifetime.max_age, None, "{kind}");
        let head = last(&server);
        assert!(!head.contains("if-none-match") && !head.contains("if-modified-since"), "{head}");
        for (etag, sent, unsent) in [(true, BY_ETAG, BY_TIME), (false, BY_TIME, BY_ETAG)] {
            for request in [whole(&path), stream(&path)] {
                let mut request = knowing(request, &origin, &first);
                request.condition =
                    request.condition.map(|known| Condition { etag: known.etag.filter(|_| etag), ..known });
                let (fetched, bytes) = read(&origin, &request).await.unwrap();
                assert_eq!((fetched.status, bytes.len()), (FetchedStatus::NotModified, 0), "{kind}");
                assert_eq!(fetched.meta.etag, first.meta.etag, "{kind}");
                assert_eq!(fetched.meta.last_modified, first.meta.last_modified, "{kind}");
                assert_eq!(fetched.meta.lifetime.max_age, Some(Duration::from_mins(1)), "{kind}");
                let asked = server.requests().into_iter().rev().find(|head| !head.contains(FIRST_BYTE));
                let head = asked.unwrap();
                assert!(head.contains(sent) && !head.contains(unsent), "{kind}: {head}");
            }
        }
        let health = origin.health();
        assert_eq!((health.requests, health.successes), (5, 5), "{kind}");
    }
}

#[tokio::test]
async fn a_word_that_nobody_asked_for_is_no_answer() {
    let server = Server::start(|_, head| {
        let token = head.contains("POST /api/oauth/v1/token");
        if token { answer(200, "", "{\"access_token\": \"t\"}") } else { answer(304, "ETag: \"1\"\r\n", "") }
    })
    .await;
    let elsewhere = Condition {
        origin: ObjectId::new("shop", "another"),
        etag: Some("\"1\"".to_owned()),
        last_modified: None,
    };
    let nothing = Condition { origin: ObjectId::new("shop", "origin"), etag: None, last_modified: None };
    for (origin, path) in all_at(&server) {
        for condition in [None, Some(&elsewhere), Some(&nothing)] {
            let request = Request { condition: condition.cloned(), ..whole(&path) };
            let failure = read(&origin, &request).await.unwrap_err();
            let seen = (failure.code, failure.http_status);
            assert_eq!(seen, (Code::Unidentified, Some(304)), "{} {condition:?}", origin.kind());
        }
        assert_eq!(origin.health().successes, 0, "{}", origin.kind());
    }
}

#[tokio::test]
async fn a_condition_goes_along_with_redirects_and_never_with_a_range() {
    let server = Server::start(|_, head| {
        if head.starts_with("GET /moved") {
            answer(302, "Location: /found\r\n", "")
        } else if head.contains("range: bytes=1-2\r\n") {
            answer(206, "Content-Range: bytes 1-2/3\r\n", "bc")
        } else if head.contains(BY_ETAG) {
            answer(304, "ETag: \"1\"\r\n", "")
        } else {
            answer(200, "ETag: \"1\"\r\n", "abc")
        }
    })
    .await;
    let origin = web(&server.url(""));
    let (first, _) = read(&origin, &whole("moved")).await.unwrap();
    let (fetched, _) = read(&origin, &knowing(whole("moved"), &origin, &first)).await.unwrap();
    assert_eq!(fetched.status, FetchedStatus::NotModified);
    let heads = server.requests();
    assert_eq!(
        heads.iter().map(|head| head.contains(BY_ETAG)).collect::<Vec<_>>(),
        [false, false, true, true]
    );

    let part = Request { range: Some("bytes=1-2".to_owned()), ..knowing(stream("found"), &origin, &first) };
    let (fetched, bytes) = read(&origin, &part).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Partial, b"bc".as_slice()));
    assert!(!last(&server).contains("if-none-match"));
}

#[tokio::test]
async fn another_file_comes_whole_and_an_absent_one_not_at_all() {
    let server = Server::start(|number, _| match number {
        0 => answer(200, "ETag: \"1\"\r\n", "abc"),
        1 => answer(200, "ETag: \"2\"\r\n", "other"),
        _ => answer(404, "", ""),
    })
    .await;
    let origin = web(&server.url(""));
    let (first, _) = read(&origin, &whole("a.jpg")).await.unwrap();
    let request = knowing(whole("a.jpg"), &origin, &first);
    let (fetched, bytes) = read(&origin, &request).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Whole, b"other".as_slice()));
    assert_eq!(fetched.meta.etag.as_deref(), Some("\"2\""));
    assert_eq!(read(&origin, &request).await.unwrap_err().code, Code::Enoent);
}

/// So an object of S3 looks that was marked as private since: its bytes are the same, and so is their `ETag`. What the word
/// that it is the same says beside that, every store decides for itself.
#[tokio::test]
async fn a_file_of_a_bucket_that_is_private_now_is_known_to_be_so() {
    const LATER: &str = "Last-Modified: Tue, 24 Nov 2026 10:00:01 GMT\r\n";
    let told = format!("ETag: \"1\"\r\nLast-Modified: {TIME}\r\n");
    for (word, part, status, asked) in [
        ("", told.clone(), FetchedStatus::NotModified, 3),
        (&told, told.clone(), FetchedStatus::NotModified, 3),
        ("", format!("ETag: \"1\"\r\n{LATER}"), FetchedStatus::Whole, 4),
        (&told, "ETag: \"2\"\r\n".to_owned(), FetchedStatus::Whole, 4),
        ("", String::new(), FetchedStatus::Whole, 4),
    ] {
        let (word, told) = (word.to_owned(), told.clone());
        let headers = part.clone();
        let server = Server::start(move |number, head| {
            if head.contains(BY_ETAG) {
                return answer(304, &word, "");
            }
            let private = if number == 0 { "" } else { "x-amz-meta-isprivatefile: true\r\n" };
            if head.contains(FIRST_BYTE) {
                return answer(206, &format!("{headers}{private}Content-Range: bytes 0-0/3\r\n"), "a");
            }
            answer(200, &format!("{told}{private}"), "abc")
        })
        .await;
        let origin = bucket(&server.url(""), None);
        let (first, _) = read(&origin, &whole("a.jpg")).await.unwrap();
        assert!(!first.meta.is_private);
        let (fetched, _) = read(&origin, &knowing(whole("a.jpg"), &origin, &first)).await.unwrap();
        assert_eq!((fetched.status, fetched.meta.is_private), (status, true), "{part}");
        assert_eq!(server.requests().len(), asked, "{part}");
    }
}

/// Neither do other servers say anything of the file by a word that names none.
#[tokio::test]
async fn a_word_that_names_no_version_or_another_one_is_no_word_of_the_file() {
    for (word, status) in [
        ("", FetchedStatus::Whole),
        ("ETag: \"2\"\r\n", FetchedStatus::Whole),
        ("Last-Modified: Tue, 24 Nov 2026 10:00:01 GMT\r\n", FetchedStatus::Whole),
        ("ETag: W/\"1\"\r\n", FetchedStatus::NotModified),
    ] {
        let server = Server::start(move |number, head| {
            if head.contains(BY_ETAG) {
                return answer(304, word, "");
            }
            let private = if number == 0 { "" } else { "is-private-file: true\r\n" };
            answer(200, &format!("ETag: \"1\"\r\nLast-Modified: {TIME}\r\n{private}"), "abc")
        })
        .await;
        let origin = web(&server.url(""));
        let (first, _) = read(&origin, &whole("a.jpg")).await.unwrap();
        let (fetched, _) = read(&origin, &knowing(whole("a.jpg"), &origin, &first)).await.unwrap();
        assert_eq!(fetched.status, status, "{word}");
        assert_eq!(fetched.meta.is_private, status == FetchedStatus::Whole, "{word}");
    }
}

/// An origin of this name that has the file with an `ETag`, or answers with this status.
async fn named(name: &str, status: u16) -> (Server, Arc<Origin>) {
    let server = Server::start(move |_, head| match status {
        200 if head.contains(BY_ETAG) => answer(304, "ETag: \"1\"\r\n", ""),
        200 => answer(200, "ETag: \"1\"\r\n", "abc"),
        status => answer(status, "", ""),
    })
    .await;
    let folder = WebFolder { base_url: server.url(""), ..WebFolder::default() };
    let origin = open_as(name, OriginKind::WebFolder(folder), quick(), &connector());
    (server, origin)
}

#[tokio::test]
async fn of_a_chain_only_the_origin_that_served_the_file_is_told_what_is_known() {
    // What the three say, how much of the file comes, from which of them, and how many are asked.
    for (statuses, status, from, asked) in [
        ([404, 200, 200], FetchedStatus::NotModified, "b", 2),
        ([500, 200, 200], FetchedStatus::NotModified, "b", 2),
        // One that is asked first has the file by now.
        ([200, 200, 200], FetchedStatus::Whole, "a", 1),
        ([404, 404, 200], FetchedStatus::Whole, "c", 3),
        ([404, 503, 200], FetchedStatus::Whole, "c", 3),
    ] {
        let mut servers = Vec::new();
        let mut origins = Vec::new();
        for (name, status) in ["a", "b", "c"].into_iter().zip(statuses) {
            let (server, origin) = named(name, status).await;
            servers.push(server);
            origins.push(origin);
        }
        let condition = Condition {
            origin: ObjectId::new("shop", "b"),
            etag: Some("\"1\"".to_owned()),
            last_modified: None,
        };
        let request = Request { condition: Some(condition), ..whole("a.jpg") };
        let (origin, fetched) = fetch_chain(&origins, &request).await.unwrap();
        assert_eq!((fetched.status, origin.id().name.as_str()), (status, from), "{statuses:?}");
        let heads: Vec<_> = servers.iter().flat_map(Server::requests).collect();
        let told: Vec<_> = heads.iter().map(|head| head.contains(BY_ETAG)).collect();
        assert_eq!(told, [false, true, false][..asked], "{statuses:?}");
    }
}

/// Looking at the first bytes, as who streams does, finds none and no failure.
#[tokio::test]
async fn there_is_nothing_to_look_at_in_a_file_that_is_not_sent() {
    let server = with_file("").await;
    let origin = web(&server.url(""));
    let (first, _) = read(&origin, &whole("a.jpg")).await.unwrap();
    let mut fetched = origin.fetch(&knowing(stream("a.jpg"), &origin, &first)).await.unwrap();
    let now = tokio::time::Instant::now();
    let seen = origin.look(&mut fetched, 1024, now, now + Duration::from_secs(5)).await.unwrap();
    assert!(seen.is_empty());
    assert_eq!(fetched.status, FetchedStatus::NotModified);
    assert_eq!(origin.in_flight(), 0, "it holds no slot any more");
}

#[tokio::test]
async fn what_an_origin_says_of_lifetime_is_read_once() {
    for (headers, max_age, no_store, no_cache) in [
        ("", None, false, false),
        ("Cache-Control: public\r\nCache-Control: s-maxage=60, max-age=5\r\n", Some(60), false, false),
        ("Cache-Control: private, max-age=60\r\nAge: 10\r\n", Some(50), true, false),
        ("Expires: 0\r\n", Some(0), false, true),
    ] {
        let server = Server::always(answer(200, headers, "abc")).await;
        let lifetime = read(&web(&server.url("")), &whole("a.jpg")).await.unwrap().0.meta.lifetime;
        assert_eq!(lifetime.max_age.map(|age| age.as_secs()), max_age, "{headers}");
        assert_eq!((lifetime.no_store, lifetime.no_cache), (no_store, no_cache), "{headers}");
    }
}
