//! The web server of the set-ups: one that answers by path, and four whose TLS is wrong in one way each.

use imgplane_tests::server::{nginx::Nginx, pki::Pki};

const PLAIN: &str = r#"
server {
    listen LISTEN0;
    root ROOT;
    absolute_redirect off;
    location /login/ { add_header WWW-Authenticate 'Basic realm="media"' always; return 401; }
    location = /status/403.jpg { return 403; }
    location = /status/429.jpg { add_header Retry-After 30 always; return 429; }
    location = /status/502.jpg { return 502; }
    location = /circle.jpg { return 302 /circle.jpg; }
    location = /metadata.jpg { return 302 http://169.254.169.254/latest/meta-data/; }
    location = /page.jpg { default_type text/html; return 200 "<!doctype html><title>Sorry, not here</title>"; }
}
"#;

/// Starts it. Servers 1 to 4 show a certificate that has expired, is for another host or of an unknown authority, and
/// demand one.
pub(crate) fn start(pki: &Pki, hat: &[u8]) -> Nginx {
    let names = ["127.0.0.1", "localhost"];
    let demand = format!("ssl_client_certificate {}; ssl_verify_client on;", pki.authority().display());
    let tls = [
        (pki.expired(&names), ""),
        (pki.wrong_name(), ""),
        (pki.unknown(&names), ""),
        (pki.server(&names), demand.as_str()),
    ];
    let tls = tls.iter().enumerate().map(|(number, (identity, more))| {
        format!("server {{ listen LISTEN{} ssl; root ROOT; {} {more} }}\n", number + 1, identity.nginx())
    });
    Nginx::start(&format!("{PLAIN}{}", tls.collect::<String>()), |root| {
        let files: [(&str, &[u8]); 4] = [
            ("hat.jpg", hat),
            ("empty.jpg", b""),
            // The head of a picture, and nothing after it.
            ("damaged.jpg", hat.get(..300).unwrap_or_default()),
            ("drawing.tif", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        ];
        for (name, bytes) in files {
            std::fs::write(root.join(name), bytes).unwrap();
        }
    })
}
