//! What is made of an original, apart from who asked for it: this is what is kept, and what every answer is made from.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use imgplane_config::ObjectId;
use imgplane_origins::{Condition, CustomCoordinates, Lifetime, Meta};
use imgplane_urls::Target;
use serde::{Deserialize, Serialize};

use super::{
    conditional::Validators,
    delivery::{Content, Delivery, Of},
    obtain::{Context, Made, is_picture},
    original::{Known, Original},
    plan::Planned,
};
use crate::{admission::Permit, cache_control::CacheControl, purge::Knowledge, state::Endpoint};

/// By this word origins forbid that a file is changed on its way.
const NO_TRANSFORM: &str = "no-transform";

/// Bytes that were made of an original, or its own.
pub(crate) type Entry = imgplane_cache::Entry<Head>;

/// What is known of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Head {
    /// Whose it is, for purges.
    pub(crate) subject: Subject,
    /// When it was made, in milliseconds since the epoch.
    pub(crate) made: u64,
    /// What it is of.
    pub(super) of: Of,
    /// The origin that had the original.
    pub(super) origin: ObjectId,
    /// By what that origin tells whether it still has the same original.
    pub(super) version: Version,
    /// How long that origin lets it be kept.
    pub(super) lifetime: OriginLifetime,
    /// The original is marked as private.
    pub(super) is_private: bool,
    /// `Content-Type`.
    pub(super) content_type: String,
    /// `Content-Encoding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    /// It gets smaller by compression, or is what became of that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) compressible: bool,
    /// `ETag` and `Last-Modified`.
    pub(super) validators: Validators,
    /// `Accept` had a say in its format.
    pub(super) negotiated: bool,
    /// How `Content-DPR` is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_dpr: Option<ContentDpr>,
    /// `Link`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
    /// What was not done as asked, beside what the URL alone tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
    /// Of a saved original: how many milliseconds its origin took to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) took: Option<u64>,
    /// Of a saved original: the part of the picture that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) custom_coordinates: Option<CustomCoordinates>,
}

/// The validators of an original, as its origin told them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Version {
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
}

impl Version {
    /// Of an original.
    pub(super) fn of(meta: &Meta) -> Self {
        Self { etag: meta.etag.clone(), last_modified: meta.last_modified.clone() }
    }
}

/// How long an origin lets a file be kept, from when it said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct OriginLifetime {
    /// Seconds; absent where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<u64>,
    /// It is not to be kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) no_store: bool,
    /// The origin is to be asked every time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) no_cache: bool,
}

impl OriginLifetime {
    /// What is made of both may be kept as long as both allow.
    pub(super) fn and(self, other: Self) -> Self {
        let seconds = match (self.seconds, other.seconds) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { seconds, no_store: self.no_store || other.no_store, no_cache: self.no_cache || other.no_cache }
    }
}

impl From<Lifetime> for OriginLifetime {
    fn from(lifetime: Lifetime) -> Self {
        let Lifetime { max_age, no_store, no_cache } = lifetime;
        Self { seconds: max_age.map(|time| time.as_secs()), no_store, no_cache }
    }
}

impl Head {
    /// Of a file that passes through.
    pub(super) fn of_stream(made: &Made, context: &Context, planned: &Planned, known: Knowledge) -> Self {
        let delivery = &made.delivery;
        Self {
            subject: Subject::of(&context.endpoint, planned, known),
            made: milliseconds(SystemTime::now()),
            of: made.of,
            origin: made.origin.clone(),
            version: Version::default(),
            lifetime: made.lifetime,
            is_private: made.is_private,
            content_type: delivery.content_type.clone(),
            content_encoding: delivery.content_encoding.clone(),
            compressible: delivery.compressible,
            validators: delivery.validators.clone(),
            negotiated: false,
            content_dpr: None,
            link: delivery.link.clone(),
            warnings: Vec::new(),
            took: None,
            custom_coordinates: None,
        }
    }

