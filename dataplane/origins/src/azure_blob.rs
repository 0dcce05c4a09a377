//! A container of Azure Blob Storage: one GET, authorised by a shared access signature, by the account's key, by a
//! token, or not at all.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use imgplane_config::{Auth, AzureBlob as Config, Credential};

use crate::{
    Failure, Request, SetupError,
    bearer::Bearer,
    client::Client,
    clock::Clock,
    failure::{
        By, Facts,
        azure::{ANSWERS, BAD_KEY, LABEL, NO_KEY, NOT_PUBLIC, SAS_EARLY, SAS_EXPIRED, SAS_REFUSED},
        of_answer,
    },
    marks::Marks,
    opening::Opening,
    path::{Resource, encode_key},
    range::ByteRange,
    sender::Sender,
    source::{Answer, Slot, Source, authority, file, header_text, said},
    steps::Steps,
    told::{Told, is_code},
    web::base_address,
    wish::Wish,
};

mod sas;
mod shared_key;
mod tokens;

use sas::Sas;
use shared_key::SharedKey;
use tokens::Tokens;

/// The version of the protocol that is spoken: old enough for every cloud and emulator.
const VERSION: HeaderValue = HeaderValue::from_static("2021-12-02");
const X_MS_VERSION: HeaderName = HeaderName::from_static("x-ms-version");
/// What owners say of blobs.
const MARKS: Marks = Marks { private: "x-ms-meta-isprivatefile", coordinates: "x-ms-meta-customcoordinates" };

/// A container, opened.
#[derive(Debug)]
pub(crate) struct AzureBlob {
    /// Everything before the name of a blob, ending with a slash.
    base: String,
    account: String,
    container: String,
    prefix: String,
    auth: Authentication,
    secret: Option<String>,
    client: Client,
    clock: Clock,
}

#[derive(Debug)]
enum Authentication {
    Sas(Sas),
    Key(Option<Box<SharedKey>>),
    Tokens(Box<Tokens>),
    Anonymous,
    /// A credential is wanted and there is none that can be used.
    NotConfigured,
}

impl AzureBlob {
    pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let usual = format!("https://{}.blob.core.windows.net", config.account_name);
        let endpoint = config.endpoint.as_deref().filter(|text| !text.is_empty()).unwrap_or(&usual);
        let endpoint = base_address("azureBlob.endpoint", endpoint)?;
        let base = format!("{}/{}/", endpoint.as_str().trim_end_matches('/'), encode_key(&config.container));
        let auth = match (config.auth, opening.credential) {
            (Auth::Anonymous, _) => Authentication::Anonymous,
            (Auth::WorkloadIdentity, _) => Authentication::Tokens(Box::new(Tokens::new(opening)?)),
            (Auth::Secret, Some(Credential::AzureSas { sas_token })) => {
                Authentication::Sas(Sas::new(sas_token))
            }
            (Auth::Secret, Some(Credential::AzureKey { account_key })) => {
                Authentication::Key(SharedKey::new(&config.account_name, account_key).map(Box::new))
            }
            (Auth::Secret, _) => Authentication::NotConfigured,
        };
        Ok(Self {
            base,
            account: config.account_name.clone(),
            container: config.container.clone(),
            prefix: config.prefix.clone(),
            auth,
            secret: opening.secret(),
            client: opening.client()?,
            clock: opening.connector.clock(),
        })
    }
}

impl Source for AzureBlob {
    /// The address of a blob, without what authorises.
    type Place = Uri;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Uri, Failure> {
        let key = Resource::parse(&request.resource, LABEL)?
            .key(&self.prefix)
            .ok_or_else(|| Failure::not_a_name(LABEL, "no blob can have this name"))?;
        format!("{}{}", self.base, encode_key(&key))
            .parse()
            .map_err(|error| Failure::not_a_name(LABEL, format!("the name cannot be requested: {error}")))
    }

    fn whereabouts(&self, place: &Uri) -> String {
        format!("{} for container {}", authority(place), self.container)
    }

