//! The cluster's certificate authority: the API server's certificate, those of users, the key of ServiceAccounts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// An authority whose files lie in a folder.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Files by which somebody proves who they are.
pub(super) struct Identity {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Authority {
    /// Makes the authority and everything that the API server needs of it.
    pub(super) fn create(folder: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("the authority signs itself");
        let authority = Self { issuer, folder: folder.to_owned() };
        authority.write("authority.crt", &authority.issuer.pem());
        let names = ["127.0.0.1", "10.201.0.1", "localhost", "kubernetes.default.svc"];
        let server = CertificateParams::new(names.map(str::to_owned)).expect("names");
        authority.sign("apiserver", server, "kube-apiserver", ExtendedKeyUsagePurpose::ServerAuth);
        let accounts = KeyPair::generate().expect("a key");
        authority.write("accounts.key", &accounts.serialize_pem());
        authority.write("accounts.pub", &accounts.public_key_pem());
        authority
    }

    /// The authority's certificate.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join("authority.crt")
    }

    /// Flags by which the API server finds its files.
    pub(super) fn server_flags(&self) -> Vec<String> {
        [
            ("tls-cert-file", "apiserver.crt"),
            ("tls-private-key-file", "apiserver.key"),
            ("client-ca-file", "authority.crt"),
            ("service-account-key-file", "accounts.pub"),
            ("service-account-signing-key-file", "accounts.key"),
        ]
        .map(|(flag, file)| format!("--{flag}={}", self.folder.join(file).display()))
        .into()
    }

    /// Makes the certificate of a user, who may be in one group.
    pub(super) fn identity(&self, user: &str, group: Option<&str>) -> Identity {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        let file = format!("user-{}", user.replace(['/', ':'], "-"));
        self.sign(&file, params, user, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        file: &str,
        mut params: CertificateParams,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
    ) -> Identity {
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("the authority signs");
        Identity {
            certificate: self.write(&format!("{file}.crt"), &certificate.pem()),
            key: self.write(&format!("{file}.key"), &key.serialize_pem()),
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("the file is written");
        path
    }
}
