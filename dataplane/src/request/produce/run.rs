//! One job on a worker: let in by its estimated memory, given up when its client is gone, bounded in time, and caught
//! when it breaks.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use imgplane_pixels::{Job, PixelError, Produced, estimate};
use tokio::sync::oneshot;

use super::super::{conditional::etag_of, original::Original, panic_text, trace::Trace};
use crate::{
    error::Failure,
    metrics::{DecoderLabel, EndpointLabel, FormatLabel, in_seconds},
    server::App,
    state::{Endpoint, State},
};

/// A picture with its entity tag.
#[derive(Debug)]
pub(super) struct Finished {
    /// The picture.
    pub(super) produced: Produced,
    /// Strong tag of its bytes.
    pub(super) etag: String,
}

/// What a worker sends back.
struct Report<T> {
    outcome: Result<T, WorkError>,
    took: Duration,
}

enum WorkError {
    Pixels(PixelError),
    Panic(String),
}

/// Tells a job that nobody wants its result any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes a picture; see [`on_worker`].
pub(super) async fn run(
    app: &App,
    state: &State,
    endpoint: &Endpoint,
    job: Job,
    (held, before): (Vec<Arc<Original>>, Duration),
    trace: &mut Trace,
) -> Result<Finished, Failure> {
    let memory = estimate(&job);
    let make = move |cancelled: &dyn Fn() -> bool| {
        let _held = held;
        let produced = imgplane_pixels::run(&job, cancelled)?;
        let etag = etag_of(&produced.bytes);
        Ok(Finished { produced, etag })
    };
    let finished = on_worker(app, state, endpoint, (memory, before), make, trace).await?;
    if let Some(decoder) = finished.produced.jpeg_decoder {
        app.metrics.jpeg_decodes.get_or_create(&DecoderLabel { decoder }).inc();
    }
    let format = finished.produced.format;
    trace.format = Some(format);
    let label = FormatLabel { format: format.extension() };
    let took = trace.transformation.unwrap_or_default();
    app.metrics.transformation.get_or_create(&label).observe(in_seconds(took));
    Ok(finished)
}

/// Runs work on pixels that holds `memory` at its peak, and drops what it owns when it is done. `before`: for how long its
/// request waited already. Dropping the returned future, as happens when the client goes away, cancels it.
pub(in super::super) async fn on_worker<T: Send + 'static>(
    app: &App,
    state: &State,
    endpoint: &Endpoint,
    (memory, before): (u64, Duration),
    work: impl FnOnce(&dyn Fn() -> bool) -> Result<T, PixelError> + Send + 'static,
    trace: &mut Trace,
) -> Result<T, Failure> {
    let queued = Instant::now();
    let admitted = state.admission.admit(&endpoint.claim, memory, before).await;
    let waited = queued.elapsed();
    trace.queue = Some(waited);
    app.metrics.queue.observe(in_seconds(waited));
    let permit = admitted?;

    let (sender, receiver) = oneshot::channel();
    let cancelled = Arc::new(AtomicBool::new(false));
    let cancel = CancelOnDrop(Arc::clone(&cancelled));
    let label = EndpointLabel { endpoint: endpoint.label.clone() };
    let counted = app.metrics.cpu.get_or_create_owned(&label);
    let started = app.pool.run(move || {
        let began = ThreadTime::try_now();
        let report = report(work, &cancelled);
        let cpu = began.and_then(|began| began.try_elapsed()).unwrap_or(report.took);
        counted.inc_by(in_seconds(cpu));
        // Memory and the place are free before the answer is on its way. Nobody listens if the client is gone.
        permit.done(cpu, report.took);
        let _ = sender.send(report);
    });
    started.map_err(|error| Failure::Internal(format!("a worker thread could not be started: {error}")))?;

    let limit = endpoint.config.limits.transformation_timeout;
    let report = tokio::time::timeout(limit, receiver).await;
    drop(cancel);
    let Ok(report) = report else { return Err(Failure::TooSlow(limit)) };
    let Report { outcome, took } =
        report.map_err(|_| Failure::Internal("a worker ended without a result".to_owned()))?;
    trace.transformation = Some(took);
    outcome.map_err(|error| match error {
        WorkError::Pixels(error) => error.into(),
        WorkError::Panic(text) => {
            app.metrics.panics.inc();
            Failure::Internal(text)
        }
    })
}

/// What the worker does.
fn report<T>(
    work: impl FnOnce(&dyn Fn() -> bool) -> Result<T, PixelError>,
    cancelled: &AtomicBool,
) -> Report<T> {
    let began = Instant::now();
    let run = AssertUnwindSafe(|| work(&|| cancelled.load(Ordering::Relaxed)));
    let outcome = match std::panic::catch_unwind(run) {
        Ok(outcome) => outcome.map_err(WorkError::Pixels),
        Err(panic) => Err(WorkError::Panic(panic_text(panic.as_ref()))),
    };
    Report { outcome, took: began.elapsed() }
}
