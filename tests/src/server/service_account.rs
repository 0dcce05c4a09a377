//! A service account of Google Cloud: its key file, and the judgement of what it signed.

use std::process::Command;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

/// An account with a key of its own.
#[derive(Clone)]
pub struct ServiceAccount {
    /// Its address.
    pub email: String,
    /// Its private key, PEM (PKCS #8), as in a key file.
    pub private_key: String,
    public_key: Vec<u8>,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

impl ServiceAccount {
    /// Makes an account with a new RSA key of 2048 bits.
    pub fn generate(email: &str) -> Self {
        let output = Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
            .output()
            .expect("openssl runs");
        let private_key = String::from_utf8(output.stdout).expect("a PEM file");
        let inner: String = private_key.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(inner).expect("a PEM file");
        let pair = RsaKeyPair::from_pkcs8(&der).expect("openssl makes good keys");
        Self { email: email.to_owned(), private_key, public_key: pair.public_key().as_ref().to_vec() }
    }

    /// The key file as Google hands it out, with a token address of the test's own.
    pub fn key_json(&self, token_uri: &str) -> String {
        json!({
            "type": "service_account", "project_id": "test", "private_key_id": "1", "client_id": "1",
            "private_key": self.private_key, "client_email": self.email, "token_uri": token_uri,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth", "universe_domain": "googleapis.com",
        })
        .to_string()
    }

    /// The claims of a JWT that this account signed with RS256; why not, else.
    pub(super) fn claims(&self, assertion: &str) -> Result<Value, &'static str> {
        let (signed, signature) = assertion.rsplit_once('.').ok_or("The assertion is no JWT.")?;
        let (head, claims) = signed.split_once('.').ok_or("The assertion is no JWT.")?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "The assertion is no JWT.");
        let parse =
            |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).map_err(|_| "The assertion is no JWT.");
        if parse(decode(head)?)?.get("alg") != Some(&json!("RS256")) {
            return Err("The assertion is not signed with RS256.");
        }
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key)
            .verify(signed.as_bytes(), &decode(signature)?)
            .map_err(|_| "Invalid JWT Signature.")?;
        parse(decode(claims)?)
    }

    /// Signs claims as a client does: for the tests of the endpoint itself.
    pub fn sign(&self, claims: &Value) -> String {
        let inner: String = self.private_key.lines().filter(|line| !line.starts_with("-----")).collect();
        let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(inner).expect("a PEM file")).expect("a key");
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &ring::signature::RSA_PKCS1_SHA256,
            &ring::rand::SystemRandom::new(),
            text.as_bytes(),
            &mut signature,
        )
        .expect("the key signs");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
