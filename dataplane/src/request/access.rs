//! Phase two: is this client one that gets nothing, whatever it asks for?

use http::{HeaderMap, header, request::Parts};
use imgplane_config::{Referrers, Security};
use ipnet::IpNet;

use crate::{
    error::{AccessRule, Failure},
    peer::client_address,
};

/// Refuses clients that a rule of the endpoint shuts out: by address, by user agent, by the page they come from.
/// `trusted` are proxies that are believed whom they speak for.
pub(super) fn check(security: &Security, head: &Parts, trusted: &[IpNet]) -> Result<(), Failure> {
    let refused = |rule| Err(Failure::Forbidden(rule));
    if !security.blocked_cidrs.is_empty() {
        let address = client_address(head, trusted);
        if address.is_none_or(|address| security.blocked_cidrs.iter().any(|net| net.contains(&address))) {
            return refused(AccessRule::Address);
        }
    }
    if !security.blocked_user_agents.is_empty() {
        let agent = user_agent(&head.headers);
        if security.blocked_user_agents.iter().any(|piece| agent.contains(piece.as_str())) {
            return refused(AccessRule::UserAgent);
        }
    }
    if security.referrers.is_set() && !admits(&security.referrers, &head.headers) {
        return refused(AccessRule::Referrer);
    }
    Ok(())
}

/// `User-Agent` in lower case; empty where it is absent.
pub(super) fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).map(http::HeaderValue::as_bytes).unwrap_or_default();
    String::from_utf8_lossy(agent).to_lowercase()
}

/// What is no address of a page counts as absent: it is refused where pages are listed, and passes where some are
/// shut out.
fn admits(referrers: &Referrers, headers: &HeaderMap) -> bool {
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let host = referrer.and_then(|text| text.parse::<http::Uri>().ok());
    let host = host.as_ref().and_then(http::Uri::host).map(str::to_ascii_lowercase);
    match host {
        None => referrers.allow.is_empty() || referrers.allow_empty,
        Some(host) => {
            (referrers.allow.is_empty() || referrers.allow.contains(&host))
                && !referrers.block.contains(&host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::Peer;

    fn head(peer: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = http::Request::builder().uri("/a.jpg");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        head.extensions.insert(Peer(peer.parse().unwrap()));
        head
    }

    fn security(json: serde_json::Value) -> Security {
        serde_json::from_value(json).unwrap()
    }

    fn verdict(security: &Security, head: &Parts) -> Option<AccessRule> {
        match check(security, head, &["10.0.0.0/8".parse().unwrap()]) {
            Ok(()) => None,
            Err(Failure::Forbidden(rule)) => Some(rule),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn addresses_are_those_of_clients_behind_trusted_proxies() {
        let blocked = security(serde_json::json!({"blockedCIDRs": ["203.0.113.0/24", "2001:db8::/32"]}));
        let refused = Some(AccessRule::Address);
        for (peer, forwarded, expected) in [
            ("203.0.113.0", None, refused),
            ("203.0.113.255", None, refused),
            ("::ffff:203.0.113.7", None, refused),
            ("203.0.114.0", None, None),
            ("2001:db8::1", None, refused),
            ("2001:db9::1", None, None),
            // A trusted proxy tells whom it speaks for; of several the last that is no proxy of ours counts.
            ("10.0.0.1", Some("203.0.113.7"), refused),
            ("10.0.0.1", Some("203.0.113.7, 198.51.100.1"), None),
            ("10.0.0.1", Some("198.51.100.1, 203.0.113.7, 10.0.0.2"), refused),
            ("10.0.0.1", Some("198.51.100.1"), None),
            // Anybody else may tell what he likes.
            ("198.51.100.9", Some("203.0.113.7"), None),
            ("203.0.113.7", Some("198.51.100.1"), refused),
            // What cannot be read is not guessed: the proxy itself is the client.
            ("10.0.0.1", Some("unknown"), None),
        ] {
            let headers: Vec<_> = forwarded.iter().map(|value| ("x-forwarded-for", *value)).collect();
            assert_eq!(verdict(&blocked, &head(peer, &headers)), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn user_agents_are_found_in_any_case() {
        let blocked = security(serde_json::json!({"blockedUserAgents": ["bytespider"]}));
        for (agent, expected) in [
            (Some("Linux; U; Bytespider/3.0"), Some(AccessRule::UserAgent)),
            (Some("BYTESPIDER"), Some(AccessRule::UserAgent)),
            (Some("Mozilla/5.0"), None),
            (None, None),
        ] {
            let headers: Vec<_> = agent.iter().map(|value| ("user-agent", *value)).collect();
            assert_eq!(verdict(&blocked, &head("192.0.2.1", &headers)), expected, "{agent:?}");
        }
    }

    #[test]
    fn of_a_referrer_only_its_host_counts() {
        let allow = security(serde_json::json!({"referrers": {"allow": ["www.shop.example"]}}));
        let lenient =
            security(serde_json::json!({"referrers": {"allow": ["www.shop.example"], "allowEmpty": true}}));
        let block = security(serde_json::json!({"referrers": {"block": ["copycat.example"]}}));
        let refused = Some(AccessRule::Referrer);
        for (referrer, by_allow, by_lenient, by_block) in [
            (Some("https://www.shop.example/page?x=1"), None, None, None),
            (Some("http://WWW.shop.example:8080"), None, None, None),
            (Some("https://shop.example/"), refused, refused, None),
            (Some("https://www.shop.example.evil.example/"), refused, refused, None),
            (Some("https://evil.example/www.shop.example"), refused, refused, None),
            (Some("https://copycat.example/"), refused, refused, refused),
            (Some("no address"), refused, None, None),
            (Some(""), refused, None, None),
            (None, refused, None, None),
        ] {
            let headers: Vec<_> = referrer.iter().map(|value| ("referer", *value)).collect();
            let head = head("192.0.2.1", &headers);
            let verdicts = [&allow, &lenient, &block].map(|security| verdict(security, &head));
            assert_eq!(verdicts, [by_allow, by_lenient, by_block], "{referrer:?}");
        }
    }

    #[test]
    fn without_rules_everybody_is_let_in() {
        assert_eq!(verdict(&Security::default(), &head("203.0.113.7", &[])), None);
    }
}
