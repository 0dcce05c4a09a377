//! One DataPlane: hosts, network, limits; and which of them is the default one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use imgplane_config::{
    Cache, DataPlaneConfig, DomainAccount, Network, ObjectId, OriginKind, PodLimits, Purges, StoreRole,
    Stores,
};
use imgplane_crds::{
    DataPlane, DataPlaneSpec, Kind,
    data_plane::{self, LONGEST_NAME},
    text::Cidr,
};
use ipnet::IpNet;

use super::{
    Fault, Findings,
    bound::check_address,
    pods, seniority, store,
    terms::{Refusal, Terms, own_hosts},
};
use crate::{Problem, Snapshot, StoreCredential, ValidDataPlane};

/// Every DataPlane that exists, and which of them is the default one.
pub(super) struct Planes<'a> {
    pub(super) by_id: BTreeMap<ObjectId, Plane<'a>>,
    pub(super) default: Option<ObjectId>,
    /// Those that exist and whose fields cannot be read.
    unreadable: BTreeSet<ObjectId>,
}

pub(super) struct Plane<'a> {
    pub(super) id: ObjectId,
    pub(super) spec: &'a DataPlaneSpec,
    generation: i64,
    /// Absent when a value cannot be used.
    pub(super) config: Option<DataPlaneConfig>,
    /// What opens its stores, as far as the Secrets can be used.
    store_credentials: BTreeMap<StoreRole, StoreCredential>,
    /// Shared hosts and hosts tied to an account, which no endpoint may claim.
    pub(super) own_hosts: BTreeSet<String>,
}

impl Planes<'_> {
    /// Notes a DataPlane that exists and whose fields cannot be read.
    pub(super) fn add_unreadable(&mut self, id: &ObjectId) {
        self.unreadable.insert(id.clone());
    }

    /// Whether a DataPlane exists whose fields cannot be read.
    pub(super) fn is_unreadable(&self, id: &ObjectId) -> bool {
        self.unreadable.contains(id)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.by_id.keys().map(ToString::to_string).collect()
    }

    /// The settings that are valid, with the origins that are served implicitly.
    pub(super) fn into_valid(
        self,
        mut implicit: BTreeMap<ObjectId, BTreeMap<String, ObjectId>>,
    ) -> BTreeMap<ObjectId, ValidDataPlane> {
        let Self { by_id, default, unreadable: _ } = self;
        by_id
            .into_iter()
            .filter_map(|(id, plane)| {
                let valid = ValidDataPlane {
                    generation: plane.generation,
                    default: default.as_ref() == Some(&id),
                    config: plane.config?,
                    store_credentials: plane.store_credentials,
                    implicit: implicit.remove(&id).unwrap_or_default(),
                };
                Some((id, valid))
            })
            .collect()
    }
}

impl Plane<'_> {
    fn terms(&self) -> Terms<'_> {
        Terms { data_plane: &self.id, spec: self.spec }
    }

    /// Whether endpoints of a namespace may attach.
    pub(super) fn admits(
        &self,
        namespace: &str,
        namespaces: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> bool {
        self.terms().admits(namespace, namespaces)
    }

    /// Whether a namespace may use an account.
    pub(super) fn grants(&self, namespace: &str, account: &str) -> bool {
        self.terms().grants(namespace, account)
    }

    /// Whether a namespace's origin gets what it needs of the pods.
    pub(super) fn can_run(&self, namespace: &str, kind: &OriginKind) -> Result<(), Refusal> {
        self.terms().can_run(namespace, kind)
    }
}

