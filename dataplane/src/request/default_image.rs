//! The picture that takes the place of a missing one: what the URL names with `di`, else what the endpoint names.

use std::time::Duration;

use http::request::Parts;

use super::{
    fetch::{self, Source},
    plan::Planned,
    trace::Trace,
};
use crate::{
    error::Failure,
    server::App,
    state::{Endpoint, State},
};

/// How long such an answer may be kept at most: the file itself may appear any moment.
pub(super) const LONGEST: Duration = Duration::from_mins(1);

/// Fetches the default image where the file could not be had, with the same transformations. A failure of that one
/// gives way to the failure of the file.
pub(super) async fn fetch_instead(
    app: &App,
    state: &State,
    endpoint: &Endpoint,
    planned: &mut Planned,
    head: &Parts,
    trace: &mut Trace,
    failure: &Failure,
) -> Option<Source> {
    // Refusals are no absence: what is private, too large or shut out stays so.
    if failure.status() != 404 {
        return None;
    }
    let path = planned.plan.default_image().or(endpoint.config.default_image.as_deref())?.to_owned();
    let wanted = planned.target.clone();
    planned.target.resource = path;
    planned.target.forwarded_query = None;
    trace.detail = failure.detail();
    let (origin, download) = (trace.origin.clone(), trace.download);
    let fetched = fetch::fetch(app, state, endpoint, planned, head, trace).await;
    // Both were asked for.
    trace.download = match (download, trace.download) {
        (Some(first), Some(second)) => Some(first + second),
        (first, second) => first.or(second),
    };
    if fetched.is_err() {
        planned.target = wanted;
        trace.origin = origin;
    }
    fetched.ok()
}
