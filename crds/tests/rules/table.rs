//! Objects that break exactly one CEL rule, and objects at the edges of what the rules allow.
//!
//! Judged twice: in process, and by a real API server.

mod stores;

use imgplane_crds::Kind;
use serde_json::{Value, json};

/// An object that breaks one rule.
pub(crate) struct Broken {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its spec.
    pub(crate) spec: Value,
    /// The field that the verdict names.
    pub(crate) path: &'static str,
    /// The rule's words.
    pub(crate) message: String,
}

/// The object with this spec.
pub(crate) fn object(kind: Kind, spec: &Value) -> Value {
    json!({
        "apiVersion": "imgplane.dev/v1alpha1",
        "kind": kind.as_str(),
        "metadata": { "name": "x", "namespace": "shop" },
        "spec": spec,
    })
}

const HTTP: &str =
    "must be an absolute address that starts with http:// or https://, such as https://static.example.com";
const QUERY: &str = "must not have a query: remove the question mark and what follows it";
const FRAGMENT: &str = "must not have a fragment: remove # and what follows it";
const USER: &str = "must not have a user or password before the host: credentials belong in a Secret";
const DOTS: &str = "must not have . or .. as a path segment: write the folder that is meant";
const FILE_DOTS: &str = "must not have . or .. as a path segment: write the file that is meant";
const CONTROL: &str = "must not have line breaks or other control characters";
const SEGMENT: &str = "must be one path segment: letters, digits, hyphens and underscores";
const HOST: &str = "must be a lower-case host name such as img.example.com, without scheme, port or path";
const REGION: &str = "must be a region name such as eu-west-1: letters, digits, hyphens and underscores";
const HOST_TWICE: &str = "lists a host twice: list each host once";
const MANAGED_ONLY: &str =
    "belongs to mode Managed: somebody else runs the pods of an External DataPlane, so remove it here";
const OF_ANOTHER_AUTH: &str = "is used when auth.type is Secret alone: remove it, or set auth.type to Secret";
const HEADER_VALUE: &str =
    "must be printable ASCII characters, without line breaks and without spaces at its ends";
const HEADER_NAME: &str =
    "must be the name of a header, such as X-Auth: letters, digits and hyphens, no colon or space";
const OWN_HEADER: &str =
    "must not be a header that imgplane sets itself: choose another (forwardHostHeader changes Host)";
const PROXIED_HOST: &str =
    "must be a lower-case host such as a.example, *.a.example for all below it, an IP address, or *";
const PAGE: &str = "must be a page or a host, such as https://www.shop.example; no wildcards";
const GOOGLE_BUCKET: &str =
    "must be a bucket name: 3 to 222 lower-case letters, digits, dots, hyphens and underscores";
const CONTAINER: &str =
    "must be a container name: 3 to 63 lower-case letters, digits and hyphens, or $root or $web";
const EGRESS: &str =
    "must be http://HOST:PORT, such as http://proxy.example.com:3128, without user, path and query";
const MIN_ABOVE_MAX: &str = "must be at least min, which is 2 where it is absent";

