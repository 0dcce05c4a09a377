//! Accepted or refused, and in which words.

use std::{collections::BTreeSet, fs, path::Path};

use imgplane_crds::{DataPlane, Kind, Origin, UrlEndpoint};
use imgplane_tests::server::kubernetes::Kubernetes;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::table::{self, Broken, object};

fn resource(kind: Kind) -> ApiResource {
    match kind {
        Kind::Origin => ApiResource::erase::<Origin>(&()),
        Kind::UrlEndpoint => ApiResource::erase::<UrlEndpoint>(&()),
        Kind::DataPlane => ApiResource::erase::<DataPlane>(&()),
    }
}

/// The API server's verdict on an object: nothing, or field and message of each cause.
type Verdict = Vec<(String, String)>;

/// The verdict on a new object, which is not stored.
async fn judged(client: &Client, kind: Kind, object: &Value) -> Verdict {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "shop", &resource(kind));
    let new = serde_json::from_value(object.clone()).unwrap();
    let params = PostParams { dry_run: true, ..PostParams::default() };
    causes(api.create(&params, &new).await)
}

/// The verdict on an object that is applied with strict validation.
async fn applied(client: &Client, kind: Kind, object: &Value) -> Verdict {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "shop", &resource(kind));
    let name = object["metadata"]["name"].as_str().unwrap();
    let params = PatchParams::apply("test").validation_strict();
    causes(api.patch(name, &params, &Patch::Apply(object)).await)
}

fn causes(answer: Result<DynamicObject, kube::Error>) -> Verdict {
    match answer {
        Ok(_) => Vec::new(),
        Err(kube::Error::Api(status)) => {
            let causes = status.details.map(|details| details.causes).unwrap_or_default();
            if causes.is_empty() {
                return vec![(String::new(), status.message)];
            }
            causes.into_iter().map(|cause| (cause.field, cause.message)).collect()
        }
        Err(error) => panic!("the API server does not answer: {error}"),
    }
}

pub(crate) fn definitions(cluster: &Kubernetes, _: &Runtime) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds/yaml");
    let output = cluster.kubectl(&["apply", "--server-side", "--validate=strict", "-f", folder]);
    assert_eq!(output.stderr, "", "the API server warns");
    output.succeeded();
    let list: Value =
        serde_json::from_str(&cluster.kubectl(&["get", "crd", "-o", "json"]).succeeded()).unwrap();
    let definitions = list["items"].as_array().unwrap();
    assert_eq!(definitions.len(), Kind::ALL.len());
    for definition in definitions {
        let conditions: BTreeSet<_> = definition["status"]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|condition| {
                (
                    condition["type"].as_str().unwrap().to_owned(),
                    condition["status"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let expected = [("Established", "True"), ("NamesAccepted", "True")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(conditions, BTreeSet::from(expected), "{}", definition["metadata"]["name"]);
    }
}

pub(crate) fn broken(cluster: &Kubernetes, runtime: &Runtime) {
    let rows: Vec<_> =
        [table::origins(), table::endpoints(), table::data_planes()].into_iter().flatten().collect();
    let mut different = Vec::new();
    runtime.block_on(async {
        let client = cluster.client().await;
        for Broken { kind, spec, path, message } in &rows {
            let found = judged(&client, *kind, &object(*kind, spec)).await;
            // A list by key is judged by its schema as well.
            let told: Vec<_> =
                found.iter().filter(|(_, words)| !words.starts_with("Duplicate value")).collect();
            let same =
                matches!(&told[..], [(field, words)] if field == path && words.ends_with(message.as_str()));
            if !same {
                different.push(format!("{kind} {spec}\n  expected {path}: {message}\n  found    {found:?}"));
            }
        }
    });
    assert!(rows.len() >= 80, "only {} rows", rows.len());
    assert!(different.is_empty(), "{} of {} rows:\n{}", different.len(), rows.len(), different.join("\n"));
}

pub(crate) fn kept(cluster: &Kubernetes, runtime: &Runtime) {
    let rows = table::kept();
    runtime.block_on(async {
        let client = cluster.client().await;
        for (kind, spec) in rows {
            let found = judged(&client, kind, &object(kind, &spec)).await;
            assert!(found.is_empty(), "{kind} {spec}: {found:?}");
        }
    });
}

pub(crate) fn immutable(cluster: &Kubernetes, runtime: &Runtime) {
    let origin = |spec: &Value| {
        let mut origin = object(Kind::Origin, spec);
        origin["metadata"]["name"] = json!("immutable");
        origin
    };
    let volume = origin(&json!({ "type": "Volume", "volume": { "name": "photos" } }));
    let web = origin(&json!({ "type": "WebFolder", "webFolder": { "baseUrl": "https://a.example" } }));
    runtime.block_on(async {
        let client = cluster.client().await;
        assert_eq!(applied(&client, Kind::Origin, &volume).await, []);
        assert_eq!(applied(&client, Kind::Origin, &volume).await, [], "the same again is no change");
        let found = applied(&client, Kind::Origin, &web).await;
        let told =
            found.iter().any(|(field, words)| field == "spec.type" && words.contains("cannot be changed"));
        assert!(told, "{found:?}");
    });
}

pub(crate) fn misspelt(cluster: &Kubernetes, runtime: &Runtime) {
    runtime.block_on(async {
        let client = cluster.client().await;
        for (kind, spec, field) in [
            (
                Kind::Origin,
                json!({ "type": "Volume", "volume": { "name": "a", "nmae": "b" } }),
                "spec.volume.nmae",
            ),
            (Kind::UrlEndpoint, json!({ "origns": [] }), "spec.origns"),
            (Kind::DataPlane, json!({ "network": { "allowedCidrs": [] } }), "spec.network.allowedCidrs"),
        ] {
            let found = applied(&client, kind, &object(kind, &spec)).await;
            assert!(found.iter().any(|(_, words)| words.contains(field)), "{spec}: {found:?}");
        }
    });
}

pub(crate) fn examples(cluster: &Kubernetes, _: &Runtime) {
    let mut files = Vec::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut files);
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        let objects: Vec<_> = documents.into_iter().filter(is_served).collect();
        if objects.is_empty() {
            continue;
        }
        // A dry run makes no namespace, so the ones that are named are made first.
        for name in objects.iter().filter_map(namespace) {
            let exists = cluster.kubectl(&["get", "namespace", name]).success;
            if !exists {
                cluster.create_namespace(name);
            }
        }
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string();
        let apply = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
        let output = cluster.kubectl_reading(&apply, &list);
        assert!(output.success && output.stderr.is_empty(), "{}: {}", file.display(), output.stderr);
    }
}

/// All YAML files below a folder.
fn find(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
}

/// Whether this API server knows the kind: the objects of GitOps tools are read by these alone.
fn is_served(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().unwrap_or_default();
    !["argoproj.io", "fluxcd.io", "kustomize.config.k8s.io"].iter().any(|other| group.contains(other))
        && object["kind"].is_string()
}

/// The namespace that an object needs.
fn namespace(object: &Value) -> Option<&str> {
    object["metadata"]["namespace"].as_str()
}
