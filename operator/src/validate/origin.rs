//! One Origin: from what is written to where files are.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{
    Auth, Credential, FetchPolicy, ObjectId, OriginConfig, OriginKind, Probe, S3, S3Compatible, Volume,
    WebFolder,
};
use imgplane_crds::{
    Kind, Origin, OriginSpec, OriginType,
    origin::{self, AuthType},
};

use super::{
    Findings, Seniority,
    bound::{FETCH_TIMEOUT, FILE_SIZE, PROBE_INTERVAL},
    credential, seniority,
};
use crate::{Problem, Snapshot, ValidOrigin};

/// Every Origin that exists; those that are valid have settings.
pub(super) struct Origins {
    by_id: BTreeMap<ObjectId, Option<Parsed>>,
}

pub(super) struct Parsed {
    pub(super) seniority: Seniority,
    pub(super) valid: ValidOrigin,
}

/// What is known of an Origin.
pub(super) enum Known<'a> {
    /// It does not exist.
    Missing,
    /// A value in it cannot be used.
    Invalid,
    /// It can be used.
    Valid(&'a ValidOrigin),
}

impl Origins {
    pub(super) fn get(&self, id: &ObjectId) -> Known<'_> {
        match self.by_id.get(id) {
            None => Known::Missing,
            Some(None) => Known::Invalid,
            Some(Some(parsed)) => Known::Valid(&parsed.valid),
        }
    }

    /// Notes an Origin that exists and whose fields cannot be read.
    pub(super) fn add_unreadable(&mut self, id: &ObjectId) {
        self.by_id.entry(id.clone()).or_insert(None);
    }

    pub(super) fn get_mut(&mut self, id: &ObjectId) -> Option<&mut ValidOrigin> {
        self.by_id.get_mut(id).and_then(Option::as_mut).map(|parsed| &mut parsed.valid)
    }

    pub(super) fn valid(&self) -> impl Iterator<Item = (&ObjectId, &Parsed)> {
        self.by_id.iter().filter_map(|(id, parsed)| Some((id, parsed.as_ref()?)))
    }

    pub(super) fn valid_mut(&mut self) -> impl Iterator<Item = (&ObjectId, &mut ValidOrigin)> {
        self.by_id.iter_mut().filter_map(|(id, parsed)| Some((id, &mut parsed.as_mut()?.valid)))
    }

    /// Names of the origins of a namespace.
    pub(super) fn names_in(&self, namespace: &str) -> Vec<String> {
        let first = ObjectId::new(namespace, "");
        self.by_id
            .range(first..)
            .take_while(|(id, _)| id.namespace == namespace)
            .map(|(id, _)| id.name.clone())
            .collect()
    }

    pub(super) fn into_valid(self) -> BTreeMap<ObjectId, ValidOrigin> {
        self.by_id.into_iter().filter_map(|(id, parsed)| Some((id, parsed?.valid))).collect()
    }
}

pub(super) fn parse_all(
    origins: &BTreeMap<ObjectId, &Origin>,
    snapshot: &Snapshot,
    problems: &mut Vec<Problem>,
) -> Origins {
    let by_id = origins
        .iter()
        .map(|(id, origin)| {
            let mut findings = Findings::new(Kind::Origin, id);
            let (config, credential) = parse(id, &origin.spec, snapshot, &mut findings);
            let valid = findings.conclude(config, problems).map(|config| Parsed {
                seniority: seniority(*origin),
                valid: ValidOrigin {
                    generation: origin.metadata.generation.unwrap_or_default(),
                    config,
                    credential,
                    data_planes: BTreeSet::new(),
                    listed_by: BTreeSet::new(),
                },
            });
            (id.clone(), valid)
        })
        .collect();
    Origins { by_id }
}

