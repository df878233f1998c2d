//! The files that dnsmasq reads: who may boot, with which address, and where from.
//!
//! - One file for each port of a machine that is booted, in the directory that `dhcp-hostsdir` names.
//! - One file with the URL of the boot service, in the directory that `dhcp-optsdir` names; what asks for it has the tag `ipxe`.
//!
//! A file that changes adds to what dnsmasq knows, and a file that goes leaves it as it was, until dnsmasq is reloaded. Two
//! things follow. There is no tag in the files of ports: with one, dnsmasq before 2.91 crashes at a reload once the entry has
//! led to a lease. And each file begins with the port alone: where a line with an address is refused, because dnsmasq still
//! has the address of another machine that is gone, the machine gets one of the range, and boots.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// The name of the file with the URL of the boot service.
pub const URL_FILE: &str = "boot-url";

/// The longest label of a name, in bytes (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// A port of a machine that may boot over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootPort {
    /// Its MAC address, in lower case with colons.
    pub mac_address: String,
    /// The addresses that the instance has there, one for each subnet. dnsmasq gives the one that fits its network.
    pub addresses: Vec<Ipv4Addr>,
    /// The name of the instance, as its owner wrote it.
    pub instance_name: String,
}

/// The files of all ports, by their names.
pub fn host_files(ports: &[BootPort]) -> BTreeMap<String, String> {
    let files = ports
        .iter()
        .map(|port| (port.mac_address.replace(':', "-"), host_file(port)));
    files.collect()
}

/// Whether this is the name of a file of a port: those that nobody needs any more are taken away.
pub fn is_host_file(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let is_byte = |part: &&str| part.len() == 2 && part.bytes().all(|of| of.is_ascii_hexdigit());
    parts.len() == 6 && parts.iter().all(is_byte)
}

/// The file that says where iPXE gets its script. `base` has no slash at its end.
pub fn url_file(base: &str) -> String {
    // Quotes keep a comma from ending the value.
    let base = base.replace('"', "%22").replace('\\', "%5C");
    format!("tag:ipxe,option:bootfile-name,\"{base}/boot.ipxe\"\n")
}

fn host_file(port: &BootPort) -> String {
    let mac = &port.mac_address;
    let name = host_name(&port.instance_name).map_or(String::new(), |name| format!(",{name}"));
    let mut text = format!("{mac}{name}\n");
    for address in &port.addresses {
        writeln!(text, "{mac},{address}{name}").ok();
    }
    text
}

/// The first label of the name, as dnsmasq takes it for a name, or `None`: "ignore", "infinite" and numbers with a unit of time
/// mean something else to it.
fn host_name(name: &str) -> Option<String> {
    let mut labels = name.split('.').map(label);
    let label = labels.find(|label| !label.is_empty())?;
    let means_else = ["ignore", "infinite"].contains(&&*label) || is_time(&label);
    (!means_else).then_some(label)
}

/// Of letters, digits and hyphens; empty where there are none.
fn label(text: &str) -> String {
    let as_label = |of: char| {
        if of.is_ascii_alphanumeric() {
            of.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let label: String = text.chars().map(as_label).take(LONGEST_LABEL).collect();
    label.trim_matches('-').to_owned()
}

/// What dnsmasq takes for the time of a lease.
fn is_time(label: &str) -> bool {
    let number = label.strip_suffix(['s', 'm', 'h', 'd', 'w']);
    number
        .unwrap_or(label)
        .bytes()
        .all(|of| of.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, addresses: &[&str]) -> BootPort {
        BootPort {
            mac_address: "52:54:00:ab:00:01".to_owned(),
            addresses: addresses.iter().map(|of| of.parse().unwrap()).collect(),
            instance_name: name.to_owned(),
        }
    }

    #[test]
    fn a_port_is_known_first_and_then_has_each_of_its_addresses() {
        let files = host_files(&[port("web1", &["10.20.0.11", "10.30.0.11"])]);
        let (name, text) = files.iter().next().unwrap();
        assert_eq!(name, "52-54-00-ab-00-01");
        assert!(is_host_file(name));
        assert_eq!(
            text,
            "52:54:00:ab:00:01,web1\n52:54:00:ab:00:01,10.20.0.11,web1\n52:54:00:ab:00:01,10.30.0.11,web1\n"
        );
    }

    #[test]
    fn names_bring_no_lines_no_fields_and_no_words_of_dnsmasq() {
        for (name, written) in [
            ("web1", ",web1"),
            ("web 1.example.org", ",web-1"),
            ("WEB1", ",web1"),
            (
                "a,set:known\nff:ff:ff:ff:ff:ff",
                ",a-set-known-ff-ff-ff-ff-ff-ff",
            ),
            ("Straße", ",stra-e"),
            ("..", ""),
            ("ignore", ""),
            ("infinite", ""),
            ("42", ""),
            ("12h", ""),
            ("h", ""),
            ("h12", ",h12"),
            ("12x", ",12x"),
            ("IGNORE.me", ""),
        ] {
            let text = host_file(&port(name, &[]));
            assert_eq!(text, format!("52:54:00:ab:00:01{written}\n"), "{name:?}");
        }
        let long = host_name(&"x".repeat(300)).unwrap();
        assert_eq!(long.len(), LONGEST_LABEL);
    }

    #[test]
    fn files_of_others_are_not_taken_for_files_of_ports() {
        for name in [
            "README",
            "52-54-00-ab-00",
            "52-54-00-ab-00-01.conf",
            ".52-54-00-ab-00-01",
            "52-54-00-ab-00-0x",
            "printers",
        ] {
            assert!(!is_host_file(name), "{name}");
        }
    }

    #[test]
    fn ipxe_is_told_where_its_script_is() {
        assert_eq!(
            url_file("http://10.20.0.1:6680"),
            "tag:ipxe,option:bootfile-name,\"http://10.20.0.1:6680/boot.ipxe\"\n"
        );
        let odd = url_file("http://a/b\",c\\");
        assert_eq!(odd.matches(['"', '\\']).count(), 2, "{odd}");
    }
}
