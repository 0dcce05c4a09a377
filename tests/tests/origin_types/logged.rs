//! What nginx was asked: its access log, one line of JSON for each request.

use imgplane_tests::{
    answer::{client, send},
    server::nginx::Nginx,
};
use serde::Deserialize;

/// For the beginning of a configuration: the form of the lines.
pub(crate) const FORMAT: &str = r#"
log_format asked escape=json '{"uri":"$request_uri","host":"$http_host","port":"$server_port",'
    '"protocol":"$server_protocol","from":"$http_x_req_from","auth":"$http_x_auth"}';
"#;
/// For each `server`: that it writes them.
pub(crate) const LOG: &str = "access_log ROOT/../asked.log asked;";
/// A path that only this file asks for.
const MARK: &str = "/-mark";

/// A request as nginx saw it.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) uri: String,
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) protocol: String,
    pub(crate) from: String,
    pub(crate) auth: String,
}

/// All requests so far whose path begins so, oldest first.
pub(crate) async fn asked(nginx: &Nginx, path: &str) -> Vec<Asked> {
    // nginx logs a request before it looks at the next one, so that after this answer all earlier ones are there.
    send(client().get(format!("{}{MARK}", nginx.url(0)))).await;
    let file = nginx.root().parent().unwrap().join("asked.log");
    let text = std::fs::read_to_string(file).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Asked>(line).unwrap());
    all.filter(|asked| asked.uri.starts_with(path) && asked.uri != MARK).collect()
}
