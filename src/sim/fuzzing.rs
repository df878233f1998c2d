//! A BMC for the fuzz targets, which bring the clock and the datagrams; only built with `--cfg fuzzing`.
//!
//! It does what no BMC of the rack does: it tells what a console asked for inside a session, and says in a session whatever it
//! is told to, with keys that are right. So a fuzzer gets behind the login, where random bytes never come.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use super::config::SimBmcConfig;
use super::counters::Counters;
use super::device::Device;
use super::faults::Faults;
use super::wire::rmcp::{self, Packet};

/// One BMC and its machine.
pub struct Bmc(Device);

/// A request inside a session, as the BMC reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Network function, even.
    pub net_fn: u8,
    /// Command.
    pub command: u8,
    /// The whole message: two addresses, two checksums and the data.
    pub message: Vec<u8>,
}

impl Bmc {
    /// A BMC that was just plugged in.
    pub fn new(now: Instant, config: SimBmcConfig) -> Self {
        Self(Device::new(now, config))
    }

    /// Takes a datagram and gives the answers. They are not late: when they arrive is the fuzzer's business.
    pub fn on_datagram(&mut self, now: Instant, datagram: &[u8]) -> Vec<Vec<u8>> {
        let console = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
        let answers = self.0.on_datagram(now, console, datagram);
        answers.into_iter().map(|answer| answer.bytes).collect()
    }

    /// What this datagram asks for in one of the sessions that are open. Changes nothing, whether or not it is delivered.
    pub fn read(&mut self, datagram: &[u8]) -> Option<Asked> {
        let Packet::Rmcpp(packet) = rmcp::decode(datagram)? else {
            return None;
        };
        let active = self.0.sessions.active(packet.session_id)?;
        if !active.keys.is_genuine(packet.session_bytes) {
            return None;
        }
        let message = active.keys.decrypt(packet.payload)?;
        let [_, net_fn, _, _, _, command, ..] = message.as_slice() else {
            return None;
        };
        Some(Asked {
            net_fn: net_fn >> 2,
            command: *command,
            message,
        })
    }

    /// This message in the session that was opened last, if one is open: encrypted, numbered and signed.
    pub fn say(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        let bmc_id = self.0.sessions.all_active().last()?.0.bmc_id;
        self.0.seal(bmc_id, message)
    }

    /// Other faults from now on.
    pub fn set_faults(&mut self, now: Instant, faults: Faults) {
        self.0.set_faults(now, faults);
    }

    /// What happened so far.
    pub fn counters(&mut self, now: Instant) -> Counters {
        self.0.counters(now)
    }
}
