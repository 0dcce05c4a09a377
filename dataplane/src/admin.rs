//! The admin port: liveness, readiness, metrics, the report, probes. Never reachable from clients of the delivery port.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Query, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use hyper::{body::Incoming, service::Service};
use tower::ServiceExt as _;

use crate::{
    metrics::{OriginLabel, ShareLabel},
    probe,
    server::App,
    summary::Asked,
    token::Token,
};

/// Content type of the `OpenMetrics` text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Builds the routes. `extra` is merged in, e.g. the start page.
pub(crate) fn router(app: Arc<App>, token: Token, extra: Option<Router>) -> Router {
    let guarded = Router::new()
        .route("/v1/report", get(report))
        .route("/v1/probe", post(probe::probe).layer(DefaultBodyLimit::max(probe::QUESTION_BYTES)))
        .layer(middleware::from_fn(move |request: Request, next: Next| guard(token.clone(), request, next)))
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
        // With less to keep it serves on.
        let disk = app.results.disk_error().map(|error| format!("results are not kept on disk: {error}\n"));
        let stores = app.stores.error().map(|error| format!("a store is not used: {error}\n"));
        let text: String = ["ready\n".to_owned()].into_iter().chain(disk).chain(stores).collect();
        (StatusCode::OK, text).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    if let Some(state) = &*app.state.load() {
        let admission = &state.admission;
        let waiting = i64::try_from(admission.waiting()).unwrap_or(i64::MAX);
        app.metrics.waiting.set(waiting);
        for share in admission.shares() {
            let label = ShareLabel { share: share.name };
            let bytes = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            app.metrics.budget.get_or_create(&label).set(bytes(share.capacity));
            app.metrics.reserved.get_or_create(&label).set(bytes(share.held));
        }
    }
    let kept = app.results.current();
    app.metrics.note_cache(kept.as_deref(), app.results.disk_error().is_none());
    app.metrics.note_stores(&app.stores.all());
    // Thousands of idle origins need no series each.
    app.metrics.origin_in_flight.clear();
    for (id, running) in app.summary().origins.iter() {
        let taken = running.origin.in_flight();
        if taken > 0 {
            let label = OriginLabel { origin: id.to_string() };
            let gauge = app.metrics.origin_in_flight.get_or_create(&label);
            gauge.set(i64::try_from(taken).unwrap_or(i64::MAX));
        }
    }
    match app.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn report(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> Response {
    // Thousands of records and origins are gathered and written off the threads that move bytes.
    let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&app.report(asked)));
    match written.await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn guard(token: Token, request: Request, next: Next) -> Response {
    if token.admits(request.headers()) {
        return next.run(request).await;
    }
    let headers = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, headers, "Unauthorized: send the bearer token\n").into_response()
}
