//! Every type of origin against a real server of its kind, through `imgplane dev`: how it authenticates, what it calls
//! files, whom it trusts, what it sends along, and what several of them do together.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "origin_types/akeneo.rs"]
mod akeneo;
#[path = "origin_types/azure.rs"]
mod azure;
#[path = "origin_types/azure_identity.rs"]
mod azure_identity;
#[path = "origin_types/canonical.rs"]
mod canonical;
#[path = "origin_types/chain.rs"]
mod chain;
#[path = "origin_types/conditions.rs"]
mod conditions;
#[path = "origin_types/egress.rs"]
mod egress;
#[path = "origin_types/examples.rs"]
mod examples;
#[path = "origin_types/gcs.rs"]
mod gcs;
#[path = "origin_types/gcs_tokens.rs"]
mod gcs_tokens;
#[path = "origin_types/identity.rs"]
mod identity;
#[path = "origin_types/logged.rs"]
mod logged;
#[path = "origin_types/manifests.rs"]
mod manifests;
#[path = "origin_types/s3.rs"]
mod s3;
#[path = "origin_types/s3_identity.rs"]
mod s3_identity;
#[path = "origin_types/web.rs"]
mod web;
#[path = "origin_types/web_hosts.rs"]
mod web_hosts;
#[path = "origin_types/web_proxy.rs"]
mod web_proxy;
#[path = "origin_types/web_tls.rs"]
mod web_tls;

use http::Method;
use imgplane_tests::{
    answer::{Answer, client, send},
    pictures,
    server::imgplane::Imgplane,
};

/// Names that are easily mistaken: what a URL says, and what the file is called literally.
const ODD_NAMES: [(&str, &str); 6] = [
    ("dir/a+b.txt", "dir/a+b.txt"),
    ("dir/a%2Bb.txt", "dir/a+b.txt"),
    ("image%252Bexample.txt", "image%2Bexample.txt"),
    ("my%20file.txt", "my file.txt"),
    ("%E7%94%BB.txt", "画.txt"),
    ("e%CC%81~(1)'.txt", "e\u{301}~(1)'.txt"),
];

/// A request with a method and headers.
async fn ask(server: &Imgplane, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = client().request(method, format!("http://{}{path}", server.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

/// GET with headers.
async fn get(server: &Imgplane, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(server, Method::GET, path, headers).await
}

/// The file was found and has this text.
#[track_caller]
fn is_text(answer: &Answer, text: &str) {
    let seen = (answer.status, answer.header("ik-error"), String::from_utf8_lossy(&answer.body));
    assert_eq!(seen, (200, "", text.into()));
}

/// No file was delivered: `error` is the code of `ik-error`, a hyphen, and a part of its message.
#[track_caller]
fn is_refused(answer: &Answer, error: &str) {
    let (code, part) = error.split_once(" - ").unwrap_or((error, ""));
    let seen = answer.header("ik-error");
    assert_eq!((answer.status, answer.error_code()), (404, code), "{seen}");
    assert!(seen.contains(part), "{seen} has no {part:?}");
}

/// A private file is not delivered, neither whole nor in parts nor changed, nor is anything said of it.
async fn is_private(server: &Imgplane, endpoint: &str, picture: &str, text: &str) {
    type Row<'a> = (Method, String, &'a [(&'a str, &'a str)]);
    let inside = [("range", "bytes=1-3")];
    let outside = [("range", "bytes=900000-")];
    let known = [("if-none-match", "*")];
    let rows: [Row<'_>; 9] = [
        (Method::GET, format!("/default/{endpoint}/{picture}"), &[]),
        (Method::HEAD, format!("/default/{endpoint}/{picture}"), &[]),
        (Method::GET, format!("/default/{endpoint}/tr:w-10/{picture}"), &[]),
        (Method::HEAD, format!("/default/{endpoint}/tr:orig-true/{picture}"), &[]),
        (Method::GET, format!("/default/{endpoint}/{text}"), &[]),
        (Method::HEAD, format!("/default/{endpoint}/{text}"), &[]),
        (Method::GET, format!("/default/{endpoint}/{text}"), &inside),
        (Method::GET, format!("/default/{endpoint}/{text}"), &outside),
        (Method::GET, format!("/default/{endpoint}/{text}"), &known),
    ];
    for (method, path, headers) in rows {
        let answer = ask(server, method.clone(), &path, headers).await;
        let seen = (answer.status, answer.error_code());
        assert_eq!(seen, (401, "EAUTH"), "{method} {path} {headers:?}");
        for name in ["etag", "last-modified", "content-range", "accept-ranges"] {
            assert_eq!(answer.header(name), "", "{method} {path} {headers:?}: {name}");
        }
        assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
    }
}

/// The coordinates that lie beside a picture of 60x40 decide what `fo-custom` shows: `40,10,10,10`.
async fn shows_its_custom_coordinates(server: &Imgplane, endpoint: &str, picture: &str) {
    let part = |focus: &str| format!("/default/{endpoint}/tr:cm-extract,w-20,h-20,{focus},f-png/{picture}");
    let shown = server.get(&part("fo-custom")).await;
    assert_eq!((shown.status, shown.header("ik-warning")), (200, ""), "{}", shown.header("ik-error"));
    assert!(shown.body == server.get(&part("x-35,y-5")).await.body, "{endpoint} does not show it");
    assert!(shown.body != server.get(&part("fo-center")).await.body, "{endpoint} shows the centre");
}

/// A photograph as JPEG, so wide and 40 pixels high.
fn photo(width: u32) -> Vec<u8> {
    pictures::jpeg(&pictures::photograph("cat.jpg", width, 40), 85)
}
