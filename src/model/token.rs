//! API tokens: each is a secret, which is shown once and stored as a hash, or the subject of a certificate.

use ipnet::IpNet;

use crate::model::caller::{Role, Source, Subject};
use crate::model::ids::TokenId;
use crate::time::Timestamp;

/// What every token begins with, so that people and secret scanners recognise one.
pub const PREFIX: &str = "ostler_";

/// A token, without its secret.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for, for people.
    pub name: Option<String>,
    /// The user that it stands for.
    pub user_id: String,
    /// The project that it acts in.
    pub project_id: String,
    /// What it may do.
    pub role: Role,
    /// Whose certificate signs in with it; `None` for one with a secret.
    pub certificate_subject: Option<Subject>,
    /// From where it works; empty for everywhere.
    pub networks: Vec<IpNet>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When and from where it was last good for a request; `None` where it never was.
    pub last_use: Option<LastUse>,
}

/// One use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Source,
}
