//! What the story is told with: the API as any client sees it, and the simulated machines as nobody but the demo can.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::demo::narrator::Narrator;
use crate::app::demo::truth::{Findings, Untrue, plain};
use crate::cli::client::{Client, ClientError};
use crate::sim::{Rack, SimBmc};
use crate::time;

/// How long a state is waited for. Everything in the story takes less than four seconds, a silent BMC eight.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the API is asked while waiting.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Why the story could not be told to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum TaleError {
    /// Something was not as it should be.
    #[error("the demo found {} that should be otherwise", things(.0.len()))]
    Untrue(Vec<Untrue>),
    /// The API refused something, or was not there.
    #[error("the daemon did not do what it was asked for")]
    Api(#[from] ClientError),
    /// The token for curl is not there.
    #[error("cannot write the file with the token")]
    Token(#[source] io::Error),
    /// Nobody reads what is said.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
}

fn things(count: usize) -> String {
    match count {
        1 => "1 thing".to_owned(),
        count => format!("{count} things"),
    }
}

impl TaleError {
    /// One thing that is not as it should be.
    pub(super) fn one(
        what: impl Into<String>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        Self::Untrue(vec![Untrue {
            what: what.into(),
            expected: expected.into(),
            seen: seen.into(),
        }])
    }
}

impl From<Vec<Untrue>> for TaleError {
    fn from(untrue: Vec<Untrue>) -> Self {
        Self::Untrue(untrue)
    }
}

/// Holds what every step needs.
pub(super) struct Teller<'a> {
    pub(super) client: &'a Client,
    pub(super) rack: &'a Rack,
    pub(super) narrator: &'a mut Narrator,
}

impl Teller<'_> {
    /// The simulated BMC of a machine.
    pub(super) fn bmc(&self, name: &str) -> Result<SimBmc, TaleError> {
        self.rack.by_name(name).ok_or_else(|| {
            TaleError::one("the rack", format!("a machine {name}"), "none of that name")
        })
    }

    /// What is at this path of the API.
    pub(super) async fn show(&self, path: &str) -> Result<Value, TaleError> {
        Ok(self.client.get(path).await?.json()?)
    }

    /// Orders a change of power.
    pub(super) async fn order(&self, path: &str, target: &str) -> Result<(), TaleError> {
        let body = json!({"target": target});
        self.client
            .put(&format!("{path}/states/power"), &body)
            .await?;
        Ok(())
    }

    /// Looks at `path` until it is as it should be; gives up early when it says that it has failed.
    pub(super) async fn wait(
        &self,
        path: &str,
        expected: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, TaleError> {
        let deadline = time::instant() + PATIENCE;
        loop {
            let seen = self.show(path).await?;
            if is_so(&seen) {
                return Ok(seen);
            }
            let failed = seen.get("status").is_some_and(|status| status == "error");
            if failed || time::instant() >= deadline {
                return Err(TaleError::one(path, expected, gist(&seen)));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until there is nothing at `path`.
    pub(super) async fn wait_gone(&self, path: &str) -> Result<(), TaleError> {
        let deadline = time::instant() + PATIENCE;
        loop {
            match self.client.get(path).await {
                Err(error) if error.status().is_some_and(|status| status == 404) => return Ok(()),
                Err(error) => return Err(error.into()),
                Ok(answer) if time::instant() >= deadline => {
                    let seen = gist(&answer.json()?);
                    return Err(TaleError::one(path, "gone (404)", seen));
                }
                Ok(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// The power order of this path is over.
    pub(super) async fn wait_settled(&self, path: &str, power: &str) -> Result<Value, TaleError> {
        let expected = format!("{power}, and no order under way");
        self.wait(&format!("{path}/states"), &expected, |states| {
            states["power_state"] == power && states["target_power_state"].is_null()
        })
        .await
    }

    /// Ends the step that is under way: it is true if nothing was found.
    pub(super) fn finish(
        &mut self,
        findings: Findings,
        evidence: &[String],
    ) -> Result<(), TaleError> {
        findings.verdict()?;
        Ok(self.narrator.done(evidence)?)
    }
}

/// The uuid of what was made.
pub(super) fn uuid(made: &Value) -> Result<String, TaleError> {
    text(made, "uuid")
}

/// A field that has to be text.
pub(super) fn text(of: &Value, field: &str) -> Result<String, TaleError> {
    of.get(field)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| TaleError::one(format!("{field} in the API"), "text", gist(of)))
}

/// The fields that matter when something is not as it should be.
fn gist(seen: &Value) -> String {
    let fields = ["status", "power_state", "target_power_state", "last_error"];
    let told: Vec<String> = fields
        .into_iter()
        .filter_map(|field| Some(format!("{field}: {}", plain(seen.get(field)?))))
        .collect();
    if told.is_empty() {
        seen.to_string()
    } else {
        told.join(", ")
    }
}
