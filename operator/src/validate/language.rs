//! What an endpoint makes of its URLs: stored transformations are read by the parser that reads URLs.

use std::collections::BTreeSet;

use imgplane_config::{
    AcceptOverride, Compat, InvalidValues, LegacyOverlays, NamedTransformation, UnknownParameters,
    UrlRewriter,
};
use imgplane_crds::{UrlEndpointSpec, url_endpoint as written};
use imgplane_urls::{NamedTransformations, Rules};

use super::Findings;

pub(super) fn rewriter(spec: &written::UrlRewriter, findings: &mut Findings) -> UrlRewriter {
    if spec.kind != written::UrlRewriterType::Cloudinary && spec.preserve_asset_delivery_types.is_some() {
        findings.invalid(
            "spec.urlRewriter.preserveAssetDeliveryTypes",
            "is used when type is Cloudinary alone: remove it",
        );
    }
    match spec.kind {
        written::UrlRewriterType::Cloudinary => UrlRewriter::Cloudinary {
            preserve_asset_delivery_types: spec.preserve_asset_delivery_types.unwrap_or_default(),
        },
        written::UrlRewriterType::Imgix => UrlRewriter::Imgix,
        written::UrlRewriterType::Akamai => UrlRewriter::Akamai,
    }
}

/// Stored transformations. One that no URL could use is reported with the place of its mistake.
pub(super) fn named(
    spec: &UrlEndpointSpec,
    compat: Compat,
    findings: &mut Findings,
) -> Vec<NamedTransformation> {
    let named: Vec<_> = spec
        .named_transformations
        .iter()
        .map(|named| NamedTransformation {
            name: named.name.as_str().to_owned(),
            value: named.value.as_str().to_owned(),
            enabled: named.enabled.unwrap_or(true),
        })
        .collect();
    let stored = named.iter().map(|named| (named.name.clone(), named.value.clone(), named.enabled));
    let stored = NamedTransformations::new(stored, false);
    let rules = rules(compat);
    let mut names = BTreeSet::new();
    for (index, NamedTransformation { name, value: _, enabled }) in named.iter().enumerate() {
        let field = |member: &str| format!("spec.namedTransformations[{index}].{member}");
        if !imgplane_urls::is_name(name) {
            findings.invalid(field("name"), format!("{name:?} must be letters, digits and underscores"));
        }
        if !names.insert(name.as_str()) {
            findings.invalid(field("name"), format!("{name:?} names a transformation that stands before it"));
            continue;
        }
        // What is switched off may be unfinished.
        if *enabled && let Err(error) = stored.check(name, &rules) {
            findings.invalid(
                field("value"),
                format!("is no transformation that URLs can use: {}", error.message),
            );
        }
    }
    named
}

/// How strictly strings are read.
fn rules(compat: Compat) -> Rules {
    Rules {
        reject_unknown: compat.unknown_parameters == UnknownParameters::Reject,
        reject_invalid: compat.invalid_values == InvalidValues::Reject,
        translate_overlays: compat.legacy_overlays == LegacyOverlays::Translate,
    }
}

pub(super) fn accept_overrides(overrides: &[written::AcceptOverride]) -> Vec<AcceptOverride> {
    overrides
        .iter()
        .map(|entry| AcceptOverride {
            user_agent: entry.user_agent.to_ascii_lowercase(),
            accept: entry.accept.as_str().to_owned(),
        })
        .collect()
}

pub(super) fn default_image(spec: &written::DefaultImage, findings: &mut Findings) -> String {
    const FIELD: &str = "spec.defaultImage.path";
    let path = findings.file_path(FIELD, Some(spec.path.as_str()));
    let path = path.trim_start_matches('/').to_owned();
    if path.is_empty() {
        findings.invalid(FIELD, "must be the path of a picture, as in a URL");
    } else if path.contains('?') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        findings.invalid(
            FIELD,
            "must be a path as in a URL, without a query: spell spaces and letters beyond ASCII with percent signs",
        );
    }
    path
}
