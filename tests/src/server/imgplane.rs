//! `imgplane dev` on a folder of manifests: the built program, in a process of its own.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    answer::{Answer, client, exchange, send},
    process::{Process, free_address, program},
};

/// A running `imgplane dev`.
#[derive(Debug)]
pub struct Imgplane {
    /// The process.
    pub process: Process,
    /// Delivery address.
    pub address: SocketAddr,
    /// Admin address.
    pub admin: SocketAddr,
    folder: TempDir,
    client: reqwest::Client,
}

impl Imgplane {
    /// Starts on a new folder with these manifests; `fill` may put files below it, e.g. into `volumes/NAME`.
    pub fn start(manifests: &str, fill: impl FnOnce(&Path)) -> Self {
        Self::start_with(manifests, fill, &[])
    }

    /// As [`Imgplane::start`], with further arguments.
    pub fn start_with(manifests: &str, fill: impl FnOnce(&Path), arguments: &[&str]) -> Self {
        Self::start_in(manifests, fill, arguments, &[])
    }

    /// As [`Imgplane::start_with`], with variables of the environment, such as those that name an identity of the cloud.
    pub fn start_in(
        manifests: &str,
        fill: impl FnOnce(&Path),
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("manifests.yaml"), manifests).expect("the manifests are written");
        fill(folder.path());
        let (address, admin) = (free_address(), free_address());
        let mut command = Command::new(program("imgplane"));
        command
            .arg("dev")
            .arg(folder.path())
            .args(["--listen", &address.to_string(), "--admin-listen", &admin.to_string()])
            .args(arguments)
            .envs(environment.iter().copied());
        let process = Process::start("imgplane", command, folder.path().join("imgplane.log"), admin);
        let server = Self { process, address, admin, folder, client: client() };
        server.wait_until_ready();
        server
    }

    /// The ports are open before the first config is served, and until then every answer is 503.
    fn wait_until_ready(&self) {
        let until = Instant::now() + Duration::from_mins(1);
        while !ready(self.admin).unwrap_or(false) {
            assert!(Instant::now() < until, "imgplane does not serve:\n{}", self.process.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The folder it reads.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// A request for a path of the delivery port, to be completed with headers.
    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("http://{}{path}", self.address))
    }

    /// GET without further headers but `Accept: */*`.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(path).header("accept", "*/*")).await
    }

    /// GET of a target exactly as written: a client library would take dot segments away.
    pub async fn get_as_is(&self, target: &str) -> Answer {
        exchange(self.address, target).await.expect("the server answers")
    }

    /// GET with an `Accept` header.
    pub async fn get_accepting(&self, path: &str, accept: &str) -> Answer {
        send(self.request(path).header("accept", accept)).await
    }

    /// GET from the admin port.
    pub async fn admin_get(&self, path: &str) -> Answer {
        send(self.client.get(format!("http://{}{path}", self.admin))).await
    }
}

/// What `/readyz` says.
fn ready(admin: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&admin, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
