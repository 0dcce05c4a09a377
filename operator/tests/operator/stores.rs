//! Stores that pods share: what reaches the records, what opens them, and what outlives a mistake.

use imgplane_config::{Bundle, Credential, Loaded, S3, StoreConfig, StoreKind, StoreRole};
use imgplane_operator::{acknowledge::keep_last_good, render, validate};

use crate::world::{id, snapshot};

const PLANE: &str = "
kind: DataPlane
metadata: {namespace: imgplane-system, name: default, generation: 7}
spec:
  default: true
  cache: {memory: 0, shared: {type: S3, s3: {bucket: results, region: r1, prefix: /shop/, auth: {secretRef: {name: results}}}}}
  originalsStore: {type: Volume, volume: {claimName: originals}}
";
const SECRET: &str = "---
kind: Secret
metadata: {namespace: imgplane-system, name: results}
stringData: {accessKey: AKIA, secretKey: hush}
";

fn shared() -> StoreConfig {
    let s3 = S3 {
        bucket: "results".to_owned(),
        region: Some("r1".to_owned()),
        endpoint: None,
        prefix: "shop".to_owned(),
        auth: imgplane_config::Auth::Secret,
    };
    StoreConfig { kind: StoreKind::S3(s3), secret_name: Some("results".to_owned()) }
}

fn bundle(yaml: &str) -> Bundle {
    render(&validate(&snapshot(yaml)), &id("imgplane-system/default")).unwrap()
}

/// What pods get of manifests while they run these records.
fn kept(previous: &Bundle, yaml: &str) -> Bundle {
    let snapshot = snapshot(yaml);
    let validated = validate(&snapshot);
    let rendered = render(&validated, &id("imgplane-system/default")).unwrap();
    keep_last_good(&Loaded::from(previous.clone()), rendered, &snapshot, &validated)
}

#[test]
fn stores_stand_in_the_record_of_the_data_plane_and_what_opens_them_beside_it() {
    let bundle = bundle(&format!("{PLANE}{SECRET}"));
    let stores = &bundle.data_plane.body.stores;
    assert_eq!(stores.shared, Some(shared()));
    assert_eq!(stores.originals, Some(StoreConfig { kind: StoreKind::Volume, secret_name: None }));
    let [record] = bundle.credentials.as_slice() else {
        panic!("not one credential: {:?}", bundle.credentials)
    };
    assert_eq!(record.id, StoreRole::Shared.credential(&bundle.data_plane.id));
    assert_eq!(record.generation, 7);
    assert!(matches!(record.body, Credential::S3 { .. }), "{:?}", record.body);
    assert!(!serde_json::to_string(&bundle.data_plane.body).unwrap().contains("hush"));
}

#[test]
fn credentials_of_stores_and_of_origins_are_sorted_together() {
    let origin = "---
kind: Origin
metadata: {namespace: imgplane-system, name: default}
spec: {type: S3, s3: {bucket: media, auth: {secretRef: {name: results}}}}
---
kind: Origin
metadata: {namespace: a, name: zero}
spec: {type: S3, s3: {bucket: media, auth: {secretRef: {name: keys}}}}
---
kind: Secret
metadata: {namespace: a, name: keys}
stringData: {accessKey: AKIA, secretKey: hush}
";
    let bundle = bundle(&format!("{PLANE}{SECRET}{origin}"));
    let ids: Vec<_> = bundle.credentials.iter().map(|record| record.id.to_string()).collect();
    assert_eq!(ids, ["a/zero", "imgplane-system/default", "imgplane-system/default(cache.shared)"]);
}

#[test]
fn a_store_keeps_its_credential_while_its_secret_is_gone_and_no_other_place_gets_it() {
    let running = bundle(&format!("{PLANE}{SECRET}"));
    let gone = kept(&running, PLANE);
    assert_eq!(gone.credentials, running.credentials);
    assert_eq!(gone.data_plane, running.data_plane);
    let broken = kept(&running, &format!("{PLANE}{}", SECRET.replace("hush", "'hush '")));
    assert_eq!(broken.credentials, running.credentials);

    let moved = PLANE.replace("bucket: results", "bucket: others");
    assert_eq!(kept(&running, &moved).credentials, []);
    let anonymous = PLANE.replace("{secretRef: {name: results}}", "{type: Anonymous}");
    assert_eq!(kept(&running, &anonymous).credentials, []);
    let new = kept(&running, &format!("{PLANE}{}", SECRET.replace("hush", "other")));
    assert_eq!(new.credentials.len(), 1);
    assert_ne!(new.credentials, running.credentials);
}

#[test]
fn a_store_keeps_its_authorities_while_their_config_map_is_gone() {
    let made = rcgen::generate_simple_self_signed(["minio.shop.svc".to_owned()]).unwrap();
    let pem = made.cert.pem().replace('\n', "\n    ");
    let plane = "kind: DataPlane
metadata: {namespace: imgplane-system, name: default}
spec:
  default: true
  originalsStore:
    type: S3Compatible
    s3Compatible:
      bucket: originals
      endpoint: https://minio.shop.svc:9000
      auth: {type: Anonymous}
      tls: {caBundleRef: {name: ca}}
";
    let map = format!(
        "---\nkind: ConfigMap\nmetadata: {{namespace: imgplane-system, name: ca}}\ndata:\n  ca.crt: |\n    {pem}\n"
    );
    let running = bundle(&format!("{plane}{map}"));
    let authorities = |bundle: &Bundle| match &bundle.data_plane.body.stores.originals {
        Some(StoreConfig { kind: StoreKind::S3Compatible(s3), .. }) => s3.tls.ca_bundle.clone(),
        other => panic!("{other:?}"),
    };
    assert!(authorities(&running).is_some());
    assert_eq!(authorities(&bundle(plane)), None);
    assert_eq!(authorities(&kept(&running, plane)), authorities(&running));
    assert_eq!(authorities(&kept(&running, &plane.replace("9000", "9001"))), None);
    let unnamed = plane.replace("      tls: {caBundleRef: {name: ca}}\n", "");
    assert_eq!(authorities(&kept(&running, &unnamed)), None);
}

#[test]
fn an_expiring_credential_of_a_store_is_looked_at_again_in_time() {
    let plane = "kind: DataPlane
metadata: {namespace: imgplane-system, name: default}
spec:
  default: true
  originalsStore: {type: AzureBlob, azureBlob: {accountName: shop, container: media, auth: {secretRef: {name: results}}}}
---
kind: Secret
metadata: {namespace: imgplane-system, name: results}
stringData: {sasToken: \"sp=rwdl&se=2026-05-20&sig=hush\"}
";
    let snapshot = snapshot(plane);
    let validated = validate(&snapshot);
    assert_eq!(validated.problems, []);
    assert_eq!(validated.outdated_at(snapshot.hour), Some(crate::world::hour("2026-05-13T00:00:00Z")));
}
