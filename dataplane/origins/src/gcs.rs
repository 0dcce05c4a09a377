//! A bucket of Google Cloud Storage, through its XML API: one GET, as from a browser, with a token.

use http::{HeaderMap, StatusCode, Uri, header::AUTHORIZATION};
use imgplane_config::{Auth, Gcs as Config};

use crate::{
    Failure, Request, SetupError,
    client::Client,
    failure::{
        By, Facts,
        gcs::{ANSWERS, LABEL, NO_KEY, SCOPE},
        of_answer,
    },
    marks::Marks,
    opening::Opening,
    path::{Resource, encode_key},
    sender::Sender,
    source::{Answer, Slot, Source, authority, file, said},
    steps::Steps,
    told::Told,
    web::base_address,
    wish::Wish,
};

mod assertion;
mod tokens;

use tokens::Tokens;

const ENDPOINT: &str = "https://storage.googleapis.com";
/// What owners say of objects.
const MARKS: Marks =
    Marks { private: "x-goog-meta-isprivatefile", coordinates: "x-goog-meta-custom-coordinates" };

/// A bucket, opened.
#[derive(Debug)]
pub(crate) struct Gcs {
    /// Everything before the key, ending with a slash.
    base: String,
    bucket: String,
    prefix: String,
    auth: Authentication,
    secret: Option<String>,
    client: Client,
}

#[derive(Debug)]
enum Authentication {
    Tokens(Box<Tokens>),
    Anonymous,
    /// A credential is wanted and there is none that can be used.
    NotConfigured,
}

impl Gcs {
    pub(crate) fn open(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let endpoint = config.endpoint.as_deref().filter(|text| !text.is_empty()).unwrap_or(ENDPOINT);
        let endpoint = base_address("gcs.endpoint", endpoint)?;
        let base = format!("{}/{}/", endpoint.as_str().trim_end_matches('/'), encode_key(&config.bucket));
        let auth = match (config.auth, opening.credential) {
            (Auth::Anonymous, _) => Authentication::Anonymous,
            (Auth::WorkloadIdentity, _) => Authentication::Tokens(Box::new(Tokens::of_pod(opening)?)),
            (Auth::Secret, Some(credential)) => match Tokens::of_account(credential, opening)? {
                Some(tokens) => Authentication::Tokens(Box::new(tokens)),
                None => Authentication::NotConfigured,
            },
            (Auth::Secret, None) => Authentication::NotConfigured,
        };
        Ok(Self {
            base,
            bucket: config.bucket.clone(),
            prefix: config.prefix.clone(),
            auth,
            secret: opening.secret(),
            client: opening.client()?,
        })
    }
}

impl Source for Gcs {
    type Place = Uri;

