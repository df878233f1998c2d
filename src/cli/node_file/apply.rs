//! Carrying out a plan: a few requests at a time, with a bar, and stopped cleanly by Ctrl-C.

use std::pin::pin;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::task::JoinSet;

use super::import::nodes_of;
use super::plan::{Action, Plan, Step, name_by_uuid};
use crate::cli::Context;
use crate::cli::client::{Client, ClientError};
use crate::cli::exit::{CliError, Exit};
use crate::cli::node::NODE;
use crate::cli::output::complain;
use crate::cli::progress::{Progress, bar};
use crate::model::secret::Secret;
use crate::time;

/// How many requests are under way at a time. The daemon commits what comes together in one go.
const AT_A_TIME: usize = 8;

/// How long to wait where the daemon has been asked too often, and how many times.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSES: usize = 60;

/// What is sent for one node.
enum Request {
    Create(Value),
    Change { uuid: String, patch: Value },
}

/// How far it is.
#[derive(Default)]
struct Tally {
    total: usize,
    created: usize,
    changed: usize,
    failed: usize,
    first_failure: Option<Exit>,
}

impl Tally {
    fn done(&self) -> usize {
        self.created + self.changed + self.failed
    }
}

/// Does it. A node that fails is told and does not keep the others; where the daemon is away, nothing more is tried.
///
/// # Errors
///
/// [`CliError::Several`] where nodes failed, [`CliError::Stopped`] after Ctrl-C, and what keeps the daemon from answering.
pub(super) async fn run(
    context: &Context,
    plan: Plan,
    password: Option<Secret<String>>,
) -> Result<(), CliError> {
    let as_they_are = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::Nothing))
        .count();
    let requests: Vec<(String, Request)> = plan
        .steps
        .into_iter()
        .filter_map(|step| request(step, password.as_ref()))
        .collect();
    let mut tally = Tally {
        total: requests.len(),
        ..Tally::default()
    };
    let ended = send_all(context, requests, &mut tally).await;
    let outcome = format!(
        "{} created, {} changed, {as_they_are} as the file said",
        tally.created, tally.changed
    );
    match ended {
        Ok(()) => {}
        Err(CliError::Interrupted) => {
            let left = tally.total - tally.done();
            return Err(CliError::Stopped(format!(
                "{outcome}, {} left: run it again to go on",
                nodes_of(left)
            )));
        }
        Err(error) => {
            complain(&format!(
                "{outcome}; what is left was not tried: run it again to go on"
            ));
            return Err(error);
        }
    }
    context.out.say(&outcome)?;
    match tally.first_failure {
        None => Ok(()),
        Some(first) => Err(CliError::Several {
            failed: tally.failed,
            total: tally.total,
            first,
        }),
    }
}

fn request(step: Step, password: Option<&Secret<String>>) -> Option<(String, Request)> {
    let lacks_password = step.lacks_password();
    let mut body = step.entry.body;
    let request = match step.action {
        Action::Nothing => return None,
        Action::Change { uuid, patch, .. } => Request::Change { uuid, patch },
        Action::Create => {
            name_by_uuid(&mut body);
            if let (true, Some(password)) = (lacks_password, password) {
                let bmc = body
                    .entry("bmc")
                    .or_insert_with(|| Value::Object(Map::new()));
                bmc["password"] = password.expose().as_str().into();
            }
            Request::Create(Value::Object(body))
        }
    };
    Some((step.entry.label, request))
}

/// Sends them in order. After Ctrl-C, or once the daemon is away, those under way are waited for, and no other begins.
async fn send_all(
    context: &Context,
    requests: Vec<(String, Request)>,
    tally: &mut Tally,
) -> Result<(), CliError> {
    let started = time::instant();
    let mut progress = Progress::on_terminal(context.out.quiet);
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let mut waiting = requests.into_iter();
    let mut under_way: JoinSet<(String, bool, Result<(), ClientError>)> = JoinSet::new();
    let mut stopped: Option<CliError> = None;
    let mut was_interrupted = false;
    loop {
        while stopped.is_none() && under_way.len() < AT_A_TIME {
            let Some((label, request)) = waiting.next() else {
                break;
            };
            let client = context.client.clone();
            under_way.spawn(async move {
                let creates = matches!(request, Request::Create(_));
                let ended = send(&client, &request).await;
                (label, creates, ended)
            });
        }
        progress.show(&bar(tally.done(), tally.total, "nodes"), started.elapsed());
        let ended = tokio::select! {
            biased;
            _ = &mut interrupt, if !was_interrupted => {
                was_interrupted = true;
                stopped.get_or_insert(CliError::Interrupted);
                progress.end();
                complain("interrupted: what is under way is waited for, and nothing else begins");
                continue;
            }
            ended = under_way.join_next() => ended,
        };
        let (label, creates, ended) = match ended {
            None => break,
            Some(Ok(ended)) => ended,
            Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
        };
        match ended {
            Ok(()) => {
                if creates {
                    tally.created += 1;
                } else {
                    tally.changed += 1;
                }
                if let Err(error) = done(context, &label) {
                    stopped.get_or_insert(error);
                }
            }
            Err(error) if is_of_all(&error) => {
                stopped.get_or_insert(error.into());
            }
            Err(error) => {
                let error = CliError::from(error);
                progress.end();
                complain(&format!("node {label}: {}", error.sentence()));
                tally.failed += 1;
                tally.first_failure.get_or_insert(error.exit());
            }
        }
    }
    progress.end();
    stopped.map_or(Ok(()), Err)
}

/// With `--quiet` the names of what was done are the output.
fn done(context: &Context, label: &str) -> Result<(), CliError> {
    if context.out.quiet && !context.out.json {
        context.out.line(label)?;
    }
    Ok(())
}

async fn send(client: &Client, request: &Request) -> Result<(), ClientError> {
    let mut pauses = 0;
    loop {
        let ended = match request {
            Request::Create(body) => client.post(NODE.path, body).await,
            Request::Change { uuid, patch } => client.patch(&NODE.at(uuid), patch).await,
        };
        match ended {
            Err(error) if pauses < PAUSES && error.status().is_some_and(|of| of == 429) => {
                pauses += 1;
                tokio::time::sleep(PAUSE).await;
            }
            ended => return ended.map(drop),
        }
    }
}

/// Whether the others would fail in the same way: the daemon is away, or does not let us.
fn is_of_all(error: &ClientError) -> bool {
    match error.status().map(|status| status.as_u16()) {
        Some(401 | 403 | 429 | 503 | 507) => true,
        Some(_) => false,
        None => true,
    }
}
