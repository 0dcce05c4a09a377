//! Azure Blob Storage with the pods' identity: a token of the cluster exchanged for one of the directory, or one of the
//! node's.

use imgplane_tests::server::{
    azurite::{Azurite, access_token},
    imgplane::Imgplane,
    pki::Pki,
    token_endpoint::{Call, TokenEndpoint},
};
use jiff::SignedDuration;

use crate::{
    azure::place,
    is_refused, is_text,
    manifests::{data_plane, join, origin},
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A store that takes tokens, which it does over TLS alone, and what gives them.
struct Cloud {
    pki: Pki,
    store: Azurite,
    tokens: TokenEndpoint,
}

impl Cloud {
    fn start() -> Self {
        let pki = Pki::create();
        let store = Azurite::start_with_tokens(&pki);
        store.make_container("media");
        store.put("media", "dir/a+b.txt", "text/plain", b"found");
        let tokens = TokenEndpoint::start();
        tokens.give_token(&access_token(HOUR), 3600);
        Self { pki, store, tokens }
    }

    fn serve(&self, environment: &[(&str, &str)]) -> Imgplane {
        let place = place(&self.store, "media", "auth: {type: WorkloadIdentity}");
        let lent = data_plane("workloadIdentity: {allowedNamespaces: [default]}");
        let authority = self.pki.authority().display().to_string();
        let trust = [("SSL_CERT_FILE", authority.as_str())];
        let manifests = join(&[origin("pod", "AzureBlob", &place), lent]);
        Imgplane::start_in(&manifests, |_| {}, &[], &[&trust[..], environment].concat())
    }
}

#[tokio::test]
async fn a_token_of_the_cluster_is_exchanged_and_the_new_one_is_kept() {
    let cloud = Cloud::start();
    cloud.tokens.expect_federated("client", "federated");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "federated\n").unwrap();
    let (file_name, host) = (file.display().to_string(), cloud.tokens.url("/"));
    let environment = [
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_FEDERATED_TOKEN_FILE", file_name.as_str()),
        ("AZURE_AUTHORITY_HOST", host.as_str()),
    ];
    let server = cloud.serve(&environment);
    for _ in 0..3 {
        is_text(&server.get("/default/pod/dir/a+b.txt").await, "found");
    }
    assert_eq!(cloud.tokens.count(Call::Azure), 1);

    std::fs::write(&file, "another").unwrap();
    is_refused(&cloud.serve(&environment).get("/default/pod/dir/a+b.txt").await, "EACCES");
    std::fs::remove_file(&file).unwrap();
    is_refused(&cloud.serve(&environment).get("/default/pod/dir/a+b.txt").await, "EACCES");
}

#[tokio::test]
async fn the_node_gives_a_token_where_the_cluster_gives_none() {
    let cloud = Cloud::start();
    let host = cloud.tokens.url("/");
    let environment = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.as_str())];
    let server = cloud.serve(&environment);
    for _ in 0..3 {
        is_text(&server.get("/default/pod/dir/a+b.txt").await, "found");
    }
    assert_eq!(cloud.tokens.count(Call::AzureInstance), 1);

    // Azurite says 403 to a token that is past, where Azure says 401.
    cloud.tokens.give_token(&access_token(-HOUR), 3600);
    is_refused(&cloud.serve(&environment).get("/default/pod/dir/a+b.txt").await, "EACCES");
}
