//! A rack as a whole: many BMCs behind one future, and the standalone program around it.
#![cfg(test)]

use std::io::{Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use clap::Parser;
use ostler::sim::standalone::{self, BmcSimArgs};
use ostler::sim::{Delays, Rack, SimBmcConfig, SimUser};
use ostler::time::instant;
use serde_json::Value;

use crate::common::sim::SimRack;

/// Sends a presence ping to each address at once and waits for all the pongs.
fn ping_all(addresses: &[SocketAddr]) {
    let local = if addresses.iter().any(SocketAddr::is_ipv6) {
        "[::1]:0"
    } else {
        "127.0.0.1:0"
    };
    let socket = UdpSocket::bind(local).unwrap();
    let patience = Duration::from_secs(10);
    socket.set_read_timeout(Some(patience)).unwrap();
    let ping = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x2a, 0, 0];
    for address in addresses {
        socket.send_to(&ping, address).unwrap();
    }
    let mut left: Vec<_> = addresses.to_vec();
    let mut buffer = [0; 64];
    while !left.is_empty() {
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        assert_eq!((length, buffer[8], buffer[9]), (28, 0x40, 0x2a));
        left.retain(|address| *address != from);
    }
}

fn addresses(rack: &Rack) -> Vec<SocketAddr> {
    rack.bmcs().map(|bmc| bmc.address()).collect()
}

#[test]
fn hundreds_of_bmcs_answer_at_once_and_each_only_for_itself() {
    let configs = (0..300).map(|n| SimBmcConfig::new(format!("node-{n}")));
    let rack = SimRack::start(configs.collect());
    let (asked, silent) = (addresses(&rack), rack.by_name("node-299").unwrap());
    // In portions that the socket's buffer holds even if nothing is read in between.
    for some in asked[..299].chunks(50) {
        ping_all(some);
    }
    for bmc in rack.bmcs().take(299) {
        let counters = bmc.counters();
        assert_eq!((counters.packets_in, counters.packets_out), (1, 1));
    }
    assert_eq!(silent.counters().packets_in, 0);
}

/// BMCs on these addresses and one port, which is free.
fn on_one_port(addresses: impl Iterator<Item = [u8; 4]>) -> Vec<SimBmcConfig> {
    let free = UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let config = |address| SimBmcConfig {
        bind: SocketAddr::from((address, port)),
        ..SimBmcConfig::new(format!("{address:?}"))
    };
    addresses.map(config).collect()
}

#[test]
fn bmcs_on_one_port_answer_each_from_its_own_address() {
    let addresses_of = (0..600_u16).map(|n| [127, 0, 5 + n.to_be_bytes()[0], n.to_be_bytes()[1]]);
    let rack = SimRack::start(on_one_port(addresses_of));
    let asked = addresses(&rack);
    assert_eq!(asked[599].ip().to_string(), "127.0.7.87");
    for some in asked.chunks(50) {
        ping_all(some);
    }
    for bmc in rack.bmcs() {
        let counters = bmc.counters();
        assert_eq!((counters.packets_in, counters.packets_out), (1, 1));
    }
    // An address of the same port that has no BMC: nobody is asked, and nobody is disturbed.
    let nobody = SocketAddr::from(([127, 0, 9, 9], asked[0].port()));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&[6, 0, 0xff, 6], nobody).unwrap();
    ping_all(&asked[..1]);
    assert_eq!(rack.bmc(0).unwrap().counters().packets_in, 2);
}

#[test]
fn late_answers_leave_from_their_own_addresses_too() {
    let mut configs = on_one_port((1..=40).map(|last| [127, 0, 6, last]));
    for config in &mut configs {
        config.delays.reply = Duration::from_millis(30);
    }
    let rack = SimRack::start(configs);
    let start = instant();
    ping_all(&addresses(&rack));
    assert!(instant() - start >= Duration::from_millis(30));
}

#[test]
fn answers_are_as_late_as_the_bmc_is_slow() {
    let slow = Duration::from_millis(80);
    let (rack, _) = SimRack::one(SimBmcConfig {
        delays: Delays {
            reply: slow,
            ..Delays::default()
        },
        ..SimBmcConfig::new("node-1")
    });
    for _ in 0..3 {
        let start = instant();
        ping_all(&addresses(&rack));
        assert!(instant() - start >= slow);
    }
}

#[test]
fn bmc_listens_on_ipv6_too() {
    let (rack, bmc) = SimRack::one(SimBmcConfig {
        bind: SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ..SimBmcConfig::new("node-1")
    });
    ping_all(&addresses(&rack));
    assert_eq!(bmc.counters().packets_out, 1);
}

#[test]
fn rack_that_cannot_be_is_refused_with_the_reason() {
    let named = |name: &str, password: &str| SimBmcConfig {
        users: vec![SimUser::administrator("admin", password)],
        ..SimBmcConfig::new(name)
    };
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap();
    let cases = [
        (vec![named("a", ""), named("a", "")], "a is there twice"),
        (
            vec![named("a", "twenty-one-characters")],
            "a password has at most 20 bytes",
        ),
        (
            vec![SimBmcConfig {
                bind,
                ..named("a", "")
            }],
            "cannot bind 127.0.0.1:",
        ),
    ];
    for (configs, why) in cases {
        let Err(error) = Rack::bind(configs) else {
            panic!("expected: {why}");
        };
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: BmcSimArgs,
}

/// One HTTP exchange; status line and JSON body.
fn http(address: SocketAddr, head: &str, body: &str) -> (String, Value) {
    let deadline = instant() + Duration::from_secs(10);
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(instant() < deadline, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let length = body.len();
    write!(
        stream,
        "{head} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.lines().next().unwrap().to_owned();
    (status, serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn standalone_rack_is_watched_and_switched_over_http() {
    // A free port, as the program says only on its terminal which one it took.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let http_option = format!("--http={address}");
    let options = ["bmc-sim", "--count=3", "--listen=127.0.0.1:0", &http_option];
    let program = standalone::run(Cli::parse_from(options).args);
    let story = tokio::task::spawn_blocking(move || {
        let (status, bmcs) = http(address, "GET /bmcs", "");
        assert_eq!(status, "HTTP/1.1 200 OK");
        let first: SocketAddr = bmcs[0]["address"].as_str().unwrap().parse().unwrap();
        ping_all(&[first]);
        let (_, switched) = http(address, "PUT /bmcs/sim-2/power", r#"{"power": "on"}"#);
        assert_eq!(switched["power"], "on");
        let (_, counters) = http(address, "GET /counters", "");
        assert_eq!(counters["bmcs"]["sim-1"]["packets_in"], 1);
        assert_eq!(counters["bmcs"]["sim-2"]["power_transitions"], 1);
        assert_eq!(counters["total"]["packets_out"], 1);
    });
    tokio::select! {
        ended = program => panic!("the program ended: {ended:?}"),
        told = story => told.unwrap(),
    }
}