    async fn approach(&self, place: &Uri, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(place, steps).await.map_err(|trouble| trouble.failure(LABEL))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        Ok(match &self.auth {
            Authentication::Anonymous => "requests carry no credentials".to_owned(),
            Authentication::Sas(sas) => match sas.expiry() {
                Some(expiry) => format!("requests carry the origin's SAS, which is valid until {expiry}"),
                None => "requests carry the origin's SAS".to_owned(),
            },
            Authentication::Key(Some(_)) => "requests are signed with the account's key".to_owned(),
            Authentication::Key(None) => return Err(BAD_KEY.failure(&self.facts())),
            Authentication::Tokens(tokens) => {
                tokens.get().await?;
                "requests carry a token of the pod's workload identity".to_owned()
            }
            Authentication::NotConfigured => return Err(NO_KEY.failure(&self.facts())),
        })
    }

    async fn ask(&self, place: &Uri, wish: &Wish, _slot: &Slot) -> Result<Answer, Failure> {
        let mut renewed = false;
        // The store has no ranges that count from the end, and some of its emulators break on them.
        let wish = if matches!(wish, Wish::Part(ByteRange::Last(_))) { &Wish::Whole } else { wish };
        loop {
            let mut headers = HeaderMap::from_iter([(X_MS_VERSION, VERSION)]);
            wish.add_to(&mut headers);
            let (uri, token) = self.authorise(place, &mut headers).await?;
            let response = self.client.get(uri, headers).await.map_err(|trouble| trouble.failure(LABEL))?;
            let sender = Sender::new(LABEL, self.whereabouts(place));
            let response = match file(&self.client, response, wish, sender, Some(&MARKS)) {
                Ok(answer) => return Ok(answer),
                Err(response) => *response,
            };
            let status = response.status();
            let (parts, body) = response.into_parts();
            let mut told = Told::read(&self.client.refusal(body).await);
            // A HEAD has it too, and some emulators have it nowhere else.
            let code = header_text(&parts.headers, "x-ms-error-code").filter(|code| is_code(code));
            told.code = code.map(str::to_owned).or(told.code);
            if let (StatusCode::UNAUTHORIZED, false, Some((tokens, token))) = (status, renewed, &token) {
                renewed = true;
                tokens.discard(token);
                continue;
            }
            return Err(self.classify(status, &told, place));
        }
    }
}

impl AzureBlob {
    /// The address with what authorises it, in itself or in the headers.
    async fn authorise(
        &self,
        place: &Uri,
        headers: &mut HeaderMap,
    ) -> Result<(Uri, Option<(&Tokens, std::sync::Arc<Bearer>)>), Failure> {
        match &self.auth {
            Authentication::Anonymous => Ok((place.clone(), None)),
            Authentication::Sas(sas) => {
                let uri = sas.added_to(place).map_err(|()| NO_KEY.failure(&self.facts()))?;
                Ok((uri, None))
            }
            Authentication::Key(Some(key)) => {
                key.sign(place, headers, self.clock.now()).map_err(|()| BAD_KEY.failure(&self.facts()))?;
                Ok((place.clone(), None))
            }
            Authentication::Key(None) => Err(BAD_KEY.failure(&self.facts())),
            Authentication::Tokens(tokens) => {
                let token = tokens.get().await?;
                headers.insert(http::header::AUTHORIZATION, token.header());
                Ok((place.clone(), Some((tokens, token))))
            }
            Authentication::NotConfigured => Err(NO_KEY.failure(&self.facts())),
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            origin: LABEL,
            secret: match &self.auth {
                Authentication::Tokens(_) => None,
                Authentication::Anonymous => Some("the anonymous request"),
                Authentication::Sas(_) | Authentication::Key(_) | Authentication::NotConfigured => {
                    Some(self.secret.as_deref().unwrap_or("the origin's Secret"))
                }
            },
            by: match &self.auth {
                Authentication::Tokens(_) => By::Identity,
                Authentication::Anonymous => By::Anonymous,
                Authentication::Sas(_) | Authentication::Key(_) | Authentication::NotConfigured => By::Secret,
            },
            more: vec![("container", self.container.clone()), ("account", self.account.clone())],
            ..Facts::default()
        }
    }

