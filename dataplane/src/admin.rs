//! The admin port: liveness, readiness, metrics, the report. Never reachable from clients of the delivery port.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use hyper::{body::Incoming, service::Service};
use imgplane_config::report::Report;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use crate::{metrics::ShareLabel, server::App};

/// Content type of the `OpenMetrics` text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Builds the routes. `extra` is merged in, e.g. the start page.
pub(crate) fn router(app: Arc<App>, token: Option<String>, extra: Option<Router>) -> Router {
    let token = token.map(|token| digest(&token));
    let guarded = Router::new()
        .route("/v1/report", get(report))
        .layer(middleware::from_fn(move |request: Request, next: Next| guard(token, request, next)))
        .with_state(Arc::clone(&app));
    let open = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(app);
    open.merge(guarded).merge(extra.unwrap_or_default())
}

/// The routes as the HTTP library calls them.
pub(crate) fn service(
    router: Router,
) -> impl Service<
    http::Request<Incoming>,
    Response = Response,
    Error = Infallible,
    Future = impl Future<Output = Result<Response, Infallible>> + Send,
> + Clone
+ Send {
    hyper::service::service_fn(move |request| router.clone().oneshot(request))
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.is_ready() {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    if let Some(state) = &*app.state.load() {
        let admission = &state.admission;
        let waiting = i64::try_from(admission.waiting()).unwrap_or(i64::MAX);
        app.metrics.waiting.set(waiting);
        for (share, budget) in [("originals", admission.originals()), ("pictures", admission.pictures())] {
            let label = ShareLabel { share };
            let bytes = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            app.metrics.budget.get_or_create(&label).set(bytes(budget.capacity()));
            app.metrics.reserved.get_or_create(&label).set(bytes(budget.reserved()));
        }
    }
    match app.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn report(State(app): State<Arc<App>>) -> Json<Report> {
    Json(app.report())
}

type TokenDigest = [u8; 32];

/// Digests are compared instead of tokens: how long that takes tells nothing about the token.
fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

async fn guard(token: Option<TokenDigest>, request: Request, next: Next) -> Response {
    let Some(expected) = token else { return next.run(request).await };
    if bearer(request.headers()).is_some_and(|given| digest(given) == expected) {
        return next.run(request).await;
    }
    let headers = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, headers, "Unauthorized: send the bearer token\n").into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_read_from_a_bearer_header_only() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(bearer(&headers), expected, "{value}");
        }
    }
}
