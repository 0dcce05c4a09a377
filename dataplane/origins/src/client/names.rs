//! From host names to addresses.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::op::ResponseCode,
};

use crate::SetupError;

/// How long one name server is waited for before it is asked again or the next one is; several fit into the time
/// that connecting may take.
const ATTEMPT: Duration = Duration::from_secs(1);
/// Longest time that an address is kept, whatever its own time to live: servers move.
const KEEP_FOUND: Duration = Duration::from_mins(1);
/// Longest time that a name is taken for unknown: a service that was just created must become reachable.
const KEEP_UNKNOWN: Duration = Duration::from_secs(5);

/// Resolves host names, with a cache.
#[derive(Debug, Clone)]
pub(crate) struct Names(TokioResolver);

impl Names {
    /// Asks `server`, or the name servers of the system with its hosts file and search list.
    ///
    /// # Errors
    /// [`SetupError::Resolver`] when the system's configuration cannot be read.
    pub(crate) fn new(server: Option<SocketAddr>) -> Result<Self, SetupError> {
        let mut builder = match server {
            Some(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = address.port();
                    connection
                });
                let server = NameServerConfig::new(address.ip(), true, connections.into());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().map_err(|error| {
                SetupError::Resolver(format!("{error}; name a server with --resolver ADDRESS:PORT"))
            })?,
        };
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = ATTEMPT;
        options.positive_max_ttl = Some(KEEP_FOUND);
        options.negative_max_ttl = Some(KEEP_UNKNOWN);
        let resolver = builder.build().map_err(|error| SetupError::Resolver(error.to_string()))?;
        Ok(Self(resolver))
    }

    /// All addresses of a host, at least one; a literal address is its own.
    pub(crate) async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Unresolved> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let found = self.0.lookup_ip(host).await.map_err(|error| told(&error))?;
        let addresses: Vec<_> = found.iter().collect();
        if addresses.is_empty() { Err(Unresolved::NoAddress) } else { Ok(addresses) }
    }
}

/// Why a name has no address here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unresolved {
    /// There is no such name.
    #[error("the name does not exist")]
    NoSuchName,
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// Nobody answered.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The name server answered something else, or could not be asked.
    #[error("{0}")]
    Failed(String),
}

/// A failure in the words of whoever looks after names.
fn told(error: &NetError) -> Unresolved {
    let answered = |code: ResponseCode| match code {
        ResponseCode::NXDomain => Unresolved::NoSuchName,
        ResponseCode::NoError => Unresolved::NoAddress,
        code => Unresolved::Failed(format!("the name server answers {code}")),
    };
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => answered(none.response_code),
        NetError::Dns(DnsError::ResponseCode(code)) => answered(*code),
        NetError::Timeout => Unresolved::TimedOut(ATTEMPT),
        error => Unresolved::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::{
        net::NoRecords,
        proto::{
            op::Query,
            rr::{Name, RecordType},
        },
    };

    use super::*;

    #[test]
    fn a_name_that_is_not_found_is_told_in_words() {
        let none = |code| {
            let query = Query::query(Name::from_ascii("nobody.example.").unwrap(), RecordType::A);
            NetError::Dns(DnsError::NoRecordsFound(NoRecords::new(query, code)))
        };
        for (error, expected) in [
            (none(ResponseCode::NXDomain), "the name does not exist"),
            (none(ResponseCode::NoError), "the name has no address"),
            (none(ResponseCode::ServFail), "the name server answers Server Failure"),
            (
                NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)),
                "the name server answers Query Refused",
            ),
            (NetError::Timeout, "no answer within 1000 ms"),
            (NetError::NoConnections, "no connections available"),
        ] {
            assert_eq!(told(&error).to_string(), expected);
        }
    }
}
