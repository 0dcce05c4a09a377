//! What other stores than S3 answer and no local server does: anonymous requests to what is not public, redirects.

use std::sync::Arc;

use imgplane_config::{
    AkeneoPim, Auth, AzureBlob, Credential, ObjectId, OriginConfig, OriginKind, SecretText,
    report::ProbeOutcome,
};
use imgplane_origins::{Cause, Origin};

use crate::{
    server::{Answer, Server, answer},
    set_up::{connector, open, quick, read, whole},
};

fn refusal(status: u16, code: &str) -> Answer {
    answer(status, "", format!("<Error><Code>{code}</Code><Message>m</Message></Error>"))
}

fn container(endpoint: &str) -> Arc<Origin> {
    let kind = OriginKind::AzureBlob(AzureBlob {
        account_name: "shop".to_owned(),
        container: "media".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        prefix: String::new(),
        auth: Auth::Anonymous,
    });
    open(kind, quick(), &connector())
}

fn pim(base_url: &str) -> Origin {
    let config = OriginConfig {
        fetch: quick(),
        ..OriginConfig::new(OriginKind::AkeneoPim(AkeneoPim { base_url: base_url.to_owned() }))
    };
    let [client_id, client_secret, username, password] =
        ["id", "secret", "user", "pass"].map(SecretText::new);
    let credential = Credential::Akeneo { client_id, client_secret, username, password };
    Origin::open(ObjectId::new("shop", "pim"), &config, Some(&credential), &connector()).unwrap()
}

#[tokio::test]
async fn a_container_that_is_not_public_is_no_proof_of_reach() {
    for (status, code, verdict) in [
        (404, "ResourceNotFound", Some("AccessDenied")),
        (409, "PublicAccessNotPermitted", Some("AccessDenied")),
        (404, "ContainerNotFound", Some("BucketNotFound")),
        (404, "BlobNotFound", None),
    ] {
        let server = Server::always(refusal(status, code)).await;
        let probed = container(&server.url("")).probe(None, "absent.jpg").await;
        let seen = match &probed.outcome {
            ProbeOutcome::Failed(error) => Some(error.reason.as_str()),
            _ => None,
        };
        assert_eq!(seen, verdict, "{code}: {:?}", probed.outcome);
        if let ProbeOutcome::Failed(error) = &probed.outcome
            && error.reason == "AccessDenied"
        {
            assert!(error.message.contains("is not public, or does not exist"), "{}", error.message);
            assert!(!error.remedy.contains("accountKey"), "{}", error.remedy);
        }
    }
}

#[tokio::test]
async fn a_pim_at_another_address_is_a_matter_of_its_base_url() {
    for (script, expected) in [
        (answer(301, "Location: https://pim.example/api/oauth/v1/token\r\n", ""), "https://pim.example"),
        (answer(200, "Content-Type: text/html\r\n", "<html>"), "https://"),
    ] {
        let server = Server::always(script).await;
        let failure = read(&pim(&server.url("")), &whole("media-files/a.jpg")).await.unwrap_err();
        assert_eq!(failure.cause, Cause::InvalidResponse, "{failure:?}");
        assert!(
            failure.remedy.contains("baseUrl") && failure.remedy.contains(expected),
            "{}",
            failure.remedy
        );
    }
}
