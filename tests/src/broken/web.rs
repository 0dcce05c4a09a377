//! The web server of the set-ups: one that answers by path, and four whose TLS is wrong in one way each.

use crate::server::{
    nginx::Nginx,
    pki::{Identity, Pki},
};

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

/// What the servers with TLS show, in their order, for whoever asks for one of these names: a certificate that has
/// expired, one for another host, one of an unknown authority, and a good one.
pub fn identities(pki: &Pki, names: &[&str]) -> [Identity; 4] {
    [pki.expired(names), pki.wrong_name(), pki.unknown(names), pki.server(names)]
}

/// The servers inside `http { ... }`: a plain one on `LISTEN0`, and those with TLS on `LISTEN1` to `LISTEN4`, of which the
/// last demands a certificate of this authority. `ROOT` is the folder of [`files`].
pub fn servers(certificates: [&str; 4], authority: &str) -> String {
    let mut text = PLAIN.to_owned();
    for (number, certificate) in (1..).zip(certificates) {
        let demand = match number {
            4 => format!("ssl_client_certificate {authority}; ssl_verify_client on;"),
            _ => String::new(),
        };
        let server = format!("server {{ listen LISTEN{number} ssl; root ROOT; {certificate} {demand} }}\n");
        text.push_str(&server);
    }
    text
}

/// Names and bytes of the files: the good picture `hat.jpg` and bad ones.
pub fn files(hat: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    [
        ("hat.jpg", hat.to_vec()),
        ("empty.jpg", Vec::new()),
        // The head of a picture, and nothing after it.
        ("damaged.jpg", hat.get(..300).unwrap_or_default().to_vec()),
        ("drawing.webp", b"gimp xcf v011\0\0\0\0\x08\0\0\0\x08".to_vec()),
    ]
}

/// Starts nginx with them on loopback.
pub fn start(pki: &Pki, hat: &[u8]) -> Nginx {
    let lines = identities(pki, &["127.0.0.1", "localhost"]).map(|identity| identity.nginx());
    let authority = pki.authority().display().to_string();
    let certificates = lines.each_ref().map(String::as_str);
    Nginx::start(&servers(certificates, &authority), |root| {
        for (name, bytes) in files(hat) {
            std::fs::write(root.join(name), bytes).unwrap();
        }
    })
}
