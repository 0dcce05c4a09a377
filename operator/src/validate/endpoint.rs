//! One UrlEndpoint: from what is written to an address and settings.

use std::{collections::BTreeMap, time::Duration};

use imgplane_config::{
    AutoQuality, Caching, ChromaSubsampling, Compat, DataSaver, EndpointConfig, EndpointLimits,
    FormatSelection, InvalidValues, LegacyOverlays, MetadataPolicy, ObjectId, Optimization, PngCompression,
    SigningKeys, UnknownParameters,
};
use imgplane_crds::{Kind, UrlEndpoint, UrlEndpointSpec, url_endpoint as written};

use super::{
    Findings, Seniority,
    attach::attach,
    bound::{FILE_SIZE, RESERVED_ACCOUNT},
    data_plane::Planes,
    language,
    purge::purge,
    security::security,
    seniority,
};
use crate::{Problem, Snapshot, ValidEndpoint};

/// An endpoint that is attached, and may still lose a conflict.
pub(super) struct Candidate {
    pub(super) seniority: Seniority,
    /// The DataPlane that it is attached to.
    pub(super) data_plane: ObjectId,
    pub(super) claims: Claims,
    /// Absent when a value cannot be used. It is not served then, and still claims: a mistake in an endpoint must not
    /// give its address to somebody younger.
    pub(super) endpoint: Option<ValidEndpoint>,
}

/// What an endpoint wants for itself, as far as its manifest can be used.
pub(super) struct Claims {
    /// Account and prefix.
    pub(super) address: Option<(String, String)>,
    /// Custom domains, each with its index in the manifest.
    pub(super) domains: Vec<(usize, String)>,
}

impl Claims {
    /// What is in the settings, without the values that `findings` hold wrong.
    fn of(config: &EndpointConfig, findings: &Findings) -> Self {
        let is_right = |field: &str| findings.problems.iter().all(|problem| problem.field != field);
        let address = is_right("spec.accountId") && is_right("spec.urlPrefix");
        let domains = config.custom_domains.iter().enumerate();
        Self {
            address: address.then(|| (config.account.clone(), config.prefix.clone())),
            domains: domains
                .filter(|(index, _)| is_right(&domain_field(*index)))
                .map(|(index, host)| (index, host.clone()))
                .collect(),
        }
    }
}

/// Where a custom domain stands in the manifest.
pub(super) fn domain_field(index: usize) -> String {
    format!("spec.customDomains[{index}]")
}

pub(super) fn parse_all(
    endpoints: &BTreeMap<ObjectId, &UrlEndpoint>,
    planes: &Planes<'_>,
    snapshot: &Snapshot,
    problems: &mut Vec<Problem>,
) -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(endpoints.len());
    for (id, endpoint) in endpoints {
        let spec = &endpoint.spec;
        let mut findings = Findings::new(Kind::UrlEndpoint, id);
        let (mut config, signing_keys) = parse(id, spec, snapshot, &mut findings);
        config.caching.purge = purge(endpoint);
        let plane = attach(id, spec, &config.account, planes, &snapshot.namespaces, &mut findings);
        let claims = Claims::of(&config, &findings);
        let config = findings.conclude(Some(config), problems);
        if let Some(plane) = plane {
            let valid = config.map(|config| ValidEndpoint {
                generation: endpoint.metadata.generation.unwrap_or_default(),
                data_plane: plane.id.clone(),
                config,
                signing_keys,
                listed_origins: spec.origins.len() + usize::from(spec.media_library.is_some()),
            });
            candidates.push(Candidate {
                seniority: seniority(*endpoint),
                data_plane: plane.id.clone(),
                claims,
                endpoint: valid,
            });
        }
    }
    candidates
}

