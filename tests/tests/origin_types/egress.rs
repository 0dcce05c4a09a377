//! The proxy at the way out: plain addresses in absolute form, tunnels for TLS, nothing that lies inside, and nothing
//! that a URL names and nobody knows.

use imgplane_tests::{
    process::free_address,
    server::{dns::Dns, egress_proxy::EgressProxy, imgplane::Imgplane, nginx::Nginx, pki::Pki},
};

use crate::{
    is_refused, is_text,
    manifests::{config_map, data_plane, join, origin},
};

/// A network whose names only its proxy knows, apart from those inside.
struct Network {
    nginx: Nginx,
    proxy: EgressProxy,
    dns: Dns,
    pki: Pki,
}

impl Network {
    fn start() -> Self {
        let pki = Pki::create();
        let identity = pki.server(&["secure.example", "known.test"]);
        let nginx = Nginx::start(
            &format!(
                "server {{ listen LISTEN0; location = /away.txt {{ return 302 http://known.test/b.txt; }} \
                 location = /unknown.txt {{ return 302 http://elsewhere.example/b.txt; }} \
                 location / {{ return 200 \"$http_host $request_uri\"; }} }}\n\
                 server {{ listen LISTEN1 ssl http2; {} location / {{ return 200 \"$server_protocol $request_uri\"; }} }}",
                identity.nginx()
            ),
            |_| {},
        );
        let (plain, tls) = (nginx.addresses[0], nginx.addresses[1]);
        let proxy = EgressProxy::start(&[
            ("shop.example:80", plain),
            ("shop.example:8080", plain),
            ("elsewhere.example:80", plain),
            ("known.test:80", plain),
            ("secure.example:443", tls),
            ("known.test:443", tls),
        ]);
        let dns = Dns::start(&[("known.test", &["93.184.216.34"]), ("inside.test", &["127.0.0.1"])], &[]);
        Self { nginx, proxy, dns, pki }
    }

    /// Serves folders of these web servers behind a proxy.
    fn serve(&self, proxy: &str, folders: &[(&str, &str)]) -> Imgplane {
        let mut manifests = vec![
            data_plane(&format!("network: {{egressProxy: \"{proxy}\"}}")),
            config_map("authority", &[("ca.crt", &self.pki.authority_pem())]),
            origin(
                "open",
                "WebProxy",
                "webProxy: {allowedHosts: [\"*\"], openProxy: true, allowedSchemes: [http, https]}",
            ),
        ];
        manifests.extend(folders.iter().map(|(name, url)| {
            let tls = if url.starts_with("https") { ", tls: {caBundleRef: {name: authority}}" } else { "" };
            origin(name, "WebFolder", &format!("webFolder: {{baseUrl: \"{url}\"{tls}}}"))
        }));
        let resolver = self.dns.address.to_string();
        Imgplane::start_with(&join(&manifests), |_| {}, &["--resolver", &resolver])
    }
}

#[tokio::test]
async fn what_is_not_inside_is_reached_through_the_proxy() {
    let network = Network::start();
    let inside = format!("http://inside.test:{}", network.nginx.addresses[0].port());
    let server = network.serve(
        &network.proxy.url(),
        &[
            ("plain", "http://shop.example/media"),
            ("port", "http://shop.example:8080"),
            ("known", "http://known.test"),
            ("secure", "https://secure.example/media"),
            ("known-secure", "https://known.test"),
            ("inside", &inside),
        ],
    );
    let host = inside.trim_start_matches("http://");
    for (path, text, line) in [
        (
            "plain/a%20b.txt?v=1",
            "shop.example /media/a%20b.txt?v=1",
            "GET http://shop.example/media/a%20b.txt?v=1 HTTP/1.1",
        ),
        ("port/a.txt", "shop.example:8080 /a.txt", "GET http://shop.example:8080/a.txt HTTP/1.1"),
        ("known/a.txt", "known.test /a.txt", "GET http://known.test/a.txt HTTP/1.1"),
        ("secure/a.txt", "HTTP/2.0 /media/a.txt", "CONNECT secure.example:443 HTTP/1.1"),
        ("known-secure/a.txt", "HTTP/2.0 /a.txt", "CONNECT known.test:443 HTTP/1.1"),
        // A URL may name what is public.
        ("open/http://known.test/a.txt", "known.test /a.txt", "GET http://known.test/a.txt HTTP/1.1"),
    ] {
        let before = network.proxy.asked().len();
        is_text(&server.get_as_is(&format!("/default/{path}")).await, text);
        assert_eq!(network.proxy.asked().get(before..).unwrap(), [line], "{path}");
    }
    let before = network.proxy.asked().len();
    is_text(&server.get("/default/inside/a.txt").await, &format!("{host} /a.txt"));
    assert_eq!(network.proxy.asked().len(), before, "what lies inside is reached directly");
    // A redirect takes the same way, but only where the name is known: whoever wrote it is not the manifest's author.
    is_text(&server.get("/default/port/away.txt").await, "known.test /b.txt");
    assert_eq!(network.proxy.asked().pop().unwrap(), "GET http://known.test/b.txt HTTP/1.1");
    let unknown = server.get("/default/port/unknown.txt").await;
    is_refused(&unknown, "UNIDENTIFIED - could not be resolved");
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_not_given_to_the_proxy_where_a_url_names_it() {
    let network = Network::start();
    let server = network.serve(&network.proxy.url(), &[]);
    let answer = server.get_as_is("/default/open/http://shop.example/a.txt").await;
    is_refused(&answer, "UNIDENTIFIED - could not be resolved");
    let inside = server.get_as_is("/default/open/http://inside.test/a.txt").await;
    is_refused(&inside, "EACCES - the requested host is not allowed");
    assert_eq!(network.proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_not_there_is_a_refused_connection() {
    let network = Network::start();
    let folders = [("plain", "http://shop.example"), ("secure", "https://secure.example")];
    let absent = network.serve(&format!("http://{}", free_address()), &folders);
    for (name, _) in folders {
        is_refused(&absent.get(&format!("/default/{name}/a.txt")).await, "ECONNREFUSED");
    }
    let server = network.serve(&network.proxy.url(), &folders);
    network.proxy.refuse(true);
    is_refused(&server.get("/default/secure/a.txt").await, "ECONNREFUSED");
    // In absolute form the proxy's refusal looks as the server's own would.
    is_refused(&server.get("/default/plain/a.txt").await, "EACCES - 403");
    network.proxy.refuse(false);
    is_text(&server.get("/default/secure/a.txt").await, "HTTP/2.0 /a.txt");
    is_text(&server.get("/default/plain/a.txt").await, "shop.example /a.txt");
    // A host that the proxy does not know.
    let unknown = network.serve(&network.proxy.url(), &[("unknown", "https://unknown.example")]);
    is_refused(&unknown.get("/default/unknown/a.txt").await, "ECONNREFUSED");
}
