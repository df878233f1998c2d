//! Nodes as Ironic's client creates them (`openstack baremetal create FILE`) and shows them (`openstack baremetal node show
//! -f json`, `node list --long -f json`).
//!
//! What is of deploying, of cleaning, or of the moment means nothing here and is passed over. A setting that would change how
//! the BMC is reached and that Ostler does not have is refused.

use super::draft::{Draft, Read, Row, flag, join};
use super::native::{plain_port, uuid};
use super::tree::{Kind, Tree};

/// The keys of a node.
pub(super) const NODE: &[Row] = &[
    Row("name", Read::Text, &["name"]),
    Row("uuid", Read::By(uuid), &[]),
    Row("driver", Read::By(driver), &[]),
    Row("driver_info", Read::By(driver_info), &[]),
    Row("properties", Read::By(properties), &[]),
    Row("ports", Read::By(ports), &[]),
    Row("portgroups", Read::By(portgroups), &[]),
    Row("extra", Read::By(extra), &[]),
    Row("description", Read::Text, &["extra", "description"]),
    Row(
        "resource_class",
        Read::Text,
        &["properties", "capabilities", "resource_class"],
    ),
];

/// What else Ironic has at a node.
const PASSED_OVER: [&str; 63] = [
    "allocation_uuid",
    "automated_clean",
    "bios_interface",
    "boot_interface",
    "boot_mode",
    "chassis_uuid",
    "clean_step",
    "conductor",
    "conductor_group",
    "console_enabled",
    "console_interface",
    "created_at",
    "current_raid_configuration",
    "deploy_interface",
    "deploy_step",
    "disable_power_off",
    "driver_internal_info",
    "fault",
    "firmware_interface",
    "inspect_interface",
    "inspection_finished_at",
    "inspection_started_at",
    "instance_info",
    "instance_name",
    "instance_uuid",
    "last_error",
    "lessee",
    "links",
    "maintenance",
    "maintenance_reason",
    "management_interface",
    "network_configuration",
    "network_data",
    "network_interface",
    "owner",
    "parent_node",
    "power_interface",
    "power_state",
    "protected",
    "protected_reason",
    "provision_state",
    "provisioning_state",
    "provisioning_updated_at",
    "target_raid_configuration",
    "current_raid_config",
    "provision_updated_at",
    "raid_config",
    "raid_interface",
    "rescue_interface",
    "reservation",
    "retired",
    "retired_reason",
    "secure_boot",
    "service_step",
    "shard",
    "states",
    "storage_interface",
    "target_power_state",
    "target_provision_state",
    "target_raid_config",
    "traits",
    "updated_at",
    "vendor_interface",
];

/// The keys of `driver_info`.
const DRIVER_INFO: &[Row] = &[
    Row("ipmi_address", Read::Text, &["bmc", "address"]),
    Row("ipmi_port", Read::Whole, &["bmc", "port"]),
    Row("ipmi_username", Read::Text, &["bmc", "username"]),
    Row("ipmi_password", Read::Text, &["bmc", "password"]),
    Row("ipmi_hex_kg_key", Read::By(kg), &[]),
    Row("ipmi_priv_level", Read::By(privilege), &[]),
    Row("ipmi_cipher_suite", Read::Whole, &["bmc", "cipher_suite"]),
    Row("ipmi_protocol_version", Read::By(protocol), &[]),
    Row("ipmi_bridging", Read::By(bridging), &[]),
    Row("ipmi_terminal_port", Read::Ignored, &[]),
    Row("ipmi_force_boot_device", Read::Ignored, &[]),
    Row("ipmi_disable_boot_timeout", Read::Ignored, &[]),
    Row("ipmi_local_address", Read::Ignored, &[]),
    Row("ipmi_target_channel", Read::Ignored, &[]),
    Row("ipmi_target_address", Read::Ignored, &[]),
    Row("ipmi_transit_channel", Read::Ignored, &[]),
    Row("ipmi_transit_address", Read::Ignored, &[]),
];

/// The keys of `driver_info` that are not of IPMI begin like this.
const OF_DEPLOYING: [&str; 12] = [
    "deploy_",
    "rescue_",
    "bootloader",
    "kernel_append_params",
    "agent_",
    "clean",
    "config_via_",
    "force_persistent_boot_device",
    "image_",
    "enable_uefi",
    "external_",
    "verify_",
];

/// Reads a node. Lists of the client have titles for keys: `Driver Info`.
pub(super) fn read(draft: &mut Draft<'_>, tree: &Tree) {
    let mut tree = tree.clone();
    if let Kind::Map(members) = &mut tree.kind {
        for member in members.iter_mut() {
            member.key = plain_key(&member.key);
        }
        members.retain(|member| {
            let ours = !PASSED_OVER.contains(&member.key.as_str());
            if !ours && !member.value.is_null() {
                draft.ignore(&member.key);
            }
            ours
        });
    }
    draft.read(&tree, NODE, "");
}

/// `Driver Info` is `driver_info`.
pub(super) fn plain_key(key: &str) -> String {
    key.to_ascii_lowercase().replace(' ', "_")
}

