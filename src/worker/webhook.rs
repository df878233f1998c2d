//! Sends events to webhooks: in order, at least once, signed, and never in anybody's way.
//!
//! Each webhook has a job of its own, which reads what comes behind the last event that was taken. What is not taken is sent
//! again, less and less often, until it is, or is no longer kept. Nothing waits for a job, and a job holds no more than one
//! batch.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use hmac::{Hmac, Mac};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request};
use serde_json::json;
use sha2::Sha256;
use tokio::task::JoinSet;

use crate::beat::Beat;
use crate::model::event::Event;
use crate::model::ids::WebhookId;
use crate::model::page::Page;
use crate::model::webhook::Webhook;
use crate::store::event::EventFilter;
use crate::store::{self, StoreError};
use crate::system::https::{self, Https};
use crate::system::shutdown::Shutdown;
use crate::system::trust;
use crate::telemetry::Chain;
use crate::telemetry::work::DeliveryOutcome;
use crate::time;
use crate::view::links::Base;
use crate::view::{Shown, View as _};
use crate::wake::Wake;
use crate::worker::pace::jittered;
use crate::worker::{Context, WorkerError, sleep_or};

/// The most events of one delivery.
const BATCH: u32 = 100;
/// How long the other side may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The pauses after deliveries that failed.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The list of webhooks is read again at least this often, should a wake be lost.
const REFRESH: Duration = Duration::from_secs(30);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(90);

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error("the address cannot be reached: {0}")]
    Send(String),
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TimedOut,
    #[error("the answer was {0}, which is none of success")]
    Refused(hyper::StatusCode),
    #[error("the delivery cannot be written: {0}")]
    Unwritable(String),
}

impl DeliveryError {
    fn outcome(&self) -> DeliveryOutcome {
        match self {
            Self::Send(_) => DeliveryOutcome::Unreachable,
            Self::TimedOut => DeliveryOutcome::TimedOut,
            Self::Refused(_) => DeliveryOutcome::Refused,
            Self::Unwritable(_) => DeliveryOutcome::Unwritable,
        }
    }
}

/// Runs until shutdown. What is being sent then is sent again after the next start.
pub async fn run(context: Context, beat: Beat, shutdown: Shutdown) -> Result<(), WorkerError> {
    let wake = context.wakes.webhooks.clone();
    let mut jobs: JoinSet<(WebhookId, Result<(), StoreError>)> = JoinSet::new();
    let mut running: HashMap<WebhookId, Wake> = HashMap::new();
    let http = client();
    loop {
        beat.now(time::instant());
        let all = context
            .store
            .read(|connection| store::webhook::list(connection, &Page::default()))?;
        for (id, nudge) in &running {
            if all.iter().all(|of| of.id != *id) {
                nudge.notify();
            }
        }
        for id in all.iter().map(|of| of.id) {
            if let Entry::Vacant(vacant) = running.entry(id) {
                let nudge = vacant.insert(Wake::new()).clone();
                let job = deliver(context.clone(), http.clone(), id, nudge);
                jobs.spawn(async move { (id, job.await) });
            }
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(REFRESH) => {}
            Some(ended) = jobs.join_next() => {
                let (id, result) = ended?;
                running.remove(&id);
                context.meters.work().webhooks.forget(id);
                if let Err(error @ (StoreError::WriterGone | StoreError::Closed)) = result {
                    return Err(error.into());
                }
            }
            () = shutdown.triggered() => break,
        }
    }
    jobs.shutdown().await;
    Ok(())
}