/// Origins, each of which breaks one rule.
pub(crate) fn origins() -> Vec<Broken> {
    let anonymous = json!({ "type": "Anonymous" });
    let s3 = |field: &str, value: Value| {
        let mut s3 = json!({ "bucket": "media", "auth": anonymous });
        s3[field] = value;
        json!({ "type": "S3", "s3": s3 })
    };
    let compatible = |field: &str, value: Value| {
        let mut s3 =
            json!({ "bucket": "media", "endpoint": "https://minio.shop.svc:9000", "auth": anonymous });
        s3[field] = value;
        json!({ "type": "S3Compatible", "s3Compatible": s3 })
    };
    let web = |url: &str| json!({ "type": "WebFolder", "webFolder": { "baseUrl": url } });
    let cloudinary = |field: &str, value: Value| {
        let mut s3 = json!({ "bucket": "media", "auth": anonymous });
        s3[field] = value;
        json!({ "type": "CloudinaryBackup", "cloudinaryBackup": s3 })
    };
    let gcs = |field: &str, value: Value| {
        let mut gcs = json!({ "bucket": "media", "auth": anonymous });
        gcs[field] = value;
        json!({ "type": "GCS", "gcs": gcs })
    };
    let azure = |field: &str, value: Value| {
        let mut blob = json!({ "accountName": "shop", "container": "media", "auth": anonymous });
        blob[field] = value;
        json!({ "type": "AzureBlob", "azureBlob": blob })
    };
    let akeneo = |field: &str, value: Value| {
        let mut pim =
            json!({ "baseUrl": "https://pim.example.com", "auth": { "secretRef": { "name": "akeneo" } } });
        pim[field] = value;
        json!({ "type": "AkeneoPIM", "akeneoPim": pim })
    };
    let proxy = |field: &str, value: Value| {
        let mut proxy = json!({ "allowedHosts": ["a.example"] });
        proxy[field] = value;
        json!({ "type": "WebProxy", "webProxy": proxy })
    };
    let headers = |headers: Value| json!({ "type": "WebFolder", "webFolder": { "baseUrl": "https://a.example", "headers": headers } });
    let header = |name: &str, value: &str| headers(json!([{ "name": name, "value": value }]));
    let identity = json!({ "type": "WorkloadIdentity" });
    let volume = |path: &str| json!({ "type": "Volume", "volume": { "name": "photos", "path": path } });
    let probe =
        |path: &str| json!({ "type": "Volume", "volume": { "name": "photos" }, "probe": { "path": path } });
    let canonical = |url: &str| json!({ "type": "Volume", "volume": { "name": "photos" }, "canonicalHeader": { "baseUrl": url } });
    let both = |kind: &str, member: &str, extra: Value| {
        let mut spec = match kind {
            "Volume" => json!({ "type": "Volume", "volume": { "name": "photos" } }),
            _ => web("https://a.example"),
        };
        spec[member] = extra;
        spec
    };
    let belongs =
        |kind: &str| format!("belongs to type {kind}: remove it, or set type to {kind} in a new Origin");
    let secret_missing =
        "is required when auth.type is Secret; without credentials set auth.type to Anonymous".to_owned();
    let bucket = "must be a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens";
    let wide = "must be a bucket name: letters, digits, dots, hyphens and underscores, no slash";

    let rows: Vec<(Value, &'static str, String)> = vec![
        // The union.
        (json!({ "type": "S3" }), "spec.s3", "is required when type is S3".into()),
        (
            json!({ "type": "S3Compatible" }),
            "spec.s3Compatible",
            "is required when type is S3Compatible".into(),
        ),
        (json!({ "type": "WebFolder" }), "spec.webFolder", "is required when type is WebFolder".into()),
        (json!({ "type": "Volume" }), "spec.volume", "is required when type is Volume".into()),
        (both("Volume", "s3", json!({ "bucket": "media", "auth": anonymous })), "spec.s3", belongs("S3")),
        (
            both("Volume", "s3Compatible", compatible("prefix", json!("a"))["s3Compatible"].clone()),
            "spec.s3Compatible",
            belongs("S3Compatible"),
        ),
        (
            both("Volume", "webFolder", json!({ "baseUrl": "https://a.example" })),
            "spec.webFolder",
            belongs("WebFolder"),
        ),
        (both("WebFolder", "volume", json!({ "name": "photos" })), "spec.volume", belongs("Volume")),
        (
            json!({ "type": "CloudinaryBackup" }),
            "spec.cloudinaryBackup",
            "is required when type is CloudinaryBackup".into(),
        ),
        (json!({ "type": "GCS" }), "spec.gcs", "is required when type is GCS".into()),
        (json!({ "type": "AzureBlob" }), "spec.azureBlob", "is required when type is AzureBlob".into()),
        (json!({ "type": "WebProxy" }), "spec.webProxy", "is required when type is WebProxy".into()),
        (json!({ "type": "AkeneoPIM" }), "spec.akeneoPim", "is required when type is AkeneoPIM".into()),
        (
            both("Volume", "cloudinaryBackup", json!({ "bucket": "media", "auth": anonymous })),
            "spec.cloudinaryBackup",
            belongs("CloudinaryBackup"),
        ),
        (both("Volume", "gcs", gcs("prefix", json!("a"))["gcs"].clone()), "spec.gcs", belongs("GCS")),
        (
            both("Volume", "azureBlob", azure("prefix", json!("a"))["azureBlob"].clone()),
            "spec.azureBlob",
            belongs("AzureBlob"),
        ),
        (
            both("Volume", "webProxy", json!({ "allowedHosts": ["a.example"] })),
            "spec.webProxy",
            belongs("WebProxy"),
        ),
        (
            both("Volume", "akeneoPim", akeneo("baseUrl", json!("https://a.example"))["akeneoPim"].clone()),
            "spec.akeneoPim",
            belongs("AkeneoPIM"),
        ),
        // Authentication.
        (s3("auth", json!({ "type": "Secret" })), "spec.s3.auth.secretRef", secret_missing.clone()),
        (s3("auth", json!({})), "spec.s3.auth.secretRef", secret_missing.clone()),
        (
            s3("auth", json!({ "type": "Anonymous", "secretRef": { "name": "k" } })),
            "spec.s3.auth.secretRef",
            OF_ANOTHER_AUTH.into(),
        ),
        (compatible("auth", json!({})), "spec.s3Compatible.auth.secretRef", secret_missing.clone()),
        (gcs("auth", json!({})), "spec.gcs.auth.secretRef", secret_missing.clone()),
        (azure("auth", json!({})), "spec.azureBlob.auth.secretRef", secret_missing.clone()),
        (cloudinary("auth", json!({})), "spec.cloudinaryBackup.auth.secretRef", secret_missing.clone()),
        (akeneo("auth", json!({})), "spec.akeneoPim.auth.secretRef", secret_missing),
        (
            gcs("auth", json!({ "type": "WorkloadIdentity", "secretRef": { "name": "k" } })),
            "spec.gcs.auth.secretRef",
            OF_ANOTHER_AUTH.into(),
        ),
        (
            compatible("auth", identity.clone()),
            "spec.s3Compatible.auth.type",
            "cannot be WorkloadIdentity here: only clouds lend identities; set Secret or Anonymous".into(),
        ),
        (
            akeneo("auth", identity.clone()),
            "spec.akeneoPim.auth.type",
            "must be Secret: Akeneo knows no other way; name a Secret with the keys of a connection".into(),
        ),
        (
            akeneo("auth", anonymous.clone()),
            "spec.akeneoPim.auth.type",
            "must be Secret: Akeneo knows no other way; name a Secret with the keys of a connection".into(),
        ),
        // Buckets, by the grammar of their store.
        (s3("bucket", json!("ab")), "spec.s3.bucket", bucket.into()),
        (s3("bucket", json!("Media")), "spec.s3.bucket", bucket.into()),
        (s3("bucket", json!("my_media")), "spec.s3.bucket", bucket.into()),
        (s3("bucket", json!("-media")), "spec.s3.bucket", bucket.into()),
        (s3("bucket", json!("media-")), "spec.s3.bucket", bucket.into()),
        (s3("bucket", json!("media/raw")), "spec.s3.bucket", bucket.into()),
        (
            s3("bucket", json!("my..media")),
            "spec.s3.bucket",
            "must not have two dots in a row: Amazon S3 has no such bucket".into(),
        ),
        (
            s3("bucket", json!("192.168.1.1")),
            "spec.s3.bucket",
            "must not look like an IP address: Amazon S3 has no such bucket".into(),
        ),
        (compatible("bucket", json!("media/raw")), "spec.s3Compatible.bucket", wide.into()),
        (compatible("bucket", json!(".media")), "spec.s3Compatible.bucket", wide.into()),
        (compatible("bucket", json!("my media")), "spec.s3Compatible.bucket", wide.into()),
        (s3("region", json!("eu west")), "spec.s3.region", REGION.into()),
        (compatible("region", json!("eu/west")), "spec.s3Compatible.region", REGION.into()),
        (cloudinary("bucket", json!("Media")), "spec.cloudinaryBackup.bucket", bucket.into()),
        (cloudinary("region", json!("eu west")), "spec.cloudinaryBackup.region", REGION.into()),
        (gcs("bucket", json!("ab")), "spec.gcs.bucket", GOOGLE_BUCKET.into()),
        (gcs("bucket", json!("Media")), "spec.gcs.bucket", GOOGLE_BUCKET.into()),
        (gcs("bucket", json!("media/raw")), "spec.gcs.bucket", GOOGLE_BUCKET.into()),
        (gcs("bucket", json!("media.")), "spec.gcs.bucket", GOOGLE_BUCKET.into()),
        (
            azure("accountName", json!("shop-media")),
            "spec.azureBlob.accountName",
            "must be the name of a storage account: 3 to 24 lower-case letters and digits".into(),
        ),
        (azure("container", json!("Media")), "spec.azureBlob.container", CONTAINER.into()),
        (azure("container", json!("$logs.")), "spec.azureBlob.container", CONTAINER.into()),
        (azure("container", json!("media-")), "spec.azureBlob.container", CONTAINER.into()),
        (
            azure("container", json!("my--media")),
            "spec.azureBlob.container",
            "must not have two hyphens in a row: Azure has no such container".into(),
        ),
        // Headers.
        (header("X Auth", "a"), "spec.webFolder.headers[0].name", HEADER_NAME.into()),
        (header("X-Auth:", "a"), "spec.webFolder.headers[0].name", HEADER_NAME.into()),
        (header("Host", "a"), "spec.webFolder.headers[0].name", OWN_HEADER.into()),
        (header("RANGE", "a"), "spec.webFolder.headers[0].name", OWN_HEADER.into()),
        (header("x-req-from", "a"), "spec.webFolder.headers[0].name", OWN_HEADER.into()),
        (header("Proxy-Authorization", "a"), "spec.webFolder.headers[0].name", OWN_HEADER.into()),
        (header("X-Auth", "a\nb"), "spec.webFolder.headers[0].value", HEADER_VALUE.into()),
        (header("X-Auth", "a "), "spec.webFolder.headers[0].value", HEADER_VALUE.into()),
        (header("X-Auth", "ä"), "spec.webFolder.headers[0].value", HEADER_VALUE.into()),
        (
            headers(json!([{ "name": "X-Auth" }])),
            "spec.webFolder.headers[0]",
            "must have either value or valueFrom: set one of the two".into(),
        ),
        (
            headers(json!([
                { "name": "X-Auth", "value": "a", "valueFrom": { "secretRef": { "name": "k", "key": "t" } } }
            ])),
            "spec.webFolder.headers[0]",
            "must have either value or valueFrom: set one of the two".into(),
        ),
        (
            headers(json!([{ "name": "X-A", "value": "a" }, { "name": "X-A", "value": "b" }])),
            "spec.webFolder.headers",
            "lists a header twice: list each header once".into(),
        ),
        (
            headers(json!([{ "name": "X-A", "valueFrom": { "secretRef": { "name": "k", "key": "a/b" } } }])),
            "spec.webFolder.headers[0].valueFrom.secretRef.key",
            "must be a key as Secrets and ConfigMaps have it: letters, digits, hyphens, dots and underscores"
                .into(),
        ),
        // Hosts of a proxy.
        (
            proxy("allowedHosts", json!([])),
            "spec.webProxy.allowedHosts",
            "must name at least one host".into(),
        ),
        (proxy("allowedHosts", json!(["A.example"])), "spec.webProxy.allowedHosts[0]", PROXIED_HOST.into()),
        (proxy("allowedHosts", json!(["*a.example"])), "spec.webProxy.allowedHosts[0]", PROXIED_HOST.into()),
        (proxy("allowedHosts", json!(["a.*.example"])), "spec.webProxy.allowedHosts[0]", PROXIED_HOST.into()),
        (
            proxy("allowedHosts", json!(["https://a.example"])),
            "spec.webProxy.allowedHosts[0]",
            PROXIED_HOST.into(),
        ),
        (
            proxy("allowedHosts", json!(["a.example:443"])),
            "spec.webProxy.allowedHosts[0]",
            PROXIED_HOST.into(),
        ),
        (proxy("deniedHosts", json!(["a b"])), "spec.webProxy.deniedHosts[0]", PROXIED_HOST.into()),
        (
            proxy("allowedSchemes", json!([])),
            "spec.webProxy.allowedSchemes",
            "must name at least one scheme".into(),
        ),
        // Addresses.
        (gcs("endpoint", json!("storage.example")), "spec.gcs.endpoint", HTTP.into()),
        (azure("endpoint", json!("https://a.example?sv=1")), "spec.azureBlob.endpoint", QUERY.into()),
        (cloudinary("endpoint", json!("https://k:s@a")), "spec.cloudinaryBackup.endpoint", USER.into()),
        (akeneo("baseUrl", json!("pim.example.com")), "spec.akeneoPim.baseUrl", HTTP.into()),
        (s3("endpoint", json!("s3.example.com")), "spec.s3.endpoint", HTTP.into()),
        (s3("endpoint", json!("https://s3.example.com?x=1")), "spec.s3.endpoint", QUERY.into()),
        (compatible("endpoint", json!("ftp://minio")), "spec.s3Compatible.endpoint", HTTP.into()),
        (compatible("endpoint", json!("https://k:s@minio")), "spec.s3Compatible.endpoint", USER.into()),
        (compatible("endpoint", json!("https://minio/#a")), "spec.s3Compatible.endpoint", FRAGMENT.into()),
        (web("static.example.com/media"), "spec.webFolder.baseUrl", HTTP.into()),
        (web("https:///media"), "spec.webFolder.baseUrl", HTTP.into()),
        (web("https://a.example/my media"), "spec.webFolder.baseUrl", HTTP.into()),
        (web("HTTPS://a.example"), "spec.webFolder.baseUrl", HTTP.into()),
        (web("https://a.example/media?x=1"), "spec.webFolder.baseUrl", QUERY.into()),
        (web("https://a.example/media#top"), "spec.webFolder.baseUrl", FRAGMENT.into()),
        (web("https://user@a.example"), "spec.webFolder.baseUrl", USER.into()),
        (web("https://user:secret@a.example/x"), "spec.webFolder.baseUrl", USER.into()),
        (web("https://a.example/media/../private"), "spec.webFolder.baseUrl", DOTS.into()),
        (web("https://a.example/media/%2E%2e/private"), "spec.webFolder.baseUrl", DOTS.into()),
        (web("https://a.example/."), "spec.webFolder.baseUrl", DOTS.into()),
        (canonical("www.example.com"), "spec.canonicalHeader.baseUrl", HTTP.into()),
        (canonical("https://www.example.com?a"), "spec.canonicalHeader.baseUrl", QUERY.into()),
        // Folders.
        (s3("prefix", json!("../raw")), "spec.s3.prefix", DOTS.into()),
        (s3("prefix", json!("raw/./x")), "spec.s3.prefix", DOTS.into()),
        (s3("prefix", json!("raw\nx")), "spec.s3.prefix", CONTROL.into()),
        (compatible("prefix", json!("raw/..")), "spec.s3Compatible.prefix", DOTS.into()),
        (gcs("prefix", json!("raw/..")), "spec.gcs.prefix", DOTS.into()),
        (azure("prefix", json!("../raw")), "spec.azureBlob.prefix", DOTS.into()),
        (cloudinary("prefix", json!("a\nb")), "spec.cloudinaryBackup.prefix", CONTROL.into()),
        (volume(".."), "spec.volume.path", DOTS.into()),
        (volume("a/../../b"), "spec.volume.path", DOTS.into()),
        (volume("a\u{7f}"), "spec.volume.path", CONTROL.into()),
        // The file that a probe asks for.
        (probe("../b.jpg"), "spec.probe.path", FILE_DOTS.into()),
        (probe("a/%2E%2e/b.jpg?v=1"), "spec.probe.path", FILE_DOTS.into()),
        (probe("a/..?v=1"), "spec.probe.path", FILE_DOTS.into()),
        (probe("a\nb.jpg"), "spec.probe.path", CONTROL.into()),
    ];
    rows.into_iter().map(|(spec, path, message)| Broken { kind: Kind::Origin, spec, path, message }).collect()
}

