//! What instances of the demo are made of: types, images and a network.

use serde_json::{Value, json};

use crate::app::demo::teller::{TaleError, uuid};
use crate::cli::client::Client;

/// The network's addresses.
pub(super) const SUBNET: &str = "10.77.0.0/24";
/// How the addresses begin that it gives out.
pub(super) const SUBNET_PREFIX: &str = "10.77.0.";
/// CPUs that the type `large` asks for.
pub(super) const LARGE_CPUS: u32 = 32;

/// What the story's instance is made of.
pub(super) struct Parts {
    /// The type `large`.
    pub(super) large: String,
    /// The image `debian`, which boots from the network.
    pub(super) debian: String,
    /// The network `lan`.
    pub(super) lan: String,
}

impl Parts {
    /// Makes everything, more than the story needs: who tries things out has a choice.
    pub(super) async fn make(client: &Client) -> Result<Self, TaleError> {
        let large = json!({
            "name": "large", "description": "A big machine",
            "extra_specs": {"cpus": format!(">= {LARGE_CPUS}"), "cpu_arch": "x86_64"},
        });
        let small = json!({"name": "small", "description": "Any machine"});
        let debian = json!({
            "name": "debian", "description": "Starts the installer from the network",
            "kernel_url": "http://10.77.0.1/debian/linux", "initrd_url": "http://10.77.0.1/debian/initrd.gz",
        });
        let disk = json!({"name": "local-disk", "description": "Starts what is on the disk", "boot": "disk"});
        let lan = json!({
            "name": "lan", "vlan": 77,
            "subnets": [{"cidr": SUBNET, "gateway_ip": "10.77.0.1", "dns_nameservers": ["10.77.0.1"]}],
        });
        let make = async |path: &str, body: &Value| uuid(&client.post(path, body).await?.json()?);
        make("/v1/types", &small).await?;
        make("/v1/images", &disk).await?;
        Ok(Self {
            large: make("/v1/types", &large).await?,
            debian: make("/v1/images", &debian).await?,
            lan: make("/v1/networks", &lan).await?,
        })
    }
}