/// Everything but the origins, which are followed when it is known who is accepted.
fn parse(
    id: &ObjectId,
    spec: &UrlEndpointSpec,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> (EndpointConfig, SigningKeys) {
    let account = match spec.account_id.as_deref() {
        None | Some("") => {
            if id.namespace == RESERVED_ACCOUNT {
                findings.invalid(
                    "spec.accountId",
                    "must be given and have another value in namespace v1, whose name would be the account: /v1/ is \
                     the API's",
                );
            }
            id.namespace.clone()
        }
        Some(account) => findings.account("spec.accountId", account),
    };
    let prefix = findings.segment("spec.urlPrefix", spec.url_prefix.as_deref().unwrap_or_default());
    if prefix == RESERVED_ACCOUNT {
        findings.invalid(
            "spec.urlPrefix",
            "must not be v1, because /v1/ is the API's where a host stands for the account",
        );
    }
    if prefix.starts_with("ik-") {
        findings.invalid("spec.urlPrefix", "must not start with ik-, which URLs use for their endings");
    }
    let custom_domains = spec
        .custom_domains
        .iter()
        .enumerate()
        .map(|(index, host)| findings.host(&domain_field(index), host))
        .collect();
    let (security, signing_keys) = spec
        .security
        .as_ref()
        .map(|spec| security(&id.namespace, spec, snapshot, findings))
        .unwrap_or_default();
    let compat = spec.compat.as_ref().map(compat).unwrap_or_default();
    let config = EndpointConfig {
        account,
        prefix,
        custom_domains,
        media_library: None,
        origins: Vec::new(),
        url_rewriter: spec.url_rewriter.as_ref().map(|spec| language::rewriter(spec, findings)),
        named_transformations: language::named(spec, compat, findings),
        restrict_unnamed_transformations: spec.restrict_unnamed_transformations.unwrap_or_default(),
        security,
        accept_overrides: language::accept_overrides(&spec.accept_overrides),
        default_image: spec.default_image.as_ref().map(|spec| language::default_image(spec, findings)),
        optimization: spec
            .optimization
            .as_ref()
            .map(|optimization| self::optimization(optimization, findings))
            .unwrap_or_default(),
        caching: spec.caching.as_ref().map(|caching| self::caching(caching, findings)).unwrap_or_default(),
        limits: spec.limits.as_ref().map(|limits| self::limits(limits, findings)).unwrap_or_default(),
        compat,
    };
    (config, signing_keys)
}

fn optimization(spec: &written::Optimization, findings: &mut Findings) -> Optimization {
    let default = Optimization::default();
    Optimization {
        auto_format: spec.auto_format.unwrap_or(default.auto_format),
        auto_avif: spec.auto_avif.unwrap_or(default.auto_avif),
        format_selection: match spec.format_selection {
            None => default.format_selection,
            Some(written::FormatSelection::Preferred) => FormatSelection::Preferred,
            Some(written::FormatSelection::Smallest) => FormatSelection::Smallest,
        },
        quality: spec
            .quality
            .as_ref()
            .map(|quality| AutoQuality {
                enabled: quality.enabled.unwrap_or(default.quality.enabled),
                default: findings.number(
                    "spec.optimization.quality.default",
                    quality.default,
                    default.quality.default,
                    &(1..=100),
                ),
            })
            .unwrap_or_default(),
        chroma_subsampling: match spec.chroma_subsampling {
            None => default.chroma_subsampling,
            Some(written::ChromaSubsampling::Auto) => ChromaSubsampling::Auto,
            Some(written::ChromaSubsampling::Full) => ChromaSubsampling::Full,
            Some(written::ChromaSubsampling::Half) => ChromaSubsampling::Half,
        },
        png_compression: match spec.png_compression {
            None => default.png_compression,
            Some(written::PngCompression::Minimum) => PngCompression::Minimum,
            Some(written::PngCompression::None) => PngCompression::None,
            Some(written::PngCompression::Maximum) => PngCompression::Maximum,
        },
        metadata: match spec.metadata {
            None => default.metadata,
            Some(written::MetadataPolicy::Discard) => MetadataPolicy::Discard,
            Some(written::MetadataPolicy::ColorProfile) => MetadataPolicy::ColorProfile,
            Some(written::MetadataPolicy::All) => MetadataPolicy::All,
        },
        auto_orient: spec.auto_orient.unwrap_or(default.auto_orient),
        data_saver: spec.data_saver.as_ref().and_then(|data_saver| self::data_saver(data_saver, findings)),
    }
}

/// A wrong quality is told also where it is switched off.
fn data_saver(spec: &written::DataSaver, findings: &mut Findings) -> Option<DataSaver> {
    let default = DataSaver::default().quality;
    let quality = findings.number("spec.optimization.dataSaver.quality", spec.quality, default, &(1..=100));
    spec.enabled.unwrap_or(false).then_some(DataSaver { quality })
}

/// Ten years: nobody means more, and a CDN keeps nothing as long.
const LONGEST_TTL: Duration = Duration::from_hours(24 * 3650);
/// An hour: who uploads a file that was asked for before should not wait longer.
const LONGEST_NEGATIVE_TTL: Duration = Duration::from_hours(1);
/// A month: what is older was not wanted by anybody who could have said so.
const LONGEST_STALE: Duration = Duration::from_hours(24 * 30);
/// A transformation that takes longer than this is a mistake.
const LONGEST_TRANSFORMATION: Duration = Duration::from_mins(10);

fn caching(spec: &written::Caching, findings: &mut Findings) -> Caching {
    let default = Caching::default();
    Caching {
        ttl: findings.duration("spec.caching.ttl", spec.ttl, default.ttl, &(Duration::ZERO..=LONGEST_TTL)),
        negative_ttl: findings.duration(
            "spec.caching.negativeTtl",
            spec.negative_ttl,
            default.negative_ttl,
            &(Duration::ZERO..=LONGEST_NEGATIVE_TTL),
        ),
        origin_cache_control: spec.origin_cache_control.unwrap_or(default.origin_cache_control),
        stale_if_error: findings.duration(
            "spec.caching.staleIfError",
            spec.stale_if_error,
            default.stale_if_error,
            &(Duration::ZERO..=LONGEST_STALE),
        ),
        save_originals: spec.save_originals.unwrap_or(default.save_originals),
        purge: None,
    }
}

fn limits(spec: &written::EndpointLimits, findings: &mut Findings) -> EndpointLimits {
    let default = EndpointLimits::default();
    let pixels = spec.max_pixels.map(i64::unsigned_abs);
    EndpointLimits {
        max_input_bytes: findings.size(
            "spec.limits.maxInputBytes",
            spec.max_input_bytes,
            default.max_input_bytes,
            &FILE_SIZE,
        ),
        max_pixels: findings.number(
            "spec.limits.maxPixels",
            pixels,
            default.max_pixels,
            &(1..=1_000_000_000),
        ),
        transformation_timeout: findings.duration(
            "spec.limits.transformationTimeout",
            spec.transformation_timeout,
            default.transformation_timeout,
            &(Duration::from_millis(1)..=LONGEST_TRANSFORMATION),
        ),
        max_concurrency: findings.number(
            "spec.limits.maxConcurrency",
            spec.max_concurrency,
            default.max_concurrency,
            &(0..=10_000),
        ),
    }
}

fn compat(spec: &written::Compat) -> Compat {
    Compat {
        unknown_parameters: match spec.unknown_parameters {
            None => UnknownParameters::default(),
            Some(written::UnknownParameters::Ignore) => UnknownParameters::Ignore,
            Some(written::UnknownParameters::Reject) => UnknownParameters::Reject,
        },
        invalid_values: match spec.invalid_values {
            None => InvalidValues::default(),
            Some(written::InvalidValues::Reject) => InvalidValues::Reject,
            Some(written::InvalidValues::Ignore) => InvalidValues::Ignore,
        },
        legacy_overlays: match spec.legacy_overlays {
            None => LegacyOverlays::default(),
            Some(written::LegacyOverlays::Reject) => LegacyOverlays::Reject,
            Some(written::LegacyOverlays::Translate) => LegacyOverlays::Translate,
        },
    }
}