/// UrlEndpoints, each of which breaks one rule.
pub(crate) fn endpoints() -> Vec<Broken> {
    let twice = "lists an origin twice: list each origin once";
    [
        (json!({ "accountId": "my shop" }), "spec.accountId", SEGMENT),
        (json!({ "accountId": "shop/a" }), "spec.accountId", SEGMENT),
        (json!({ "urlPrefix": "product images" }), "spec.urlPrefix", SEGMENT),
        (json!({ "urlPrefix": "a/b" }), "spec.urlPrefix", SEGMENT),
        (json!({ "urlPrefix": "bücher" }), "spec.urlPrefix", SEGMENT),
        (
            json!({ "urlPrefix": "tr:w-300" }),
            "spec.urlPrefix",
            "must not start with tr: because that begins a transformation",
        ),
        (
            json!({ "urlPrefix": "ik-seo" }),
            "spec.urlPrefix",
            "must not start with ik- because URLs use that for endings such as ik-thumbnail.jpg",
        ),
        (json!({ "customDomains": ["https://img.example"] }), "spec.customDomains[0]", HOST),
        (json!({ "customDomains": ["a.example", "img.example:443"] }), "spec.customDomains[1]", HOST),
        (json!({ "customDomains": ["IMG.example"] }), "spec.customDomains[0]", HOST),
        (json!({ "customDomains": ["*.example"] }), "spec.customDomains[0]", HOST),
        (json!({ "customDomains": ["a.example", "a.example"] }), "spec.customDomains", HOST_TWICE),
        (json!({ "origins": [{ "name": "a" }, { "name": "b" }, { "name": "a" }] }), "spec.origins", twice),
        (
            json!({ "mediaLibrary": { "originRef": { "name": "a" } }, "origins": [{ "name": "b" }, { "name": "a" }] }),
            "spec.origins",
            "lists the media library again, which is asked first anyway: remove it here",
        ),
        (
            json!({ "urlRewriter": { "type": "Imgix", "preserveAssetDeliveryTypes": true } }),
            "spec.urlRewriter.preserveAssetDeliveryTypes",
            "is used when type is Cloudinary alone: remove it",
        ),
        (
            json!({ "security": { "restrictUnsigned": { "images": "All" } } }),
            "spec.security.restrictUnsigned",
            "needs signingKeys: without a key no URL can be signed, and nothing would be delivered",
        ),
        (
            json!({ "security": { "restrictUnsigned": { "images": "None", "videos": "AI" } } }),
            "spec.security.restrictUnsigned",
            "needs signingKeys: without a key no URL can be signed, and nothing would be delivered",
        ),
        (
            json!({ "security": { "signingKeys": [{ "secretRef": { "name": "a" } }, { "secretRef": { "name": "a" } }] } }),
            "spec.security.signingKeys",
            "lists a key twice: list each key once",
        ),
        (
            json!({ "security": { "blockedCIDRs": ["10.0.0.0/8", "10.0.0"] } }),
            "spec.security.blockedCIDRs[1]",
            "must be an IP address or a range such as 203.0.113.0/28",
        ),
        (
            json!({ "security": { "blockedUserAgents": ["b\u{f6}t"] } }),
            "spec.security.blockedUserAgents[0]",
            "must be printable ASCII characters",
        ),
        (json!({ "security": { "referrers": { "allow": ["*.shop.example"] } } }), "spec.security.referrers.allow[0]", PAGE),
        (json!({ "security": { "referrers": { "block": ["ftp://a.example"] } } }), "spec.security.referrers.block[0]", PAGE),
        (
            json!({ "security": { "referrers": { "allow": ["a.example"], "block": ["b.example"] } } }),
            "spec.security.referrers.block",
            "is used when allow is empty alone: set one of the two lists",
        ),
        (
            json!({ "acceptOverrides": [{ "userAgent": "\t", "accept": "image/webp" }] }),
            "spec.acceptOverrides[0].userAgent",
            "must be printable ASCII characters",
        ),
        (
            json!({ "acceptOverrides": [{ "userAgent": "App", "accept": "image/webp " }] }),
            "spec.acceptOverrides[0].accept",
            HEADER_VALUE,
        ),
        (json!({ "defaultImage": { "path": "../a.jpg" } }), "spec.defaultImage.path", FILE_DOTS),
        (json!({ "defaultImage": { "path": "a\nb.jpg" } }), "spec.defaultImage.path", CONTROL),
    ]
    .into_iter()
    .map(|(spec, path, message)| Broken { kind: Kind::UrlEndpoint, spec, path, message: message.to_owned() })
    .collect()
}

