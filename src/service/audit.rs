//! The audit trail: who changed what, and from where.
//!
//! What a client changes reaches the database through a [`Recorder`], which writes the entry into the same transaction. So no
//! use case can forget it, and nothing that was accepted goes without. What was refused is told to the log alone, see
//! `doc/decisions/0019-audit-entries-are-events.md`.

use std::fmt::Display;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rusqlite::Connection;
use serde_json::Value;
use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::event::Audit;
use crate::model::ids::{InstanceId, NodeId, TaskId};
use crate::rules::trail::{cut, named_fields, without_tokens};
use crate::service::task::requester;
use crate::service::{Service, access};
use crate::store::event::About;
use crate::store::{self, Store, StoreError, WriteError};
use crate::time;

/// One request that may change something.
#[derive(Debug)]
pub struct Trail {
    caller: Caller,
    asked: Asked,
    fields: OnceLock<Vec<String>>,
    made: OnceLock<Uuid>,
    found: OnceLock<Found>,
    written: AtomicBool,
    told: AtomicBool,
}

/// What a request says of itself before its body is read.
#[derive(Debug)]
pub struct Asked {
    /// The method and the route.
    pub action: String,
    /// What the route begins with, such as `nodes`.
    pub collection: &'static str,
    /// What the path names, in order.
    pub params: Vec<String>,
    /// The address that it came from, or its process on the Unix socket.
    pub source: Option<String>,
}

/// What a request turned out to be about.
#[derive(Debug, Default)]
struct Found {
    uuid: Option<Uuid>,
    about: About,
}

impl Trail {
    /// The trail of a request whose caller has signed in.
    pub fn new(caller: Caller, asked: Asked) -> Self {
        Self {
            caller,
            asked,
            fields: OnceLock::new(),
            made: OnceLock::new(),
            found: OnceLock::new(),
            written: AtomicBool::new(false),
            told: AtomicBool::new(false),
        }
    }

    /// Remembers which fields a body names. Their values are none of the trail's business.
    pub fn body(&self, body: &Value) {
        self.fields.get_or_init(|| named_fields(body));
    }

    /// Tells the log what became of the request: the status, and the reason where it was refused.
    pub fn tell(&self, outcome: u16, refusal: Option<&str>) {
        self.told.store(true, Ordering::Relaxed);
        self.log(&outcome, refusal);
    }

    fn log(&self, outcome: &dyn Display, refusal: Option<&str>) {
        let nothing = Found::default();
        let found = self.found.get().unwrap_or(&nothing);
        let (node, instance) = (found.about.node.as_ref(), found.about.instance.as_ref());
        let task = (self.asked.collection == "tasks").then_some(found.uuid);
        // What a refused body names may be anything, a secret in a wrong place too.
        let fields = self.fields.get().filter(|_| refusal.is_none());
        let caller = &self.caller;
        tracing::info!(
            target: "ostler::audit",
            user = caller.user_id,
            project = caller.project_id,
            role = caller.role.as_str(),
            token = caller.token.map(display),
            transport = caller.transport.as_str(),
            source = self.asked.source,
            request_id = caller.request_id,
            action = self.asked.action,
            ident = self.ident().map(|of| without_tokens(cut(of)).into_owned()),
            node = node.map(|(_, name)| name),
            node_uuid = node.map(|(id, _)| display(id)),
            instance = instance.map(|(_, name)| name),
            instance_uuid = instance.map(|(id, _)| display(id)),
            task = task.flatten().map(display),
            fields = fields.filter(|of| !of.is_empty()).map(|of| of.join(" ")),
            outcome = %outcome,
            error = refusal.map(|of| without_tokens(cut(of)).into_owned()),
            "{}", self.sentence(outcome, refusal)
        );
    }

    /// What the log says of it to somebody who reads no fields.
    fn sentence(&self, outcome: &dyn Display, refusal: Option<&str>) -> String {
        let (user, action) = (&self.caller.user_id, &self.asked.action);
        // What was made has no name in the path.
        let about = self.found.get().map(|found| &found.about);
        let made = about.and_then(|about| {
            let instance = about.instance.as_ref().map(|(_, name)| name);
            instance.or(about.node.as_ref().map(|(_, name)| name))
        });
        let of = self.ident().or(made.map(String::as_str));
        let of = of.map_or(String::new(), |of| {
            format!(" of {}", without_tokens(cut(of)))
        });
        match refusal {
            None => format!("change by {user}: {action}{of}: {outcome}"),
            Some(why) => {
                let why = without_tokens(cut(why));
                format!("change refused to {user}: {action}{of}: {outcome}, {why}")
            }
        }
    }

    fn ident(&self) -> Option<&str> {
        self.asked.params.first().map(String::as_str)
    }

    /// Looks at what the path names; before the change, which may be its end.
    fn look(&self, connection: &Connection) {
        if let Some(ident) = self.ident() {
            self.found
                .get_or_init(|| find(connection, &self.caller, self.asked.collection, ident));
        }
    }

    /// Writes the entry, once for each request: by its first change it was accepted.
    fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        if self.written.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let found = self.found.get_or_init(|| match self.made.get() {
            Some(id) => find(
                connection,
                &self.caller,
                self.asked.collection,
                &id.to_string(),
            ),
            None => Found::default(),
        });
        let mut fields = self.fields.get().cloned().unwrap_or_default();
        fields.extend(self.asked.params.get(1).map(|of| cut(of).to_owned()));
        let audit = Audit {
            action: self.asked.action.clone(),
            uuid: found.uuid,
            ident: self.ident().map(|of| cut(of).to_owned()),
            fields,
            role: self.caller.role,
            token: self.caller.token,
            source: self.asked.source.clone(),
        };
        let actor = requester(&self.caller);
        store::event::insert_audit(connection, &audit, &found.about, &actor, time::now())
    }
}

