//! Ten thousand endpoints and two thousand origins fit into what a pod mounts, in one pass.

use std::time::{Duration, Instant};

use imgplane_config::{FileSet, SHARDS};
use imgplane_operator::{
    apply::{OwnedKind, Owner},
    render,
    render::config_objects,
    validate,
};
use serde_json::json;

use crate::world::{from_documents, id};

const NAMESPACES: usize = 100;
const ORIGINS: usize = 2_000;
const ENDPOINTS: usize = 10_000;

/// Most bytes of a ConfigMap or Secret.
const OBJECT_BYTES: usize = 1 << 20;

/// Far above what it takes (well under two seconds), and far below what anything quadratic would take.
const DEADLINE: Duration = Duration::from_secs(30);

#[test]
fn ten_thousand_endpoints_and_two_thousand_origins_fit_into_the_files_of_one_data_plane() {
    let origins = (0..ORIGINS).map(|index| {
        json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "Origin",
            "metadata": { "namespace": format!("team-{}", index % NAMESPACES), "name": format!("origin-{index}") },
            "spec": {
                "type": "S3",
                "s3": {
                    "bucket": format!("bucket-{}", index % 7), "region": "eu-west-1", "prefix": format!("p/{index}"),
                    "auth": { "secretRef": { "name": format!("keys-{index}") } }
                }
            }
        })
    });
    let secrets = (0..ORIGINS).map(|index| {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": { "namespace": format!("team-{}", index % NAMESPACES), "name": format!("keys-{index}") },
            "stringData": { "accessKey": format!("AKIA{index:012}"), "secretKey": format!("{index:040}") }
        })
    });
    let endpoints = (0..ENDPOINTS).map(|index| {
        let (first, second) = (index % ORIGINS, (index + NAMESPACES) % ORIGINS);
        json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "UrlEndpoint",
            "metadata": { "namespace": format!("team-{}", index % NAMESPACES), "name": format!("endpoint-{index}") },
            "spec": {
                "urlPrefix": if index < NAMESPACES { String::new() } else { format!("e{index}") },
                "customDomains": [format!("img-{index}.example.com")],
                "origins": [{ "name": format!("origin-{first}") }, { "name": format!("origin-{second}") }]
            }
        })
    });
    let snapshot = from_documents(origins.chain(secrets).chain(endpoints).collect(), []);

    let start = Instant::now();
    let validated = validate(&snapshot);
    assert_eq!(validated.problems, []);
    let bundle = render(&validated, &id("imgplane-system/default")).unwrap();
    let files = FileSet::write(&bundle).unwrap();
    assert!(start.elapsed() < DEADLINE, "took {:?}", start.elapsed());

    assert_eq!((bundle.endpoints.len(), bundle.origins.len()), (ENDPOINTS, ORIGINS));
    assert_eq!(bundle.credentials.len(), ORIGINS);
    let owner =
        Owner { id: id("imgplane-system/default"), uid: "8d3f4c9e-5f0b-4a55-9c39-0c1f4f0a9b11".to_owned() };
    let objects = config_objects(&owner, &files);
    for kind in [OwnedKind::ConfigMap, OwnedKind::Secret] {
        let shards = objects.iter().filter(|object| object.kind == kind);
        assert!((1..=SHARDS).contains(&shards.count()), "{kind}");
    }
    for object in &objects {
        let bytes = serde_json::to_vec(&object.object).unwrap().len();
        assert!(bytes < OBJECT_BYTES, "{object:?} has {bytes} bytes");
    }
    let loaded =
        FileSet::read(|name| files.config.get(name).or_else(|| files.secret.get(name)).cloned()).unwrap();
    assert_eq!(loaded.endpoints, bundle.endpoints);
}

#[test]
fn a_thousand_claims_to_one_address_have_one_winner() {
    let endpoints = (0..1_000).map(|index| {
        json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "UrlEndpoint",
            "metadata": { "namespace": "shop", "name": format!("endpoint-{index:03}") },
            "spec": { "urlPrefix": "same" }
        })
    });
    let validated = validate(&from_documents(endpoints.collect(), []));
    assert_eq!(validated.endpoints.keys().collect::<Vec<_>>(), [&id("shop/endpoint-000")]);
    assert_eq!(validated.problems.len(), 999);
}
