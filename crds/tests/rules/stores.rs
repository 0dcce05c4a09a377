//! DataPlanes whose stores break one rule.

use imgplane_crds::Kind;
use serde_json::{Value, json};

use super::Broken;

/// Type, member, and where the member is in either store.
const MEMBERS: [(&str, &str, [&str; 2]); 5] = [
    ("S3", "s3", ["spec.cache.shared.s3", "spec.originalsStore.s3"]),
    ("S3Compatible", "s3Compatible", ["spec.cache.shared.s3Compatible", "spec.originalsStore.s3Compatible"]),
    ("GCS", "gcs", ["spec.cache.shared.gcs", "spec.originalsStore.gcs"]),
    ("AzureBlob", "azureBlob", ["spec.cache.shared.azureBlob", "spec.originalsStore.azureBlob"]),
    ("Volume", "volume", ["spec.cache.shared.volume", "spec.originalsStore.volume"]),
];

/// What describes a place of a type.
pub(super) fn place(kind: &str) -> Value {
    let auth = json!({ "secretRef": { "name": "results" } });
    match kind {
        "S3Compatible" => {
            json!({ "bucket": "results", "endpoint": "https://minio.shop.svc:9000", "auth": auth })
        }
        "AzureBlob" => json!({ "accountName": "shop", "container": "results", "auth": auth }),
        "Volume" => json!({ "claimName": "results" }),
        _ => json!({ "bucket": "results", "auth": auth }),
    }
}

/// A DataPlane with this store as both of its stores, or as one of them.
pub(super) fn with(store: &Value) -> [Value; 2] {
    [json!({ "cache": { "shared": store } }), json!({ "originalsStore": store })]
}

pub(super) fn broken() -> Vec<Broken> {
    let mut all = Vec::new();
    let mut add = |store: Value, paths: [&'static str; 2], message: String| {
        for (spec, path) in with(&store).into_iter().zip(paths) {
            all.push(Broken { kind: Kind::DataPlane, spec, path, message: message.clone() });
        }
    };
    for (kind, member, paths) in MEMBERS {
        add(json!({ "type": kind }), paths, format!("is required when type is {kind}"));
        let (other, its) = if kind == "Volume" { ("S3", "s3") } else { ("Volume", "volume") };
        let both = json!({ "type": other, its: place(other), member: place(kind) });
        add(both, paths, format!("belongs to type {kind}: remove it, or set type to {kind}"));
    }
    add(
        json!({ "type": "Volume", "volume": {} }),
        ["spec.cache.shared.volume", "spec.originalsStore.volume"],
        "needs claimName when mode is Managed".to_owned(),
    );
    let mut lent = place("S3Compatible");
    lent["auth"] = json!({ "type": "WorkloadIdentity" });
    add(
        json!({ "type": "S3Compatible", "s3Compatible": lent }),
        ["spec.cache.shared.s3Compatible.auth.type", "spec.originalsStore.s3Compatible.auth.type"],
        "cannot be WorkloadIdentity here: only clouds lend identities; set Secret or Anonymous".to_owned(),
    );
    let mut bare = place("S3");
    bare["auth"] = json!({});
    add(
        json!({ "type": "S3", "s3": bare }),
        ["spec.cache.shared.s3.auth.secretRef", "spec.originalsStore.s3.auth.secretRef"],
        "is required when auth.type is Secret; without credentials set auth.type to Anonymous".to_owned(),
    );
    all
}

/// DataPlanes with stores that the rules allow.
pub(super) fn kept() -> Vec<Value> {
    let mut kept = Vec::new();
    for (kind, member, _) in MEMBERS {
        kept.extend(with(&json!({ "type": kind, member: place(kind) })));
    }
    for mut spec in with(&json!({ "type": "Volume", "volume": {} })) {
        spec["mode"] = json!("External");
        kept.push(spec);
    }
    let mut lent = place("GCS");
    lent["auth"] = json!({ "type": "WorkloadIdentity" });
    kept.extend(with(&json!({ "type": "GCS", "gcs": lent })));
    kept
}
