//! How long the daemon takes from its start to being ready with a full database, and how much memory it needs then, while
//! it reads the power of all nodes, and after it has served lists. None of the BMCs answers.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use ostler::model::caller::Role;
use ostler::time;

use crate::Args;
use crate::process::Process;
use crate::raw;
use crate::row::{Row, median};
use crate::world::{Contents, Daemon, World};

/// How many lists are served before memory is looked at.
const LISTS: usize = 5;

pub(crate) async fn measure(args: &Args) -> anyhow::Result<Vec<Row>> {
    let directory = args.directory()?;
    let contents = Contents {
        taken: args.instances,
        free: 0,
        quiet: false,
    };
    let world = World::build(directory.path(), contents).await?;
    let notify = directory.path().join("notify.sock");
    let said = UnixDatagram::bind(&notify)?;
    said.set_read_timeout(Some(Duration::from_secs(60)))?;
    let (mut ready, mut plain) = (Vec::new(), Vec::new());
    let (mut first, mut polling, mut served, mut most) = (vec![], vec![], vec![], vec![]);
    for _ in 0..args.rounds {
        let started = time::instant();
        Command::new(&args.ostlerd).arg("--version").output()?;
        plain.push(started.elapsed().as_secs_f64() * 1e3);
        let (mut command, tcp) = world.command(args, "")?;
        command.env("NOTIFY_SOCKET", &notify);
        let started = time::instant();
        let process = Process(command.spawn().context("cannot start ostlerd")?);
        wait_until_ready(&said)?;
        ready.push(started.elapsed().as_secs_f64() * 1e3);
        first.push(process.memory_mib("VmRSS")?);
        let daemon = Daemon {
            process,
            tcp,
            client: world.client(),
        };
        daemon.client.get("/readyz").await?;
        tokio::time::sleep(args.turn() * 5).await;
        polling.push(daemon.process.memory_mib("VmRSS")?);
        serve_lists(&daemon).await?;
        served.push(daemon.process.memory_mib("VmRSS")?);
        most.push(daemon.process.memory_mib("VmHWM")?);
    }
    let count = args.instances;
    Ok(vec![
        Row::beside(
            format!("start with {count} nodes and instances until READY=1, ms"),
            median(ready),
            "ostlerd --version",
            median(plain),
        ),
        Row::alone("memory when ready, MiB", median(first)),
        Row::alone("memory while all BMCs are silent, MiB", median(polling)),
        Row::alone(
            format!("memory after {LISTS} lists each, MiB"),
            median(served),
        ),
        Row::alone("most memory until then, MiB", median(most)),
    ])
}

fn wait_until_ready(said: &UnixDatagram) -> anyhow::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let length = said.recv(&mut buffer)?;
        let text = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
        if text.lines().any(|line| line == "READY=1") {
            return Ok(());
        }
    }
}

/// Lists of instances, nodes and health.
async fn serve_lists(daemon: &Daemon) -> anyhow::Result<()> {
    let token = daemon.token(Role::Admin).await?;
    let mut connection = raw::Connection::open(daemon.tcp).await?;
    let mut answer = Vec::new();
    for _ in 0..LISTS {
        for path in ["/v1/instances/detail", "/v1/nodes", "/v1/health"] {
            let request = raw::request("GET", path, &token, "");
            connection.stream(&request, &mut answer).await?;
            let body = raw::body_of(&answer).context("not an answer")?;
            ensure!(body.ends_with(b"]}"), "{path} is not whole");
        }
    }
    Ok(())
}
