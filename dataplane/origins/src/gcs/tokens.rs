//! Tokens for the store: of a service account, or of the pod's own identity.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header::CONTENT_TYPE};
use imgplane_config::{Credential, SecretText};

use super::assertion::{Key, SCOPE};
use crate::{
    Failure, SetupError,
    bearer::{Bearer, EARLY},
    client::Client,
    clock::Clock,
    failure::{
        Facts,
        gcs::{ACCOUNT_DISABLED, BAD_KEY, LABEL, NO_IDENTITY, TOKENS},
        of_answer,
    },
    opening::Opening,
    path::encode_key,
    renewed::{Fresh, Renewed},
    source::authority,
    told::Told,
};

const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// The address of the metadata server, which has no need of a resolver.
const METADATA_HOST: &str = "169.254.169.254";

/// Gives tokens, and renews them in time.
#[derive(Debug)]
pub(super) struct Tokens {
    giver: Giver,
    client: Client,
    held: Renewed<Bearer>,
}

#[derive(Debug)]
enum Giver {
    /// The token service, for a service account.
    Account { key: Result<Box<Key>, &'static str>, uri: Uri, secret: Option<String>, clock: Clock },
    /// The metadata server, for the pod.
    Pod { uri: Uri },
}

impl Tokens {
    /// Tokens of a service account; `None` where the credential is of another sort.
    pub(super) fn of_account(
        credential: &Credential,
        opening: &Opening<'_>,
    ) -> Result<Option<Self>, SetupError> {
        let Credential::Gcs { client_email, private_key, private_key_id, token_uri } = credential else {
            return Ok(None);
        };
        let id = private_key_id.as_ref().map(SecretText::expose);
        let uri = token_uri.as_ref().map_or(TOKEN_URI, SecretText::expose);
        let uri = uri.parse::<Uri>().ok().filter(|uri| uri.host().is_some() && uri.scheme().is_some());
        let uri = uri.ok_or_else(|| SetupError::Field {
            field: "gcs.auth.secretRef".to_owned(),
            what: "token_uri of key.json must be an http or https address".to_owned(),
        })?;
        let giver = Giver::Account {
            key: Key::read(private_key.expose(), client_email, id).map(Box::new),
            uri,
            secret: opening.secret(),
            clock: opening.connector.clock(),
        };
        Ok(Some(Self { giver, client: opening.client()?, held: Renewed::new(EARLY) }))
    }

    /// Tokens of the pod's own identity.
    pub(super) fn of_pod(opening: &Opening<'_>) -> Result<Self, SetupError> {
        let host = opening.connector.settings.environment.get("GCE_METADATA_HOST").unwrap_or(METADATA_HOST);
        let path = "/computeMetadata/v1/instance/service-accounts/default/token";
        let uri = format!("http://{host}{path}?scopes={SCOPE}").parse().map_err(|error| {
            SetupError::Client(format!("the metadata server {host} cannot be asked: {error}"))
        })?;
        let client = opening.connector.identity_client(opening.policy())?;
        Ok(Self { giver: Giver::Pod { uri }, client, held: Renewed::new(EARLY) })
    }

    pub(super) const fn is_of_pod(&self) -> bool {
        matches!(self.giver, Giver::Pod { .. })
    }

    /// A token that is valid now.
    pub(super) async fn get(&self) -> Result<Arc<Bearer>, Failure> {
        self.held
            .get(|| async {
                match &self.giver {
                    Giver::Account { key, uri, secret, clock } => {
                        self.of_assertion(key, uri, secret.as_deref(), clock).await
                    }
                    Giver::Pod { uri } => self.of_metadata(uri).await,
                }
            })
            .await
    }

    /// Lets go of a token that the store refused.
    pub(super) fn discard(&self, refused: &Arc<Bearer>) {
        self.held.discard(refused);
    }

    async fn of_assertion(
        &self,
        key: &Result<Box<Key>, &'static str>,
        uri: &Uri,
        secret: Option<&str>,
        clock: &Clock,
    ) -> Result<Fresh<Bearer>, Failure> {
        let facts = || Facts {
            origin: LABEL,
            secret: Some(secret.unwrap_or("the origin's Secret")),
            ..Facts::default()
        };
        let signed = key
            .as_ref()
            .map_err(|what| *what)
            .and_then(|key| key.assertion(&uri.to_string(), clock.unix_seconds()));
        let assertion =
            signed.map_err(|what| BAD_KEY.failure(&Facts { what: what.to_owned(), ..facts() }))?;
        let grant = encode_key("urn:ietf:params:oauth:grant-type:jwt-bearer");
        let body = Bytes::from(format!("grant_type={grant}&assertion={assertion}"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, form)]);
        let response = self
            .client
            .send(Method::POST, uri.clone(), headers, body)
            .await
            .map_err(|trouble| trouble.failure(LABEL))?;
        let status = response.status();
        let body = self.client.refusal(response.into_body()).await;
        if status == StatusCode::OK
            && let Some(fresh) = Bearer::read(&body)
        {
            return Ok(fresh);
        }
        let told = Told::read(&body);
        let code = told.code.as_deref().unwrap_or_default();
        let disabled = code == "invalid_grant"
            && told.message.as_deref().is_some_and(|text| {
                let text = text.to_ascii_lowercase();
                text.contains("disabled") || text.contains("account not found") || text.contains("deleted")
            });
        let row = if disabled { ACCOUNT_DISABLED } else { of_answer(TOKENS, status.as_u16(), code) };
        Err(row.failure(&Facts {
            place: authority(uri).to_owned(),
            status: Some(status.as_u16()),
            code: told.code.as_deref(),
            what: told.text(),
            ..facts()
        }))
    }

    async fn of_metadata(&self, uri: &Uri) -> Result<Fresh<Bearer>, Failure> {
        let failed = |what: String| NO_IDENTITY.failure(&Facts { origin: LABEL, what, ..Facts::default() });
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("metadata-flavor"),
            HeaderValue::from_static("Google"),
        )]);
        let response = self
            .client
            .get(uri.clone(), headers)
            .await
            .map_err(|trouble| failed(trouble.failure("the metadata server").detail))?;
        let status = response.status();
        let body = self.client.refusal(response.into_body()).await;
        Bearer::read(&body)
            .filter(|_| status == StatusCode::OK)
            .ok_or_else(|| failed(format!("the metadata server {} answered {status}", authority(uri))))
    }
}
