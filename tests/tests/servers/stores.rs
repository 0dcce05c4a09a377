//! Stores: what is put in comes out with its metadata, and what is refused is refused as the real store refuses it.

use http::Method;
use imgplane_tests::server::{
    akeneo::{self, Akeneo, CLIENT_ID, CLIENT_SECRET, PASSWORD, USERNAME},
    azurite::{Azurite, Sas, access_token},
    fake_gcs::FakeGcs,
    gate::Gate,
    pki::Pki,
    versitygw::Versitygw,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{ask, get, network::trusting};

#[tokio::test]
async fn versitygw_lets_everybody_read_a_public_bucket_and_nobody_a_private_one() {
    let store = Versitygw::start();
    store.make_bucket("img");
    store.make_user("READER", "readersecret");
    let headers = [("Cache-Control", "max-age=60"), ("x-amz-meta-isprivatefile", "true")];
    store.put_with("img", "dir/a%2Bb.jpg", "image/jpeg", b"picture", &headers);
    let url = format!("http://{}/img/dir/a%2Bb.jpg", store.address);

    let refused = get(&url, &[]).await;
    assert_eq!(refused.status, 403);
    assert!(String::from_utf8_lossy(&refused.body).contains("<Code>AccessDenied</Code>"));
    let reader = |secret: &str, key: &str| store.status_for("READER", secret, "img", key);
    assert_eq!(reader("readersecret", "dir/a%2Bb.jpg"), 403, "no policy names it");
    for (policy, status) in [
        (Versitygw::allow_reading as fn(&Versitygw, &str, &str), 200),
        (Versitygw::allow_reading_and_listing, 200),
        (Versitygw::deny_reading, 403),
    ] {
        policy(&store, "img", "READER");
        assert_eq!(reader("readersecret", "dir/a%2Bb.jpg"), status);
        assert_eq!(get(&url, &[]).await.status, 403, "a policy for a user lets nobody else in");
    }
    store.allow_reading("img", "READER");
    assert_eq!(reader("readersecret", "absent.jpg"), 404);
    store.rotate_secret("READER", "another");
    assert_eq!((reader("readersecret", "dir/a%2Bb.jpg"), reader("another", "dir/a%2Bb.jpg")), (403, 200));
    store.delete_user("READER");
    assert_eq!(reader("another", "dir/a%2Bb.jpg"), 403);
    store.make_public("img");
    let found = get(&url, &[]).await;
    assert_eq!((found.status, &*found.body), (200, &b"picture"[..]));
    assert_eq!(found.header("cache-control"), "max-age=60");
    assert_eq!(found.header("x-amz-meta-isprivatefile"), "true");
}

#[tokio::test]
async fn fake_gcs_answers_under_its_public_host_with_metadata() {
    let store = FakeGcs::start();
    store.make_bucket("img");
    store.put_with(
        "img",
        "dir/画 a+b.png",
        "image/png",
        b"picture",
        "max-age=60",
        &[("isprivatefile", "true")],
    );
    let path = "/img/dir/%E7%94%BB%20a%2Bb.png";
    let url = format!("http://{}{path}", store.address);

    let found = get(&url, &[("authorization", "Bearer whatever")]).await;
    assert_eq!((found.status, &*found.body), (200, &b"picture"[..]));
    assert_eq!(found.header("content-type"), "image/png");
    assert_eq!(found.header("cache-control"), "max-age=60");
    assert_eq!(found.header("x-goog-meta-isprivatefile"), "true");
    assert_eq!(get(&format!("http://{}/img/absent.png", store.address), &[]).await.status, 404);

    store.set_public_host("origin.test:80");
    assert_eq!(get(&url, &[]).await.status, 404, "another host is taken for a bucket");
    assert_eq!(get(&url, &[("host", "origin.test:80")]).await.status, 200);
    store.delete("img", "dir/画 a+b.png");
    assert_eq!(get(&url, &[("host", "origin.test:80")]).await.status, 404);

    let behind = FakeGcs::start_behind("store.test");
    behind.make_bucket("img");
    behind.put("img", "a.png", "image/png", b"picture");
    assert_eq!(
        get(&format!("http://{}/img/a.png", behind.address), &[("host", "store.test")]).await.status,
        200
    );
}

#[tokio::test]
async fn gate_answers_as_google_does_by_the_token() {
    let store = FakeGcs::start();
    store.make_bucket("img");
    store.put("img", "dir/a+b.jpg", "image/jpeg", b"picture");
    let gate = Gate::start(&store);
    let (xml, json) = ("/img/dir/a%2Bb.jpg", "/storage/v1/b/img/o/dir%2Fa%2Bb.jpg?alt=media");
    let rows = [
        (xml, "Bearer good", 200, "picture"),
        (json, "Bearer good-2", 200, "picture"),
        ("/img/absent.jpg", "Bearer good", 404, "NoSuchKey"),
        ("/storage/v1/b/img/o/absent?alt=media", "Bearer good", 404, "notFound"),
        (xml, "", 403, "AccessDenied"),
        (json, "", 401, "required"),
        (xml, "Bearer stale", 401, "AuthenticationRequired"),
        (json, "Bearer stale", 401, "authError"),
        (xml, "Bearer forbidden", 403, "AccessDenied"),
        (json, "Bearer forbidden", 403, "forbidden"),
        (xml, "Bearer busy", 429, "rateLimitExceeded"),
        (xml, "Bearer broken", 503, "backendError"),
    ];
    for (path, credential, status, part) in rows {
        let headers = [("authorization", credential)];
        let headers = if credential.is_empty() { &[][..] } else { &headers[..] };
        let answer = get(&format!("{}{path}", gate.url()), headers).await;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{path} with {credential:?}: {body}");
        assert!(body.contains(part), "{path} with {credential:?}: {body}");
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401, "{path} with {credential:?}");
    }
}

