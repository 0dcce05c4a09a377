//! Which addresses may be connected to. Asked with the very address that is dialled, for every connection.

use std::net::IpAddr;

use ipnet::IpNet;

mod range;

use range::{Range, Reach};

/// How far connections may go.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    allow_loopback: bool,
    allowed: Vec<IpNet>,
    /// Single addresses that are admitted although they are private or loopback.
    literal: Vec<IpAddr>,
    /// Whether nothing is judged.
    open: bool,
    sort: Sort,
}

/// An address that may not be connected to. `Display` is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {range}")]
pub(crate) struct Refused {
    address: IpAddr,
    range: Range,
    sort: Sort,
}

impl Refused {
    /// What to do, for the operator.
    pub(crate) fn advice(&self) -> &'static str {
        match (self.range.reach(), self.sort) {
            (Reach::Never, _) => "No origin may reach it: name the server's own address",
            (_, Sort::Redirects) => {
                "A public server may not redirect to it: name its own address in the Origin"
            }
            (_, Sort::WebProxy) => {
                "A WebProxy reaches public addresses only: use an Origin of type WebFolder for this server"
            }
            (Reach::Public | Reach::Private, Sort::Origins) => {
                "To allow it, list it in spec.network.allowedCIDRs of the DataPlane"
            }
            (Reach::Loopback, Sort::Origins) => {
                "It means the pod itself: name the server's own address, or list it in spec.network.allowedCIDRs of \
                 the DataPlane"
            }
        }
    }
}

/// Whose connections are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Those of origins that a manifest describes.
    Origins,
    /// Those that a public server redirects to.
    Redirects,
    /// Those that a URL names.
    WebProxy,
}

impl Guard {
    /// Public addresses, private ones within `allowed`, and loopback if so said.
    pub(crate) fn new(allow_loopback: bool, allowed: Vec<IpNet>) -> Self {
        Self { allow_loopback, allowed, literal: Vec::new(), open: false, sort: Sort::Origins }
    }

    /// Public addresses only: for where a public server redirects to.
    pub(crate) fn of_public_redirects() -> Self {
        Self { sort: Sort::Redirects, ..Self::new(false, Vec::new()) }
    }

    /// Public addresses, and those single ones that a developer named on a machine of their own: for what URLs name.
    pub(crate) fn of_web_proxy(literal: Vec<IpAddr>) -> Self {
        Self { literal, sort: Sort::WebProxy, ..Self::new(false, Vec::new()) }
    }

    /// Every address: for services of the cloud whose address the pod's own environment names, and no tenant.
    pub(crate) fn of_pod_environment() -> Self {
        Self { open: true, ..Self::new(true, Vec::new()) }
    }

    /// Whether a name that does not resolve here may be asked of a proxy: what a URL names may not.
    pub(crate) fn trusts_names(&self) -> bool {
        self.sort == Sort::Origins
    }

    /// Judges one address. An IPv6 address that carries an IPv4 address is judged as that one.
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), Refused> {
        let (meant, range) = range::of(address);
        let listed = || self.allowed.iter().any(|net| net.contains(&meant)) || self.literal.contains(&meant);
        let admitted = match range.reach() {
            Reach::Public => true,
            Reach::Private => listed(),
            Reach::Loopback => self.allow_loopback || listed(),
            Reach::Never => false,
        };
        if admitted || self.open { Ok(()) } else { Err(Refused { address, range, sort: self.sort }) }
    }
}

