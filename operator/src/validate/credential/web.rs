//! What requests to a web server carry that is secret: headers, and a certificate that says who we are.

use std::collections::BTreeSet;

use imgplane_config::{ClientCertificate, Credential, ObjectId, SecretHeader, SecretText};
use imgplane_crds::origin::WebFolder;

use super::{Form, Opened};
use crate::{
    Snapshot,
    references::keys,
    validate::{Findings, certificate},
};

/// What of a web folder's requests is secret.
#[derive(Debug, Default)]
pub(in crate::validate) struct WebCredential {
    /// Whether there are headers.
    pub(in crate::validate) headers: bool,
    /// Whether there is a certificate.
    pub(in crate::validate) certificate: bool,
    /// The Secret of the headers, else that of the certificate, for messages; absent where headers are of several.
    pub(in crate::validate) secret_name: Option<String>,
    /// The values; absent unless all of them can be used: half of them would make the server refuse requests for a
    /// reason that nobody can see.
    pub(in crate::validate) credential: Option<Credential>,
}

/// Reads what is secret. What cannot be used is reported, each by itself.
pub(in crate::validate) fn web(
    namespace: &str,
    folder: &WebFolder,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> WebCredential {
    let mut found = WebCredential::default();
    let (mut headers, mut complete) = (Vec::new(), true);
    let mut holders = BTreeSet::new();
    for (index, header) in folder.headers.iter().enumerate() {
        let Some(source) = &header.value_from else { continue };
        let secret = ObjectId::new(namespace, source.secret_ref.name.as_str());
        // Users choose the key: what is wrong with its value is told of the field that names it.
        let field = |member| format!("spec.webFolder.headers[{index}].valueFrom.secretRef.{member}");
        let (name_field, key_field) = (field("name"), field("key"));
        found.headers = true;
        holders.insert(secret.name.clone());
        let key = source.secret_ref.key.as_str();
        let value = Opened::open(&secret, snapshot, &name_field, &format!("key {key}"), findings)
            .map(|opened| Opened { field: &key_field, ..opened })
            .and_then(|opened| opened.required(key, Form::Header, findings));
        match value {
            Some(value) => headers.push(SecretHeader { name: header.name.to_string(), value }),
            None => complete = false,
        }
    }
    let reference = folder.tls.as_ref().and_then(|tls| tls.client_certificate_ref.as_ref());
    let mut client_certificate = None;
    if let Some(reference) = reference {
        let secret = ObjectId::new(namespace, reference.name.as_str());
        found.certificate = true;
        if !found.headers {
            holders.insert(secret.name.clone());
        }
        client_certificate = read_certificate(&secret, snapshot, findings);
        complete &= client_certificate.is_some();
    }
    found.secret_name = holders.pop_first().filter(|_| holders.is_empty());
    if complete && (found.headers || found.certificate) {
        found.credential = Some(Credential::Web { headers, client_certificate });
    }
    found
}

fn read_certificate(
    secret: &ObjectId,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Option<ClientCertificate> {
    const FIELD: &str = "spec.webFolder.tls.clientCertificateRef.name";
    const REMEDY: &str =
        "write certificate and key as PEM text, for example with `kubectl create secret tls`";
    let opened = Opened::open(secret, snapshot, FIELD, "keys tls.crt and tls.key", findings)?;
    let missing: Vec<_> =
        keys::CERTIFICATE.into_iter().filter(|key| !opened.data.contains_key(*key)).collect();
    for key in &missing {
        opened.missing(key, findings);
    }
    if !missing.is_empty() {
        return None;
    }
    let [certificate, key] = keys::CERTIFICATE.map(|key| opened.any_text(key, REMEDY, findings));
    let (certificate, key) = (certificate?, key?);
    if let Err((key, what)) = certificate::read(certificate.as_bytes(), key.as_bytes()) {
        return opened.malformed(key, what, REMEDY, findings);
    }
    Some(ClientCertificate { certificate: SecretText::new(certificate), key: SecretText::new(key) })
}
