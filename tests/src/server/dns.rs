//! Name servers: dnsmasq for names that behave, a responder of our own for those that do not.

mod message;
mod odd;

pub use message::{Answer, ask};
pub use odd::Odd;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    process::Command,
    sync::Mutex,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::scripted::lock;
use crate::process::{Process, free_address};

/// How long dnsmasq may take to read its hosts again. It takes 0.03 s on an idle machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running dnsmasq, for `--resolver`. Names below `.test` that nobody named do not exist; all others are refused.
#[derive(Debug)]
pub struct Dns {
    /// The process.
    pub process: Process,
    /// UDP and TCP address.
    pub address: SocketAddr,
    hosts: Mutex<BTreeMap<String, Vec<IpAddr>>>,
    odd: odd::Responder,
    folder: TempDir,
}

impl Dns {
    /// Starts with names and their addresses, and with names below `.test` that do not behave.
    pub fn start(hosts: &[(&str, &[&str])], odd: &[(&str, Odd)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let odd = odd::Responder::start(odd);
        let address = free_address();
        let file = folder.path().join("dnsmasq.conf");
        let mut text = format!(
            "port={}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nkeep-in-foreground\nuser=root\n\
             pid-file=\ncache-size=0\nlocal-ttl=0\nlocal=/test/\naddn-hosts={}\n",
            address.port(),
            folder.path().join("hosts").display()
        );
        for name in odd.names() {
            let _ = writeln!(text, "server=/{name}/127.0.0.1#{}", odd.address.port());
        }
        std::fs::write(&file, text).expect("the configuration is written");
        let hosts: BTreeMap<_, _> =
            hosts.iter().map(|(name, addresses)| ((*name).to_owned(), parse(addresses))).collect();
        write_hosts(&folder, &hosts);
        let mut command = Command::new("/usr/sbin/dnsmasq");
        command.arg("-C").arg(&file);
        let process = Process::start("dnsmasq", command, folder.path().join("dnsmasq.log"), address);
        Self { process, address, hosts: Mutex::new(hosts), odd, folder }
    }

    /// Gives a name other addresses, none of them: the name does not exist any more. Returns when they are served.
    pub fn set(&self, name: &str, addresses: &[&str]) {
        let mut expected = parse(addresses);
        {
            let mut hosts = lock(&self.hosts);
            if expected.is_empty() {
                hosts.remove(name);
            } else {
                hosts.insert(name.to_owned(), expected.clone());
            }
            write_hosts(&self.folder, &hosts);
        }
        let status = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "dnsmasq takes the signal");
        expected.sort_unstable();
        let until = Instant::now() + PATIENCE;
        while self.addresses(name) != expected {
            assert!(Instant::now() < until, "dnsmasq does not serve {name} as {addresses:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How often an odd name was asked for, whatever the type of record.
    pub fn odd_questions(&self, name: &str) -> usize {
        self.odd.count(name)
    }

    /// Addresses that are served for a name, sorted.
    fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let mut all: Vec<_> = [1, 28]
            .into_iter()
            .filter_map(|kind| ask(self.address, name, kind))
            .flat_map(|answer| answer.addresses)
            .collect();
        all.sort_unstable();
        all
    }
}

fn parse(addresses: &[&str]) -> Vec<IpAddr> {
    addresses.iter().map(|address| address.parse().expect("an address")).collect()
}

fn write_hosts(folder: &TempDir, hosts: &BTreeMap<String, Vec<IpAddr>>) {
    let mut text = String::new();
    for (name, addresses) in hosts {
        for address in addresses {
            let _ = writeln!(text, "{address} {name}");
        }
    }
    std::fs::write(folder.path().join("hosts"), text).expect("the hosts are written");
}
