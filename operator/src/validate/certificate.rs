//! The Secret with the pods' certificate: whether a pod could serve with it. Its values stay where they are; pods
//! mount the Secret itself.

use imgplane_config::ObjectId;
use rustls::{
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::{Fault, Findings};
use crate::Snapshot;

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// Reports a Secret that pods cannot serve with.
pub(super) fn judge(secret: &ObjectId, snapshot: &Snapshot, field: &str, findings: &mut Findings) {
    let Some(data) = snapshot.secrets.get(secret) else {
        let secret = secret.clone();
        let fault = match snapshot.withheld.get(&secret) {
            Some(why) => Fault::CertificateWithheld { secret, why: *why },
            None => Fault::CertificateNotFound { secret },
        };
        findings.report(field, &fault);
        return;
    };
    let mut value = |key: &'static str| {
        let value = data.get(key);
        if value.is_none() {
            let keys = data.keys().cloned().collect();
            findings.report(field, &Fault::CertificateKeyMissing { secret: secret.clone(), key, keys });
        }
        value
    };
    let (Some(certificate), Some(key)) = (value(CERTIFICATE), value(KEY)) else { return };
    if let Err((key, what)) = read(certificate, key) {
        findings.report(field, &Fault::CertificateMalformed { secret: secret.clone(), key, what });
    }
}

/// Whether a certificate goes with a key.
///
/// # Errors
/// The key of the Secret that is wrong, and how.
pub(super) fn read(certificate: &[u8], key: &[u8]) -> Result<(), (&'static str, &'static str)> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| (CERTIFICATE, "is no PEM text"))?;
    if chain.is_empty() {
        return Err((CERTIFICATE, "holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| (KEY, "holds no private key in PEM text"))?;
    match CertifiedKey::from_der(chain, key, &default_provider()) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => Err((KEY, "does not belong to the certificate")),
        Err(rustls::Error::InvalidCertificate(_)) => Err((CERTIFICATE, "holds no readable certificate")),
        Err(_) => Err((KEY, "holds a private key of a sort that is not known here")),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn pair() -> (Vec<u8>, Vec<u8>) {
        let made = generate_simple_self_signed(["img.example.com".to_owned()]).unwrap();
        (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes())
    }

    #[test]
    fn a_certificate_with_its_own_key_can_be_served_with_and_nothing_else_can() {
        let ((certificate, key), (other, _)) = (pair(), pair());
        let torn = certificate.get(..certificate.len() / 2).unwrap();
        let hollow = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (certificate, key, expected) in [
            (certificate.as_slice(), key.as_slice(), Ok(())),
            (&other, &key, Err((KEY, "does not belong to the certificate"))),
            (b"hush", &key, Err((CERTIFICATE, "holds no certificate"))),
            (torn, &key, Err((CERTIFICATE, "is no PEM text"))),
            (hollow, &key, Err((CERTIFICATE, "holds no readable certificate"))),
            (&certificate, b"hush", Err((KEY, "holds no private key in PEM text"))),
            (&certificate, &certificate, Err((KEY, "holds no private key in PEM text"))),
        ] {
            assert_eq!(read(certificate, key), expected);
        }
    }
}