    fn classify(&self, status: StatusCode, told: &Told, place: &Uri) -> Failure {
        let number = status.as_u16();
        let code = told.code.as_deref().unwrap_or_default();
        let mut facts = Facts {
            place: self.whereabouts(place),
            status: Some(number),
            code: told.code.as_deref(),
            what: said(told.message.as_deref()),
            ..self.facts()
        };
        // Azure says for all of these only that authentication failed; the SAS itself says more.
        let known = match (&self.auth, code) {
            (Authentication::Sas(sas), "AuthenticationFailed" | "AuthorizationFailure") => {
                facts.more.push(("expiry", sas.expiry().unwrap_or_default().to_owned()));
                facts.more.push(("start", sas.start().unwrap_or_default().to_owned()));
                let now = self.clock.unix_seconds();
                match sas.validity(now) {
                    sas::Validity::Over => Some(SAS_EXPIRED),
                    sas::Validity::NotYet => Some(SAS_EARLY),
                    // The other code is one of network rules.
                    sas::Validity::Now => (code == "AuthenticationFailed").then_some(SAS_REFUSED),
                }
            }
            // So Azure answers whoever may not know whether there is such a container.
            (Authentication::Anonymous, "ResourceNotFound") => Some(NOT_PUBLIC),
            _ => None,
        };
        known.unwrap_or_else(|| of_answer(ANSWERS, number, code)).failure(&facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cause;

    #[test]
    fn each_answer_has_its_class() {
        for (status, code, cause, repeated) in [
            (404, "BlobNotFound", Cause::FileNotFound, false),
            (404, "ResourceNotFound", Cause::FileNotFound, false),
            (404, "", Cause::FileNotFound, false),
            (404, "ContainerNotFound", Cause::BucketNotFound, false),
            (403, "AuthenticationFailed", Cause::CredentialsInvalid, false),
            (403, "AuthorizationFailure", Cause::AccessDenied, false),
            (401, "InvalidAuthenticationInfo", Cause::CredentialsInvalid, false),
            (401, "NoAuthenticationInformation", Cause::AccessDenied, false),
            (409, "PublicAccessNotPermitted", Cause::AccessDenied, false),
            (403, "AuthorizationPermissionMismatch", Cause::AccessDenied, false),
            (403, "AuthorizationResourceTypeMismatch", Cause::AccessDenied, false),
            (403, "AuthorizationServiceMismatch", Cause::AccessDenied, false),
            (403, "AuthorizationSourceIPMismatch", Cause::AccessDenied, false),
            (403, "AuthorizationProtocolMismatch", Cause::AccessDenied, false),
            (403, "AccountIsDisabled", Cause::AccountDisabled, false),
            (409, "BlobArchived", Cause::Archived, false),
            (403, "", Cause::AccessDenied, false),
            (503, "ServerBusy", Cause::Throttled, true),
            (500, "OperationTimedOut", Cause::ServerError, true),
            (400, "InvalidHeaderValue", Cause::RequestRefused, false),
        ] {
            let row = of_answer(ANSWERS, status, code);
            assert_eq!((row.cause, row.repeated), (cause, repeated), "{status} {code}");
        }
    }

    #[test]
    fn advice_fits_who_asks() {
        let told = |status, code: &str, by, secret| {
            let more = vec![("container", "media".to_owned()), ("account", "shop".to_owned())];
            let row = of_answer(ANSWERS, status, code);
            row.failure(&Facts { origin: LABEL, by, secret, more, ..Facts::default() }).explanation()
        };
        for code in ["AuthenticationFailed", "AuthorizationFailure", "NoAuthenticationInformation", ""] {
            let text = told(403, code, By::Anonymous, Some("the anonymous request"));
            assert!(text.contains("the container media is not public"), "{code}: {text}");
            assert!(!text.contains("accountKey") && !text.contains("anonymous request"), "{code}: {text}");
        }
        for code in ["AuthenticationFailed", "AuthorizationFailure", "AuthorizationPermissionMismatch"] {
            let text = told(403, code, By::Identity, None);
            assert!(!text.contains("Secret") && !text.contains("SAS"), "{code}: {text}");
        }
        let text = told(403, "AuthorizationFailure", By::Secret, Some("Secret shop/media"));
        let (rules, keys) = (text.find("network rules"), text.find("credentials"));
        assert!(rules.is_some() && rules < keys, "the cause that Azure means comes first: {text}");
    }
}
