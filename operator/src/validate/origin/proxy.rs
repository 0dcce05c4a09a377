//! Any address of the web, within bounds.

use std::net::IpAddr;

use imgplane_config::WebProxy;
use imgplane_crds::origin::{self, Scheme};

use crate::validate::{Fault, Findings, bound::is_host};

/// Every host.
pub(super) const ALL: &str = "*";

pub(super) fn proxy(proxy: &origin::WebProxy, findings: &mut Findings) -> WebProxy {
    if proxy.allowed_hosts.is_empty() {
        findings.invalid("spec.webProxy.allowedHosts", "must name at least one host");
    }
    let mut hosts = |field: &str, hosts: &[imgplane_crds::text::AllowedHost]| -> Vec<String> {
        let hosts = hosts.iter().enumerate();
        hosts
            .map(|(index, host)| pattern(&format!("spec.webProxy.{field}[{index}]"), host, findings))
            .collect()
    };
    let allowed_hosts = hosts("allowedHosts", &proxy.allowed_hosts);
    let denied_hosts = hosts("deniedHosts", &proxy.denied_hosts);
    if let Some(index) = allowed_hosts.iter().position(|host| host == ALL)
        && !proxy.open_proxy.unwrap_or_default()
    {
        findings.report(format!("spec.webProxy.allowedHosts[{index}]"), &Fault::OpenProxy);
    }
    let schemes = proxy.allowed_schemes.as_deref().unwrap_or(&[Scheme::Https]);
    if schemes.is_empty() {
        findings.invalid("spec.webProxy.allowedSchemes", "must name at least one scheme");
    }
    for (index, port) in proxy.allowed_ports.iter().enumerate() {
        let field = format!("spec.webProxy.allowedPorts[{index}]");
        findings.number(&field, Some(*port), 1, &(1..=u16::MAX));
    }
    WebProxy {
        allowed_hosts,
        denied_hosts,
        allowed_schemes: schemes.iter().map(|scheme| scheme.as_str().to_owned()).collect(),
        allowed_ports: proxy.allowed_ports.clone(),
    }
}

/// A host, all hosts below a name, or all; in lower case.
fn pattern(field: &str, text: &str, findings: &mut Findings) -> String {
    let is_pattern =
        text == ALL || text.parse::<IpAddr>().is_ok() || is_host(text.strip_prefix("*.").unwrap_or(text));
    if !is_pattern {
        findings.invalid(
            field,
            format!("{text:?} must be a host such as a.example, *.a.example, an IP address, or *"),
        );
    }
    text.to_ascii_lowercase()
}