#[tokio::test]
async fn azurite_judges_shared_access_signatures() {
    let store = Azurite::start();
    store.make_container("img");
    store.make_public_container("open");
    store.put_with(
        "img",
        "dir/画 a+b.png",
        "image/png",
        b"picture",
        "max-age=60",
        &[("isprivatefile", "true")],
    );
    store.put("img", "cold.png", "image/png", b"picture");
    store.put("open", "a.png", "image/png", b"picture");
    store.archive("img", "cold.png");

    let name = "dir/画 a+b.png";
    let rows = [
        (Sas::account(), 200, ""),
        (Sas::container("img"), 200, ""),
        (Sas::blob("img", name), 200, ""),
        (Sas::account().expired(), 403, "AuthorizationFailure"),
        (Sas::container("img").expired(), 403, "AuthorizationFailure"),
        (Sas::container("img").not_yet_valid(), 403, "AuthorizationFailure"),
        (Sas::blob("img", "other.png"), 403, "AuthorizationFailure"),
        (Sas::account().signed_with("b3RoZXI="), 403, "AuthorizationFailure"),
        (Sas::blob("img", name).permissions("w"), 403, "AuthorizationPermissionMismatch"),
        (Sas::account().resource_types("sc"), 403, "AuthorizationResourceTypeMismatch"),
        (Sas::account().https_only(), 403, "AuthorizationProtocolMismatch"),
    ];
    for (sas, status, code) in rows {
        let answer = get(&format!("{}?{}", store.url("img", name), sas.token()), &[]).await;
        assert_eq!((answer.status, answer.header("x-ms-error-code")), (status, code), "{sas:?}");
        if status == 200 {
            assert_eq!(&*answer.body, b"picture");
            assert_eq!(answer.header("cache-control"), "max-age=60");
            assert_eq!(answer.header("x-ms-meta-isprivatefile"), "true");
        }
    }
    let token = Sas::account().token();
    for (container, name, status, code) in [
        ("img", "absent.png", 404, "BlobNotFound"),
        ("absent", "a.png", 404, "ContainerNotFound"),
        ("img", "cold.png", 409, "BlobArchived"),
    ] {
        let answer = get(&format!("{}?{token}", store.url(container, name)), &[]).await;
        assert_eq!((answer.status, answer.header("x-ms-error-code")), (status, code), "{container}/{name}");
    }
    assert_eq!(get(&store.url("open", "a.png"), &[]).await.status, 200, "everybody may read");
    assert_eq!(get(&store.url("img", name), &[]).await.status, 403, "nobody may");
    store.delete("open", "a.png");
    assert_eq!(get(&store.url("open", "a.png"), &[]).await.status, 404);
}

