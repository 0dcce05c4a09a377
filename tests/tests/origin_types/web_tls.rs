//! Web servers with TLS: authorities of one's own, a certificate of ours, none that is checked, and which version of
//! HTTP is spoken.

use imgplane_tests::server::{
    imgplane::Imgplane,
    nginx::Nginx,
    pki::{Identity, Pki},
};

use crate::{
    get, is_refused, is_text,
    logged::{FORMAT, LOG, asked},
    manifests::{config_map, join, origin, secret},
};

/// A server for each way to be. Of each request to it the address says who asks, and how.
fn nginx(pki: &Pki) -> Nginx {
    let names = ["localhost", "127.0.0.1"];
    let server = |number: usize, http2: &str, identity: &Identity, more: &str| {
        format!(
            "server {{ listen LISTEN{number} ssl{http2}; {} {more} {LOG} \
             location / {{ return 200 \"$server_protocol $ssl_client_verify\"; }} }}\n",
            identity.nginx()
        )
    };
    let good = pki.server(&names);
    let demand = format!("ssl_client_certificate {}; ssl_verify_client on;", pki.authority().display());
    let configuration = [
        FORMAT.to_owned(),
        // Plain, for looking into the log.
        format!("server {{ listen LISTEN0; {LOG} location / {{ return 200; }} }}\n"),
        server(1, " http2", &good, ""),
        server(2, "", &good, ""),
        server(3, " http2", &good, &demand),
        server(4, "", &pki.unknown(&names), ""),
        server(5, "", &pki.expired(&names), ""),
        server(6, "", &pki.wrong_name(), ""),
    ];
    Nginx::start(&configuration.concat(), |_| {})
}

/// An origin at a server of the nginx, with settings of TLS.
fn web(nginx: &Nginx, name: &str, server: usize, more: &str) -> String {
    let address = nginx.addresses.get(server).unwrap();
    origin(name, "WebFolder", &format!("webFolder: {{baseUrl: \"https://{address}\", {more}}}"))
}

const BY_CONFIG_MAP: &str = "tls: {caBundleRef: {kind: ConfigMap, name: authority}}";
const BY_SECRET: &str = "tls: {caBundleRef: {kind: Secret, name: authority, key: root.pem}}";

fn authorities(pki: &Pki) -> [String; 2] {
    let pem = pki.authority_pem();
    [config_map("authority", &[("ca.crt", &pem)]), secret("authority", &[("root.pem", &pem)])]
}

#[tokio::test]
async fn an_authority_is_trusted_where_the_manifest_names_it_and_certificates_are_checked_all_the_same() {
    let pki = Pki::create();
    let nginx = nginx(&pki);
    let insecure = "tls: {insecureSkipVerify: true}";
    let manifests = [
        join(&authorities(&pki)),
        web(&nginx, "config-map", 2, BY_CONFIG_MAP),
        web(&nginx, "secret", 2, BY_SECRET),
        web(&nginx, "public-only", 2, ""),
        web(&nginx, "unknown", 4, BY_CONFIG_MAP),
        web(&nginx, "expired", 5, BY_CONFIG_MAP),
        web(&nginx, "wrong-name", 6, BY_CONFIG_MAP),
        web(&nginx, "any-unknown", 4, insecure),
        web(&nginx, "any-expired", 5, insecure),
        web(&nginx, "any-wrong-name", 6, insecure),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for name in ["config-map", "secret", "any-unknown", "any-expired", "any-wrong-name"] {
        is_text(&server.get(&format!("/default/{name}/who.txt")).await, "HTTP/1.1 NONE");
    }
    for (name, why) in [
        ("public-only", "certificate not trusted"),
        ("unknown", "certificate not trusted"),
        ("expired", "certificate expired"),
        ("wrong-name", "certificate is for another name"),
    ] {
        let answer = server.get(&format!("/default/{name}/who.txt")).await;
        is_refused(&answer, &format!("UNIDENTIFIED - TLS with the web server failed: {why}"));
    }
}

#[tokio::test]
async fn a_server_that_wants_to_know_who_we_are_is_shown_our_certificate() {
    let pki = Pki::create();
    let nginx = nginx(&pki);
    let certificate = |name: &str, identity: &Identity| {
        secret(name, &[("tls.crt", &identity.certificate_pem()), ("tls.key", &identity.key_pem())])
    };
    let tls = |name: &str| {
        format!("tls: {{caBundleRef: {{name: authority}}, clientCertificateRef: {{name: {name}}}}}")
    };
    let manifests = [
        join(&authorities(&pki)),
        certificate("ours", &pki.client()),
        certificate("rogue", &pki.rogue_client()),
        web(&nginx, "ours", 3, &tls("ours")),
        web(&nginx, "rogue", 3, &tls("rogue")),
        web(&nginx, "none", 3, BY_CONFIG_MAP),
        web(&nginx, "missing", 3, &tls("absent")),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    is_text(&server.get("/default/ours/who.txt").await, "HTTP/2.0 SUCCESS");
    for name in ["rogue", "none"] {
        let answer = server.get(&format!("/default/{name}/who.txt")).await;
        is_refused(&answer, "UNIDENTIFIED - a client certificate is required");
    }
    let missing = server.get("/default/missing/who.txt").await;
    is_refused(&missing, "EACCES - credentials for the web server are not configured");
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_unless_the_host_is_forwarded() {
    let pki = Pki::create();
    let nginx = nginx(&pki);
    let forward = format!("forwardHostHeader: true, {BY_CONFIG_MAP}");
    let manifests = [
        join(&authorities(&pki)),
        web(&nginx, "offered", 1, BY_CONFIG_MAP),
        web(&nginx, "not-offered", 2, BY_CONFIG_MAP),
        web(&nginx, "forwarded", 1, &forward),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    let host = [("host", "static.example")];
    for (name, protocol, seen) in [
        ("offered", "HTTP/2.0", nginx.addresses[1].to_string()),
        ("not-offered", "HTTP/1.1", nginx.addresses[2].to_string()),
        ("forwarded", "HTTP/1.1", "static.example".to_owned()),
    ] {
        let path = format!("/default/{name}/{name}.txt");
        is_text(&get(&server, &path, &host).await, &format!("{protocol} NONE"));
        let all = asked(&nginx, &format!("/{name}.txt")).await;
        let [asked] = all.as_slice() else { panic!("{name}: {all:?}") };
        assert_eq!((&*asked.protocol, &*asked.from), (protocol, "imagekit"), "{name}");
        // HTTP/2 has no Host header: its authority is nginx's `$http_host` only from 1.25 on.
        assert!(asked.host == seen || asked.host.is_empty() && protocol == "HTTP/2.0", "{name}: {asked:?}");
    }
}
