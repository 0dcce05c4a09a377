//! A shared access signature of Azure, or the key of a storage account.

use base64::{Engine, engine::general_purpose::STANDARD};
use imgplane_config::{Credential, SecretText};

use super::{BARE, Form, Opened, Read};
use crate::{
    Hour,
    references::keys,
    validate::{
        Fault, Findings,
        expiry::{self, Stage},
    },
};

/// Where both are, the signature is taken: it can do less.
pub(super) fn read(secret: &Opened<'_>, hour: Hour, findings: &mut Findings) -> Option<Read> {
    let [sas_token, account_key] = keys::AZURE;
    let there = [sas_token, account_key].into_iter().find(|key| secret.has(key));
    let there =
        there.or_else(|| [sas_token, account_key].into_iter().find(|key| secret.data.contains_key(*key)));
    match there {
        Some(key) if key == sas_token => signature(secret, key, hour, findings),
        Some(key) => self::account_key(secret, key, findings).map(Read::from),
        None => {
            secret.missing("sasToken or accountKey", findings);
            None
        }
    }
}

fn signature(secret: &Opened<'_>, key: &'static str, hour: Hour, findings: &mut Findings) -> Option<Read> {
    const REMEDY: &str =
        "write the signature alone into the key, as it stands behind the question mark of a URL";
    let text = secret.text(key, Form::Word, REMEDY, findings)?;
    if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        return secret.malformed(key, "stands in quotes", "write the signature without quotes", findings);
    }
    // The portal offers it next to the signature; as a query it is nothing.
    if text.contains("SharedAccessSignature=") || text.contains("BlobEndpoint=") {
        const PART: &str =
            "write only the part behind SharedAccessSignature= into the key, up to the next semicolon";
        return secret.malformed(key, "is a connection string", PART, findings);
    }
    // The portal shows it with the question mark.
    let sas = text.strip_prefix('?').unwrap_or(text);
    if sas.contains("://") && !sas.contains("sig=") || sas.starts_with("http") {
        return secret.malformed(key, "is a whole URL", REMEDY, findings);
    }
    if !sas.split('&').any(|parameter| parameter.starts_with("sig=")) {
        return secret.malformed(key, "is no shared access signature: it has no sig=", REMEDY, findings);
    }
    let expiry = expiry::of_signature(sas);
    if let Some(expiry) = expiry {
        let secret_id = secret.secret.clone();
        let (what, told, kind) = ("shared access signature", expiry.to_string(), findings.kind);
        let fault = match expiry::stage(expiry, hour) {
            Stage::Good => None,
            Stage::Ending => {
                Some(Fault::CredentialExpiring { secret: secret_id, key, what, expiry: told, kind })
            }
            Stage::Ended => {
                Some(Fault::CredentialExpired { secret: secret_id, key, what, expiry: told, kind })
            }
        };
        if let Some(fault) = fault {
            findings.report(secret.field, &fault);
        }
    }
    Some(Read { credential: Credential::AzureSas { sas_token: SecretText::new(sas) }, expiry })
}

fn account_key(secret: &Opened<'_>, key: &str, findings: &mut Findings) -> Option<Credential> {
    let text = secret.text(key, Form::Word, BARE, findings)?;
    if STANDARD.decode(text).is_err() {
        return secret.malformed(key, "is no base64 text, as account keys are", BARE, findings);
    }
    Some(Credential::AzureKey { account_key: SecretText::new(text) })
}
