//! Which Secrets and ConfigMaps are read, and which of their values: those that an object names, and no other.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::ObjectId;
use imgplane_crds::{
    DataPlane, Origin, OriginSpec, OriginType, UrlEndpoint,
    data_plane::{Store, StoreType},
    origin::{Auth, AuthType, CaBundleKind, CaBundleRef, WebFolder},
};

use crate::{id_of, validate::stores_of};

/// Keys of the Secret with the credentials of each type.
pub(crate) mod keys {
    /// Of the S3 family; the last one is optional.
    pub(crate) const S3: [&str; 3] = ["accessKey", "secretKey", "sessionToken"];
    /// Of Google Cloud Storage: the first, or the other two.
    pub(crate) const GCS: [&str; 3] = ["key.json", "clientEmail", "privateKey"];
    /// Of Azure: one of the two.
    pub(crate) const AZURE: [&str; 2] = ["sasToken", "accountKey"];
    /// Of Akeneo.
    pub(crate) const AKENEO: [&str; 4] = ["clientId", "clientSecret", "username", "password"];
    /// Of a certificate with its private key.
    pub(crate) const CERTIFICATE: [&str; 2] = ["tls.crt", "tls.key"];
}

/// What holds values that an object names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

impl Holder {
    /// The kind as it stands in manifests and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}

/// A Secret or ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Which of the two.
    pub holder: Holder,
    /// Namespace and name.
    pub id: ObjectId,
}

/// Everything that is named, with the keys whose values are used. What lies under other keys is never kept.
pub type References = BTreeMap<Reference, BTreeSet<String>>;

/// Every Secret and ConfigMap that Origins, UrlEndpoints and DataPlanes name. It lies in the namespace of the object that names it.
pub fn references<'a>(
    origins: impl IntoIterator<Item = &'a Origin>,
    endpoints: impl IntoIterator<Item = &'a UrlEndpoint>,
    data_planes: impl IntoIterator<Item = &'a DataPlane>,
) -> References {
    let mut references = References::new();
    for origin in origins {
        let mut named = Named { namespace: id_of(origin).namespace, references: &mut references };
        named.by_origin(&origin.spec);
    }
    for endpoint in endpoints {
        let mut named = Named { namespace: id_of(endpoint).namespace, references: &mut references };
        for key in endpoint.spec.security.iter().flat_map(|security| &security.signing_keys) {
            named.add(Holder::Secret, &key.secret_ref.name, [key.secret_ref.key()]);
        }
    }
    for data_plane in data_planes {
        let mut named = Named { namespace: id_of(data_plane).namespace, references: &mut references };
        if let Some(tls) = &data_plane.spec.tls {
            named.add(Holder::Secret, &tls.secret_ref.name, keys::CERTIFICATE);
        }
        for (_, store) in stores_of(&data_plane.spec) {
            named.by_store(store);
        }
    }
    references
}

/// Collects what the objects of one namespace name.
struct Named<'r> {
    namespace: String,
    references: &'r mut References,
}

