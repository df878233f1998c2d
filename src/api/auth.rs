//! Who is asking, and whether that role may.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{
    ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE,
};

use crate::api::Inner;
use crate::api::error::ApiError;
use crate::api::rate::Client;
use crate::api::routes::Endpoint;
use crate::model::caller::{Caller, ClientCertificate, Peer, PeerUser, Role, Source, Transport};
use crate::model::token::Token;
use crate::rules::input;
use crate::service::sign_in::{self, SignIn};
use crate::store::token::Credential;
use crate::telemetry::http::SignInFailure;
use crate::time::{self, Timestamp};

/// The project of admins on the socket, unless they send `X-Project-Id`.
const DEFAULT_PROJECT: &str = "default";
const BAD_TOKEN: &str = "this token is unknown, revoked or expired";
const ADMIN_GROUP: &str = "ostler-admin";
const MEMBER_GROUP: &str = "ostler";

/// Somebody who has not signed in yet.
pub(super) struct Asker<'a> {
    pub(super) peer: &'a Peer,
    /// Where the request comes from, which a proxy may know better than the connection.
    pub(super) source: Source,
    pub(super) headers: &'a HeaderMap,
    pub(super) request_id: &'a str,
}

impl Asker<'_> {
    /// Whose bucket a request without a good token is paid from.
    pub(super) fn client(&self) -> Client {
        Client::of(self.peer, self.source)
    }

    fn signed_in_with(&self, token: &Token, until: Option<Timestamp>) -> Caller {
        Caller {
            user_id: token.user_id.clone(),
            project_id: token.project_id.clone(),
            role: token.role,
            token: Some(token.id),
            until,
            keystone: None,
            transport: self.peer.transport,
            request_id: self.request_id.to_owned(),
        }
    }
}

/// Who is asking, by the daemon's own knowledge: a token counts where one is given, else the certificate of the connection, else whom the kernel names on
/// the socket.
pub(super) fn sign_in(api: &Inner, asker: &Asker<'_>) -> Result<Caller, ApiError> {
    let secret = match (token(asker.headers), &asker.peer.certificate) {
        (Ok(Some(secret)), _) => secret,
        (Ok(None), Some(certificate)) => return with_certificate(api, asker, certificate),
        (Ok(None), None) => {
            api.rates.pay(asker.client())?;
            return without_token(api, asker);
        }
        (Err(error), _) => {
            failed(api, SignInFailure::Malformed);
            api.rates.pay(asker.client())?;
            return Err(error);
        }
    };
    let hash = sign_in::hash(secret);
    let token = match api
        .service
        .sign_in(&Credential::Secret(hash), asker.source)?
    {
        SignIn::As(token) => token,
        outcome @ (SignIn::Unknown | SignIn::Elsewhere(_)) => {
            return Err(bad_token(api, asker, &outcome));
        }
    };
    api.rates.pay(Client::Token(token.id))?;
    Ok(asker.signed_in_with(&token, token.expires_at))
}

/// Whom the subject of a certificate stands for.
fn with_certificate(
    api: &Inner,
    asker: &Asker<'_>,
    certificate: &ClientCertificate,
) -> Result<Caller, ApiError> {
    let ClientCertificate { subject, not_after } = certificate;
    let refused = |message: &str| {
        failed(api, SignInFailure::Certificate);
        api.rates.pay(asker.client())?;
        Err(unauthorized(message))
    };
    // A browser sends its certificate along with what any page has it ask for, and says so with this header.
    if asker.headers.contains_key(ORIGIN) {
        return refused(
            "a request from a web page needs a token: its client certificate does not count",
        );
    }
    // It was valid when the connection was made.
    if *not_after <= time::now() {
        return refused("the client certificate has expired: connect again with a new one");
    }
    let credential = Credential::Certificate(subject.clone());
    let token = match api.service.sign_in(&credential, asker.source)? {
        SignIn::As(token) => token,
        outcome @ (SignIn::Unknown | SignIn::Elsewhere(_)) => {
            tell(asker, &outcome);
            return refused(&format!(
                "there is no token for the client certificate of {subject}: an admin can make one with this certificate_subject"
            ));
        }
    };
    api.rates.pay(Client::Token(token.id))?;
    let until = token.expires_at.map_or(*not_after, |at| at.min(*not_after));
    Ok(asker.signed_in_with(&token, Some(until)))
}

