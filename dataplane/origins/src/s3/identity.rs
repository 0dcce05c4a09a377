//! Credentials that the cloud lends to the pod, in the order of Amazon's SDKs: by a web identity token, by the pod
//! identity agent or a container's endpoint, by the node. Asked with a client of its own, because these services have
//! addresses that no origin may reach.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header::AUTHORIZATION};
use imgplane_config::FetchPolicy;

use crate::{
    Connector, Failure, SetupError,
    client::Client,
    clock::Clock,
    failure::{
        Facts, Row,
        s3::{IDENTITY_FAILED, IDENTITY_REFUSED, NO_IDENTITY},
    },
    path::encode_key,
    renewed::{Fresh, Renewed},
    source::authority,
    told::Told,
};

mod answer;

/// How long before their end credentials are renewed.
const EARLY: Duration = Duration::from_mins(5);
/// Where the endpoint of a container is, if only its path is given.
const CONTAINER: &str = "http://169.254.170.2";
/// Where the node's metadata service is.
const METADATA: &str = "http://169.254.169.254";
/// How long a session with the node's metadata service lasts, in seconds: just long enough for three calls.
const SESSION: HeaderValue = HeaderValue::from_static("60");
const SESSION_SECONDS: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");

/// The pod's own identity.
#[derive(Debug)]
pub(crate) struct Identity {
    label: &'static str,
    giver: Giver,
    client: Client,
    clock: Clock,
    held: Renewed<Credentials>,
}

/// Who gives credentials.
#[derive(Debug)]
enum Giver {
    /// The token service, for a token of the cluster that lies in a file and changes there.
    WebIdentity { uri: Uri, role: String, file: PathBuf },
    /// The agent on the node, or the container's endpoint.
    Agent { uri: Uri, token: AgentToken },
    /// The node's metadata service.
    Node { base: String },
    /// Nobody.
    Nobody,
}

/// What the agent wants to see.
enum AgentToken {
    None,
    Text(String),
    File(PathBuf),
}

impl std::fmt::Debug for AgentToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AgentToken(..)")
    }
}

impl Identity {
    pub(crate) fn new(connector: &Connector, label: &'static str) -> Result<Self, SetupError> {
        let policy = FetchPolicy { headers_timeout: Duration::from_secs(5), ..FetchPolicy::default() };
        Ok(Self {
            label,
            giver: Giver::of(connector)?,
            client: connector.identity_client(&policy)?,
            clock: connector.clock(),
            held: Renewed::new(EARLY),
        })
    }

