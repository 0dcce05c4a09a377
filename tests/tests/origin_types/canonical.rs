//! The canonical link of every type: where the original is published, whatever the URL here looks like.

use http::Method;
use imgplane_tests::server::{
    akeneo::{Akeneo, CLIENT_ID, CLIENT_SECRET, Kind, PASSWORD, USERNAME},
    azurite::Azurite,
    fake_gcs::FakeGcs,
    imgplane::Imgplane,
    nginx::Nginx,
};

use crate::{
    ask, azure, get, is_refused,
    manifests::{by_secret, endpoint, join, origin_with, secret},
    photo,
    s3::{self, keys},
};

const PUBLISHED: &str = "https://www.example.com/originals";
const NAME: &str = "dir/a+b 画.jpg";
const PATH: &str = "dir/a+b%20%E7%94%BB.jpg";

#[tokio::test]
async fn every_type_says_where_its_files_are_published() {
    let bytes = photo(60);
    let store = s3::store();
    store.put("media", "dir/a%2Bb%20%E7%94%BB.jpg", "image/jpeg", &bytes);
    let google = FakeGcs::start();
    google.make_bucket("media");
    google.put("media", NAME, "image/jpeg", &bytes);
    let azurite = Azurite::start();
    azurite.make_public_container("media");
    azurite.put("media", NAME, "image/jpeg", &bytes);
    let nginx = Nginx::start("server { listen LISTEN0; root ROOT; }", |root| {
        std::fs::create_dir(root.join("dir")).unwrap();
        std::fs::write(root.join(NAME), &bytes).unwrap();
    });
    let pim = Akeneo::start();
    pim.put(Kind::Product, NAME, "image/jpeg", &bytes);

    let (auth, anonymous) = (by_secret("keys"), "auth: {type: Anonymous}");
    let at = nginx.addresses[0];
    let web = format!("webFolder: {{baseUrl: \"{}\"}}", nginx.url(0));
    let places = [
        ("s3", "S3", s3::place("s3", &store, &auth)),
        ("compatible", "S3Compatible", s3::place("s3Compatible", &store, &auth)),
        ("cloudinary", "CloudinaryBackup", s3::place("cloudinaryBackup", &store, &auth)),
        (
            "gcs",
            "GCS",
            format!("gcs: {{bucket: media, endpoint: \"http://{}\", {anonymous}}}", google.address),
        ),
        ("azure", "AzureBlob", azure::place(&azurite, "media", anonymous)),
        ("web", "WebFolder", web.clone()),
        (
            "proxy",
            "WebProxy",
            format!(
                "webProxy: {{allowedHosts: [\"127.0.0.1\"], allowedSchemes: [http], allowedPorts: [{}]}}",
                at.port()
            ),
        ),
        ("pim", "AkeneoPIM", format!("akeneoPim: {{baseUrl: \"{}\", {}}}", pim.url(""), by_secret("pim"))),
        ("volume", "Volume", "volume: {name: files}".to_owned()),
    ];
    let published = format!("canonicalHeader: {{baseUrl: \"{PUBLISHED}\"}}");
    let mut manifests: Vec<_> =
        places.iter().map(|(name, kind, place)| origin_with(name, kind, place, &published, "")).collect();
    let pim_keys = [
        ("clientId", CLIENT_ID),
        ("clientSecret", CLIENT_SECRET),
        ("username", USERNAME),
        ("password", PASSWORD),
    ];
    manifests.extend([keys(), secret("pim", &pim_keys)]);
    manifests.push(origin_with("silent", "WebFolder", &web, "", ""));
    manifests.push(endpoint("mixed", &["web", "silent"], ""));
    let server = Imgplane::start(&join(&manifests), |folder| {
        let files = folder.join("volumes/files/dir");
        std::fs::create_dir_all(&files).unwrap();
        std::fs::write(files.parent().unwrap().join(NAME), &bytes).unwrap();
    });

    for (name, ..) in &places {
        let (path, link) = match *name {
            "proxy" => (format!("http%3A%2F%2F{at}%2F{}", PATH.replace('%', "%25")), PATH.to_owned()),
            "pim" => (format!("media-files/{PATH}"), format!("media-files/{PATH}")),
            _ => (PATH.to_owned(), PATH.to_owned()),
        };
        let link = format!("<{PUBLISHED}/{link}>; rel=\"canonical\"");
        let plain = format!("/default/{name}/{path}");
        let answer = server.get(&format!("/default/{name}/tr:w-30/{path}?v=3")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{name}");
        assert_eq!(answer.picture().width(), 30, "{name}");
        assert_eq!(answer.header("link"), link, "{name}");
        let whole = ask(&server, Method::HEAD, &plain, &[]).await;
        assert_eq!((whole.status, whole.header("link")), (200, &*link), "{name}: HEAD");
        let etag = whole.header("etag").to_owned();
        let same = get(&server, &plain, &[("if-none-match", &etag)]).await;
        assert_eq!((same.status, same.header("link")), (304, &*link), "{name}: unchanged");
        let original = format!("/default/{name}/tr:orig-true/{path}");
        let part = get(&server, &original, &[("range", "bytes=0-9")]).await;
        assert!(matches!(part.status, 200 | 206), "{name}: {}", part.status);
        assert_eq!(part.header("link"), link, "{name}: a part");
        let refused = server.get(&format!("/default/{name}/media-files/absent.jpg")).await;
        is_refused(&refused, "ENOENT");
        assert_eq!(refused.header("link"), "", "{name}: absent");
    }
    assert_eq!(server.get(&format!("/default/silent/{PATH}")).await.header("link"), "");
    assert!(!server.get(&format!("/default/mixed/{PATH}")).await.header("link").is_empty());
}
