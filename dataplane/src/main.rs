//! `imgplane-dataplane`: the pod's server.

mod args;

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};

use clap::Parser as _;
use imgplane_dataplane::{Server, follow_config_dir};
use tracing_subscriber::EnvFilter;

use crate::args::{Args, LogFormat};

/// Stack of the threads that move bytes. Codecs run on threads of their own.
const REACTOR_STACK: usize = 512 << 10;

fn main() -> ExitCode {
    let args = Args::parse();
    share_arenas();
    start_log(args.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores())
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
    let options = args.options();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        config_dir = %args.config_dir.display(),
        drain_delay_ms = u64::try_from(options.drain_delay.as_millis()).unwrap_or(u64::MAX),
        memory_budget = options.memory_budget,
        volumes_dir = %options.volumes.root.display(),
        workers = options.workers,
        admin_token = options.admin_token_file.is_some(),
        tls = options.tls_dir.is_some(),
        store_dir = options.store_dir.as_ref().map(|dir| tracing::field::display(dir.display())),
        cache_dir = options.cache_dir.as_ref().map(|dir| tracing::field::display(dir.display())),
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

/// Starts the program again with fewer heaps. glibc gives every thread a heap of its own, and each keeps what its
/// largest picture once took: at the same speed, one heap for four cores halved the memory under load. glibc reads the
/// setting from the environment before the program begins, and calling it otherwise would need unsafe code.
fn share_arenas() {
    const SETTING: &str = "MALLOC_ARENA_MAX";
    if !cfg!(target_env = "gnu") || std::env::var_os(SETTING).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // It returns only where that is not possible, and then things go on as they are.
    let _ = again.args(arguments).env(SETTING, cores().div_ceil(4).to_string()).exec();
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
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
