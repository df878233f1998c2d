//! A database with nodes and instances in it, written by the store itself, and a daemon over it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use ostler::cli::client::Client;
use ostler::model::bmc::{BmcConfig, BmcProfile, BmcSummary, LanConfig, PrivilegeLevel};
use ostler::model::caller::Role;
use ostler::model::event::Origin;
use ostler::model::health::{Health, HealthState};
use ostler::model::ids::{ImageId, InstanceId, NetworkId, NodeId, PortId, SubnetId, TypeId};
use ostler::model::image::{Completion, Image, ImageBoot, ImageKind};
use ostler::model::instance::{Attachment, FixedIp, Instance, InstanceStatus};
use ostler::model::instance_type::InstanceType;
use ostler::model::network::{Network, Subnet};
use ostler::model::node::{Node, Port, Properties};
use ostler::model::power::PowerPolicy;
use ostler::model::secret::Secret;
use ostler::model::task::Requester;
use ostler::store::seal::Sealer;
use ostler::store::{self, Store, StoreError};
use ostler::time::{self, Timestamp};
use rusqlite::Connection;
use serde_json::json;

use crate::Args;
use crate::process::Process;

/// The address of the first BMC; the others follow it.
pub(crate) const FIRST: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 10, 0, 1), 6232);

/// The project that has the instances.
pub(crate) const PROJECT: &str = "bench";

/// What is to be in the database.
pub(crate) struct Contents {
    /// Nodes with an instance, which is active.
    pub(crate) taken: u32,
    /// Nodes without.
    pub(crate) free: u32,
    /// Whether the nodes with an instance are left alone by polling.
    pub(crate) quiet: bool,
}

/// A daemon's directory.
pub(crate) struct World {
    directory: PathBuf,
    /// What instances are made of.
    pub(crate) parts: Parts,
    /// The instances.
    pub(crate) instances: Vec<InstanceId>,
}

/// The things that all instances have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) of_type: TypeId,
    pub(crate) image: ImageId,
    pub(crate) network: NetworkId,
    subnet: SubnetId,
}

/// A daemon that serves.
pub(crate) struct Daemon {
    pub(crate) process: Process,
    pub(crate) tcp: SocketAddr,
    pub(crate) client: Client,
}

impl World {
    /// Writes the database.
    pub(crate) async fn build(directory: &Path, contents: Contents) -> anyhow::Result<Self> {
        let state = directory.join("state");
        fs::create_dir_all(&state)?;
        let key = state.join("credentials.key");
        let store = Store::open(&state.join("ostler.db"), Sealer::from_key_file(&key)?)?;
        let sealer = Sealer::from_key_file(&key)?;
        let Contents { taken, free, quiet } = contents;
        let (parts, instances) = store
            .write(move |connection| {
                let parts = insert_parts(connection)?;
                let mut instances = Vec::new();
                for index in 0..taken + free {
                    let (node, config) = node(index);
                    store::node::insert(connection, &sealer, &node, &config)?;
                    if index < taken {
                        let instance = instance(index, &node, parts);
                        store::instance::insert(connection, &instance, &origin())?;
                        instances.push(instance.id);
                    }
                }
                Ok::<_, StoreError>((parts, instances))
            })
            .await?;
        store.close().await;
        settle(&state.join("ostler.db"), quiet)?;
        Ok(Self {
            directory: directory.to_owned(),
            parts,
            instances,
        })
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.directory.join("state/ostler.db")
    }

    /// The daemon's command, with these lines below `[power]`, and the TCP address where it will listen.
    pub(crate) fn command(
        &self,
        args: &Args,
        power: &str,
    ) -> anyhow::Result<(Command, SocketAddr)> {
        let tcp = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let settings = format!(
            "state_dir = {:?}\n[api]\nunix_socket = {:?}\nlisten = [\"{tcp}\"]\n[power]\nmin_off_secs = 0\n{power}",
            self.directory.join("state"),
            self.socket(),
        );
        let file = self.directory.join("ostler.toml");
        fs::write(&file, settings)?;
        let log = fs::File::create(self.directory.join("log"))?;
        let mut command = Command::new(&args.ostlerd);
        command.arg("--config").arg(file).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(log);
        Ok((command, tcp))
    }

