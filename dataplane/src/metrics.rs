//! Every metric of a pod, with its name, help and labels. Nothing is named anywhere else.
//!
//! Labels are bounded: endpoints and origins are those of the config, statuses and codes are fixed lists, formats are
//! the formats that can be written. Paths, hosts and clients are never labels.

mod labels;

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use imgplane_config::StoreRole;
use imgplane_store::{Event, Events, Store};
use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

pub(crate) use self::labels::{
    CodingLabels, DecoderLabel, EndpointLabel, FetchLabels, FormatLabel, LookupLabel, OriginLabel,
    OutcomeLabel, ProbeLabels, RefusedLabels, ResponseLabels, ShareLabel,
};
use self::labels::{DirectionLabel, StoreLabel, StoreLabels, StoreOperationLabels};
use crate::results::Results;

/// From 1 ms to about 65 s, each bucket twice the one before: downloads, queues and encodes span that range.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 17))
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// The metrics of one server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) responses: Family<ResponseLabels, Counter>,
    pub(crate) response_bytes: Counter,
    pub(crate) fetches: Family<FetchLabels, Counter>,
    pub(crate) download: Histograms<OriginLabel>,
    pub(crate) origin_queue: Histograms<OriginLabel>,
    pub(crate) origin_in_flight: Family<OriginLabel, Gauge>,
    pub(crate) queue: Histogram,
    pub(crate) transformation: Histograms<FormatLabel>,
    pub(crate) jpeg_decodes: Family<DecoderLabel, Counter>,
    pub(crate) compressions: Family<CodingLabels, Counter>,
    pub(crate) merged: Counter,
    pub(crate) cache_lookups: Family<LookupLabel, Counter>,
    pub(crate) cache_insertions: Family<LookupLabel, Counter>,
    cache_memory: Gauge,
    cache_disk: Family<DirectionLabel, Gauge>,
    cache_disk_errors: Gauge,
    cache_disk_usable: Gauge,
    pub(crate) refused: Family<RefusedLabels, Counter>,
    pub(crate) cpu: Family<EndpointLabel, Counter<f64, AtomicU64>>,
    store_requests: Family<StoreLabels, Counter>,
    store_seconds: Histograms<StoreOperationLabels>,
    store_bytes: Family<StoreOperationLabels, Counter>,
    store_queue: Family<StoreLabel, Gauge>,
    store_left_alone: Family<StoreOperationLabels, Gauge>,
    pub(crate) saved_originals: Family<OutcomeLabel, Counter>,
    pub(crate) saved_origin_bytes: Counter,
    pub(crate) saved_origin_seconds: Counter<f64, AtomicU64>,
    pub(crate) waiting: Gauge,
    pub(crate) budget: Family<ShareLabel, Gauge>,
    pub(crate) reserved: Family<ShareLabel, Gauge>,
    pub(crate) connections: Gauge,
    pub(crate) panics: Counter,
    pub(crate) reloads: Family<OutcomeLabel, Counter>,
    pub(crate) reload: Histogram,
    pub(crate) refused_records: Gauge,
    pub(crate) probes: Family<ProbeLabels, Counter>,
    pub(crate) probe: Histogram,
    pub(crate) certificates: Family<OutcomeLabel, Counter>,
}

