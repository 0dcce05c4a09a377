//! A bucket of Amazon S3, and the protocol that the other stores of the S3 family share.
//!
//! Spoken as the plain REST call on the shared HTTP client, signed with `aws-sigv4`, and not through a storage
//! library such as `opendal`: that one trims and squeezes keys, so that `a//b` and keys with edge spaces cannot be
//! reached, hides the status and the provider's code that decide the class of a failure, follows no region
//! redirect, and retries by its own rules. What is needed here is one GET.

use http::{HeaderMap, Uri};
use imgplane_config::{Auth, Credential, S3 as Config};

use crate::{
    Failure, FetchedStatus, Request, SetupError,
    client::Client,
    clock::Clock,
    failure::{
        By, Facts,
        s3::{NO_KEYS, NOT_SIGNED},
    },
    marks::Marks,
    opening::Opening,
    path::{Resource, encode_key},
    sender::Sender,
    source::{Answer, Slot, Source, authority, content_range, found},
    steps::Steps,
    wish::Wish,
};

mod address;
mod classify;
mod identity;
mod refusal;
mod region;
mod sign;

pub(crate) use address::Address;
pub use address::{amazon_host, respelled, stands_in_path};
pub(crate) use identity::Identity;
pub(crate) use region::Region;
pub use region::of_host as region_of_host;

use classify::{Asked, classify};
use refusal::Refusal;
use sign::Signer;

/// What owners say of objects.
const MARKS: Marks =
    Marks { private: "x-amz-meta-isprivatefile", coordinates: "x-amz-meta-custom-coordinates" };

/// A bucket, opened.
#[derive(Debug)]
pub(crate) struct S3 {
    label: &'static str,
    bucket: String,
    prefix: String,
    encode_keys: bool,
    address: Address,
    region: Region,
    auth: Authentication,
    secret: Option<String>,
    client: Client,
    clock: Clock,
}

/// How requests are authenticated.
#[derive(Debug)]
enum Authentication {
    Keys(Signer, aws_credential_types::Credentials),
    /// With what the cloud lends to the pod.
    Pod(Signer, Box<Identity>),
    Anonymous,
    /// A credential is wanted and there is none that can be used.
    NotConfigured,
}

/// What distinguishes the members of the family.
pub(crate) struct Member<'a> {
    pub(crate) label: &'static str,
    pub(crate) bucket: &'a str,
    /// Where the manifest names the bucket.
    pub(crate) field: &'static str,
    pub(crate) prefix: &'a str,
    /// Whether keys are percent-encoded once more.
    pub(crate) encode_keys: bool,
    pub(crate) address: Address,
    pub(crate) region: Region,
    pub(crate) auth: Auth,
    pub(crate) client: Client,
}

impl S3 {
    /// Opens a bucket of Amazon S3.
    pub(crate) fn amazon(config: &Config, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let member = Member {
            label: "S3",
            bucket: &config.bucket,
            field: "s3.bucket",
            prefix: &config.prefix,
            encode_keys: false,
            address: Address::amazon_or("s3.endpoint", config.endpoint.as_deref(), &config.bucket)?,
            region: Region::new("s3.region", config.region.as_deref(), None)?,
            auth: config.auth,
            client: opening.client()?,
        };
        Self::member(member, opening)
    }

    /// Opens a bucket of any member of the family.
    pub(crate) fn member(member: Member<'_>, opening: &Opening<'_>) -> Result<Self, SetupError> {
        let auth = match (member.auth, opening.credential) {
            (Auth::Anonymous, _) => Authentication::Anonymous,
            (Auth::WorkloadIdentity, _) => {
                Authentication::Pod(Signer::new(), Box::new(Identity::new(opening.connector, member.label)?))
            }
            (Auth::Secret, Some(Credential::S3 { access_key, secret_key, session_token })) => {
                let keys = sign::keys(
                    access_key.expose(),
                    secret_key.expose(),
                    session_token.as_ref().map(imgplane_config::SecretText::expose),
                );
                Authentication::Keys(Signer::new(), keys)
            }
            (Auth::Secret, _) => Authentication::NotConfigured,
        };
        // What can be wrong with the address is wrong for every key.
        member.address.uri(&member.region.current(), "key").map_err(|error| SetupError::Field {
            field: member.field.to_owned(),
            what: format!("the bucket's address cannot be requested: {error}"),
        })?;
        Ok(Self {
            label: member.label,
            bucket: member.bucket.to_owned(),
            prefix: member.prefix.to_owned(),
            encode_keys: member.encode_keys,
            address: member.address,
            region: member.region,
            auth,
            secret: opening.secret(),
            client: member.client,
            clock: opening.connector.clock(),
        })
    }

    fn uri(&self, region: &str, key: &str) -> Result<Uri, Failure> {
        self.address
            .uri(region, key)
            .map_err(|error| Failure::not_a_name(self.label, format!("the key cannot be requested: {error}")))
    }
}

impl Source for S3 {
    /// An object key.
    type Place = String;

