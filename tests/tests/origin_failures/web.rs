//! Web servers: statuses, redirects, slow and odd answers, TLS.

use std::{net::SocketAddr, path::Path, process::Command};

use imgplane_tests::{pictures, server::nginx::Nginx};

use crate::{Expected, row};

pub(crate) const ROWS: &[Expected] = &[
    row("web_file_is_found", "/default/web/ok.jpg", 200, ""),
    row("web_absent_file_reports_enoent", "/default/web/absent.jpg", 404, "ENOENT - the web server"),
    row("web_410_reports_enoent", "/default/web/status/410.jpg", 404, "ENOENT"),
    row("web_401_reports_eacces", "/default/web/status/401.jpg", 404, "EACCES - the web server"),
    row("web_403_reports_eacces", "/default/web/status/403.jpg", 404, "EACCES"),
    row("web_407_reports_eacces", "/default/web/status/407.jpg", 404, "EACCES"),
    row("web_451_reports_eacces", "/default/web/status/451.jpg", 404, "EACCES"),
    row(
        "web_400_reports_unidentified_with_its_number",
        "/default/web/status/400.jpg",
        404,
        "UNIDENTIFIED - 400",
    ),
    row(
        "web_405_reports_unidentified_with_its_number",
        "/default/web/status/405.jpg",
        404,
        "UNIDENTIFIED - 405",
    ),
    row(
        "web_406_reports_unidentified_with_its_number",
        "/default/web/status/406.jpg",
        404,
        "UNIDENTIFIED - 406",
    ),
    row(
        "web_418_reports_unidentified_with_its_number",
        "/default/web/status/418.jpg",
        404,
        "UNIDENTIFIED - 418",
    ),
    row(
        "web_429_reports_refusing_for_now",
        "/default/web/status/429.jpg",
        404,
        "UNIDENTIFIED - refusing requests for now (429)",
    ),
    row(
        "web_503_reports_refusing_for_now",
        "/default/web/status/503.jpg",
        404,
        "UNIDENTIFIED - refusing requests for now (503)",
    ),
    row(
        "web_500_reports_unidentified_with_its_number",
        "/default/web/status/500.jpg",
        404,
        "UNIDENTIFIED - 500",
    ),
    row(
        "web_502_reports_unidentified_with_its_number",
        "/default/web/status/502.jpg",
        404,
        "UNIDENTIFIED - 502",
    ),
    row(
        "web_504_reports_unidentified_with_its_number",
        "/default/web/status/504.jpg",
        404,
        "UNIDENTIFIED - 504",
    ),
    row(
        "web_599_reports_unidentified_with_its_number",
        "/default/web/status/599.jpg",
        404,
        "UNIDENTIFIED - 599",
    ),
    row("web_204_reports_unidentified", "/default/web/status/204.jpg", 404, "UNIDENTIFIED"),
    row("web_304_unasked_reports_unidentified", "/default/web/status/304.jpg", 404, "UNIDENTIFIED"),
    row("web_301_is_followed", "/default/web/to/301/ok.jpg", 200, ""),
    row("web_302_is_followed", "/default/web/to/302/ok.jpg", 200, ""),
    row("web_303_is_followed", "/default/web/to/303/ok.jpg", 200, ""),
    row("web_307_is_followed", "/default/web/to/307/ok.jpg", 200, ""),
    row("web_308_is_followed", "/default/web/to/308/ok.jpg", 200, ""),
    row(
        "web_redirect_loop_reports_too_many_redirects",
        "/default/web/loop.jpg",
        404,
        "UNIDENTIFIED - too many redirects",
    ),
    row(
        "web_growing_redirect_reports_too_many_redirects",
        "/default/web/grow.jpg",
        404,
        "UNIDENTIFIED - too many redirects",
    ),
    row(
        "web_redirect_without_location_reports_unidentified",
        "/default/web/nowhere.jpg",
        404,
        "UNIDENTIFIED - invalid response",
    ),
    row(
        "web_redirect_to_the_metadata_service_is_refused",
        "/default/web/metadata.jpg",
        404,
        "EACCES - the requested host is not allowed",
    ),
    row(
        "web_redirect_to_a_local_file_is_refused",
        "/default/web/passwd.jpg",
        404,
        "EACCES - the requested host is not allowed",
    ),
    row(
        "web_connection_closed_without_answer_reports_econnrefused",
        "/default/web/closed.jpg",
        404,
        "ECONNREFUSED - closed the connection",
    ),
    row(
        "web_headers_that_do_not_come_report_no_answer_in_time",
        "/default/web/late.jpg",
        404,
        "UNIDENTIFIED - did not answer in time",
    ),
    row(
        "web_body_that_stalls_reports_a_broken_transfer",
        "/default/web/stall.jpg",
        404,
        "UNIDENTIFIED - broke off",
    ),
    row("web_file_above_the_input_limit_reports_elimit", "/default/small/ok.jpg", 400, "ELIMIT"),
    row("web_page_in_place_of_a_picture_passes_when_nothing_is_asked", "/default/web/soft.jpg", 200, ""),
    row(
        "web_page_in_place_of_a_picture_cannot_be_transformed",
        "/default/web/tr:w-10/soft.jpg",
        400,
        "UNIDENTIFIED - an HTML page, not an image",
    ),
    row("web_empty_file_is_found", "/default/web/empty.txt", 200, ""),
    row("web_origin_is_told_who_asks", "/default/web/gate/ok.jpg", 200, ""),
    row("web_dot_segments_are_refused_without_asking", "/default/web/a/%2e%2e/ok.jpg", 400, "EINVAL"),
    row(
        "web_untrusted_certificate_reports_tls",
        "/default/untrusted/ok.jpg",
        404,
        "UNIDENTIFIED - TLS with the web server failed",
    ),
    row(
        "web_plain_server_behind_https_reports_tls",
        "/default/plain-https/ok.jpg",
        404,
        "UNIDENTIFIED - TLS with the web server failed",
    ),
    row(
        "web_tls_server_behind_http_reports_its_status",
        "/default/https-plain/ok.jpg",
        404,
        "UNIDENTIFIED - 400",
    ),
];

