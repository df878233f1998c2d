//! A deploy of a machine, with all that its script and its data are made of.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::image::Completion;
use crate::model::instance::{Attachment, FixedIp, Instance};
use crate::model::netboot::Netboot;
use crate::model::network::{Network, Subnet};
use crate::model::node::Port;
use crate::rules::netboot::variables::Values;
use crate::rules::netboot::{digest, nocloud};

/// The longest name that a machine gives itself, in characters (RFC 1123 §2.1 with RFC 1035 §2.3.4).
const MAX_HOSTNAME: usize = 63;

/// A deploy that is under way.
#[derive(Debug)]
pub struct Deploy {
    /// What was true when it began.
    pub netboot: Netboot,
    /// Whose machine it is.
    pub instance: Instance,
    /// The machine's ports.
    pub ports: Vec<Port>,
    /// The networks that the instance is in.
    pub networks: Vec<Network>,
    /// The base URL of the boot service, without a slash at its end.
    pub base: String,
}

impl Deploy {
    /// The URL of something that only this machine knows of, such as `kernel`.
    pub fn url(&self, of: &str) -> String {
        format!(
            "{}/deploys/{}/{of}",
            self.base,
            self.netboot.secret.expose()
        )
    }

    /// Whether the machine is to say that it is up.
    pub fn has_to_phone_home(&self) -> bool {
        self.netboot.completion == Completion::PhoneHome
    }

    /// What the variables of its command line stand for, and what its data says of it. `mac` is the port that it boots from,
    /// where that is known; else the first of its ports that can boot.
    pub fn values(&self, mac: Option<&str>) -> Values {
        let mac = self.boot_port(mac).unwrap_or_default();
        let attachment = self.attachment_of(mac);
        let (address, subnet) = attachment
            .and_then(|attachment| self.first_address(attachment))
            .unzip();
        let subnet = subnet.flatten();
        let name = &self.instance.name;
        Values {
            instance_uuid: self.instance.id.to_string(),
            instance_name: name.clone(),
            hostname: hostname(name).unwrap_or_else(|| self.instance.id.to_string()),
            mac: mac.to_owned(),
            ip: address.map_or(String::new(), |address| address.to_string()),
            prefix: subnet.map_or(String::new(), |of| of.cidr.prefix_len().to_string()),
            netmask: subnet.map_or(String::new(), netmask),
            gateway: subnet
                .and_then(|of| of.gateway_ip)
                .map_or(String::new(), |of| of.to_string()),
            dns: subnet.map_or(String::new(), name_servers),
            data_url: self.url(""),
            phone_home_url: self.url("phone-home"),
            boot_url: self.base.clone(),
            network_config: digest::base64(nocloud::network_config(self).as_bytes()),
        }
    }

    /// The subnet of an address.
    pub fn subnet_of(&self, address: &FixedIp) -> Option<&Subnet> {
        let mut subnets = self.networks.iter().flat_map(|network| &network.subnets);
        subnets.find(|subnet| subnet.uuid == address.subnet_id)
    }

    fn boot_port<'a>(&'a self, asked: Option<&str>) -> Option<&'a str> {
        let ports = || self.ports.iter();
        let known = asked.and_then(|mac| ports().find(|port| port.mac_address == mac));
        let found = known
            .or_else(|| ports().find(|port| port.pxe_enabled))
            .or_else(|| ports().next());
        found.map(|port| port.mac_address.as_str())
    }

    fn attachment_of(&self, mac: &str) -> Option<&Attachment> {
        let mut attachments = self.instance.network_info.iter();
        attachments.find(|attachment| attachment.mac_address == mac)
    }

    /// The first address of a port, IPv4 before IPv6, and its subnet.
    fn first_address(&self, of: &Attachment) -> Option<(IpAddr, Option<&Subnet>)> {
        let addresses = || of.fixed_ips.iter();
        let first = addresses()
            .find(|fixed| fixed.ip_address.is_ipv4())
            .or_else(|| addresses().next())?;
        Some((first.ip_address, self.subnet_of(first)))
    }
}

fn netmask(subnet: &Subnet) -> String {
    match subnet.cidr {
        IpNet::V4(cidr) => cidr.netmask().to_string(),
        IpNet::V6(_) => String::new(),
    }
}

fn name_servers(subnet: &Subnet) -> String {
    let servers = subnet.dns_nameservers.iter().map(IpAddr::to_string);
    servers.collect::<Vec<_>>().join(",")
}

