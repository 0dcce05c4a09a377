//! Azure Blob Storage: shared access signatures of each sort, the account's key, public containers; odd names, ranges
//! and private files.

use imgplane_tests::server::{
    azurite::{ACCOUNT, Azurite, KEY, Sas},
    imgplane::Imgplane,
};

use crate::{
    ODD_NAMES, get, is_private, is_refused, is_text,
    manifests::{by_secret, join, origin, secret},
    photo, shows_its_custom_coordinates,
};

/// A container at an emulator, which has the account in the path. `more` are further members.
pub(crate) fn place(store: &Azurite, container: &str, more: &str) -> String {
    format!(
        "azureBlob: {{accountName: {ACCOUNT}, container: {container}, endpoint: \"{}\", {more}}}",
        store.endpoint()
    )
}

/// An origin for container `media` with a Secret of this entry, all of the same name.
fn with(store: &Azurite, name: &str, key: &str, value: &str) -> String {
    let place = place(store, "media", &by_secret(name));
    join(&[secret(name, &[(key, value)]), origin(name, "AzureBlob", &place)])
}

#[tokio::test]
async fn blobs_are_found_by_any_name_however_we_are_authorised() {
    let store = Azurite::start();
    store.make_container("media");
    store.make_public_container("open");
    for (_, name) in ODD_NAMES {
        for place in ["media", "open"] {
            store.put(place, name, "text/plain", name.as_bytes());
        }
        store.put("media", &format!("50% raw/{name}"), "text/plain", format!("raw {name}").as_bytes());
    }
    let (account, container) = (Sas::account().token(), Sas::container("media").token());
    let below = format!("prefix: \"/50% raw/\", {}", by_secret("key"));
    let anonymous = "auth: {type: Anonymous}";
    let manifests = [
        with(&store, "account-sas", "sasToken", &account),
        with(&store, "question-mark", "sasToken", &format!("?{account}")),
        with(&store, "container-sas", "sasToken", &container),
        with(&store, "key", "accountKey", KEY),
        origin("open", "AzureBlob", &place(&store, "open", anonymous)),
        origin("below", "AzureBlob", &place(&store, "media", &below)),
        with(&store, "blob-sas", "sasToken", &Sas::blob("media", "my file.txt").token()),
        with(&store, "other-key", "accountKey", "b3RoZXI="),
        with(&store, "no-read", "sasToken", &Sas::container("media").permissions("l").token()),
        with(&store, "other-signer", "sasToken", &Sas::account().signed_with("b3RoZXI=").token()),
        origin("closed", "AzureBlob", &place(&store, "media", anonymous)),
        origin("no-container", "AzureBlob", &place(&store, "absent", &by_secret("account-sas"))),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for name in ["account-sas", "question-mark", "container-sas", "key", "open"] {
        for (path, text) in ODD_NAMES {
            is_text(&server.get(&format!("/default/{name}/{path}")).await, text);
        }
        is_refused(&server.get(&format!("/default/{name}/absent.jpg")).await, "ENOENT - Azure Blob Storage");
    }
    for (path, text) in ODD_NAMES {
        is_text(&server.get(&format!("/default/below/{path}")).await, &format!("raw {text}"));
    }
    is_text(&server.get("/default/blob-sas/my%20file.txt").await, "my file.txt");
    for (name, error) in [
        ("blob-sas", "EACCES"),
        ("other-key", "EACCES"),
        ("no-read", "EACCES"),
        ("other-signer", "EACCES"),
        ("closed", "EACCES"),
        ("no-container", "ENOENT - container"),
    ] {
        is_refused(&server.get(&format!("/default/{name}/dir/a+b.txt")).await, error);
    }
}

#[tokio::test]
async fn a_part_of_a_blob_is_asked_of_the_store_however_we_are_authorised() {
    let store = Azurite::start();
    store.make_container("media");
    store.put("media", "digits.bin", "application/octet-stream", b"0123456789");
    let manifests =
        [with(&store, "sas", "sasToken", &Sas::account().token()), with(&store, "key", "accountKey", KEY)];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for name in ["sas", "key"] {
        let path = format!("/default/{name}/digits.bin");
        for (range, status, of, text) in [
            ("bytes=2-5", 206, "bytes 2-5/10", "2345"),
            ("bytes=7-", 206, "bytes 7-9/10", "789"),
            ("bytes=8-99", 206, "bytes 8-9/10", "89"),
            ("bytes=99-", 416, "bytes */10", ""),
        ] {
            let answer = get(&server, &path, &[("range", range)]).await;
            assert_eq!((answer.status, answer.header("content-range")), (status, of), "{name} {range}");
            if status == 206 {
                assert_eq!(String::from_utf8_lossy(&answer.body), text, "{name} {range}");
            }
        }
        // The store knows no ranges from the end, so that the whole file is the answer, which is allowed.
        let answer = get(&server, &path, &[("range", "bytes=-3")]).await;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            matches!((answer.status, body.as_str()), (206, "789") | (200, "0123456789")),
            "{name}: {} {body}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_private_blob_needs_a_signature() {
    let store = Azurite::start();
    store.make_container("media");
    for (name, kind, bytes) in
        [("cat.jpg", "image/jpeg", photo(60)), ("a.txt", "text/plain", b"secret".to_vec())]
    {
        store.put_with("media", name, kind, &bytes, "max-age=60", &[("isprivatefile", "true")]);
    }
    let server = Imgplane::start(&with(&store, "sas", "sasToken", &Sas::account().token()), |_| {});
    is_private(&server, "sas", "cat.jpg", "a.txt").await;
}

#[tokio::test]
async fn custom_coordinates_decide_what_stays() {
    let store = Azurite::start();
    store.make_container("media");
    store.put_with("media", "cat.jpg", "image/jpeg", &photo(60), "", &[("customcoordinates", "40,10,10,10")]);
    let server = Imgplane::start(&with(&store, "sas", "sasToken", &Sas::account().token()), |_| {});
    shows_its_custom_coordinates(&server, "sas", "cat.jpg").await;
}