#[tokio::test]
async fn azurite_with_tls_judges_bearer_tokens_by_their_claims() {
    let pki = Pki::create();
    let store = Azurite::start_with_tokens(&pki);
    store.make_container("img");
    store.put("img", "a.png", "image/png", b"picture");
    let client = trusting(&pki, None);
    for (lives, status) in [(SignedDuration::from_hours(1), 200), (SignedDuration::from_hours(-1), 403)] {
        let request = client.get(store.url("img", "a.png")).header("x-ms-version", "2021-12-02");
        let token = format!("Bearer {}", access_token(lives));
        let response = request.header("authorization", token).send().await.unwrap();
        assert_eq!(response.status(), status, "{}", response.text().await.unwrap());
    }
}

fn basic() -> String {
    use base64::Engine as _;
    let pair = format!("{CLIENT_ID}:{CLIENT_SECRET}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// Asks for tokens and gives the status, the access token and the refresh token.
async fn grant(pim: &Akeneo, authorization: &str, body: &Value) -> (u16, String, String) {
    let headers = [("authorization", authorization), ("content-type", "application/json")];
    let answer = ask(Method::POST, &pim.url("/api/oauth/v1/token"), &headers, &body.to_string()).await;
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    (answer.status, text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn akeneo_gives_tokens_and_the_three_kinds_of_media_files() {
    let pim = Akeneo::start();
    for kind in [akeneo::Kind::Product, akeneo::Kind::Asset, akeneo::Kind::ReferenceEntity] {
        pim.put(kind, "f/d/fd1d a+b.png", "image/png", format!("{kind:?}").as_bytes());
    }
    let password = json!({"grant_type": "password", "username": USERNAME, "password": PASSWORD});
    let wrong = json!({"grant_type": "password", "username": USERNAME, "password": "wrong"});
    assert_eq!(grant(&pim, "Basic d3Jvbmc6d3Jvbmc=", &password).await.0, 422, "an unknown connection");
    assert_eq!(grant(&pim, &basic(), &wrong).await.0, 422, "a wrong password");
    let (status, access, refresh) = grant(&pim, &basic(), &password).await;
    assert_eq!(status, 200);

    let fetch = async |path: &str, access: &str| {
        let url = pim.url(&format!("/api/rest/v1/{path}"));
        get(&url, &[("authorization", &format!("Bearer {access}"))]).await
    };
    let rows = [
        ("media-files/f/d/fd1d%20a%2Bb.png/download", 200, "Product"),
        ("media-files/f/d/fd1d%20a%2Bb.png", 200, "mime_type"),
        ("asset-media-files/f/d/fd1d%20a%2Bb.png", 200, "Asset"),
        ("reference-entities-media-files/f/d/fd1d%20a%2Bb.png", 200, "ReferenceEntity"),
        ("media-files/f%2Fd%2Ffd1d%20a%2Bb.png/download", 404, "Not Found"),
        ("media-files/absent.png/download", 404, "does not exist"),
        ("products/1", 404, "No route"),
    ];
    for (path, status, part) in rows {
        let answer = fetch(path, &access).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(String::from_utf8_lossy(&answer.body).contains(part), "{path}: {:?}", answer.body);
    }

    let file = "asset-media-files/f/d/fd1d%20a%2Bb.png";
    pim.expire_tokens();
    assert_eq!(fetch(file, &access).await.status, 401);
    let exchange = json!({"grant_type": "refresh_token", "refresh_token": refresh});
    let (status, access, _) = grant(&pim, &basic(), &exchange).await;
    assert_eq!(status, 200);
    assert_eq!(fetch(file, &access).await.status, 200);
    assert_eq!(grant(&pim, &basic(), &exchange).await.0, 422, "a refresh token is good once");
    pim.expire_refresh_tokens();
    pim.lock_user(true);
    assert_eq!(grant(&pim, &basic(), &password).await.0, 422);
    pim.lock_user(false);

    pim.answer_once(akeneo::Call::Asset, akeneo::too_many(1));
    pim.answer(akeneo::Call::Asset, akeneo::forbidden());
    let busy = fetch(file, &access).await;
    assert_eq!((busy.status, busy.header("retry-after")), (429, "1"));
    assert_eq!(fetch(file, &access).await.status, 403);
    pim.recover();
    assert_eq!(fetch(file, &access).await.status, 401);
    assert_eq!(pim.count(akeneo::Call::PasswordGrant), 4);
    assert_eq!(pim.count(akeneo::Call::RefreshGrant), 2);
    assert_eq!(pim.count(akeneo::Call::Product), 3);
    pim.forget();
    assert_eq!(pim.count(akeneo::Call::Product), 0);
}
