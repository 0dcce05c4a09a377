//! `POST /v1/probe`: tries one of the configured origins. It is no way to reach anything else: the origin must run
//! here, its guard and its settings hold, and of what it delivers nothing is passed on.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header};
use imgplane_config::report::{ProbeOutcome, ProbeRequest, ProbeResult};
use tokio::sync::Semaphore;

use crate::{
    metrics::{ProbeLabels, in_seconds},
    server::App,
};

/// Largest question, in bytes: two names and a path.
pub(crate) const QUESTION_BYTES: usize = 8 << 10;
/// Probes at once. They are few and short; many at once would be an attack on somebody's server.
const AT_ONCE: usize = 4;

/// What all probes share.
#[derive(Debug)]
pub(crate) struct Probes {
    turns: Arc<Semaphore>,
    /// A file that nobody has. The same for the life of the program, so that caches in front of origins keep one
    /// answer and not thousands.
    absent: String,
}

impl Probes {
    /// None runs.
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), absent: absent_name() }
    }
}

/// A name that no file has.
pub(crate) fn absent_name() -> String {
    format!("imgplane-probe-{}.jpg", uuid::Uuid::new_v4().simple())
}

/// Answers with a [`ProbeResult`]; 404 where the origin does not run here, 429 while too many probes run.
pub(crate) async fn probe(State(app): State<Arc<App>>, Json(question): Json<ProbeRequest>) -> Response {
    let ProbeRequest { origin: id, path } = question;
    let count = |outcome| {
        app.metrics.probes.get_or_create(&ProbeLabels { origin: id.to_string(), outcome }).inc();
    };
    let summary = app.summary();
    let Some(running) = summary.origins.get(&id) else {
        return (StatusCode::NOT_FOUND, format!("the origin {id} does not run on this pod\n"))
            .into_response();
    };
    let Ok(_turn) = Arc::clone(&app.probes.turns).try_acquire_owned() else {
        count("overload");
        let headers = [(header::RETRY_AFTER, "1")];
        let text = format!("{AT_ONCE} probes run already: ask again\n");
        return (StatusCode::TOO_MANY_REQUESTS, headers, text).into_response();
    };
    let began = tokio::time::Instant::now();
    let probed = running.origin.probe(path.as_deref(), &app.probes.absent).await;
    app.metrics.probe.observe(in_seconds(began.elapsed()));
    count(match probed.outcome {
        ProbeOutcome::Reachable => "reachable",
        ProbeOutcome::Unknown { .. } => "unknown",
        ProbeOutcome::Failed(_) => "failed",
    });
    let revision = running.revision.clone();
    Json(ProbeResult { outcome: probed.outcome, steps: probed.steps, revision }).into_response()
}