    fn label(&self) -> &'static str {
        LABEL
    }

    fn locate(&self, request: &Request) -> Result<Uri, Failure> {
        let key = Resource::parse(&request.resource, LABEL)?
            .key(&self.prefix)
            .ok_or_else(|| Failure::not_a_name(LABEL, "no object can have this name"))?;
        format!("{}{}", self.base, encode_key(&key))
            .parse()
            .map_err(|error| Failure::not_a_name(LABEL, format!("the key cannot be requested: {error}")))
    }

    fn whereabouts(&self, place: &Uri) -> String {
        format!("{} for bucket {}", authority(place), self.bucket)
    }

    async fn approach(&self, place: &Uri, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        self.client.try_out(place, steps).await.map_err(|trouble| trouble.failure(LABEL))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        match &self.auth {
            Authentication::Anonymous => Ok("requests carry no token".to_owned()),
            Authentication::Tokens(tokens) => {
                tokens.get().await?;
                Ok(format!("requests carry a token of {}", self.identity()))
            }
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    async fn ask(&self, place: &Uri, wish: &Wish, _slot: &Slot) -> Result<Answer, Failure> {
        let mut renewed = false;
        loop {
            let token = match &self.auth {
                Authentication::Anonymous => None,
                Authentication::Tokens(tokens) => Some((tokens, tokens.get().await?)),
                Authentication::NotConfigured => return Err(self.not_configured()),
            };
            let mut headers = HeaderMap::new();
            if let Some((_, token)) = &token {
                headers.insert(AUTHORIZATION, token.header());
            }
            wish.add_to(&mut headers);
            let response =
                self.client.get(place.clone(), headers).await.map_err(|trouble| trouble.failure(LABEL))?;
            let sender = Sender::new(LABEL, self.whereabouts(place));
            let response = match file(&self.client, response, wish, sender, Some(&MARKS)) {
                Ok(answer) => return Ok(answer),
                Err(response) => *response,
            };
            let status = response.status();
            let body = self.client.refusal(response.into_body()).await;
            if let (StatusCode::UNAUTHORIZED, false, Some((tokens, token))) = (status, renewed, &token) {
                renewed = true;
                tokens.discard(token);
                continue;
            }
            return Err(self.classify(status, &Told::read(&body), place));
        }
    }
}

impl Gcs {
    fn classify(&self, status: StatusCode, told: &Told, place: &Uri) -> Failure {
        let number = status.as_u16();
        let scopes = |text: &String| text.contains("insufficient authentication scopes");
        let row = if number == 403 && told.message.as_ref().is_some_and(scopes) {
            SCOPE
        } else {
            of_answer(ANSWERS, number, told.code.as_deref().unwrap_or_default())
        };
        row.failure(&Facts {
            place: self.whereabouts(place),
            status: Some(number),
            code: told.code.as_deref(),
            what: said(told.message.as_deref()),
            ..self.facts()
        })
    }

    fn identity(&self) -> &str {
        match &self.auth {
            Authentication::Tokens(tokens) if tokens.is_of_pod() => "the pod's workload identity",
            Authentication::Anonymous => "the anonymous request",
            Authentication::Tokens(_) | Authentication::NotConfigured => {
                self.secret.as_deref().unwrap_or("the origin's Secret")
            }
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            origin: LABEL,
            secret: Some(self.identity()),
            by: match &self.auth {
                Authentication::Tokens(tokens) if tokens.is_of_pod() => By::Identity,
                Authentication::Anonymous => By::Anonymous,
                Authentication::Tokens(_) | Authentication::NotConfigured => By::Secret,
            },
            more: vec![("bucket", self.bucket.clone())],
            ..Facts::default()
        }
    }

    fn not_configured(&self) -> Failure {
        NO_KEY.failure(&self.facts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cause;

    #[test]
    fn each_answer_has_its_class() {
        let classified = |status: u16, body: &str| {
            let told = Told::read(body.as_bytes());
            of_answer(ANSWERS, status, told.code.as_deref().unwrap_or_default())
        };
        let xml = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
        for (status, body, cause, ambiguous, repeated) in [
            (404, xml("NoSuchKey"), Cause::FileNotFound, false, false),
            (404, xml("NoSuchBucket"), Cause::BucketNotFound, false, false),
            (404, "Not Found".to_owned(), Cause::FileNotFound, false, false),
            (403, xml("AccessDenied"), Cause::AccessDenied, true, false),
            (403, String::new(), Cause::AccessDenied, true, false),
            (403, xml("UserProjectMissing"), Cause::AccountDisabled, false, false),
            (401, String::new(), Cause::CredentialsInvalid, false, false),
            (429, String::new(), Cause::Throttled, false, true),
            (503, xml("ServiceUnavailable"), Cause::Throttled, false, true),
            (500, xml("InternalError"), Cause::ServerError, false, true),
            (400, xml("InvalidArgument"), Cause::RequestRefused, false, false),
            (304, String::new(), Cause::RequestRefused, false, false),
        ] {
            let row = classified(status, &body);
            assert_eq!(
                (row.cause, row.ambiguous, row.repeated),
                (cause, ambiguous, repeated),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn advice_fits_who_asks() {
        let told = |status, by| {
            let facts = Facts { origin: LABEL, by, ..Facts::default() };
            of_answer(ANSWERS, status, "").failure(&facts).explanation()
        };
        for status in [401, 403] {
            let text = told(status, By::Anonymous);
            assert!(text.contains("not public") && text.contains("allUsers"), "{text}");
            assert!(!text.contains("key") && !text.contains("account"), "{text}");
            let text = told(status, By::Identity);
            assert!(text.contains("the pods'") && !text.contains("key"), "{text}");
        }
    }
}
