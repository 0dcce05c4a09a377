//! Origins of every type with real stores behind them: the API server takes them, the operator hands pods what they
//! need, and pods deliver.

use imgplane_tests::{
    pictures,
    server::{
        akeneo::{self, Akeneo},
        azurite::{ACCOUNT, Azurite, KEY},
        fake_gcs::FakeGcs,
        gate::Gate,
        nginx::Nginx,
        pki::Pki,
        service_account::ServiceAccount,
        token_endpoint::TokenEndpoint,
        versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
    },
};
use serde_json::{Value, json};

use crate::{
    quickstart::fill,
    stage::{DATA_PLANE, SHOP, Stage},
};

const CAT: &str = "cat.jpg";
/// A code of the PIM, which is a path of several parts.
const CODE: &str = "f/d/fd1d_cat.jpg";

/// An origin of a type, the Secret `NAME` that it reads, and the path of its file.
struct Row {
    kind: &'static str,
    settings: Value,
    secret: Vec<(&'static str, String)>,
    path: String,
}

impl Row {
    fn name(&self) -> String {
        self.kind.to_lowercase()
    }

    fn objects(&self) -> [Value; 3] {
        let name = self.name();
        let metadata = json!({"name": name, "namespace": SHOP});
        let mut origin = json!({"type": self.kind});
        let member = match self.kind {
            "S3" => "s3".to_owned(),
            "GCS" => "gcs".to_owned(),
            "AkeneoPIM" => "akeneoPim".to_owned(),
            other => format!("{}{}", other[..1].to_lowercase(), &other[1..]),
        };
        let mut settings = self.settings.clone();
        if !self.secret.is_empty() {
            settings["auth"] = json!({"secretRef": {"name": name}});
        }
        origin[member] = settings;
        if self.kind == "WebProxy" {
            // It has no server of its own that a probe could ask.
            origin["probe"] = json!({"path": self.path});
        }
        let data: serde_json::Map<String, Value> =
            self.secret.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())).collect();
        [
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}),
            json!({"apiVersion": "imgplane.dev/v1alpha1", "kind": "Origin", "metadata": metadata, "spec": origin}),
            json!({"apiVersion": "imgplane.dev/v1alpha1", "kind": "UrlEndpoint", "metadata": metadata,
                "spec": {"urlPrefix": name, "origins": [{"name": name}]}}),
        ]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn origins_of_every_type_are_run_by_pods() {
    let cat = pictures::demo_photo(CAT);
    let s3 = Versitygw::start();
    s3.make_bucket("media");
    s3.put("media", CAT, "image/jpeg", &cat);
    let azure = Azurite::start();
    azure.make_container("media");
    azure.put("media", CAT, "image/jpeg", &cat);
    let gcs = FakeGcs::start();
    gcs.make_bucket("media");
    gcs.put("media", CAT, "image/jpeg", &cat);
    let gate = Gate::start(&gcs);
    let account = ServiceAccount::generate("media-reader@test.iam.gserviceaccount.com");
    let tokens = TokenEndpoint::start();
    tokens.trust_account(&account);
    let pki = Pki::create();
    let tls = pki.server(&["127.0.0.1"]).nginx();
    let servers =
        format!("server {{ listen LISTEN0 ssl; {tls} root ROOT; }} server {{ listen LISTEN1; root ROOT; }}");
    let web = Nginx::start(&servers, |root| std::fs::write(root.join(CAT), &cat).unwrap());
    let pim = Akeneo::start();
    pim.put(akeneo::Kind::Product, CODE, "image/jpeg", &cat);

    let keys = || vec![("accessKey", ROOT_KEY.to_owned()), ("secretKey", ROOT_SECRET.to_owned())];
    let store = format!("http://{}", s3.address);
    let row = |kind, settings, secret| Row { kind, settings, secret, path: CAT.to_owned() };
    let rows = [
        row("Volume", json!({"name": "photos"}), vec![]),
        row("S3", json!({"bucket": "media", "region": "us-east-1", "endpoint": store}), keys()),
        row("S3Compatible", json!({"bucket": "media", "endpoint": store, "forcePathStyle": true}), keys()),
        row("CloudinaryBackup", json!({"bucket": "media", "region": "us-east-1", "endpoint": store}), keys()),
        row(
            "AzureBlob",
            json!({"accountName": ACCOUNT, "container": "media", "endpoint": azure.endpoint()}),
            vec![("accountKey", KEY.to_owned())],
        ),
        row(
            "GCS",
            json!({"bucket": "media", "endpoint": gate.url()}),
            vec![("key.json", account.key_json(&tokens.url("/token")))],
        ),
        row(
            "WebFolder",
            json!({
                "baseUrl": web.url(0).replace("http:", "https:"),
                "tls": {"caBundleRef": {"name": "authority"}},
            }),
            vec![],
        ),
        Row {
            path: format!("{}/{CAT}", web.url(1)),
            ..row(
                "WebProxy",
                json!({"allowedHosts": ["127.0.0.1"], "allowedSchemes": ["http"],
                    "allowedPorts": [web.addresses[1].port()]}),
                vec![],
            )
        },
        Row {
            path: format!("media-files/{CODE}"),
            ..row(
                "AkeneoPIM",
                json!({"baseUrl": pim.url("")}),
                vec![
                    ("clientId", akeneo::CLIENT_ID.to_owned()),
                    ("clientSecret", akeneo::CLIENT_SECRET.to_owned()),
                    ("username", akeneo::USERNAME.to_owned()),
                    ("password", akeneo::PASSWORD.to_owned()),
                ],
            )
        },
    ];

    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    let authority = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "authority", "namespace": SHOP}, "data": {"ca.crt": pki.authority_pem()}});
    let objects: Vec<Value> = rows.iter().flat_map(Row::objects).chain([authority]).collect();
    stage.cluster.apply(&json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string());
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    for row in &rows {
        let name = row.name();
        if row.kind == "WebProxy" {
            // It reaches public addresses only, and there is none here; what DataPlanes allow is for the others.
            stage.becomes("Origin", &name, "Ready", "False EACCES_AddressBlocked").await;
            let answer = pods[0].get(&format!("/{SHOP}/{name}/{}", row.path)).await;
            assert_eq!((answer.status, answer.error_code()), (404, "EACCES"));
            continue;
        }
        stage.becomes("Origin", &name, "Ready", "True Ready").await;
        stage.becomes("UrlEndpoint", &name, "Ready", "True Ready").await;
        let answer = pods[0].get(&format!("/{SHOP}/{name}/tr:w-90/{}", row.path)).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{}", row.kind);
        assert_eq!(answer.picture().width(), 90, "{}", row.kind);
    }
}
