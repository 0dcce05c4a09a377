//! Where an origin's files are, by type, and what it takes to get them.

use imgplane_config::{
    AkeneoPim, Auth, AzureBlob, CloudinaryBackup, Credential, Gcs, ObjectId, OriginKind, S3, S3Compatible,
    Tls, Volume,
};
use imgplane_crds::{
    OriginSpec, OriginType,
    origin::{self, AuthType, CaBundleRef},
};
use jiff::Timestamp;

use super::{
    grammar::{account, bucket, container, present},
    proxy, web,
};
use crate::{
    Snapshot,
    validate::{Findings, ca_bundle, credential},
};

/// What was found of an origin's credential.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The values, unless the Secret cannot be used.
    pub(super) credential: Option<Credential>,
    /// When they expire, if they tell.
    pub(super) expiry: Option<Timestamp>,
    /// The Secret that they come from.
    pub(super) secret_name: Option<String>,
}

/// Reads the place of one origin.
pub(super) struct Places<'a> {
    pub(super) id: &'a ObjectId,
    pub(super) snapshot: &'a Snapshot,
    pub(super) findings: &'a mut Findings,
    pub(super) found: Found,
}

impl Places<'_> {
    /// The place; `None` where the member of the type is missing.
    pub(super) fn of(&mut self, spec: &OriginSpec) -> Option<OriginKind> {
        Some(match spec.kind {
            OriginType::S3 => OriginKind::S3(self.s3(spec.s3.as_ref()?)),
            OriginType::S3Compatible => {
                OriginKind::S3Compatible(self.s3_compatible(spec.s3_compatible.as_ref()?))
            }
            OriginType::CloudinaryBackup => {
                OriginKind::CloudinaryBackup(self.cloudinary(spec.cloudinary_backup.as_ref()?))
            }
            OriginType::Gcs => OriginKind::Gcs(self.gcs(spec.gcs.as_ref()?)),
            OriginType::AzureBlob => OriginKind::AzureBlob(self.azure(spec.azure_blob.as_ref()?)),
            OriginType::WebFolder => OriginKind::WebFolder(web::folder(self, spec.web_folder.as_ref()?)),
            OriginType::WebProxy => {
                OriginKind::WebProxy(proxy::proxy(spec.web_proxy.as_ref()?, self.findings))
            }
            OriginType::AkeneoPim => OriginKind::AkeneoPim(self.akeneo(spec.akeneo_pim.as_ref()?)),
            OriginType::Volume => {
                let volume = spec.volume.as_ref()?;
                OriginKind::Volume(Volume {
                    name: volume.name.to_string(),
                    path: self.findings.folder("spec.volume.path", volume.path.as_deref()),
                })
            }
        })
    }

    fn s3(&mut self, s3: &origin::S3) -> S3 {
        S3 {
            auth: self.auth(&s3.auth, OriginType::S3),
            bucket: bucket(&s3.bucket, "spec.s3.bucket", self.findings),
            region: present(s3.region.as_deref()),
            endpoint: self.endpoint(s3.endpoint.as_deref(), "spec.s3.endpoint"),
            prefix: self.findings.folder("spec.s3.prefix", s3.prefix.as_deref()),
        }
    }

    fn s3_compatible(&mut self, s3: &origin::S3Compatible) -> S3Compatible {
        let bundle = s3.tls.as_ref().and_then(|tls| tls.ca_bundle_ref.as_ref());
        S3Compatible {
            auth: self.auth(&s3.auth, OriginType::S3Compatible),
            bucket: bucket(&s3.bucket, "spec.s3Compatible.bucket", self.findings),
            endpoint: self.findings.address("spec.s3Compatible.endpoint", &s3.endpoint),
            region: present(s3.region.as_deref()),
            force_path_style: s3.force_path_style.unwrap_or_default(),
            prefix: self.findings.folder("spec.s3Compatible.prefix", s3.prefix.as_deref()),
            tls: Tls {
                ca_bundle: self.ca_bundle(bundle, "spec.s3Compatible.tls.caBundleRef"),
                ..Tls::default()
            },
        }
    }

    fn cloudinary(&mut self, s3: &origin::CloudinaryBackup) -> CloudinaryBackup {
        CloudinaryBackup {
            auth: self.auth(&s3.auth, OriginType::CloudinaryBackup),
            bucket: bucket(&s3.bucket, "spec.cloudinaryBackup.bucket", self.findings),
            region: present(s3.region.as_deref()),
            endpoint: self.endpoint(s3.endpoint.as_deref(), "spec.cloudinaryBackup.endpoint"),
            prefix: self.findings.folder("spec.cloudinaryBackup.prefix", s3.prefix.as_deref()),
            encode_object_keys: s3.encode_object_keys.unwrap_or_default(),
        }
    }

    fn gcs(&mut self, gcs: &origin::Gcs) -> Gcs {
        Gcs {
            auth: self.auth(&gcs.auth, OriginType::Gcs),
            bucket: bucket(&gcs.bucket, "spec.gcs.bucket", self.findings),
            endpoint: self.endpoint(gcs.endpoint.as_deref(), "spec.gcs.endpoint"),
            prefix: self.findings.folder("spec.gcs.prefix", gcs.prefix.as_deref()),
        }
    }

    fn azure(&mut self, blob: &origin::AzureBlob) -> AzureBlob {
        AzureBlob {
            auth: self.auth(&blob.auth, OriginType::AzureBlob),
            account_name: account(&blob.account_name, "spec.azureBlob.accountName", self.findings),
            container: container(&blob.container, "spec.azureBlob.container", self.findings),
            endpoint: self.endpoint(blob.endpoint.as_deref(), "spec.azureBlob.endpoint"),
            prefix: self.findings.folder("spec.azureBlob.prefix", blob.prefix.as_deref()),
        }
    }

    fn akeneo(&mut self, pim: &origin::AkeneoPim) -> AkeneoPim {
        // It is by a Secret or not at all.
        self.auth(&pim.auth, OriginType::AkeneoPim);
        AkeneoPim { base_url: self.findings.address("spec.akeneoPim.baseUrl", &pim.base_url) }
    }

    fn endpoint(&mut self, text: Option<&str>, field: &str) -> Option<String> {
        present(text).map(|endpoint| self.findings.address(field, &endpoint))
    }

    /// Reads how requests are authenticated, and with what.
    fn auth(&mut self, auth: &origin::Auth, kind: OriginType) -> Auth {
        let field = format!("spec.{}.auth", kind.member());
        if !admits(kind, auth.kind) {
            let what = format!("cannot be {} when type is {}", auth.kind.as_str(), kind.as_str());
            self.findings.invalid(format!("{field}.type"), what);
        }
        match (auth.kind, &auth.secret_ref) {
            (AuthType::Anonymous, _) => Auth::Anonymous,
            (AuthType::WorkloadIdentity, _) => Auth::WorkloadIdentity,
            (AuthType::Secret, None) => {
                self.findings.invalid(format!("{field}.secretRef"), "is required when auth.type is Secret");
                Auth::Secret
            }
            (AuthType::Secret, Some(secret)) => {
                let secret = ObjectId::new(&self.id.namespace, secret.name.as_str());
                let field = format!("{field}.secretRef.name");
                let read = credential::read(kind, &secret, self.snapshot, &field, self.findings);
                let (credential, expiry) = read.map(|read| (read.credential, read.expiry)).unzip();
                self.found = Found { credential, expiry: expiry.flatten(), secret_name: Some(secret.name) };
                Auth::Secret
            }
        }
    }

    /// Reads certificates of authorities, where some are named.
    pub(super) fn ca_bundle(&mut self, bundle: Option<&CaBundleRef>, field: &str) -> Option<String> {
        ca_bundle::read(&self.id.namespace, bundle?, field, self.snapshot, self.findings)
    }
}

/// Whether a type can be authenticated with in this way.
const fn admits(kind: OriginType, auth: AuthType) -> bool {
    match auth {
        AuthType::Secret => true,
        AuthType::WorkloadIdentity => !matches!(kind, OriginType::S3Compatible | OriginType::AkeneoPim),
        AuthType::Anonymous => !matches!(kind, OriginType::AkeneoPim),
    }
}
