//! A DHCP client that asks as firmware and iPXE do (RFC 2131, RFC 4578), from a namespace of its own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use ostler::time::instant;

use super::net_space::NetSpace;

/// How long an answer may take, until one asks again.
const PATIENCE: Duration = Duration::from_secs(2);

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const ACK: u8 = 5;

const HOST_NAME: u8 = 12;
const REQUESTED_ADDRESS: u8 = 50;
const MESSAGE_TYPE: u8 = 53;
const SERVER: u8 = 54;
const PARAMETERS: u8 = 55;
const VENDOR_CLASS: u8 = 60;
const BOOTFILE: u8 = 67;
const USER_CLASS: u8 = 77;
const CLIENT_ARCHITECTURE: u8 = 93;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Firmware of this architecture: 0 is BIOS, 7 is UEFI on x86-64.
    Firmware(u16),
    /// iPXE that firmware of this architecture has started.
    Ipxe(u16),
    /// An operating system.
    System,
}

/// What a server gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) address: Ipv4Addr,
    /// Empty where there is none.
    pub(crate) bootfile: String,
    pub(crate) host_name: String,
}

/// What came back.
struct Answer {
    transaction: [u8; 4],
    address: Ipv4Addr,
    file: String,
    options: BTreeMap<u8, Vec<u8>>,
}

/// Asks from the interface `cli` for all that is needed to boot; `None` where nobody answers in time.
pub(crate) fn lease(space: &NetSpace, mac: &str, asker: Asker) -> Option<Lease> {
    space.run(|| {
        let socket = socket();
        let offer = exchange(&socket, mac, asker, DISCOVER, &[])?;
        let chosen = [
            (REQUESTED_ADDRESS, offer.address.octets().to_vec()),
            (SERVER, offer.options[&SERVER].clone()),
        ];
        let given = exchange(&socket, mac, asker, REQUEST, &chosen)?;
        (given.kind() == ACK).then(|| given.lease())
    })
}

/// Which of these are answered when they ask at once, in this order. The last one has to be: with it, a server that works
/// through its questions in their order has come past all others.
pub(crate) fn who_is_answered(space: &NetSpace, macs: &[&str], asker: Asker) -> Vec<bool> {
    space.run(|| {
        let socket = socket();
        for (at, mac) in macs.iter().enumerate() {
            send(&socket, transaction(at), mac, asker, DISCOVER, &[]);
        }
        let mut answered = vec![false; macs.len()];
        let deadline = instant() + PATIENCE;
        while answered.last() == Some(&false) && instant() < deadline {
            let Some(answer) = receive(&socket) else {
                continue;
            };
            let at = (0..macs.len()).find(|at| transaction(*at) == answer.transaction);
            if let Some(at) = at.filter(|_| answer.kind() == OFFER) {
                answered[at] = true;
            }
        }
        answered
    })
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 68)).unwrap();
    socket.set_broadcast(true).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    // There is no address and no route here.
    setsockopt(&socket, sockopt::BindToDevice, &"cli".into()).unwrap();
    socket
}

fn transaction(number: usize) -> [u8; 4] {
    [0x05, 0x71, 0xe4, u8::try_from(number).unwrap()]
}

fn exchange(
    socket: &UdpSocket,
    mac: &str,
    asker: Asker,
    kind: u8,
    more: &[(u8, Vec<u8>)],
) -> Option<Answer> {
    let of = transaction(usize::from(kind) + 200);
    send(socket, of, mac, asker, kind, more);
    let deadline = instant() + PATIENCE;
    while instant() < deadline {
        if let Some(answer) = receive(socket).filter(|answer| answer.transaction == of) {
            return Some(answer);
        }
    }
    None
}

fn send(
    socket: &UdpSocket,
    transaction: [u8; 4],
    mac: &str,
    asker: Asker,
    kind: u8,
    more: &[(u8, Vec<u8>)],
) {
    let mut packet = vec![0; 236];
    // A request over Ethernet, to be answered by broadcast.
    packet[..4].copy_from_slice(&[1, 1, 6, 0]);
    packet[4..8].copy_from_slice(&transaction);
    packet[10] = 0x80;
    let bytes = mac.split(':').map(|of| u8::from_str_radix(of, 16).unwrap());
    packet[28..34].copy_from_slice(&bytes.collect::<Vec<u8>>());
    packet.extend([0x63, 0x82, 0x53, 0x63]);
    let mut option = |code: u8, value: &[u8]| {
        packet.extend([code, u8::try_from(value.len()).unwrap()]);
        packet.extend(value);
    };
    option(MESSAGE_TYPE, &[kind]);
    option(PARAMETERS, &[1, 3, 6, HOST_NAME, 66, BOOTFILE]);
    if let Asker::Firmware(architecture) | Asker::Ipxe(architecture) = asker {
        let class = format!("PXEClient:Arch:{architecture:05}:UNDI:003016");
        option(VENDOR_CLASS, class.as_bytes());
        option(CLIENT_ARCHITECTURE, &architecture.to_be_bytes());
    }
    if let Asker::Ipxe(_) = asker {
        option(USER_CLASS, b"iPXE");
    }
    for (code, value) in more {
        option(*code, value);
    }
    packet.push(0xff);
    let to = (Ipv4Addr::BROADCAST, 67);
    assert_eq!(socket.send_to(&packet, to).unwrap(), packet.len());
}

/// The next answer; `None` where there is none yet.
fn receive(socket: &UdpSocket) -> Option<Answer> {
    let mut packet = [0; 1_500];
    let length = socket.recv(&mut packet).ok()?;
    let packet = &packet[..length];
    let mut options = BTreeMap::new();
    let mut rest = packet.get(240..)?;
    while let Some((&code, after)) = rest.split_first().filter(|(code, _)| **code != 0xff) {
        if code == 0 {
            rest = after;
            continue;
        }
        let (&size, after) = after.split_first()?;
        let (value, after) = after.split_at_checked(size.into())?;
        options.insert(code, value.to_vec());
        rest = after;
    }
    Some(Answer {
        transaction: packet[4..8].try_into().unwrap(),
        address: Ipv4Addr::from(<[u8; 4]>::try_from(&packet[16..20]).unwrap()),
        file: text(&packet[108..236]),
        options,
    })
}

impl Answer {
    fn kind(&self) -> u8 {
        self.options[&MESSAGE_TYPE][0]
    }

    fn lease(&self) -> Lease {
        let option = |code: u8| self.options.get(&code).map(|value| text(value));
        Lease {
            address: self.address,
            bootfile: option(BOOTFILE).unwrap_or_else(|| self.file.clone()),
            host_name: option(HOST_NAME).unwrap_or_default(),
        }
    }
}

/// Up to the first zero byte.
fn text(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap();
    String::from_utf8_lossy(text).into_owned()
}
