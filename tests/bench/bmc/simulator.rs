//! The simulated rack: a process of its own, so that its CPU time is not ours.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use serde_json::Value;

use crate::network::Network;
use crate::pass::Figures;
use crate::row::Row;

/// The address of the first BMC; the others follow it.
const FIRST: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 8, 0, 1), 6230);

/// A running rack; it ends with the value.
pub(crate) struct Simulator {
    process: Child,
    control: SocketAddr,
    count: u32,
}

impl Simulator {
    pub(crate) fn start(network: Network, count: u32) -> anyhow::Result<Self> {
        let mut process = Command::new(ostler_bench::ostlerd())
            .args(["bmc-sim", "--addresses", "--suites=3", "--http=127.0.0.1:0"])
            .arg(format!("--listen={FIRST}"))
            .arg(format!("--count={count}"))
            .args(network.options())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start ostlerd bmc-sim")?;
        let output = process.stdout.take().context("no standard output")?;
        for line in BufReader::new(output).lines() {
            if let Some(address) = line?.strip_prefix("counters and control at http://") {
                let control = address.trim_end_matches('/').parse()?;
                return Ok(Self {
                    process,
                    control,
                    count,
                });
            }
        }
        anyhow::bail!("the simulated rack did not start: {:?}", process.wait()?)
    }

    pub(crate) fn first(&self) -> SocketAddrV4 {
        FIRST
    }

    /// What a pass took, with what the rack counted of it.
    pub(crate) fn row(
        &self,
        who: &'static str,
        network: Network,
        figures: Figures,
    ) -> anyhow::Result<Row> {
        let counters = self.counters()?;
        let count = |name: &str| counters[name].as_u64().unwrap_or(0);
        Ok(Row {
            who,
            network,
            count: self.count,
            packets: count("packets_in") + count("packets_out"),
            leaked: count("sessions_open") + count("sessions_expired"),
            simulator_cpu: self.cpu_micros()?,
            figures,
        })
    }

    /// The counters of all BMCs together.
    fn counters(&self) -> anyhow::Result<Value> {
        let mut stream = TcpStream::connect(self.control)?;
        stream.write_all(b"GET /total HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split("\r\n\r\n").nth(1).context("no body")?;
        let mut summary: Value = serde_json::from_str(body).context("counters")?;
        Ok(summary["total"].take())
    }

    /// CPU time of the process so far, in microseconds.
    fn cpu_micros(&self) -> anyhow::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name, which may have spaces, ends with the last parenthesis; utime and stime are the 12th and 13th after it.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        // Linux tells user space in hundredths of a second, whatever the kernel counts in.
        Ok(ticks * 10_000)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
