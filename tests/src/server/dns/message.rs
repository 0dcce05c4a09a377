//! As much of the DNS message (RFC 1035, section 4) as the tests need: one question, its answer, addresses.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};

/// Record types.
pub(super) const A: u16 = 1;
pub(super) const AAAA: u16 = 28;

/// What a name server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Response code: 0 no error, 2 server failure, 3 no such name, 5 refused.
    pub code: u8,
    /// Addresses, in their order.
    pub addresses: Vec<IpAddr>,
}

/// Asks a name server for the records of a type (1: A, 28: AAAA); none when it stays silent for a second.
pub fn ask(server: SocketAddr, name: &str, kind: u16) -> Option<Answer> {
    let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    // Recursion desired, one question.
    let mut question = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).ok()?);
        question.extend(label.bytes());
    }
    question.push(0);
    question.extend(kind.to_be_bytes());
    question.extend([0, 1]);
    socket.send_to(&question, server).ok()?;
    let mut buffer = [0; 1500];
    let length = socket.recv(&mut buffer).ok()?;
    parse_answer(buffer.get(..length)?)
}

fn parse_answer(message: &[u8]) -> Option<Answer> {
    let code = message.get(3)? & 15;
    let count = u16::from_be_bytes([*message.get(6)?, *message.get(7)?]);
    let (_, _, mut rest) = question(message)?;
    let mut addresses = Vec::new();
    for _ in 0..count {
        // A name, mostly a pointer of two bytes, then type, class, lifetime and length.
        rest = if *rest.first()? >= 0xC0 { rest.get(2..)? } else { labels(rest)?.1 };
        let (head, tail) = rest.split_at_checked(10)?;
        let kind = u16::from_be_bytes([*head.first()?, *head.get(1)?]);
        let (data, tail) =
            tail.split_at_checked(u16::from_be_bytes([*head.get(8)?, *head.get(9)?]).into())?;
        match kind {
            A => addresses.push(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?))),
            AAAA => addresses.push(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?))),
            _ => {}
        }
        rest = tail;
    }
    Some(Answer { code, addresses })
}

/// Name in lower case and type of a message's question, and what follows it.
pub(super) fn question(message: &[u8]) -> Option<(String, u16, &[u8])> {
    let (name, rest) = labels(message.get(12..)?)?;
    let kind = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
    Some((name, kind, rest.get(4..)?))
}

fn labels(mut rest: &[u8]) -> Option<(String, &[u8])> {
    let mut name = Vec::new();
    loop {
        let (length, tail) = rest.split_first()?;
        if *length == 0 {
            return Some((name.join("."), tail));
        }
        let (label, tail) = tail.split_at_checked(usize::from(*length))?;
        name.push(String::from_utf8_lossy(label).to_lowercase());
        rest = tail;
    }
}

/// The answer to a question: its code, and one address that may be kept for no time at all.
pub(super) fn answer(asked: &[u8], code: u8, address: Option<IpAddr>) -> Option<Vec<u8>> {
    let (_, kind, rest) = question(asked)?;
    let mut message = asked.get(..asked.len() - rest.len())?.to_vec();
    let matching = address.filter(|address| if address.is_ipv4() { kind == A } else { kind == AAAA });
    let head = [0x81, 0x80 | code, 0, 1, 0, u8::from(matching.is_some()), 0, 0, 0, 0];
    message.get_mut(2..12)?.copy_from_slice(&head);
    if let Some(address) = matching {
        // The name is that of the question, at byte 12.
        message.extend([0xC0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0]);
        match address {
            IpAddr::V4(address) => message.extend([&[0, 4], address.octets().as_slice()].concat()),
            IpAddr::V6(address) => message.extend([&[0, 16], address.octets().as_slice()].concat()),
        }
    }
    Some(message)
}
