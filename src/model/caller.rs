//! Who is asking.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a caller may do. Ordered: each role may do what the ones before it may, except that [`Role::Monitor`] sees no
/// instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// `/metrics` and the health of nodes, nothing else.
    Monitor,
    /// Reads in its project.
    Reader,
    /// Reads, creates, changes, powers and deletes in its project.
    Member,
    /// Everything, everywhere.
    Admin,
}

impl Role {
    /// All of them, in the order that error messages list them.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Member, Self::Admin, Self::Monitor];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// The Unix socket.
    Unix,
    /// TCP without TLS.
    Tcp,
}

impl Transport {
    /// The spelling in tasks and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unix => "unix",
            Self::Tcp => "tcp",
        }
    }
}

/// A signed-in caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user, as the token or the passwd entry names it.
    pub user_id: String,
    /// The project that it acts in.
    pub project_id: String,
    /// What it may do.
    pub role: Role,
    /// How it came in.
    pub transport: Transport,
    /// The id of this request, `req-<uuid>`.
    pub request_id: String,
}

impl Caller {
    /// Whether it may do everything everywhere.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}
