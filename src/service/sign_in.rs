//! Signing in: whom a token's secret, or a certificate, stands for.
//!
//! Every request signs in, and what its token stands for changes by commits alone. So what was read is kept until a commit
//! changes a token, whichever that is, and is read again after it: a token that was revoked stops working before the answer
//! to its revocation is sent. The time at which one expires is looked at each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::model::caller::{Caller, Source};
use crate::model::ids::TokenId;
use crate::model::token::{LastUse, Token};
use crate::rules::source::is_inside;
use crate::service::{Error, Service};
use crate::store::Store;
use crate::store::commits::{Footprint, Moment, Watched};
use crate::store::token::{Credential, TokenHash};
use crate::time::Timestamp;
use crate::{store, time};

/// More tokens than this are not remembered at a time: fewer are in use in a rack.
const MAX_KNOWN: usize = 1024;

/// The tokens that have signed in since one was changed. Only good ones: whoever guesses fills nothing.
#[derive(Debug, Default)]
pub struct SignedIn {
    known: Mutex<HashMap<Credential, Known>>,
    /// How many tokens were revoked: whoever stays for long looks again when it changes.
    revoked: watch::Sender<u64>,
}

#[derive(Debug, Clone)]
struct Known {
    token: Arc<Token>,
    /// Before it was read.
    since: Moment,
}

impl Known {
    fn holds(&self, store: &Store) -> bool {
        const TOKENS: Footprint = Footprint::of_table(Watched::Tokens);
        store.holds(Some(TOKENS), self.since)
    }
}

impl SignedIn {
    fn find(&self, credential: &Credential, store: &Store) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(credential).filter(|found| found.holds(store));
        found.cloned()
    }

    fn keep(&self, credential: Credential, since: Moment, token: Arc<Token>, store: &Store) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.retain(|_, of| of.holds(store));
        }
        if known.len() < MAX_KNOWN {
            known.insert(credential, Known { token, since });
        }
    }
}

/// What became of somebody who wanted to sign in.
#[derive(Debug)]
pub enum SignIn {
    /// It is whom this token stands for.
    As(Arc<Token>),
    /// There is no such token, or it has expired.
    Unknown,
    /// There is such a token, and it does not work from there.
    Elsewhere(TokenId),
}

impl Service {
    /// Whom a secret or a certificate stands for, which is remembered as its token's last use.
    pub fn sign_in(&self, credential: &Credential, source: Source) -> Result<SignIn, Error> {
        let now = time::now();
        let found = self.find_token(credential)?;
        let Some(token) = found.filter(|token| is_valid(token, now)) else {
            return Ok(SignIn::Unknown);
        };
        if !is_inside(&token.networks, source) {
            return Ok(SignIn::Elsewhere(token.id));
        }
        let last = LastUse {
            at: now,
            from: source,
        };
        self.store.token_uses().remember(token.id, last);
        Ok(SignIn::As(token))
    }

    fn find_token(&self, credential: &Credential) -> Result<Option<Arc<Token>>, Error> {
        // Before it is read: a commit that comes in between makes what is kept too old, never too new.
        let since = self.store.moment();
        let known = self.signed_in.find(credential, &self.store);
        // With debug assertions, and so in nearly all tests, it is read again.
        if let Some(known) = &known
            && !cfg!(debug_assertions)
        {
            return Ok(Some(known.token.clone()));
        }
        let token = self
            .store
            .read(|connection| Ok::<_, Error>(store::token::find_by(connection, credential)?))?;
        if let Some(known) = known.filter(|known| known.holds(&self.store)) {
            let read = token.as_ref().map(|token| token.id);
            assert_eq!(
                Some(known.token.id),
                read,
                "who is kept is not who was read"
            );
        }
        let token = token.map(Arc::new);
        if let Some(token) = &token {
            self.signed_in
                .keep(credential.clone(), since, token.clone(), &self.store);
        }
        Ok(token)
    }

    /// Whether a caller that signed in a while ago still could: its token is neither revoked nor expired.
    pub fn is_signed_in(&self, caller: &Caller) -> Result<bool, Error> {
        let Some(id) = caller.token else {
            return Ok(true);
        };
        if caller.until.is_some_and(|until| until <= time::now()) {
            return Ok(false);
        }
        let token = self
            .store
            .read(|connection| store::token::find(connection, id))?;
        Ok(token.is_some())
    }

    /// Changes when a token was revoked.
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.signed_in.revoked.subscribe()
    }

    /// Says that a token was revoked; call it after the commit.
    pub(super) fn tell_of_revocation(&self) {
        self.signed_in.revoked.send_modify(|revoked| *revoked += 1);
    }
}

/// What a token's secret is stored as.
pub fn hash(secret: &str) -> TokenHash {
    Sha256::digest(secret.as_bytes()).into()
}

fn is_valid(token: &Token, now: Timestamp) -> bool {
    token.expires_at.is_none_or(|expires_at| now < expires_at)
}
