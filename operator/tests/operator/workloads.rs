//! What exists in the cluster for a DataPlane: each case is a folder entry `NAME.yaml` of manifests beside the
//! objects that they give, `NAME.objects.yaml`; `UPDATE=1` rewrites the latter.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use imgplane_config::{FileSet, ObjectId};
use imgplane_crds::{DataPlane, data_plane::Mode};
use imgplane_operator::{
    Settings, Snapshot,
    apply::{Desired, OwnedKind, Owner},
    id_of, labels,
    render::{config_objects, token_object, workload_objects},
    validate,
};
use serde_json::Value;

use crate::world::snapshot;

const UID: &str = "8d3f4c9e-5f0b-4a55-9c39-0c1f4f0a9b11";

fn settings() -> Settings {
    Settings {
        namespace: "imgplane-system".to_owned(),
        identity: "imgplane-operator-0".to_owned(),
        deployment: None,
        watch_namespaces: Vec::new(),
        dataplane_image: "docker.io/imgplane/dataplane:0.1.0".to_owned(),
        image_pull_policy: "IfNotPresent".to_owned(),
        image_pull_secrets: vec!["registry".to_owned()],
        scraper_namespaces: vec!["monitoring".to_owned()],
        admin_listen: "0.0.0.0:8081".parse().unwrap(),
    }
}

/// All objects of the only DataPlane of a snapshot, in the order in which they are applied.
fn objects(snapshot: &Snapshot) -> Vec<Desired> {
    let [data_plane] = snapshot.data_planes.as_slice() else { panic!("not one DataPlane") };
    let validated = validate(&with_certificate(snapshot, data_plane));
    assert_eq!(validated.problems, []);
    let owner = Owner { id: id_of(data_plane), uid: UID.to_owned() };
    let bundle = imgplane_operator::render(&validated, &owner.id).unwrap();
    let mut objects = config_objects(&owner, &FileSet::write(&bundle).unwrap());
    objects.push(token_object(&owner, "token-of-the-test"));
    match data_plane.spec.mode {
        Mode::Managed => {
            objects.extend(workload_objects(&owner, &data_plane.spec, &settings()).unwrap());
        }
        Mode::External => {}
    }
    objects
}

/// A private key in a case would look like one that leaked.
fn with_certificate(snapshot: &Snapshot, data_plane: &DataPlane) -> Snapshot {
    let mut snapshot = snapshot.clone();
    if let Some(tls) = &data_plane.spec.tls {
        let made = rcgen::generate_simple_self_signed(["img.example.com".to_owned()]).unwrap();
        let data = [("tls.crt", made.cert.pem()), ("tls.key", made.signing_key.serialize_pem())];
        let data = data.map(|(key, pem)| (key.to_owned(), pem.into_bytes())).into();
        let id = ObjectId::new(id_of(data_plane).namespace, tls.secret_ref.name.as_str());
        snapshot.secrets.insert(id, data);
    }
    snapshot
}

fn data_plane(yaml: &str) -> DataPlane {
    snapshot(yaml).data_planes.remove(0)
}

fn managed(yaml: &str) -> Vec<Desired> {
    let data_plane = data_plane(yaml);
    let owner = Owner { id: id_of(&data_plane), uid: UID.to_owned() };
    workload_objects(&owner, &data_plane.spec, &settings()).unwrap()
}

fn of(objects: &[Desired], kind: OwnedKind) -> &Value {
    &objects.iter().find(|object| object.kind == kind).unwrap().object
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/operator/workloads")
}