/// Whom the kernel names on the socket; nobody else.
fn without_token(api: &Inner, asker: &Asker<'_>) -> Result<Caller, ApiError> {
    match (asker.peer.transport, &asker.peer.unix) {
        (Transport::Unix, Some(user)) => local(api, user, asker),
        (Transport::Unix, None) => {
            failed(api, SignInFailure::NoCredentials);
            Err(unauthorized(
                "the kernel does not say who is calling: use a token",
            ))
        }
        (Transport::Tcp | Transport::Tls, _) => {
            failed(api, SignInFailure::NoCredentials);
            Err(unauthorized(
                "sign in with X-Auth-Token or Authorization: Bearer",
            ))
        }
    }
}

/// The caller where none is asked for: nobody in particular, and only if no token was given, which would have to be good.
pub(super) fn without_credentials(asker: &Asker<'_>) -> Option<Caller> {
    let headers = asker.headers;
    (!headers.contains_key("x-auth-token") && !headers.contains_key(AUTHORIZATION)).then(|| {
        Caller {
            user_id: String::new(),
            project_id: String::new(),
            role: Role::Monitor,
            token: None,
            until: None,
            keystone: None,
            transport: asker.peer.transport,
            request_id: asker.request_id.to_owned(),
        }
    })
}

/// The answer to somebody whose token has gone while it waited.
pub fn signed_out() -> ApiError {
    unauthorized(BAD_TOKEN)
}

/// Whether the caller's role may use this route at all.
pub fn check_role(caller: &Caller, endpoint: &Endpoint) -> Result<(), ApiError> {
    if endpoint.access.allows(caller.role) {
        return Ok(());
    }
    let message = format!(
        "this needs the role {}, and this caller is {}",
        endpoint.access.needed(),
        caller.role
    );
    Err(ApiError::new(StatusCode::FORBIDDEN, message))
}

/// Refuses a client that does not take JSON.
pub fn check_accept(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .peekable();
    // What most clients send needs no reading.
    let is_usual = |range: &&str| matches!(*range, "application/json" | "*/*");
    if ranges.peek().is_none_or(is_usual) || takes_json(ranges) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::NOT_ACCEPTABLE,
        "answers are application/json: accept that",
    ))
}

/// The most specific range that covers JSON decides (RFC 9110 §12.5.1); weight 0 means no.
fn takes_json<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let mut best: Option<(u8, bool)> = None;
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let specificity = match parts.next().map(str::to_ascii_lowercase).as_deref() {
            Some("application/json") => 2,
            Some("application/*") => 1,
            Some("*/*") => 0,
            _ => continue,
        };
        let weight = parts
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| name.trim() == "q");
        let wanted = weight.is_none_or(|(_, q)| q.trim().parse::<f32>().is_ok_and(|q| q > 0.0));
        if best.is_none_or(|(so_far, _)| specificity >= so_far) {
            best = Some((specificity, wanted));
        }
    }
    best.is_some_and(|(_, wanted)| wanted)
}

/// The token that comes with a request; `None` where nobody tries to sign in with one.
pub fn token(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    fn text(value: &HeaderValue) -> Result<&str, ApiError> {
        let refused = |_| unauthorized("the token holds characters that no token has");
        value.to_str().map(str::trim).map_err(refused)
    }
    if let Some(value) = headers.get("x-auth-token") {
        return text(value).map(Some);
    }
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    match text(value)?.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(unauthorized("Authorization must be Bearer and a token")),
    }
}