impl Named<'_> {
    fn add<'k>(&mut self, holder: Holder, name: &str, keys: impl IntoIterator<Item = &'k str>) {
        let reference = Reference { holder, id: ObjectId::new(&self.namespace, name) };
        self.references.entry(reference).or_default().extend(keys.into_iter().map(str::to_owned));
    }

    /// The member of another type than the Origin's own counts for nothing.
    fn by_origin(&mut self, spec: &OriginSpec) {
        match spec.kind {
            OriginType::S3 => self.auth(spec.s3.as_ref().map(|s3| &s3.auth), &keys::S3),
            OriginType::S3Compatible => {
                self.auth(spec.s3_compatible.as_ref().map(|s3| &s3.auth), &keys::S3);
                let tls = spec.s3_compatible.as_ref().and_then(|s3| s3.tls.as_ref());
                self.ca_bundle(tls.and_then(|tls| tls.ca_bundle_ref.as_ref()));
            }
            OriginType::CloudinaryBackup => {
                self.auth(spec.cloudinary_backup.as_ref().map(|s3| &s3.auth), &keys::S3);
            }
            OriginType::Gcs => self.auth(spec.gcs.as_ref().map(|gcs| &gcs.auth), &keys::GCS),
            OriginType::AzureBlob => {
                self.auth(spec.azure_blob.as_ref().map(|blob| &blob.auth), &keys::AZURE);
            }
            OriginType::AkeneoPim => {
                self.auth(spec.akeneo_pim.as_ref().map(|pim| &pim.auth), &keys::AKENEO);
            }
            OriginType::WebFolder => spec.web_folder.iter().for_each(|web| self.web_folder(web)),
            OriginType::WebProxy | OriginType::Volume => {}
        }
    }

    fn by_store(&mut self, store: &Store) {
        match store.kind {
            StoreType::S3 => self.auth(store.auth(), &keys::S3),
            StoreType::S3Compatible => {
                self.auth(store.auth(), &keys::S3);
                let tls = store.s3_compatible.as_ref().and_then(|s3| s3.tls.as_ref());
                self.ca_bundle(tls.and_then(|tls| tls.ca_bundle_ref.as_ref()));
            }
            StoreType::Gcs => self.auth(store.auth(), &keys::GCS),
            StoreType::AzureBlob => self.auth(store.auth(), &keys::AZURE),
            StoreType::Volume => {}
        }
    }

    fn auth(&mut self, auth: Option<&Auth>, keys: &[&str]) {
        let Some(Auth { kind: AuthType::Secret, secret_ref: Some(secret) }) = auth else { return };
        self.add(Holder::Secret, &secret.name, keys.iter().copied());
    }

    fn web_folder(&mut self, web: &WebFolder) {
        let secrets = web.headers.iter().filter_map(|header| Some(&header.value_from.as_ref()?.secret_ref));
        for secret in secrets {
            self.add(Holder::Secret, &secret.name, [secret.key.as_str()]);
        }
        let Some(tls) = &web.tls else { return };
        if let Some(certificate) = &tls.client_certificate_ref {
            self.add(Holder::Secret, &certificate.name, keys::CERTIFICATE);
        }
        self.ca_bundle(tls.ca_bundle_ref.as_ref());
    }

    fn ca_bundle(&mut self, bundle: Option<&CaBundleRef>) {
        let Some(bundle) = bundle else { return };
        let (holder, key) = ca_bundle(bundle);
        self.add(holder, &bundle.name, [key]);
    }
}

