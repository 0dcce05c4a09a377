//! Several origins: the first that has the file serves it, and the first real failure is the one reported.

use std::net::SocketAddr;

use imgplane_tests::process::free_address;

use crate::{Expected, row, s3, web::web};

pub(crate) const ROWS: &[Expected] = &[
    row("chain_goes_on_after_enoent", "/default/chain-found/ok.jpg", 200, ""),
    row("chain_goes_on_after_refused_credentials", "/default/chain-behind-eacces/ok.jpg", 200, ""),
    row("chain_goes_on_after_a_refused_connection", "/default/chain-behind-refused/ok.jpg", 200, ""),
    row(
        "chain_reports_the_first_failure_that_is_not_enoent",
        "/default/chain-eacces/absent.jpg",
        404,
        "EACCES",
    ),
    row("chain_reports_enoent_when_all_are_absent", "/default/chain-found/absent.jpg", 404, "ENOENT"),
    row("chain_stops_at_a_limit", "/default/chain-limit/ok.jpg", 400, "ELIMIT"),
    row("chain_without_origins_reports_enoent_without_asking", "/default/chain-empty/ok.jpg", 404, "ENOENT"),
];

pub(crate) fn manifests(store: &s3::Servers, web_server: SocketAddr) -> String {
    let endpoint = |name: &str, origins: &[&str], more: &str| {
        let list: Vec<String> = origins.iter().map(|origin| format!("{{name: {origin}}}")).collect();
        format!(
            "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}}}\nspec:\n  urlPrefix: {name}\n  \
             origins: [{}]\n{more}",
            list.join(", ")
        )
    };
    [
        store.s3("chain-store", "img", None, ""),
        store.s3("chain-denied", "img", Some(("NOREAD", "noreadsecret", "")), ""),
        web("chain-web", &format!("http://{web_server}"), ""),
        web("chain-refused", &format!("http://{}", free_address()), ""),
        endpoint("chain-found", &["chain-store", "chain-web"], ""),
        endpoint("chain-behind-eacces", &["chain-denied", "chain-web"], ""),
        endpoint("chain-behind-refused", &["chain-refused", "chain-web"], ""),
        endpoint("chain-eacces", &["chain-store", "chain-denied"], ""),
        endpoint("chain-limit", &["chain-web", "chain-store"], "  limits: {maxInputBytes: 1Ki}\n"),
        endpoint("chain-empty", &[], ""),
    ]
    .join("---\n")
}