/// The answer to a token that is not good, or not good there. It is the same, so that a thief does not learn that what he
/// has is worth taking to another place.
pub(super) fn bad_token(api: &Inner, asker: &Asker<'_>, outcome: &SignIn) -> ApiError {
    if let Err(refusal) = api.rates.pay(asker.client()) {
        return refusal;
    }
    let wait = match asker.source {
        Source::Address(address) => api.throttle.failed(address, time::instant()),
        Source::Unix => None,
    };
    // Whoever guesses without end does not fill the log: beyond the limit, the metrics count.
    if wait.is_none() {
        tell(asker, outcome);
    }
    match wait {
        Some(wait) => throttled(api, wait),
        None => {
            failed(api, SignInFailure::UnknownToken);
            unauthorized(BAD_TOKEN)
        }
    }
}

/// What an address is told from which too many bad tokens came.
pub(super) fn throttled(api: &Inner, wait: Duration) -> ApiError {
    failed(api, SignInFailure::Throttled);
    let secs = wait.as_secs().max(1);
    let message = format!("too many failed sign-ins from this address: wait {secs} s");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, message).with_header(RETRY_AFTER, secs.to_string())
}

/// Says in the log why somebody was not let in; the answer says less.
fn tell(asker: &Asker<'_>, outcome: &SignIn) {
    let (request_id, source) = (asker.request_id, asker.source);
    match outcome {
        SignIn::As(_) => {}
        SignIn::Unknown => tracing::warn!(request_id, %source, "sign-in failed: no such token"),
        SignIn::Elsewhere(token) => tracing::warn!(
            request_id,
            %source,
            %token,
            "sign-in failed: this token does not work from there"
        ),
    }
}

fn local(api: &Inner, user: &PeerUser, asker: &Asker<'_>) -> Result<Caller, ApiError> {
    let Some(name) = &user.name else {
        failed(api, SignInFailure::Stranger);
        let message = format!("uid {} has no passwd entry here: use a token", user.uid);
        return Err(unauthorized(&message));
    };
    let is_in = |group: &str| user.groups.iter().any(|of| of == group);
    let (role, project_id) = if user.uid == 0
        || user.uid == api.settings.now().own_uid
        || is_in(ADMIN_GROUP)
    {
        (
            Role::Admin,
            chosen_project(asker.headers)?.unwrap_or_else(|| DEFAULT_PROJECT.to_owned()),
        )
    } else if is_in(MEMBER_GROUP) {
        (Role::Member, format!("local-{}", user.uid))
    } else {
        failed(api, SignInFailure::Stranger);
        let message = format!(
            "{name} is neither in the group {MEMBER_GROUP} nor in {ADMIN_GROUP}: ask an admin to add {name}, and log in again"
        );
        return Err(ApiError::new(StatusCode::FORBIDDEN, message));
    };
    Ok(Caller {
        user_id: name.clone(),
        project_id,
        role,
        token: None,
        until: None,
        keystone: None,
        transport: Transport::Unix,
        request_id: asker.request_id.to_owned(),
    })
}

fn chosen_project(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("x-project-id") else {
        return Ok(None);
    };
    let project = std::str::from_utf8(value.as_bytes())
        .map_err(|_| ApiError::bad_request("X-Project-Id: is not UTF-8"))?;
    input::name("X-Project-Id", project)?;
    Ok(Some(project.to_owned()))
}

/// Counts somebody who could not sign in.
pub(super) fn failed(api: &Inner, why: SignInFailure) {
    api.service.meters().http().sign_in_failures.bump(why);
}

fn unauthorized(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, message)
        .with_header(WWW_AUTHENTICATE, "Bearer realm=\"ostler\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_is_read_as_http_says() {
        let table = [
            ("application/json", true),
            ("*/*", true),
            ("text/html, */*;q=0.1", true),
            ("application/*", true),
            ("text/html", false),
            ("application/json;q=0, */*", false),
            ("text/*", false),
            ("APPLICATION/JSON; charset=utf-8", true),
            ("", false),
        ];
        for (accept, expected) in table {
            assert_eq!(takes_json(std::iter::once(accept)), expected, "{accept:?}");
        }
    }
}
