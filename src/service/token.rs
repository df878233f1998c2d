//! Tokens. Signing in with them is in [`super::sign_in`].

use serde::Deserialize;
use uuid::Uuid;

use crate::model::caller::Role;
use crate::model::ids::TokenId;
use crate::model::page::Page;
use crate::model::secret::Secret;
use crate::model::token::{PREFIX, Token};
use crate::rules::input::{self, InvalidInput};
use crate::rules::{source, subject};
use crate::service::sign_in::hash;
use crate::service::{Error, Kind, Service, marker};
use crate::store::list::Table;
use crate::store::seal::SealError;
use crate::store::{self, StoreError};
use crate::time::{self, Timestamp};

/// What a client says of a new token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    user_id: String,
    project_id: String,
    role: Role,
    name: Option<String>,
    certificate_subject: Option<String>,
    #[serde(default)]
    networks: Vec<String>,
    expires_at: Option<String>,
}

/// Whether this looks like one of the daemon's own tokens, good or not.
pub fn is_ours(secret: &str) -> bool {
    secret.starts_with(PREFIX)
}

impl Service {
    /// All tokens, without their secrets.
    pub fn list_tokens(&self, page: &Page) -> Result<Vec<Token>, Error> {
        let mut tokens = self.store.read(|connection| {
            marker::check(connection, Table::Tokens, page)?;
            Ok::<_, Error>(store::token::list(connection, page)?)
        })?;
        self.store.token_uses().add_to(&mut tokens);
        Ok(tokens)
    }

    /// One token, without its secret.
    pub fn show_token(&self, ident: &str) -> Result<Token, Error> {
        let not_found = || Error::NotFound {
            kind: Kind::Token,
            ident: ident.to_owned(),
        };
        let id = TokenId(Uuid::parse_str(ident).map_err(|_| not_found())?);
        let mut token = self
            .store
            .read(|connection| store::token::find(connection, id)?.ok_or_else(not_found))?;
        let uses = self.store.token_uses();
        uses.add_to(std::slice::from_mut(&mut token));
        Ok(token)
    }

    /// Makes a token. Its secret, which that of a certificate does not have, is in the answer and nowhere else.
    pub async fn create_token(
        &self,
        new: NewToken,
    ) -> Result<(Token, Option<Secret<String>>), Error> {
        input::name("user_id", &new.user_id)?;
        input::name("project_id", &new.project_id)?;
        if let Some(name) = &new.name {
            input::name("name", name)?;
        }
        let subject = new.certificate_subject.as_deref();
        let subject = subject.map(|text| subject::parse("certificate_subject", text));
        let networks = source::networks("networks", &new.networks)?;
        let now = time::now();
        let token = Token {
            id: TokenId::random(),
            name: new.name,
            user_id: new.user_id,
            project_id: new.project_id,
            role: new.role,
            certificate_subject: subject.transpose()?,
            networks,
            expires_at: new.expires_at.map(|text| expiry(&text, now)).transpose()?,
            created_at: now,
            last_use: None,
        };
        self.store.made(token.id.0);
        let secret = match &token.certificate_subject {
            Some(_) => None,
            None => Some(new_secret(PREFIX)?),
        };
        let hash = secret.as_ref().map(|secret| hash(secret.expose()));
        self.store
            .write(move |connection| {
                store::token::insert(connection, &token, hash.as_ref())
                    .map_err(|error| subject_taken(error, &token))?;
                Ok((token, secret))
            })
            .await
    }

    /// Revokes a token: it stops working at once, also for who waits or follows events with it.
    pub async fn delete_token(&self, ident: &str) -> Result<(), Error> {
        let token = self.show_token(ident)?;
        self.store
            .write(move |connection| Ok::<_, Error>(store::token::delete(connection, token.id)?))
            .await?;
        self.tell_of_revocation();
        Ok(())
    }
}

fn subject_taken(error: StoreError, token: &Token) -> Error {
    match &token.certificate_subject {
        Some(subject) if error.violates_unique("tokens.certificate_subject") => Error::Taken {
            kind: Kind::Token,
            what: "certificate subject",
            value: subject.to_string(),
        },
        Some(_) | None => error.into(),
    }
}

/// 256 random bits in hexadecimal, behind a prefix.
pub(super) fn new_secret(prefix: &str) -> Result<Secret<String>, Error> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|_| StoreError::Seal(SealError::Random))?;
    let mut secret = String::with_capacity(prefix.len() + 2 * bytes.len());
    secret.push_str(prefix);
    for byte in bytes.iter() {
        for digit in [byte >> 4, byte & 0x0f] {
            secret.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Ok(Secret::new(secret))
}

fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, InvalidInput> {
    let example = "2027-01-31T00:00:00+00:00";
    let at = Timestamp::parse(text).ok_or_else(|| {
        InvalidInput::new(
            "expires_at",
            format!("{text:?} is not a time: write it as {example}"),
        )
    })?;
    if at <= now {
        return Err(InvalidInput::new("expires_at", "is in the past"));
    }
    Ok(at)
}
