//! `imgplane-operator`: the controller.

mod args;

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Parser as _;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::args::{Args, LogFormat};

/// Time until a connection to the API server stands. It is near, or it is down.
const CONNECT: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let args = Args::parse();
    start_log(args.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(&args)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let settings = args.settings();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), ?settings, "starting");
    // TLS to the API server asks for the process's provider.
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a TLS provider was set before the program's own"))?;
    let mut config = kube::Config::infer()
        .await
        .context("no way to the API server: run in a pod with a ServiceAccount, or set KUBECONFIG")?;
    config.connect_timeout = Some(CONNECT);
    let client =
        kube::Client::try_from(config).context("the API server's address or certificates are unusable")?;
    let shutdown = CancellationToken::new();
    tokio::spawn(cancel_on_signal(shutdown.clone())?);
    imgplane_operator::run(client, settings, shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Cancels at SIGTERM or SIGINT. The handlers are installed at once, so that an early signal is not lost.
fn cancel_on_signal(shutdown: CancellationToken) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.cancel();
    })
}

/// What is logged where `RUST_LOG` says nothing.
const LOGGED: &str = "info";
/// What is logged of the client, unless `RUST_LOG` names these: not each failed attempt. The operator's own watches tell
/// of an outage once, and when it is over.
const MUTED: &str = "kube_runtime=off,kube_client::client::builder=off";

/// The filter of what is logged, from what `RUST_LOG` says: of two directives for one target the later counts.
fn logged(asked: &str) -> String {
    let asked = if asked.trim().is_empty() { LOGGED } else { asked };
    format!("{MUTED},{asked}")
}

fn start_log(format: LogFormat) {
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = EnvFilter::try_new(logged(&asked)).unwrap_or_else(|_| EnvFilter::new(logged("")));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
    // A watch or a stage that ended in silence would leave an operator that looks alive and does nothing. A defect ends
    // the process instead, so that the other replica leads and this one starts anew.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(location = panic.location().map(tracing::field::display), "{panic}");
        std::process::abort();
    }));
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{error, subscriber::with_default};
    use tracing_subscriber::{Layer as _, layer::SubscriberExt as _};

    use super::*;

    /// Remembers the target of each event that comes through.
    struct Targets(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Targets {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            self.0.lock().unwrap().push(event.metadata().target().to_owned());
        }
    }

    #[test]
    fn what_the_client_says_of_each_attempt_is_logged_only_for_who_asks_for_it_by_name() {
        for (asked, expected) in [
            ("", ["own"].as_slice()),
            (" ", &["own"]),
            ("debug", &["own"]),
            ("warn,kube_client::client::builder=error", &["own", "kube_client::client::builder"]),
            ("info,kube_runtime=debug", &["own", "kube_runtime::watcher"]),
            ("off", &[]),
        ] {
            let targets = Arc::new(Mutex::new(Vec::new()));
            let filter = EnvFilter::try_new(logged(asked)).unwrap();
            let layer = Targets(Arc::clone(&targets)).with_filter(filter);
            with_default(tracing_subscriber::registry().with(layer), || {
                error!(target: "own", "told");
                error!(target: "kube_client::client::builder", "failed");
                error!(target: "kube_runtime::watcher", "failed");
            });
            assert_eq!(*targets.lock().unwrap(), expected, "{asked:?}");
        }
    }
}
