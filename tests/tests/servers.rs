//! What the servers of the harness do: the contracts that the suites of origins and their failures rely on.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "servers/credentials.rs"]
mod credentials;
#[path = "servers/network.rs"]
mod network;
#[path = "servers/stores.rs"]
mod stores;

use http::Method;
use imgplane_tests::answer::{Answer, client, send};

/// GET with headers.
async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    ask(Method::GET, url, headers, "").await
}

/// A request with headers and a body.
async fn ask(method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = client().request(method, url).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

/// Fields as a form.
fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