/// Whether an address is on the public Internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    range::of(address).1.reach() == Reach::Public
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow_loopback: bool, allowed: &[&str]) -> Guard {
        Guard::new(allow_loopback, allowed.iter().map(|net| net.parse().unwrap()).collect())
    }

    const DEFAULT: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

    #[test]
    fn each_address_is_admitted_by_the_default_by_nothing_allowed_and_by_everything_allowed() {
        // Columns: default private ranges; public only; every range listed and loopback allowed; redirect.
        let cases = [
            ("93.184.216.34", [true, true, true, true]),
            ("2606:2800:220:1::1", [true, true, true, true]),
            ("10.1.2.3", [true, false, true, false]),
            ("172.16.0.1", [true, false, true, false]),
            ("172.32.0.1", [true, true, true, true]),
            ("192.168.1.1", [true, false, true, false]),
            ("fd12::1", [true, false, true, false]),
            ("100.64.0.1", [false, false, true, false]),
            ("198.18.0.1", [false, false, true, false]),
            ("127.0.0.1", [false, false, true, false]),
            ("127.9.9.9", [false, false, true, false]),
            ("::1", [false, false, true, false]),
            ("0.0.0.0", [false; 4]),
            ("0.1.2.3", [false; 4]),
            ("::", [false; 4]),
            ("169.254.169.254", [false; 4]),
            ("169.254.1.1", [false; 4]),
            ("fe80::1", [false; 4]),
            ("fec0::1", [false; 4]),
            ("fd00:ec2::254", [false; 4]),
            ("fd20:ce::254", [false; 4]),
            ("100.100.100.200", [false; 4]),
            ("168.63.129.16", [false; 4]),
            ("224.0.0.1", [false; 4]),
            ("ff02::1", [false; 4]),
            ("255.255.255.255", [false; 4]),
            ("240.0.0.1", [false; 4]),
            ("192.0.0.8", [false; 4]),
            ("192.0.2.1", [false; 4]),
            ("198.51.100.1", [false; 4]),
            ("203.0.113.1", [false; 4]),
            ("2001:db8::1", [false; 4]),
            ("3fff::1", [false; 4]),
            ("100::1", [false; 4]),
            // IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo.
            ("::ffff:93.184.216.34", [true, true, true, true]),
            ("::ffff:10.1.2.3", [true, false, true, false]),
            ("::ffff:127.0.0.1", [false, false, true, false]),
            ("::127.0.0.1", [false, false, true, false]),
            ("::ffff:169.254.169.254", [false; 4]),
            ("::a9fe:a9fe", [false; 4]),
            ("64:ff9b::93.184.216.34", [true, true, true, true]),
            ("64:ff9b::169.254.169.254", [false; 4]),
            ("64:ff9b::10.1.2.3", [true, false, true, false]),
            ("64:ff9b:1::1", [false, false, true, false]),
            ("2002:5db8:d822::1", [true, true, true, true]),
            ("2002:a9fe:a9fe::1", [false; 4]),
            ("2002:7f00:1::", [false, false, true, false]),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", [false; 4]),
        ];
        let guards = [
            guard(false, &DEFAULT),
            guard(false, &[]),
            guard(true, &["0.0.0.0/0", "::/0"]),
            Guard::of_public_redirects(),
        ];
        for (address, expected) in cases {
            let ip: IpAddr = address.parse().unwrap();
            let seen: Vec<bool> = guards.iter().map(|guard| guard.check(ip).is_ok()).collect();
            assert_eq!(seen, expected, "{address}");
        }
    }

    #[test]
    fn loopback_may_be_allowed_by_listing_it_too() {
        assert!(guard(false, &["127.0.0.0/8"]).check("127.0.0.1".parse().unwrap()).is_ok());
        assert!(guard(true, &[]).check("::1".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_refusal_names_the_range_and_the_field_that_would_allow_it() {
        let cases = [
            (
                "10.1.2.3",
                "10.1.2.3 is in the private range 10.0.0.0/8; to allow it, list it in \
                 spec.network.allowedCIDRs of the DataPlane",
            ),
            (
                "::ffff:169.254.169.254",
                "::ffff:169.254.169.254 is a cloud metadata address; no origin may reach it",
            ),
            (
                "127.0.0.1",
                "127.0.0.1 is in the loopback range 127.0.0.0/8; it means the pod itself: name the server's own \
                 address, or list it in spec.network.allowedCIDRs of the DataPlane",
            ),
        ];
        for (address, expected) in cases {
            let refused = guard(false, &[]).check(address.parse().unwrap()).unwrap_err();
            assert_eq!(refused.to_string(), expected);
        }
        let refused = Guard::of_public_redirects().check("10.1.2.3".parse().unwrap()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "10.1.2.3 is in the private range 10.0.0.0/8; a public server may not redirect to it"
        );
    }
}