/// Works for one webhook until that is gone.
async fn deliver(
    context: Context,
    http: Https,
    id: WebhookId,
    nudge: Wake,
) -> Result<(), StoreError> {
    let mut newest = context.store.newest_event();
    let mut pause = FIRST_PAUSE;
    // What the filter passed over counts as seen, and is written down with the next delivery.
    let mut seen_to = 0;
    loop {
        newest.mark_unchanged();
        let webhook = context
            .store
            .read(|connection| store::webhook::find(connection, id))?;
        let Some(webhook) = webhook else {
            return Ok(());
        };
        seen_to = webhook.delivered_to.max(seen_to);
        let ended = round(&context, &http, &webhook, &mut seen_to).await;
        context.meters.work().webhooks.set(id, seen_to);
        match ended {
            Ok(true) => pause = FIRST_PAUSE,
            Ok(false) => {
                pause = FIRST_PAUSE;
                tokio::select! {
                    () = nudge.notified() => {}
                    changed = newest.changed() => if changed.is_err() { return Ok(()) },
                }
            }
            Err(Trouble::Store(error @ (StoreError::WriterGone | StoreError::Closed))) => {
                return Err(error);
            }
            Err(trouble) => {
                note(&context, &webhook, trouble).await;
                sleep_or(&nudge, jittered(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

enum Trouble {
    Store(StoreError),
    Delivery(DeliveryError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn note(context: &Context, webhook: &Webhook, trouble: Trouble) {
    let (id, name) = (webhook.id, &webhook.name);
    let error = match trouble {
        Trouble::Store(error) => {
            tracing::error!(webhook = name, error = %Chain(&error), "events cannot be read for a webhook");
            return;
        }
        Trouble::Delivery(error) => {
            context.meters.work().deliveries.bump(error.outcome());
            error.to_string()
        }
    };
    if webhook.failures == 0 {
        tracing::warn!(webhook = name, error, "a webhook does not take its events");
    }
    let noted = context
        .store
        .write(move |connection| store::webhook::set_failed(connection, id, &error, time::now()));
    if let Err(error) = noted.await {
        tracing::error!(webhook = name, error = %Chain(&error), "a failure cannot be recorded");
    }
}

/// Sends one batch, if there is one; says whether there was.
async fn round(
    context: &Context,
    http: &Https,
    webhook: &Webhook,
    seen_to: &mut i64,
) -> Result<bool, Trouble> {
    let filter = EventFilter {
        kinds: webhook.kinds.clone(),
        project_id: webhook.project_id.clone(),
        ..EventFilter::default()
    };
    let (id, after) = (webhook.id, *seen_to);
    let batch = context
        .store
        .read(|connection| store::event::list_after(connection, &filter, after, BATCH))?;
    if batch.events.is_empty() {
        *seen_to = batch.seen_to;
        return Ok(false);
    }
    let first = context.store.read(store::event::first_id)?;
    let secret = context
        .store
        .read(|connection| store::webhook::secret(connection, context.store.sealer(), id))?;
    let Some(secret) = secret else {
        return Ok(true);
    };
    let gap = after.saturating_add(1) < first;
    let request = request(webhook, &batch.events, gap, secret.expose());
    let request = request.map_err(Trouble::Delivery)?;
    send(http, request).await.map_err(Trouble::Delivery)?;
    let deliveries = &context.meters.work().deliveries;
    deliveries.bump(DeliveryOutcome::Taken);
    let to = batch.seen_to;
    context
        .store
        .write(move |connection| {
            store::webhook::set_delivered(connection, id, to, Some(time::now()))
        })
        .await?;
    Ok(true)
}

fn request(
    webhook: &Webhook,
    events: &[Event],
    gap: bool,
    secret: &[u8],
) -> Result<Request<Full<Bytes>>, DeliveryError> {
    let unwritable = |error: String| DeliveryError::Unwritable(error);
    let base = Base(String::new());
    let shown = events.iter().map(|of| Shown {
        of,
        fields: Event::FIELDS,
        base: &base,
    });
    let body = json!({
        "webhook": webhook.name,
        "gap": gap,
        "events": shown.map(serde_json::to_value).collect::<Result<Vec<_>, _>>()
            .map_err(|error| unwritable(error.to_string()))?,
    })
    .to_string();
    let timestamp = (time::now().as_micros() / 1_000_000).to_string();
    let signature = sign(secret, &timestamp, &body).ok_or_else(|| unwritable(String::new()))?;
    let ids = events.first().zip(events.last());
    let delivery = ids.map_or_else(String::new, |(first, last)| {
        format!("{}-{}", first.id, last.id)
    });
    Request::builder()
        .method(Method::POST)
        .uri(&webhook.url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, https::USER_AGENT)
        .header("x-ostler-delivery", delivery)
        .header("x-ostler-timestamp", timestamp)
        .header("x-ostler-signature", format!("sha256={signature}"))
        .body(Full::new(body.into()))
        .map_err(|error| unwritable(error.to_string()))
}

/// HMAC-SHA-256 (RFC 2104) of the timestamp, a dot and the body, in hexadecimal: an old delivery that somebody sends again
/// is told from a new one.
fn sign(secret: &[u8], timestamp: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    let code = mac.finalize().into_bytes();
    Some(code.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn send(http: &Https, request: Request<Full<Bytes>>) -> Result<(), DeliveryError> {
    // The status is all that counts; the connection is closed with whatever else comes.
    let response = tokio::time::timeout(PATIENCE, http.request(request))
        .await
        .map_err(|_| DeliveryError::TimedOut)?
        .map_err(|error| DeliveryError::Send(Chain(&error).to_string()))?;
    if response.status().is_success() {
        Ok(())
    } else {
        Err(DeliveryError::Refused(response.status()))
    }
}

/// Certificates are checked against what this machine trusts. Without any, only plain http works, and https says why.
fn client() -> Https {
    let trusted = trust::in_whom_this_machine_does().unwrap_or_else(|error| {
        tracing::warn!(%error, "this machine trusts no certificates: webhooks with https will fail");
        trust::in_nobody()
    });
    https::client(trusted, PATIENCE)
}
