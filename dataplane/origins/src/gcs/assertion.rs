//! By what a service account proves to the token service who it is: a signed JWT.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};

/// Reading is all that is ever needed.
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_only";
/// Longest life that Google admits, in seconds.
const LIFETIME: u64 = 3_600;

/// A service account's key.
pub(super) struct Key {
    pair: RsaKeyPair,
    email: String,
    id: Option<String>,
}

impl Key {
    /// Reads a private key: PEM text, also with its line breaks written as the two characters `\n`.
    ///
    /// # Errors
    /// What is wrong with it; no part of it.
    pub(super) fn read(pem: &str, email: &str, id: Option<&str>) -> Result<Self, &'static str> {
        let pem = pem.replace("\\n", "\n");
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "it is no PEM text")?;
        let pair = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err("it is no RSA key"),
        };
        let pair = pair.map_err(|_| "it is no RSA key that can be used")?;
        Ok(Self { pair, email: email.to_owned(), id: id.map(str::to_owned) })
    }

    /// An assertion for a token service, valid from `now`, in Unix seconds, for an hour.
    pub(super) fn assertion(&self, audience: &str, now: u64) -> Result<String, &'static str> {
        let mut header = serde_json::json!({ "alg": "RS256", "typ": "JWT" });
        if let (Some(id), Some(header)) = (&self.id, header.as_object_mut()) {
            header.insert("kid".to_owned(), id.as_str().into());
        }
        let claims = serde_json::json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME,
        });
        let encode = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "it cannot sign")?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}
