//! Certificates of authorities that an origin's client trusts besides the public ones.

use base64::{Engine, engine::general_purpose::STANDARD};
use imgplane_config::ObjectId;
use imgplane_crds::origin::CaBundleRef;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{Fault, Findings, credential::LONGEST_VALUE};
use crate::{Holder, Snapshot, references};

/// Characters in a line of PEM text.
const LINE: usize = 64;

/// Reads a bundle. What cannot be used is reported, and the origin trusts public authorities alone.
pub(super) fn read(
    namespace: &str,
    reference: &CaBundleRef,
    field: &str,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Option<String> {
    let (holder, key) = references::ca_bundle(reference);
    let id = ObjectId::new(namespace, reference.name.as_str());
    let (all, withheld) = match holder {
        Holder::Secret => (&snapshot.secrets, &snapshot.withheld),
        Holder::ConfigMap => (&snapshot.config_maps, &snapshot.withheld_config_maps),
    };
    let found = match all.get(&id) {
        None => match withheld.get(&id) {
            Some(why) => Err(("name", Fault::BundleWithheld { holder, id, why: *why })),
            None => Err(("name", Fault::BundleNotFound { holder, id, key: key.to_owned() })),
        },
        Some(data) => match data.get(key) {
            None => {
                let keys = data.keys().cloned().collect();
                Err(("key", Fault::BundleKeyMissing { holder, id, key: key.to_owned(), keys }))
            }
            Some(value) => certificates(value)
                .map_err(|what| ("key", Fault::BundleMalformed { holder, id, key: key.to_owned(), what })),
        },
    };
    match found {
        Ok(bundle) => Some(bundle),
        Err((member, fault)) => {
            findings.report(format!("{field}.{member}"), &fault);
            None
        }
    }
}

/// The certificates of a text, written anew, and nothing else of it: the bundle becomes part of a record that is no
/// secret, and a private key may stand beside them by mistake. Comments go too, which would only make the record larger.
/// One that cannot be read is left out, as collections of authorities hold some odd ones.
fn certificates(value: &[u8]) -> Result<String, &'static str> {
    if value.len() > LONGEST_VALUE {
        return Err("is longer than 64 KiB");
    }
    let mut found = false;
    let mut bundle = String::new();
    for certificate in CertificateDer::pem_slice_iter(value) {
        let certificate = certificate.map_err(|_| "is no PEM text")?;
        found = true;
        if RootCertStore::empty().add(certificate.clone()).is_ok() {
            bundle.push_str(&pem(&certificate));
        }
    }
    match (found, bundle.is_empty()) {
        (false, _) => Err("holds no certificate"),
        (true, true) => Err("holds no certificate that can be read"),
        (true, false) => Ok(bundle),
    }
}

fn pem(certificate: &[u8]) -> String {
    let mut text = STANDARD.encode(certificate);
    // Lines as every tool writes them, from the last one on, so that the places of the others stay.
    for at in (LINE..text.len()).step_by(LINE).rev() {
        text.insert(at, '\n');
    }
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    #[test]
    fn certificates_are_copied_and_nothing_else_is() {
        let made = [(); 2].map(|()| generate_simple_self_signed(["ca.example".to_owned()]).unwrap());
        let [first, second] = made.each_ref().map(|made| made.cert.pem().replace("\r\n", "\n"));
        let key = made[0].signing_key.serialize_pem();
        let text = format!("# ours\n{first}{key}\nSubject: hush\n{second}");
        assert_eq!(certificates(text.as_bytes()), Ok(format!("{first}{second}")));
        let windows = first.replace('\n', "\r\n");
        assert_eq!(certificates(windows.as_bytes()), Ok(first.clone()));
        let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(certificates(format!("{odd}{first}").as_bytes()), Ok(first.clone()));
        for (text, expected) in [
            ("", "holds no certificate"),
            ("hush", "holds no certificate"),
            (key.as_str(), "holds no certificate"),
            (odd, "holds no certificate that can be read"),
            (first.get(..first.len() / 2).unwrap(), "is no PEM text"),
            (&"x".repeat(LONGEST_VALUE + 1), "is longer than 64 KiB"),
        ] {
            assert_eq!(certificates(text.as_bytes()), Err(expected), "{text}");
        }
    }
}
