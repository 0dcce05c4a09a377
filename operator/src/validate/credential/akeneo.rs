//! A connection of Akeneo. People choose its passwords, so that they may have spaces.

use imgplane_config::Credential;

use super::{Form, Opened};
use crate::{references::keys, validate::Findings};

pub(super) fn read(secret: &Opened<'_>, findings: &mut Findings) -> Option<Credential> {
    let [client_id, client_secret, username, password] =
        keys::AKENEO.map(|key| secret.required(key, Form::Phrase, findings));
    Some(Credential::Akeneo {
        client_id: client_id?,
        client_secret: client_secret?,
        username: username?,
        password: password?,
    })
}
