//! Secrets of every type, good and bad. Values are told nowhere.

use imgplane_crds::Kind;
use rcgen::generate_simple_self_signed;
use serde_json::json;

use super::*;
use crate::Hour;

const FIELD: &str = "spec.x.auth.secretRef.name";

fn id() -> ObjectId {
    ObjectId::new("shop", "keys")
}

fn snapshot(data: &[(&str, &str)]) -> Snapshot {
    let data = data.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
    Snapshot {
        secrets: [(id(), data)].into(),
        hour: Hour::of("2026-05-01T00:00:00Z".parse().unwrap()),
        ..Snapshot::default()
    }
}

/// What is read, and what is wrong, up to the first semicolon.
fn judged(kind: OriginType, snapshot: &Snapshot) -> (Option<Read>, Vec<String>) {
    let mut findings = Findings::new(Kind::Origin, &ObjectId::new("shop", "media"));
    let read = read(kind, &id(), snapshot, FIELD, &mut findings);
    let told = |problem: &crate::Problem| {
        let message = problem.message.split(';').next().unwrap_or_default().to_owned();
        format!("{}: {message}", problem.reason)
    };
    (read, findings.problems.iter().map(told).collect())
}

fn good(kind: OriginType, data: &[(&str, &str)]) -> Credential {
    let (read, problems) = judged(kind, &snapshot(data));
    assert_eq!(problems, Vec::<String>::new(), "{data:?}");
    read.unwrap().credential
}

