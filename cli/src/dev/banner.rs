//! What `imgplane dev` prints: where it serves, what can be opened, what is wrong.

use std::{
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use crate::{
    args::Dev,
    finding::{Severity, count, counted},
};

use super::{
    samples,
    view::{Shared, View},
};

/// Transformation of the URLs that are offered to try.
const TRY: &str = "tr:w-300/";

/// Where everything is.
pub(super) fn hello(shared: &Shared, args: &Dev, admin: SocketAddr) {
    say(&[
        format!("imgplane dev {}", env!("CARGO_PKG_VERSION")),
        format!("  Manifests   {}", args.dir.display()),
        format!("  Delivery    {}/", shared.delivery()),
        format!("  Start page  http://{admin}/"),
        "  Origins may reach this machine itself (loopback), which pods in a cluster may not.".to_owned(),
        String::new(),
    ]);
    if !args.admin_listen.ip().is_loopback() {
        say(&[format!(
            "warning: --admin-listen {} opens the admin port to the network, and it asks for no token.",
            args.admin_listen
        )]);
    }
}

/// Each endpoint with its origins and a URL to click.
pub(super) fn table(shared: &Shared, view: &View) -> Vec<String> {
    let mut rows: Vec<[String; 3]> = vec![["ENDPOINT", "ORIGINS", "URL"].map(str::to_owned)];
    for endpoint in view.endpoints() {
        let url = shared.endpoint_url(&endpoint.body);
        let origins: Vec<_> = endpoint.body.origins.iter().map(ToString::to_string).collect();
        let url = match samples::first(shared, view, &endpoint.body.origins) {
            Some(path) => format!("{url}{TRY}{path}"),
            None => url,
        };
        let origins = if origins.is_empty() { "none".to_owned() } else { origins.join(", ") };
        rows.push([endpoint.id.to_string(), origins, url]);
    }
    if rows.len() == 1 {
        return vec![
            "No endpoint is served yet: a UrlEndpoint manifest makes one.".to_owned(),
            String::new(),
        ];
    }
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    let mut lines: Vec<_> =
        rows.iter().map(|[id, origins, url]| format!("{id:first$}  {origins:second$}  {url}")).collect();
    lines.push(String::new());
    lines
}

/// Prints lines.
pub(super) fn print(lines: &[String]) {
    say(lines);
}

/// What is wrong, as `check` prints it.
pub(super) fn findings(view: &View, first: bool) {
    let mut lines: Vec<_> = view
        .findings
        .iter()
        .filter(|finding| first || finding.severity != Severity::Note)
        .map(ToString::to_string)
        .collect();
    if first {
        lines.push(format!("{}. Watching for changes; Ctrl-C stops.", verdict(view)));
    }
    say(&lines);
}

/// A change was taken in.
pub(super) fn reloaded(view: &View, took: Duration) {
    let kept = match view.kept.len() {
        0 => String::new(),
        count => format!("; the last good version of {} goes on serving", counted(count, "object")),
    };
    say(&[format!(
        "Reloaded in {} ms: {}, {}{kept}.",
        took.as_millis(),
        counted(view.endpoints().len(), "endpoint"),
        verdict(view).to_lowercase()
    )]);
}

fn verdict(view: &View) -> String {
    match count(&view.findings) {
        (0, 0) => "No problems".to_owned(),
        (0, warnings) => counted(warnings, "warning"),
        (errors, 0) => counted(errors, "problem"),
        (errors, warnings) => format!("{}, {}", counted(errors, "problem"), counted(warnings, "warning")),
    }
}

/// A closed standard output is no reason to stop serving.
fn say(lines: &[String]) {
    let mut out = io::stdout().lock();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    let _ = out.flush();
}
