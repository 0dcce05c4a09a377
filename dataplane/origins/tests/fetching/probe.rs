//! Origins that are tried without serving anybody: what is a verdict, what is none, and at which step it fell.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use imgplane_config::report::ProbeOutcome;
use imgplane_origins::{Origin, Probed};

use crate::{
    server::{Answer, Server, Then, answer, raw},
    set_up::{bucket, stream, volume, web, web_with},
};

const ABSENT: &str = "imgplane-probe-0.jpg";

async fn probe(origin: &Origin, path: Option<&str>) -> Probed {
    origin.probe(path, ABSENT).await
}

/// The verdict in a few words, and the steps with what fell marked by a minus.
fn brief(probed: &Probed) -> (String, String) {
    let verdict = match &probed.outcome {
        ProbeOutcome::Reachable => "Reachable".to_owned(),
        ProbeOutcome::Unknown { .. } => "Unknown".to_owned(),
        ProbeOutcome::Failed(error) => format!("{}_{}", error.code, error.reason),
    };
    let steps: Vec<_> =
        probed.steps.iter().map(|step| format!("{}{}", if step.ok { "" } else { "-" }, step.name)).collect();
    (verdict, steps.join(" "))
}

fn document(status: u16, code: &str) -> Answer {
    answer(status, "Content-Type: application/xml\r\n", format!("<Error><Code>{code}</Code></Error>"))
}

const ALL: &str = "resolve guard connect authenticate read";
const READ_FELL: &str = "resolve guard connect authenticate -read";

#[tokio::test]
async fn each_answer_of_a_store_has_its_verdict() {
    const LOCKED: &str = "resolve guard connect -authenticate";
    let cases = [
        (404, "NoSuchKey", None, "Reachable", ALL),
        (403, "AccessDenied", None, "Unknown", READ_FELL),
        (403, "", None, "Unknown", READ_FELL),
        (403, "InvalidAccessKeyId", None, "EACCES_CredentialsInvalid", LOCKED),
        (403, "SignatureDoesNotMatch", None, "EACCES_CredentialsInvalid", LOCKED),
        (400, "ExpiredToken", None, "EACCES_CredentialsExpired", LOCKED),
        (404, "NoSuchBucket", None, "ENOENT_BucketNotFound", READ_FELL),
        (503, "SlowDown", None, "UNIDENTIFIED_Throttled", READ_FELL),
        (500, "InternalError", None, "UNIDENTIFIED_ServerError", READ_FELL),
        (200, "", Some("a.jpg"), "Reachable", ALL),
        (404, "NoSuchKey", Some("a.jpg"), "ENOENT_FileNotFound", READ_FELL),
        (403, "AccessDenied", Some("a.jpg"), "EACCES_AccessDenied", READ_FELL),
    ];
    for (status, code, path, verdict, steps) in cases {
        let server = Server::always(document(status, code)).await;
        let probed = probe(&bucket(&server.url(""), Some("eu-west-1")), path).await;
        assert_eq!(brief(&probed), (verdict.to_owned(), steps.to_owned()), "{status} {code} {path:?}");
        if let ProbeOutcome::Unknown { message } = &probed.outcome {
            assert!(message.contains("set spec.probe.path"), "{message}");
        }
        let asked = server.requests().pop().unwrap();
        let expected = format!("GET /img/raw/{} ", path.unwrap_or(ABSENT));
        assert!(asked.starts_with(&expected), "{asked}");
    }
}

#[tokio::test]
async fn only_a_file_that_is_absent_casts_doubt_on_the_probes_path() {
    for (status, code, expected) in
        [(404, "NoSuchKey", true), (403, "AccessDenied", true), (404, "NoSuchBucket", false)]
    {
        let server = Server::always(document(status, code)).await;
        let probed = probe(&bucket(&server.url(""), Some("eu-west-1")), Some("a.jpg")).await;
        let ProbeOutcome::Failed(error) = probed.outcome else { panic!("{code}: {:?}", probed.outcome) };
        assert_eq!(error.remedy.contains("the probe's path"), expected, "{code}: {}", error.remedy);
    }
}

#[tokio::test]
async fn each_answer_of_a_web_server_has_its_verdict() {
    let cases = [
        (404, None, "Reachable", ALL),
        (410, None, "Reachable", ALL),
        (200, None, "Reachable", ALL),
        (403, None, "Unknown", READ_FELL),
        (400, None, "Unknown", READ_FELL),
        (401, None, "EACCES_AccessDenied", READ_FELL),
        (429, None, "UNIDENTIFIED_Throttled", READ_FELL),
        (502, None, "UNIDENTIFIED_ServerError", READ_FELL),
        (200, Some("a/b.jpg?v=1"), "Reachable", ALL),
        (404, Some("a/b.jpg?v=1"), "ENOENT_FileNotFound", READ_FELL),
        (403, Some("a/b.jpg?v=1"), "EACCES_AccessDenied", READ_FELL),
        (400, Some("a/b.jpg?v=1"), "UNIDENTIFIED_RequestRefused", READ_FELL),
    ];
    for (status, path, verdict, steps) in cases {
        let server = Server::always(answer(status, "", "abc")).await;
        let probed = probe(&web(&server.url("/media")), path).await;
        assert_eq!(brief(&probed), (verdict.to_owned(), steps.to_owned()), "{status} {path:?}");
        let asked = server.requests().pop().unwrap();
        assert!(asked.starts_with(&format!("GET /media/{} ", path.unwrap_or(ABSENT))), "{asked}");
    }
}

