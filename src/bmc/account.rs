//! The account that is logged in with: which user of the BMC it is, and its password.

use super::error::{BmcError, CompletionClass};
use super::fleet::{Bmcs, shown};
use super::settings::{BmcRef, Urgency};
use crate::ipmi::command::session_info::SessionInfoRequest;
use crate::ipmi::command::user_access::UserAccessRequest;
use crate::ipmi::command::user_name::UserNameRequest;
use crate::ipmi::command::user_password::UserPasswordRequest;
use crate::model::bmc::BmcConfig;
use crate::model::secret::Secret;

/// The user ID of the null user (IPMI v2.0 §22.28).
const NULL_USER: u8 = 1;
/// How many user IDs are looked at where a BMC does not say how many it has.
const USUAL_IDS: u8 = 16;

impl Bmcs {
    /// Finds the ID of the user that the node logs in as: what the BMC says of the session, if it says the same of the name;
    /// otherwise by the name alone.
    ///
    /// # Errors
    /// [`BmcError::NoSuchUser`] where no user has the name, or several have; no password is set on a guess.
    pub async fn own_user(&self, bmc: &BmcRef) -> Result<u8, BmcError> {
        let BmcConfig::Lan(lan) = &*bmc.config else {
            return Err(self.no_such_user(bmc, 0));
        };
        let name = lan.username.as_bytes();
        let own = unless_unknown(self.ask(bmc, SessionInfoRequest, Urgency::User).await)?
            .and_then(|info| info.own)
            .map(|own| own.user)
            .filter(|id| *id != 0);
        if let Some(id) = own
            && self.user_name(bmc, id).await?.as_deref() == Some(name)
        {
            return Ok(id);
        }
        if name.is_empty() {
            return Ok(NULL_USER);
        }
        let most = unless_unknown(self.ask(bmc, UserAccessRequest, Urgency::User).await)?;
        let mut found = Vec::new();
        for id in NULL_USER..=most.unwrap_or(USUAL_IDS) {
            if self.user_name(bmc, id).await?.as_deref() == Some(name) {
                found.push(id);
            }
        }
        match found.as_slice() {
            [id] => Ok(*id),
            others => Err(self.no_such_user(bmc, others.len())),
        }
    }

    /// Gives a user of the BMC another password. Sent once; success means that the BMC said yes, not that it is so.
    ///
    /// # Errors
    /// [`BmcError::TooLong`] for a password that no BMC can have, and all that an exchange can end with.
    pub async fn set_password(
        &self,
        bmc: &BmcRef,
        user: u8,
        password: &Secret<String>,
    ) -> Result<(), BmcError> {
        let text = password.expose().as_bytes();
        let request = UserPasswordRequest::set(user, text).map_err(|_| BmcError::TooLong {
            field: "bmc.password",
            length: text.len(),
            limit: 20,
        })?;
        self.ask(bmc, request, Urgency::User).await
    }

    /// The name of a user; `None` where the BMC has no user with this ID.
    async fn user_name(&self, bmc: &BmcRef, id: u8) -> Result<Option<Vec<u8>>, BmcError> {
        unless_unknown(self.ask(bmc, UserNameRequest(id), Urgency::User).await)
    }

    fn no_such_user(&self, bmc: &BmcRef, count: usize) -> BmcError {
        let username = match &*bmc.config {
            BmcConfig::Lan(lan) => lan.username.clone(),
            BmcConfig::Open { .. } => String::new(),
        };
        BmcError::NoSuchUser {
            at: shown(&bmc.config),
            username,
            count,
        }
    }
}

/// `None` where the BMC has no such command, or nothing to say about what it was asked.
fn unless_unknown<T>(answer: Result<T, BmcError>) -> Result<Option<T>, BmcError> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(
            BmcError::Completion {
                class: CompletionClass::Unsupported,
                ..
            }
            | BmcError::Malformed { .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}