    fn label(&self) -> &'static str {
        self.label
    }

    fn locate(&self, request: &Request) -> Result<String, Failure> {
        let resource = Resource::parse(&request.resource, self.label)?;
        let key = if self.encode_keys {
            resource.key("").map(|name| below(&self.prefix, &encode_key(&name)))
        } else {
            resource.key(&self.prefix)
        };
        key.ok_or_else(|| Failure::not_a_name(self.label, "no object can have this name"))
    }

    fn whereabouts(&self, key: &String) -> String {
        let uri = self.uri(&self.region.current(), key);
        uri.map(|uri| whereabouts(&uri, &self.bucket)).unwrap_or_default()
    }

    async fn approach(&self, key: &String, _slot: &Slot, steps: &mut Steps) -> Result<(), Failure> {
        let uri = self.uri(&self.region.current(), key)?;
        self.client.try_out(&uri, steps).await.map_err(|trouble| trouble.failure(self.label))
    }

    async fn authenticate(&self) -> Result<String, Failure> {
        match &self.auth {
            Authentication::Anonymous => Ok("requests are not signed".to_owned()),
            Authentication::Keys(..) => Ok("requests are signed with the origin's Secret".to_owned()),
            Authentication::Pod(_, identity) => {
                identity.credentials().await?;
                Ok(format!("requests are signed with credentials of {}", identity.source()))
            }
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    async fn ask(&self, key: &String, wish: &Wish, _slot: &Slot) -> Result<Answer, Failure> {
        let (mut region_learned, mut clock_learned) = (false, false);
        let asked_first = self.region.current();
        loop {
            let region = self.region.current();
            let uri = self.uri(&region, key)?;
            let mut headers = self.signature(&uri, &region).await?;
            wish.add_to(&mut headers);
            let place = whereabouts(&uri, &self.bucket);
            let response =
                self.client.get(uri, headers).await.map_err(|trouble| trouble.failure(self.label))?;
            let found = found(response.status(), response.headers(), wish);
            match found {
                Some(status @ (FetchedStatus::Whole | FetchedStatus::Partial)) => {
                    return Ok(Answer::of(response, status, Sender::new(self.label, place), Some(&MARKS)));
                }
                Some(FetchedStatus::NotModified) => {
                    let sender = Sender::new(self.label, place);
                    let answer = Answer::not_modified(response.headers(), sender, Some(&MARKS));
                    self.client.discard(response.into_body());
                    return Ok(answer);
                }
                Some(FetchedStatus::Unsatisfiable) | None => {}
            }
            let (parts, body) = response.into_parts();
            let refusal = Refusal::read(parts.status, &parts.headers, &self.client.refusal(body).await);
            if found == Some(FetchedStatus::Unsatisfiable) {
                let size = refusal.object_size.map(|size| format!("bytes */{size}"));
                let size = content_range(&parts.headers).or(size);
                return Ok(Answer::unsatisfiable(size, Sender::new(self.label, place)));
            }
            if !region_learned && refusal.is_about_region() {
                region_learned = self.region.learn(refusal.region.as_deref(), &region);
                if region_learned {
                    continue;
                }
            }
            if !clock_learned
                && let (true, Some(date), Some(signer)) =
                    (refusal.is_about_clock(), refusal.date, self.signer())
            {
                signer.follow_clock(self.clock.now(), date);
                clock_learned = true;
                continue;
            }
            let asked = Asked { first: &asked_first, last: &region, is_fixed: self.address.is_fixed() };
            return Err(classify(&refusal, &asked, self.facts(place)));
        }
    }
}

impl S3 {
    const fn signer(&self) -> Option<&Signer> {
        match &self.auth {
            Authentication::Keys(signer, _) | Authentication::Pod(signer, _) => Some(signer),
            Authentication::Anonymous | Authentication::NotConfigured => None,
        }
    }

    /// The headers that authenticate a request.
    async fn signature(&self, uri: &Uri, region: &str) -> Result<HeaderMap, Failure> {
        let sign = |signer: &Signer, keys: &aws_credential_types::Credentials| {
            signer
                .sign(uri, region, keys, self.clock.now())
                .map_err(|error| NOT_SIGNED.failure(&Facts { what: error, ..self.facts(String::new()) }))
        };
        match &self.auth {
            Authentication::Anonymous => Ok(HeaderMap::new()),
            Authentication::Keys(signer, keys) => sign(signer, keys),
            Authentication::Pod(signer, identity) => sign(signer, &*identity.credentials().await?),
            Authentication::NotConfigured => Err(self.not_configured()),
        }
    }

    fn not_configured(&self) -> Failure {
        NO_KEYS.failure(&self.facts(String::new()))
    }

    fn facts(&self, place: String) -> Facts<'_> {
        Facts {
            origin: self.label,
            place,
            secret: match &self.auth {
                Authentication::Pod(..) => None,
                Authentication::Anonymous => Some("the anonymous request"),
                Authentication::Keys(..) | Authentication::NotConfigured => {
                    Some(self.secret.as_deref().unwrap_or("the origin's Secret"))
                }
            },
            by: match &self.auth {
                Authentication::Pod(..) => By::Identity,
                Authentication::Anonymous => By::Anonymous,
                Authentication::Keys(..) | Authentication::NotConfigured => By::Secret,
            },
            more: vec![("bucket", self.bucket.clone())],
            ..Facts::default()
        }
    }
}

/// Where an address of a bucket leads, for the operator.
fn whereabouts(uri: &Uri, bucket: &str) -> String {
    format!("{} for bucket {bucket}", authority(uri))
}

/// A name below a prefix, both literal text.
fn below(prefix: &str, name: &str) -> String {
    match prefix.trim_matches('/') {
        "" => name.to_owned(),
        prefix => format!("{prefix}/{name}"),
    }
}
