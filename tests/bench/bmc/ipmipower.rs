//! The same pass by FreeIPMI's ipmipower.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use nix::sys::resource::{UsageWho, getrusage};
use ostler::time;

use crate::pass::{Figures, micros, usage_micros};

/// One process takes no more: it waits with select(2), and dies above a thousand sockets.
const HOSTS: u32 = 1_000;

/// Reads the rack with as many processes as that takes, all at once.
pub(crate) fn run(first: SocketAddrV4, count: u32) -> anyhow::Result<Figures> {
    let (cpu, began) = (usage_micros(UsageWho::RUSAGE_CHILDREN)?, time::instant());
    let mut processes = Vec::new();
    for start in (0..count).step_by(HOSTS as usize) {
        let hosts: Vec<String> = (start..count.min(start + HOSTS))
            .map(|index| {
                let address = Ipv4Addr::from(first.ip().to_bits() + index);
                SocketAddrV4::new(address, first.port()).to_string()
            })
            .collect();
        processes.push(start_one(&hosts)?);
    }
    let mut answered = 0;
    for process in processes {
        let output = process.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        answered += said
            .lines()
            .filter(|line| line.ends_with(": on") || line.ends_with(": off"))
            .count();
        if !output.status.success() {
            eprintln!("an ipmipower died ({})", output.status);
        }
    }
    let all = micros(time::instant() - began);
    Ok(Figures {
        answered: u32::try_from(answered)?,
        // It prints what it has only at its end.
        answered_micros: all,
        all_micros: all,
        cpu_micros: usage_micros(UsageWho::RUSAGE_CHILDREN)? - cpu,
        peak_kib: u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss())?,
    })
}

fn start_one(hosts: &[String]) -> anyhow::Result<Child> {
    Command::new("ipmipower")
        .args(["-D", "LAN_2_0", "-I", "3", "-u", "admin", "-p", "admin"])
        .args(["-l", "OPERATOR", "-F", "500", "--stat", "-h"])
        .arg(hosts.join(","))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start ipmipower: install freeipmi-tools, or give --alone")
}
