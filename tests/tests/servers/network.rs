//! Names and certificates: those that are right, and each kind of wrong.

use std::net::IpAddr;

use imgplane_tests::{
    answer::client,
    server::{
        dns::{Answer, Dns, Odd, ask},
        nginx::Nginx,
        pki::{Identity, Pki},
    },
};

/// A client that trusts the authority of the test and no other, and may say who it is.
pub(crate) fn trusting(pki: &Pki, identity: Option<&Identity>) -> reqwest::Client {
    drop(client());
    let authority = reqwest::Certificate::from_pem(pki.authority_pem().as_bytes()).unwrap();
    let mut builder = reqwest::Client::builder().no_proxy().tls_certs_only([authority]);
    if let Some(identity) = identity {
        let both = format!("{}{}", identity.certificate_pem(), identity.key_pem());
        builder = builder.identity(reqwest::Identity::from_pem(both.as_bytes()).unwrap());
    }
    builder.build().unwrap()
}

fn addresses(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|address| address.parse().unwrap()).collect()
}

#[test]
fn dns_serves_names_that_behave_and_names_that_do_not() {
    let rebinding = Odd::Alternating(addresses(&["93.184.216.34", "127.0.0.1"]));
    let dns = Dns::start(
        &[
            ("origin.test", &["127.0.0.1"]),
            ("both.test", &["127.0.0.1", "::1"]),
            ("meta.test", &["169.254.169.254"]),
            ("multi.test", &["127.0.0.1", "93.184.216.34"]),
        ],
        &[("failure.test", Odd::Failure), ("silent.test", Odd::Silence), ("rebind.test", rebinding)],
    );
    let found = |list: &[&str]| Some(Answer { code: 0, addresses: addresses(list) });
    let rows = [
        ("origin.test", 1, found(&["127.0.0.1"])),
        ("origin.test", 28, found(&[])),
        ("both.test", 28, found(&["::1"])),
        ("meta.test", 1, found(&["169.254.169.254"])),
        ("nowhere.test", 1, Some(Answer { code: 3, addresses: Vec::new() })),
        ("elsewhere.example", 1, Some(Answer { code: 5, addresses: Vec::new() })),
        ("failure.test", 1, Some(Answer { code: 2, addresses: Vec::new() })),
        ("silent.test", 1, None),
        ("rebind.test", 1, found(&["93.184.216.34"])),
        ("rebind.test", 28, found(&[])),
        ("rebind.test", 1, found(&["127.0.0.1"])),
        ("rebind.test", 1, found(&["93.184.216.34"])),
    ];
    for (name, kind, expected) in rows {
        assert_eq!(ask(dns.address, name, kind), expected, "{name} {kind}");
    }
    assert_eq!(dns.odd_questions("rebind.test"), 4);
    let mut multi = ask(dns.address, "multi.test", 1).unwrap().addresses;
    multi.sort_unstable();
    assert_eq!(multi, addresses(&["93.184.216.34", "127.0.0.1"]));

    dns.set("origin.test", &["10.0.0.1"]);
    assert_eq!(ask(dns.address, "origin.test", 1), found(&["10.0.0.1"]));
    dns.set("origin.test", &[]);
    assert_eq!(ask(dns.address, "origin.test", 1).unwrap().code, 3);
}

#[tokio::test]
async fn certificates_are_good_or_wrong_in_one_way_each() {
    let pki = Pki::create();
    let names = ["localhost", "127.0.0.1"];
    let server = |number: usize, identity: &Identity, more: &str| {
        format!(
            "server {{ listen LISTEN{number} ssl; {} {more} location / {{ return 200 welcome; }} }}\n",
            identity.nginx()
        )
    };
    let authority = pki.authority();
    let demand = format!("ssl_client_certificate {}; ssl_verify_client on;", authority.display());
    let configuration = [
        server(0, &pki.server(&names), ""),
        server(1, &pki.expired(&names), ""),
        server(2, &pki.not_yet_valid(&names), ""),
        server(3, &pki.wrong_name(), ""),
        server(4, &pki.unknown(&names), ""),
        server(5, &pki.server(&names), &demand),
    ]
    .concat();
    let nginx = Nginx::start(&configuration, |_| {});
    let url = |number: usize| nginx.url(number).replace("http:", "https:");

    let plain = trusting(&pki, None);
    assert_eq!(plain.get(url(0)).send().await.unwrap().status(), 200);
    for (number, reason) in [(1, "Expired"), (2, "NotValidYet"), (3, "NotValidForName"), (4, "UnknownIssuer")]
    {
        let error = format!("{:?}", plain.get(url(number)).send().await.unwrap_err());
        assert!(error.contains(reason), "{reason}: {error}");
    }
    for (identity, status) in [(None, 400), (Some(pki.client()), 200), (Some(pki.rogue_client()), 400)] {
        let client = trusting(&pki, identity.as_ref());
        assert_eq!(client.get(url(5)).send().await.unwrap().status(), status, "{identity:?}");
    }
}
