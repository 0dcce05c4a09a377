//! From records to a running [`State`]: opens what changed, keeps what did not, and never lets one bad record take
//! a neighbour down.
//!
//! An origin is opened again when its record, its credential or the network policy changed. An unchanged one keeps
//! its connections and its window of outcomes. One that cannot be opened keeps running as it was, with the reason in
//! the report.

use std::{collections::BTreeMap, sync::Arc};

use imgplane_config::{
    DataPlaneConfig, EndpointConfig, Hash, Kind, Loaded, Network, ObjectId, OriginKind, Record,
    report::{ProbeResult, RecordState, RefusedRevision, Revision},
};
use imgplane_origins::{Connector, Origin, PodEnvironment, Settings, SetupError, Volumes, Waits};
use imgplane_urls::{EndpointAddress, Router};

use crate::{
    admission::{Admission, Bounds, Claim},
    budget::memory_budget_beside,
    options::Options,
    permission::signing_keys,
    records::{Records, record_state},
    request::{Flights, Lookups, Makings},
    results::Keeper,
    state::{Endpoint, State, named, rewriter, slots},
    stores,
    summary::{Running, Summary},
};

/// The part of the start options that records are combined with.
#[derive(Debug, Clone)]
pub(crate) struct Fixed {
    memory_budget: Option<u64>,
    workers: Option<usize>,
    allow_loopback: bool,
    volumes: Volumes,
    resolver: Option<std::net::SocketAddr>,
    waits: Waits,
}

impl Fixed {
    /// Takes them out of the start options.
    pub(crate) fn of(options: &Options, waits: Waits) -> Self {
        Self {
            memory_budget: options.memory_budget,
            workers: options.workers,
            allow_loopback: options.allow_loopback,
            volumes: options.volumes.clone(),
            resolver: options.resolver,
            waits,
        }
    }

    pub(crate) fn connect(&self, network: &Network) -> Result<Connector, SetupError> {
        Connector::new(Settings {
            allow_loopback: self.allow_loopback,
            allowed_cidrs: network.allowed_cidrs.clone(),
            volumes: self.volumes.clone(),
            resolver: self.resolver,
            egress_proxy: network.egress_proxy.clone(),
            environment: PodEnvironment::of_process(),
            waits: self.waits.clone(),
            user_agent: concat!("imgplane/", env!("CARGO_PKG_VERSION")).to_owned(),
        })
    }

    fn bounds(&self, config: &DataPlaneConfig) -> Bounds {
        let limits = &config.limits;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let configured = usize::try_from(limits.max_concurrency).ok().filter(|&count| count > 0);
        Bounds {
            memory: self
                .memory_budget
                .or(limits.memory_budget)
                .unwrap_or_else(|| memory_budget_beside(Keeper::memory(config.cache))),
            workers: self.workers.or(configured).unwrap_or(cores),
            queue: limits.queue as usize,
            queue_timeout: limits.queue_timeout,
        }
    }
}

/// What an open origin was opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Provenance {
    origin: Hash,
    credential: Option<Hash>,
    network: u64,
}

#[derive(Debug)]
struct Open {
    provenance: Provenance,
    revision: Revision,
    origin: Arc<Origin>,
}

/// Everything configured, between two reloads.
#[derive(Debug)]
pub(crate) struct Store {
    fixed: Fixed,
    records: Records,
    connector: Option<(Network, Connector)>,
    /// Counts the connectors, so that origins know whether theirs is the current one.
    network: u64,
    open: BTreeMap<ObjectId, Open>,
    not_open: BTreeMap<ObjectId, RefusedRevision>,
    summary: Summary,
    state: Option<Arc<State>>,
}

impl Store {
    /// Nothing is configured yet.
    pub(crate) fn new(fixed: Fixed) -> Self {
        Self {
            fixed,
            records: Records::default(),
            connector: None,
            network: 0,
            open: BTreeMap::new(),
            not_open: BTreeMap::new(),
            summary: Summary::default(),
            state: None,
        }
    }

    /// Whether the same files would give the same state: nothing changed and nothing waits for another attempt.
    pub(crate) fn is_settled_on(&self, hash: Option<&Hash>) -> bool {
        hash.is_some() && self.summary.hash.as_ref() == hash && self.summary.error.is_none()
    }

    /// What this pod says of itself.
    pub(crate) fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Notes that the config as a whole could not be read. What runs goes on running.
    pub(crate) fn failed(&mut self, error: String) {
        self.summary.error = Some(error);
    }

