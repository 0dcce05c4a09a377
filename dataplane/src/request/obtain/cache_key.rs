//! Everything that kept bytes depend on, as a key.
//!
//! The file, the transformation in its normal spelling with named ones expanded, what the client negotiated, and the
//! edition of the endpoint's settings. Neither the signature nor any permission: those are judged for every request.

use imgplane_cache::Key;
use imgplane_urls::Suffix;

use super::super::{
    accept::Accept,
    kind::{Expected, expected, is_svg},
    name::file_name,
    plan::Planned,
    unchanged::draws_svg,
};
use crate::{server::App, state::Endpoint};

/// Whether this request asks for a picture, or an image that is delivered as it is; everything else passes through.
pub(in super::super) fn is_picture(planned: &Planned) -> bool {
    let name = file_name(&planned.target.resource);
    !planned.plan.is_original()
        && (expected(&name) != Expected::PassThrough
            || (is_svg(&name) && draws_svg(&planned.plan, &planned.hints)))
}

/// The key. `host`: what the client asked for, where an origin wants to know it.
pub(super) fn of(
    app: &App,
    endpoint: &Endpoint,
    planned: &Planned,
    host: Option<&str>,
    accept: Accept,
) -> Key {
    let Planned { target, plan, .. } = planned;
    // What a client takes counts only as far as it may be sent.
    let counts = !plan.ignores_accept();
    let avif = accept.avif && counts && endpoint.config.optimization.auto_avif;
    let webp = accept.webp && counts;
    let width = planned.hints.rounded_width().filter(|_| plan.uses_width_hint());
    // Beside a width it decides `Content-DPR` alone, which is no part of what is kept.
    let dpr = planned.hints.rounded_dpr().filter(|_| plan.uses_dpr_hint());
    let number = |value: Option<f64>| value.map_or([0xFF; 8], f64::to_le_bytes);
    Key::of([
        env!("CARGO_PKG_VERSION").as_bytes(),
        app.edition.as_bytes(),
        endpoint.label.as_bytes(),
        endpoint.edition.as_str().as_bytes(),
        target.resource.as_bytes(),
        target.suffix.map_or("", Suffix::as_str).as_bytes(),
        // A query may be there and empty.
        target.forwarded_query.as_ref().map_or(&[][..], |_| b"?"),
        target.forwarded_query.as_deref().unwrap_or_default().as_bytes(),
        target.version.as_deref().unwrap_or_default().as_bytes(),
        host.unwrap_or_default().as_bytes(),
        plan.normal().as_bytes(),
        &[u8::from(avif), u8::from(webp), planned.data_saver.map_or(0, |saver| saver.quality)],
        &number(width),
        &number(dpr),
    ])
}
