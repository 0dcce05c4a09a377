//! A temporary folder of manifests, and the binary run on it.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

/// How long anything may take before the test fails: far more than needed, for machines that do much else.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The smallest manifests that serve something.
pub(crate) const SMALLEST: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: photos}
spec:
  type: Volume
  volume: {name: photos}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main}
spec:
  origins: [{name: photos}]
";

/// A folder that goes when the test ends.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// With these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// The smallest manifests and a photograph of 451 x 300 pixels.
    pub(crate) fn with_photo() -> Self {
        let folder = Self::new(&[("site.yaml", SMALLEST)]);
        folder.photo("volumes/photos/cat.jpg");
        folder
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file as editors do: a new one is renamed over the old one.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let new = path.with_extension("new~");
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    }

    /// Puts the demo's photograph there.
    pub(crate) fn photo(&self, name: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(demo().join("volumes/photos/cat.jpg"), path).unwrap();
    }

    /// Runs the binary with the folder as current directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run(command().args(arguments).current_dir(self.path()).output().unwrap())
    }
}

/// The repository's demo.
pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo")
}

/// The binary, without what the environment may say to it.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgplane"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IMGPLANE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// A finished run.
pub(crate) struct Run(Output);

impl Run {
    /// Exit code.
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    /// Standard output.
    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// Standard error.
    pub(crate) fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out())
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.out(), self.err()))
    }
}

/// A running `imgplane dev` on free ports.
pub(crate) struct Dev {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    /// `http://ADDRESS` of the delivery port.
    pub(crate) delivery: String,
    /// `http://ADDRESS` of the admin port.
    pub(crate) admin: String,
}

impl Dev {
    /// Starts it and waits until it serves.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut child = command()
            .args(["dev", ".", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        follow(child.stdout.take().unwrap(), sender.clone());
        follow(child.stderr.take().unwrap(), sender);
        let mut dev = Self { child, lines, seen: Vec::new(), delivery: String::new(), admin: String::new() };
        dev.delivery = dev.address("Delivery");
        dev.admin = dev.address("Start page");
        dev.wait_for("Watching for changes");
        dev
    }

    /// Waits until its cache is open, which it serves without at first.
    pub(crate) fn until_ready(&self) {
        let deadline = Instant::now() + PATIENCE;
        while get(&format!("{}/readyz", self.admin)).status != 200 {
            assert!(Instant::now() < deadline, "it is not ready; seen:\n{}", self.seen.join("\n"));
        }
    }

    fn address(&mut self, label: &str) -> String {
        let line = self.wait_for(label);
        line[line.find("http://").unwrap()..].trim_end_matches('/').to_owned()
    }

    /// Waits for a line that holds this text, and returns it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => {
                    self.seen.push(line.clone());
                    return line;
                }
                Ok(line) => self.seen.push(line),
                Err(error) => panic!("no line with {text:?} ({error}); seen:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Everything printed until now, as far as it was waited for.
    pub(crate) fn seen(&self) -> String {
        self.seen.join("\n")
    }

    /// Asks it to end, and gives its exit code.
    pub(crate) fn terminate(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(stream: impl Read + Send + 'static, sender: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}

/// An answer over HTTP; error statuses are answers too.
pub(crate) struct Answer {
    /// Status.
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    /// Body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// Asks for a URL as it is.
pub(crate) fn get(url: &str) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut response = agent.get(url).call().unwrap_or_else(|error| panic!("{url}: {error}"));
    let body = response.body_mut().read_to_vec().unwrap();
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
}
