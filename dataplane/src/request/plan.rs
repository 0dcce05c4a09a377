//! Phase three: what the URL asks for and what permission it shows, judged without its source.

use std::time::SystemTime;

use http::{HeaderMap, request::Parts};
use imgplane_config::DataSaver;
use imgplane_urls::{Hints, Plan, Route, SourceKind, Suffix, Target, UrlError, UrlErrorCode};

use super::name::file_name;
use crate::{
    error::Failure,
    permission::{Judge, Permission, Unauthorized, is_video},
    state::{Endpoint, rules},
};

/// A request whose URL is understood.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// The parts of the URL.
    pub(super) target: Target,
    /// What is to be done.
    pub(super) plan: Plan,
    /// What the client said of its display.
    pub(super) hints: Hints,
    /// What the client's wish for less data changes; absent where it has none, or nobody heeds it.
    pub(super) data_saver: Option<DataSaver>,
    /// What the request shows of permission.
    pub(super) permission: Permission,
}

/// Reads the URL behind the endpoint. The signature is judged before the transformation: who may not ask is not told
/// what is wrong with the question.
pub(super) fn plan(endpoint: &Endpoint, route: &Route<'_>, head: &Parts) -> Result<Planned, Failure> {
    let query = head.uri.query();
    let (target, _) = Target::rewritten(route.rest, query, endpoint.rewriter.as_ref())?;
    let judge = Judge { config: &endpoint.config, keys: &endpoint.keys, now: SystemTime::now() };
    let permission = judge.signature(route, query, &target)?;
    let plan = Plan::parse_named(&target, &rules(&endpoint.config), &endpoint.named)?;
    let permission = judge.plan(permission, &target, &plan)?;
    // Where every file is private, nobody without permission learns which ones there are.
    if endpoint.config.security.treat_all_as_private && !permission.opens_private() {
        return Err(Unauthorized::Private.into());
    }
    check_supported(&target, &plan)?;
    let data_saver = endpoint.config.optimization.data_saver.filter(|_| saves_data(&head.headers));
    let mut hints = hints(&head.headers);
    if data_saver.is_some() {
        hints.dpr = None;
    }
    Ok(Planned { target, plan, hints, data_saver, permission })
}

/// The same for the endpoint's owner: no signature is asked for, and none is judged.
pub(super) fn plan_for_owner(
    endpoint: &Endpoint,
    route: &Route<'_>,
    head: &Parts,
) -> Result<Planned, Failure> {
    let (target, _) = Target::rewritten(route.rest, head.uri.query(), endpoint.rewriter.as_ref())?;
    let plan = Plan::parse_named(&target, &rules(&endpoint.config), &endpoint.named)?;
    check_supported(&target, &plan)?;
    let hints = hints(&head.headers);
    Ok(Planned { target, plan, hints, data_saver: None, permission: Permission::of_owner() })
}

/// `Save-Data: on`.
fn saves_data(headers: &HeaderMap) -> bool {
    let value = headers.get("save-data").and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("on"))
}

/// Refuses what does not exist yet.
///
/// # Errors
/// `EFEATURE`, for the kind of file that is asked for before its transformation.
pub fn check_supported(target: &Target, plan: &Plan) -> Result<(), UrlError> {
    if let Some(feature) = missing_feature(target) {
        let message = format!("{feature} not supported yet");
        return Err(UrlError { code: UrlErrorCode::Efeature, message, character: None });
    }
    plan.check_supported()
}

/// What the URL asks for beside its transformation and does not exist yet.
fn missing_feature(target: &Target) -> Option<&'static str> {
    match target.suffix {
        Some(Suffix::Video) => return Some("The suffix ik-video.mp4 is"),
        Some(Suffix::GifVideo) => return Some("The suffix ik-gif-video.mp4 is"),
        Some(Suffix::MasterM3u8) => return Some("The suffix ik-master.m3u8 is"),
        Some(Suffix::MasterMpd) => return Some("The suffix ik-master.mpd is"),
        Some(Suffix::Thumbnail) if is_video(&file_name(&target.resource)) => {
            return Some("A still of a video is");
        }
        Some(Suffix::Thumbnail) | None => {}
    }
    match target.source {
        SourceKind::Prompt => Some("Making pictures from text is"),
        // No origin of this server serves other addresses, so it is a path like any other.
        SourceKind::WebAddress | SourceKind::Path => None,
    }
}

/// Client hints, with their names of before as a fallback. What is no positive number is absent.
fn hints(headers: &HeaderMap) -> Hints {
    let number = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| headers.get(*name))?;
        let number: f64 = value.to_str().ok()?.trim().parse().ok()?;
        (number.is_finite() && number > 0.0).then_some(number)
    };
    Hints { width: number(["sec-ch-width", "width"]), dpr: number(["sec-ch-dpr", "dpr"]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn hints_are_positive_numbers_under_either_name() {
        type Row = (&'static [(&'static str, &'static str)], Option<f64>, Option<f64>);
        let table: [Row; 6] = [
            (&[("sec-ch-width", "212"), ("sec-ch-dpr", "2")], Some(212.0), Some(2.0)),
            (&[("width", "212"), ("dpr", "1.5")], Some(212.0), Some(1.5)),
            (&[("width", "9"), ("sec-ch-width", "212")], Some(212.0), None),
            (&[("sec-ch-width", "wide"), ("sec-ch-dpr", "-1")], None, None),
            (&[("sec-ch-width", "inf"), ("sec-ch-dpr", "0")], None, None),
            (&[], None, None),
        ];
        for (pairs, width, dpr) in table {
            assert_eq!(hints(&headers(pairs)), Hints { width, dpr }, "{pairs:?}");
        }
    }

    #[test]
    fn what_does_not_exist_yet_is_named_and_never_ignored() {
        let feature = |rest: &str, query| missing_feature(&Target::parse(rest, query).unwrap());
        assert_eq!(feature("a.mp4/ik-thumbnail.jpg", None), Some("A still of a video is"));
        assert_eq!(feature("a.gif/ik-thumbnail.jpg", None), None);
        assert!(feature("a.mp4/ik-video.mp4", None).unwrap().contains("ik-video.mp4"));
        assert_eq!(feature("a.jpg", Some("tr=w-1&v=2")), None);
    }
}
