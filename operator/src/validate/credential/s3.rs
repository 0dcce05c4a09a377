//! Keys of the S3 family.

use imgplane_config::{Credential, SecretText};

use super::{BARE, Form, Opened};
use crate::{references::keys, validate::Findings};

pub(super) fn read(secret: &Opened<'_>, findings: &mut Findings) -> Option<Credential> {
    let [access_key, secret_key, session_token] = keys::S3;
    let required = (
        secret.required(access_key, Form::Word, findings),
        secret.required(secret_key, Form::Word, findings),
    );
    let session_token = if secret.has(session_token) {
        Some(SecretText::new(secret.text(session_token, Form::Word, BARE, findings)?))
    } else {
        None
    };
    Some(Credential::S3 { access_key: required.0?, secret_key: required.1?, session_token })
}
