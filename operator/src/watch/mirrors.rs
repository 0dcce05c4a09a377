//! Which kinds are watched, where, and by which label.

use std::{collections::BTreeMap, fmt, sync::Arc};

use imgplane_config::ObjectId;
use imgplane_crds::{DataPlane, Kind, Origin, UrlEndpoint};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::Deployment,
        core::v1::{ConfigMap, Pod, Secret},
    },
};
use kube::{
    Api, Client, Resource,
    core::{DeserializeGuard, DynamicObject},
};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::{
    PodView,
    deployments::{self, DeploymentSeen},
    mirror::{Mirror, Seen},
    outage::Errors,
    owned::{self, Owned, OwnedMeta},
    pods,
    reflect::{Need, Reflection},
    resources::Held,
    signal::Signal,
    undecoded::Metadata,
    values::HolderSeen,
};
use crate::{Holder, Settings, apply::OwnedKind, labels};

/// A mirror of every kind that is always watched.
pub(super) struct Mirrors {
    pub(super) origins: Arc<Mirror<Held<Origin>>>,
    pub(super) endpoints: Arc<Mirror<Held<UrlEndpoint>>>,
    pub(super) data_planes: Arc<Mirror<Held<DataPlane>>>,
    pub(super) pods: Arc<Mirror<PodView>>,
    pub(super) deployments: Arc<Mirror<DeploymentSeen>>,
    /// Metadata of all Secrets in scope: which of them are named changes with every Origin.
    secrets: Arc<Mirror<HolderSeen>>,
    /// Metadata of all ConfigMaps in scope, for the same reason.
    config_maps: Arc<Mirror<HolderSeen>>,
    /// Metadata of the other owned kinds.
    owned: BTreeMap<OwnedKind, Arc<Mirror<OwnedMeta>>>,
    pub(super) signal: Arc<Signal>,
}

impl Mirrors {
    /// Starts all watches.
    pub(super) fn start(
        client: &Client,
        settings: &Settings,
        errors: &Arc<Errors>,
        shutdown: &CancellationToken,
    ) -> Arc<Self> {
        let signal = Arc::new(Signal::default());
        let starter = Starter {
            client: client.clone(),
            namespaces: namespaces(settings),
            signal: signal.clone(),
            errors: errors.clone(),
            shutdown: shutdown.clone(),
        };
        let managed = format!("{}={}", labels::MANAGED_BY, labels::OPERATOR);
        let owned = OwnedKind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, starter.owned(kind, &managed)?)))
            .collect();
        Arc::new(Self {
            origins: starter.watch(None, Need::Required, |guard: DeserializeGuard<Origin>| {
                Some(Held::see(Kind::Origin, guard))
            }),
            endpoints: starter.watch(None, Need::Required, |guard: DeserializeGuard<UrlEndpoint>| {
                Some(Held::see(Kind::UrlEndpoint, guard))
            }),
            data_planes: starter.watch(None, Need::Required, |guard: DeserializeGuard<DataPlane>| {
                Some(Held::see(Kind::DataPlane, guard))
            }),
            pods: starter.watch::<DeserializeGuard<Pod>, _>(
                Some(labels::DATA_PLANE),
                Need::Required,
                pods::see,
            ),
            deployments: starter.watch::<DeserializeGuard<Deployment>, _>(
                Some(&managed),
                Need::Required,
                deployments::see,
            ),
            secrets: starter.watch::<Metadata<Secret>, _>(None, Need::Optional, HolderSeen::see),
            config_maps: starter.watch::<Metadata<ConfigMap>, _>(None, Need::Required, HolderSeen::see),
            owned,
            signal,
        })
    }

    /// Whether all initial lists are in.
    pub(super) fn are_listed(&self) -> bool {
        self.origins.is_listed()
            && self.endpoints.is_listed()
            && self.data_planes.is_listed()
            && self.pods.is_listed()
            && self.deployments.is_listed()
            && self.secrets.is_listed()
            && self.config_maps.is_listed()
            && self.owned.values().all(|mirror| mirror.is_listed())
    }

    /// Metadata of all Secrets or ConfigMaps.
    pub(super) const fn holders(&self, holder: Holder) -> &Arc<Mirror<HolderSeen>> {
        match holder {
            Holder::Secret => &self.secrets,
            Holder::ConfigMap => &self.config_maps,
        }
    }

    /// What exists of the objects that the operator makes.
    pub(super) fn owned(&self) -> Owned {
        let deployments = self.deployments.entries().into_iter();
        let deployments =
            deployments.map(|(id, seen)| (OwnedKind::Deployment, id, Arc::new(seen.meta.clone())));
        let holders =
            [(OwnedKind::Secret, &self.secrets), (OwnedKind::ConfigMap, &self.config_maps)].into_iter();
        let holders = holders.flat_map(|(kind, mirror)| {
            let seen = mirror.entries().into_iter();
            seen.filter_map(move |(id, seen)| Some((kind, id, seen.owned.clone()?)))
        });
        let others = self
            .owned
            .iter()
            .flat_map(|(kind, mirror)| mirror.entries().into_iter().map(|(id, meta)| (*kind, id, meta)));
        deployments.chain(holders).chain(others).collect()
    }
}

