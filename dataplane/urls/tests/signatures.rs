//! Signed URLs: those that official SDKs made, and what holds for every URL.

#![expect(clippy::expect_used, reason = "a broken vector file stops the test")]

use imgplane_urls::{Clock, EndpointAddress, Route, Router, SignError, SigningKey, Verdict, sign, verify};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    server_config: ServerConfig,
    count: usize,
    vectors: Vec<Row>,
}

#[derive(Deserialize)]
struct ServerConfig {
    account: String,
    hosts: Vec<String>,
    identifiers: Vec<String>,
    custom_domains: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    private_key: String,
    url_endpoint: String,
    url: String,
    evaluate_at: u64,
    expect: Expect,
    string_to_sign: Option<String>,
    ik_t: Option<u64>,
    ik_s: Option<String>,
    note: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Valid,
    Invalid,
}

fn file() -> File {
    serde_json::from_str(include_str!("signatures/vectors.json")).expect("signatures/vectors.json")
}

fn router(config: &ServerConfig) -> Router {
    let endpoints = config.identifiers.iter().map(|prefix| EndpointAddress {
        account: config.account.clone(),
        prefix: prefix.clone(),
        domains: Vec::new(),
    });
    // All of them stand for the account, which is what an empty identifier says.
    let domains = config.custom_domains.keys().map(|host| (host.clone(), config.account.clone()));
    Router::new(endpoints, &config.hosts, domains)
}

/// Host, raw path and raw query, as they come over the wire.
fn wire(url: &str) -> (&str, &str, Option<&str>) {
    let (_, rest) = url.split_once("://").expect("an absolute URL");
    let (host, _) = rest.split_once('/').expect("a path");
    let target = rest.strip_prefix(host).expect("the host");
    target.split_once('?').map_or((host, target, None), |(path, query)| (host, path, Some(query)))
}

/// The URL without the pieces of its signature.
fn unsigned(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|piece| !piece.is_empty() && !piece.starts_with("ik-s=") && !piece.starts_with("ik-t="))
        .collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[test]
fn every_vector_gets_its_verdict_and_the_text_that_its_signer_signed() {
    let file = file();
    let router = router(&file.server_config);
    assert_eq!((file.vectors.len(), file.count), (73, 73));
    assert_eq!(file.vectors.iter().filter(|row| row.expect == Expect::Valid).count(), 49);
    for row in &file.vectors {
        let (host, path, query) = wire(&row.url);
        let route = router.route(host, path).expect("every row has an endpoint");
        let keys = [SigningKey::new(&row.private_key)];
        let found = verify(&route, query, &keys, Clock { now: row.evaluate_at, skew: 0 });
        match row.expect {
            Expect::Valid => {
                assert_eq!(found.verdict, Verdict::Valid { expires: row.ik_t }, "{}", row.id);
                assert_eq!(found.signed_text(), row.string_to_sign, "{}", row.id);
            }
            Expect::Invalid => {
                assert_eq!(found.verdict.word(), word(&row.id), "{}: {:?}", row.id, row.note);
                assert!(found.verdict.message().is_some());
            }
        }
    }
}

/// The word for a row that is not valid.
fn word(id: &str) -> &'static str {
    match id {
        "n06-expired" => "expired",
        "n10-uppercase-signature"
        | "n11-empty-signature"
        | "n12-truncated-signature"
        | "n14-non-numeric-expiry"
        | "n22-sha256"
        | "n23-duplicate-signature" => "malformed",
        "n18-missing-question-mark" | "n24-unsigned" => "absent",
        _ => "invalid",
    }
}

#[test]
fn every_valid_vector_gets_the_same_signature_when_it_is_signed_again() {
    for row in file().vectors.iter().filter(|row| row.expect == Expect::Valid) {
        let key = SigningKey::new(&row.private_key);
        let again = sign(&unsigned(&row.url), &row.url_endpoint, &key, row.ik_t).expect(&row.id);
        let signature = again.rsplit_once("ik-s=").map(|(_, signature)| signature);
        assert_eq!(signature, row.ik_s.as_deref(), "{}: {again}", row.id);
    }
}

const NOW: u64 = 1_719_000_000;

fn verdict(url: &str, keys: &[SigningKey]) -> Verdict {
    let (host, path, query) = wire(url);
    let route = router(&file().server_config).route(host, path).expect("an endpoint");
    verify(&route, query, keys, Clock { now: NOW, skew: 0 }).verdict
}

/// Bases that some signer would use for the endpoints of the vectors.
fn base() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "https://ik.example.test/acme",
        "https://ik.example.test/acme/",
        "https://ik.example.test/acme/product-images",
        "https://ik.example.test/acme/ik-seo",
        "https://ik.example.test/acme/product-images/ik-seo/",
        "http://localhost:8080/acme",
        "https://media.acme.test",
        "https://media.acme.test/product-images",
    ])
}

