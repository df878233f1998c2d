//! How long a show takes while the power of many machines is changed, beside an idle daemon.

use std::time::Duration;

use anyhow::{Context, ensure};
use ostler::cli::client::Client;
use ostler::time;
use serde_json::json;
use tokio::task::JoinSet;

use crate::Args;
use crate::create::wait;
use crate::load::Question;
use crate::raw::Connection;
use crate::row::{Row, median, quantile};
use crate::show::ask;
use crate::world::{Contents, PROJECT, World, start_rack};

/// A show begins this long after the one before.
const PACE: Duration = Duration::from_millis(2);

pub(crate) async fn measure(args: &Args) -> anyhow::Result<Vec<Row>> {
    let directory = args.directory()?;
    let contents = Contents {
        taken: args.orders,
        free: 0,
        quiet: false,
    };
    let world = World::build(directory.path(), contents).await?;
    let _rack = start_rack(0, args.orders)?;
    let daemon = world.start(args, "").await?;
    let power = |word: &str| format!("/v1/nodes?power_state=power+{word}&fields=uuid");
    wait(&daemon, &power("off"), "nodes", args.orders).await?;
    let (mut idle, mut beside, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..args.rounds {
        let target = if round % 2 == 0 { "on" } else { "off" };
        let (question, _) = ask(&world, &daemon).await?;
        let started = time::instant();
        let mut alone = Vec::new();
        let mut connection = Connection::open(daemon.tcp).await?;
        while started.elapsed() < args.turn().max(PACE * 100) {
            alone.push(show(&mut connection, &question, true).await?);
        }
        idle.push(quantile(&mut alone, 0.99));
        let started = time::instant();
        let mut orders = JoinSet::new();
        orders.spawn(order(daemon.client.clone(), target));
        let mut during = Vec::new();
        let ended = loop {
            // The power of the instance that is shown changes too.
            during.push(show(&mut connection, &question, false).await?);
            if let Some(ended) = orders.try_join_next() {
                break ended;
            }
        };
        ended??;
        took.push(started.elapsed().as_secs_f64());
        beside.push(quantile(&mut during, 0.99));
    }
    let orders = args.orders;
    Ok(vec![
        Row::beside(
            format!("show while {orders} power changes run, 99 % answered within, µs"),
            median(beside),
            "the same, idle",
            median(idle),
        ),
        Row::alone(
            format!("those {orders} power changes took, s"),
            median(took),
        ),
    ])
}

/// Shows once and keeps the pace; says how long the answer took, in microseconds.
async fn show(
    connection: &mut Connection,
    question: &Question,
    is_same: bool,
) -> anyhow::Result<f64> {
    let started = time::instant();
    let answer = connection.send(&question.request).await?;
    let took = started.elapsed();
    ensure!(answer.status == 200, "{}", answer.head);
    ensure!(!is_same || *answer.body == *question.body, "another body");
    tokio::time::sleep(PACE.saturating_sub(took)).await;
    Ok(took.as_secs_f64() * 1e6)
}

/// Orders a change of all machines and waits for its end.
async fn order(client: Client, target: &'static str) -> anyhow::Result<()> {
    let body = json!({"target": target, "project_id": PROJECT});
    let operation = client.post("/v1/power", &body).await?.json()?;
    let uuid = operation["uuid"].as_str().context("no operation")?;
    let path = format!("/v1/operations/{uuid}?fields=state,counts&wait=20");
    loop {
        let operation = client.get(&path).await?.json()?;
        match operation["state"].as_str() {
            Some("done") => return Ok(()),
            Some("running") => {}
            _ => anyhow::bail!("{operation}"),
        }
    }
}