    /// What gives the credentials, for the operator.
    pub(crate) const fn source(&self) -> &'static str {
        match self.giver {
            Giver::WebIdentity { .. } => "the pod's web identity",
            Giver::Agent { .. } => "the pod identity agent",
            Giver::Node { .. } => "the node's role",
            Giver::Nobody => "nobody",
        }
    }

    /// Credentials that are valid now.
    pub(crate) async fn credentials(&self) -> Result<Arc<Credentials>, Failure> {
        self.held
            .get(|| async {
                match &self.giver {
                    Giver::WebIdentity { uri, role, file } => self.of_web_identity(uri, role, file).await,
                    Giver::Agent { uri, token } => self.of_agent(uri, token).await,
                    Giver::Node { base } => self.of_node(base).await,
                    Giver::Nobody => {
                        let what =
                            "no variable of its environment names one, and that of the node is switched off";
                        Err(self.failed(&NO_IDENTITY, what.to_owned()))
                    }
                }
            })
            .await
    }

    async fn of_web_identity(
        &self,
        uri: &Uri,
        role: &str,
        file: &Path,
    ) -> Result<Fresh<Credentials>, Failure> {
        let token = self.file(file).await?;
        let query = format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=imgplane&RoleArn={}&WebIdentityToken={}",
            encode_key(role),
            encode_key(token.trim()),
        );
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, form)]);
        let (status, body) = self.ask(Method::POST, uri, headers, query, &IDENTITY_FAILED).await?;
        if status == StatusCode::OK
            && let Some(fresh) = answer::of_token_service(&body, self.clock.now())
        {
            return Ok(fresh);
        }
        Err(self.refused(status, &answer::told(&body), uri))
    }

    async fn of_agent(&self, uri: &Uri, token: &AgentToken) -> Result<Fresh<Credentials>, Failure> {
        let token = match token {
            AgentToken::None => None,
            AgentToken::Text(text) => Some(text.clone()),
            AgentToken::File(file) => Some(self.file(file).await?),
        };
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token.trim())
                .map_err(|_| self.failed(&NO_IDENTITY, "its token is not one line of text".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let (status, body) = self.ask(Method::GET, uri, headers, String::new(), &NO_IDENTITY).await?;
        self.read_json(status, &body, uri)
    }

    async fn of_node(&self, base: &str) -> Result<Fresh<Credentials>, Failure> {
        let address = |path: &str| {
            format!("{base}{path}").parse::<Uri>().map_err(|error| {
                self.failed(&NO_IDENTITY, format!("the node's metadata service cannot be asked: {error}"))
            })
        };
        let uri = address("/latest/api/token")?;
        let headers = HeaderMap::from_iter([(SESSION_SECONDS, SESSION)]);
        let (status, session) = self.ask(Method::PUT, &uri, headers, String::new(), &NO_IDENTITY).await?;
        let session = HeaderValue::from_bytes(session.trim_ascii())
            .ok()
            .filter(|_| status == StatusCode::OK)
            .ok_or_else(|| self.refused(status, &Told::default(), &uri))?;
        let headers = HeaderMap::from_iter([(SESSION_TOKEN, session)]);

        let roles = "/latest/meta-data/iam/security-credentials/";
        let uri = address(roles)?;
        let (status, role) =
            self.ask(Method::GET, &uri, headers.clone(), String::new(), &NO_IDENTITY).await?;
        let role = std::str::from_utf8(&role).unwrap_or_default().lines().next().unwrap_or_default().trim();
        if status != StatusCode::OK || role.is_empty() {
            return Err(self.failed(&NO_IDENTITY, format!("the node has no role ({status})")));
        }
        let uri = address(&format!("{roles}{}", encode_key(role)))?;
        let (status, body) = self.ask(Method::GET, &uri, headers, String::new(), &IDENTITY_FAILED).await?;
        self.read_json(status, &body, &uri)
    }

    fn read_json(&self, status: StatusCode, body: &[u8], uri: &Uri) -> Result<Fresh<Credentials>, Failure> {
        answer::of_json(body, self.clock.now())
            .filter(|_| status == StatusCode::OK)
            .ok_or_else(|| self.refused(status, &answer::told(body), uri))
    }

    /// Asks a service; `otherwise` is said where it does not answer.
    async fn ask(
        &self,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: String,
        otherwise: &'static Row,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let response = self.client.send(method, uri.clone(), headers, Bytes::from(body)).await;
        let response =
            response.map_err(|trouble| self.failed(otherwise, trouble.failure(self.label).detail))?;
        let status = response.status();
        Ok((status, self.client.refusal(response.into_body()).await))
    }

    async fn file(&self, path: &Path) -> Result<String, Failure> {
        let file = path.to_owned();
        let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(file)).await;
        read.map_err(|error| error.to_string())
            .and_then(|read| read.map_err(|error| error.to_string()))
            .map_err(|error| {
                self.failed(&NO_IDENTITY, format!("its token {} cannot be read: {error}", path.display()))
            })
    }

    fn failed(&self, row: &Row, what: String) -> Failure {
        row.failure(&Facts { origin: self.label, what, ..Facts::default() })
    }

    fn refused(&self, status: StatusCode, told: &Told, uri: &Uri) -> Failure {
        let row = if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            &IDENTITY_REFUSED
        } else {
            &IDENTITY_FAILED
        };
        row.failure(&Facts {
            origin: self.label,
            place: authority(uri).to_owned(),
            status: Some(status.as_u16()),
            code: told.code.as_deref(),
            what: told.text(),
            ..Facts::default()
        })
    }
}

impl Giver {
    /// Whom the pod's environment names.
    fn of(connector: &Connector) -> Result<Self, SetupError> {
        let get = |name| connector.settings.environment.get(name);
        let address = |text: String| {
            text.parse::<Uri>().map_err(|error| {
                SetupError::Client(format!("the service for credentials at {text} cannot be asked: {error}"))
            })
        };
        if let (Some(file), Some(role)) = (get("AWS_WEB_IDENTITY_TOKEN_FILE"), get("AWS_ROLE_ARN")) {
            let region = get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION"));
            let uri = match (get("AWS_ENDPOINT_URL_STS"), region) {
                (Some(uri), _) => uri.to_owned(),
                (None, Some(region)) if region.starts_with("cn-") => {
                    format!("https://sts.{region}.amazonaws.com.cn/")
                }
                (None, Some(region)) => format!("https://sts.{region}.amazonaws.com/"),
                (None, None) => "https://sts.amazonaws.com/".to_owned(),
            };
            return Ok(Self::WebIdentity { uri: address(uri)?, role: role.to_owned(), file: file.into() });
        }
        let agent = get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map(|path| format!("{CONTAINER}{path}"))
            .or_else(|| get("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned));
        if let Some(uri) = agent {
            let file =
                get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(|file| AgentToken::File(file.into()));
            let text = get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|text| AgentToken::Text(text.to_owned()));
            return Ok(Self::Agent { uri: address(uri)?, token: file.or(text).unwrap_or(AgentToken::None) });
        }
        if get("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(Self::Nobody);
        }
        let base = get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(METADATA).trim_end_matches('/');
        Ok(Self::Node { base: base.to_owned() })
    }
}
