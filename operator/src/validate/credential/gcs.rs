//! A service account of Google Cloud: its key file as a whole, or two fields of it.

use imgplane_config::{Credential, SecretText};
use rustls::{
    SignatureAlgorithm,
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use serde_json::{Map, Value};

use super::{Form, Opened};
use crate::{
    references::keys,
    validate::{Findings, bound::check_address},
};

const FILE: &str = "put the key file of a service account there as it is, for example with \
                    `kubectl create secret generic --from-file=key.json`";
const KEY: &str = "write the private_key of the service account's key file there, as PEM text";

/// The object identifier of RSA keys, as it stands in a PKCS #8 key.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

pub(super) fn read(secret: &Opened<'_>, findings: &mut Findings) -> Option<Credential> {
    let [file, client_email, private_key] = keys::GCS;
    if secret.has(file) {
        return key_file(secret, file, findings);
    }
    let parts = [client_email, private_key].map(|key| secret.data.contains_key(key));
    match parts {
        [false, false] if secret.data.contains_key(file) => {
            secret.malformed(file, "is empty", FILE, findings)
        }
        [false, false] => {
            secret.missing("key.json", findings);
            None
        }
        [_, has_key] => {
            let client_email = secret.required(client_email, Form::Word, findings);
            if !has_key {
                secret.missing(private_key, findings);
                return None;
            }
            let text = secret.any_text(private_key, KEY, findings)?;
            match pem(text) {
                Ok(private_key) => Some(Credential::Gcs {
                    client_email: client_email?.expose().to_owned(),
                    private_key,
                    private_key_id: None,
                    token_uri: None,
                }),
                Err(unusable) => {
                    let what = match unusable {
                        Unusable::Empty => "is empty",
                        Unusable::NoKey => "holds no private key in PEM text",
                        Unusable::NotRsa => "holds a private key that is no RSA key",
                        Unusable::TooShort => "holds an RSA key of less than 2048 bits, or a damaged one",
                    };
                    secret.malformed(private_key, what, KEY, findings)
                }
            }
        }
    }
}

fn key_file(secret: &Opened<'_>, key: &str, findings: &mut Findings) -> Option<Credential> {
    let text = secret.any_text(key, FILE, findings)?;
    match parse(text) {
        Ok(credential) => Some(credential),
        Err(what) => secret.malformed(key, what, FILE, findings),
    }
}

/// The fields that are used. What is wrong is told without a value of the file.
fn parse(text: &str) -> Result<Credential, &'static str> {
    let file: Map<String, Value> = serde_json::from_str(text).map_err(|_| "is no JSON object")?;
    let field = |name: &str| file.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match field("type") {
        Some("service_account") => {}
        Some(_) => return Err("is a file of another type than service_account, so that it holds no key"),
        None => return Err("is no key file of a service account: it has no type"),
    }
    let client_email = field("client_email").ok_or("has no client_email")?;
    Form::Word.judge(client_email).map_err(|_| "has a client_email with spaces or control characters")?;
    let private_key =
        pem(field("private_key").ok_or("has no private_key")?).map_err(|unusable| match unusable {
            Unusable::Empty | Unusable::NoKey => "has a private_key that is no private key in PEM text",
            Unusable::NotRsa => "has a private_key that is no RSA key",
            Unusable::TooShort => "has a private_key that is an RSA key of less than 2048 bits, or damaged",
        })?;
    let token_uri = field("token_uri");
    if token_uri.is_some_and(|uri| check_address(uri).is_err()) {
        return Err("has a token_uri that is no address");
    }
    Ok(Credential::Gcs {
        client_email: client_email.to_owned(),
        private_key,
        private_key_id: field("private_key_id").map(SecretText::new),
        token_uri: token_uri.map(SecretText::new),
    })
}

/// Why a private key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unusable {
    Empty,
    NoKey,
    /// A key of another algorithm.
    NotRsa,
    /// An RSA key that nothing here signs with.
    TooShort,
}

/// The text of a private key. Whoever copies it out of JSON has its line breaks as the two characters `\n`.
fn pem(text: &str) -> Result<SecretText, Unusable> {
    let text = text.replace("\\n", "\n");
    if text.is_empty() {
        return Err(Unusable::Empty);
    }
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| Unusable::NoKey)?;
    judge(&key)?;
    Ok(SecretText::new(text))
}

/// Whether requests for tokens can be signed with a key. What is no key at all passes: examples have such a text in
/// the place of a key, and the origin says so itself.
fn judge(key: &PrivateKeyDer<'_>) -> Result<(), Unusable> {
    let says_rsa = match key {
        PrivateKeyDer::Pkcs1(_) => true,
        PrivateKeyDer::Pkcs8(key) => key.secret_pkcs8_der().windows(RSA.len()).any(|bytes| bytes == RSA),
        _ => return Err(Unusable::NotRsa),
    };
    match any_supported_type(key) {
        Ok(loaded) if loaded.algorithm() == SignatureAlgorithm::RSA => Ok(()),
        Ok(_) => Err(Unusable::NotRsa),
        Err(_) if says_rsa => Err(Unusable::TooShort),
        Err(_) => Ok(()),
    }
}
