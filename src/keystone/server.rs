//! Speaking with Keystone: signing in as the daemon's own user, and asking about other people's tokens.

pub(super) mod password;

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;
use thiserror::Error;
use tokio::sync::Mutex;

use super::answer::Described;
use crate::config::KeystoneSettings;
use crate::system::https::{self, Https};
use crate::system::trust::Trust;
use crate::telemetry::keystone::Validation;
use crate::time::{self, Timestamp};

/// The most that is read of an answer. Descriptions are asked for without the catalogue of services; what is left has a
/// kilobyte, and a hundred bytes for each role.
const MAX_ANSWER: usize = 256 << 10;

/// The daemon's own token is replaced so long before it expires.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// After its own user was refused, the daemon does not sign in for so long: Keystone may lock users with bad passwords.
const REST_AFTER_REFUSAL: Duration = Duration::from_secs(10);

/// Keystone, and the daemon's own user there.
pub(super) struct Server {
    http: Https,
    url: String,
    login: Login,
    own: Mutex<Own>,
}

struct Login {
    username: String,
    user_domain: String,
    project_name: String,
    project_domain: String,
    password_file: PathBuf,
}

/// The daemon's own token.
enum Own {
    None,
    Token {
        secret: HeaderValue,
        expires_at: Timestamp,
    },
    Refused {
        status: StatusCode,
        until: Instant,
    },
}

/// Why Keystone said nothing of a token that could be used.
#[derive(Debug, Error)]
pub(super) enum Trouble {
    #[error("no answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    #[error("it cannot be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    #[error("the answer was {0}")]
    Answered(StatusCode),
    #[error("the answer makes no sense: {0}")]
    Nonsense(String),
    #[error("the daemon's own user is refused ({0}): look at the settings of [auth.keystone]")]
    OwnUserRefused(StatusCode),
    #[error(
        "the daemon's own user may not validate tokens: give it the role service in its project"
    )]
    MayNotValidate,
    #[error("cannot read the password in {}", path.display())]
    Password { path: PathBuf, source: io::Error },
}

impl Trouble {
    pub(super) fn nonsense(why: &str) -> Self {
        Self::Nonsense(why.to_owned())
    }

    fn unreachable(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Unreachable(error.into())
    }

    /// The word for it on the page of metrics.
    pub(super) fn outcome(&self) -> Validation {
        match self {
            Self::TimedOut(_) => Validation::TimedOut,
            Self::Unreachable(_) => Validation::Unreachable,
            Self::Answered(_) | Self::Nonsense(_) => Validation::Unusable,
            Self::OwnUserRefused(_) | Self::MayNotValidate | Self::Password { .. } => {
                Validation::OwnUser
            }
        }
    }
}

impl Server {
    pub(super) fn new(settings: &KeystoneSettings, trusted: Trust, password_file: PathBuf) -> Self {
        Self {
            http: https::client(trusted, settings.timeout),
            url: settings.url.clone(),
            login: Login {
                username: settings.username.clone(),
                user_domain: settings.user_domain.clone(),
                project_name: settings.project_name.clone(),
                project_domain: settings.project_domain.clone(),
                password_file,
            },
            own: Mutex::new(Own::None),
        }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What Keystone knows of a token; `None` where that is nothing good.
    pub(super) async fn describe(&self, token: &str) -> Result<Option<Described>, Trouble> {
        let own = self.own_token(None).await?;
        let mut answer = self.show(token, own.clone()).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let another = self.own_token(Some(&own)).await?;
            answer = self.show(token, another).await?;
        }
        match answer.status() {
            StatusCode::OK => read(answer).await.map(Some),
            // 400: of a form that this Keystone's tokens do not have.
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => Ok(None),
            StatusCode::FORBIDDEN => Err(Trouble::MayNotValidate),
            status @ StatusCode::UNAUTHORIZED => Err(Trouble::OwnUserRefused(status)),
            status => Err(Trouble::Answered(status)),
        }
    }

