//! Creates by many clients, each on disk when it is answered, beside inserts of one row with a commit each by SQLite alone,
//! as durable and on the same disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, ensure};
use ostler::model::caller::Role;
use ostler::time;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Args;
use crate::raw;
use crate::row::{Row, median};
use crate::world::{Contents, Daemon, World, start_rack};

pub(crate) async fn measure(args: &Args) -> anyhow::Result<Vec<Row>> {
    let directory = args.directory()?;
    let rounds = u32::try_from(args.rounds)?;
    let free = args.creates * rounds;
    let contents = Contents {
        taken: args.instances,
        free,
        quiet: true,
    };
    let world = World::build(directory.path(), contents).await?;
    let _rack = start_rack(args.instances, free)?;
    let daemon = world.start(args, "").await?;
    // All nodes are read once before anything is measured.
    wait_until_polled(&daemon, free).await?;
    let token = daemon.token(Role::Member).await?;
    let plain = Plain::open(&directory.path().join("plain.db"))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        theirs.push(plain.insert(args)?);
        ours.push(create(args, &world, &daemon, &token, round * args.creates).await?);
        wait_until_deployed(&daemon, args.instances + (round + 1) * args.creates).await?;
    }
    Ok(vec![Row::beside(
        format!(
            "creates by {} clients beside {} instances, per second",
            args.creators, args.instances
        ),
        median(ours),
        "SQLite, one row a commit",
        median(theirs),
    )])
}

/// Creates instances by all clients at once; says how many a second.
async fn create(
    args: &Args,
    world: &World,
    daemon: &Daemon,
    token: &str,
    first: u32,
) -> anyhow::Result<f64> {
    let next = Arc::new(AtomicU32::new(first));
    let end = first + args.creates;
    let mut opened = Vec::new();
    for _ in 0..args.creators {
        opened.push(raw::Connection::open(daemon.tcp).await?);
    }
    let parts = world.parts;
    let started = time::instant();
    let mut clients = JoinSet::new();
    for mut connection in opened {
        let (next, token) = (next.clone(), token.to_owned());
        clients.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    return Ok(());
                }
                let body = json!({
                    "name": format!("made-{number}"),
                    "description": "a worker of the render farm",
                    "instance_type_uuid": parts.of_type,
                    "image_uuid": parts.image,
                    "networks": [{"net_id": parts.network}],
                    "extra": {"owner": "rendering"},
                });
                let request = raw::request("POST", "/v1/instances", &token, &body.to_string());
                let answer = connection.send(&request).await?;
                let text = String::from_utf8_lossy(answer.body);
                ensure!(answer.status == 201, "{text}");
                let made: Value = serde_json::from_slice(answer.body)?;
                ensure!(made["name"] == body["name"], "{text}");
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(f64::from(args.creates) / started.elapsed().as_secs_f64())
}

async fn wait_until_polled(daemon: &Daemon, count: u32) -> anyhow::Result<()> {
    wait(
        daemon,
        "/v1/nodes?power_state=power+off&fields=uuid",
        "nodes",
        count,
    )
    .await
}

async fn wait_until_deployed(daemon: &Daemon, count: u32) -> anyhow::Result<()> {
    let path = "/v1/instances?all_tenants=true&status=active&fields=uuid";
    wait(daemon, path, "instances", count).await
}

/// Waits until a list has so many entries.
pub(crate) async fn wait(
    daemon: &Daemon,
    path: &str,
    plural: &str,
    count: u32,
) -> anyhow::Result<()> {
    let deadline = time::instant() + std::time::Duration::from_secs(120);
    loop {
        let list = daemon.client.get(path).await?.json()?;
        let found = list[plural].as_array().context("no list")?.len();
        if found >= usize::try_from(count)? {
            return Ok(());
        }
        ensure!(time::instant() < deadline, "{path}: {found} of {count}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// A table of the same values, and nothing else.
struct Plain(Connection);

impl Plain {
    fn open(file: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE instances (uuid TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, description TEXT, \
             type_id TEXT NOT NULL, image_id TEXT NOT NULL, extra TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT",
        )?;
        Ok(Self(connection))
    }

    /// Inserts for as long as a turn is; says how many rows a second.
    fn insert(&self, args: &Args) -> anyhow::Result<f64> {
        let mut statement = self
            .0
            .prepare("INSERT INTO instances VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        let started = time::instant();
        let mut count = 0_u32;
        while started.elapsed() < args.turn() {
            let id = uuid::Uuid::new_v4().to_string();
            let now = time::now().as_micros();
            let name = format!("made-{count}");
            let description = "a worker of the render farm";
            let extra = "{\"owner\":\"rendering\"}";
            statement.execute(rusqlite::params![id, name, description, id, id, extra, now])?;
            count += 1;
        }
        Ok(f64::from(count) / started.elapsed().as_secs_f64())
    }
}