impl fmt::Debug for Mirrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirrors").field("listed", &self.are_listed()).finish_non_exhaustive()
    }
}

/// The namespaces that are watched, one by one; `None` stands for all.
fn namespaces(settings: &Settings) -> Vec<Option<String>> {
    if settings.watch_namespaces.is_empty() {
        return vec![None];
    }
    let mut namespaces = settings.watch_namespaces.clone();
    namespaces.push(settings.namespace.clone());
    namespaces.sort();
    namespaces.dedup();
    namespaces.into_iter().map(Some).collect()
}

struct Starter {
    client: Client,
    namespaces: Vec<Option<String>>,
    signal: Arc<Signal>,
    errors: Arc<Errors>,
    shutdown: CancellationToken,
}

impl Starter {
    /// Watches a kind that is known at compile time.
    fn watch<K, V>(
        &self,
        selector: Option<&str>,
        need: Need,
        see: fn(K) -> Option<(ObjectId, V)>,
    ) -> Arc<Mirror<V>>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + fmt::Debug
            + Send
            + 'static,
        V: Seen,
    {
        self.each(&K::plural(&()), selector, need, see, |namespace| match namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        })
    }

    /// Watches the metadata of an owned kind, unless another watch covers it.
    fn owned(&self, kind: OwnedKind, selector: &str) -> Option<Arc<Mirror<OwnedMeta>>> {
        let need = match kind {
            OwnedKind::Secret | OwnedKind::ConfigMap | OwnedKind::Deployment => return None,
            OwnedKind::HttpRoute => Need::Optional,
            OwnedKind::ServiceAccount
            | OwnedKind::Service
            | OwnedKind::PodDisruptionBudget
            | OwnedKind::NetworkPolicy
            | OwnedKind::HorizontalPodAutoscaler
            | OwnedKind::Ingress => Need::Required,
        };
        let resource = kind.api_resource();
        let see: fn(Metadata<DynamicObject>) -> _ = owned::see;
        Some(self.each(&resource.plural, Some(selector), need, see, |namespace| match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }))
    }

    /// One watch per namespace, all into one mirror.
    fn each<K, V>(
        &self,
        what: &str,
        selector: Option<&str>,
        need: Need,
        see: fn(K) -> Option<(ObjectId, V)>,
        api: impl Fn(Option<&str>) -> Api<K>,
    ) -> Arc<Mirror<V>>
    where
        K: Resource + Clone + DeserializeOwned + fmt::Debug + Send + 'static,
        V: Seen,
    {
        let mirror = Arc::new(Mirror::new(self.namespaces.len()));
        for namespace in &self.namespaces {
            let reflection = Reflection {
                api: api(namespace.as_deref()),
                selector: selector.map(str::to_owned),
                namespace: namespace.clone(),
                need,
                what: what.to_owned(),
                mirror: mirror.clone(),
                see,
                signal: self.signal.clone(),
                errors: self.errors.clone(),
            };
            tokio::spawn(self.shutdown.clone().run_until_cancelled_owned(reflection.run()));
        }
        mirror
    }
}
