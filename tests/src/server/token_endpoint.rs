//! Everything that hands out credentials to programs in a cloud, at one address: Google's token endpoint and metadata
//! server, AWS container credentials, instance metadata and STS, Azure AD's token endpoint and instance metadata.
//!
//! | path | played |
//! | --- | --- |
//! | `POST /token` | Google's token endpoint (`token_uri`) |
//! | `GET /computeMetadata/v1/...` | Google's metadata server |
//! | `GET /v1/credentials`, `/v2/credentials/...` | AWS container credentials, EKS pod identity |
//! | `PUT /latest/api/token`, `GET /latest/meta-data/iam/security-credentials/...` | AWS instance metadata, version 2 |
//! | `POST /` | AWS STS `AssumeRoleWithWebIdentity` |
//! | `POST /TENANT/oauth2/v2.0/token` | Azure AD for federated tokens |
//! | `GET /metadata/identity/oauth2/token` | Azure instance metadata |

pub mod aws;
pub mod azure;
pub mod google;

use std::{sync::Mutex, time::Duration};

use jiff::Timestamp;

use super::{
    scripted::{Asked, Reply, Script, Scripted, lock},
    service_account::ServiceAccount,
    versitygw::{ROOT_KEY, ROOT_SECRET},
};

/// Name of the role in AWS instance metadata.
pub const ROLE: &str = "imgplane-test-role";

/// A running endpoint. What it hands out at the start: the token `good` for an hour, and the keys of versitygw's
/// administrator without a session token (which versitygw refuses) for an hour.
pub type TokenEndpoint = Scripted<Tokens>;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// A token for a service account's assertion.
    Google,
    /// A token from Google's metadata server.
    GoogleMetadata,
    /// Something else from Google's metadata server.
    GoogleMetadataOther,
    /// Container credentials.
    AwsContainer,
    /// The session token of AWS instance metadata.
    AwsInstanceToken,
    /// The name of the role.
    AwsInstanceRole,
    /// The keys of the role.
    AwsInstanceKeys,
    /// STS.
    AwsSts,
    /// A token for a federated one.
    Azure,
    /// A token from Azure instance metadata.
    AzureInstance,
    /// Nothing known: 404.
    Unknown,
}

/// Keys of AWS.
#[derive(Debug, Clone)]
struct Keys {
    access: String,
    secret: String,
    session: String,
    lives: Duration,
}

/// What the endpoint hands out, and to whom.
#[derive(Debug)]
struct Given {
    token: String,
    expires_in: u64,
    keys: Keys,
    account: Option<ServiceAccount>,
    container_authorization: String,
    web_identity: Option<(String, String)>,
    federated: Option<(String, String)>,
}

/// The script of a [`TokenEndpoint`].
#[derive(Debug)]
pub struct Tokens {
    given: Mutex<Given>,
}

impl Scripted<Tokens> {
    /// Starts on a free port.
    pub fn start() -> Self {
        let keys = Keys {
            access: ROOT_KEY.into(),
            secret: ROOT_SECRET.into(),
            session: String::new(),
            lives: Duration::from_hours(1),
        };
        Self::run(Tokens {
            given: Mutex::new(Given {
                token: "good".into(),
                expires_in: 3600,
                keys,
                account: None,
                container_authorization: String::new(),
                web_identity: None,
                federated: None,
            }),
        })
    }

    /// Hands out this bearer token from now on, for so many seconds (Google and Azure).
    pub fn give_token(&self, token: &str, expires_in: u64) {
        self.set(|given| (given.token, given.expires_in) = (token.into(), expires_in));
    }

    /// Hands out these keys from now on (AWS); an empty session token stands for none.
    pub fn give_keys(&self, access: &str, secret: &str, session: &str, lives: Duration) {
        let keys = Keys { access: access.into(), secret: secret.into(), session: session.into(), lives };
        self.set(|given| given.keys = keys);
    }

    /// Google: only assertions of this account are good from now on. Before, all are refused.
    pub fn trust_account(&self, account: &ServiceAccount) {
        self.set(|given| given.account = Some(account.clone()));
    }

    /// AWS container credentials: only for this `Authorization` from now on; empty: for everybody.
    pub fn expect_authorization(&self, authorization: &str) {
        self.set(|given| given.container_authorization = authorization.into());
    }

    /// AWS STS: only this role for this web identity token from now on. Before, any role for any token.
    pub fn expect_web_identity(&self, role: &str, token: &str) {
        self.set(|given| given.web_identity = Some((role.into(), token.into())));
    }

    /// Azure AD: only this client with this assertion from now on. Before, any client with any.
    pub fn expect_federated(&self, client: &str, assertion: &str) {
        self.set(|given| given.federated = Some((client.into(), assertion.into())));
    }

    fn set(&self, change: impl FnOnce(&mut Given)) {
        change(&mut lock(&self.script().given));
    }
}

impl Script for Tokens {
    type Call = Call;

    fn call(&self, asked: &Asked) -> Call {
        const ROLES: &str = "/latest/meta-data/iam/security-credentials";
        let path = asked.path.as_str();
        match asked.method.as_str() {
            "POST" if path == "/token" => Call::Google,
            "POST" if path == "/" => Call::AwsSts,
            "POST" if path.ends_with("/oauth2/v2.0/token") => Call::Azure,
            "PUT" if path == "/latest/api/token" => Call::AwsInstanceToken,
            "GET" if path.starts_with("/computeMetadata/v1") || path == "/" => {
                if path.ends_with("/token") {
                    Call::GoogleMetadata
                } else {
                    Call::GoogleMetadataOther
                }
            }
            "GET" if path.starts_with("/v1/credentials") || path.starts_with("/v2/credentials") => {
                Call::AwsContainer
            }
            "GET" if path.strip_prefix(ROLES).is_some_and(|rest| rest.is_empty() || rest == "/") => {
                Call::AwsInstanceRole
            }
            "GET" if path.starts_with(ROLES) => Call::AwsInstanceKeys,
            "GET" if path == "/metadata/identity/oauth2/token" => Call::AzureInstance,
            _ => Call::Unknown,
        }
    }

    fn reply(&self, call: Call, asked: &Asked) -> Reply {
        let given = lock(&self.given);
        match call {
            Call::Google => google::token(&given, asked),
            Call::GoogleMetadata | Call::GoogleMetadataOther => google::metadata(&given, call, asked),
            Call::AwsContainer => aws::container(&given, asked),
            Call::AwsInstanceToken | Call::AwsInstanceRole | Call::AwsInstanceKeys => {
                aws::instance(&given, call, asked)
            }
            Call::AwsSts => aws::sts(&given, asked),
            Call::Azure => azure::token(&given, asked),
            Call::AzureInstance => azure::instance(&given, asked),
            Call::Unknown => Reply::text(404, "nothing is played here"),
        }
    }
}

/// A time from now as AWS writes it.
fn at(lives: Duration) -> String {
    (Timestamp::now() + lives).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
