//! Clients of the boot service that misbehave, in a network that nobody looks after: the API does not notice, memory is bounded,
//! and a machine that boots gets its files.
#![cfg(test)]

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ostler::sim::SimBmcConfig;
use ostler::time::instant;
use socket2::{Domain, Socket, Type};

use crate::common::daemon::Daemon;
use crate::common::netboot::{Machine, Netboot};
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";

/// Connections that say nothing.
const IDLE: usize = 300;
/// Clients of each other bad kind.
const EACH: usize = 30;
/// The connections that one address may have.
const SHARE: usize = 512;
/// The initrd, in bytes: more than the sockets hold.
const INITRD: usize = 24 << 20;
/// The most that all of that may add to the daemon's memory, in KiB. An idle connection costs up to 17 KiB, and one that takes
/// nothing of a file no more: that is 7 MiB. The rest is for the allocator, and for a debug build.
const MOST_KIB: u64 = 32 << 10;
/// The longest that an answer of the API may take meanwhile, in a debug build on a machine that does other things too.
const API_PATIENCE: Duration = Duration::from_secs(5);

fn resident_kib(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.unwrap().trim().strip_suffix(" kB").unwrap();
    figure.parse().unwrap()
}

fn connect(rack: &Netboot, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(rack.boot_address()).unwrap();
    stream.write_all(request).unwrap();
    stream
}

/// A daemon whose machine has its script and may fetch a large initrd.
fn booting() -> (Netboot, Machine, Vec<u8>) {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let words = (0..).map(|number: u32| number.wrapping_mul(2_654_435_761));
    let initrd: Vec<u8> = words.flat_map(u32::to_le_bytes).take(INITRD).collect();
    let uploads = rack
        .bench
        .admin
        .with("Content-Type", "application/octet-stream");
    let path = format!("/v1/images/{}/initrd", rack.parts.image);
    uploads.send("PUT", &path, Some(&initrd)).expect(200);
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    (rack, machine, initrd)
}

#[test]
fn a_crowd_in_the_provisioning_network_hurts_neither_the_api_nor_a_machine_that_boots() {
    let (rack, machine, initrd) = booting();
    let fetch = || {
        let path = format!("{}/initrd", machine.place());
        rack.boot_service().get(&path).expect(200)
    };
    assert!(fetch().body == initrd);
    let before = resident_kib(&rack.bench.daemon);

    let request = format!("GET {}/initrd HTTP/1.1\r\nHost: x\r\n\r\n", machine.place());
    let mut crowd = Vec::new();
    for _ in 0..IDLE {
        crowd.push(connect(&rack, b""));
    }
    for _ in 0..EACH {
        // Those who take nothing of what they asked for, those who never end their head, those who send nonsense.
        crowd.push(connect(&rack, request.as_bytes()));
        crowd.push(connect(&rack, b"GET /boot.ipxe HTTP/1.1\r\nHost: x\r\n"));
        crowd.push(connect(&rack, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"));
        crowd.push(connect(
            &rack,
            format!("GET /script?mac={} HTTP/1.1\r\n", machine.mac()).as_bytes(),
        ));
    }
    let over = Arc::new(AtomicBool::new(false));
    let askers: Vec<_> = (0..4)
        .map(|_| {
            // Guesses, and scripts for nobody, as fast as it goes.
            let (client, over) = (rack.boot_service(), Arc::clone(&over));
            thread::spawn(move || {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    let guess = format!("/deploys/{asked:064x}/kernel");
                    assert!(
                        client
                            .try_send("GET", &guess, None)
                            .is_ok_and(|of| of.status == 404)
                    );
                    let script = client.try_send("GET", "/script?mac=02:00:00:ff:ff:ff", None);
                    assert!(script.is_ok_and(|of| of.status == 200));
                    asked += 1;
                }
                asked
            })
        })
        .collect();

    for _ in 0..20 {
        let start = instant();
        rack.bench.admin.get("/v1/nodes/n").expect(200);
        rack.bench.admin.get("/readyz").expect(200);
        let took = start.elapsed();
        assert!(took < API_PATIENCE, "the API took {took:?}");
    }
    for _ in 0..3 {
        assert!(fetch().body == initrd);
    }
    over.store(true, Ordering::Relaxed);
    for asker in askers {
        assert!(asker.join().unwrap() > 0);
    }
    let grown = resident_kib(&rack.bench.daemon).saturating_sub(before);
    assert!(grown < MOST_KIB, "{grown} KiB more");

    drop(crowd);
    machine.kernel().expect(200);
    machine.phone_home().expect(200);
}

#[test]
fn an_address_has_no_more_than_its_share_of_the_connections_however_slowly_it_reads() {
    let (rack, machine, initrd) = booting();
    let request = format!("GET {}/initrd HTTP/1.1\r\nHost: x\r\n\r\n", machine.place());
    let mut readers: Vec<_> = (0..SHARE)
        .map(|_| {
            let mut reader = connect(&rack, request.as_bytes());
            // All are under way, and none is idle.
            reader.read_exact(&mut [0; 4]).unwrap();
            reader
        })
        .collect();
    let mut refused = 0;
    for _ in 0..SHARE {
        let mut one_more = TcpStream::connect(rack.boot_address()).unwrap();
        one_more.write_all(request.as_bytes()).ok();
        one_more
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        match one_more.read(&mut [0; 4]) {
            Ok(0) | Err(_) => refused += 1,
            Ok(_) => readers.push(one_more),
        }
    }
    assert!(refused > 0, "a client has {} connections", readers.len());

    let path = format!("{}/initrd", machine.place());
    let other = from_another_address(&rack, &path);
    assert!(other.ends_with(&initrd), "{} bytes", other.len());

    // Those that take nothing give way to what else comes from their address.
    let served = || {
        rack.boot_service()
            .try_send("GET", "/boot.ipxe", None)
            .is_ok()
    };
    until("a seat that is let go", || served().then_some(()));
    drop(readers);
    machine.kernel().expect(200);
}

/// What is answered to a client that has not the address that the others have.
fn from_another_address(rack: &Netboot, path: &str) -> Vec<u8> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let own = SocketAddr::from(([127, 0, 0, 2], 0));
    socket.bind(&own.into()).unwrap();
    socket.connect(&rack.boot_address().into()).unwrap();
    let mut stream = TcpStream::from(socket);
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn a_head_that_is_too_long_is_refused_and_a_request_that_is_none_ends_its_connection() {
    let (rack, machine, _) = booting();
    let long = format!(
        "GET /boot.ipxe HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "a".repeat(64 << 10)
    );
    for (request, begins) in [
        (long.as_bytes(), "HTTP/1.1 431 "),
        (&b"nonsense\r\n\r\n"[..], "HTTP/1.1 400 "),
        (
            b"GET /boot.ipxe HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
        // HTTP/2, which is not spoken here.
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
    ] {
        let mut stream = TcpStream::connect(rack.boot_address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        // It may be cut off before all of it is sent.
        stream.write_all(request).ok();
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(begins), "{answer}");
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    machine.kernel().expect(200);
}
