//! Signing in with a token of OpenStack's Keystone.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};

use crate::api::Inner;
use crate::api::auth::{self, Asker};
use crate::api::error::ApiError;
use crate::api::rate::Client;
use crate::keystone::{Keystone, Verdict};
use crate::model::caller::{Caller, Source};
use crate::model::secret::Secret;
use crate::service::sign_in::{SignIn, hash};
use crate::service::token;
use crate::telemetry::http::SignInFailure;
use crate::time;

/// When somebody whose token could not be looked at may try again: about as long as Keystone takes to be restarted.
const RETRY: Duration = Duration::from_secs(5);

/// The token that Keystone has to say something about: whatever does not look like one of the daemon's own.
pub(super) fn token_for<'a>(api: &Inner, headers: &'a HeaderMap) -> Option<(Keystone, &'a str)> {
    let keystone = api.streams.keystone()?;
    let given = auth::token(headers).ok()??;
    (!token::is_ours(given)).then_some((keystone, given))
}

/// Whom Keystone says this token stands for.
pub(super) async fn sign_in(
    api: &Inner,
    keystone: &Keystone,
    token: &str,
    asker: &Asker<'_>,
) -> Result<Caller, ApiError> {
    let verdict = match keystone.remembered(token) {
        Some(verdict) => verdict,
        None => ask(api, keystone, token, asker).await?,
    };
    if verdict == Verdict::Unknown {
        return Err(auth::bad_token(api, asker, &SignIn::Unknown));
    }
    if api.rates.is_on() {
        api.rates.pay(Client::Keystone(hash(token)))?;
    }
    let identity = match verdict {
        Verdict::Known(identity) => identity,
        Verdict::NoProject | Verdict::NoRole | Verdict::Unknown => {
            auth::failed(api, SignInFailure::NoRights);
            return Err(no_rights(keystone, &verdict));
        }
    };
    Ok(Caller {
        user_id: identity.user_id.clone(),
        project_id: identity.project_id.clone(),
        role: identity.role,
        token: None,
        keystone: Some(Arc::new(Secret::new(token.to_owned()))),
        until: None,
        transport: asker.peer.transport,
        request_id: asker.request_id.to_owned(),
    })
}

/// Each question is work for Keystone, so an address from which too many bad tokens came has to wait before it has another.
async fn ask(
    api: &Inner,
    keystone: &Keystone,
    token: &str,
    asker: &Asker<'_>,
) -> Result<Verdict, ApiError> {
    let wait = match asker.source {
        Source::Address(address) => api.throttle.has_to_wait(address, time::instant()),
        Source::Unix => None,
    };
    if let Some(wait) = wait {
        api.rates.pay(asker.client())?;
        return Err(auth::throttled(api, wait));
    }
    let asked = keystone.ask(token).await;
    asked.map_err(|unavailable| {
        auth::failed(api, SignInFailure::Keystone);
        if let Err(too_many) = api.rates.pay(asker.client()) {
            return too_many;
        }
        let message = format!(
            "{unavailable}, so this token is neither good nor bad: try again later; the log of ostlerd says what is wrong"
        );
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message)
            .with_header(RETRY_AFTER, RETRY.as_secs().to_string())
    })
}

fn no_rights(keystone: &Keystone, verdict: &Verdict) -> ApiError {
    let message = if *verdict == Verdict::NoProject {
        "this token of Keystone is not for a project: ask Keystone for one that is scoped to a project".to_owned()
    } else {
        format!(
            "this token of Keystone has no role that counts here: its user needs one of these in its project: {}",
            keystone.role_names()
        )
    };
    ApiError::new(StatusCode::FORBIDDEN, message)
}

/// Whether a caller of a while ago still is who it was; its token may have been revoked since.
pub(super) async fn is_signed_in(keystone: Option<&Keystone>, caller: &Caller) -> bool {
    match (keystone, &caller.keystone) {
        (Some(keystone), Some(token)) => keystone.still_knows(token.expose(), caller).await,
        (None, Some(_)) | (_, None) => false,
    }
}

/// Tells whoever is refused for want of credentials where there are some.
pub(super) fn challenge(api: &Inner, error: ApiError) -> ApiError {
    match api.streams.keystone() {
        Some(keystone) if error.status() == StatusCode::UNAUTHORIZED => {
            let uri = format!("Keystone uri=\"{}\"", keystone.url());
            error.with_header(WWW_AUTHENTICATE, uri)
        }
        Some(_) | None => error,
    }
}
