//! Addresses of the web in the URL: every way to write them, which hosts and ports may be asked, and where redirects may
//! not lead.

use std::net::SocketAddr;

use imgplane_tests::server::{dns::Dns, imgplane::Imgplane, nginx::Nginx};

use crate::{
    get, is_private, is_refused, is_text,
    manifests::{alone, endpoint, join, origin},
    photo,
};

const SERVERS: &str = r#"
server {
    listen LISTEN0; root ROOT; absolute_redirect off;
    location /echo/ { return 200 "$request_uri from=$http_x_req_from"; }
    location = /near.txt { return 302 /a.txt; }
    location = /name.txt { return 302 http://localhost:PORT/a.txt; }
    location = /other.txt { return 302 http://127.0.0.2/a.txt; }
    location = /port.txt { return 302 http://LISTEN1/a.txt; }
    location = /metadata.txt { return 302 http://169.254.169.254/latest/; }
    location = /file.txt { return 302 file:///etc/passwd; }
    location /private/ { add_header Is-Private-File true; alias ROOT/; }
}
server { listen LISTEN1; location / { return 200 "another port"; } }
"#;
const NOT_ALLOWED: &str = "EACCES - the requested host is not allowed";

/// The server, whose own port the redirects must name.
fn nginx() -> Nginx {
    // `localhost` is refused whatever its port is.
    Nginx::start(&SERVERS.replace("PORT", "80"), |root| {
        std::fs::write(root.join("cat.jpg"), photo(60)).unwrap();
        std::fs::write(root.join("a.txt"), "found").unwrap();
    })
}

/// What an Origin allows: these hosts, the port of `address`, and plain HTTP.
fn place(hosts: &str, address: SocketAddr) -> String {
    format!(
        "webProxy: {{allowedHosts: [{hosts}], allowedSchemes: [http], allowedPorts: [{}]}}",
        address.port()
    )
}

#[tokio::test]
async fn an_address_may_be_written_in_many_ways() {
    let nginx = nginx();
    let at = nginx.addresses[0];
    let server = Imgplane::start(&origin("proxy", "WebProxy", &place("\"127.0.0.1\"", at)), |_| {});
    let encoded = format!("http%3A%2F%2F127.0.0.1%3A{}%2F", at.port());
    let twice = encoded.replace('%', "%25");
    for path in [
        format!("http://{at}/a.txt"),
        format!("HTTP://{at}/a.txt"),
        format!("http:/{at}/a.txt"),
        format!("{encoded}a.txt"),
        format!("{}a.txt", encoded.to_lowercase()),
        format!("{twice}a.txt"),
        format!("tr:orig-true/http://{at}/a.txt"),
        format!("http://{at}/near.txt"),
    ] {
        is_text(&server.get_as_is(&format!("/default/proxy/{path}")).await, "found");
    }
    for path in [
        format!("tr:w-30/http://{at}/cat.jpg"),
        format!("tr:w-30/{encoded}cat.jpg"),
        format!("http://{at}/cat.jpg?tr=w-30"),
        format!("{twice}cat.jpg?tr=w-30"),
    ] {
        let answer = server.get_as_is(&format!("/default/proxy/{path}")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{path}");
        assert_eq!(answer.picture().width(), 30, "{path}");
    }
    for (path, seen) in [
        (format!("http://{at}/echo/a.txt?tr=w-10&a=1&ik-sdk-version=1"), "/echo/a.txt?a=1"),
        (format!("{encoded}echo%2Fa.txt%3Fsize%3Dlarge"), "/echo/a.txt?size=large"),
        (format!("{encoded}echo%2Fa.txt%3Fsize%3Dlarge?b=2&tr=w-1"), "/echo/a.txt?size=large&b=2"),
        (format!("http://{at}/echo/images%2Fa.txt"), "/echo/images%2Fa.txt"),
        (format!("{encoded}echo%2Fmy%2520file.txt"), "/echo/my%20file.txt"),
        (format!("http://{at}/echo/a+b.txt"), "/echo/a+b.txt"),
    ] {
        let answer = server.get_as_is(&format!("/default/proxy/{path}")).await;
        is_text(&answer, &format!("{seen} from=imagekit"));
    }
}

#[tokio::test]
async fn only_hosts_ports_and_schemes_that_are_listed_are_asked() {
    let nginx = nginx();
    let (at, another) = (nginx.addresses[0], nginx.addresses[1]);
    let dns = Dns::start(&[("inside.test", &["127.0.0.1"]), ("private.test", &["10.0.0.1"])], &[]);
    let (hosts, names) = ("\"127.0.0.1\", \"*.test\", \"localhost\"", "\"*.test\", \"localhost\"");
    let denying =
        place("\"127.0.0.1\"", at).replace("allowedPorts", "deniedHosts: [\"127.0.0.1\"], allowedPorts");
    let manifests = [
        origin("proxy", "WebProxy", &place(hosts, at)),
        origin("names", "WebProxy", &place(names, at)),
        origin("denying", "WebProxy", &denying),
        origin("usual", "WebProxy", "webProxy: {allowedHosts: [\"127.0.0.1\"]}"),
    ];
    let resolver = dns.address.to_string();
    let server = Imgplane::start_with(&join(&manifests), |_| {}, &["--resolver", &resolver]);
    let port = at.port();
    for path in [
        format!("proxy/http://127.0.0.2:{port}/a.txt"),
        format!("proxy/http://[::1]:{port}/a.txt"),
        format!("proxy/http://www.example.com:{port}/a.txt"),
        format!("proxy/http://{another}/a.txt"),
        format!("proxy/https://{at}/a.txt"),
        format!("proxy/http://u:p@{at}/a.txt"),
        // What is listed as a name may not lead inside, on no machine, and `localhost` is such a name.
        format!("names/http://localhost:{port}/a.txt"),
        format!("names/http://inside.test:{port}/a.txt"),
        format!("names/http://private.test:{port}/a.txt"),
        format!("names/http://{at}/a.txt"),
        format!("proxy/http://localhost:{port}/a.txt"),
        format!("proxy/http://private.test:{port}/a.txt"),
        format!("denying/http://{at}/a.txt"),
        format!("usual/http://{at}/a.txt"),
        format!("proxy/http://{at}/name.txt"),
        format!("proxy/http://{at}/other.txt"),
        format!("proxy/http://{at}/port.txt"),
        format!("proxy/http://{at}/metadata.txt"),
        format!("proxy/http://{at}/file.txt"),
    ] {
        is_refused(&server.get_as_is(&format!("/default/{path}")).await, NOT_ALLOWED);
    }
    // Other spellings of an address that is listed are that address.
    for host in ["0x7f.1", "2130706433", "127.1"] {
        is_text(&server.get_as_is(&format!("/default/proxy/http://{host}:{port}/a.txt")).await, "found");
    }
    let absent = server.get_as_is(&format!("/default/proxy/http://absent.test:{port}/a.txt")).await;
    is_refused(&absent, "UNIDENTIFIED - could not be resolved");
}

#[tokio::test]
async fn it_stands_behind_other_origins_and_leaves_plain_paths_to_them() {
    let nginx = nginx();
    let at = nginx.addresses[0];
    let folder = format!("webFolder: {{baseUrl: \"{}\"}}", nginx.url(0));
    let manifests = [
        alone("folder", "WebFolder", &folder, ""),
        origin("proxy", "WebProxy", &place("\"127.0.0.1\"", at)),
        endpoint("both", &["folder", "proxy"], ""),
        endpoint("turned", &["proxy", "folder"], ""),
    ];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for name in ["both", "turned"] {
        is_text(&server.get_as_is(&format!("/default/{name}/a.txt")).await, "found");
        is_text(&server.get_as_is(&format!("/default/{name}/http://{at}/a.txt")).await, "found");
        is_refused(&server.get(&format!("/default/{name}/absent.txt")).await, "ENOENT");
    }
    is_refused(&server.get("/default/proxy/a.txt").await, "ENOENT - the proxied URL");
}

#[tokio::test]
async fn a_private_file_needs_a_signature() {
    let nginx = nginx();
    let at = nginx.addresses[0];
    let server = Imgplane::start(&origin("proxy", "WebProxy", &place("\"127.0.0.1\"", at)), |_| {});
    let private = |name: &str| format!("http://{at}/private/{name}");
    is_private(&server, "proxy", &private("cat.jpg"), &private("a.txt")).await;
}

#[tokio::test]
async fn addresses_that_lead_around_in_a_circle_are_cut() {
    let nginx = nginx();
    let at = nginx.addresses[0];
    let server = Imgplane::start(&origin("proxy", "WebProxy", &place("\"127.0.0.1\"", at)), |_| {});
    let path = format!("/default/proxy/http://{at}/a.txt");
    for (headers, allowed) in [
        (&[("x-req-from", "imagekit")][..], false),
        (&[("x-req-from", "imagekit"), ("host", "img.example")], true),
        (&[("x-req-from", "another")], true),
    ] {
        let answer = get(&server, &path, headers).await;
        if allowed { is_text(&answer, "found") } else { is_refused(&answer, NOT_ALLOWED) }
    }
}