pub(super) fn parse_all<'a>(
    planes: &BTreeMap<ObjectId, &'a DataPlane>,
    snapshot: &Snapshot,
    problems: &mut Vec<Problem>,
) -> Planes<'a> {
    let mut marked: Vec<_> =
        planes.values().filter(|plane| plane.spec.default).map(|plane| seniority(*plane)).collect();
    marked.sort();
    let mut marked = marked.into_iter().map(|(_, id)| id);
    let default = marked.next();
    for loser in marked {
        if let Some(winner) = &default {
            let fault = Fault::DefaultTaken { winner: winner.clone() };
            problems.push(Problem::new(Kind::DataPlane, &loser, "spec.default", &fault));
        }
    }
    let by_id = planes
        .iter()
        .map(|(id, plane)| {
            let mut findings = Findings::new(Kind::DataPlane, id);
            let store::Read { stores, credentials } = store::stores(id, &plane.spec, snapshot, &mut findings);
            let config = DataPlaneConfig { stores, ..parse(&plane.spec, &mut findings) };
            judge_name(id, &mut findings);
            pods::judge(id, &plane.spec, snapshot, &mut findings);
            let own_hosts = own_hosts(&config).map(str::to_owned).collect();
            let plane = Plane {
                id: id.clone(),
                spec: &plane.spec,
                generation: plane.metadata.generation.unwrap_or_default(),
                config: findings.conclude(Some(config), problems),
                store_credentials: credentials,
                own_hosts,
            };
            (id.clone(), plane)
        })
        .collect();
    Planes { by_id, default, unreadable: BTreeSet::new() }
}

/// The name stands in the names of objects and in a label.
fn judge_name(id: &ObjectId, findings: &mut Findings) {
    if id.name.len() > LONGEST_NAME || id.name.contains('.') {
        findings.invalid(
            "metadata.name",
            format!(
                "must have at most {LONGEST_NAME} characters and no dot, because the Service is named imgplane-NAME"
            ),
        );
    }
}

/// Everything but the stores.
fn parse(spec: &DataPlaneSpec, findings: &mut Findings) -> DataPlaneConfig {
    let mut seen = BTreeSet::new();
    let mut once = |field: String, host: &str, findings: &mut Findings| {
        let host = findings.host(&field, host);
        if !seen.insert(host.clone()) {
            findings.invalid(field, format!("{host} is listed twice among hosts and domains"));
        }
        host
    };
    let hosts = spec
        .hosts
        .iter()
        .enumerate()
        .map(|(index, host)| once(format!("spec.hosts[{index}]"), host, findings))
        .collect();
    let domains = spec
        .domains
        .iter()
        .enumerate()
        .map(|(index, domain)| DomainAccount {
            host: once(format!("spec.domains[{index}].host"), &domain.host, findings),
            account: account(&format!("spec.domains[{index}].account"), &domain.account, findings),
        })
        .collect();
    for (index, grant) in spec.accounts.iter().enumerate() {
        for (place, account) in grant.account_ids.iter().enumerate() {
            findings.account(&format!("spec.accounts[{index}].accountIds[{place}]"), account);
        }
    }
    DataPlaneConfig {
        hosts,
        domains,
        network: network(spec, findings),
        limits: limits(spec, findings),
        cache: cache(spec.cache.as_ref(), findings),
        stores: Stores::default(),
        // What was purged is no setting: whoever knows it adds it to the records.
        purges: Purges::default(),
    }
}

fn account(field: &str, text: &str, findings: &mut Findings) -> String {
    if text.is_empty() {
        findings.invalid(field, "must name an account");
    }
    findings.account(field, text)
}

/// Smallest memory cache that holds more than a few pictures; whoever wants none says 0.
const SMALLEST_MEMORY_CACHE: u64 = 1 << 20;
/// More than any pod has.
const LARGEST_MEMORY_CACHE: u64 = 64 << 30;
/// Smallest disk cache: it is taken in blocks of some mebibytes.
const SMALLEST_DISK_CACHE: u64 = 256 << 20;
/// More than a node's disk has.
const LARGEST_DISK_CACHE: u64 = 16 << 40;

