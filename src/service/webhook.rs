//! Webhooks. Only admins get here.

use hyper::Uri;
use rusqlite::Connection;
use serde::Deserialize;
use uuid::Uuid;

use crate::model::event::EventKind;
use crate::model::ids::WebhookId;
use crate::model::page::Page;
use crate::model::secret::Secret;
use crate::model::webhook::Webhook;
use crate::rules::input::{self, InvalidInput};
use crate::service::{Error, Kind, Service, marker};
use crate::store::list::Table;
use crate::{store, time};

/// The shortest secret, in bytes: as long as what it makes, nobody guesses it.
const SHORTEST_SECRET: usize = 16;

/// What a client says of a new webhook.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    uuid: Option<WebhookId>,
    name: String,
    url: String,
    secret: Secret<String>,
    kinds: Option<Vec<String>>,
    project_id: Option<String>,
}

impl Service {
    /// All webhooks, without their secrets.
    pub fn list_webhooks(&self, page: &Page) -> Result<Vec<Webhook>, Error> {
        self.store.read(|connection| {
            marker::check(connection, Table::Webhooks, page)?;
            Ok(store::webhook::list(connection, page)?)
        })
    }

    /// One webhook, without its secret.
    pub fn show_webhook(&self, ident: &str) -> Result<Webhook, Error> {
        self.store.read(|connection| find(connection, ident))
    }

    /// Sends events to a place from now on.
    pub async fn create_webhook(&self, new: NewWebhook) -> Result<Webhook, Error> {
        input::name("name", &new.name)?;
        check_url(&new.url)?;
        let length = new.secret.expose().len();
        if !(SHORTEST_SECRET..=255).contains(&length) {
            let problem = format!("must have {SHORTEST_SECRET} to 255 bytes");
            return Err(InvalidInput::new("secret", problem).into());
        }
        if let Some(project) = &new.project_id {
            input::name("project_id", project)?;
        }
        let mut made = Webhook {
            id: new.uuid.unwrap_or_else(WebhookId::random),
            name: new.name,
            url: new.url,
            kinds: kinds(new.kinds.unwrap_or_default())?,
            project_id: new.project_id,
            delivered_to: 0,
            delivered_at: None,
            failures: 0,
            last_error: None,
            created_at: time::now(),
            updated_at: None,
            revision: 1,
        };
        self.store.made(made.id.0);
        let (service, secret) = (self.clone(), new.secret);
        let made = self.store.write(move |connection| {
            made.delivered_to = store::event::last_id(connection)?;
            let sealer = service.store.sealer();
            store::webhook::insert(connection, sealer, &made, &secret).map_err(|error| {
                let id = made.id.to_string();
                Error::taken(
                    error,
                    Kind::Webhook,
                    "webhooks.name",
                    &made.name,
                    "webhooks.uuid",
                    &id,
                )
            })?;
            Ok::<_, Error>(made)
        });
        let made = made.await?;
        self.wakes.webhooks.notify();
        Ok(made)
    }

    /// Sends nothing more to a place.
    pub async fn delete_webhook(&self, ident: &str) -> Result<(), Error> {
        let ident = ident.to_owned();
        let deleted = self.store.write(move |connection| {
            let webhook = find(connection, &ident)?;
            Ok::<_, Error>(store::webhook::delete(connection, webhook.id)?)
        });
        deleted.await?;
        self.wakes.webhooks.notify();
        Ok(())
    }
}

fn find(connection: &Connection, ident: &str) -> Result<Webhook, Error> {
    let id = match Uuid::parse_str(ident) {
        Ok(id) => Some(WebhookId(id)),
        Err(_) => store::webhook::id_of_name(connection, ident)?,
    };
    let found = id.map(|id| store::webhook::find(connection, id));
    found.transpose()?.flatten().ok_or_else(|| Error::NotFound {
        kind: Kind::Webhook,
        ident: ident.to_owned(),
    })
}

/// An absolute URL of http or https. What is in it is shown, so it holds no password.
fn check_url(url: &str) -> Result<(), InvalidInput> {
    let refuse = |problem: &str| Err(InvalidInput::new("url", problem));
    let Ok(uri) = url.parse::<Uri>() else {
        return refuse("is not a URL");
    };
    if url.len() > 2_000 || !matches!(uri.scheme_str(), Some("http" | "https")) {
        return refuse("must begin with http:// or https:// and have at most 2000 characters");
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            refuse("must hold no user or password: deliveries are signed with the secret")
        }
        Some(authority) if !authority.host().is_empty() => Ok(()),
        Some(_) | None => refuse("names no host"),
    }
}

fn kinds(words: Vec<String>) -> Result<Vec<EventKind>, InvalidInput> {
    let parse = |word: &String| {
        EventKind::parse(word).ok_or_else(|| {
            let all = EventKind::ALL.map(EventKind::as_str).join(", ");
            InvalidInput::new("kinds", format!("{word:?} is none of {all}"))
        })
    };
    words.iter().map(parse).collect()
}
