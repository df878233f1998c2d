//! Whom OpenStack's Keystone says a token stands for.
//!
//! Tokens that are not the daemon's own are shown to Keystone, and what it says is believed for a while (`remembered`
//! answers), so that Keystone is asked about each token now and then, not for each request. Whoever comes with a token that
//! is just being asked about waits for the same answer. What Keystone does not say nobody is let in for: where it is down,
//! slow or makes no sense, a new token is neither good nor bad.
//!
//! `server` speaks with Keystone, `answer` reads what it says, `remembered` and `flights` keep it. Nothing here
//! knows our API. Start with [`Keystone::ask`].

mod answer;
mod flights;
mod remembered;
mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::config::KeystoneSettings;
use crate::model::caller::{Caller, Role};
use crate::system::credentials::{self, NoCredentials};
use crate::system::trust::{self, TrustError};
use crate::telemetry::{Chain, Meters};
use crate::time;
use answer::Roles;
use flights::Flights;
use remembered::Remembered;
use server::{Server, Trouble, password};

/// Keystone is asked about so many tokens at a time; others wait for their turn.
const MAX_ASKED: usize = 16;

/// No token is longer: Fernet's have about 250 characters, signed ones with everything in them two thousand.
const LONGEST_TOKEN: usize = 4096;

/// What a token is remembered by.
type TokenHash = [u8; 32];

/// Whom a good token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Keystone's id of the user.
    pub user_id: String,
    /// Keystone's id of the project.
    pub project_id: String,
    /// The highest role that one of Keystone's makes here.
    pub role: Role,
}

/// What Keystone says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is good, and stands for this caller.
    Known(Arc<Identity>),
    /// It is good, and not for a project: for the system, for a domain, or for nothing.
    NoProject,
    /// It is good, and none of its roles counts here.
    NoRole,
    /// There is no such token, or it is revoked or expired.
    Unknown,
}

/// Keystone did not say anything of a token. Why stands in the log.
#[derive(Debug, Clone, Copy, Error)]
#[error("Keystone cannot be asked at the moment")]
pub struct Unavailable;

/// Why Keystone cannot be asked with these settings.
#[derive(Debug, Error)]
pub enum KeystoneError {
    /// A file is a credential, and there is none.
    #[error(transparent)]
    Credentials(#[from] NoCredentials),
    /// The authorities that are to be trusted cannot be.
    #[error("auth.keystone.ca_file cannot be used")]
    Trust(#[from] TrustError),
    /// The password cannot be used.
    #[error("auth.keystone.password_file: {} {problem}", path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
}

/// Keystone, as the settings name it. Cheap to clone; clones remember together.
#[derive(Clone)]
pub struct Keystone(Arc<Inner>);

struct Inner {
    server: Server,
    roles: Roles,
    timeout: Duration,
    remembered: Remembered,
    flights: Flights,
    places: Semaphore,
    meters: Meters,
    /// Whether the last question had no answer, so that the log says it once.
    is_silent: AtomicBool,
}

impl Keystone {
    /// Looks at the files that the settings name. Keystone itself is not asked anything yet.
    ///
    /// # Errors
    /// [`KeystoneError`]: a file is missing, others can read the password, or there is no certificate.
    pub fn open(settings: &KeystoneSettings, meters: Meters) -> Result<Self, KeystoneError> {
        let password_file = credentials::locate(&settings.password_file)?;
        password::check(&password_file)?;
        let trusted = match &settings.ca_file {
            Some(file) => trust::in_those_of(&credentials::locate(file)?)?,
            None => trust::in_whom_this_machine_does().unwrap_or_else(|_| trust::in_nobody()),
        };
        Ok(Self(Arc::new(Inner {
            server: Server::new(settings, trusted, password_file),
            roles: Roles::new(settings),
            timeout: settings.timeout,
            remembered: Remembered::new(settings.cache),
            flights: Flights::default(),
            places: Semaphore::new(MAX_ASKED),
            meters,
            is_silent: AtomicBool::new(false),
        })))
    }

    /// Its URL, for clients that look for it.
    pub fn url(&self) -> &str {
        self.0.server.url()
    }

    /// The names of Keystone's roles that count here.
    pub fn role_names(&self) -> String {
        self.0.roles.names()
    }

    /// What was said of a token a short while ago; `None` where Keystone would have to be asked. A token that no Keystone
    /// has made is unknown without a question.
    pub fn remembered(&self, token: &str) -> Option<Verdict> {
        let is_possible = (1..=LONGEST_TOKEN).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_possible {
            return Some(Verdict::Unknown);
        }
        let found = self.0.remembered.find(&hash(token));
        if found.is_some() {
            self.0.meters.keystone().remembered.bump();
        }
        found
    }

    /// What is said of a token, by Keystone where it is not remembered. Takes as long as the settings allow at most.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing, and nobody may be let in.
    pub async fn ask(&self, token: &str) -> Result<Verdict, Unavailable> {
        if let Some(verdict) = self.remembered(token) {
            return Ok(verdict);
        }
        let hash = hash(token);
        let flight = self.0.flights.join(hash);
        // Who comes first asks. Should that one go away, the next asks.
        let asked = flight.cell().get_or_init(|| self.ask_now(token, hash));
        asked.await.clone()
    }

    /// Whether a caller that signed in with this token a while ago still could, with the same rights.
    pub async fn still_knows(&self, token: &str, caller: &Caller) -> bool {
        match self.ask(token).await {
            Ok(Verdict::Known(of)) => {
                of.role == caller.role
                    && of.project_id == caller.project_id
                    && of.user_id == caller.user_id
            }
            Ok(Verdict::NoProject | Verdict::NoRole | Verdict::Unknown) | Err(Unavailable) => false,
        }
    }

    async fn ask_now(&self, token: &str, hash: TokenHash) -> Result<Verdict, Unavailable> {
        let inner = &self.0;
        let started = time::instant();
        let asked = tokio::time::timeout(inner.timeout, async {
            let _place = inner.places.acquire().await;
            inner.server.describe(token).await
        });
        let said = asked
            .await
            .unwrap_or(Err(Trouble::TimedOut(inner.timeout)))
            .and_then(|described| answer::judge(described, &inner.roles));
        let meters = inner.meters.keystone();
        meters.times.observe(started.elapsed().as_secs_f64());
        match said {
            Ok(said) => {
                meters.validations.bump(said.outcome());
                if inner.is_silent.swap(false, Ordering::Relaxed) {
                    tracing::info!("Keystone validates tokens again");
                }
                let verdict = said.verdict;
                if let Some(expires_at) = said.expires_at {
                    inner.remembered.keep(hash, verdict.clone(), expires_at);
                }
                Ok(verdict)
            }
            Err(trouble) => {
                meters.validations.bump(trouble.outcome());
                let error = Chain(&trouble);
                if inner.is_silent.swap(true, Ordering::Relaxed) {
                    tracing::debug!(%error, "Keystone does not validate a token");
                } else {
                    tracing::error!(%error, "Keystone does not validate tokens: new ones are refused with 503");
                }
                Err(Unavailable)
            }
        }
    }
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}
