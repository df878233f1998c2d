//! The two servers: a daemon that deploys a machine, and nginx over the daemon's own file.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ostler::cli::client::Client;
use ostler::time;
use serde_json::{Value, json};

/// Where all that is measured is.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 9, 1, 1);
/// The port of the one machine that boots.
const MAC: &str = "02:00:00:00:00:01";

/// A server that is measured.
pub(crate) trait Server {
    fn name(&self) -> &'static str;
    fn address(&self) -> SocketAddr;
    fn path(&self) -> &str;
    /// Its processes; the first has the memory that is told.
    fn processes(&self) -> Vec<u32>;

    /// CPU time of its threads, user and system, in seconds.
    fn cpu_secs(&self) -> anyhow::Result<f64> {
        let mut nanos = 0.0;
        for process in self.processes() {
            for task in fs::read_dir(format!("/proc/{process}/task"))? {
                // A thread may end meanwhile.
                let Ok(stat) = fs::read_to_string(task?.path().join("schedstat")) else {
                    continue;
                };
                let first = stat.split_whitespace().next().context("no schedstat")?;
                nanos += first.parse::<f64>()?;
            }
        }
        Ok(nanos / 1e9)
    }

    /// A line of `/proc/PID/status` of all its processes together, in MiB.
    fn memory_mib(&self, line: &str) -> anyhow::Result<f64> {
        let mut kib = 0.0;
        for process in self.processes() {
            let status = fs::read_to_string(format!("/proc/{process}/status"))?;
            let line = status.lines().find_map(|of| of.strip_prefix(line));
            let figure = line.and_then(|of| of.trim_start_matches(':').split_whitespace().next());
            kib += figure.context("no such line")?.parse::<f64>()?;
        }
        Ok(kib / 1024.0)
    }
}

/// A process that is asked to end with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.0.id()) {
            kill(Pid::from_raw(id), Signal::SIGTERM).ok();
        }
        self.0.wait().ok();
    }
}

/// A daemon whose one machine has its boot script.
pub(crate) struct Ostlerd {
    daemon: Running,
    _rack: Running,
    address: SocketAddr,
    path: String,
    sha256: String,
}

impl Ostlerd {
    /// Starts it with an initrd of so many bytes.
    pub(crate) async fn start(directory: &Path, length: usize) -> anyhow::Result<Self> {
        let [bmc, address] = [free_port()?, free_port()?];
        let rack = ostlerd()
            .args(["bmc-sim", &format!("--listen={bmc}")])
            .spawn();
        let rack = Running(rack.context("cannot start the simulated BMC")?);
        let socket = directory.join("ostler.sock");
        let settings = format!(
            "state_dir = {:?}\n[api]\nunix_socket = {socket:?}\nlisten = []\n[power]\nmin_off_secs = 0\n\
             [netboot]\nlisten = [\"{address}\"]\n",
            directory.join("state"),
        );
        let file = directory.join("ostler.toml");
        fs::write(&file, settings)?;
        let daemon = ostlerd().arg("--config").arg(file).spawn();
        let daemon = Running(daemon.context("cannot start ostlerd")?);
        let client = Client::unix(socket);
        wait("ostlerd to start", async || {
            Ok(client.get("/readyz").await.is_ok())
        })
        .await?;
        let sha256 = deploy(&client, bmc, directory, length).await?;
        let script = ask(address, &format!("/script?mac={MAC}")).await?;
        let place = script.split("/deploys/").nth(1).context("no script")?;
        let secret = place.split('/').next().context("no secret")?;
        Ok(Self {
            daemon,
            _rack: rack,
            address,
            path: format!("/deploys/{secret}/initrd"),
            sha256,
        })
    }

    /// What the initrd is called.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl Server for Ostlerd {
    fn name(&self) -> &'static str {
        "ostlerd"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.daemon.0.id()]
    }
}

/// nginx over the files of the daemon's images.
pub(crate) struct Nginx {
    master: Running,
    address: SocketAddr,
    path: String,
}

