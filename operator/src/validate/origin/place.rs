//! Where files are, by type, and what it takes to get them: of origins, and of the stores that pods share.

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

/// What was found of a place's credential.
#[derive(Debug, Default)]
pub(in crate::validate) struct Found {
    /// The values, unless the Secret cannot be used.
    pub(in crate::validate) credential: Option<Credential>,
    /// When they expire, if they tell.
    pub(in crate::validate) expiry: Option<Timestamp>,
    /// The Secret that they come from.
    pub(in crate::validate) secret_name: Option<String>,
}

/// Reads the place of one origin, or of one store.
pub(in crate::validate) struct Places<'a> {
    /// The object that names the place.
    pub(in crate::validate) id: &'a ObjectId,
    /// The field whose members describe the place.
    pub(in crate::validate) base: &'a str,
    pub(in crate::validate) snapshot: &'a Snapshot,
    pub(in crate::validate) findings: &'a mut Findings,
    pub(in crate::validate) found: Found,
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

    fn field(&self, member: &str) -> String {
        format!("{}.{member}", self.base)
    }

    pub(in crate::validate) fn s3(&mut self, s3: &origin::S3) -> S3 {
        S3 {
            auth: self.auth(&s3.auth, OriginType::S3),
            bucket: bucket(&s3.bucket, &self.field("s3.bucket"), self.findings),
            region: present(s3.region.as_deref()),
            endpoint: self.endpoint(s3.endpoint.as_deref(), &self.field("s3.endpoint")),
            prefix: self.findings.folder(&self.field("s3.prefix"), s3.prefix.as_deref()),
        }
    }

    pub(in crate::validate) fn s3_compatible(&mut self, s3: &origin::S3Compatible) -> S3Compatible {
        let bundle = s3.tls.as_ref().and_then(|tls| tls.ca_bundle_ref.as_ref());
        S3Compatible {
            auth: self.auth(&s3.auth, OriginType::S3Compatible),
            bucket: bucket(&s3.bucket, &self.field("s3Compatible.bucket"), self.findings),
            endpoint: self.findings.address(&self.field("s3Compatible.endpoint"), &s3.endpoint),
            region: present(s3.region.as_deref()),
            force_path_style: s3.force_path_style.unwrap_or_default(),
            prefix: self.findings.folder(&self.field("s3Compatible.prefix"), s3.prefix.as_deref()),
            tls: Tls {
                ca_bundle: self.ca_bundle(bundle, &self.field("s3Compatible.tls.caBundleRef")),
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

    pub(in crate::validate) fn gcs(&mut self, gcs: &origin::Gcs) -> Gcs {
        Gcs {
            auth: self.auth(&gcs.auth, OriginType::Gcs),
            bucket: bucket(&gcs.bucket, &self.field("gcs.bucket"), self.findings),
            endpoint: self.endpoint(gcs.endpoint.as_deref(), &self.field("gcs.endpoint")),
            prefix: self.findings.folder(&self.field("gcs.prefix"), gcs.prefix.as_deref()),
        }
    }

    pub(in crate::validate) fn azure(&mut self, blob: &origin::AzureBlob) -> AzureBlob {
        AzureBlob {
            auth: self.auth(&blob.auth, OriginType::AzureBlob),
            account_name: account(&blob.account_name, &self.field("azureBlob.accountName"), self.findings),
            container: container(&blob.container, &self.field("azureBlob.container"), self.findings),
            endpoint: self.endpoint(blob.endpoint.as_deref(), &self.field("azureBlob.endpoint")),
            prefix: self.findings.folder(&self.field("azureBlob.prefix"), blob.prefix.as_deref()),
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
        let field = self.field(&format!("{}.auth", kind.member()));
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