    /// Takes in a load. `None`: there is no usable DataPlane record yet, so nothing can run.
    pub(crate) fn apply(&mut self, loaded: Loaded) -> Option<Arc<State>> {
        self.summary.hash.clone_from(&loaded.hash);
        self.summary.error = None;
        self.records.take(loaded);
        let config = self.data_plane().map(|record| record.body.clone());
        if let Some(config) = &config {
            self.connect(&config.network);
            self.open_origins();
            self.state = Some(Arc::new(self.build(config)));
        }
        self.summarise();
        config.and_then(|_| self.state.clone())
    }

    fn data_plane(&self) -> Option<&Record<DataPlaneConfig>> {
        self.records.data_plane.as_ref()?.1.running.as_ref()
    }

    /// A connector for another network policy is made only when that policy changed.
    fn connect(&mut self, network: &Network) {
        if self.connector.as_ref().is_some_and(|(current, _)| current == network) {
            return;
        }
        match self.fixed.connect(network) {
            Ok(connector) => {
                self.connector = Some((network.clone(), connector));
                self.network += 1;
            }
            Err(error) => self.summary.error = Some(format!("origins cannot be connected: {error}")),
        }
    }

    fn open_origins(&mut self) {
        let mut old = std::mem::take(&mut self.open);
        self.not_open.clear();
        for (id, slot) in &self.records.origins {
            let Some(record) = &slot.running else { continue };
            let credential = self.records.credentials.get(id).and_then(|slot| slot.running.as_ref());
            let provenance = Provenance {
                origin: record.hash.clone(),
                credential: credential.map(|record| record.hash.clone()),
                network: self.network,
            };
            let previous = old.remove(id);
            if let Some(open) = previous {
                if open.provenance == provenance {
                    self.open.insert(id.clone(), open);
                    continue;
                }
                self.open.insert(id.clone(), open);
            }
            let revision = Revision { generation: record.generation, hash: record.hash.clone() };
            let opened = match &self.connector {
                Some((_, connector)) => {
                    Origin::open(id.clone(), &record.body, credential.map(|r| &r.body), connector)
                        .map_err(|error| error.to_string())
                }
                None => Err("there is no network policy to connect with".to_owned()),
            };
            match opened {
                Ok(origin) => {
                    let origin = Arc::new(origin);
                    self.open.insert(id.clone(), Open { provenance, revision, origin });
                }
                Err(reason) => {
                    self.not_open.insert(id.clone(), RefusedRevision { revision, reason });
                }
            }
        }
    }

    fn build(&self, config: &DataPlaneConfig) -> State {
        let bounds = self.fixed.bounds(config);
        let running: Vec<&Record<EndpointConfig>> =
            self.records.endpoints.values().filter_map(|slot| slot.running.as_ref()).collect();
        let addresses = running.iter().map(|record| EndpointAddress {
            account: record.body.account.clone(),
            prefix: record.body.prefix.clone(),
            domains: record.body.custom_domains.clone(),
        });
        let domains = config.domains.iter().map(|entry| (entry.host.clone(), entry.account.clone()));
        let router = Router::new(addresses, &config.hosts, domains);
        let endpoints =
            running.iter().map(|record| self.endpoint(record, bounds.workers, running.len())).collect();
        let admission = match &self.state {
            Some(state) if *state.admission.bounds() == bounds => Arc::clone(&state.admission),
            _ => Arc::new(Admission::new(bounds)),
        };
        let trusted_proxies = config.network.trusted_proxies.clone();
        let domains = config.domains.iter().map(|entry| &entry.host);
        let domains = domains.chain(running.iter().flat_map(|record| &record.body.custom_domains));
        let own_hosts = config.hosts.iter().chain(domains).map(|host| host.to_ascii_lowercase()).collect();
        State {
            router,
            endpoints,
            trusted_proxies,
            own_hosts,
            admission,
            cache: config.cache,
            stores: self
                .records
                .data_plane
                .as_ref()
                .map_or_else(Vec::new, |(id, _)| stores::wanted(config, id, &self.records.credentials)),
            purges: config.purges.clone(),
        }
    }

