//! What hands out credentials: who gets some, who is refused and how, and that everything asked is counted.

use std::time::Duration;

use http::Method;
use imgplane_tests::server::{
    service_account::ServiceAccount,
    token_endpoint::{Call, ROLE, TokenEndpoint, aws, azure, google},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{ask, form, get};

/// A form is sent; the answer's status and text.
async fn post(url: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = ask(Method::POST, url, &headers, &form(fields)).await;
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

#[tokio::test]
async fn google_gives_a_token_for_a_good_assertion_only() {
    let endpoint = TokenEndpoint::start();
    let url = endpoint.url("/token");
    let account = ServiceAccount::generate("robot@test.iam.gserviceaccount.com");
    let other = ServiceAccount::generate("robot@test.iam.gserviceaccount.com");
    let key: Value = serde_json::from_str(&account.key_json(&url)).unwrap();
    assert_eq!(key.get("token_uri"), Some(&json!(url)));
    endpoint.trust_account(&account);
    endpoint.give_token("good-1", 3599);

    let now = Timestamp::now().as_second();
    let claims = |change: Value| {
        let mut claims = json!({
            "iss": account.email, "scope": "https://www.googleapis.com/auth/devstorage.read_only",
            "aud": url, "iat": now, "exp": now + 3600,
        });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        claims
    };
    let rows = [
        (account.sign(&claims(json!({}))), 200, "good-1"),
        (account.sign(&claims(json!({"aud": "https://oauth2.googleapis.com/token"}))), 200, "3599"),
        (other.sign(&claims(json!({}))), 400, "Invalid JWT Signature."),
        (account.sign(&claims(json!({"iss": "another"}))), 400, "account not found"),
        (account.sign(&claims(json!({"aud": "https://elsewhere.test"}))), 400, "audience"),
        (account.sign(&claims(json!({"exp": now + 7200}))), 400, "short-lived"),
        (account.sign(&claims(json!({"iat": now - 7200, "exp": now - 3600}))), 400, "short-lived"),
        (account.sign(&claims(json!({"scope": "openid"}))), 400, "scope"),
        ("nonsense".to_owned(), 400, "no JWT"),
    ];
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    for (assertion, status, part) in &rows {
        let (seen, body) = post(&url, &[("grant_type", grant), ("assertion", assertion)]).await;
        assert_eq!(seen, *status, "{body}");
        assert!(body.contains(part), "{body} has no {part}");
    }
    assert_eq!(post(&url, &[("grant_type", "password")]).await.0, 400);
    endpoint.answer_once(Call::Google, google::invalid_client());
    endpoint.answer(Call::Google, google::invalid_grant("Invalid grant: account not found"));
    for status in [401, 400, 400] {
        assert_eq!(post(&url, &[]).await.0, status);
    }
    assert_eq!(endpoint.count(Call::Google), rows.len() + 4);
}

#[tokio::test]
async fn metadata_servers_want_their_headers() {
    let endpoint = TokenEndpoint::start();
    endpoint.give_token("machine", 1000);
    let google = "/computeMetadata/v1/instance/service-accounts/default/token";
    let azure =
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F";
    let rows = [
        (google, "metadata-flavor", "", 403, "Missing Metadata-Flavor"),
        (google, "metadata-flavor", "Google", 200, "machine"),
        ("/computeMetadata/v1/universe/universe-domain", "metadata-flavor", "Google", 200, "googleapis.com"),
        (azure, "metadata", "", 400, "metadata header"),
        (azure, "metadata", "true", 200, "\"expires_in\":\"1000\""),
        ("/metadata/identity/oauth2/token?api-version=1", "metadata", "true", 400, "invalid_resource"),
        ("/elsewhere", "metadata", "true", 404, ""),
    ];
    for (path, name, value, status, part) in rows {
        let answer = get(&endpoint.url(path), &[(name, value)]).await;
        assert_eq!(answer.status, status, "{path} with {name}: {value}");
        assert!(String::from_utf8_lossy(&answer.body).contains(part), "{path}: {:?}", answer.body);
    }
    assert_eq!(endpoint.count(Call::GoogleMetadata), 2);
    assert_eq!(endpoint.asked(Call::AzureInstance).len(), 3);
}

#[tokio::test]
async fn aws_gives_keys_to_containers_machines_and_web_identities() {
    let endpoint = TokenEndpoint::start();
    endpoint.give_keys("AKIA1", "secret1", "session1", Duration::from_mins(10));
    endpoint.expect_authorization("pod-token");
    let url = endpoint.url("/v1/credentials");
    assert_eq!(get(&url, &[]).await.status, 401);
    let found = get(&url, &[("authorization", "pod-token")]).await;
    let keys: Value = serde_json::from_slice(&found.body).unwrap();
    assert_eq!(keys.get("AccessKeyId"), Some(&json!("AKIA1")));
    let ends: Timestamp = keys.get("Expiration").and_then(Value::as_str).unwrap().parse().unwrap();
    assert!((500..=600).contains(&(ends.as_second() - Timestamp::now().as_second())));

    let roles = endpoint.url("/latest/meta-data/iam/security-credentials/");
    assert_eq!(get(&roles, &[]).await.status, 401);
    let token = endpoint.url("/latest/api/token");
    assert_eq!(ask(Method::PUT, &token, &[], "").await.status, 400);
    let lives = [("x-aws-ec2-metadata-token-ttl-seconds", "300")];
    let token = ask(Method::PUT, &token, &lives, "").await;
    let token = String::from_utf8_lossy(&token.body).into_owned();
    let headers = [("x-aws-ec2-metadata-token", token.as_str())];
    assert_eq!(&*get(&roles, &headers).await.body, ROLE.as_bytes());
    let keys = get(&format!("{roles}{ROLE}"), &headers).await;
    assert!(String::from_utf8_lossy(&keys.body).contains("session1"));
    assert_eq!(get(&format!("{roles}another"), &headers).await.status, 404);
    assert_eq!(endpoint.count(Call::AwsInstanceToken), 2);

    let role = "arn:aws:iam::123456789012:role/images";
    endpoint.expect_web_identity(role, "identity");
    let url = endpoint.url("/");
    let assume = async |role: &str, identity: &str| {
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("RoleSessionName", "imgplane"),
            ("WebIdentityToken", identity),
        ];
        post(&url, &fields).await
    };
    let rows = [
        (role, "identity", 200, "<SessionToken>session1</SessionToken>"),
        (role, "another", 400, "<Code>InvalidIdentityToken</Code>"),
        ("arn:aws:iam::1:role/another", "identity", 403, "<Code>AccessDenied</Code>"),
        ("", "identity", 400, "<Code>ValidationError</Code>"),
    ];
    for (role, identity, status, part) in rows {
        let (seen, body) = assume(role, identity).await;
        assert!(seen == status && body.contains(part), "{role} {identity}: {seen} {body}");
    }
    endpoint.answer(Call::AwsSts, aws::refusal(400, "ExpiredTokenException", "Token expired"));
    assert_eq!(assume(role, "identity").await.0, 400);
}

#[tokio::test]
async fn azure_gives_a_token_for_a_federated_one() {
    let endpoint = TokenEndpoint::start();
    endpoint.expect_federated("client", "federated");
    let url = endpoint.url("/tenant/oauth2/v2.0/token");
    let exchange = async |client: &str, assertion: &str, scope: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("scope", scope),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        post(&url, &fields).await
    };
    let scope = "https://storage.azure.com/.default";
    let rows = [
        ("client", "federated", scope, 200, "\"access_token\":\"good\""),
        ("client", "another", scope, 401, "AADSTS700213"),
        ("another", "federated", scope, 400, "unauthorized_client"),
        ("client", "", scope, 401, "invalid_client"),
        ("client", "federated", "openid", 400, "invalid_scope"),
    ];
    for (client, assertion, scope, status, part) in rows {
        let (seen, body) = exchange(client, assertion, scope).await;
        assert!(seen == status && body.contains(part), "{client} {assertion} {scope}: {seen} {body}");
    }
    endpoint.answer_once(Call::Azure, azure::invalid_client());
    assert_eq!(exchange("client", "federated", scope).await.0, 401);
    assert_eq!(exchange("client", "federated", scope).await.0, 200);
}

#[tokio::test]
async fn answers_are_held_back_until_requests_overlap() {
    let endpoint = TokenEndpoint::start();
    let url = endpoint.url("/v1/credentials");
    let held = endpoint.hold();
    let both = async { futures::join!(get(&url, &[]), get(&url, &[])) };
    let release = async {
        endpoint.reached(Call::AwsContainer, 2).await;
        drop(held);
    };
    let ((first, second), ()) = futures::join!(both, release);
    assert_eq!((first.status, second.status), (200, 200));
}
