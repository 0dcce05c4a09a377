//! What kind of address an address is. The tables follow the special-purpose registries of IANA, plus the
//! metadata services of the large clouds.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Who may reach addresses of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everybody.
    Public,
    /// Where listed.
    Private,
    /// Where listed, or where loopback is allowed as such.
    Loopback,
    /// Nobody.
    Never,
}

/// A range and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    reach: Reach,
    kind: &'static str,
    /// As a CIDR; empty for single addresses.
    net: &'static str,
}

impl Range {
    pub(super) const fn reach(self) -> Reach {
        self.reach
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.net.is_empty() {
            f.write_str(self.kind)
        } else {
            write!(f, "in the {} range {}", self.kind, self.net)
        }
    }
}

const PUBLIC: Range = Range { reach: Reach::Public, kind: "a public address", net: "" };
const METADATA: Range = Range { reach: Reach::Never, kind: "a cloud metadata address", net: "" };

/// AWS, GCP and Azure; ECS task credentials; Alibaba Cloud; Azure's wire server. First, because the ranges around
/// some of them are reachable.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
];

/// AWS, ECS task credentials, GCP.
const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// First address, prefix length, range; the first match counts.
type Row<A> = (A, u32, Range);

const fn row<A>(first: A, length: u32, reach: Reach, kind: &'static str, net: &'static str) -> Row<A> {
    (first, length, Range { reach, kind, net })
}

const V4: [Row<Ipv4Addr>; 16] = [
    row(Ipv4Addr::UNSPECIFIED, 8, Reach::Never, "unspecified", "0.0.0.0/8"),
    row(Ipv4Addr::new(127, 0, 0, 0), 8, Reach::Loopback, "loopback", "127.0.0.0/8"),
    row(Ipv4Addr::new(169, 254, 0, 0), 16, Reach::Never, "link-local", "169.254.0.0/16"),
    row(Ipv4Addr::new(10, 0, 0, 0), 8, Reach::Private, "private", "10.0.0.0/8"),
    row(Ipv4Addr::new(172, 16, 0, 0), 12, Reach::Private, "private", "172.16.0.0/12"),
    row(Ipv4Addr::new(192, 168, 0, 0), 16, Reach::Private, "private", "192.168.0.0/16"),
    row(Ipv4Addr::new(100, 64, 0, 0), 10, Reach::Private, "shared", "100.64.0.0/10"),
    row(Ipv4Addr::new(198, 18, 0, 0), 15, Reach::Private, "benchmarking", "198.18.0.0/15"),
    row(Ipv4Addr::new(192, 0, 0, 0), 24, Reach::Never, "reserved", "192.0.0.0/24"),
    row(Ipv4Addr::new(192, 88, 99, 0), 24, Reach::Never, "reserved", "192.88.99.0/24"),
    row(Ipv4Addr::new(192, 0, 2, 0), 24, Reach::Never, "documentation", "192.0.2.0/24"),
    row(Ipv4Addr::new(198, 51, 100, 0), 24, Reach::Never, "documentation", "198.51.100.0/24"),
    row(Ipv4Addr::new(203, 0, 113, 0), 24, Reach::Never, "documentation", "203.0.113.0/24"),
    row(Ipv4Addr::new(224, 0, 0, 0), 4, Reach::Never, "multicast", "224.0.0.0/4"),
    row(Ipv4Addr::BROADCAST, 32, Reach::Never, "broadcast", "255.255.255.255/32"),
    row(Ipv4Addr::new(240, 0, 0, 0), 4, Reach::Never, "reserved", "240.0.0.0/4"),
];

const V6: [Row<Ipv6Addr>; 14] = [
    row(Ipv6Addr::UNSPECIFIED, 128, Reach::Never, "unspecified", "::/128"),
    row(Ipv6Addr::LOCALHOST, 128, Reach::Loopback, "loopback", "::1/128"),
    row(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Reach::Never, "link-local", "fe80::/10"),
    row(Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Reach::Never, "site-local", "fec0::/10"),
    row(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Reach::Private, "private", "fc00::/7"),
    row(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Reach::Never, "multicast", "ff00::/8"),
    row(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Reach::Never, "documentation", "2001:db8::/32"),
    row(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Reach::Never, "documentation", "3fff::/20"),
    row(Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Reach::Private, "translation", "64:ff9b:1::/48"),
    row(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Reach::Never, "reserved", "2001::/23"),
    row(Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, Reach::Never, "discard-only", "100::/64"),
    row(Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, Reach::Never, "reserved", "5f00::/16"),
    // Global unicast is 2000::/3; what is neither in it nor in a row above is not assigned.
    row(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Reach::Public, "global", "2000::/3"),
    row(Ipv6Addr::UNSPECIFIED, 0, Reach::Never, "reserved", "::/0"),
];

/// The address that is meant, with IPv4 taken out of IPv6, and its range.
pub(super) fn of(address: IpAddr) -> (IpAddr, Range) {
    let meant = match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
    };
    let range = match meant {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => of_v6(v6),
    };
    (meant, range)
}

fn of_v4(address: Ipv4Addr) -> Range {
    if METADATA_V4.contains(&address) {
        return METADATA;
    }
    V4.iter()
        .find(|(first, length, _)| same_prefix(first.to_bits().into(), address.to_bits().into(), 32, *length))
        .map_or(PUBLIC, |(_, _, range)| *range)
}

fn of_v6(address: Ipv6Addr) -> Range {
    if METADATA_V6.contains(&address) {
        return METADATA;
    }
    V6.iter()
        .find(|(first, length, _)| same_prefix(first.to_bits(), address.to_bits(), 128, *length))
        .map_or(PUBLIC, |(_, _, range)| *range)
}

fn same_prefix(one: u128, other: u128, width: u32, length: u32) -> bool {
    (one ^ other).checked_shr(width - length).unwrap_or(0) == 0
}

/// The IPv4 address that packets to an IPv6 address may end at: mapped, compatible, NAT64, 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = || Ipv4Addr::from_bits(address.to_bits() as u32);
    match address.segments() {
        // Compatible addresses, without `::` and `::1`, which are what they are.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => Some(last()),
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(last()),
        [0x2002, high, low, ..] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}