    async fn show(&self, token: &str, own: HeaderValue) -> Result<Response<Incoming>, Trouble> {
        let request = Request::builder()
            .uri(format!("{}/auth/tokens?nocatalog", self.url))
            .header("x-auth-token", own)
            .header("x-subject-token", secret(token)?);
        self.send(request, Bytes::new()).await
    }

    /// The daemon's own token: the one that is there, or a new one if it is `bad`.
    async fn own_token(&self, bad: Option<&HeaderValue>) -> Result<HeaderValue, Trouble> {
        // Held while signing in: who comes meanwhile needs the same token.
        let mut own = self.own.lock().await;
        match &*own {
            Own::Token { secret, expires_at }
                if bad != Some(secret) && time::now().plus(RENEW_BEFORE) < *expires_at =>
            {
                return Ok(secret.clone());
            }
            Own::Refused { status, until } if time::instant() < *until => {
                return Err(Trouble::OwnUserRefused(*status));
            }
            Own::Token { .. } | Own::Refused { .. } | Own::None => *own = Own::None,
        }
        let signed_in = self.sign_in().await;
        match &signed_in {
            Ok((secret, expires_at)) => {
                *own = Own::Token {
                    secret: secret.clone(),
                    expires_at: *expires_at,
                }
            }
            Err(Trouble::OwnUserRefused(status)) => {
                *own = Own::Refused {
                    status: *status,
                    until: time::instant() + REST_AFTER_REFUSAL,
                }
            }
            Err(
                Trouble::TimedOut(_)
                | Trouble::Unreachable(_)
                | Trouble::Answered(_)
                | Trouble::Nonsense(_)
                | Trouble::MayNotValidate
                | Trouble::Password { .. },
            ) => {}
        }
        signed_in.map(|(secret, _)| secret)
    }

    async fn sign_in(&self) -> Result<(HeaderValue, Timestamp), Trouble> {
        let of = &self.login;
        // Read each time: a password that was changed in the file is good at once.
        let password = password::read(&of.password_file).await?;
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": of.username, "domain": {"name": of.user_domain}, "password": password.expose(),
            }}},
            "scope": {"project": {"name": of.project_name, "domain": {"name": of.project_domain}}},
        }});
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/auth/tokens?nocatalog", self.url))
            .header(CONTENT_TYPE, "application/json");
        let answer = self.send(request, body.to_string().into()).await?;
        match answer.status() {
            StatusCode::CREATED => {}
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(Trouble::OwnUserRefused(status));
            }
            status => return Err(Trouble::Answered(status)),
        }
        let Some(mut secret) = answer.headers().get("x-subject-token").cloned() else {
            return Err(Trouble::nonsense(
                "there is no X-Subject-Token for the daemon's own user",
            ));
        };
        secret.set_sensitive(true);
        let expires_at = read(answer).await?.expires_at();
        let expires_at = expires_at.ok_or_else(|| Trouble::nonsense("expires_at is no time"))?;
        Ok((secret, expires_at))
    }

    async fn send(
        &self,
        request: hyper::http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Incoming>, Trouble> {
        let request = request
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, https::USER_AGENT)
            .body(Full::new(body))
            .map_err(Trouble::unreachable)?;
        self.http
            .request(request)
            .await
            .map_err(Trouble::unreachable)
    }
}

/// A header that is not shown in any debug output.
fn secret(token: &str) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(token).map_err(Trouble::unreachable)?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(answer: Response<Incoming>) -> Result<Described, Trouble> {
    let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
    let body = match body {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Trouble::nonsense("it is too long"));
        }
        Err(error) => return Err(Trouble::Unreachable(error)),
    };
    // What serde says repeats values, and those are other people's.
    let read = serde_json::from_slice(&body);
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Trouble::Nonsense(format!(
            "it is no description of a token, at line {line}, column {column}"
        ))
    })
}