    /// Of an original that is saved untouched: what its origin said of it, and nothing of how it is delivered.
    pub(super) fn of_original(subject: Subject, origin: &ObjectId, meta: &Meta, took: Duration) -> Self {
        let no_transform = meta
            .cache_control
            .as_deref()
            .is_some_and(|text| text.to_ascii_lowercase().contains(NO_TRANSFORM));
        Self {
            subject,
            made: milliseconds(SystemTime::now()),
            of: Of::Original { asked: false },
            origin: origin.clone(),
            version: Version::of(meta),
            lifetime: meta.lifetime.into(),
            is_private: meta.is_private,
            content_type: meta.content_type.clone().unwrap_or_default(),
            content_encoding: meta.content_encoding.clone(),
            compressible: !no_transform,
            validators: Validators::default(),
            negotiated: false,
            content_dpr: None,
            link: None,
            warnings: Vec::new(),
            took: Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            custom_coordinates: meta.custom_coordinates,
        }
    }

    /// The same of another file, with what the making of this one could know of purges.
    pub(super) fn as_if_of(&self, other: &Subject) -> Self {
        let Subject { list, purged, .. } = self.subject;
        Self { subject: Subject { list, purged, ..other.clone() }, ..self.clone() }
    }

    /// What its origin said of a saved original.
    pub(super) fn meta(&self, length: u64) -> Meta {
        let OriginLifetime { seconds, no_store, no_cache } = self.lifetime;
        Meta {
            content_type: Some(self.content_type.clone()).filter(|text| !text.is_empty()),
            content_length: Some(length),
            content_range: None,
            content_encoding: self.content_encoding.clone(),
            etag: self.version.etag.clone(),
            last_modified: self.version.last_modified.clone(),
            cache_control: (!self.compressible).then(|| NO_TRANSFORM.to_owned()),
            lifetime: Lifetime { max_age: seconds.map(Duration::from_secs), no_store, no_cache },
            accepts_ranges: true,
            is_private: self.is_private,
            custom_coordinates: self.custom_coordinates,
        }
    }
}

/// What purges are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Subject {
    /// The endpoint.
    pub(crate) endpoint: ObjectId,
    /// The resource path, see [`path_id`].
    pub(crate) path: String,
    /// The raw query that goes to the origin beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<String>,
    /// Stands for the transformation, see [`plan_id`]; empty for a saved original.
    pub(crate) plan: String,
    /// The list of purges that its making could know of; 0: none.
    #[serde(default)]
    pub(crate) list: u64,
    /// Number of the last one in that list then.
    pub(crate) purged: u64,
}

impl Subject {
    /// Of what a transformation makes.
    pub(super) fn of(endpoint: &Endpoint, planned: &Planned, known: Knowledge) -> Self {
        let plan = plan_id(&planned.plan);
        Self { plan, ..Self::of_original(endpoint, &planned.target, known) }
    }

    /// Of an original that is saved.
    pub(super) fn of_original(endpoint: &Endpoint, target: &Target, known: Knowledge) -> Self {
        Self {
            endpoint: endpoint.id.clone(),
            path: path_id(&target.resource),
            query: target.forwarded_query.clone(),
            plan: String::new(),
            list: known.list,
            purged: known.last,
        }
    }

    /// Whether it is of a saved original, which no transformation was made for.
    pub(crate) fn is_of_original(&self) -> bool {
        self.plan.is_empty()
    }
}

/// How `Content-DPR` is found: results are shared between clients whose hints differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum ContentDpr {
    /// It is this.
    Is(f64),
    /// This width over the client's width in CSS pixels.
    OfWidth(u32),
}

/// A raw resource path in the form in which purges compare: what an origin may take for the same file is the same here.
/// It is decoded, and empty segments are left out.
pub(crate) fn path_id(resource: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(resource).decode_utf8_lossy();
    let mut path = String::with_capacity(decoded.len());
    for segment in decoded.split('/').filter(|segment| !segment.is_empty()) {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(segment);
    }
    path
}

/// Stands for a transformation: every spelling of it gives the same.
pub(crate) fn plan_id(plan: &imgplane_urls::Plan) -> String {
    imgplane_config::Hash::of(plan.normal().as_bytes()).as_str().to_owned()
}

/// An entry, and the memory that its bytes keep reserved.
#[derive(Debug, Clone)]
pub(super) struct Product {
    /// What was made.
    pub(super) entry: Arc<Entry>,
    /// Its memory.
    pub(super) hold: Hold,
}