impl Drop for Trail {
    /// A client that goes away before the answer takes nothing back: what it changed is told all the same.
    fn drop(&mut self) {
        if *self.written.get_mut() && !*self.told.get_mut() {
            self.log(&"unanswered", None);
        }
    }
}

/// The store, as use cases have it: a change is written together with its entry, where a request is behind it.
#[derive(Clone)]
pub struct Recorder {
    store: Store,
    trail: Option<Arc<Trail>>,
}

impl Recorder {
    /// Without a request.
    pub(super) fn new(store: Store) -> Self {
        Self { store, trail: None }
    }

    /// [`Store::write`], with the entry of the request.
    ///
    /// # Errors
    /// Those of [`Store::write`]; that the entry cannot be written undoes the change.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: WriteError + Send + 'static,
    {
        let Some(trail) = self.trail.clone() else {
            return self.store.write(job).await;
        };
        let recorded = self.store.write(move |connection| {
            trail.look(connection);
            let done = job(connection)?;
            trail.write(connection)?;
            Ok(done)
        });
        recorded.await
    }

    /// Remembers what the request makes, for its entry. Call it before the end of the change.
    pub fn made(&self, id: Uuid) {
        if let Some(trail) = &self.trail {
            trail.made.get_or_init(|| id);
        }
    }
}

impl Deref for Recorder {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Service {
    /// The same use cases; what they change is written to the trail of this request.
    #[must_use]
    pub fn recording(&self, trail: Arc<Trail>) -> Self {
        let mut service = self.clone();
        service.store.trail = Some(trail);
        service
    }

    /// The trail of the request; `None` where it changes nothing.
    pub fn trail(&self) -> Option<&Trail> {
        self.store.trail.as_deref()
    }
}

/// What a name or a UUID stands for. What cannot be found is left out: the use case says why.
fn find(connection: &Connection, caller: &Caller, collection: &str, ident: &str) -> Found {
    let uuid = Uuid::parse_str(ident).ok();
    let of_node = |node: Option<NodeId>| {
        let about = node.and_then(|id| store::event::about(connection, id).ok());
        about.flatten().unwrap_or_default()
    };
    match collection {
        "instances" => {
            let instance = match uuid {
                Some(id) => store::instance::find(connection, InstanceId(id))
                    .ok()
                    .flatten(),
                None => access::instance(connection, caller, ident).ok(),
            };
            Found {
                uuid: instance.as_ref().map(|of| of.id.0),
                about: of_node(instance.map(|of| of.node_id)),
            }
        }
        "nodes" => {
            let node = access::node_id(connection, ident).ok();
            Found {
                uuid: node.map(|id| id.0),
                about: of_node(node),
            }
        }
        "tasks" => {
            let task = uuid.and_then(|id| store::task::find(connection, TaskId(id)).ok()?);
            Found {
                uuid,
                about: of_node(task.map(|of| of.node_id)),
            }
        }
        named => Found {
            uuid: uuid.or_else(|| id_of_name(connection, named, ident)),
            about: About::default(),
        },
    }
}

fn id_of_name(connection: &Connection, collection: &str, name: &str) -> Option<Uuid> {
    match collection {
        "types" => Some(store::instance_type::id_of_name(connection, name).ok()??.0),
        "images" => Some(store::image::id_of_name(connection, name).ok()??.0),
        "networks" => Some(store::network::id_of_name(connection, name).ok()??.0),
        "webhooks" => Some(store::webhook::id_of_name(connection, name).ok()??.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::caller::{Role, Transport};
    use crate::store::seal::Sealer;

    /// A change and its entry are there together or not at all.
    #[tokio::test]
    async fn what_has_no_entry_has_not_happened_and_what_has_not_happened_has_no_entry() {
        let directory = tempfile::tempdir().unwrap();
        let sealer = Sealer::from_key(&[7; 32]).unwrap();
        let store = Store::open(&directory.path().join("ostler.db"), sealer).unwrap();
        let recorder = || Recorder {
            store: store.clone(),
            trail: Some(Arc::new(trail())),
        };
        let set =
            |connection: &Connection| store::limit::set(connection, "p", Some(3), time::now());
        let counts = || {
            store.read(|connection| {
                let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
                let limits = count("SELECT count(*) FROM project_limits")?;
                Ok::<_, StoreError>((limits, count("SELECT count(*) FROM events")?))
            })
        };
        let unwritten = recorder();
        let no_entry = unwritten.write(move |connection| {
            set(connection)?;
            Ok::<_, StoreError>(connection.execute_batch("DROP TABLE events")?)
        });
        assert!(no_entry.await.is_err());
        assert_eq!(counts().unwrap(), (0, 0));
        let undone = recorder();
        let no_change = undone.write(move |connection| {
            set(connection)?;
            Err::<(), _>(StoreError::WriterGone)
        });
        assert!(no_change.await.is_err());
        assert_eq!(counts().unwrap(), (0, 0));
        let both = recorder();
        both.write(set).await.unwrap();
        both.write(set).await.unwrap();
        assert_eq!(counts().unwrap(), (1, 1), "one entry for a request");
    }

    fn trail() -> Trail {
        let caller = Caller {
            user_id: "u".to_owned(),
            project_id: "p".to_owned(),
            role: Role::Admin,
            token: None,
            until: None,
            keystone: None,
            transport: Transport::Tcp,
            request_id: "req-1".to_owned(),
        };
        let asked = Asked {
            action: "PUT /v1/limits/{ident}".to_owned(),
            collection: "limits",
            params: vec!["p".to_owned()],
            source: None,
        };
        Trail::new(caller, asked)
    }
}