/// What holds a CA bundle, and under which key.
pub(crate) fn ca_bundle(bundle: &CaBundleRef) -> (Holder, &str) {
    let holder = match bundle.kind.unwrap_or_default() {
        CaBundleKind::ConfigMap => Holder::ConfigMap,
        CaBundleKind::Secret => Holder::Secret,
    };
    let key = bundle.key.as_ref().map_or(CaBundleRef::DEFAULT_KEY, |key| key.as_str());
    (holder, key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(spec: &serde_json::Value) -> Vec<String> {
        let origin = json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "Origin",
            "metadata": { "namespace": "shop", "name": "x" }, "spec": spec,
        });
        let origin: Origin = serde_json::from_value(origin).unwrap();
        references([&origin], [], [])
            .into_iter()
            .map(|(Reference { holder, id }, keys)| {
                let keys: Vec<_> = keys.into_iter().collect();
                format!("{} {id}: {}", holder.as_str(), keys.join(" "))
            })
            .collect()
    }

    #[test]
    fn each_type_names_its_own_keys_and_nothing_else() {
        let auth = json!({ "secretRef": { "name": "k" } });
        let store = |kind: &str, member: &str, mut place: serde_json::Value| {
            place["auth"] = auth.clone();
            named(&json!({ "type": kind, member: place }))
        };
        let bucket = || json!({ "bucket": "media", "endpoint": "https://a" });
        let s3 = ["Secret shop/k: accessKey secretKey sessionToken"];
        assert_eq!(store("S3", "s3", bucket()), s3);
        assert_eq!(store("CloudinaryBackup", "cloudinaryBackup", bucket()), s3);
        assert_eq!(store("GCS", "gcs", bucket()), ["Secret shop/k: clientEmail key.json privateKey"]);
        let azure = json!({ "accountName": "shop", "container": "media" });
        assert_eq!(store("AzureBlob", "azureBlob", azure), ["Secret shop/k: accountKey sasToken"]);
        assert_eq!(
            store("AkeneoPIM", "akeneoPim", json!({ "baseUrl": "https://a" })),
            ["Secret shop/k: clientId clientSecret password username"]
        );
        let mut trusting = bucket();
        trusting["tls"] = json!({ "caBundleRef": { "name": "ca" } });
        assert_eq!(store("S3Compatible", "s3Compatible", trusting), [s3[0], "ConfigMap shop/ca: ca.crt"]);
        let anonymous = json!({ "bucket": "media", "auth": { "type": "Anonymous" } });
        assert_eq!(named(&json!({ "type": "S3", "s3": anonymous })), Vec::<String>::new());
    }

    #[test]
    fn data_planes_name_the_secrets_of_their_stores() {
        let auth = json!({ "secretRef": { "name": "results" } });
        let s3 = json!({ "bucket": "b", "endpoint": "https://a", "auth": auth, "tls": { "caBundleRef": { "name": "ca" } } });
        let data_plane = json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "DataPlane",
            "metadata": { "namespace": "infra", "name": "x" },
            "spec": {
                "cache": { "shared": { "type": "S3Compatible", "s3Compatible": s3 } },
                "originalsStore": { "type": "AzureBlob", "azureBlob": {
                    "accountName": "shop", "container": "c", "auth": { "secretRef": { "name": "originals" } },
                } },
            },
        });
        let data_plane: DataPlane = serde_json::from_value(data_plane).unwrap();
        let found: Vec<_> = references([], [], [&data_plane])
            .into_iter()
            .map(|(Reference { holder, id }, keys)| {
                format!("{} {id}: {}", holder.as_str(), Vec::from_iter(keys).join(" "))
            })
            .collect();
        assert_eq!(
            found,
            [
                "Secret infra/originals: accountKey sasToken",
                "Secret infra/results: accessKey secretKey sessionToken",
                "ConfigMap infra/ca: ca.crt"
            ]
        );
    }

    #[test]
    fn endpoints_name_their_signing_keys() {
        let endpoint = json!({
            "apiVersion": "imgplane.dev/v1alpha1", "kind": "UrlEndpoint",
            "metadata": { "namespace": "shop", "name": "x" },
            "spec": { "security": { "signingKeys": [
                { "secretRef": { "name": "keys" } }, { "secretRef": { "name": "keys", "key": "old" } },
            ] } },
        });
        let endpoint: UrlEndpoint = serde_json::from_value(endpoint).unwrap();
        let found = references([], [&endpoint], []);
        let id = ObjectId::new("shop", "keys");
        let keys = &found[&Reference { holder: Holder::Secret, id }];
        assert_eq!(keys.iter().map(String::as_str).collect::<Vec<_>>(), ["old", "privateKey"]);
    }

    #[test]
    fn values_of_one_secret_that_are_named_in_several_places_are_all_used() {
        let header = |name: &str, key: &str| json!({ "name": name, "valueFrom": { "secretRef": { "name": "web", "key": key } } });
        let found = named(&json!({ "type": "WebFolder", "webFolder": {
            "baseUrl": "https://a.example",
            "headers": [header("X-A", "token"), header("X-B", "other"), { "name": "X-C", "value": "c" }],
            "tls": {
                "caBundleRef": { "kind": "Secret", "name": "web", "key": "ca" },
                "clientCertificateRef": { "name": "web" },
            },
        } }));
        assert_eq!(found, ["Secret shop/web: ca other tls.crt tls.key token"]);
    }
}