fn cases() -> Vec<(String, String)> {
    let mut cases: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".yaml"))
        .filter(|path| !path.to_string_lossy().ends_with(".objects.yaml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    cases.sort();
    cases
}

/// Compressed shards, and the index with their hashes, say nothing to a reader; other tests read them.
fn readable(object: &Value) -> Value {
    let mut object = object.clone();
    for (field, replacement) in [("binaryData", "(compressed)"), ("data", "(text)")] {
        for value in object.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten() {
            *value.1 = Value::from(replacement);
        }
    }
    object.sort_all_objects();
    object
}

fn written(objects: &[Desired]) -> String {
    let document = |desired: &Desired| {
        let body = serde_saphyr::to_string(&readable(&desired.object)).unwrap();
        format!("# {} {} by {}\n{body}", desired.kind, desired.id, desired.manager)
    };
    objects.iter().map(document).collect::<Vec<_>>().join("---\n")
}

#[test]
fn data_planes_have_the_objects_that_stand_beside_them() {
    let cases = cases();
    assert!(cases.len() >= 8);
    for (name, yaml) in cases {
        let found = written(&objects(&snapshot(&yaml)));
        let golden = folder().join(format!("{name}.objects.yaml"));
        if env::var_os("UPDATE").is_some() {
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(found == expected, "{name}:\n{found}\nexpected:\n{expected}");
    }
}

#[test]
fn the_same_manifests_give_the_same_objects_to_the_byte() {
    for (name, yaml) in cases() {
        let bytes = |snapshot: &Snapshot| -> Vec<Vec<u8>> {
            objects(snapshot).iter().map(|object| serde_json::to_vec(&object.object).unwrap()).collect()
        };
        let forward = snapshot(&yaml);
        let mut backward = forward.clone();
        backward.origins.reverse();
        backward.endpoints.reverse();
        assert_eq!(bytes(&forward), bytes(&backward), "{name}");
    }
}

#[test]
fn every_object_names_its_owner_and_carries_the_labels_by_which_it_is_found() {
    for (name, yaml) in cases() {
        let mut names = BTreeSet::new();
        for desired in objects(&snapshot(&yaml)) {
            let metadata = &desired.object["metadata"];
            assert_eq!(metadata["namespace"], desired.id.namespace.as_str());
            assert_eq!(metadata["name"], desired.id.name.as_str());
            assert_eq!(metadata["ownerReferences"][0]["uid"], UID);
            for (label, value) in [(labels::MANAGED_BY, labels::OPERATOR), (labels::DATA_PLANE, "default")] {
                assert_eq!(metadata["labels"][label], value, "{name}: {desired:?}");
            }
            assert_eq!(desired.object["kind"], desired.kind.as_str());
            assert_eq!(desired.object["apiVersion"], desired.kind.api_resource().api_version.as_str());
            assert!(names.insert((desired.kind, desired.id.clone())), "{name} has {desired:?} twice");
        }
    }
}

#[test]
fn an_external_data_plane_has_config_and_nothing_that_runs() {
    let (_, yaml) = cases().into_iter().find(|(name, _)| name == "external").unwrap();
    let kinds: BTreeSet<_> = objects(&snapshot(&yaml)).iter().map(|object| object.kind).collect();
    assert_eq!(kinds, BTreeSet::from([OwnedKind::ConfigMap, OwnedKind::Secret]));
}

#[test]
fn what_only_config_holds_never_changes_the_pods() {
    let plane = |spec: &str| {
        format!(
            "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {{namespace: imgplane-system, name: \
             default}}\nspec: {spec}\n"
        )
    };
    let plain = managed(&plane("{}"));
    let changed = managed(&plane(
        "{hosts: [a.example], domains: [{host: b.example, account: shop}], limits: {queue: 9}, \
         network: {allowedCIDRs: [], trustedProxies: [10.0.0.0/8], egressProxy: 'http://proxy:3128'}, \
         workloadIdentity: {allowedNamespaces: [shop]}, allowedNamespaces: {from: Same}, egressIPs: [203.0.113.7], region: eu, \
         accounts: [{namespace: shop, accountIds: [acme]}], implicitDefaultEndpoint: true, cache: {memory: 1Gi}, \
         exposure: {type: HTTPRoute, httpRoute: {parentRefs: [{name: public}]}}}",
    ));
    assert_eq!(of(&plain, OwnedKind::Deployment), of(&changed, OwnedKind::Deployment));
    let restarted = managed(&plane("{image: 'other:1'}"));
    assert_ne!(of(&plain, OwnedKind::Deployment), of(&restarted, OwnedKind::Deployment));
}

#[test]
fn pods_are_made_anew_when_their_account_is_tied_to_another_role() {
    let plane = |role: &str| {
        managed(&format!(
            "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {{namespace: imgplane-system, name: \
             default}}\nspec: {{workloadIdentity: {{allowedNamespaces: [shop], serviceAccountAnnotations: {{role: \
             {role}}}}}}}\n"
        ))
    };
    let template = |objects: &[Desired]| of(objects, OwnedKind::Deployment)["spec"]["template"].clone();
    let reader = template(&plane("reader"));
    assert_eq!(reader, template(&plane("reader")));
    assert_ne!(reader, template(&plane("other")));
    let annotations = &reader["metadata"]["annotations"];
    assert_eq!(annotations[labels::SERVICE_ACCOUNT].as_str().map(str::len), Some(32), "{annotations}");
    let place = |kind| plane("reader").iter().position(|object| object.kind == kind);
    assert!(place(OwnedKind::ServiceAccount) < place(OwnedKind::Deployment), "pods see the annotations");
}

#[test]
fn the_index_is_applied_after_everything_that_it_seals() {
    let (_, yaml) = cases().into_iter().find(|(name, _)| name == "external").unwrap();
    let objects = objects(&snapshot(&yaml));
    let with_index: Vec<_> = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.object["data"]["index.json"].is_string())
        .map(|(place, object)| (place, object.id.name.as_str()))
        .collect();
    let last_of_config = objects.iter().rposition(|object| object.id.name.contains("-config-")).unwrap();
    assert_eq!(with_index, [(last_of_config, "imgplane-default-config-00")]);
    assert!(
        objects.iter().position(|object| object.id.name.contains("-credentials-")) < Some(last_of_config)
    );
}

#[test]
fn more_hosts_than_a_route_may_name_get_more_routes() {
    let hosts: Vec<_> = (0..40).map(|index| format!("h{index}.example")).collect();
    let yaml = format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {{namespace: web, name: edge}}\nspec:\n  \
         hosts: [{}]\n  exposure: {{type: HTTPRoute, httpRoute: {{parentRefs: [{{name: public}}]}}}}\n",
        hosts.join(", ")
    );
    let objects = managed(&yaml);
    let routes: Vec<_> = objects.iter().filter(|object| object.kind == OwnedKind::HttpRoute).collect();
    let names: Vec<_> = routes.iter().map(|route| route.id.name.as_str()).collect();
    assert_eq!(names, ["imgplane-edge", "imgplane-edge.2", "imgplane-edge.3"]);
    let named: Vec<_> = routes
        .iter()
        .flat_map(|route| route.object["spec"]["hostnames"].as_array().unwrap().clone())
        .map(|host| host.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(named, hosts);
}
