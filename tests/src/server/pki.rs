//! Certificates: an authority, what it signs, and what no server should show.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;

/// An authority that the test trusts, and one that nobody does.
pub struct Pki {
    trusted: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
    made: AtomicUsize,
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pki").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Files by which somebody proves who they are. They last as long as their [`Pki`].
#[derive(Debug, Clone)]
pub struct Identity {
    /// File of the certificate, PEM.
    pub certificate: PathBuf,
    /// File of the private key, PEM.
    pub key: PathBuf,
}

impl Identity {
    /// Text of the certificate.
    pub fn certificate_pem(&self) -> String {
        read(&self.certificate)
    }

    /// Text of the key.
    pub fn key_pem(&self) -> String {
        read(&self.key)
    }

    /// The two lines by which nginx shows it.
    pub fn nginx(&self) -> String {
        format!("ssl_certificate {}; ssl_certificate_key {};", self.certificate.display(), self.key.display())
    }
}

impl Pki {
    /// Makes both authorities.
    pub fn create() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pki = Self {
            trusted: authority("imgplane test authority"),
            stranger: authority("an authority that nobody knows"),
            folder,
            made: AtomicUsize::default(),
        };
        pki.write("authority.pem", &pki.trusted.pem());
        pki
    }

    /// File of the trusted authority's certificate, PEM.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Text of the trusted authority's certificate.
    pub fn authority_pem(&self) -> String {
        self.trusted.pem()
    }

    /// A good certificate for names and addresses.
    pub fn server(&self, names: &[&str]) -> Identity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, &self.trusted, None)
    }

    /// One that was valid in 2020.
    pub fn expired(&self, names: &[&str]) -> Identity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, &self.trusted, Some((2020, 2021)))
    }

    /// One that is valid from the year 2100 on.
    pub fn not_yet_valid(&self, names: &[&str]) -> Identity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, &self.trusted, Some((2100, 2101)))
    }

    /// A good certificate of `other.test`, which is nobody's name.
    pub fn wrong_name(&self) -> Identity {
        self.server(&["other.test"])
    }

    /// One for these names that an unknown authority signed.
    pub fn unknown(&self, names: &[&str]) -> Identity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, &self.stranger, None)
    }

    /// A client's certificate.
    pub fn client(&self) -> Identity {
        self.sign(&["client.test"], ExtendedKeyUsagePurpose::ClientAuth, &self.trusted, None)
    }

    /// A client's certificate that an unknown authority signed.
    pub fn rogue_client(&self) -> Identity {
        self.sign(&["client.test"], ExtendedKeyUsagePurpose::ClientAuth, &self.stranger, None)
    }

    fn sign(
        &self,
        names: &[&str],
        usage: ExtendedKeyUsagePurpose,
        issuer: &CertifiedIssuer<'static, KeyPair>,
        years: Option<(i32, i32)>,
    ) -> Identity {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names.clone()).expect("names");
        if let Some(name) = names.first() {
            params.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        if let Some((from, to)) = years {
            params.not_before = date_time_ymd(from, 1, 1);
            params.not_after = date_time_ymd(to, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, issuer).expect("the authority signs");
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Identity {
            certificate: self.write(&format!("{number}.pem"), &certificate.pem()),
            key: self.write(&format!("{number}.key"), &key.serialize_pem()),
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the file is written");
        path
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
        .expect("the authority signs itself")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the file is read")
}
