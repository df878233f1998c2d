//! Nodes as TripleO's `instackenv.json` has them: `pm_addr`, `pm_user`, `pm_password`, `mac`.

use super::draft::{Draft, Read, Row};
use super::ironic::{capabilities, ports};
use super::native::{plain_port, uuid};
use super::tree::{Kind, Tree};

/// The keys of a node.
pub(super) const NODE: &[Row] = &[
    Row("name", Read::Text, &["name"]),
    Row("uuid", Read::By(uuid), &[]),
    Row("pm_type", Read::By(kind), &[]),
    Row("pm_addr", Read::Text, &["bmc", "address"]),
    Row("pm_port", Read::Whole, &["bmc", "port"]),
    Row("pm_user", Read::Text, &["bmc", "username"]),
    Row("pm_password", Read::Text, &["bmc", "password"]),
    Row("mac", Read::By(mac), &[]),
    Row("ports", Read::By(ports), &[]),
    Row("cpu", Read::Whole, &["properties", "cpus"]),
    Row("memory", Read::Whole, &["properties", "memory_mb"]),
    Row("disk", Read::Whole, &["properties", "local_gb"]),
    Row("arch", Read::Text, &["properties", "cpu_arch"]),
    Row("capabilities", Read::By(capabilities), &[]),
    Row("_comment", Read::Ignored, &[]),
    Row("platform", Read::Ignored, &[]),
    Row("root_device", Read::Ignored, &[]),
];

fn kind(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let text = tree.text().unwrap_or_default();
    if text != "ipmi" && !text.ends_with("_ipmitool") {
        let problem = format!(
            "is '{text}': Ostler speaks IPMI alone. Where the BMC does too, set it to ipmi"
        );
        draft.wrong(tree.at, source, problem);
    }
}

fn mac(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    match &tree.kind {
        Kind::List(addresses) => {
            for address in addresses {
                plain_port(draft, address, None, source);
            }
        }
        Kind::Scalar { .. } => plain_port(draft, tree, None, source),
        Kind::Map(_) => draft.wrong(tree.at, source, "must be a list of MAC addresses"),
    }
}