#[tokio::test]
async fn what_fails_before_an_answer_falls_at_its_own_step() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mute = Server::always(raw("", Then::Silence)).await;
    let plain = Server::always(answer(200, "", "abc")).await;
    let policy = imgplane_config::FetchPolicy { retries: 0, ..crate::set_up::quick() };
    let cases = [
        (format!("http://{closed}"), "ECONNREFUSED_Refused", "resolve guard -connect"),
        ("http://absent.test".to_owned(), "UNIDENTIFIED_DnsFailed", "-resolve"),
        ("http://169.254.169.254".to_owned(), "EACCES_AddressBlocked", "resolve -guard"),
        (format!("https://{}", plain.address), "UNIDENTIFIED_TlsFailed", "resolve guard connect -tls"),
        (mute.url(""), "UNIDENTIFIED_HeadersTimeout", READ_FELL),
    ];
    for (address, verdict, steps) in cases {
        let origin = web_with(&address, policy.clone(), &crate::set_up::connector());
        let probed = probe(&origin, None).await;
        assert_eq!(brief(&probed), (verdict.to_owned(), steps.to_owned()), "{address}");
        let ProbeOutcome::Failed(error) = &probed.outcome else { panic!("{probed:?}") };
        assert_eq!(probed.steps.last().unwrap().detail, format!("{}. {}", error.message, error.remedy));
        assert_eq!((error.sample_path.as_str(), error.count), (ABSENT, 1));
    }
}

#[tokio::test]
async fn a_file_that_is_named_is_read_and_not_only_looked_at() {
    let cut = raw("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n", Then::Close);
    let server = Server::always(cut).await;
    let probed = probe(&web(&server.url("")), Some("a.jpg")).await;
    assert_eq!(brief(&probed), ("UNIDENTIFIED_BodyBroken".to_owned(), READ_FELL.to_owned()));
}

#[tokio::test]
async fn a_probe_counts_in_no_window_and_takes_no_slot_of_requests() {
    let server = Server::always(answer(500, "", "")).await;
    let policy = imgplane_config::FetchPolicy { max_concurrency: 1, ..crate::set_up::quick() };
    let origin = web_with(&server.url(""), policy, &crate::set_up::connector());
    let held = origin.fetch(&stream("a.jpg")).await;
    assert_eq!(origin.health().requests, 1);
    probe(&origin, None).await;
    assert_eq!(origin.health().requests, 1);
    drop(held);
    let file = Server::always(answer(200, "", "abc")).await;
    let policy = imgplane_config::FetchPolicy { max_concurrency: 1, ..crate::set_up::quick() };
    let origin = web_with(&file.url(""), policy, &crate::set_up::connector());
    let held = origin.fetch(&stream("a.jpg")).await.unwrap();
    assert_eq!(probe(&origin, None).await.outcome, ProbeOutcome::Reachable);
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_probe_ends_after_ten_seconds_whatever_the_origin_allows_itself() {
    let mute = Server::always(raw("", Then::Silence)).await;
    let policy =
        imgplane_config::FetchPolicy { headers_timeout: Duration::from_mins(5), ..Default::default() };
    let origin = web_with(&mute.url(""), policy, &crate::set_up::connector());
    let began = tokio::time::Instant::now();
    let probed = probe(&origin, None).await;
    assert_eq!(began.elapsed().as_secs(), 10);
    assert_eq!(brief(&probed), ("UNIDENTIFIED_TotalTimeout".to_owned(), READ_FELL.to_owned()));
    assert!(probed.steps.last().unwrap().millis > 9_000);
}

#[tokio::test]
async fn a_path_that_may_not_be_asked_for_is_refused_without_asking() {
    let server = Server::always(answer(200, "", "abc")).await;
    let probed = probe(&web(&server.url("/media")), Some("../secret")).await;
    assert_eq!(brief(&probed), ("ENOENT_InvalidPath".to_owned(), "-read".to_owned()));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_volume_is_reachable_when_its_folder_can_be_entered() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("photos/products");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.jpg"), "abc").unwrap();
    let read = "authenticate read";
    let cases = [
        ("", None, "Reachable", read),
        ("products", None, "Reachable", read),
        ("products", Some("a.jpg"), "Reachable", read),
        ("products", Some("b.jpg"), "ENOENT_FileNotFound", "authenticate -read"),
        ("nowhere", None, "ENOENT_FolderNotFound", "-read"),
        ("products/a.jpg", None, "ENOENT_FolderNotFound", "-read"),
    ];
    for (path, file, verdict, steps) in cases {
        let probed = probe(&volume(temp.path(), path), file).await;
        assert_eq!(brief(&probed), (verdict.to_owned(), steps.to_owned()), "{path} {file:?}");
    }
    let probed = probe(&volume(&temp.path().join("elsewhere"), ""), None).await;
    assert_eq!(brief(&probed).0, "UNIDENTIFIED_NotMounted");
}

#[tokio::test]
async fn a_volume_whose_folder_may_not_be_entered_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("photos/closed");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    // The administrator may enter everything.
    let expected = if fs::read_dir(&folder).is_ok() { "Reachable" } else { "EACCES_AccessDenied" };
    assert_eq!(brief(&probe(&volume(temp.path(), "closed"), None).await).0, expected);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
}