impl Metrics {
    /// Declares them all.
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("imgplane"),
            responses: Family::default(),
            response_bytes: Counter::default(),
            fetches: Family::default(),
            download: Family::new_with_constructor(seconds),
            origin_queue: Family::new_with_constructor(seconds),
            origin_in_flight: Family::default(),
            queue: seconds(),
            transformation: Family::new_with_constructor(seconds),
            jpeg_decodes: Family::default(),
            compressions: Family::default(),
            merged: Counter::default(),
            cache_lookups: Family::default(),
            cache_insertions: Family::default(),
            cache_memory: Gauge::default(),
            cache_disk: Family::default(),
            cache_disk_errors: Gauge::default(),
            cache_disk_usable: Gauge::default(),
            refused: Family::default(),
            cpu: Family::default(),
            store_requests: Family::default(),
            store_seconds: Family::new_with_constructor(seconds),
            store_bytes: Family::default(),
            store_queue: Family::default(),
            store_left_alone: Family::default(),
            saved_originals: Family::default(),
            saved_origin_bytes: Counter::default(),
            saved_origin_seconds: Counter::default(),
            waiting: Gauge::default(),
            budget: Family::default(),
            reserved: Family::default(),
            connections: Gauge::default(),
            panics: Counter::default(),
            reloads: Family::default(),
            reload: seconds(),
            refused_records: Gauge::default(),
            probes: Family::default(),
            probe: seconds(),
            certificates: Family::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let r = &mut self.registry;
        // One series per endpoint, status, code and format that occurred.
        r.register("responses", "Delivery responses", self.responses.clone());
        r.register_with_unit(
            "response",
            "Bytes of delivered bodies",
            Unit::Bytes,
            self.response_bytes.clone(),
        );
        // One series per origin, code and cause that occurred.
        r.register("fetches", "Chains of fetches by the origin that ended them", self.fetches.clone());
        r.register_with_unit(
            "download",
            "Time to get an original, or its headers where it is streamed",
            Unit::Seconds,
            self.download.clone(),
        );
        r.register_with_unit(
            "origin_queue",
            "Time a request waited for one of an origin's fetch.maxConcurrency slots",
            Unit::Seconds,
            self.origin_queue.clone(),
        );
        r.register(
            "origin_requests_in_flight",
            "Slots of an origin's fetch.maxConcurrency that are taken, of origins that any is taken of",
            self.origin_in_flight.clone(),
        );
        r.register_with_unit(
            "queue",
            "Time a transformation waited for a worker and memory",
            Unit::Seconds,
            self.queue.clone(),
        );
        r.register_with_unit(
            "transformation",
            "Time from decoding to the encoded result",
            Unit::Seconds,
            self.transformation.clone(),
        );
        r.register(
            "compressions",
            "Text-like files that clients accept compressed, by coding and whether they were",
            self.compressions.clone(),
        );
        r.register(
            "merged_requests",
            "Requests that shared the fetch or the picture of another one",
            self.merged.clone(),
        );
        r.register("cache_lookups", "What the cache had for requests", self.cache_lookups.clone());
        r.register("cache_insertions", "Results that were to be kept", self.cache_insertions.clone());
        r.register_with_unit(
            "cache_memory",
            "Kept results in memory",
            Unit::Bytes,
            self.cache_memory.clone(),
        );
        r.register_with_unit(
            "cache_disk",
            "Traffic of the cache's disk since it was opened",
            Unit::Bytes,
            self.cache_disk.clone(),
        );
        r.register(
            "cache_disk_errors",
            "Reads of the cache's disk that failed or took too long since it was opened",
            self.cache_disk_errors.clone(),
        );
        r.register(
            "cache_disk_usable",
            "1 where results are kept on disk or need not be, 0 where the disk cannot be used",
            self.cache_disk_usable.clone(),
        );
        self.register_stores();
        let r = &mut self.registry;
        // One series per endpoint and reason that occurred.
        r.register("queue_refused", "Requests answered 503 because of load, by reason", self.refused.clone());
        // One series per endpoint that transforms.
        r.register_with_unit(
            "transformation_cpu",
            "Processor time of transformations, given up ones included",
            Unit::Seconds,
            self.cpu.clone(),
        );
        r.register(
            "jpeg_decodes",
            "JPEGs that something was made of, by the decoder that decoded them",
            self.jpeg_decodes.clone(),
        );
        r.register("queue_waiting", "Requests that wait for a worker or memory", self.waiting.clone());
        r.register_with_unit(
            "memory_budget",
            "Memory that pictures and originals in flight may take",
            Unit::Bytes,
            self.budget.clone(),
        );
        r.register_with_unit(
            "memory_reserved",
            "Memory that pictures and originals in flight have reserved",
            Unit::Bytes,
            self.reserved.clone(),
        );
        r.register("connections", "Open client connections of the delivery port", self.connections.clone());
        r.register("panics", "Defects that were caught at the border of a request", self.panics.clone());
        r.register("config_reloads", "Configs read from the folder or handed in", self.reloads.clone());
        r.register(
            "config_refused_records",
            "Records of the last config that do not run as written",
            self.refused_records.clone(),
        );
        r.register_with_unit(
            "config_reload",
            "Time from reading a config to serving it",
            Unit::Seconds,
            self.reload.clone(),
        );
        // One series per origin and outcome that occurred.
        r.register("probes", "Origins tried for the operator", self.probes.clone());
        r.register_with_unit("probe", "Time that a probe took", Unit::Seconds, self.probe.clone());
        r.register(
            "tls_certificates",
            "Certificates read for the delivery port after the first",
            self.certificates.clone(),
        );
        self
    }

    fn register_stores(&mut self) {
        let r = &mut self.registry;
        r.register(
            "store_requests",
            "What was wanted of the stores of all pods",
            self.store_requests.clone(),
        );
        r.register_with_unit(
            "store",
            "Time that operations of the stores took",
            Unit::Seconds,
            self.store_seconds.clone(),
        );
        r.register_with_unit(
            "store_transferred",
            "Bytes that were read from the stores and written to them",
            Unit::Bytes,
            self.store_bytes.clone(),
        );
        r.register("store_queue", "What waits to be written to the stores, or is", self.store_queue.clone());
        r.register(
            "store_breaker_open",
            "1 where a store is left alone for this operation because it failed many times in a row",
            self.store_left_alone.clone(),
        );
        r.register(
            "saved_originals",
            "What became of originals that endpoints save",
            self.saved_originals.clone(),
        );
        r.register_with_unit(
            "saved_origin",
            "Bytes that origins did not send, because a copy was there",
            Unit::Bytes,
            self.saved_origin_bytes.clone(),
        );
        r.register_with_unit(
            "saved_origin",
            "Time by which copies were there sooner than from their origins",
            Unit::Seconds,
            self.saved_origin_seconds.clone(),
        );
    }

    /// Counts what stores do.
    pub(crate) fn store_events(&self) -> Events {
        let (requests, seconds, bytes) =
            (self.store_requests.clone(), self.store_seconds.clone(), self.store_bytes.clone());
        Events::to(move |event: &Event| {
            let (store, operation) = (event.role.field(), event.operation.as_str());
            let labels = StoreLabels { store, operation, outcome: event.outcome };
            requests.get_or_create(&labels).inc();
            let labels = StoreOperationLabels { store, operation };
            if let Some(took) = event.took {
                seconds.get_or_create(&labels).observe(in_seconds(took));
            }
            if event.bytes > 0 {
                bytes.get_or_create(&labels).inc_by(event.bytes);
            }
        })
    }

    /// Takes down how the stores are.
    pub(crate) fn note_stores(&self, stores: &[(StoreRole, Arc<Store>)]) {
        self.store_queue.clear();
        self.store_left_alone.clear();
        for (role, open) in stores {
            let store = role.field();
            let waiting = i64::try_from(open.waiting()).unwrap_or(i64::MAX);
            self.store_queue.get_or_create(&StoreLabel { store }).set(waiting);
            for (operation, alone) in open.is_left_alone() {
                let labels = StoreOperationLabels { store, operation: operation.as_str() };
                self.store_left_alone.get_or_create(&labels).set(i64::from(alone));
            }
        }
    }

    /// Takes down how the cache is.
    pub(crate) fn note_cache(&self, cache: Option<&Results>, disk_usable: bool) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.cache_memory.set(number(cache.map_or(0, Results::memory_used)));
        let (read, written) = cache.map_or((0, 0), Results::disk_traffic);
        for (direction, bytes) in [("read", read), ("written", written)] {
            self.cache_disk.get_or_create(&DirectionLabel { direction }).set(number(bytes));
        }
        self.cache_disk_errors.set(number(cache.map_or(0, Results::disk_errors)));
        self.cache_disk_usable.set(i64::from(disk_usable));
    }

    /// Writes them in the `OpenMetrics` text format.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A duration as a histogram takes it.
pub(crate) const fn in_seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[cfg(test)]
mod tests;
