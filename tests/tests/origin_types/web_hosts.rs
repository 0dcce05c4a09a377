//! Which host a web server is told: its own, or the one that the client asked for, which a proxy may tell us where it
//! is trusted.

use imgplane_tests::server::{imgplane::Imgplane, nginx::Nginx};

use crate::{
    get, is_text,
    manifests::{data_plane, join, origin},
};

const SERVERS: &str = r#"
server {
    listen LISTEN0; absolute_redirect off;
    location = /hop.txt { return 302 http://LISTEN1/landed.txt; }
    location / { return 200 "$http_host forwarded=$http_x_forwarded_host"; }
}
server { listen LISTEN1; location / { return 200 "$http_host forwarded=$http_x_forwarded_host"; } }
"#;

#[tokio::test]
async fn a_forwarded_host_is_believed_of_trusted_proxies_alone() {
    let nginx = Nginx::start(SERVERS, |_| {});
    let own = nginx.addresses[0].to_string();
    let place = |more: &str| format!("webFolder: {{baseUrl: \"{}\"{more}}}", nginx.url(0));
    let manifests = [
        origin("forward", "WebFolder", &place(", forwardHostHeader: true")),
        origin("usual", "WebFolder", &place("")),
    ];
    let network = |spec: &str| [&manifests[..], &[data_plane(spec)]].concat();
    let trusting = network("network: {trustedProxies: [127.0.0.0/8]}");
    let elsewhere = network("network: {trustedProxies: [10.0.0.0/8]}");
    let (client, proxy) = ("static.example:8080", "shop.example, edge.internal");
    for (manifests, trusted) in [(&manifests[..], false), (&elsewhere, false), (&trusting, true)] {
        let server = Imgplane::start(&join(manifests), |_| {});
        let told = if trusted { "shop.example" } else { client };
        for (origin, headers, seen) in [
            ("forward", &[("host", client)][..], client),
            ("forward", &[("host", client), ("x-forwarded-host", proxy)], told),
            ("usual", &[("host", client), ("x-forwarded-host", proxy)], &own),
        ] {
            let answer = get(&server, &format!("/default/{origin}/a.txt"), headers).await;
            is_text(&answer, &format!("{seen} forwarded="));
        }
        // Whoever a redirect leads to is another server, with a host of its own.
        let landed = get(&server, "/default/forward/hop.txt", &[("host", client)]).await;
        is_text(&landed, &format!("{} forwarded=", nginx.addresses[1]));
    }
}

#[tokio::test]
async fn pictures_of_several_hosts_are_not_mixed_up() {
    let nginx = Nginx::start("server { listen LISTEN0; location / { root ROOT/$host; } }", |root| {
        for (host, width) in [("one.example", 50), ("two.example", 70)] {
            std::fs::create_dir(root.join(host)).unwrap();
            std::fs::write(root.join(host).join("cat.jpg"), crate::photo(width)).unwrap();
        }
    });
    let place = format!("webFolder: {{baseUrl: \"{}\", forwardHostHeader: true}}", nginx.url(0));
    let server = Imgplane::start(&origin("web", "WebFolder", &place), |_| {});
    let ask = async |host: &str| {
        let answer = get(&server, "/default/web/cat.jpg", &[("host", host)]).await;
        answer.picture().width()
    };
    // At once, so that what may be shared is.
    let seen = futures::join!(ask("one.example"), ask("two.example"), ask("one.example"), ask("two.example"));
    assert_eq!(seen, (50, 70, 50, 70));
}
