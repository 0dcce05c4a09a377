//! The start page of `imgplane dev` on the admin port, and the JSON it is made of.
//!
//! The page is plain files without a framework; everything that changes comes as JSON and is put into the page as
//! text, so that no file name or message can become markup.

mod advice;
mod state;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};

use crate::{
    dev::{Shared, samples},
    explain,
};

const PAGE: &str = include_str!("start_page/index.html");
const STYLE: &str = include_str!("start_page/style.css");
const SCRIPT: &str = include_str!("start_page/page.js");
const ICON: &str = include_str!("start_page/icon.svg");

/// Only this page's own files run; pictures and requests go to the delivery port, whose address is not fixed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: http:; \
                      connect-src 'self' http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", PAGE) }))
        .route("/dev/style.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/dev/page.js", get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/dev/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
        .route("/dev/state", get(|State(shared): State<Arc<Shared>>| blocking(move || state::state(&shared))))
        .route(
            "/dev/samples",
            get(|State(shared): State<Arc<Shared>>| blocking(move || samples::list(&shared, &shared.view()))),
        )
        .route("/dev/explain", get(explained))
        .with_state(shared)
}

fn asset(content_type: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}

/// Folders are read for the answer, which does not belong on a reactor thread.
async fn blocking<T: Serialize + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Debug, Deserialize)]
struct Question {
    url: String,
    #[serde(default)]
    accept: String,
}

async fn explained(State(shared): State<Arc<Shared>>, Query(question): Query<Question>) -> Response {
    let view = shared.view();
    if view.bundle.is_none() {
        return (StatusCode::SERVICE_UNAVAILABLE, "nothing is served yet\n").into_response();
    }
    blocking(move || {
        let request = explain::Request { accept: question.accept, ..explain::Request::default() };
        view.bundle.as_ref().map(|bundle| explain::explain(bundle, &shared.volumes, &question.url, &request))
    })
    .await
}
