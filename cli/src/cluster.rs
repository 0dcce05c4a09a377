//! Asks the cluster of a kubeconfig for objects, and says what to do where it does not answer.

use std::{fmt::Debug, time::Duration};

use imgplane_crds::{API_VERSION, GROUP, Kind};
use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Client, Config, Resource,
    api::{ApiResource, DynamicObject, GroupVersionKind, ListParams},
    config::{KubeConfigOptions, KubeconfigError},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Objects per answer, so that no single answer gets large.
const PAGE: u32 = 500;
/// How long a connection may take. Behind it the deadline of the whole command holds.
const CONNECT: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Neither a kubeconfig nor the pod's own account leads anywhere.
    #[error("no cluster is configured ({0}): set KUBECONFIG, or write ~/.kube/config")]
    NoConfig(String),
    /// The kubeconfig lacks the context, or cannot be used.
    #[error(
        "the context {context} cannot be used ({source}): `kubectl config get-contexts` lists those there are"
    )]
    Context {
        /// Its name.
        context: String,
        /// Why.
        source: Box<KubeconfigError>,
    },
    /// The configuration is there and no client can be made of it.
    #[error("the cluster {server} cannot be used: {reason}")]
    Client {
        /// Address of the API server.
        server: String,
        /// Why.
        reason: String,
    },
    /// The connection failed.
    #[error("the cluster {server} cannot be reached: {reason}")]
    Unreachable {
        /// Address of the API server.
        server: String,
        /// Why.
        reason: String,
    },
    /// No answer in time.
    #[error("the cluster did not answer within {} seconds", .0.as_secs())]
    Silent(Duration),
    /// The API server knows no such kind.
    #[error(
        "the cluster {server} has no {plural} of {API_VERSION}: install imgplane there first \
         (helm install imgplane charts/imgplane --namespace imgplane-system --create-namespace)"
    )]
    NotInstalled {
        /// Address of the API server.
        server: String,
        /// Plural of the kind.
        plural: String,
    },
    /// The object is not there.
    #[error("{what} does not exist in the cluster {server}")]
    Missing {
        /// Kind, namespace and name.
        what: String,
        /// Address of the API server.
        server: String,
    },
    /// The API server knows the caller and says no to one object.
    #[error("the cluster {server} refuses to give {what}: {reason}")]
    Withheld {
        /// Address of the API server.
        server: String,
        /// Kind, namespace and name.
        what: String,
        /// Why.
        reason: String,
    },
    /// The API server knows the caller and says no, or does not know him.
    #[error("the cluster {server} refuses to list {plural} {scope}: {reason}")]
    Refused {
        /// Address of the API server.
        server: String,
        /// Plural of the kind.
        plural: String,
        /// Where.
        scope: String,
        /// Why.
        reason: String,
    },
}

/// A cluster that may answer.
pub(crate) struct Cluster {
    client: Client,
    server: String,
    namespace: String,
}

impl Cluster {
    /// Uses this context, else the kubeconfig's current one, else the account of the pod that this runs in.
    pub(crate) async fn connect(context: Option<&str>) -> Result<Self, Error> {
        let mut config = match context {
            Some(context) => {
                let options = KubeConfigOptions { context: Some(context.to_owned()), ..Default::default() };
                Config::from_kubeconfig(&options).await.map_err(|source| Error::Context {
                    context: context.to_owned(),
                    source: Box::new(source),
                })?
            }
            None => Config::infer().await.map_err(|error| Error::NoConfig(cause(&error)))?,
        };
        config.connect_timeout = Some(CONNECT);
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let namespace = config.default_namespace.clone();
        match Client::try_from(config) {
            Ok(client) => Ok(Self { client, server, namespace }),
            Err(error) => Err(Error::Client { server, reason: cause(&error) }),
        }
    }

    /// Namespace of the context.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Every object of the three kinds, in this namespace or in all.
    pub(crate) async fn list(&self, namespace: Option<&str>) -> Result<Vec<(Kind, Value)>, Error> {
        let mut objects = Vec::new();
        for kind in Kind::ALL {
            let plural = format!("{}s", kind.as_str().to_lowercase());
            let version = API_VERSION.strip_prefix(GROUP).unwrap_or_default().trim_start_matches('/');
            let resource = ApiResource::from_gvk_with_plural(
                &GroupVersionKind::gvk(GROUP, version, kind.as_str()),
                &plural,
            );
            let api: Api<DynamicObject> = match namespace {
                Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
                None => Api::all_with(self.client.clone(), &resource),
            };
            let mut page = ListParams::default().limit(PAGE);
            loop {
                let list = api.list(&page).await.map_err(|error| self.explain(&error, &plural, namespace))?;
                // A DynamicObject came from JSON and becomes JSON again.
                let read = list.items.iter().filter_map(|object| serde_json::to_value(object).ok());
                objects.extend(read.map(|object| (kind, object)));
                match list.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => page = page.continue_token(&token),
                    None => break,
                }
            }
        }
        Ok(objects)
    }

    /// One object. `what` names it in messages, e.g. `Origin shop/photos`.
    pub(crate) async fn get<K>(&self, namespace: &str, name: &str, what: &str) -> Result<K, Error>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let (server, what) = (self.server.clone(), what.to_owned());
        api.get(name).await.map_err(|error| match error {
            kube::Error::Api(status) if status.code == 404 => Error::Missing { what, server },
            kube::Error::Api(status) => Error::Withheld { server, what, reason: status.message },
            other => Error::Unreachable { server, reason: cause(&other) },
        })
    }

    fn explain(&self, error: &kube::Error, plural: &str, namespace: Option<&str>) -> Error {
        let server = self.server.clone();
        match error {
            kube::Error::Api(status) if status.code == 404 => {
                Error::NotInstalled { server, plural: plural.to_owned() }
            }
            kube::Error::Api(status) => Error::Refused {
                server,
                plural: plural.to_owned(),
                scope: namespace
                    .map_or_else(|| "in all namespaces".to_owned(), |name| format!("in namespace {name}")),
                reason: if status.message.is_empty() {
                    status.reason.clone()
                } else {
                    status.message.clone()
                },
            },
            other => Error::Unreachable { server, reason: cause(other) },
        }
    }
}

/// The innermost cause, which is the one that says what to do.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
