//! Secrets: only those that are named are read, a new value arrives, and no value is ever shown.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use imgplane_tests::{
    pictures,
    server::versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

use crate::{
    node::Pod,
    quickstart::fill,
    stage::{DATA_PLANE, PHOTOS, SHOP, SYSTEM, Stage},
};

/// An S3 origin, its endpoint, and the Secret that they need unless `key` is empty.
pub(crate) fn bucket(store: &Versitygw, key: &str, secret: &str) -> String {
    let mut manifests = format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: bucket, namespace: shop}}\nspec:\n  \
         type: S3Compatible\n  s3Compatible:\n    bucket: media\n    endpoint: http://{}\n    forcePathStyle: true\n    \
         auth: {{secretRef: {{name: store}}}}\n---\napiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\n\
         metadata: {{name: main, namespace: shop}}\nspec: {{origins: [{{name: bucket}}]}}\n",
        store.address
    );
    if !key.is_empty() {
        manifests += &credential(key, secret);
    }
    manifests
}

/// The Secret of [`bucket`].
pub(crate) fn credential(key: &str, secret: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: store, namespace: shop}}\n\
         stringData: {{accessKey: {key}, secretKey: {secret}}}\n"
    )
}

fn store() -> Versitygw {
    let store = Versitygw::start();
    store.make_bucket("media");
    store.put("media", "cat.jpg", "image/jpeg", &pictures::demo_photo("cat.jpg"));
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_secret_is_named_and_taken_up_as_soon_as_it_is_there() {
    let store = store();
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(&bucket(&store, "", ""));
    let pods = stage.pods("default", 1).await;
    stage.becomes("Origin", "bucket", "Ready", "False SecretNotFound").await;
    let message = stage.message("Origin", "bucket", "Ready").await;
    assert!(message.contains("shop/store") || message.contains("store"), "{message}");
    stage.cluster.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: store, namespace: shop}\nstringData: {accessKey: a}\n");
    stage.becomes("Origin", "bucket", "Ready", "False SecretKeyMissing").await;
    stage.cluster.apply(&credential(ROOT_KEY, ROOT_SECRET));
    stage.becomes("Origin", "bucket", "Ready", "True Ready").await;
    // An API server that has just started may tell of endpoints a second after origins, and an Origin needs none.
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let answer = pods[0].get("/shop/cat.jpg").await;
    assert_eq!(answer.status, 200, "{}", answer.header("ik-error"));
}