/// The memory that bytes keep reserved until they are sent.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "held for being dropped")]
pub(super) enum Hold {
    /// An original, shared with whoever else works with it.
    Original(Arc<Original>),
    /// A result; nothing where the budget had no room left for it.
    Result(Option<Arc<Permit>>),
    /// The cache's.
    Cache,
}

impl Product {
    /// One that was kept.
    pub(super) fn kept(entry: Arc<Entry>) -> Self {
        Self { entry, hold: Hold::Cache }
    }

    /// How its origin is asked whether it still has the same original; `None` where nothing tells.
    pub(super) fn condition(&self) -> Option<Condition> {
        let Head { origin, version: Version { etag, last_modified }, .. } = &self.entry.head;
        (etag.is_some() || last_modified.is_some()).then(|| Condition {
            origin: origin.clone(),
            etag: etag.clone(),
            last_modified: last_modified.clone(),
        })
    }

    /// The same, which was just found to be as it was. What the origin says no more of its lifetime stays.
    pub(super) fn renewed(&self, said: &Known, known: Knowledge) -> Self {
        let old = &self.entry.head;
        let lifetime = if said.lifetime == Lifetime::default() { old.lifetime } else { said.lifetime.into() };
        let head = Head {
            subject: Subject { list: known.list, purged: known.last, ..old.subject.clone() },
            made: milliseconds(SystemTime::now()),
            lifetime,
            is_private: old.is_private || said.is_private,
            ..old.clone()
        };
        Self::kept(Arc::new(Entry { head, body: self.entry.body.clone() }))
    }

    /// How long ago it was made.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        let now = milliseconds(now);
        Duration::from_millis(now.saturating_sub(self.entry.head.made))
    }

    /// The answer to one request.
    pub(super) fn delivery(self, endpoint: &Endpoint, planned: &Planned) -> Delivery {
        let Head { of, content_type, content_encoding, compressible, validators, .. } = &self.entry.head;
        let Head { negotiated, content_dpr, link, warnings, .. } = &self.entry.head;
        let vary = match of {
            Of::Picture => vary(endpoint, planned, true, *negotiated),
            Of::Original { .. } if is_picture(planned) => vary(endpoint, planned, false, *negotiated),
            // Whatever the client says.
            Of::Original { .. } => Vec::new(),
        };
        let told = planned.plan.warnings().iter().chain(warnings);
        Delivery {
            content_type: content_type.clone(),
            content_encoding: content_encoding.clone(),
            compressible: *compressible,
            validators: validators.clone(),
            vary,
            content_dpr: content_dpr.map(|content_dpr| match content_dpr {
                ContentDpr::Is(value) => value,
                ContentDpr::OfWidth(width) => planned.hints.content_dpr(width),
            }),
            link: link.clone(),
            warnings: told.cloned().collect(),
            download_name: planned.target.download_name.clone(),
            // The whole file is here, whatever the origin can do; but a range of a file is none of what was compressed.
            accepts_ranges: !*compressible || content_encoding.is_none(),
            cache_control: CacheControl::nobody(),
            age: None,
            keep: None,
            instead_of: None,
            content: Content::Bytes(self.entry.body.clone(), self.hold),
        }
    }
}

/// Request headers that influence what is delivered: also whether it is a picture or the original.
fn vary(endpoint: &Endpoint, planned: &Planned, is_picture: bool, negotiated: bool) -> Vec<&'static str> {
    let (config, plan) = (&endpoint.config, &planned.plan);
    let saves_data = config.optimization.data_saver.is_some();
    [
        ("Accept", negotiated),
        ("User-Agent", negotiated && !config.accept_overrides.is_empty()),
        ("Save-Data", saves_data && (is_picture || plan.uses_dpr_hint())),
        // A width in device pixels and this one give `Content-DPR`.
        ("Sec-CH-DPR", plan.uses_dpr_hint() || plan.uses_width_hint()),
        ("Sec-CH-Width", plan.uses_width_hint()),
    ]
    .into_iter()
    .filter_map(|(name, counts)| counts.then_some(name))
    .collect()
}

/// Since the epoch.
pub(super) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
