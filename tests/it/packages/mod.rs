//! The packages, as an administrator meets them.
#![cfg(test)]

mod built;
mod deb;
mod dnsmasq;
mod first_rack;
mod rpm;
mod whole_life;