/// Results are kept in memory unless it is said otherwise, and nowhere else unless it is said.
fn cache(spec: Option<&data_plane::Cache>, findings: &mut Findings) -> Cache {
    let Some(spec) = spec else { return Cache { memory: data_plane::Cache::DEFAULT_MEMORY, disk: None } };
    let memory = match spec.memory {
        Some(none) if none.bytes() == 0 => 0,
        memory => findings.size(
            "spec.cache.memory",
            memory,
            data_plane::Cache::DEFAULT_MEMORY,
            &(SMALLEST_MEMORY_CACHE..=LARGEST_MEMORY_CACHE),
        ),
    };
    let disk = spec.disk.as_ref().map(|disk| {
        let bounds = SMALLEST_DISK_CACHE..=LARGEST_DISK_CACHE;
        findings.size("spec.cache.disk.size", Some(disk.size), 0, &bounds)
    });
    Cache { memory, disk }
}

fn network(spec: &DataPlaneSpec, findings: &mut Findings) -> Network {
    let default = Network::default();
    let Some(spec) = &spec.network else { return default };
    let allowed_cidrs = match &spec.allowed_cidrs {
        Some(ranges) => self::ranges("spec.network.allowedCIDRs", ranges, findings),
        None => default.allowed_cidrs,
    };
    Network {
        allowed_cidrs,
        trusted_proxies: ranges("spec.network.trustedProxies", &spec.trusted_proxies, findings),
        egress_proxy: egress_proxy(spec.egress_proxy.as_deref().unwrap_or_default(), findings),
    }
}

fn ranges(field: &str, ranges: &[Cidr], findings: &mut Findings) -> Vec<IpNet> {
    let ranges = ranges.iter().enumerate();
    let parsed = ranges.filter_map(|(index, range)| {
        let parsed = range.parse::<IpNet>().ok().map(|range| range.trunc());
        if parsed.is_none() {
            findings.invalid(
                format!("{field}[{index}]"),
                format!("{:?} must be an address range such as 10.0.0.0/8 or fc00::/7", range.as_str()),
            );
        }
        parsed
    });
    parsed.collect()
}

/// `http://HOST:PORT`, with the port written out: a proxy has no usual one.
fn egress_proxy(text: &str, findings: &mut Findings) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let authority = text.strip_prefix("http://");
    let is_bare = authority.is_some_and(|authority| {
        let port = authority.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        matches!(port, Some(Ok(1..))) && !authority.contains('/')
    });
    if !is_bare || check_address(text).is_err() {
        findings.invalid(
            "spec.network.egressProxy",
            "must be http://HOST:PORT, such as http://proxy.example.com:3128, without user, path and query",
        );
    }
    Some(text.to_owned())
}

/// Longest wait in the queue that makes sense: longer than that, no client is there any more.
const LONGEST_QUEUE_TIMEOUT: Duration = Duration::from_mins(10);
/// Smallest memory budget with which an ordinary photograph can be transformed.
const SMALLEST_MEMORY_BUDGET: u64 = 32 << 20;

fn limits(spec: &DataPlaneSpec, findings: &mut Findings) -> PodLimits {
    let default = PodLimits::default();
    let Some(spec): Option<&data_plane::PodLimits> = spec.limits.as_ref() else { return default };
    let memory_budget = spec.memory_budget.and_then(imgplane_crds::OptionalSize::get).map(|size| {
        findings.size("spec.limits.memoryBudget", Some(size), 0, &(SMALLEST_MEMORY_BUDGET..=1 << 50))
    });
    PodLimits {
        memory_budget,
        max_concurrency: findings.number(
            "spec.limits.maxConcurrency",
            spec.max_concurrency,
            default.max_concurrency,
            &(0..=1024),
        ),
        queue: findings.number("spec.limits.queue", spec.queue, default.queue, &(0..=100_000)),
        queue_timeout: findings.duration(
            "spec.limits.queueTimeout",
            spec.queue_timeout,
            default.queue_timeout,
            &(Duration::ZERO..=LONGEST_QUEUE_TIMEOUT),
        ),
    }
}
