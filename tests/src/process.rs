//! A child process that is ready when a port of it answers, and gone when the test is.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// How long a server may take to accept connections. They take 0.1 s on an idle machine.
const READY: Duration = Duration::from_mins(1);
/// How much of its log is shown when a test fails.
const LAST_LINES: usize = 20;

/// A running server.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output in `log` and waits until `ready` accepts a connection.
    pub fn start(name: &str, mut command: Command, log: PathBuf, ready: SocketAddr) -> Self {
        let file = std::fs::File::create(&log).expect("the log can be created");
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started ({error}); run `make test-deps`"));
        let mut process = Self { child, name: name.to_owned(), log };
        process.wait_for(ready);
        process
    }

    fn wait_for(&mut self, ready: SocketAddr) {
        let until = Instant::now() + READY;
        while TcpStream::connect_timeout(&ready, Duration::from_secs(1)).is_err() {
            if let Some(status) = self.child.try_wait().expect("the child can be asked") {
                panic!("{} ended at once ({status}):\n{}", self.name, self.output());
            }
            assert!(Instant::now() < until, "{} does not listen on {ready}:\n{}", self.name, self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it printed so far.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    /// Peak resident memory in bytes, from `/proc`.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
    }

    /// Ends it and waits, so that its port is free.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let output = self.output();
            let lines: Vec<_> = output.lines().collect();
            let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
            eprintln!("--- {} printed last:\n{}", self.name, last.join("\n"));
        }
        self.stop();
    }
}

/// A loopback address that is free, and that no other call in this process gets.
///
/// The kernel's own choice would come from the range that it also takes ports of outgoing connections from: on a busy
/// machine one of those is there before the program that was to listen. These lie below that range, and each process
/// begins at another place.
pub fn free_address() -> SocketAddr {
    /// Below 32768, where Linux begins to choose by itself.
    const PORTS: std::ops::Range<u32> = 20_000..32_000;
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let count = PORTS.end - PORTS.start;
    // Neighbouring process ids begin far from each other.
    let first = std::process::id().wrapping_mul(6_151);
    (0..count)
        .map(|_| PORTS.start + first.wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed)) % count)
        .filter_map(|port| u16::try_from(port).ok())
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("a free port")
}

/// A program built by this workspace, next to the test's own.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("this program's path");
    // Tests lie in `deps` below the profile's folder, programs in the folder itself.
    let folder =
        own.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).expect("the profile's folder");
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is missing: build the workspace's programs first (make build)",
        path.display()
    );
    path
}

/// A tool that `make test-deps` installs.
pub fn tool(name: &str) -> PathBuf {
    let folder = std::env::var_os("IMGPLANE_TOOLS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/imgplane/tools"),
        PathBuf::from,
    );
    folder.join(name)
}
