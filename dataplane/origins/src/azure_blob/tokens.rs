//! Tokens of the pod's own identity: a federated one where the pod has a token of the cluster, else that of the node.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header::CONTENT_TYPE};
use hyper::body::Incoming;

use crate::{
    Failure, SetupError,
    bearer::{Bearer, EARLY},
    client::Client,
    failure::{
        Facts, Row,
        azure::{IDENTITY_FAILED, IDENTITY_REFUSED, LABEL, NO_IDENTITY},
    },
    opening::Opening,
    path::encode_key,
    renewed::{Fresh, Renewed},
    source::authority,
    told::Told,
};

const AUTHORITY: &str = "https://login.microsoftonline.com";
const METADATA: &str = "http://169.254.169.254";
const SCOPE: &str = "https://storage.azure.com/.default";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Gives tokens, and renews them in time.
#[derive(Debug)]
pub(super) struct Tokens {
    giver: Giver,
    client: Client,
    held: Renewed<Bearer>,
}

#[derive(Debug)]
enum Giver {
    /// The directory, for a token of the cluster that lies in a file and changes there.
    Directory { uri: Uri, client_id: String, file: PathBuf },
    /// The node.
    Node { uri: Uri },
}

impl Tokens {
    pub(super) fn new(opening: &Opening<'_>) -> Result<Self, SetupError> {
        let environment = &opening.connector.settings.environment;
        let get = |name| environment.get(name);
        let client_id = get("AZURE_CLIENT_ID");
        let address = |text: String| {
            text.parse::<Uri>().map_err(|error| {
                SetupError::Client(format!("the service for tokens at {text} cannot be asked: {error}"))
            })
        };
        let giver = if let (Some(tenant), Some(client_id), Some(file)) =
            (get("AZURE_TENANT_ID"), client_id, get("AZURE_FEDERATED_TOKEN_FILE"))
        {
            let host = get("AZURE_AUTHORITY_HOST").unwrap_or(AUTHORITY).trim_end_matches('/');
            let uri = address(format!("{host}/{}/oauth2/v2.0/token", encode_key(tenant)))?;
            Giver::Directory { uri, client_id: client_id.to_owned(), file: file.into() }
        } else {
            let host = get("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(METADATA);
            let id = client_id.map(|id| format!("&client_id={}", encode_key(id))).unwrap_or_default();
            let query = "api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F";
            let host = host.trim_end_matches('/');
            Giver::Node { uri: address(format!("{host}/metadata/identity/oauth2/token?{query}{id}"))? }
        };
        let client = opening.connector.identity_client(opening.policy())?;
        Ok(Self { giver, client, held: Renewed::new(EARLY) })
    }

    /// A token that is valid now.
    pub(super) async fn get(&self) -> Result<Arc<Bearer>, Failure> {
        self.held
            .get(|| async {
                match &self.giver {
                    Giver::Directory { uri, client_id, file } => {
                        self.of_directory(uri, client_id, file.clone()).await
                    }
                    Giver::Node { uri } => self.of_node(uri).await,
                }
            })
            .await
    }

    /// Lets go of a token that the store refused.
    pub(super) fn discard(&self, refused: &Arc<Bearer>) {
        self.held.discard(refused);
    }

    async fn of_directory(
        &self,
        uri: &Uri,
        client_id: &str,
        file: PathBuf,
    ) -> Result<Fresh<Bearer>, Failure> {
        let shown = file.display().to_string();
        let assertion = tokio::task::spawn_blocking(move || std::fs::read_to_string(file)).await;
        let assertion = assertion
            .map_err(|error| error.to_string())
            .and_then(|read| read.map_err(|error| error.to_string()))
            .map_err(|error| failed(&NO_IDENTITY, format!("its token {shown} cannot be read: {error}")))?;
        let body = Bytes::from(format!(
            "grant_type=client_credentials&client_id={}&scope={}&client_assertion_type={}&client_assertion={}",
            encode_key(client_id),
            encode_key(SCOPE),
            encode_key(ASSERTION_TYPE),
            encode_key(assertion.trim()),
        ));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, form)]);
        let response = self.client.send(Method::POST, uri.clone(), headers, body).await;
        let response = response.map_err(|trouble| failed(&IDENTITY_FAILED, trouble.failure("it").detail))?;
        self.read(response, uri).await
    }

    async fn of_node(&self, uri: &Uri) -> Result<Fresh<Bearer>, Failure> {
        let name = HeaderName::from_static("metadata");
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static("true"))]);
        let response = self.client.get(uri.clone(), headers).await;
        let response = response.map_err(|trouble| failed(&NO_IDENTITY, trouble.failure("it").detail))?;
        self.read(response, uri).await
    }

    async fn read(&self, response: Response<Incoming>, uri: &Uri) -> Result<Fresh<Bearer>, Failure> {
        let status = response.status();
        let body = self.client.refusal(response.into_body()).await;
        if status == StatusCode::OK
            && let Some(fresh) = Bearer::read(&body)
        {
            return Ok(fresh);
        }
        let told = Told::read(&body);
        let row = if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            &IDENTITY_REFUSED
        } else {
            &IDENTITY_FAILED
        };
        Err(row.failure(&Facts {
            origin: LABEL,
            place: authority(uri).to_owned(),
            status: Some(status.as_u16()),
            code: told.code.as_deref(),
            what: told.text(),
            ..Facts::default()
        }))
    }
}

fn failed(row: &'static Row, what: String) -> Failure {
    row.failure(&Facts { origin: LABEL, what, ..Facts::default() })
}
