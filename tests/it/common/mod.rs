//! Fixtures that several modules use.
#![cfg(test)]

pub(crate) mod at_terminal;
pub(crate) mod bench;
pub(crate) mod booted;
pub(crate) mod chance;
pub(crate) mod clients;
pub(crate) mod daemon;
pub(crate) mod dhcp_client;
pub(crate) mod events;
pub(crate) mod file_server;
pub(crate) mod http;
pub(crate) mod ipmi_sim;
pub(crate) mod journal;
pub(crate) mod keystone;
pub(crate) mod keystone_stub;
pub(crate) mod machine;
pub(crate) mod mount_space;
pub(crate) mod net_space;
pub(crate) mod netboot;
pub(crate) mod offline;
pub(crate) mod prometheus;
pub(crate) mod qemu;
pub(crate) mod qmp;
pub(crate) mod served;
pub(crate) mod sim;
pub(crate) mod skip;
pub(crate) mod small_disk;
pub(crate) mod systemd;
pub(crate) mod tls;
pub(crate) mod wait;