impl Nginx {
    /// Starts it as its documentation has it for static files: sendfile, and one worker for each processor.
    pub(crate) async fn start(
        program: &Path,
        directory: &Path,
        ostlerd: &Ostlerd,
    ) -> anyhow::Result<Self> {
        let address = free_port()?;
        let prefix = directory.join("nginx");
        fs::create_dir(&prefix)?;
        // The daemon's files are its user's alone, and so is this server.
        let user = if nix::unistd::geteuid().is_root() {
            "user root;"
        } else {
            ""
        };
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|of| format!("{of}_temp_path {of};\n"))
            .concat();
        let settings = format!(
            "{user} worker_processes auto; daemon off; pid nginx.pid; error_log stderr error;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; {temporary}\
             server {{ listen {address}; root {:?}; }} }}\n",
            directory.join("state/images"),
        );
        let file = prefix.join("nginx.conf");
        fs::write(&file, settings)?;
        let master = Command::new(program)
            .arg("-p")
            .arg(&prefix)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let master =
            Running(master.with_context(|| format!("cannot start {}", program.display()))?);
        wait("nginx to start", async || {
            Ok(tokio::net::TcpStream::connect(address).await.is_ok())
        })
        .await?;
        Ok(Self {
            master,
            address,
            path: format!("/{}", ostlerd.sha256()),
        })
    }
}

impl Server for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn processes(&self) -> Vec<u32> {
        let master = self.master.0.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().filter_map(|of| of.parse().ok());
        children.chain([master]).collect()
    }
}

fn ostlerd() -> Command {
    let mut command = Command::new(ostler_bench::ostlerd());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind((ADDRESS, 0))?.local_addr()?)
}

/// Makes an instance of an image with such an initrd, and waits until its machine may ask for it. Gives the initrd's SHA-256.
async fn deploy(
    client: &Client,
    bmc: SocketAddr,
    directory: &Path,
    length: usize,
) -> anyhow::Result<String> {
    let make = async |path: &str, body: Value| {
        let made = client.post(path, &body).await?.json()?;
        let uuid = made["uuid"].as_str().context("no uuid")?.to_owned();
        Ok::<_, anyhow::Error>(uuid)
    };
    let bmc =
        json!({"address": bmc.ip(), "port": bmc.port(), "username": "admin", "password": "admin"});
    let ports = json!([{"mac_address": MAC}]);
    make(
        "/v1/nodes",
        json!({"name": "n", "bmc": bmc, "ports": ports}),
    )
    .await?;
    let any = make("/v1/types", json!({"name": "any"})).await?;
    let network = make("/v1/networks", json!({"name": "net"})).await?;
    let image = json!({"name": "live", "boot": "network", "completion": "phone-home"});
    let image = make("/v1/images", image).await?;
    let initrd = directory.join("initrd");
    write_noise(&initrd, length)?;
    let uploaded = Command::new(ostler_bench::ostlerd().with_file_name("ostler"))
        .arg("--socket")
        .arg(directory.join("ostler.sock"))
        .args(["image", "upload", "live", "--kernel"])
        .arg(directory.join("ostler.toml"))
        .arg("--initrd")
        .arg(&initrd)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    ensure!(uploaded.success(), "the initrd cannot be uploaded");
    let shown = client.get(&format!("/v1/images/{image}")).await?.json()?;
    let sha256 = shown["initrd_sha256"].as_str().context("no checksum")?;
    let instance = json!({
        "name": "web", "instance_type_uuid": any, "image_uuid": image, "networks": [{"net_id": network}],
    });
    wait("the node's power", async || {
        let node = client.get("/v1/nodes/n").await?.json()?;
        Ok(node["power_state"].is_string())
    })
    .await?;
    make("/v1/instances", instance).await?;
    wait("the machine to be turned on", async || {
        let tasks = client.get("/v1/instances/web/tasks").await?.json()?;
        Ok(tasks["tasks"][0]["step"] == "await_script")
    })
    .await?;
    Ok(sha256.to_owned())
}

/// A file that nothing can make smaller on its way.
fn write_noise(path: &Path, length: usize) -> anyhow::Result<()> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    for _ in 0..length / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.write_all(&state.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

/// A plain request, for what is no JSON.
async fn ask(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn wait(
    what: &str,
    mut holds: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let deadline = time::instant() + Duration::from_secs(60);
    while !holds().await? {
        ensure!(time::instant() < deadline, "waited for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
