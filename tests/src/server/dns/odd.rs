//! Names that do not behave: server failure, silence, another address each time.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::message::{A, AAAA, answer, question};
use crate::server::scripted::lock;

/// How a name misbehaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// `SERVFAIL`.
    Failure,
    /// No answer at all.
    Silence,
    /// Each question is answered with the next of these addresses; after the last comes the first again. Questions
    /// for the other family are answered with no address, and move nothing.
    Alternating(Vec<IpAddr>),
}

/// Asked names and how often.
type Counts = Arc<Mutex<BTreeMap<String, usize>>>;

/// A name server on a thread of its own.
#[derive(Debug)]
pub(super) struct Responder {
    pub(super) address: SocketAddr,
    names: Vec<String>,
    counts: Counts,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    pub(super) fn start(names: &[(&str, Odd)]) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        // So that it sees the end of the test.
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a read timeout");
        let address = socket.local_addr().expect("the port");
        let odd: BTreeMap<_, _> = names.iter().map(|(name, odd)| ((*name).to_owned(), odd.clone())).collect();
        let (counts, stop) = (Counts::default(), Arc::new(AtomicBool::new(false)));
        let known = odd.keys().cloned().collect();
        let thread = std::thread::spawn({
            let (counts, stop) = (Arc::clone(&counts), Arc::clone(&stop));
            move || serve(&socket, &odd, &counts, &stop)
        });
        Self { address, names: known, counts, stop, thread: Some(thread) }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn count(&self, name: &str) -> usize {
        lock(&self.counts).get(name).copied().unwrap_or(0)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, odd: &BTreeMap<String, Odd>, counts: &Counts, stop: &AtomicBool) {
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    let mut buffer = [0; 1500];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let asked = buffer.get(..length).unwrap_or_default();
        let Some((name, kind, _)) = question(asked) else { continue };
        *lock(counts).entry(name.clone()).or_default() += 1;
        let reply = match odd.get(&name) {
            Some(Odd::Silence) => None,
            Some(Odd::Failure) => answer(asked, 2, None),
            Some(Odd::Alternating(addresses)) => {
                let turn = turns.entry(name).or_default();
                let next = addresses.get(*turn % addresses.len().max(1)).copied();
                let family = if next.is_some_and(|next| next.is_ipv4()) { A } else { AAAA };
                *turn += usize::from(kind == family);
                answer(asked, 0, next)
            }
            None => answer(asked, 3, None),
        };
        if let Some(reply) = reply {
            let _ = socket.send_to(&reply, from);
        }
    }
}
