//! S3 with the pods' identity, in the order of Amazon's SDKs: a token of the cluster, a container's endpoint, the node.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use imgplane_tests::server::{
    imgplane::Imgplane,
    token_endpoint::{Call, TokenEndpoint},
    versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

use crate::{
    is_refused, is_text,
    manifests::{data_plane, join, origin},
    s3::{place, store},
};

const ROLE: &str = "arn:aws:iam::123456789012:role/images";
/// How long things may take that take a moment.
const SOON: Duration = Duration::from_secs(30);

/// What an environment names, and which calls each fetch of credentials makes.
struct Giver {
    name: &'static str,
    environment: Vec<(&'static str, String)>,
    calls: &'static [Call],
}

/// The three forms. Each later one is there too where an earlier one is, as in a real pod.
fn givers(tokens: &TokenEndpoint, folder: &Path) -> [Giver; 4] {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let node = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", tokens.url(""));
    let container = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", tokens.url("/v1/credentials"));
    let token_file = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file("pod", "pod-token\n"));
    let web_identity = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file("cluster", "identity\n")),
        ("AWS_ROLE_ARN", ROLE.to_owned()),
        ("AWS_ENDPOINT_URL_STS", tokens.url("/")),
    ];
    tokens.expect_web_identity(ROLE, "identity");
    tokens.expect_authorization("pod-token");
    let agent = vec![container.clone(), token_file, node.clone()];
    let text = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token".to_owned());
    [
        Giver {
            name: "web identity",
            environment: [&web_identity[..], &agent].concat(),
            calls: &[Call::AwsSts],
        },
        Giver { name: "pod identity agent", environment: agent, calls: &[Call::AwsContainer] },
        Giver {
            name: "container",
            environment: vec![container, text, node.clone()],
            calls: &[Call::AwsContainer],
        },
        Giver {
            name: "node",
            environment: vec![node],
            calls: &[Call::AwsInstanceToken, Call::AwsInstanceRole, Call::AwsInstanceKeys],
        },
    ]
}

fn serve(store: &Versitygw, environment: &[(&'static str, String)]) -> Imgplane {
    let auth = "auth: {type: WorkloadIdentity}";
    let manifests = [
        origin("pod", "S3", &place("s3", store, auth)),
        origin("backup", "CloudinaryBackup", &place("cloudinaryBackup", store, auth)),
        data_plane("workloadIdentity: {allowedNamespaces: [default]}"),
    ];
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Imgplane::start_in(&join(&manifests), |_| {}, &[], &environment)
}

/// Every call for credentials that there is.
const ALL: [Call; 5] =
    [Call::AwsSts, Call::AwsContainer, Call::AwsInstanceToken, Call::AwsInstanceRole, Call::AwsInstanceKeys];

#[tokio::test]
async fn each_giver_is_asked_once_and_the_keys_are_kept() {
    let (store, tokens) = (store(), TokenEndpoint::start());
    store.put("media", "dir/a%2Bb.txt", "text/plain", b"found");
    let folder = tempfile::tempdir().unwrap();
    for giver in givers(&tokens, folder.path()) {
        tokens.forget();
        let server = serve(&store, &giver.environment);
        for _ in 0..3 {
            is_text(&server.get("/default/pod/dir/a+b.txt").await, "found");
        }
        for call in ALL {
            let expected = usize::from(giver.calls.contains(&call));
            assert_eq!(tokens.count(call), expected, "{}: {call:?}", giver.name);
        }
        is_text(&server.get("/default/backup/dir/a+b.txt").await, "found");
        assert_eq!(tokens.count(*giver.calls.first().unwrap()), 2, "{}: each origin has its own", giver.name);
    }
}

#[tokio::test]
async fn a_giver_that_gives_nothing_means_refused_credentials() {
    let (store, tokens) = (store(), TokenEndpoint::start());
    store.put("media", "a.txt", "text/plain", b"found");
    let folder = tempfile::tempdir().unwrap();
    let [sts, agent, ..] = givers(&tokens, folder.path());
    tokens.expect_web_identity("another role", "identity");
    tokens.expect_authorization("another token");
    for giver in [sts, agent] {
        let answer = serve(&store, &giver.environment).get("/default/pod/a.txt").await;
        is_refused(&answer, "EACCES");
    }
    let nobody = [("AWS_EC2_METADATA_DISABLED", "true".to_owned())];
    is_refused(&serve(&store, &nobody).get("/default/pod/a.txt").await, "EACCES");
}

#[tokio::test]
async fn keys_of_a_short_life_are_renewed_in_time() {
    let (store, tokens) = (store(), TokenEndpoint::start());
    store.put("media", "a.txt", "text/plain", b"found");
    tokens.give_keys(ROOT_KEY, ROOT_SECRET, "", Duration::from_secs(4));
    let node = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", tokens.url(""))];
    let server = serve(&store, &node);
    let until = Instant::now() + SOON;
    while tokens.count(Call::AwsInstanceKeys) < 2 {
        is_text(&server.get("/default/pod/a.txt").await, "found");
        assert!(Instant::now() < until, "they are not renewed");
    }
}
