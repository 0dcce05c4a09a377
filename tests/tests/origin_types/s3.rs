//! The S3 family: private files, backups of Cloudinary with encoded keys, and stores with a certificate of an authority
//! of one's own.

use imgplane_tests::server::{
    imgplane::Imgplane,
    nginx::Nginx,
    pki::Pki,
    versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

use crate::{
    ODD_NAMES, is_private, is_refused, is_text,
    manifests::{by_secret, config_map, join, origin, secret},
    photo, shows_its_custom_coordinates,
};

/// A store with an empty bucket `media`.
pub(crate) fn store() -> Versitygw {
    let store = Versitygw::start();
    store.make_bucket("media");
    store
}

/// The Secret `keys` with the administrator's keys.
pub(crate) fn keys() -> String {
    secret("keys", &[("accessKey", ROOT_KEY), ("secretKey", ROOT_SECRET)])
}

/// A bucket `media` at a store, with further members.
pub(crate) fn place(member: &str, store: &Versitygw, more: &str) -> String {
    format!("{member}: {{bucket: media, endpoint: \"http://{}\", {more}}}", store.address)
}

/// A name as it goes on the wire.
fn on_the_wire(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, ENCODED).to_string()
}

const ENCODED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

#[tokio::test]
async fn a_private_file_needs_a_signature_in_every_member_of_the_family() {
    let store = store();
    for (name, kind, bytes) in
        [("cat.jpg", "image/jpeg", photo(60)), ("a.txt", "text/plain", b"secret".to_vec())]
    {
        store.put_with("media", name, kind, &bytes, &[("x-amz-meta-isprivatefile", "true")]);
        let public = format!("public-{name}");
        store.put_with("media", &public, kind, &bytes, &[("x-amz-meta-isprivatefile", "false")]);
    }
    let auth = by_secret("keys");
    let manifests = [
        keys(),
        origin("s3", "S3", &place("s3", &store, &auth)),
        origin("compatible", "S3Compatible", &place("s3Compatible", &store, &auth)),
        origin("cloudinary", "CloudinaryBackup", &place("cloudinaryBackup", &store, &auth)),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for name in ["s3", "compatible", "cloudinary"] {
        is_private(&server, name, "cat.jpg", "a.txt").await;
        is_text(&server.get(&format!("/default/{name}/public-a.txt")).await, "secret");
        let public = server.get(&format!("/default/{name}/tr:w-30/public-cat.jpg")).await;
        assert_eq!(public.picture().width(), 30, "{name}");
    }
}

#[tokio::test]
async fn a_backup_with_encoded_keys_is_asked_by_plain_names() {
    let store = store();
    for (_, name) in ODD_NAMES {
        // The key itself has the percent signs.
        let key = on_the_wire(&on_the_wire(name));
        store.put("media", &key, "text/plain", name.as_bytes());
        store.put("media", &format!("50%25%20raw/{key}"), "text/plain", format!("raw {name}").as_bytes());
        store.put("media", &on_the_wire(&format!("plain/{name}")), "text/plain", b"plain");
    }
    let with = |more: &str| place("cloudinaryBackup", &store, &format!("{more}, {}", by_secret("keys")));
    let kind = "CloudinaryBackup";
    let manifests = [
        keys(),
        origin("encoded", kind, &with("encodeObjectKeys: true")),
        origin("below", kind, &with("encodeObjectKeys: true, prefix: \"50% raw/\"")),
        origin("usual", kind, &with("prefix: plain")),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for (path, name) in ODD_NAMES {
        is_text(&server.get(&format!("/default/encoded/{path}")).await, name);
        is_text(&server.get(&format!("/default/below/{path}")).await, &format!("raw {name}"));
        is_text(&server.get(&format!("/default/usual/{path}")).await, "plain");
    }
    is_refused(&server.get("/default/encoded/absent.txt").await, "ENOENT - Cloudinary backup bucket");
}

#[tokio::test]
async fn a_store_is_trusted_by_the_authority_that_the_manifest_names() {
    let (store, pki) = (store(), Pki::create());
    store.put("media", "a%2Bb.txt", "text/plain", b"found");
    let identity = pki.server(&["127.0.0.1"]);
    let front = Nginx::start(
        &format!(
            "server {{ listen LISTEN0 ssl http2; {} location / {{ proxy_pass http://{}; \
             proxy_set_header Host $http_host; }} }}",
            identity.nginx(),
            store.address
        ),
        |_| {},
    );
    let place = |tls: &str| {
        let auth = by_secret("keys");
        format!("s3Compatible: {{bucket: media, endpoint: \"https://{}\", {auth}{tls}}}", front.addresses[0])
    };
    let manifests = [
        keys(),
        config_map("authority", &[("ca.crt", &pki.authority_pem())]),
        origin("trusted", "S3Compatible", &place(", tls: {caBundleRef: {name: authority}}")),
        origin("stranger", "S3Compatible", &place("")),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    is_text(&server.get("/default/trusted/a+b.txt").await, "found");
    is_refused(
        &server.get("/default/stranger/a+b.txt").await,
        "UNIDENTIFIED - TLS with S3-compatible storage failed: certificate not trusted",
    );
}

#[tokio::test]
async fn custom_coordinates_decide_what_stays() {
    let store = store();
    store.put_with(
        "media",
        "cat.jpg",
        "image/jpeg",
        &photo(60),
        &[("x-amz-meta-custom-coordinates", "40,10,10,10")],
    );
    let server = Imgplane::start(
        &join(&[
            keys(),
            origin("compatible", "S3Compatible", &place("s3Compatible", &store, &by_secret("keys"))),
        ]),
        |_| {},
    );
    shows_its_custom_coordinates(&server, "compatible", "cat.jpg").await;
}
