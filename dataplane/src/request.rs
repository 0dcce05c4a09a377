//! One request from its head to its answer: the order of the phases, and the border where a defect stops.

mod accept;
mod access;
mod body;
mod compression;
mod conditional;
mod default_image;
mod delivery;
mod describe;
mod fetch;
mod flight;
mod keeping;
mod kind;
mod lost;
mod memo;
mod merge;
mod name;
mod obtain;
mod original;
mod plan;
mod produce;
mod product;
mod range;
mod respond;
mod route;
mod saved;
mod shelves;
mod trace;
mod unchanged;

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt as _;
use http::{Method, Request, Response, request::Parts};
use hyper::{body::Incoming, service::Service};

use self::{
    body::ResponseBody,
    delivery::{Content, Delivery, InsteadOf, Of},
    keeping::Keeping,
    memo::{Lesson, Words},
    obtain::{Context, Made, lifetime_of, obtain, origin_decides, stale_of},
    respond::Answered,
};
pub(crate) use self::{
    describe::{FileFacts, describe},
    flight::Flights,
    lost::Lost,
    memo::Memo,
    obtain::{Lookups, Makings},
    product::{Head, Subject, path_id, plan_id},
    trace::Trace,
};
pub use self::{
    plan::check_supported,
    produce::{frame_number, keeps_pixels},
    route::TARGET_BYTES,
    unchanged::{asks_for_pixels, draws_svg, passes_by_name},
};
use crate::{
    api::{self, ApiError, Call},
    cache_control::{CacheControl, Stale},
    error::Failure,
    permission::Unauthorized,
    server::App,
};

/// How long a refusal because of load is held back: a client that asks again at once, whatever it is told, would otherwise
/// take the processors from the work that it waits for.
const REFUSAL: Duration = Duration::from_millis(100);

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
            let (head, body) = request.into_parts();
            if let Some(call) = Call::of(&head) {
                return Ok(call_api(&app, call, &head, body).await);
            }
            // Nothing that is delivered depends on a request's body.
            Ok(handle(&app, &head).await)
        }
    })
}

async fn call_api(app: &Arc<App>, call: Call, head: &Parts, body: Incoming) -> Response<ResponseBody> {
    let mut trace = Trace::new();
    let answer = AssertUnwindSafe(api::answer(app, call, head, body, &mut trace)).catch_unwind().await;
    let answer = answer.unwrap_or_else(|panic| {
        app.metrics.panics.inc();
        trace.detail = Some(panic_text(panic.as_ref()));
        Err(ApiError::Internal("a defect".to_owned()))
    });
    respond::tell(app, head, trace, &answer)
}

async fn handle(app: &Arc<App>, head: &Parts) -> Response<ResponseBody> {
    let words = Words::of(head);
    let short = AssertUnwindSafe(|| words.as_ref().and_then(|words| app.memo.answer(app, head, words)));
    match std::panic::catch_unwind(short) {
        Ok(Some(response)) => return response,
        Ok(None) => {}
        // The long way may know better.
        Err(_) => _ = app.metrics.panics.inc(),
    }
    // It is many times as large, and seldom.
    Box::pin(handle_anew(app, head, words)).await
}

/// The long way.
async fn handle_anew(app: &Arc<App>, head: &Parts, words: Option<Words>) -> Response<ResponseBody> {
    let mut trace = Trace::new();
    let outcome = AssertUnwindSafe(answer(app, head, &mut trace)).catch_unwind().await;
    let mut outcome = outcome.unwrap_or_else(|panic| {
        app.metrics.panics.inc();
        Err(Failure::Internal(panic_text(panic.as_ref())))
    });
    if let Err(Failure::Overload(_)) = outcome {
        tokio::time::sleep(REFUSAL).await;
    }
    let lesson = match &mut outcome {
        Ok(Answer::File { lesson, .. }) => lesson.take(),
        Ok(Answer::Options) | Err(_) => None,
    };
    let Answered { response, counter } = respond::respond(app, head, trace, outcome);
    if let (Some(words), Some(lesson)) = (words, lesson)
        && response.status() == http::StatusCode::OK
    {
        app.memo.learn(app, words, *lesson, response.headers(), counter);
    }
    response
}

/// What a request gets, if not an error.
enum Answer {
    /// The answer to `OPTIONS`.
    Options,
    /// A file, how it is kept on its way, and what others who ask for it in the same words can be answered from.
    File { delivery: Box<Delivery>, keeping: Option<Box<Keeping>>, lesson: Option<Box<Lesson>> },
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
    access::check(&endpoint.config.security, head, &state.trusted_proxies)?;

    let planned = Arc::new(plan::plan(&endpoint, &route, head)?);
    let context = Context { app: Arc::clone(app), state, endpoint };
    let (made, missing) = match obtain(&context, &planned, head, trace).await {
        Ok(made) => (made, None),
        Err(failure) => {
            match Box::pin(default_image::obtain_instead(&context, &planned, head, trace, &failure)).await {
                Some(made) => (made, Some(failure)),
                // A default image that cannot be had is no help: it is the file itself that is missed.
                None => return Err(failure),
            }
        }
    };
    let Context { state, endpoint, .. } = &context;
    let security = &endpoint.config.security;
    let Made { mut delivery, of, is_private, lifetime, origin, kept } = made;
    if let Of::Original { asked } = of
        && is_private
        && !planned.permission.opens_private_original(asked)
    {
        return Err(missing.unwrap_or_else(|| Unauthorized::PrivateOriginal.into()));
    }
    let whole = lifetime_of(lifetime, &origin, &endpoint.config);
    let ttl = if missing.is_some() { whole.min(default_image::LONGEST) } else { whole };
    delivery.cache_control = if lifetime.no_store && origin_decides(&origin, &endpoint.config) {
        CacheControl::nobody()
    } else {
        // What takes the place of a missing file is not to stand in for the file itself.
        let stale = if missing.is_some() { Stale::default() } else { stale_of(whole, &endpoint.config) };
        planned.permission.cache_control(ttl, is_private, stale)
    };
    // A lifetime that was cut counts from now on, whenever the file was made.
    delivery.age = delivery.age.filter(|_| planned.permission.lifetime(ttl) == whole);
    delivery.instead_of = missing.as_ref().map(InsteadOf::of);
    if security.referrers.is_set() {
        delivery.vary.push("Referer");
    }
    let mut delivery = compression::compress(&context, &head.headers, delivery);
    // What is here already is kept already, and of a HEAD request nothing is sent.
    let on_its_way = matches!(delivery.content, Content::Stream(..) | Content::Compressed(_));
    let keep = delivery.keep.take().filter(|_| on_its_way && head.method == Method::GET);
    let keeping = keep.and_then(|keep| keep.begin(&state.admission, &endpoint.claim)).map(Box::new);
    let lesson = kept.filter(|_| missing.is_none());
    let lesson = lesson.and_then(|(key, entry)| Lesson::of(&context, &planned, (key, &entry), whole));
    Ok(Answer::File { delivery: Box::new(delivery), keeping, lesson: lesson.map(Box::new) })
}

/// What a panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("without a message"))
}
