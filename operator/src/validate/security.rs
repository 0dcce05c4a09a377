//! Signatures, private files and rules on clients: from what is written to what pods judge requests by.

use std::time::Duration;

use imgplane_config::{NamedKey, ObjectId, Referrers, RestrictUnsigned, Restriction, Security, SigningKeys};
use imgplane_crds::url_endpoint as written;
use ipnet::IpNet;

use super::{Findings, credential::signing_key};
use crate::Snapshot;

/// Longest time that clocks may differ: who allows more does not want expiry.
const LARGEST_SKEW: Duration = Duration::from_hours(1);

/// Reads the rules, and the keys from their Secrets. A key that cannot be read is reported and left out: pods keep the
/// one that they had under its name.
pub(super) fn security(
    namespace: &str,
    spec: &written::Security,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> (Security, SigningKeys) {
    let mut names: Vec<String> = Vec::new();
    let mut keys = SigningKeys::default();
    for (index, written::SigningKey { secret_ref }) in spec.signing_keys.iter().enumerate() {
        let name = format!("{}/{}", secret_ref.name.as_str(), secret_ref.key());
        if names.contains(&name) {
            continue;
        }
        let secret = ObjectId::new(namespace, secret_ref.name.as_str());
        let field = format!("spec.security.signingKeys[{index}].secretRef");
        if let Some(value) = signing_key(&secret, secret_ref.key(), snapshot, &field, findings) {
            keys.keys.push(NamedKey { name: name.clone(), value });
        }
        names.push(name);
    }
    let restrict_unsigned = spec.restrict_unsigned.as_ref().map(restrict_unsigned).unwrap_or_default();
    if restrict_unsigned != RestrictUnsigned::default() && names.is_empty() {
        findings.invalid(
            "spec.security.restrictUnsigned",
            "needs signingKeys: without a key no URL can be signed, and nothing would be delivered",
        );
    }
    let lower = |pieces: &[imgplane_crds::text::UserAgentPiece]| {
        pieces.iter().map(|piece| piece.to_ascii_lowercase()).collect()
    };
    let security = Security {
        signing_keys: names,
        restrict_unsigned,
        treat_all_as_private: spec.treat_all_as_private.unwrap_or_default(),
        blocked_cidrs: ranges(&spec.blocked_cidrs, findings),
        blocked_user_agents: lower(&spec.blocked_user_agents),
        referrers: spec.referrers.as_ref().map(|spec| referrers(spec, findings)).unwrap_or_default(),
        clock_skew: findings.duration(
            "spec.security.clockSkew",
            spec.clock_skew,
            Duration::ZERO,
            &(Duration::ZERO..=LARGEST_SKEW),
        ),
    };
    (security, keys)
}

fn restrict_unsigned(spec: &written::RestrictUnsigned) -> RestrictUnsigned {
    let level = |level: Option<written::Restriction>| match level {
        None | Some(written::Restriction::None) => Restriction::None,
        Some(written::Restriction::Ai) => Restriction::Ai,
        Some(written::Restriction::All) => Restriction::All,
    };
    RestrictUnsigned { images: level(spec.images), videos: level(spec.videos) }
}

/// Addresses and ranges; an address alone is the range of itself.
fn ranges(texts: &[imgplane_crds::text::AddressOrRange], findings: &mut Findings) -> Vec<IpNet> {
    let mut ranges = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let text = text.as_str();
        let range = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
        match range {
            Ok(range) => ranges.push(range.trunc()),
            Err(_) => findings.invalid(
                format!("spec.security.blockedCIDRs[{index}]"),
                format!("{text:?} must be an IP address or a range such as 203.0.113.0/28"),
            ),
        }
    }
    ranges
}

fn referrers(spec: &written::Referrers, findings: &mut Findings) -> Referrers {
    if !spec.allow.is_empty() && !spec.block.is_empty() {
        findings.invalid(
            "spec.security.referrers.block",
            "is used when allow is empty alone: set one of the two lists",
        );
    }
    let mut hosts = |list: &str, texts: &[imgplane_crds::text::ReferrerText]| {
        let mut hosts = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let bare = text.as_str();
            let bare = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://")).unwrap_or(bare);
            let host = bare.split('/').next().unwrap_or_default();
            let host = host.split(':').next().unwrap_or_default();
            hosts.push(findings.host(&format!("spec.security.referrers.{list}[{index}]"), host));
        }
        hosts
    };
    let (allow, block) = (hosts("allow", &spec.allow), hosts("block", &spec.block));
    Referrers { allow, block, allow_empty: spec.allow_empty.unwrap_or_default() }
}
