//! The network in between: refused and silent ports, resets, cut transfers, names that do not resolve or lead
//! where they must not.

use std::{
    net::{SocketAddr, TcpStream},
    process::Command,
};

use imgplane_tests::{
    process::{Process, free_address},
    server::{silence::full_backlog, toxiproxy::Toxiproxy},
};
use serde_json::json;
use socket2::Socket;
use tempfile::TempDir;

use crate::{Expected, row, web::web};

pub(crate) const ROWS: &[Expected] = &[
    row(
        "port_that_refuses_reports_econnrefused",
        "/default/refused/ok.jpg",
        404,
        "ECONNREFUSED - refused the connection",
    ),
    row(
        "port_that_stays_silent_reports_econnrefused",
        "/default/silent/ok.jpg",
        404,
        "ECONNREFUSED - did not accept a connection in time",
    ),
    row(
        "reset_before_the_answer_reports_econnrefused",
        "/default/reset/ok.jpg",
        404,
        "ECONNREFUSED - closed the connection",
    ),
    row(
        "silence_after_the_request_reports_no_answer_in_time",
        "/default/mute/ok.jpg",
        404,
        "UNIDENTIFIED - did not answer in time",
    ),
    row("body_cut_short_reports_a_broken_transfer", "/default/cut/ok.jpg", 404, "UNIDENTIFIED - broke off"),
    row("headers_cut_short_report_a_failure", "/default/cut-headers/ok.jpg", 404, "ECONNREFUSED"),
    row("slow_pieces_arrive_whole", "/default/slices/ok.jpg", 200, ""),
    row(
        "name_that_does_not_exist_reports_unresolved",
        "/default/no-name/ok.jpg",
        404,
        "UNIDENTIFIED - could not be resolved",
    ),
    row(
        "name_that_leads_to_the_metadata_service_is_refused",
        "/default/meta-name/ok.jpg",
        404,
        "EACCES - the requested host is not allowed",
    ),
    row(
        "name_that_leads_to_a_mapped_link_local_address_is_refused",
        "/default/mapped-name/ok.jpg",
        404,
        "EACCES - the requested host is not allowed",
    ),
    row(
        "address_of_the_metadata_service_is_refused",
        "/default/meta-address/ok.jpg",
        404,
        "EACCES - the requested host is not allowed",
    ),
    row("name_that_leads_to_the_server_is_followed", "/default/named/ok.jpg", 200, ""),
];

/// A resolver, faults, and a port whose backlog is full.
pub(crate) struct Servers {
    _toxiproxy: Toxiproxy,
    _dnsmasq: Process,
    _folder: TempDir,
    _backlog: (Socket, Vec<TcpStream>),
    resolver: SocketAddr,
    manifests: String,
}

impl Servers {
    pub(crate) async fn start(web_server: SocketAddr, _store: SocketAddr) -> Self {
        let toxiproxy = Toxiproxy::start();
        let toxic = |kind: &str, attributes: serde_json::Value| json!({"name": kind, "type": kind, "stream": "downstream", "toxicity": 1.0, "attributes": attributes});
        let reset = toxiproxy.proxy("reset", web_server, &[toxic("reset_peer", json!({"timeout": 0}))]).await;
        let mute = toxiproxy.proxy("mute", web_server, &[toxic("timeout", json!({"timeout": 0}))]).await;
        let cut = toxiproxy.proxy("cut", web_server, &[toxic("limit_data", json!({"bytes": 4000}))]).await;
        let cut_headers =
            toxiproxy.proxy("cut-headers", web_server, &[toxic("limit_data", json!({"bytes": 60}))]).await;
        let slices = toxic("slicer", json!({"average_size": 400, "size_variation": 50, "delay": 10}));
        let slices = toxiproxy.proxy("slices", web_server, &[slices]).await;

        let folder = tempfile::tempdir().unwrap();
        let resolver = free_address();
        let dnsmasq = dnsmasq(&folder, resolver);
        let backlog = full_backlog();
        let silent = backlog.0.local_addr().unwrap().as_socket().unwrap();
        let port = web_server.port();
        let manifests = [
            web("refused", &format!("http://{}", free_address()), ""),
            web("silent", &format!("http://{silent}"), ""),
            web("reset", &format!("http://{reset}"), ""),
            web("mute", &format!("http://{mute}"), ""),
            web("cut", &format!("http://{cut}"), ""),
            web("cut-headers", &format!("http://{cut_headers}"), ""),
            web("slices", &format!("http://{slices}"), ""),
            web("no-name", &format!("http://absent.test:{port}"), ""),
            web("meta-name", &format!("http://meta.test:{port}"), ""),
            web("mapped-name", &format!("http://mapped.test:{port}"), ""),
            web("meta-address", "http://169.254.169.254/latest", ""),
            web("named", &format!("http://origin.test:{port}"), ""),
        ]
        .join("---\n");
        Self {
            _toxiproxy: toxiproxy,
            _dnsmasq: dnsmasq,
            _folder: folder,
            _backlog: backlog,
            resolver,
            manifests,
        }
    }

    /// The resolver's address, for `--resolver`.
    pub(crate) fn resolver(&self) -> String {
        self.resolver.to_string()
    }

    pub(crate) fn manifests(&self) -> String {
        self.manifests.clone()
    }
}

fn dnsmasq(folder: &TempDir, address: SocketAddr) -> Process {
    let text = format!(
        "port={}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nkeep-in-foreground\nuser=root\npid-file=\n\
         cache-size=0\nlocal=/test/\nhost-record=origin.test,127.0.0.1\naddress=/meta.test/169.254.169.254\n\
         address=/mapped.test/::ffff:169.254.169.254\n",
        address.port()
    );
    let file = folder.path().join("dnsmasq.conf");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new("/usr/sbin/dnsmasq");
    command.arg("-C").arg(&file);
    Process::start("dnsmasq", command, folder.path().join("dnsmasq.log"), address)
}