/// No object but Secrets has these values.
fn are_shown_nowhere(stage: &Stage, values: &[&str]) {
    let everything =
        ["origins,urlendpoints,dataplanes,configmaps,events,deployments,pods", "-A", "-o", "yaml"];
    let shown = stage.cluster.kubectl(&[&["get"], &everything[..]].concat()).succeeded();
    for value in values {
        for form in [(*value).to_owned(), BASE64_STANDARD.encode(value)] {
            assert!(!shown.contains(&form), "{form} is shown");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_pods_share_takes_up_its_secret_and_no_value_of_it_is_shown() {
    let store = store();
    store.make_bucket("results");
    let (mut stage, _operator) = Stage::start().await;
    let shared = format!(
        "{{type: S3Compatible, s3Compatible: {{bucket: results, endpoint: \"http://{}\", forcePathStyle: true, auth: \
         {{secretRef: {{name: results}}}}}}}}",
        store.address
    );
    stage.cluster.apply(&format!("{DATA_PLANE}  cache: {{shared: {shared}}}\n"));
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("DataPlane", "default", "Ready", "False SecretNotFound").await;
    let message = stage.message("DataPlane", "default", "Ready").await;
    assert!(message.contains("Secret imgplane-system/results does not exist"), "{message}");
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    assert_eq!(
        pods[0].get("/shop/tr:w-90/cat.jpg").await.status,
        200,
        "files are delivered without the store"
    );

    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: results, namespace: imgplane-system}}\n\
             stringData: {{accessKey: {ROOT_KEY}, secretKey: {value}}}\n"
        )
    };
    let written = || async {
        let object = stage.get("Secret", SYSTEM, "imgplane-default-credentials-00").await;
        object.map(|object| object["data"].to_string()).unwrap_or_default()
    };
    let mut before = written().await;
    for value in ["ANOTHERSECRETVALUE", ROOT_SECRET] {
        stage.cluster.apply(&secret(value));
        stage.until("the new credential", || async { written().await != before }).await;
        before = written().await;
    }
    stage.becomes("DataPlane", "default", "ResolvedRefs", "True ResolvedRefs").await;
    are_shown_nowhere(&stage, &[ROOT_SECRET, "ANOTHERSECRETVALUE"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_secret_reaches_the_pods_and_no_value_is_shown_anywhere() {
    let store = store();
    store.make_user("SECONDKEY", "SECONDSECRETVALUE");
    let mut stage = Stage::audited(&[]).await;
    let _operator = stage.operator("replica-1");
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(&bucket(&store, ROOT_KEY, ROOT_SECRET));
    stage.cluster.apply(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: unrelated, namespace: shop}\nstringData: {a: b}\n",
    );
    let pods = stage.pods("default", 1).await;
    stage.becomes("Origin", "bucket", "Ready", "True Ready").await;
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let fingerprint = || async {
        let object = stage.get("Origin", SHOP, "bucket").await.unwrap();
        object["status"]["credentialFingerprint"].as_str().unwrap_or_default().to_owned()
    };
    let first = fingerprint().await;
    assert!(!first.is_empty());
    assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);

    stage.cluster.apply(&credential("SECONDKEY", "SECONDSECRETVALUE"));
    // This user may read nothing, so that the change shows.
    let took = stage
        .until("asking as the new user", || async {
            pods[0].get("/shop/other.jpg?n").await.error_code() == "EACCES"
        })
        .await;
    eprintln!("seconds from a new Secret to pods that use it: {:.2}", took.as_secs_f64());
    stage.until("a new fingerprint", || async { fingerprint().await != first }).await;

    are_shown_nowhere(&stage, &[ROOT_SECRET, "SECONDSECRETVALUE"]);
    let read: Vec<_> = stage
        .cluster
        .requests()
        .into_iter()
        .filter(|request| request.resource == "secrets" && request.namespace == SHOP)
        .filter(|request| request.verb == "get")
        .map(|request| request.name)
        .collect();
    assert!(
        read.iter().all(|name| name == "store") && !read.is_empty(),
        "only what is named is read: {read:?}"
    );
}

/// Whether a pod shows this certificate, whose key is its own.
async fn shows(pod: &Pod, certificate: &str) -> bool {
    let trusted = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([trusted])
        .resolve("img.example.com", pod.address)
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://img.example.com:{}/shop/tr:w-90/cat.jpg", pod.address.port());
    client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_reaches_pods_that_run() {
    let (mut stage, _operator) = Stage::start().await;
    let pair = || {
        let made = rcgen::generate_simple_self_signed(["img.example.com".to_owned()]).unwrap();
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: cert, namespace: imgplane-system}}\n\
             type: kubernetes.io/tls\ndata: {{tls.crt: {}, tls.key: {}}}\n",
            encoded(&made.cert.pem()),
            encoded(&made.signing_key.serialize_pem())
        );
        (made.cert.pem(), secret)
    };
    let ((old, first), (new, second)) = (pair(), pair());
    stage.cluster.apply(&first);
    stage
        .cluster
        .apply(&format!("{DATA_PLANE}  hosts: [img.example.com]\n  tls: {{secretRef: {{name: cert}}}}\n"));
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 2).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    stage.becomes("DataPlane", "default", "Ready", "True Ready").await;
    for pod in &pods {
        assert!(shows(pod, &old).await && !shows(pod, &new).await, "{}", pod.name);
    }
    // The kubelet looks at its mounts when the operator makes it: no config has changed.
    stage.cluster.apply(&second);
    for pod in &pods {
        stage.until("the new certificate", || async { shows(pod, &new).await }).await;
        assert!(!shows(pod, &old).await, "{}", pod.name);
    }
    stage.becomes("DataPlane", "default", "Ready", "True Ready").await;
}