const HTTP: &str = r#"
server {
    listen LISTEN0;
    root ROOT;
    absolute_redirect off;
    location ~ ^/status/([0-9]+)\.jpg$ { return 599; }
    STATUSES
    location ~ ^/to/301/(.*)$ { return 301 /$1; }
    location ~ ^/to/302/(.*)$ { return 302 /$1; }
    location ~ ^/to/303/(.*)$ { return 303 /$1; }
    location ~ ^/to/307/(.*)$ { return 307 /$1; }
    location ~ ^/to/308/(.*)$ { return 308 /$1; }
    location = /loop.jpg { return 302 /loop.jpg; }
    location ~ ^/grow(.*)$ { return 302 /grow$1x; }
    location = /nowhere.jpg { error_page 418 =302 @nowhere; return 418; }
    location @nowhere { try_files /empty.txt =500; }
    location = /metadata.jpg { return 302 http://169.254.169.254/latest/meta-data/; }
    location = /passwd.jpg { return 302 file:///etc/passwd; }
    location = /closed.jpg { return 444; }
    location = /late.jpg { echo_sleep 30; echo_exec /ok.jpg; }
    location = /stall.jpg { default_type image/jpeg; echo -n AA; echo_flush; echo_sleep 30; echo -n BB; }
    location = /soft.jpg { default_type text/html; return 200 "<html>Sorry, not here.</html>"; }
    location /gate/ {
        if ($http_x_req_from != imagekit) { return 403; }
        if ($http_cookie) { return 403; }
        if ($http_referer) { return 403; }
        if ($http_accept_encoding != identity) { return 403; }
        alias ROOT/;
    }
}
server { listen LISTEN1 ssl; ssl_certificate ROOT/../cert.pem; ssl_certificate_key ROOT/../key.pem; root ROOT; }
"#;

/// nginx, plain and with a certificate that nobody trusts.
pub(crate) struct Servers {
    nginx: Nginx,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let statuses = [204, 304, 400, 401, 403, 405, 406, 407, 410, 418, 429, 451, 500, 502, 503, 504]
            .map(|status| format!("location = /status/{status}.jpg {{ return {status}; }}"))
            .join("\n");
        let nginx = Nginx::start(&HTTP.replace("STATUSES", &statuses), |root| {
            std::fs::write(
                root.join("ok.jpg"),
                pictures::jpeg(&pictures::photograph("cat.jpg", 320, 200), 85),
            )
            .unwrap();
            std::fs::write(root.join("empty.txt"), b"").unwrap();
            certificate(root.parent().unwrap());
        });
        Self { nginx }
    }

    /// The plain server's address.
    pub(crate) fn plain(&self) -> SocketAddr {
        self.nginx.addresses[0]
    }

    pub(crate) fn manifests(&self) -> String {
        let (plain, tls) = (self.nginx.addresses[0], self.nginx.addresses[1]);
        [
            web("web", &format!("http://{plain}"), ""),
            web("untrusted", &format!("https://{tls}"), ""),
            web("plain-https", &format!("https://{plain}"), ""),
            web("https-plain", &format!("http://{tls}"), ""),
            web("small", &format!("http://{plain}"), "  limits: {maxInputBytes: 1Ki}\n"),
        ]
        .join("---\n")
    }
}

/// A web origin with short deadlines, and an endpoint of the same name in account `default`.
pub(crate) fn web(name: &str, base: &str, endpoint: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: {name}}}\nspec:\n  type: WebFolder\n  \
         webFolder: {{baseUrl: \"{base}\"}}\n  fetch: {{connectTimeout: 1s, headersTimeout: 2s, bodyStallTimeout: 2s, totalTimeout: 10s}}\n\
         ---\napiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}}}\nspec:\n  urlPrefix: {name}\n  \
         origins: [{{name: {name}}}]\n{endpoint}"
    )
}

fn certificate(folder: &Path) {
    let output = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
        ])
        .args(["-subj", "/CN=nobody", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
