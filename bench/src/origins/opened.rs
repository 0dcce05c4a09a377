//! How many connections were opened: the kernel's count for this network namespace.

use anyhow::{Context as _, Result};

/// What `wrk` opens besides those of its load: one, to try the address.
const TRIAL: u64 = 1;

/// Connections that were opened until now, by anybody in this namespace.
pub(super) fn count() -> Result<u64> {
    parse(&std::fs::read_to_string("/proc/net/snmp")?)
}

/// Of the connections opened during a burst, those that are not the load generator's.
pub(super) fn beyond_load(before: u64, after: u64, connections: u32) -> u64 {
    after.saturating_sub(before).saturating_sub(u64::from(connections) + TRIAL)
}

/// `ActiveOpens` of `/proc/net/snmp`: two lines begin with `Tcp:`, of which the first has the names.
fn parse(text: &str) -> Result<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Tcp:"));
    let names = lines.next().unwrap_or_default().split_whitespace();
    let values = lines.next().unwrap_or_default().split_whitespace();
    let (_, value) = names
        .zip(values)
        .find(|(name, _)| *name == "ActiveOpens")
        .context("no ActiveOpens in /proc/net/snmp")?;
    Ok(value.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_below_the_name_is_read() {
        let text = "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens \
                    PassiveOpens\nTcp: 1 200 120000 -1 4711 12\nUdp: InDatagrams\nUdp: 9\n";
        assert_eq!(parse(text).unwrap(), 4711);
        assert!(parse("Tcp: RtoMin\nTcp: 200\n").is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn connections_of_the_load_are_not_the_servers() {
        assert_eq!(beyond_load(100, 119, 16), 2);
        assert_eq!(beyond_load(100, 103, 2), 0);
        // The load generator need not have needed all of its connections.
        assert_eq!(beyond_load(100, 100, 16), 0);
    }
}
