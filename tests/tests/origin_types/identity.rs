//! The pods' identity of the cloud is lent to the namespaces that the DataPlane names, and to nobody else.

use std::process::Command;

use imgplane_tests::{
    process::program,
    server::{
        imgplane::Imgplane,
        token_endpoint::{Call, TokenEndpoint},
    },
};

use crate::manifests::{data_plane, join, origin};

const LENT: &str = "workloadIdentity: {allowedNamespaces: [default]}";
const LENT_TO_ANOTHER: &str = "workloadIdentity: {allowedNamespaces: [shop]}";

/// Type and place of origins that use it.
const PLACES: [(&str, &str); 4] = [
    ("GCS", "gcs: {bucket: media, auth: {type: WorkloadIdentity}}"),
    ("S3", "s3: {bucket: media, auth: {type: WorkloadIdentity}}"),
    ("CloudinaryBackup", "cloudinaryBackup: {bucket: media, auth: {type: WorkloadIdentity}}"),
    ("AzureBlob", "azureBlob: {accountName: acct1, container: media, auth: {type: WorkloadIdentity}}"),
];

/// The exit code of `imgplane check` and what it prints.
fn check(manifests: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("manifests.yaml"), manifests).unwrap();
    let output = Command::new(program("imgplane")).arg("check").arg(folder.path()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn check_refuses_an_identity_that_is_not_lent() {
    for (kind, place) in PLACES {
        let member = place.split_once(':').unwrap().0;
        let origin = origin("pod", kind, place);
        assert_eq!(check(&join(&[origin.clone(), data_plane(LENT)])), (Some(0), String::new()), "{kind}");
        for manifests in [origin.clone(), join(&[origin, data_plane(LENT_TO_ANOTHER)])] {
            let (code, printed) = check(&manifests);
            assert_eq!(code, Some(1), "{kind}: {printed}");
            for part in [&format!("spec.{member}.auth.type"), "spec.workloadIdentity.allowedNamespaces"] {
                assert!(printed.contains(part), "{kind}: {printed} has no {part}");
            }
        }
    }
}

#[test]
fn stores_that_no_cloud_runs_have_no_identity() {
    for (kind, place) in [
        (
            "S3Compatible",
            "s3Compatible: {bucket: media, endpoint: \"http://h.example\", auth: {type: WorkloadIdentity}}",
        ),
        ("AkeneoPIM", "akeneoPim: {baseUrl: \"http://h.example\", auth: {type: WorkloadIdentity}}"),
    ] {
        let (code, printed) = check(&join(&[origin("pod", kind, place), data_plane(LENT)]));
        assert_eq!(code, Some(1), "{kind}: {printed}");
        assert!(printed.contains(".auth.type"), "{kind}: {printed}");
    }
}

#[tokio::test]
async fn nobody_asks_for_an_identity_that_is_not_lent() {
    let tokens = TokenEndpoint::start();
    let (metadata, url) = (tokens.address.to_string(), tokens.url(""));
    let manifests: Vec<_> =
        PLACES.iter().map(|(kind, place)| origin(&kind.to_lowercase(), kind, place)).collect();
    let server = Imgplane::start_in(
        &join(&manifests),
        |_| {},
        &[],
        &[
            ("GCE_METADATA_HOST", metadata.as_str()),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()),
            ("AZURE_POD_IDENTITY_AUTHORITY_HOST", url.as_str()),
        ],
    );
    for (kind, _) in PLACES {
        let answer = server.get(&format!("/default/{}/a.txt", kind.to_lowercase())).await;
        assert_eq!(answer.status, 404, "{kind}: {}", answer.header("ik-error"));
    }
    for call in [Call::GoogleMetadata, Call::AwsInstanceToken, Call::AzureInstance] {
        assert_eq!(tokens.count(call), 0, "{call:?}");
    }
}
