//! Clients that ask the same again and again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use ostler::time;
use tokio::task::JoinSet;

use crate::raw::Connection;

/// What clients ask for, and the body that they have to get.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) request: Arc<[u8]>,
    pub(crate) body: Arc<[u8]>,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Load {
    /// Answers per second.
    pub(crate) per_sec: f64,
    /// How long each took, in microseconds.
    pub(crate) latencies: Vec<f64>,
}

/// Asks on so many connections, each as soon as it has its answer.
pub(crate) async fn run(
    server: SocketAddr,
    question: &Question,
    connections: usize,
    turn: Duration,
) -> anyhow::Result<Load> {
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(server).await?);
    }
    let started = time::instant();
    let until = started + turn;
    let mut clients = JoinSet::new();
    for mut connection in opened {
        let question = question.clone();
        clients.spawn(async move {
            let mut latencies = Vec::new();
            let mut asked = time::instant();
            while asked < until {
                let answer = connection.send(&question.request).await?;
                ensure!(answer.status == 200, "{}", answer.head);
                ensure!(*answer.body == *question.body, "another body");
                let answered = time::instant();
                latencies.push((answered - asked).as_secs_f64() * 1e6);
                asked = answered;
            }
            Ok(latencies)
        });
    }
    let mut load = Load::default();
    while let Some(latencies) = clients.join_next().await {
        load.latencies.extend(latencies??);
    }
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 requests")]
    let count = load.latencies.len() as f64;
    load.per_sec = count / started.elapsed().as_secs_f64();
    Ok(load)
}
