//! One instance, again and again, beside hyper that answers the same bytes from memory.

use std::net::SocketAddr;

use anyhow::Context;
use ostler::model::caller::Role;

use crate::Args;
use crate::load::{self, Question};
use crate::plain::Canned;
use crate::process::Process;
use crate::raw::{self, Connection};
use crate::row::{Row, median, quantile};
use crate::world::{Contents, Daemon, World};

/// The figures of one server, one for each turn.
#[derive(Default)]
struct Figures {
    per_sec: Vec<f64>,
    cpu_micros: Vec<f64>,
    slowest: Vec<f64>,
}

pub(crate) async fn measure(args: &Args) -> anyhow::Result<Vec<Row>> {
    let directory = args.directory()?;
    let world = World::build(
        directory.path(),
        Contents {
            taken: args.instances,
            free: 0,
            quiet: true,
        },
    );
    let world = world.await?;
    let daemon = world.start(args, "").await?;
    let (question, canned) = ask(&world, &daemon).await?;
    let (plain, plain_address) = canned.serve(directory.path())?;
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
    for _ in 0..args.rounds {
        turn(args, &question, &plain, plain_address, &mut theirs).await?;
        turn(args, &question, &daemon.process, daemon.tcp, &mut ours).await?;
    }
    Ok(vec![
        Row::beside(
            format!(
                "show on {} connections, requests per second",
                args.connections
            ),
            median(ours.per_sec),
            "plain hyper",
            median(theirs.per_sec),
        ),
        Row::beside(
            "show, CPU of the server per request, µs",
            median(ours.cpu_micros),
            "plain hyper",
            median(theirs.cpu_micros),
        ),
        Row::beside(
            "show, 99 % answered within, µs",
            median(ours.slowest),
            "plain hyper",
            median(theirs.slowest),
        ),
    ])
}

/// What is asked for, and what is answered.
pub(crate) async fn ask(world: &World, daemon: &Daemon) -> anyhow::Result<(Question, Canned)> {
    let token = daemon.token(Role::Reader).await?;
    let middle = world.instances.get(world.instances.len() / 2);
    let path = format!("/v1/instances/{}", middle.context("no instance")?);
    let request = raw::request("GET", &path, &token, "");
    let mut connection = Connection::open(daemon.tcp).await?;
    let answer = connection.send(&request).await?;
    anyhow::ensure!(answer.status == 200, "{}", answer.head);
    let question = Question {
        request: request.clone().into(),
        body: answer.body.into(),
    };
    let canned = Canned::new(answer.head, answer.body)?;
    Ok((question, canned))
}

async fn turn(
    args: &Args,
    question: &Question,
    process: &Process,
    address: SocketAddr,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let before = process.cpu_secs()?;
    let mut load = load::run(address, question, args.connections, args.turn()).await?;
    let cpu = process.cpu_secs()? - before;
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 requests")]
    let count = load.latencies.len() as f64;
    figures.per_sec.push(load.per_sec);
    figures.cpu_micros.push(cpu * 1e6 / count);
    figures.slowest.push(quantile(&mut load.latencies, 0.99));
    Ok(())
}
