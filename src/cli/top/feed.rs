//! What the screen is fed with: the events since the last look, and the lists where an event says that they have changed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::instance::INSTANCE;
use crate::cli::node::NODE;
use crate::cli::noun::{Noun, Query, nothing_special, required};
use crate::cli::top::rack::{Machine, NODE_FIELDS, Rack, Tenant, Work};
use crate::model::event::EventKind;
use crate::model::task::TaskState;
use crate::time::{self, Timestamp};

/// How many events are looked at in one go; a storm is more, and is read as a list anyway.
const EVENTS: usize = 1_000;

/// The longest that the lists are believed without an event: when a BMC was last seen is none.
const BELIEVED: Duration = Duration::from_secs(10);

/// How long one look may take, at least.
const PATIENCE: Duration = Duration::from_secs(10);

const HEALTH: Noun = Noun {
    singular: "health",
    plural: "health",
    path: "/v1/health",
    list_path: "/v1/health",
    columns: &[],
    order: &[],
    special: nothing_special,
};

/// What the screen is told.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    pub(super) rack: Rack,
    /// Since when the daemon does not answer, and why.
    pub(super) trouble: Option<(Timestamp, String)>,
}

/// The daemon, as far as it was listened to.
pub(super) struct Feed<'a> {
    context: &'a Context,
    /// The newest event that was seen.
    newest: Option<u64>,
    /// What is done to each node, by its uuid.
    works: HashMap<String, Work>,
    nodes: Vec<Value>,
    instances: HashMap<String, Tenant>,
    /// When each BMC last answered, by its node's uuid.
    seen: HashMap<String, Timestamp>,
    read_at: Option<Instant>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self {
            context,
            newest: None,
            works: HashMap::new(),
            nodes: Vec::new(),
            instances: HashMap::new(),
            seen: HashMap::new(),
            read_at: None,
        }
    }

    /// Looks every `interval`, while `is_wanted`, and tells what is new. Ends only with what asking again would not mend.
    pub(super) async fn run(
        mut self,
        interval: Duration,
        mut is_wanted: watch::Receiver<bool>,
        news: &watch::Sender<News>,
    ) -> Result<(), CliError> {
        loop {
            // It is never closed before this ends.
            is_wanted.wait_for(|wanted| *wanted).await.ok();
            let looking = self.look();
            match tokio::time::timeout(PATIENCE.max(interval), looking).await {
                Ok(Ok(Some(rack))) => {
                    news.send_replace(News {
                        rack,
                        trouble: None,
                    });
                }
                Ok(Ok(None)) => {
                    news.send_if_modified(|news| news.trouble.take().is_some());
                }
                Ok(Err(CliError::Client(error))) if error.is_transient() => {
                    self.lose(news, CliError::Client(error).sentence());
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => self.lose(news, "it takes too long".to_owned()),
            }
            tokio::time::sleep(interval).await;
        }
    }

    /// After an outage everything is read anew: there may be another database behind the same address.
    fn lose(&mut self, news: &watch::Sender<News>, why: String) {
        (self.newest, self.read_at) = (None, None);
        news.send_modify(|news| {
            let since = news.trouble.take().map(|(since, _)| since);
            news.trouble = Some((since.unwrap_or_else(time::now), why));
        });
    }

    /// One look. Nothing if nothing has changed.
    pub(super) async fn look(&mut self) -> Result<Option<Rack>, CliError> {
        let has_news = match self.newest {
            Some(newest) => self.read_events(newest).await?,
            None => self.read_last_events().await?,
        };
        let is_old = self
            .read_at
            .is_none_or(|at| time::instant().saturating_duration_since(at) >= BELIEVED);
        if !has_news && !is_old {
            return Ok(None);
        }
        self.read_lists().await?;
        self.read_at = Some(time::instant());
        Ok(Some(self.rack()))
    }

    /// The tasks that are open, out of what was told last.
    async fn read_last_events(&mut self) -> Result<bool, CliError> {
        let events = self.events("sort_dir=desc").await?;
        self.works.clear();
        // Of the newest there is always one, unless nothing has ever happened.
        let newest = events.first().and_then(id_of).unwrap_or(0);
        for event in events.iter().rev() {
            self.take(event);
        }
        self.newest = Some(newest);
        Ok(true)
    }

    async fn read_events(&mut self, newest: u64) -> Result<bool, CliError> {
        let events = self.events(&format!("marker={newest}")).await?;
        for event in &events {
            self.take(event);
        }
        self.newest = events.last().and_then(id_of).or(self.newest);
        Ok(!events.is_empty())
    }

    async fn events(&self, which: &str) -> Result<Vec<Value>, CliError> {
        // What admins change in the rack is among them, and nobody else sees nodes.
        let kinds = EventKind::ALL.map(EventKind::as_str).join(",");
        let path = format!(
            "/v1/events?kind={kinds}&fields=id,kind,new,node_uuid,task&limit={EVENTS}&{which}"
        );
        let mut list = self.context.client.get(&path).await?.json()?;
        match list.get_mut("events").map(Value::take) {
            Some(Value::Array(events)) => Ok(events),
            _ => Err(CliError::Answer("events")),
        }
    }

    fn take(&mut self, event: &Value) {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        let (Some("task"), Some(node)) = (text("/kind"), text("/node_uuid")) else {
            return;
        };
        let state = text("/new").unwrap_or_default();
        if TaskState::parse(state).is_some_and(TaskState::is_open) {
            let owned = |pointer: &str| text(pointer).unwrap_or_default().to_owned();
            let work = Work {
                target: owned("/task/target"),
                state: state.to_owned(),
                step: owned("/task/step"),
            };
            self.works.insert(node.to_owned(), work);
        } else {
            self.works.remove(node);
        }
    }

    async fn read_lists(&mut self) -> Result<(), CliError> {
        let fields = |fields: &str| {
            let mut query = Query::default();
            query.add("fields", Some(fields));
            query
        };
        self.nodes = NODE.entries(self.context, &fields(NODE_FIELDS)).await?;
        let health = fields("node_uuid,last_contact_at");
        self.seen = HEALTH
            .entries(self.context, &health)
            .await?
            .iter()
            .filter_map(|of| {
                let at = Timestamp::parse(of.get("last_contact_at")?.as_str()?)?;
                Some((of.get("node_uuid")?.as_str()?.to_owned(), at))
            })
            .collect();
        // Nobody waits for a list that nothing on the screen is in.
        let has_instances =
            |node: &Value| node.get("instance_uuid").is_some_and(|of| !of.is_null());
        self.instances.clear();
        if self.nodes.iter().any(has_instances) {
            let brief = fields("uuid,name,status");
            for of in INSTANCE.entries(self.context, &brief).await? {
                let tenant = Tenant {
                    name: required(&of, "name")?.to_owned(),
                    status: required(&of, "status")?.to_owned(),
                };
                self.instances
                    .insert(required(&of, "uuid")?.to_owned(), tenant);
            }
        }
        Ok(())
    }

    fn rack(&self) -> Rack {
        let machines = self.nodes.iter().map(|node| {
            let uuid = node.get("uuid").and_then(Value::as_str).unwrap_or_default();
            let mut machine = Machine::read(node, &self.instances);
            machine.seen = self.seen.get(uuid).copied();
            // A task that is no change of power has no target in the node.
            machine.work = self.works.get(uuid).cloned().or(machine.work);
            machine
        });
        Rack {
            machines: machines.collect(),
        }
    }
}

fn id_of(event: &Value) -> Option<u64> {
    event.get("id").and_then(Value::as_u64)
}
