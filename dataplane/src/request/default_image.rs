//! The picture that takes the place of a missing one: what the URL names with `di`, else what the endpoint names.

use std::{sync::Arc, time::Duration};

use http::request::Parts;

use super::{
    obtain::{Context, Made, obtain},
    plan::Planned,
    trace::Trace,
};
use crate::error::Failure;

/// How long such an answer may be kept at most: the file itself may appear any moment.
pub(super) const LONGEST: Duration = Duration::from_mins(1);

/// Obtains the default image where the file could not be had, with the same transformations. `None`: there is none, or
/// it cannot be had either, and the failure of the file stands.
pub(super) async fn obtain_instead(
    context: &Context,
    planned: &Planned,
    head: &Parts,
    trace: &mut Trace,
    failure: &Failure,
) -> Option<Made> {
    // Refusals are no absence: what is private, too large or shut out stays so.
    if failure.status() != 404 {
        return None;
    }
    let path = planned.plan.default_image().or(context.endpoint.config.default_image.as_deref())?;
    let mut instead = planned.clone();
    path.clone_into(&mut instead.target.resource);
    instead.target.forwarded_query = None;
    trace.detail = failure.detail();
    let (origin, download) = (trace.origin.clone(), trace.download);
    let obtained = obtain(context, &Arc::new(instead), head, trace).await;
    // Both were asked for.
    trace.download = match (download, trace.download) {
        (Some(first), Some(second)) => Some(first + second),
        (first, second) => first.or(second),
    };
    if obtained.is_err() {
        trace.origin = origin;
    }
    obtained.ok()
}