/// DataPlanes, each of which breaks one rule.
pub(crate) fn data_planes() -> Vec<Broken> {
    let select =
        |selector: Value| json!({ "allowedNamespaces": { "from": "Selector", "selector": selector } });
    let expression = |operator: &str, values: Value| {
        select(json!({ "matchExpressions": [{ "key": "team", "operator": operator, "values": values }] }))
    };
    let values = "spec.allowedNamespaces.selector.matchExpressions[0].values";
    [
        (json!({ "hosts": ["img.example/x"] }), "spec.hosts[0]", HOST),
        (json!({ "hosts": ["a.example", "a.example"] }), "spec.hosts", HOST_TWICE),
        (json!({ "domains": [{ "host": "a example", "account": "shop" }] }), "spec.domains[0].host", HOST),
        (
            json!({ "domains": [{ "host": "a.example", "account": "" }] }),
            "spec.domains[0].account",
            "must name an account",
        ),
        (
            json!({ "domains": [{ "host": "a.example", "account": "a/b" }] }),
            "spec.domains[0].account",
            SEGMENT,
        ),
        (
            json!({ "domains": [{ "host": "a.example", "account": "a" }, { "host": "a.example", "account": "b" }] }),
            "spec.domains",
            HOST_TWICE,
        ),
        (
            json!({ "hosts": ["a.example"], "domains": [{ "host": "a.example", "account": "shop" }] }),
            "spec.domains",
            "ties a host to an account that hosts lists as shared: remove it from one of the two",
        ),
        (
            json!({ "allowedNamespaces": { "from": "Selector" } }),
            "spec.allowedNamespaces.selector",
            "is required when from is Selector",
        ),
        (
            json!({ "allowedNamespaces": { "selector": { "matchLabels": { "a": "b" } } } }),
            "spec.allowedNamespaces.selector",
            "is only used when from is Selector: remove it, or set from to Selector",
        ),
        (
            select(json!({})),
            "spec.allowedNamespaces.selector",
            "must have matchLabels or matchExpressions: an empty selector would select every namespace",
        ),
        (expression("In", json!([])), values, "must not be empty when operator is In or NotIn"),
        (expression("Exists", json!(["a"])), values, "must be empty when operator is Exists or DoesNotExist"),
        (
            json!({ "accounts": [{ "namespace": "shop" }, { "namespace": "shop" }] }),
            "spec.accounts",
            "lists a namespace twice: put all its accountIds into one item",
        ),
        (
            json!({ "accounts": [{ "namespace": "shop", "accountIds": ["acme", ""] }] }),
            "spec.accounts[0].accountIds",
            "must not hold an empty account id",
        ),
        (
            json!({ "accounts": [{ "namespace": "shop", "accountIds": ["acme", "a b"] }] }),
            "spec.accounts[0].accountIds[1]",
            SEGMENT,
        ),
        (
            json!({ "mode": "External", "volumes": [{ "name": "a" }, { "name": "a" }] }),
            "spec.volumes",
            "names a volume twice: give each volume its own name",
        ),
        (
            json!({ "volumes": [{ "name": "a" }] }),
            "spec.volumes",
            "needs claimName for each volume when mode is Managed",
        ),
        (
            json!({ "network": { "allowedCIDRs": ["10.0.0.0/8", "10.0.0.0/33"] } }),
            "spec.network.allowedCIDRs[1]",
            "must be an address range such as 10.0.0.0/8 or fc00::/7",
        ),
        (
            json!({ "network": { "allowedCIDRs": ["10.0.0.1"] } }),
            "spec.network.allowedCIDRs[0]",
            "must be an address range such as 10.0.0.0/8 or fc00::/7",
        ),
        (
            json!({ "network": { "trustedProxies": ["10.0.0.1"] } }),
            "spec.network.trustedProxies[0]",
            "must be an address range such as 10.0.0.0/8 or fc00::/7",
        ),
        (json!({ "network": { "egressProxy": "https://proxy:3128" } }), "spec.network.egressProxy", EGRESS),
        (json!({ "network": { "egressProxy": "http://proxy" } }), "spec.network.egressProxy", EGRESS),
        (json!({ "network": { "egressProxy": "http://u:p@proxy:3128" } }), "spec.network.egressProxy", EGRESS),
        (json!({ "network": { "egressProxy": "http://proxy:3128/x" } }), "spec.network.egressProxy", EGRESS),
        (
            json!({ "workloadIdentity": { "audience": "sts amazonaws com" } }),
            "spec.workloadIdentity.audience",
            "must not have spaces or control characters",
        ),
        (
            json!({ "workloadIdentity": { "audience": "https://kubernetes.default.svc" } }),
            "spec.workloadIdentity.audience",
            "must not be that of the API server: pods decode files of strangers and get no key to the cluster",
        ),
        (
            json!({ "workloadIdentity": { "serviceAccountAnnotations": { "k".repeat(318): "v" } } }),
            "spec.workloadIdentity.serviceAccountAnnotations",
            "has a key that is longer than an annotation's may be",
        ),
        // Pods of others are not described here.
        (
            json!({ "mode": "External", "workloadIdentity": { "serviceAccountAnnotations": { "a": "b" } } }),
            "spec.workloadIdentity.serviceAccountAnnotations",
            MANAGED_ONLY,
        ),
        (
            json!({ "mode": "External", "workloadIdentity": { "audience": "sts" } }),
            "spec.workloadIdentity.audience",
            MANAGED_ONLY,
        ),
        (json!({ "mode": "External", "replicas": 3 }), "spec.replicas", MANAGED_ONLY),
        (json!({ "mode": "External", "autoscaling": {} }), "spec.autoscaling", MANAGED_ONLY),
        (json!({ "mode": "External", "image": "imgplane:1" }), "spec.image", MANAGED_ONLY),
        (json!({ "mode": "External", "resources": {} }), "spec.resources", MANAGED_ONLY),
        (json!({ "mode": "External", "podTemplate": { "spec": {} } }), "spec.podTemplate", MANAGED_ONLY),
        (json!({ "mode": "External", "exposure": {} }), "spec.exposure", MANAGED_ONLY),
        (json!({ "mode": "External", "tls": { "secretRef": { "name": "cert" } } }), "spec.tls", MANAGED_ONLY),
        // Pods.
        (
            json!({ "replicas": 2, "autoscaling": { "max": 5 } }),
            "spec.replicas",
            "is not used with autoscaling, which sets the number of pods: remove one of the two",
        ),
        (json!({ "autoscaling": { "min": 3, "max": 2 } }), "spec.autoscaling.max", MIN_ABOVE_MAX),
        (json!({ "autoscaling": { "max": 1 } }), "spec.autoscaling.max", MIN_ABOVE_MAX),
        (json!({ "autoscaling": { "min": 21 } }), "spec.autoscaling.max", MIN_ABOVE_MAX),
        (
            json!({ "image": "imgplane 1" }),
            "spec.image",
            "must be a container image such as registry.example.com/imgplane/dataplane:1.0",
        ),
        // Exposure.
        (
            json!({ "exposure": { "type": "Ingress", "service": {} }, "hosts": ["a.example"] }),
            "spec.exposure.service",
            "belongs to type Service: remove it, or set exposure.type to Service",
        ),
        (
            json!({ "exposure": { "ingress": { "className": "nginx" } } }),
            "spec.exposure.ingress",
            "belongs to type Ingress: remove it, or set exposure.type to Ingress",
        ),
        (
            json!({ "exposure": { "type": "HTTPRoute" } }),
            "spec.exposure.httpRoute",
            "is required when exposure.type is HTTPRoute: name the Gateway in parentRefs",
        ),
        (
            json!({ "exposure": { "httpRoute": { "parentRefs": [{ "name": "public" }] } } }),
            "spec.exposure.httpRoute",
            "belongs to type HTTPRoute: remove it, or set exposure.type to HTTPRoute",
        ),
        (
            json!({ "exposure": { "type": "HTTPRoute", "httpRoute": { "parentRefs": [] } } }),
            "spec.exposure.httpRoute.parentRefs",
            "must name at least one Gateway",
        ),
        (
            json!({ "exposure": { "type": "Ingress" } }),
            "spec.hosts",
            "must name a host when exposure.type is Ingress: an Ingress without one would take every host",
        ),
        (
            json!({ "exposure": { "service": { "annotations": { "k".repeat(318): "v" } } } }),
            "spec.exposure.service.annotations",
            "has a key that is longer than an annotation's may be",
        ),
        (
            json!({ "egressIPs": ["203.0.113.7", "203.0.113.0/33"] }),
            "spec.egressIPs[1]",
            "must be an IP address or a range such as 203.0.113.0/28",
        ),
        (json!({ "region": "eu west" }), "spec.region", REGION),
    ]
    .into_iter()
    .map(|(spec, path, message)| Broken { kind: Kind::DataPlane, spec, path, message: message.to_owned() })
    .chain(stores::broken())
    .collect()
}

