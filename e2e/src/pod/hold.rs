//! Nothing, until it is told to end. Process 1 of a pod gets no signal that it has no handler for.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::block_on;

/// Waits for SIGTERM.
pub(crate) fn hold() -> anyhow::Result<ExitCode> {
    block_on(async {
        signal(SignalKind::terminate())?.recv().await;
        Ok(ExitCode::SUCCESS)
    })
}
