//! `imgplane-dataplane`: the pod's server.

mod args;

use std::process::ExitCode;

use clap::Parser as _;
use imgplane_dataplane::{Server, follow_config_dir};
use tracing_subscriber::EnvFilter;

use crate::args::{Args, LogFormat};

/// Stack of the threads that move bytes. Codecs run on threads of their own.
const REACTOR_STACK: usize = 512 << 10;

fn main() -> ExitCode {
    let args = Args::parse();
    start_log(args.log_format);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores)
        .thread_stack_size(REACTOR_STACK)
        .enable_all()
        .build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(args)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let options = args.options()?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        config_dir = %args.config_dir.display(),
        drain_delay_ms = u64::try_from(options.drain_delay.as_millis()).unwrap_or(u64::MAX),
        memory_budget = options.memory_budget,
        volumes_dir = %options.volumes.root.display(),
        workers = options.workers,
        admin_token = options.admin_token.is_some(),
        "starting"
    );
    let shutdown = shutdown_signal()?;
    let server = Server::start(options).await?;
    tracing::info!(delivery = %server.local_addr(), admin = %server.admin_addr(), "listening");
    let following = follow_config_dir(server.handle(), args.config_dir);
    let outcome = server.run_until(shutdown).await;
    following.abort();
    Ok(outcome?)
}

/// Resolves with SIGTERM or SIGINT. The handlers are installed at once, so that an early signal is not lost.
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
    // A panic is an event like any other: where it happened goes to the log and costs no more than its request.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(location = panic.location().map(tracing::field::display), "{panic}");
    }));
}
