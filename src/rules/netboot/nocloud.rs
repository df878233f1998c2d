//! The data of a machine, as cloud-init's NoCloud reads it.
//!
//! It is JSON throughout, which is YAML too, so that no name can be taken for anything else than a name.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::model::instance::Attachment;
use crate::rules::netboot::deploy::Deploy;

/// What the machine is called, and the values that the variables of its command line have.
pub fn meta_data(deploy: &Deploy) -> String {
    let values = deploy.values(None);
    json!({
        "instance-id": values.instance_uuid,
        "local-hostname": values.hostname,
        "availability_zone": deploy.instance.availability_zone,
        "instance_uuid": values.instance_uuid,
        "instance_name": values.instance_name,
        "hostname": values.hostname,
        "mac": values.mac,
        "ip": values.ip,
        "prefix": values.prefix,
        "netmask": values.netmask,
        "gateway": values.gateway,
        "dns": values.dns,
        "data_url": values.data_url,
        "phone_home_url": values.phone_home_url,
        "boot_url": values.boot_url,
    })
    .to_string()
}

/// What is to be done that nobody has to write into user data: to say that the machine is up.
pub fn vendor_data(deploy: &Deploy) -> String {
    let config = if deploy.has_to_phone_home() {
        json!({
            "phone_home": {
                "url": deploy.url("phone-home"),
                "post": ["instance_id", "hostname", "fqdn"],
                "tries": 10,
            }
        })
    } else {
        json!({})
    };
    format!("#cloud-config\n{config}\n")
}

/// The network, version 2: each port of the instance with the addresses that it was given; one in a network without subnets
/// asks somebody else's DHCP.
///
/// There is one default route of each family, to the first gateway in the order in which the networks were asked for.
pub fn network_config(deploy: &Deploy) -> String {
    let mut routed = Routed::default();
    let mut ethernets = Map::new();
    for (index, attachment) in deploy.instance.network_info.iter().enumerate() {
        let port = port(deploy, attachment, &mut routed);
        ethernets.insert(format!("port{index}"), port);
    }
    json!({"version": 2, "ethernets": ethernets}).to_string()
}

/// The families that have a default route.
#[derive(Default)]
struct Routed {
    v4: bool,
    v6: bool,
}

fn port(deploy: &Deploy, attachment: &Attachment, routed: &mut Routed) -> Value {
    let mut port = Map::new();
    port.insert(
        "match".to_owned(),
        json!({"macaddress": attachment.mac_address}),
    );
    if attachment.fixed_ips.is_empty() {
        port.insert("dhcp4".to_owned(), json!(true));
        return Value::Object(port);
    }
    let (mut addresses, mut routes, mut servers) = (Vec::new(), Vec::new(), Vec::<IpAddr>::new());
    for fixed in &attachment.fixed_ips {
        let Some(subnet) = deploy.subnet_of(fixed) else {
            continue;
        };
        addresses.push(format!("{}/{}", fixed.ip_address, subnet.cidr.prefix_len()));
        for server in &subnet.dns_nameservers {
            if !servers.contains(server) {
                servers.push(*server);
            }
        }
        if let Some(gateway) = subnet.gateway_ip {
            // What is known everywhere: cloud-init 22.4 does not know the word "default", and `gateway4` is to be removed.
            let (is_routed, all) = match gateway {
                IpAddr::V4(_) => (&mut routed.v4, "0.0.0.0/0"),
                IpAddr::V6(_) => (&mut routed.v6, "::/0"),
            };
            if !std::mem::replace(is_routed, true) {
                routes.push(json!({"to": all, "via": gateway}));
            }
        }
    }
    port.insert("addresses".to_owned(), json!(addresses));
    if !routes.is_empty() {
        port.insert("routes".to_owned(), json!(routes));
    }
    if !servers.is_empty() {
        port.insert("nameservers".to_owned(), json!({"addresses": servers}));
    }
    Value::Object(port)
}

/// The instance that a machine says it is when it phones home, in the form that cloud-init sends; `None` where it does not say.
pub fn instance_of(form: &[u8]) -> Option<String> {
    let mut fields = form_urlencoded::parse(form);
    fields
        .find(|(name, _)| name == "instance_id")
        .map(|(_, value)| value.into_owned())
        // What cloud-init writes where it does not know.
        .filter(|value| value != "N/A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::image::Completion;
    use crate::rules::netboot::deploy::tests::{ID, MACS, deploy};

    #[test]
    fn each_port_has_its_addresses_and_each_family_one_default_route() {
        let mut deploy = deploy("web1");
        let read =
            |deploy: &Deploy| serde_json::from_str::<Value>(&network_config(deploy)).unwrap();
        let expected = json!({"version": 2, "ethernets": {
            "port0": {
                "match": {"macaddress": MACS[1]},
                "addresses": ["2001:db8::7/64", "10.0.0.7/20"],
                "routes": [
                    {"to": "::/0", "via": "2001:db8::1"},
                    {"to": "0.0.0.0/0", "via": "10.0.0.1"},
                ],
                "nameservers": {"addresses": ["2001:db8::53", "10.0.0.53", "10.0.0.54"]},
            },
            "port1": {"match": {"macaddress": MACS[0]}, "dhcp4": true},
        }});
        assert_eq!(read(&deploy), expected);
        // The second port in the same networks has addresses, and no other way out.
        let again = deploy.instance.network_info[0].clone();
        deploy.instance.network_info.push(again);
        let port = &read(&deploy)["ethernets"]["port2"];
        assert_eq!(
            port["addresses"],
            expected["ethernets"]["port0"]["addresses"]
        );
        assert_eq!(port.get("routes"), None);
    }

    #[test]
    fn meta_data_says_who_it_is_whatever_it_is_called() {
        let name = "a: \"b\"\n- c";
        let read: Value = serde_json::from_str(&meta_data(&deploy(name))).unwrap();
        assert_eq!(read["instance-id"], ID);
        assert_eq!(read["instance_name"], name);
        assert_eq!(read["local-hostname"], "a---b----c");
        assert_eq!(read["data_url"], "http://10.0.0.2:6680/deploys/5ec2e7/");
        assert_eq!(read["ip"], "10.0.0.7");
    }

    #[test]
    fn vendor_data_phones_home_only_where_somebody_waits_for_it() {
        let mut deploy = deploy("web1");
        let read = |deploy: &Deploy| {
            let text = vendor_data(deploy);
            serde_json::from_str::<Value>(text.strip_prefix("#cloud-config\n").unwrap()).unwrap()
        };
        let url = "http://10.0.0.2:6680/deploys/5ec2e7/phone-home";
        assert_eq!(read(&deploy)["phone_home"]["url"], url);
        deploy.netboot.completion = Completion::PowerOn;
        assert_eq!(read(&deploy), json!({}));
    }

    #[test]
    fn a_machine_that_phones_home_may_say_which_instance_it_is() {
        for (form, expected) in [
            (&b"instance_id=abc&hostname=x"[..], Some("abc")),
            (b"hostname=x&instance_id=a%20b", Some("a b")),
            (b"instance_id=N%2FA", None),
            (b"pub_key_rsa=ssh-rsa+AAAA", None),
            (b"", None),
            (b"\xff\x00", None),
        ] {
            assert_eq!(instance_of(form).as_deref(), expected);
        }
    }
}
