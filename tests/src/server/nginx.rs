//! nginx with a configuration of the test's own.

use std::{net::SocketAddr, path::Path, process::Command};

use tempfile::TempDir;

use crate::process::{Process, free_address};

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    /// The process.
    pub process: Process,
    /// Where the `servers` of the configuration listen, in the order they ask for a port.
    pub addresses: Vec<SocketAddr>,
    folder: TempDir,
}

impl Nginx {
    /// Starts with the text inside `http { ... }`. Each `LISTEN0`, `LISTEN1`, ... in it becomes a free loopback
    /// address, `ROOT` the folder that `fill` fills.
    pub fn start(http: &str, fill: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("www");
        for name in ["www", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        fill(&root);
        let mut addresses = Vec::new();
        let mut text = http.replace("ROOT", &root.display().to_string());
        while text.contains(&format!("LISTEN{}", addresses.len())) {
            let address = free_address();
            text = text.replace(&format!("LISTEN{}", addresses.len()), &address.to_string());
            addresses.push(address);
        }
        let temporary = folder.path().join("tmp").display().to_string();
        // One process alone: the workers of a master that is killed go on listening.
        let configuration = format!(
            "daemon off; master_process off; pid {temporary}/pid; error_log stderr; user root;\n\
             load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;\n\
             events {{ worker_connections 512; }}\n\
             http {{ access_log off; client_body_temp_path {temporary}/a; proxy_temp_path {temporary}/b;\n\
             fastcgi_temp_path {temporary}/c; uwsgi_temp_path {temporary}/d; scgi_temp_path {temporary}/e;\n\
             include /etc/nginx/mime.types;\n{text}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).expect("the configuration is written");
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
        let ready = *addresses.first().expect("the configuration listens on LISTEN0");
        let process = Process::start("nginx", command, folder.path().join("nginx.log"), ready);
        Self { process, addresses, folder }
    }

    /// The folder that is `ROOT`.
    pub fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("www")
    }

    /// `http://ADDRESS` of a server.
    pub fn url(&self, server: usize) -> String {
        format!("http://{}", self.addresses.get(server).expect("such a server"))
    }
}
