//! What lies between imgplane and a store: toxiproxy with a fault of its own for each set-up, a closed port, or a port
//! whose backlog is full.

use std::net::{SocketAddr, TcpStream};

use imgplane_tests::{
    broken::setup::Fault,
    process::free_address,
    server::{silence::full_backlog, toxiproxy::Toxiproxy},
};
use serde_json::{Value, json};
use socket2::Socket;

/// What makes the faults.
pub(crate) struct Faults {
    toxiproxy: Toxiproxy,
    backlog: (Socket, Vec<TcpStream>),
}

impl Faults {
    pub(crate) fn start() -> Self {
        Self { toxiproxy: Toxiproxy::start(), backlog: full_backlog() }
    }

    /// The address that has the fault, before `store`.
    pub(crate) async fn before(&self, store: SocketAddr, fault: Fault) -> SocketAddr {
        let (kind, attributes) = match fault {
            Fault::NothingListens => return free_address(),
            Fault::BlackHole => return self.backlog.0.local_addr().unwrap().as_socket().unwrap(),
            Fault::Reset => ("reset_peer", json!({"timeout": 0})),
            Fault::SlowFirstByte => ("latency", json!({"latency": 5000})),
            Fault::CutShort => ("limit_data", json!({"bytes": 4000})),
            // The delay is in microseconds.
            Fault::Stalled => {
                ("slicer", json!({"average_size": 2000, "size_variation": 10, "delay": 5_000_000}))
            }
        };
        self.toxiproxy.proxy(kind, store, &[toxic(kind, &attributes)]).await
    }
}

fn toxic(kind: &str, attributes: &Value) -> Value {
    json!({"name": kind, "type": kind, "stream": "downstream", "toxicity": 1.0, "attributes": attributes})
}
