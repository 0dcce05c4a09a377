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
/// What is logged of the client, unless `RUST_LOG` names it itself: not each failed attempt. The operator's own watches
/// tell of an outage once, and when it is over.
const MUTED: [(&str, &str); 2] = [("kube_runtime", "error"), ("kube_client::client::builder", "off")];

/// The filter of what is logged, from what `RUST_LOG` says.
fn logged(asked: &str) -> String {
    let asked = if asked.trim().is_empty() { LOGGED } else { asked };
    let directives = || asked.split(',');
    // Who wants nothing gets nothing.
    if directives().any(|directive| directive.eq_ignore_ascii_case("off")) {
        return asked.to_owned();
    }
    let is_named = |target: &str| {
        let named = directives().filter_map(|directive| directive.split(['=', '[']).next());
        named.filter(|named| !named.is_empty()).any(|named| {
            target.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    let muted = MUTED.iter().filter(|(target, _)| !is_named(target));
    muted.fold(asked.to_owned(), |filter, (target, level)| format!("{filter},{target}={level}"))
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
    use super::*;

    #[test]
    fn what_the_client_says_of_each_attempt_is_logged_only_for_who_asks_for_it_by_name() {
        let both = "kube_runtime=error,kube_client::client::builder=off";
        for (asked, expected) in [
            ("", format!("info,{both}")),
            (" ", format!("info,{both}")),
            ("info", format!("info,{both}")),
            ("debug", format!("debug,{both}")),
            ("imgplane_operator=debug,warn", format!("imgplane_operator=debug,warn,{both}")),
            ("info,kube=debug", format!("info,kube=debug,{both}")),
            (
                "info,kube_runtime=debug",
                "info,kube_runtime=debug,kube_client::client::builder=off".to_owned(),
            ),
            ("kube_client=trace", "kube_client=trace,kube_runtime=error".to_owned()),
            ("kube_runtime[page]=debug,kube_client", "kube_runtime[page]=debug,kube_client".to_owned()),
            ("OFF", "OFF".to_owned()),
        ] {
            let logged = logged(asked);
            assert_eq!(logged, expected);
            assert!(EnvFilter::try_new(&logged).is_ok(), "{logged}");
        }
    }
}