    /// Makes an endpoint, or keeps the running one where nothing that it is made of changed.
    fn endpoint(&self, record: &Record<EndpointConfig>, workers: usize, count: usize) -> Arc<Endpoint> {
        let config = &record.body;
        let listed = config.media_library.iter().chain(&config.origins);
        let origins: Vec<Arc<Origin>> =
            listed.clone().filter_map(|id| self.open.get(id)).map(|open| Arc::clone(&open.origin)).collect();
        let missing_origins = listed.count() - origins.len();
        let label = record.id.to_string();
        let claim = Claim {
            endpoint: label.as_str().into(),
            slots: slots(config.limits.max_concurrency, workers, count),
            alone: count == 1,
        };
        let keys = self.records.signing_keys.get(&record.id).and_then(|slot| slot.running.as_ref());
        let keys_hash = keys.map(|keys| keys.hash.clone());

        // Both are in the order of ids.
        let current = self.state.as_ref().and_then(|state| {
            let at = state.endpoints.binary_search_by(|endpoint| endpoint.id.cmp(&record.id)).ok()?;
            state.endpoints.get(at)
        });
        let same_origins = |endpoint: &Endpoint| {
            endpoint.origins.len() == origins.len()
                && endpoint.origins.iter().zip(&origins).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        if let Some(endpoint) = current
            && endpoint.hash == record.hash
            && endpoint.keys_hash == keys_hash
            && endpoint.missing_origins == missing_origins
            && endpoint.claim == claim
            && same_origins(endpoint)
        {
            return Arc::clone(endpoint);
        }
        Arc::new(Endpoint {
            id: record.id.clone(),
            label,
            hash: record.hash.clone(),
            config: config.clone(),
            keys: keys.map(|keys| signing_keys(config, &keys.body)).unwrap_or_default(),
            keys_hash,
            named: named(config),
            rewriter: rewriter(config),
            origins,
            missing_origins,
            claim,
            flights: Flights::default(),
            lookups: Lookups::default(),
            makings: Makings::default(),
            lost: current.map(|endpoint| Arc::clone(&endpoint.lost)).unwrap_or_default(),
            edition: self.edition(config),
            originals_edition: self.originals_edition(config),
        })
    }

    /// Everything of an endpoint's settings that its results depend on: another origin, or another bucket of it, has
    /// other files; another credential has not.
    fn edition(&self, config: &EndpointConfig) -> Hash {
        let listed = config.media_library.iter().chain(&config.origins);
        let origins: Vec<_> = listed
            .map(|id| (id, self.open.get(id).map(|open| &open.provenance.origin), self.volume_folder(id)))
            .collect();
        let settings = (&config.optimization, config.limits.max_pixels, &config.caching.purge, origins);
        // None of these types can fail to be written; if one could, its endpoint would share its results with nobody.
        Hash::of(&serde_json::to_vec(&settings).unwrap_or_default())
    }

    /// Where the volume of an origin lies, which its record does not tell.
    fn volume_folder(&self, origin: &ObjectId) -> Option<Vec<u8>> {
        let running = self.records.origins.get(origin)?.running.as_ref()?;
        let OriginKind::Volume(volume) = &running.body.kind else { return None };
        Some(self.fixed.volumes.folder(&volume.name)?.into_os_string().into_encoded_bytes())
    }

    /// The same for saved originals: they are the same whatever is made of them.
    fn originals_edition(&self, config: &EndpointConfig) -> Hash {
        let listed = config.media_library.iter().chain(&config.origins);
        let origins: Vec<_> =
            listed.map(|id| (id, self.open.get(id).map(|open| &open.provenance.origin))).collect();
        Hash::of(&serde_json::to_vec(&(&config.caching.purge, origins)).unwrap_or_default())
    }

    fn summarise(&mut self) {
        let records = self.record_states();
        self.summary.refused = records.iter().filter(|state| state.refused.is_some()).count();
        self.summary.records = records.into();
        let origins = self.open.iter().map(|(id, open)| {
            let Provenance { origin, credential, network: _ } = &open.provenance;
            let revision = ProbeResult::revision_of(origin, credential.as_ref());
            (id.clone(), Running { revision, origin: Arc::clone(&open.origin) })
        });
        self.summary.origins = Arc::new(origins.collect());
    }

    fn record_states(&self) -> Vec<RecordState> {
        let records = &self.records;
        let mut states = Vec::new();
        if let Some((id, slot)) = &records.data_plane {
            states.push(record_state(Kind::DataPlane, id, slot));
        }
        states.extend(records.endpoints.iter().map(|(id, slot)| record_state(Kind::UrlEndpoint, id, slot)));
        states.extend(records.origins.iter().map(|(id, slot)| {
            let mut state = record_state(Kind::Origin, id, slot);
            // What runs is what is open, and a record that could be read may still not open.
            state.running = self.open.get(id).map(|open| open.revision.clone());
            if let Some(refused) = self.not_open.get(id) {
                state.refused = Some(refused.clone());
            }
            state
        }));
        states.extend(records.credentials.iter().map(|(id, slot)| record_state(Kind::Credential, id, slot)));
        states
            .extend(records.signing_keys.iter().map(|(id, slot)| record_state(Kind::SigningKeys, id, slot)));
        states
    }
}