fn path() -> impl Strategy<Value = String> {
    let text =
        "([a-zA-Z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}|tr:w-[0-9]{1,3}/|ik-seo/|product-images/){0,20}";
    text.prop_filter("clients resolve a dot segment", |path| {
        let dots =
            |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
        !path.split('/').any(dots)
    })
}

fn query() -> impl Strategy<Value = Option<String>> {
    let text = "([a-z0-9=&?/+,:;@-]|%[0-9A-Fa-f]{2}|tr=w-[0-9]{1,3}|&v=){0,20}";
    prop::option::of(text).prop_filter("has its own signature", |query| {
        query.as_ref().is_none_or(|query| !query.contains("ik-"))
    })
}

fn expiry() -> impl Strategy<Value = Option<u64>> {
    prop::option::of(prop_oneof![Just(NOW), NOW..10_000_000_000, NOW..=9_999_999_999_999_999])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_is_signed_is_valid_for_its_key_alone(
        base in base(), path in path(), query in query(), expiry in expiry(), key in "\\PC{1,90}",
    ) {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}/{path}{query}", base.trim_end_matches('/'));
        let keys = [SigningKey::new("another"), SigningKey::new(&key)];
        let signed = sign(&url, base, &keys[1], expiry).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(signed.starts_with(&url));
        let expires = expiry.filter(|expiry| *expiry != 9_999_999_999);
        prop_assert_eq!(verdict(&signed, &keys), Verdict::Valid { expires }, "{}", signed);
        prop_assert_eq!(verdict(&signed, &keys[..1]), Verdict::Invalid, "{}", signed);
        prop_assert_eq!(sign(&signed, base, &keys[1], None), Err(SignError::Signed));
    }

    #[test]
    fn a_changed_byte_is_never_valid(
        base in base(), path in path(), query in query(), expiry in expiry(), place: prop::sample::Index, byte in 0x21_u8..0x7f,
    ) {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let base = base.trim_end_matches('/');
        let keys = [SigningKey::new("key")];
        let signed = sign(&format!("{base}/{path}{query}"), base, &keys[0], expiry)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let start = base.len() + 1;
        let place = start + place.index(signed.len() - start);
        prop_assume!(signed.as_bytes()[place] != byte);
        let changed = format!("{}{}{}", &signed[..place], char::from(byte), &signed[place + 1..]);
        let found = verdict(&changed, &keys);
        prop_assert!(!matches!(found, Verdict::Valid { .. } | Verdict::Expired { .. }), "{} for {}", changed, signed);
    }

    #[test]
    fn a_changed_byte_of_path_query_or_expiry_is_invalid_or_malformed(
        base in base(), path in path(), expiry in NOW..9_999_999_999, place: prop::sample::Index, byte in 0x21_u8..0x7f,
    ) {
        // The signature's own name and the separators before it stay, so that the URL still claims to be signed.
        let base = base.trim_end_matches('/');
        let keys = [SigningKey::new("key")];
        let signed = sign(&format!("{base}/{path}?tr=w-300"), base, &keys[0], Some(expiry))
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (start, end) = (base.len() + 1, signed.len() - "&ik-s=".len() - 40);
        let place = start + place.index(end - start);
        prop_assume!(signed.as_bytes()[place] != byte && signed.as_bytes()[place] != b'?');
        let changed = format!("{}{}{}", &signed[..place], char::from(byte), &signed[place + 1..]);
        let found = verdict(&changed, &keys);
        prop_assert!(matches!(found, Verdict::Invalid | Verdict::Malformed(_)), "{:?}: {}", found, changed);
    }

    #[test]
    fn nothing_makes_a_signature_panic(
        rest in "(\\PC|/|ik-seo/|%[0-9a-f]{2}){0,20}", query in prop::option::of("(\\PC|&|=|ik-s=|ik-t=|[0-9a-f]{40}|[0-9]{1,17}){0,12}"),
        url in "\\PC{0,40}", base in "\\PC{0,6}", key in "\\PC{0,80}", expiry: Option<u64>, now: u64, skew: u64,
    ) {
        let key = SigningKey::new(&key);
        let route = Route { endpoint: 0, rest: &rest, account_rest: &url };
        let found = verify(&route, query.as_deref(), std::slice::from_ref(&key), Clock { now, skew });
        prop_assert!(found.verdict.message().is_none_or(str::is_ascii));
        prop_assert!(found.signed_text().is_none_or(|text| text.len() <= rest.len().max(url.len()) + query.map_or(0, |query| query.len()) + 17));
        let _ = sign(&url, &base, &key, expiry);
        let _ = sign(&format!("{base}/{url}"), &base, &key, expiry);
    }
}