fn parse(
    id: &ObjectId,
    spec: &OriginSpec,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> (Option<OriginConfig>, Option<Credential>) {
    let authenticate = |auth: &origin::Auth, field: &str, findings: &mut Findings| {
        let field = format!("{field}.auth.secretRef");
        match (auth.kind, &auth.secret_ref) {
            (AuthType::Anonymous, _) => (Auth::Anonymous, None),
            (AuthType::Secret, None) => {
                findings.invalid(field, "is required when auth.type is Secret");
                (Auth::Secret, None)
            }
            (AuthType::Secret, Some(secret)) => {
                let secret = ObjectId::new(&id.namespace, secret.name.as_str());
                (Auth::Secret, credential::s3(&secret, snapshot, &format!("{field}.name"), findings))
            }
        }
    };
    let mut credential = None;
    let kind = match spec.kind {
        OriginType::S3 => spec.s3.as_ref().map(|s3| {
            let (auth, found) = authenticate(&s3.auth, "spec.s3", findings);
            credential = found;
            OriginKind::S3(S3 {
                bucket: bucket(&s3.bucket, "spec.s3.bucket", findings),
                region: present(s3.region.as_deref()),
                endpoint: present(s3.endpoint.as_deref())
                    .map(|endpoint| findings.address("spec.s3.endpoint", &endpoint)),
                prefix: findings.folder("spec.s3.prefix", s3.prefix.as_deref()),
                auth,
            })
        }),
        OriginType::S3Compatible => spec.s3_compatible.as_ref().map(|s3| {
            let (auth, found) = authenticate(&s3.auth, "spec.s3Compatible", findings);
            credential = found;
            OriginKind::S3Compatible(S3Compatible {
                bucket: bucket(&s3.bucket, "spec.s3Compatible.bucket", findings),
                endpoint: findings.address("spec.s3Compatible.endpoint", &s3.endpoint),
                region: present(s3.region.as_deref()),
                force_path_style: s3.force_path_style.unwrap_or_default(),
                prefix: findings.folder("spec.s3Compatible.prefix", s3.prefix.as_deref()),
                auth,
            })
        }),
        OriginType::WebFolder => spec.web_folder.as_ref().map(|web| {
            OriginKind::WebFolder(WebFolder {
                base_url: findings.address("spec.webFolder.baseUrl", &web.base_url),
            })
        }),
        OriginType::Volume => spec.volume.as_ref().map(|volume| {
            OriginKind::Volume(Volume {
                name: volume.name.to_string(),
                path: findings.folder("spec.volume.path", volume.path.as_deref()),
            })
        }),
    };
    let Some(kind) = kind else {
        let member = member(spec.kind);
        let what = format!("is required when type is {}", spec.kind.as_str());
        findings.invalid(format!("spec.{member}"), what);
        return (None, None);
    };
    let canonical_base_url = spec
        .canonical_header
        .as_ref()
        .map(|header| findings.address("spec.canonicalHeader.baseUrl", &header.base_url));
    let fetch = fetch(spec.fetch.as_ref(), findings);
    let probe = probe(spec.probe.as_ref(), findings);
    (Some(OriginConfig { kind, canonical_base_url, fetch, probe }), credential)
}

/// The member of the union that belongs to a type.
const fn member(kind: OriginType) -> &'static str {
    match kind {
        OriginType::S3 => "s3",
        OriginType::S3Compatible => "s3Compatible",
        OriginType::WebFolder => "webFolder",
        OriginType::Volume => "volume",
    }
}

fn present(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A bucket's name stands in a host name or a path, so nothing in it may end either.
fn bucket(text: &str, field: &str, findings: &mut Findings) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !begins || !text.bytes().all(fits) {
        findings.invalid(field, format!("{text:?} is no bucket name: letters, digits, dots and hyphens"));
    }
    text.to_owned()
}

fn fetch(spec: Option<&origin::Fetch>, findings: &mut Findings) -> FetchPolicy {
    let default = FetchPolicy::default();
    let Some(spec) = spec else { return default };
    let mut timeout = |field: &str, value, default| findings.duration(field, value, default, &FETCH_TIMEOUT);
    let connect_timeout = timeout("spec.fetch.connectTimeout", spec.connect_timeout, default.connect_timeout);
    let headers_timeout = timeout("spec.fetch.headersTimeout", spec.headers_timeout, default.headers_timeout);
    let body_stall_timeout =
        timeout("spec.fetch.bodyStallTimeout", spec.body_stall_timeout, default.body_stall_timeout);
    let total_timeout = timeout("spec.fetch.totalTimeout", spec.total_timeout, default.total_timeout);
    FetchPolicy {
        connect_timeout,
        headers_timeout,
        body_stall_timeout,
        total_timeout,
        retries: findings.number("spec.fetch.retries", spec.retries, default.retries, &(0..=1)),
        max_object_size: findings.size(
            "spec.fetch.maxObjectSize",
            spec.max_object_size,
            default.max_object_size,
            &FILE_SIZE,
        ),
        max_concurrency: findings.number(
            "spec.fetch.maxConcurrency",
            spec.max_concurrency,
            default.max_concurrency,
            &(1..=10_000),
        ),
    }
}

fn probe(spec: Option<&origin::Probe>, findings: &mut Findings) -> Probe {
    let default = Probe::default();
    let Some(spec) = spec else { return default };
    Probe {
        enabled: spec.enabled.unwrap_or(default.enabled),
        path: findings.file_path("spec.probe.path", spec.path.as_deref()),
        interval: findings.duration("spec.probe.interval", spec.interval, default.interval, &PROBE_INTERVAL),
    }
}
