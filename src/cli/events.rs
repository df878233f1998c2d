//! `ostler events`.

use std::time::Duration;

use clap::Args;
use http_body_util::BodyExt as _;
use hyper::Method;
use serde_json::Value;

use crate::cli::client::{ClientError, REQUEST_TIMEOUT};
use crate::cli::exit::CliError;
use crate::cli::noun::{Noun, Query};
use crate::cli::output::{Column, complain};
use crate::cli::sse::{Message, Parser};
use crate::cli::text::{plain, time};
use crate::cli::{Context, parse};
use crate::model::event::EventKind;

/// The pause before a lost connection is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// Events: what changed, and why.
const EVENT: Noun = Noun {
    singular: "event",
    plural: "events",
    path: "/v1/events",
    list_path: "/v1/events",
    columns: &[
        Column::new("TIME", "/at").shown_by(time),
        Column::new("KIND", "/kind"),
        Column::new("MACHINE", "").shown_by(machine),
        Column::new("CHANGE", "").shown_by(change),
        Column::new("CAUSE", "/cause"),
        Column::new("BY", "/actor/user_id").spare(1),
        Column::new("DETAIL", "/detail").spare(2),
    ],
    order: &[],
    special: crate::cli::noun::nothing_special,
};

/// `ostler events …`
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Go on with what happens from now on, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Only these kinds; repeat it for further ones
    #[arg(long = "kind", value_name = "KIND", value_parser = EventKind::ALL.map(EventKind::as_str))]
    kinds: Vec<String>,
    /// Only those of this node (for admins)
    #[arg(long, value_name = "NODE", value_parser = parse::ident)]
    node: Option<String>,
    /// Only those of this instance
    #[arg(long, value_name = "INSTANCE", value_parser = parse::ident)]
    instance: Option<String>,
    /// Only those of this project's instances (for admins)
    #[arg(long, value_name = "PROJECT")]
    project_id: Option<String>,
    /// Only what this user asked for (for admins)
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// With the latest so many of what happened before; with --follow none unless said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: Option<u32>,
}

/// How many are shown where nobody says.
const LATEST: u32 = 50;

impl EventsArgs {
    fn query(&self) -> Query {
        let mut query = Query::default();
        if !self.kinds.is_empty() {
            query.add("kind", Some(self.kinds.join(",")));
        }
        query.add("node", self.node.clone());
        query.add("instance", self.instance.clone());
        query.add("project_id", self.project_id.clone());
        query.add("user_id", self.user.clone());
        query
    }

    /// Shows the latest events, and goes on with what comes.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut last = None;
        if !self.follow || self.limit.is_some() {
            let events = self.latest(context).await?;
            last = events.last().and_then(|event| event.get("id")).map(plain);
            if !self.follow {
                return EVENT.print_list(context, events);
            }
            for event in &events {
                show(context, event)?;
            }
        }
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
            ended = self.follow(context, last) => ended,
        }
    }

    /// Oldest first, as they are read.
    async fn latest(&self, context: &Context) -> Result<Vec<Value>, CliError> {
        let mut query = self.query();
        query.add("sort_dir", Some("desc".to_owned()));
        query.add("limit", Some(self.limit.unwrap_or(LATEST).to_string()));
        let path = query.path(EVENT.list_path);
        let mut list = context.client.get(&path).await?.json()?;
        match list.get_mut(EVENT.plural).map(Value::take) {
            Some(Value::Array(mut events)) => {
                events.reverse();
                Ok(events)
            }
            _ => Err(CliError::Answer(EVENT.plural)),
        }
    }

    /// Never ends well: it goes on until it is stopped, also when the daemon restarts.
    async fn follow(&self, context: &Context, mut last: Option<String>) -> Result<(), CliError> {
        let path = self.query().path(EVENT.path);
        // Who has answered once is waited for: it may have been stopped right after that.
        let mut connected = self.limit.is_some();
        loop {
            match listen(context, &path, &mut last, &mut connected).await {
                Err(CliError::Client(error)) if connected && error.is_transient() => {}
                Err(error) => return Err(error),
                Ok(()) => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Shows events until the connection ends.
async fn listen(
    context: &Context,
    path: &str,
    last: &mut Option<String>,
    connected: &mut bool,
) -> Result<(), CliError> {
    let mut headers = vec![("accept", "text/event-stream")];
    headers.extend(last.as_deref().map(|id| ("last-event-id", id)));
    let opened = context
        .client
        .open(Method::GET, path, &headers, REQUEST_TIMEOUT);
    let mut body = opened.await?.into_body();
    *connected = true;
    let mut parser = Parser::default();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Ok(()) };
        let Some(bytes) = frame.data_ref() else {
            continue;
        };
        for message in parser.push(bytes) {
            tell(context, &message)?;
            if message.id.is_some() {
                last.clone_from(&message.id);
            }
        }
    }
    Ok(())
}

fn tell(context: &Context, message: &Message) -> Result<(), CliError> {
    let event: Value = serde_json::from_str(&message.data)
        .map_err(|_| CliError::Client(ClientError::NotAnEvent))?;
    if message.event == "gap" {
        complain(&plain(event.get("message").unwrap_or(&Value::Null)));
        return Ok(());
    }
    show(context, &event)
}

/// One line: `2026-11-24 02:37:21 power n1: power on → power off (outside)`.
fn show(context: &Context, event: &Value) -> Result<(), CliError> {
    if context.out.json {
        return context.out.line(&event.to_string());
    }
    let field = |pointer: &str| event.pointer(pointer).map(plain).unwrap_or_default();
    let mut line = format!(
        "{} {} {}: {} ({}",
        event.get("at").map(time).unwrap_or_default(),
        field("/kind"),
        machine(event),
        change(event),
        field("/cause"),
    );
    if let Some(user) = event.pointer("/actor/user_id").and_then(Value::as_str) {
        line += &format!(", {user}");
    }
    line.push(')');
    if let Some(detail) = event.get("detail").and_then(Value::as_str) {
        line += &format!(": {detail}");
    }
    context.out.line(&crate::cli::text::harmless(&line))
}

/// Where it happened: the node, for who may know, else the instance. A change may be about something else.
fn machine(event: &Value) -> String {
    let name = |field: &str| event.pointer(field).and_then(Value::as_str);
    let names = match [name("/node_name"), name("/instance_name")] {
        [None, None] => [name("/audit/ident").or(name("/audit/uuid")), None],
        names => names,
    };
    let names: Vec<&str> = names.into_iter().flatten().collect();
    names.join("/")
}

/// What it was, and what it is.
fn change(event: &Value) -> String {
    let word = |field: &str| event.get(field).and_then(Value::as_str);
    if let Some(action) = event.pointer("/audit/action").and_then(Value::as_str) {
        return action.to_owned();
    }
    let (old, new) = (word("old"), word("new"));
    let unknown = match event.get("kind").and_then(Value::as_str) {
        Some("power") => "unknown",
        _ => "gone",
    };
    let change = match (old, new) {
        (None, Some(new)) => new.to_owned(),
        (old, new) => format!("{} → {}", old.unwrap_or("-"), new.unwrap_or(unknown)),
    };
    let target = event.pointer("/task/target").and_then(Value::as_str);
    match (event.get("kind").and_then(Value::as_str), target) {
        (Some("task"), Some(target)) => format!("{target} {change}"),
        _ => change,
    }
}
