//! A port behind which nobody accepts, as behind a firewall that drops packets.

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// A port that accepts nothing: its backlog of none is taken, so further connects go unanswered. It is so for as long
/// as both are kept.
pub fn full_backlog() -> (Socket, Vec<TcpStream>) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket of our own");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a socket of our own");
    socket.listen(0).expect("a socket of our own");
    let address = socket.local_addr().expect("a socket of our own").as_socket().expect("a socket of our own");
    let mut taken = Vec::new();
    for _ in 0..8 {
        match TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            Ok(stream) => taken.push(stream),
            Err(_) => break,
        }
    }
    (socket, taken)
}
