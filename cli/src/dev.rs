//! `imgplane dev`: everything in one process, without a cluster: reads a folder, serves it, follows its changes.

mod banner;
mod keep;
mod log;
pub(crate) mod samples;
mod view;
mod watch;

use std::{
    io::IsTerminal,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use imgplane_config::StoreRole;
use imgplane_dataplane::{Options, Server};

use crate::{args::Dev, exit::Exit, start_page, volumes::VolumeFolders};

use keep::Keeper;
pub(crate) use view::Shared;

/// Runs the command until it is interrupted.
pub(crate) fn run(args: &Dev) -> anyhow::Result<Exit> {
    let volumes = VolumeFolders::new(&args.dir, &args.volumes);
    let mut keeper = Keeper::new(args.dir.clone(), volumes.clone());
    let first = match keeper.load() {
        Ok(first) => first,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    for role in StoreRole::ALL {
        if let Some(dir) = args.store_dir.as_ref().map(|dir| dir.join(role.folder()))
            && let Err(error) = std::fs::create_dir_all(&dir)
        {
            return Ok(Exit::usage(&format!("{} cannot be made: {error}", dir.display())));
        }
    }
    log::start(args.quiet, std::io::stderr().is_terminal());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args, keeper, first, volumes))
}

async fn serve(
    args: &Dev,
    keeper: Keeper,
    first: keep::Load,
    volumes: VolumeFolders,
) -> anyhow::Result<Exit> {
    let shared = Arc::new(Shared::new(args.dir.display().to_string(), volumes.clone()));
    let options = Options {
        listen: args.listen,
        admin_listen: args.admin_listen,
        drain_delay: Duration::ZERO,
        resolver: args.resolver,
        allow_loopback: true,
        volumes: volumes.for_server(),
        cache_dir: args.cache_dir.clone(),
        store_dir: args.store_dir.clone(),
        purges_alone: true,
        start_page: Some(start_page::router(Arc::clone(&shared))),
        ..Options::default()
    };
    let server = match Server::start(options).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(Exit::Problems);
        }
    };
    let interrupted = Interrupt::new()?;
    shared.started(server.handle(), reachable(server.local_addr()));
    banner::hello(&shared, args, reachable(server.admin_addr()));
    let follower = Follower { keeper, shared, printed: Vec::new() };
    let watching = follower.start(first)?;
    let outcome = server.run_until(interrupted.wait()).await;
    drop(watching);
    match outcome {
        Ok(()) => Ok(Exit::Fine),
        Err(error) => {
            eprintln!("error: {error}");
            Ok(Exit::Problems)
        }
    }
}

/// Applies what the folder says now, and says what changed.
struct Follower {
    keeper: Keeper,
    shared: Arc<Shared>,
    /// Endpoints as they were printed last.
    printed: Vec<String>,
}

impl Follower {
    fn start(mut self, first: keep::Load) -> anyhow::Result<watch::Watching> {
        self.apply(first, None);
        let folders = self.keeper.folders().to_vec();
        Ok(watch::start(folders, move || {
            let begun = Instant::now();
            match self.keeper.load() {
                Ok(load) => self.apply(load, Some(begun)),
                // What runs goes on running; the folder may come back.
                Err(error) => eprintln!("error: {error}; what was read before goes on serving"),
            }
            self.keeper.folders().to_vec()
        })?)
    }

    fn apply(&mut self, load: keep::Load, begun: Option<Instant>) {
        let before = self.shared.view();
        let findings_changed = before.findings != load.findings;
        let records_changed = before.bundle != load.bundle;
        if let (true, Some(bundle)) = (records_changed, &load.bundle) {
            self.shared.apply(bundle.clone());
        }
        self.shared.replace(load, before.revision + u64::from(findings_changed || records_changed));
        let first = begun.is_none();
        if !first && !findings_changed && !records_changed {
            return;
        }
        let view = self.shared.view();
        let table = banner::table(&self.shared, &view);
        if table != self.printed {
            banner::print(&table);
            self.printed = table;
        }
        banner::findings(&view, first);
        if let Some(begun) = begun {
            banner::reloaded(&view, begun.elapsed());
        }
    }
}

/// Ctrl-C and SIGTERM. Registered before anything is printed, so that a script may react to the first line.
struct Interrupt {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Interrupt {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// An address that a browser on this machine can open: an unspecified one stands for all, loopback among them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_shown_as_loopback() {
        for (listen, shown) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.7:80", "10.0.0.7:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), shown);
        }
    }
}
