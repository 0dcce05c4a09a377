//! Rules on clients: addresses, user agents, and pages that show files.

use super::{endpoint, get, seen, start};

/// Name of the endpoint, headers, and whether the client is let in.
type Row = (&'static str, &'static [(&'static str, &'static str)], bool);

const FORBIDDEN: (u16, &str, &str) = (403, "", "private, max-age=60");

#[tokio::test]
async fn clients_that_a_rule_shuts_out_get_nothing() {
    let server = start(&[
        endpoint("address", "security: {blockedCIDRs: [127.0.0.0/8]}\n"),
        endpoint("elsewhere", "security: {blockedCIDRs: [203.0.113.7]}\n"),
        endpoint("agent", "security: {blockedUserAgents: [Bytespider]}\n"),
        endpoint("allow", "security: {referrers: {allow: ['https://www.shop.example']}}\n"),
        endpoint("block", "security: {referrers: {block: [copycat.example]}}\n"),
    ]);
    let rows: [Row; 9] = [
        ("address", &[], false),
        ("address", &[("x-forwarded-for", "198.51.100.1")], false),
        ("elsewhere", &[("x-forwarded-for", "203.0.113.7")], true),
        ("agent", &[("user-agent", "Linux; U; bytespider/3.0")], false),
        ("agent", &[("user-agent", "Mozilla/5.0")], true),
        ("allow", &[("referer", "https://www.shop.example/page")], true),
        ("allow", &[], false),
        ("block", &[("referer", "https://copycat.example/")], false),
        ("block", &[], true),
    ];
    for (name, headers, let_in) in rows {
        let answer = get(&server, &format!("/default/{name}/tr:w-30/cat.jpg"), headers).await;
        if let_in {
            assert_eq!(answer.status, 200, "{name} {headers:?}");
        } else {
            assert_eq!(seen(&answer), FORBIDDEN, "{name} {headers:?}");
            assert_eq!(String::from_utf8_lossy(&answer.body), "Forbidden");
        }
    }
    let referred = get(&server, "/default/block/a.txt", &[]).await;
    assert_eq!(referred.header("vary"), "Referer", "caches between must not mix pages up");
    let log = server.process.output();
    assert!(log.contains("security.blockedUserAgents has a piece of the client's User-Agent"), "{log}");
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_client_counts() {
    let plane = "\
apiVersion: imgplane.dev/v1alpha1
kind: DataPlane
metadata: {name: default, namespace: imgplane-system}
spec: {default: true, mode: External, volumes: [{name: files}], network: {trustedProxies: [127.0.0.0/8]}}
---
";
    let server = start(&[plane.to_owned(), endpoint("e", "security: {blockedCIDRs: [203.0.113.0/24]}\n")]);
    for (forwarded, status) in [
        ("203.0.113.9", 403),
        ("203.0.113.9, 198.51.100.1", 200),
        ("198.51.100.1, 203.0.113.9, 127.0.0.1", 403),
    ] {
        let answer = get(&server, "/default/e/a.txt", &[("x-forwarded-for", forwarded)]).await;
        assert_eq!(answer.status, status, "{forwarded}");
    }
}