fn driver(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    // ironic's names, old and new, of what speaks IPMI.
    let text = tree.text().unwrap_or_default();
    if text != "ipmi" && !text.contains("ipmitool") {
        let problem = format!(
            "is '{text}': Ostler speaks IPMI alone. Where the BMC does too, set it to ipmi and give ipmi_address"
        );
        draft.wrong(tree.at, source, problem);
    }
}

fn driver_info(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let mut tree = tree.clone();
    if let Kind::Map(members) = &mut tree.kind {
        members.retain(|member| {
            let key = member.key.as_str();
            let ours = !OF_DEPLOYING.iter().any(|prefix| key.starts_with(prefix));
            if !ours {
                draft.ignore(&join(source, key));
            }
            ours
        });
    }
    draft.read(&tree, DRIVER_INFO, source);
}

fn kg(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    match tree.text() {
        Some(crate::view::node::HIDDEN) => {}
        Some(digits) if digits.chars().all(|c| c.is_ascii_hexdigit()) => {
            draft.put(&["bmc", "kg"], format!("0x{digits}"), tree.at);
        }
        _ => draft.wrong(tree.at, source, "must be hexadecimal digits"),
    }
}

fn privilege(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let level = tree.text().unwrap_or_default().to_ascii_lowercase();
    if level == "callback" {
        let problem = "is CALLBACK, which cannot even read the power: set OPERATOR";
        draft.wrong(tree.at, source, problem);
    } else {
        draft.put(&["bmc", "privilege_level"], level, tree.at);
    }
}

fn protocol(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    match tree.text() {
        Some("2.0" | "2") => {}
        Some("1.5") => draft.wrong(
            tree.at,
            source,
            "is 1.5, which has no encryption: Ostler speaks IPMI 2.0 alone; try 2.0 with this BMC (ostler bmc probe tells)",
        ),
        _ => draft.wrong(tree.at, source, "must be 2.0"),
    }
}

fn bridging(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    // PyYAML's no is false.
    if flag(tree) != Some(false) {
        let problem = "asks for bridged IPMI, which Ostler does not speak: give the address of this machine's own BMC";
        draft.wrong(tree.at, source, problem);
    }
}

/// Ironic leaves open what is in there; what is text is a capability here, which types can ask for.
fn properties(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let Some(members) = tree.members() else {
        draft.wrong(tree.at, source, "must be a map of keys and values");
        return;
    };
    for member in members {
        let (key, value) = (member.key.as_str(), &member.value);
        let source = join(source, key);
        match key {
            _ if value.is_null() => {}
            "cpus" | "memory_mb" | "local_gb" => draft.whole(value, &["properties", key], &source),
            "cpu_arch" => draft.text(value, &["properties", key], &source),
            "capabilities" => capabilities(draft, value, &source),
            _ if value.text().is_some_and(|text| !text.is_empty()) => {
                draft.text(value, &["properties", "capabilities", key], &source);
            }
            _ => draft.ignore(&source),
        }
    }
}

/// What is text there is text here; the rest, such as what an inspection found, is not.
fn extra(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let Some(members) = tree.members() else {
        draft.wrong(tree.at, source, "must be a map of keys and values");
        return;
    };
    for member in members {
        let source = join(source, &member.key);
        match member.value.text() {
            _ if member.value.is_null() => {}
            Some(_) => draft.text(&member.value, &["extra", member.key.as_str()], &source),
            None => draft.ignore(&source),
        }
    }
}

/// `boot_mode:uefi,boot_option:local`, or a map.
pub(super) fn capabilities(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let to = ["properties", "capabilities"];
    let Some(text) = tree.text() else {
        draft.texts(tree, &to, source);
        return;
    };
    for pair in text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        match pair.split_once(':') {
            Some((key, value)) if !key.trim().is_empty() => {
                draft.put(&[to[0], to[1], key.trim()], value.trim(), tree.at);
            }
            _ => draft.wrong(tree.at, source, "must be written as key:value,key:value"),
        }
    }
}

/// The ports of a node or of a port group.
pub(super) fn ports(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let Kind::List(ports) = &tree.kind else {
        draft.wrong(tree.at, source, "must be a list of ports");
        return;
    };
    for (index, port) in ports.iter().enumerate() {
        let source = format!("{source}[{index}]");
        if port.member("href").is_some() {
            // `node show` has links here.
            draft.ignore("ports");
        } else if let Some(address) = port.member("address") {
            let pxe = port.member("pxe_enabled").and_then(flag);
            plain_port(draft, address, pxe, &source);
            for member in port.members().unwrap_or_default() {
                if !matches!(member.key.as_str(), "address" | "pxe_enabled" | "uuid") {
                    draft.ignore(&format!("ports.{}", member.key));
                }
            }
        } else {
            draft.wrong(port.at, &source, "has no address: add it");
        }
    }
}

fn portgroups(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let Kind::List(groups) = &tree.kind else {
        draft.wrong(tree.at, source, "must be a list of port groups");
        return;
    };
    for (index, group) in groups.iter().enumerate() {
        if let Some(inner) = group.member("ports") {
            ports(draft, inner, &format!("{source}[{index}].ports"));
        }
    }
}