/// The only thing that is wrong.
fn bad(kind: OriginType, data: &[(&str, &str)]) -> String {
    let (read, mut problems) = judged(kind, &snapshot(data));
    assert!(read.is_none(), "{data:?}");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

/// A key that is not of the sort that service accounts have.
fn other_key() -> String {
    let made = generate_simple_self_signed(["x.example".to_owned()]).unwrap();
    made.signing_key.serialize_pem().replace("\r\n", "\n")
}

/// An RSA key.
fn rsa_key(bits: u16) -> String {
    let bits = format!("rsa_keygen_bits:{bits}");
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", &bits])
        .output()
        .unwrap();
    String::from_utf8(made.stdout).unwrap()
}

fn private_key() -> String {
    rsa_key(2048)
}

#[test]
fn a_shared_access_signature_is_taken_as_it_is_copied_from_the_portal() {
    let sas = |text: &str| match good(OriginType::AzureBlob, &[("sasToken", text)]) {
        Credential::AzureSas { sas_token } => sas_token.expose().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sas("?sv=1&se=2036-01-01&sig=a%2Bb%3D"), "sv=1&se=2036-01-01&sig=a%2Bb%3D");
    assert_eq!(sas("sig=x&sp=r"), "sig=x&sp=r");
    for (text, expected) in [
        ("", "is empty"),
        ("sv=1&sig=x\n", "ends with a line break"),
        ("sv=1&sig=x y", "has spaces or control characters"),
        ("hush", "is no shared access signature: it has no sig="),
        ("https://shop.blob.core.windows.net/media?sv=1&sig=x", "is a whole URL"),
        ("\"sv=1&sig=x\"", "stands in quotes"),
        ("'?sv=1&sig=x'", "stands in quotes"),
        (
            "BlobEndpoint=https://shop.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x",
            "is a connection string",
        ),
        ("SharedAccessSignature=sv=1&sig=x", "is a connection string"),
    ] {
        assert_eq!(
            bad(OriginType::AzureBlob, &[("sasToken", text)]),
            format!("SecretMalformed: key sasToken of Secret shop/keys {expected}"),
            "{text}"
        );
    }
}

#[test]
fn an_account_key_is_base64_and_yields_to_a_signature() {
    let both = [("accountKey", "aHVzaA=="), ("sasToken", "sig=x")];
    assert!(matches!(good(OriginType::AzureBlob, &both), Credential::AzureSas { .. }));
    let empty = [("accountKey", "aHVzaA=="), ("sasToken", "")];
    assert!(matches!(good(OriginType::AzureBlob, &empty), Credential::AzureKey { .. }));
    assert_eq!(
        bad(OriginType::AzureBlob, &[("accountKey", "hush!")]),
        "SecretMalformed: key accountKey of Secret shop/keys is no base64 text, as account keys are"
    );
    assert_eq!(
        bad(OriginType::AzureBlob, &[("sastoken", "sig=x")]),
        "SecretKeyMissing: Secret shop/keys has no key sasToken or accountKey"
    );
}

#[test]
fn the_end_of_a_signature_is_told_a_week_before_and_after_it_and_the_origin_keeps_its_credential() {
    let told = |end: &str| {
        let snapshot = snapshot(&[("sasToken", &format!("sv=1&se={end}&sig=x"))]);
        let (read, problems) = judged(OriginType::AzureBlob, &snapshot);
        (read.unwrap().expiry.map(|expiry| expiry.to_string()), problems)
    };
    assert_eq!(told("2026-05-09"), (Some("2026-05-09T00:00:00Z".into()), vec![]));
    let (expiry, problems) = told("2026-05-08T00%3A00%3A00Z");
    assert_eq!(expiry.as_deref(), Some("2026-05-08T00:00:00Z"));
    assert_eq!(
        problems,
        [
            "CredentialExpiring: the shared access signature in key sasToken of Secret shop/keys is good until \
          2026-05-08T00:00:00Z"
        ]
    );
    let (_, problems) = told("2026-05-01T00%3A00%3A00Z");
    assert_eq!(
        problems,
        ["CredentialExpiring: the shared access signature in key sasToken of Secret shop/keys expired at \
          2026-05-01T00:00:00Z"]
    );
    assert_eq!(told("never"), (None, vec![]));
}

#[test]
fn a_key_file_of_google_is_taken_as_a_whole_and_so_are_two_fields_of_it() {
    let pem = private_key();
    let file = json!({
        "type": "service_account", "client_email": "media@shop.iam", "private_key": pem,
        "private_key_id": "k1", "token_uri": "https://oauth2.googleapis.com/token", "project_id": "shop",
    });
    let Credential::Gcs { client_email, private_key, private_key_id, token_uri } =
        good(OriginType::Gcs, &[("key.json", &file.to_string())])
    else {
        panic!("another sort of credential")
    };
    assert_eq!((client_email.as_str(), private_key.expose()), ("media@shop.iam", pem.as_str()));
    assert_eq!(private_key_id.unwrap().expose(), "k1");
    assert_eq!(token_uri.unwrap().expose(), "https://oauth2.googleapis.com/token");

    let repaired = pem.trim_end().replace('\n', "\\n");
    for written in [pem.as_str(), &repaired] {
        let fields = [("clientEmail", "media@shop.iam"), ("privateKey", written)];
        let Credential::Gcs { private_key, token_uri, .. } = good(OriginType::Gcs, &fields) else {
            panic!("another sort of credential")
        };
        assert_eq!(private_key.expose().trim_end(), pem.trim_end());
        assert!(token_uri.is_none());
    }
}

#[test]
fn what_is_wrong_with_a_key_file_is_told_without_a_value_of_it() {
    let (pem, other) = (private_key(), other_key());
    let file = |change: serde_json::Value| {
        let mut file =
            json!({ "type": "service_account", "client_email": "media@shop.iam", "private_key": pem });
        file.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        file.to_string()
    };
    for (text, expected) in [
        ("hush".to_owned(), "is no JSON object"),
        ("[1]".to_owned(), "is no JSON object"),
        ("{}".to_owned(), "is no key file of a service account: it has no type"),
        (
            file(json!({ "type": "authorized_user" })),
            "is a file of another type than service_account, so that it holds no key",
        ),
        (file(json!({ "client_email": "" })), "has no client_email"),
        (file(json!({ "client_email": "a b" })), "has a client_email with spaces or control characters"),
        (file(json!({ "private_key": null })), "has no private_key"),
        (file(json!({ "private_key": "hush" })), "has a private_key that is no private key in PEM text"),
        (file(json!({ "private_key": other_key() })), "has a private_key that is no RSA key"),
        (
            file(json!({ "private_key": rsa_key(1024) })),
            "has a private_key that is an RSA key of less than 2048 bits, or damaged",
        ),
        (file(json!({ "token_uri": "hush" })), "has a token_uri that is no address"),
    ] {
        let told = bad(OriginType::Gcs, &[("key.json", &text)]);
        assert_eq!(told, format!("SecretMalformed: key key.json of Secret shop/keys {expected}"));
    }
    for (data, expected) in [
        (vec![], "SecretKeyMissing: Secret shop/keys has no key key.json"),
        (vec![("key.json", "")], "SecretMalformed: key key.json of Secret shop/keys is empty"),
        (vec![("clientEmail", "a@b")], "SecretKeyMissing: Secret shop/keys has no key privateKey"),
        (vec![("privateKey", pem.as_str())], "SecretKeyMissing: Secret shop/keys has no key clientEmail"),
        (
            vec![("clientEmail", "a@b"), ("privateKey", "hush")],
            "SecretMalformed: key privateKey of Secret shop/keys holds no private key in PEM text",
        ),
        (
            vec![("clientEmail", "a@b"), ("privateKey", other.as_str())],
            "SecretMalformed: key privateKey of Secret shop/keys holds a private key that is no RSA key",
        ),
        (
            vec![("clientEmail", "a b"), ("privateKey", pem.as_str())],
            "SecretMalformed: key clientEmail of Secret shop/keys has spaces or control characters",
        ),
    ] {
        assert_eq!(bad(OriginType::Gcs, &data), expected);
    }
}

#[test]
fn a_password_of_akeneo_may_have_spaces_and_nothing_invisible() {
    let connection = |password: &'static str| {
        [("clientId", "1_a"), ("clientSecret", "s"), ("username", "media user"), ("password", password)]
    };
    let Credential::Akeneo { username, password, .. } =
        good(OriginType::AkeneoPim, &connection(" correct horse "))
    else {
        panic!("another sort of credential")
    };
    assert_eq!((username.expose(), password.expose()), ("media user", " correct horse "));
    for (password, expected) in [
        ("hush\n", "ends with a line break"),
        ("hu\tsh", "has line breaks or other control characters"),
        ("", "is empty"),
    ] {
        assert_eq!(
            bad(OriginType::AkeneoPim, &connection(password)),
            format!("SecretMalformed: key password of Secret shop/keys {expected}")
        );
    }
    let (read, problems) = judged(OriginType::AkeneoPim, &snapshot(&[("clientId", "1_a")]));
    assert!(read.is_none());
    assert_eq!(problems.len(), 3, "each missing key is named: {problems:?}");
}

#[test]
fn a_value_that_is_too_long_is_told_as_such() {
    let long = "x".repeat(LONGEST_VALUE + 1);
    assert_eq!(
        bad(OriginType::S3, &[("accessKey", &long), ("secretKey", "hush")]),
        "SecretMalformed: key accessKey of Secret shop/keys is longer than 64 KiB"
    );
}
