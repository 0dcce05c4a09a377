//! One request from its head to its answer: the order of the phases, and the border where a defect stops.

mod accept;
mod access;
mod body;
mod compression;
mod conditional;
mod default_image;
mod delivery;
mod fetch;
mod flight;
mod kind;
mod name;
mod original;
mod plan;
mod produce;
mod range;
mod respond;
mod route;
mod trace;
mod unchanged;

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use http::{Method, Request, Response, request::Parts};
use hyper::{body::Incoming, service::Service};

pub(crate) use self::flight::Flights;
use self::{
    body::ResponseBody,
    delivery::{Delivery, InsteadOf, Made, Of},
    fetch::Source,
    trace::Trace,
};
pub use self::{
    plan::check_supported,
    produce::keeps_pixels,
    route::TARGET_BYTES,
    unchanged::{check_svg, passes_by_name},
};
use crate::{error::Failure, permission::Unauthorized, server::App};

/// The delivery port's service, as the HTTP library calls it.
pub(crate) fn service(
    app: Arc<App>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<ResponseBody>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<ResponseBody>, Infallible>> + Send,
> + Clone
+ Send {
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let app = Arc::clone(&app);
        async move {
            // Nothing that is delivered depends on a request's body.
            let (head, _) = request.into_parts();
            Ok(handle(&app, &head).await)
        }
    })
}

async fn handle(app: &Arc<App>, head: &Parts) -> Response<ResponseBody> {
    let mut trace = Trace::new();
    let outcome = AssertUnwindSafe(answer(app, head, &mut trace)).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|panic| {
        app.metrics.panics.inc();
        Err(Failure::Internal(panic_text(panic.as_ref())))
    });
    respond::respond(app, head, trace, outcome)
}

/// What a request gets, if not an error.
pub(crate) enum Answer {
    /// The answer to `OPTIONS`.
    Options,
    /// A file.
    File(Box<Delivery>),
}

/// The phases in the order in which they may refuse a request.
async fn answer(app: &Arc<App>, head: &Parts, trace: &mut Trace) -> Result<Answer, Failure> {
    match head.method {
        Method::GET | Method::HEAD => {}
        Method::OPTIONS => return Ok(Answer::Options),
        _ => return Err(Failure::Method),
    }
    route::check_target(&head.uri)?;
    let state = app.state.load_full().ok_or(Failure::NotReady)?;
    let (endpoint, route) = route::route(&state, head)?;
    trace.endpoint = Some(Arc::clone(&endpoint));
    let security = &endpoint.config.security;
    access::check(security, head, &state.trusted_proxies)?;

    let mut planned = plan::plan(&endpoint, &route, head)?;
    let fetched = fetch::fetch(app, &state, &endpoint, &planned, head, trace).await;
    let (source, missing) = match fetched {
        Ok(source) => (source, None),
        Err(failure) => {
            let instead =
                default_image::fetch_instead(app, &state, &endpoint, &mut planned, head, trace, &failure);
            match instead.await {
                Some(source) => (source, Some(failure)),
                None => return Err(failure),
            }
        }
    };
    let is_private = fetch::is_private(&endpoint, source.meta());
    let made = match source {
        Source::Pass(passing) => {
            let asked = planned.plan.is_original();
            unchanged::pass(&planned, passing).map(|delivery| Made { delivery, of: Of::Original { asked } })
        }
        Source::Image(original) => {
            let accept = accept::Accept::of_client(&head.headers, &endpoint.config.accept_overrides);
            produce::produce(app, &state, &endpoint, &planned, original, accept, trace).await
        }
    };
    let Made { mut delivery, of } = match made {
        Ok(made) => made,
        // A default image of which nothing can be made is no help: it is the file itself that is missed.
        Err(failure) => return Err(missing.unwrap_or(failure)),
    };
    if let Of::Original { asked } = of
        && is_private
        && !planned.permission.opens_private_original(asked)
    {
        return Err(missing.unwrap_or_else(|| Unauthorized::PrivateOriginal.into()));
    }
    let ttl = endpoint.config.caching.ttl;
    let ttl = if missing.is_some() { ttl.min(default_image::LONGEST) } else { ttl };
    delivery.cache_control = planned.permission.cache_control(ttl, is_private);
    delivery.instead_of = missing.as_ref().map(InsteadOf::of);
    if security.referrers.is_set() {
        delivery.vary.push("Referer");
    }
    let delivery = compression::compress(app, &state, &head.headers, delivery);
    Ok(Answer::File(Box::new(delivery)))
}

/// What a panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("without a message"))
}
