//! Folders of web servers: paths and queries as received, what every request carries, what redirects are told, private
//! files, and connections that are used again.

use imgplane_tests::server::{imgplane::Imgplane, nginx::Nginx};

use crate::{
    is_private, is_refused, is_text,
    logged::{FORMAT, LOG, asked},
    manifests::{join, origin, secret},
    photo,
};

/// The first server is the origin, the second is where redirects lead.
const SERVERS: &str = r#"
server {
    listen LISTEN0; root ROOT; absolute_redirect off; merge_slashes off; LOG
    location = /-mark { return 204; }
    location /echo/ { return 200 "$request_uri"; }
    location /guarded/ {
        if ($http_x_auth != "hush hush") { return 403; }
        if ($http_x_team != shop) { return 403; }
        return 200 "let in";
    }
    location = /hop1.txt { return 302 /hop2.txt; }
    location = /hop2.txt { return 307 http://LISTEN1/landed.txt; }
    location = /away.txt { return 302 http://LISTEN1/landed.txt; }
    location /private/ { add_header Is-Private-File TRUE; alias ROOT/; }
    location = /requests.txt { return 200 "$connection_requests"; }
}
server {
    listen LISTEN1; LOG
    location / { return 200 "auth=$http_x_auth team=$http_x_team authorization=$http_authorization from=$http_x_req_from"; }
}
"#;

fn nginx() -> Nginx {
    let text = format!("{FORMAT}{}", SERVERS.replace("LOG", LOG));
    Nginx::start(&text, |root| {
        std::fs::write(root.join("cat.jpg"), photo(60)).unwrap();
        std::fs::write(root.join("a.txt"), "secret").unwrap();
    })
}

/// The origin `web`, with further members.
fn web(nginx: &Nginx, more: &str) -> String {
    origin("web", "WebFolder", &format!("webFolder: {{baseUrl: \"{}\", {more}}}", nginx.url(0)))
}

#[tokio::test]
async fn paths_and_queries_go_to_the_server_as_they_came() {
    let nginx = nginx();
    let place = format!("webFolder: {{baseUrl: \"{}/echo/\"}}", nginx.url(0));
    let server = Imgplane::start(&origin("web", "WebFolder", &place), |_| {});
    for (asked, seen) in [
        ("a%20b.txt?tr=w-10&v=3", "/echo/a%20b.txt?v=3"),
        ("images%2Fstars.txt?alt=media&token=T%2BT&tr=w-9", "/echo/images%2Fstars.txt?alt=media&token=T%2BT"),
        ("tr:w-10/a+b.txt?ik-sdk-version=js-1&sdk-version=js-1", "/echo/a+b.txt"),
        ("//dir//a.txt", "/echo/dir//a.txt"),
        ("image%252B.txt?x=1&y", "/echo/image%252B.txt?x=1&y"),
        ("100%.txt", "/echo/100%25.txt"),
        ("%E7%94%BB.txt", "/echo/%E7%94%BB.txt"),
    ] {
        is_text(&server.get_as_is(&format!("/default/web/{asked}")).await, seen);
    }
}

#[tokio::test]
async fn headers_arrive_and_are_not_told_to_whom_a_redirect_leads() {
    let nginx = nginx();
    let headers = "headers: [{name: X-Team, value: shop}, {name: X-Auth, valueFrom: {secretRef: {name: web, key: token}}}, \
                   {name: Authorization, valueFrom: {secretRef: {name: web, key: bearer}}}]";
    let manifests = [
        secret("web", &[("token", "hush hush"), ("bearer", "Bearer hush")]),
        web(&nginx, headers),
        origin("plain", "WebFolder", &format!("webFolder: {{baseUrl: \"{}\"}}", nginx.url(0))),
    ];
    let mut server = Imgplane::start(&join(&manifests), |_| {});
    is_text(&server.get("/default/web/guarded/a.txt").await, "let in");
    is_refused(&server.get("/default/plain/guarded/a.txt").await, "EACCES - the web server (403)");
    for path in ["away.txt", "hop1.txt"] {
        let answer = server.get(&format!("/default/web/{path}")).await;
        is_text(&answer, "auth= team= authorization= from=imagekit");
    }
    let all = asked(&nginx, "/").await;
    assert_eq!(all.len(), 7, "{all:?}");
    for asked in &all {
        assert_eq!(asked.from, "imagekit", "{asked:?}");
        assert!(asked.auth.is_empty() || asked.port == nginx.addresses[0].port().to_string(), "{asked:?}");
    }
    assert!(server.process.is_alive());
    assert!(!server.process.output().contains("hush"), "a secret is printed");
}

#[tokio::test]
async fn a_private_file_needs_a_signature() {
    let nginx = nginx();
    let place = format!("webFolder: {{baseUrl: \"{}/private\"}}", nginx.url(0));
    let manifests = [origin("private", "WebFolder", &place), web(&nginx, "")];
    let server = Imgplane::start(&join(&manifests), |_| {});
    is_private(&server, "private", "cat.jpg", "a.txt").await;
    is_text(&server.get("/default/web/a.txt").await, "secret");
}

#[tokio::test]
async fn connections_are_used_again() {
    let nginx = nginx();
    let server = Imgplane::start(&web(&nginx, ""), |_| {});
    let mut most = 0;
    for number in 0..20 {
        let answer = server.get(&format!("/default/web/requests.txt?{number}")).await;
        most = most.max(String::from_utf8_lossy(&answer.body).parse().unwrap());
    }
    assert!(most > 10, "at most {most} of 20 requests came on one connection");
}