    /// A client on the Unix socket, which may do everything.
    pub(crate) fn client(&self) -> Client {
        Client::unix(self.socket())
    }

    /// Starts the daemon and waits until it is ready.
    pub(crate) async fn start(&self, args: &Args, power: &str) -> anyhow::Result<Daemon> {
        let (mut command, tcp) = self.command(args, power)?;
        let process = Process(command.spawn().context("cannot start ostlerd")?);
        let client = self.client();
        let deadline = time::instant() + Duration::from_secs(60);
        while client.get("/readyz").await.is_err() {
            ensure!(time::instant() < deadline, "ostlerd did not start");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Daemon {
            process,
            tcp,
            client,
        })
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("ostler.sock")
    }
}

impl Daemon {
    /// A new token in the project of the instances.
    pub(crate) async fn token(&self, role: Role) -> anyhow::Result<String> {
        let body = json!({"user_id": "bench", "project_id": PROJECT, "role": role});
        let made = self.client.post("/v1/tokens", &body).await?.json()?;
        Ok(made["token"].as_str().context("no token")?.to_owned())
    }
}

/// Simulated BMCs for the first nodes from this one on, in a process of their own. A rack takes no time of the daemon's processors, so
/// this one is nice to it.
pub(crate) fn start_rack(from: u32, count: u32) -> anyhow::Result<Process> {
    let first = SocketAddrV4::new(address(from), FIRST.port());
    let rack = Command::new("nice")
        .args(["-n", "19"])
        .arg(ostler_bench::ostlerd())
        .args([
            "bmc-sim",
            "--addresses",
            "--suites=3",
            "--reply-delay-ms=20",
        ])
        .arg(format!("--listen={first}"))
        .arg(format!("--count={count}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    Ok(Process(rack.context("cannot start ostlerd bmc-sim")?))
}

/// Instances are active and nodes are on, since some time.
fn settle(database: &Path, quiet: bool) -> anyhow::Result<()> {
    let connection = Connection::open(database)?;
    connection.execute_batch(
        "UPDATE instances SET status = 'active', power_state = 'power on', launched_at = created_at + 61234567, \
             updated_at = created_at + 61234567, revision = 3;
         UPDATE nodes SET power_state = 'power on', power_state_at = created_at + 60234567 \
             WHERE uuid IN (SELECT node_id FROM instances);",
    )?;
    connection.execute(
        "UPDATE nodes SET maintenance = ?1 WHERE uuid IN (SELECT node_id FROM instances)",
        [quiet],
    )?;
    Ok(())
}

fn insert_parts(connection: &Connection) -> Result<Parts, StoreError> {
    let now = time::now();
    let parts = Parts {
        of_type: TypeId::random(),
        image: ImageId::random(),
        network: NetworkId::random(),
        subnet: SubnetId::random(),
    };
    store::instance_type::insert(
        connection,
        &InstanceType {
            id: parts.of_type,
            name: "any".to_owned(),
            description: None,
            is_public: true,
            project_id: PROJECT.to_owned(),
            extra_specs: [].into(),
            created_at: now,
            updated_at: None,
            revision: 1,
        },
    )?;
    store::image::insert(
        connection,
        &Image {
            id: parts.image,
            name: "disk".to_owned(),
            description: None,
            kind: ImageKind::Deploy,
            boot: ImageBoot::Disk,
            kernel_url: None,
            initrd_url: None,
            kernel_sha256: None,
            initrd_sha256: None,
            kernel_size: None,
            initrd_size: None,
            kernel_args: None,
            user_data: None,
            completion: Completion::PowerOn,
            is_public: true,
            project_id: PROJECT.to_owned(),
            created_at: now,
            updated_at: None,
            revision: 1,
        },
    )?;
    let cidr = "10.64.0.0/12".parse();
    let Ok(cidr) = cidr else {
        unreachable!("a prefix")
    };
    store::network::insert(
        connection,
        &Network {
            id: parts.network,
            name: "provision".to_owned(),
            vlan: Some(7),
            subnets: vec![Subnet {
                uuid: parts.subnet,
                cidr,
                gateway_ip: None,
                dns_nameservers: Vec::new(),
                allocation_pools: Vec::new(),
            }],
            created_at: now,
            updated_at: None,
            revision: 1,
        },
    )?;
    Ok(parts)
}

fn node(index: u32) -> (Node, BmcConfig) {
    let address = address(index).to_string();
    let port = |number: u8| Port {
        uuid: PortId::random(),
        mac_address: format!(
            "02:00:{number:02x}:{:02x}:{:02x}:{:02x}",
            index >> 16 & 0xff,
            index >> 8 & 0xff,
            index & 0xff
        ),
        port_type: Some("10GE".to_owned()),
        pxe_enabled: true,
    };
    let node = Node {
        id: NodeId::random(),
        name: format!("rack7-node-{index:05}"),
        availability_zone: "default".to_owned(),
        instance_type: None,
        properties: Properties {
            cpus: Some(64),
            memory_mb: Some(262_144),
            local_gb: Some(1_920),
            cpu_arch: Some("x86_64".to_owned()),
            capabilities: [("boot_mode".to_owned(), "uefi".to_owned())].into(),
        },
        ports: vec![port(0), port(1)],
        bmc: BmcSummary::Open {
            device: String::new(),
        },
        bmc_learned: BmcProfile::default(),
        power_state: None,
        power_state_at: None,
        last_power_state: None,
        last_power_state_at: None,
        health: Health {
            state: HealthState::Unknown,
            message: Health::UNASKED.to_owned(),
            since: None,
        },
        runs_ostlerd: false,
        power_policy: PowerPolicy::default(),
        min_off_secs: None,
        target_power_state: None,
        last_error: None,
        maintenance: false,
        maintenance_reason: None,
        instance_id: None,
        extra: [].into(),
        created_at: created_at(index),
        updated_at: None,
        revision: 1,
    };
    let config = BmcConfig::Lan(LanConfig {
        address,
        port: FIRST.port(),
        username: "admin".to_owned(),
        password: Secret::new("admin".to_owned()),
        kg: None,
        privilege_level: PrivilegeLevel::Administrator,
        cipher_suite: None,
        quirks: Vec::new(),
    });
    (node, config)
}

fn instance(index: u32, node: &Node, parts: Parts) -> Instance {
    let attachments = node.ports.first().map(|port| Attachment {
        port_id: port.uuid,
        network: parts.network,
        mac_address: port.mac_address.clone(),
        fixed_ips: vec![FixedIp {
            ip_address: Ipv4Addr::from_bits(0x0a40_0001 + index).into(),
            subnet_id: parts.subnet,
        }],
    });
    Instance {
        id: InstanceId::random(),
        name: format!("worker-{index:05}"),
        description: Some("a worker of the render farm".to_owned()),
        type_id: parts.of_type,
        image_id: parts.image,
        availability_zone: node.availability_zone.clone(),
        network_info: attachments.into_iter().collect(),
        status: InstanceStatus::Building,
        power_state: None,
        target_power_state: None,
        project_id: PROJECT.to_owned(),
        user_id: "bench".to_owned(),
        extra: [
            ("owner".to_owned(), "rendering".to_owned()),
            ("ticket".to_owned(), format!("OPS-{index}")),
        ]
        .into(),
        last_error: None,
        node_id: node.id,
        launched_at: None,
        created_at: created_at(index),
        updated_at: None,
        revision: 1,
    }
}

fn created_at(index: u32) -> Timestamp {
    Timestamp::from_micros(1_750_000_000_000_000 + i64::from(index) * 1_234_567)
}

fn address(index: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(FIRST.ip().to_bits() + index)
}

fn origin() -> Origin {
    Origin::request(&Requester::policy())
}
