//! The manifests: an Origin and an endpoint of the same name for each type, and what they refer to.

use imgplane_tests::server::{
    akeneo::{CLIENT_ID, CLIENT_SECRET, PASSWORD, USERNAME},
    azurite::{ACCOUNT, KEY, Sas},
    versitygw::{ROOT_KEY, ROOT_SECRET},
};
use serde_json::{Value, json};

use super::stores::{BUCKET, PLAIN, Stores, TLS_1, TLS_2};

/// All of them as one file: JSON is YAML.
pub(super) fn all(stores: &Stores) -> String {
    let authority = json!({"ca.crt": stores.pki.authority_pem()});
    let google = stores.account.key_json(&stores.tokens.url("/token"));
    let pim = json!({
        "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "username": USERNAME, "password": PASSWORD,
    });
    let documents = [
        vec![
            holder("ConfigMap", "authority", "data", &authority),
            secret("s3", &json!({"accessKey": ROOT_KEY, "secretKey": ROOT_SECRET})),
            secret("gcs", &json!({"key.json": google})),
            secret("azure-key", &json!({"accountKey": KEY})),
            secret("azure-sas", &json!({"sasToken": Sas::container(BUCKET).token()})),
            secret("pim", &pim),
        ],
        origins(stores),
    ];
    documents.concat().iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
}

fn origins(stores: &Stores) -> Vec<Value> {
    let web = &stores.web.addresses;
    let at = |server: usize| web.get(server).map(ToString::to_string).unwrap_or_default();
    let port = web.get(PLAIN).map(std::net::SocketAddr::port);
    let secure = |server| {
        let tls = json!({"caBundleRef": {"kind": "ConfigMap", "name": "authority"}});
        json!({"baseUrl": format!("https://{}", at(server)), "tls": tls})
    };
    let s3 = json!({
        "bucket": BUCKET, "endpoint": format!("http://{}", stores.s3.address), "auth": by_secret("s3"),
    });
    let gcs = json!({
        "bucket": BUCKET, "endpoint": format!("http://{}", stores.gcs.address), "auth": by_secret("gcs"),
    });
    let azure = |secret: &str| {
        let (endpoint, auth) = (stores.azure.endpoint(), by_secret(secret));
        json!({"accountName": ACCOUNT, "container": BUCKET, "endpoint": endpoint, "auth": auth})
    };
    let proxy = json!({
        "allowedHosts": ["127.0.0.1"], "allowedSchemes": ["http"], "allowedPorts": [port],
    });
    let pim = json!({"baseUrl": stores.pim.url("/"), "auth": by_secret("pim")});
    [
        origin("volume", "Volume", "volume", &json!({"name": "bench"})),
        origin("web", "WebFolder", "webFolder", &json!({"baseUrl": stores.web.url(PLAIN)})),
        origin("web-tls-1", "WebFolder", "webFolder", &secure(TLS_1)),
        origin("web-tls-2", "WebFolder", "webFolder", &secure(TLS_2)),
        origin("proxy", "WebProxy", "webProxy", &proxy),
        origin("s3", "S3Compatible", "s3Compatible", &s3),
        origin("gcs", "GCS", "gcs", &gcs),
        origin("azure-key", "AzureBlob", "azureBlob", &azure("azure-key")),
        origin("azure-sas", "AzureBlob", "azureBlob", &azure("azure-sas")),
        origin("backup", "CloudinaryBackup", "cloudinaryBackup", &s3),
        origin("pim", "AkeneoPIM", "akeneoPim", &pim),
    ]
    .concat()
}

/// An Origin whose place is the member `member`, and its endpoint.
fn origin(name: &str, kind: &str, member: &str, place: &Value) -> [Value; 2] {
    let endpoint = json!({"urlPrefix": name, "origins": [{"name": name}]});
    [ours("Origin", name, &json!({"type": kind, member: place})), ours("UrlEndpoint", name, &endpoint)]
}

fn ours(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "imgplane.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn secret(name: &str, entries: &Value) -> Value {
    holder("Secret", name, "stringData", entries)
}

fn holder(kind: &str, name: &str, section: &str, entries: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, section: entries})
}

fn by_secret(name: &str) -> Value {
    json!({"type": "Secret", "secretRef": {"name": name}})
}