/// An instance's name as one that a machine can give itself: labels of letters, digits and hyphens. `None` where nothing is
/// left of it.
fn hostname(name: &str) -> Option<String> {
    let as_label = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let labels = name.split('.').map(|label| {
        let label: String = label.chars().map(as_label).collect();
        label.trim_matches('-').to_owned()
    });
    let labels: Vec<String> = labels.filter(|label| !label.is_empty()).collect();
    let mut hostname = labels.join(".");
    hostname.truncate(MAX_HOSTNAME);
    let hostname = hostname.trim_end_matches(['-', '.']);
    (!hostname.is_empty()).then(|| hostname.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::ids::{
        ImageId, InstanceId, NetworkId, NodeId, PortId, SubnetId, TaskId, TypeId,
    };
    use crate::model::instance::InstanceStatus;
    use crate::model::secret::Secret;
    use crate::time::Timestamp;

    pub(in crate::rules::netboot) const MACS: [&str; 2] =
        ["52:54:00:00:00:01", "52:54:00:00:00:02"];
    pub(in crate::rules::netboot) const ID: &str = "01900000-0000-7000-8000-000000000001";

    fn id(last: u8) -> uuid::Uuid {
        let mut id: uuid::Uuid = ID.parse().unwrap();
        let mut bytes = *id.as_bytes();
        bytes[15] = last;
        id = uuid::Uuid::from_bytes(bytes);
        id
    }

    fn subnet(last: u8, cidr: &str, gateway: Option<&str>, dns: &[&str]) -> Subnet {
        Subnet {
            uuid: SubnetId(id(last)),
            cidr: cidr.parse().unwrap(),
            gateway_ip: gateway.map(|of| of.parse().unwrap()),
            dns_nameservers: dns.iter().map(|of| of.parse().unwrap()).collect(),
            allocation_pools: Vec::new(),
        }
    }

    fn network(last: u8, subnets: Vec<Subnet>) -> Network {
        Network {
            id: NetworkId(id(last)),
            name: format!("n{last}"),
            vlan: None,
            subnets,
            created_at: Timestamp::from_micros(0),
            updated_at: None,
            revision: 1,
        }
    }

    fn attachment(mac: &str, network: &Network, addresses: &[&str]) -> Attachment {
        let fixed_ips = addresses.iter().zip(&network.subnets);
        Attachment {
            port_id: PortId(id(0)),
            network: network.id,
            mac_address: mac.to_owned(),
            fixed_ips: fixed_ips
                .map(|(address, subnet)| FixedIp {
                    ip_address: address.parse().unwrap(),
                    subnet_id: subnet.uuid,
                })
                .collect(),
        }
    }

    /// A machine with two ports: one with an address of each family, one in a network without subnets.
    pub(in crate::rules::netboot) fn deploy(name: &str) -> Deploy {
        let front = network(
            10,
            vec![
                subnet(11, "2001:db8::/64", Some("2001:db8::1"), &["2001:db8::53"]),
                subnet(
                    12,
                    "10.0.0.0/20",
                    Some("10.0.0.1"),
                    &["10.0.0.53", "10.0.0.54"],
                ),
            ],
        );
        let back = network(20, Vec::new());
        let network_info = vec![
            attachment(MACS[1], &front, &["2001:db8::7", "10.0.0.7"]),
            attachment(MACS[0], &back, &[]),
        ];
        Deploy {
            netboot: Netboot {
                task_id: TaskId(id(2)),
                node_id: NodeId(id(3)),
                instance_id: InstanceId(id(1)),
                image_id: ImageId(id(4)),
                secret: Secret::new("5ec2e7".to_owned()),
                completion: Completion::PhoneHome,
                kernel_args: None,
                user_data: None,
                kernel_sha256: Some("ab".repeat(32)),
                initrd_sha256: Some("cd".repeat(32)),
                tries: 0,
                expires_at: None,
                created_at: Timestamp::from_micros(0),
            },
            instance: Instance {
                id: InstanceId(id(1)),
                name: name.to_owned(),
                description: None,
                type_id: TypeId(id(5)),
                image_id: ImageId(id(4)),
                availability_zone: "rack-1".to_owned(),
                network_info,
                status: InstanceStatus::Building,
                power_state: None,
                target_power_state: None,
                project_id: "red".to_owned(),
                user_id: "ann".to_owned(),
                extra: BTreeMap::new(),
                last_error: None,
                node_id: NodeId(id(3)),
                launched_at: None,
                created_at: Timestamp::from_micros(0),
                updated_at: None,
                revision: 1,
            },
            ports: MACS
                .iter()
                .enumerate()
                .map(|(index, mac)| Port {
                    uuid: PortId(id(30)),
                    mac_address: (*mac).to_owned(),
                    port_type: None,
                    pxe_enabled: index == 1,
                })
                .collect(),
            networks: vec![front, back],
            base: "http://10.0.0.2:6680".to_owned(),
        }
    }

    #[test]
    fn variables_are_those_of_the_port_that_it_boots_from() {
        let deploy = deploy("Web 1");
        let values = deploy.values(None);
        assert_eq!(
            values,
            Values {
                instance_uuid: ID.to_owned(),
                instance_name: "Web 1".to_owned(),
                hostname: "web-1".to_owned(),
                mac: MACS[1].to_owned(),
                ip: "10.0.0.7".to_owned(),
                prefix: "20".to_owned(),
                netmask: "255.255.240.0".to_owned(),
                gateway: "10.0.0.1".to_owned(),
                dns: "10.0.0.53,10.0.0.54".to_owned(),
                data_url: "http://10.0.0.2:6680/deploys/5ec2e7/".to_owned(),
                phone_home_url: "http://10.0.0.2:6680/deploys/5ec2e7/phone-home".to_owned(),
                boot_url: "http://10.0.0.2:6680".to_owned(),
                network_config: digest::base64(nocloud::network_config(&deploy).as_bytes()),
            }
        );
        let other = deploy.values(Some(MACS[0]));
        assert_eq!((other.mac.as_str(), other.ip.as_str()), (MACS[0], ""));
        let strange = deploy.values(Some("52:54:00:00:00:99"));
        assert_eq!(strange, values);
    }

    #[test]
    fn a_host_has_a_name_that_hosts_may_have() {
        for (name, expected) in [
            ("web1", Some("web1")),
            ("Web 1", Some("web-1")),
            ("web1.example.com", Some("web1.example.com")),
            ("..a..b..", Some("a.b")),
            ("-a-", Some("a")),
            ("größe", Some("gr--e")),
            ("日本", None),
            ("x\nroot: y", Some("x-root--y")),
        ] {
            assert_eq!(hostname(name).as_deref(), expected, "{name}");
        }
        let long = hostname(&format!("{}.{}", "a".repeat(62), "b".repeat(9))).unwrap();
        assert_eq!(long, "a".repeat(62));
    }
}
