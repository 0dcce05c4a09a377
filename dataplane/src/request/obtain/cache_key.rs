//! Everything that kept bytes depend on, as a key.
//!
//! The file, the transformation in its normal spelling with named ones expanded, what the client negotiated, and the
//! edition of the endpoint's settings. Neither the signature nor any permission: those are judged for every request.

use imgplane_cache::Key;

use super::super::{
    accept::Accept,
    kind::{Expected, expected},
    original::Order,
    plan::Planned,
    product::resource_id,
};
use crate::{server::App, state::Endpoint};

/// Whether what this request asks for may be kept: pictures, and images that are delivered as they are.
pub(in super::super) fn is_kept(planned: &Planned, order: &Order) -> bool {
    !planned.plan.is_original() && expected(&order.name) != Expected::PassThrough
}

/// The key.
pub(super) fn of(app: &App, endpoint: &Endpoint, planned: &Planned, order: &Order, accept: Accept) -> Key {
    let plan = &planned.plan;
    // What a client takes counts only as far as it may be sent.
    let counts = !plan.ignores_accept();
    let avif = accept.avif && counts && endpoint.config.optimization.auto_avif;
    let webp = accept.webp && counts;
    let width = planned.hints.rounded_width().filter(|_| plan.uses_width_hint());
    let dpr = planned.hints.dpr.filter(|_| plan.uses_dpr_hint() || plan.uses_width_hint());
    let number = |value: Option<f64>| value.map_or([0xFF; 8], f64::to_le_bytes);
    Key::of([
        env!("CARGO_PKG_VERSION").as_bytes(),
        app.edition.as_bytes(),
        endpoint.label.as_bytes(),
        endpoint.edition.as_str().as_bytes(),
        resource_id(&order.resource, order.query.as_deref()).as_bytes(),
        planned.target.version.as_deref().unwrap_or_default().as_bytes(),
        order.host.as_deref().unwrap_or_default().as_bytes(),
        plan.normal().as_bytes(),
        &[u8::from(avif), u8::from(webp), planned.data_saver.map_or(0, |saver| saver.quality)],
        &number(width),
        &number(dpr),
    ])
}