/// A store that shows a certificate of its own authority.
fn compatible_with_ca() -> Value {
    json!({ "type": "S3Compatible", "s3Compatible": {
        "bucket": "media", "endpoint": "https://minio.shop.svc:9000", "auth": { "type": "Anonymous" },
        "tls": { "caBundleRef": { "name": "ca" } }
    } })
}

/// Objects at the edges of what the rules allow.
pub(crate) fn kept() -> Vec<(Kind, Value)> {
    let mut kept = Vec::new();
    let mut keep = |kind: Kind, spec: Value| kept.push((kind, spec));
    let auth = json!({ "secretRef": { "name": "k" } });
    let full = json!({
        "type": "S3",
        "s3": { "bucket": "my.media-1", "region": "", "endpoint": "", "prefix": "", "auth": auth },
        "canonicalHeader": { "baseUrl": "https://www.example.com/" },
        "fetch": {
            "connectTimeout": "3s", "headersTimeout": "8s", "bodyStallTimeout": "10s", "totalTimeout": "500ms",
            "retries": 0, "maxObjectSize": 1, "maxConcurrency": 64
        },
        "probe": { "enabled": false, "path": "a b/..x.jpg?from=../y", "interval": "10s" },
    });
    keep(Kind::Origin, full);
    for (bucket, endpoint, prefix) in
        [("Media_1", "http://[fd00::1]:9000/s3", "/raw/"), ("m", "https://10.0.0.1", "50% .../..x")]
    {
        let s3 = json!({
            "bucket": bucket, "endpoint": endpoint, "region": "RegionOne", "forcePathStyle": true,
            "prefix": prefix, "auth": { "type": "Anonymous" }
        });
        keep(Kind::Origin, json!({ "type": "S3Compatible", "s3Compatible": s3 }));
    }
    for url in ["http://a", "https://a.example/a.b/..c/", "https://a.example:8443/%2F/x@y"] {
        keep(Kind::Origin, json!({ "type": "WebFolder", "webFolder": { "baseUrl": url } }));
    }
    for auth in [json!({ "type": "WorkloadIdentity" }), json!({ "type": "Anonymous" }), auth.clone()] {
        keep(
            Kind::Origin,
            json!({ "type": "GCS", "gcs": { "bucket": "my_media.example", "prefix": "raw/", "auth": auth } }),
        );
        let blob = json!({ "accountName": "shop1", "container": "$web", "endpoint": "http://a:10000/shop", "auth": auth });
        keep(Kind::Origin, json!({ "type": "AzureBlob", "azureBlob": blob }));
        let backup = json!({ "bucket": "backup", "encodeObjectKeys": true, "auth": auth });
        keep(Kind::Origin, json!({ "type": "CloudinaryBackup", "cloudinaryBackup": backup }));
        keep(Kind::Origin, json!({ "type": "S3", "s3": { "bucket": "media", "auth": auth } }));
    }
    keep(
        Kind::Origin,
        json!({ "type": "AkeneoPIM", "akeneoPim": { "baseUrl": "https://pim.example.com/", "auth": auth } }),
    );
    keep(
        Kind::Origin,
        json!({ "type": "WebProxy", "webProxy": {
            "allowedHosts": ["*", "*.a.example", "a.example", "203.0.113.7", "2001:db8::1"], "openProxy": true,
            "deniedHosts": ["*.b.example"], "allowedSchemes": ["http", "https"], "allowedPorts": [1, 65_535]
        } }),
    );
    keep(
        Kind::Origin,
        json!({ "type": "WebFolder", "webFolder": {
            "baseUrl": "https://a.example", "forwardHostHeader": true,
            "headers": [
                { "name": "User-Agent", "value": "Mozilla/5.0 (X11)" },
                { "name": "X-Auth", "valueFrom": { "secretRef": { "name": "web", "key": "token.v_1" } } }
            ],
            "tls": {
                "caBundleRef": { "kind": "Secret", "name": "ca", "key": "ca.pem" },
                "clientCertificateRef": { "name": "mtls" }, "insecureSkipVerify": false
            }
        } }),
    );
    let mut trusting = compatible_with_ca();
    keep(Kind::Origin, trusting.clone());
    trusting["s3Compatible"]["tls"] = json!({});
    keep(Kind::Origin, trusting);
    keep(Kind::Origin, json!({ "type": "Volume", "volume": { "name": "p", "path": "a/.hidden/ü" } }));
    keep(
        Kind::UrlEndpoint,
        json!({
            "accountId": "", "urlPrefix": "cl_rewrite-1", "customDomains": ["img.shop.example", "127.0.0.1"],
            "dataPlaneRef": { "name": "default", "namespace": "imgplane-system" },
            "mediaLibrary": { "originRef": { "name": "library" } },
            "origins": [{ "name": "photos" }, { "name": "legacy.v2" }],
            "optimization": {
                "autoFormat": true, "autoAvif": false, "quality": { "enabled": true, "default": 80 },
                "chromaSubsampling": "444", "pngCompression": "None", "formatSelection": "Smallest", "metadata": "All", "autoOrient": true,
                "dataSaver": { "enabled": true, "quality": 50 }
            },
            "caching": {
                "ttl": "365d", "negativeTtl": "0s", "originCacheControl": true, "staleIfError": "0s",
                "saveOriginals": true
            },
            "limits": {
                "maxInputBytes": "40Mi", "maxPixels": 100_000_000, "transformationTimeout": "30s",
                "maxConcurrency": 0
            },
            "compat": { "unknownParameters": "Reject", "invalidValues": "Ignore" }
        }),
    );
    keep(Kind::UrlEndpoint, json!({}));
    keep(
        Kind::DataPlane,
        json!({
            "default": true, "mode": "Managed", "hosts": ["img.example.com"],
            "domains": [{ "host": "static.example.com", "account": "shop" }],
            "allowedNamespaces": {
                "from": "Selector",
                "selector": {
                    "matchLabels": { "a.b/c": "d" },
                    "matchExpressions": [{ "key": "team", "operator": "In", "values": ["x"] }]
                }
            },
            "accounts": [{ "namespace": "shop", "accountIds": ["acme"] }],
            "implicitDefaultEndpoint": false,
            "volumes": [{ "name": "photos", "claimName": "photos-pvc", "allowedNamespaces": ["shop"] }],
            "network": { "allowedCIDRs": ["10.0.0.0/8", "fc00::/7"] },
            "limits": { "memoryBudget": "", "maxConcurrency": 0, "queue": 256, "queueTimeout": "5s" },
            "cache": { "memory": 0, "disk": { "size": "10Gi" } }
        }),
    );
    keep(
        Kind::DataPlane,
        json!({
            "replicas": 0, "image": "registry.example.com:5000/imgplane/dataplane@sha256:abc",
            "resources": { "requests": { "cpu": 1 }, "claims": [{ "name": "gpu" }] },
            "podTemplate": {
                "metadata": { "labels": { "team": "web" } },
                "spec": { "containers": [{ "name": "imgplane", "env": [{ "name": "A", "value": "1" }] }] }
            },
            "exposure": { "service": { "type": "LoadBalancer", "port": 443, "annotations": { "a.b/c": "d" } } },
            "tls": { "secretRef": { "name": "cert" } },
            "egressIPs": ["203.0.113.7", "2001:db8::1", "203.0.113.0/28"], "region": ""
        }),
    );
    keep(
        Kind::DataPlane,
        json!({
            "autoscaling": { "min": 2, "max": 2, "cpuUtilization": 70 }, "image": "",
            "domains": [{ "host": "static.example.com", "account": "shop" }],
            "exposure": {
                "type": "Ingress",
                "ingress": { "className": "nginx", "tlsSecretName": "cert", "annotations": { "a.b/c": "" } }
            }
        }),
    );
    keep(
        Kind::DataPlane,
        json!({
            "exposure": {
                "type": "HTTPRoute",
                "httpRoute": { "parentRefs": [{
                    "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public",
                    "namespace": "gateways", "sectionName": "https", "port": 443
                }] }
            }
        }),
    );
    keep(
        Kind::DataPlane,
        json!({ "mode": "External", "image": "", "egressIPs": ["203.0.113.7"], "cache": {} }),
    );
    keep(Kind::DataPlane, json!({ "mode": "External", "volumes": [{ "name": "a" }, { "name": "b" }] }));
    keep(Kind::DataPlane, json!({ "network": { "allowedCIDRs": [] } }));
    for proxy in ["", "http://proxy.example.com:3128", "http://10.0.0.1:80", "http://[fd00::1]:3128"] {
        keep(
            Kind::DataPlane,
            json!({ "network": { "trustedProxies": ["10.0.0.0/16", "fd00::/8"], "egressProxy": proxy } }),
        );
    }
    keep(
        Kind::DataPlane,
        json!({ "workloadIdentity": {
            "allowedNamespaces": ["shop"], "audience": "sts.amazonaws.com",
            "serviceAccountAnnotations": { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/media" }
        } }),
    );
    keep(
        Kind::DataPlane,
        json!({ "mode": "External", "workloadIdentity": { "allowedNamespaces": ["shop"], "audience": "" } }),
    );
    for spec in stores::kept() {
        keep(Kind::DataPlane, spec);
    }
    kept
}
