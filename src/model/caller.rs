//! Who is asking.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::model::ids::TokenId;
use crate::model::secret::Secret;
use crate::time::Timestamp;

/// What a caller may do. Ordered: each role may do what the ones before it may, except that the health of nodes is for
/// [`Role::Monitor`] and [`Role::Admin`] alone.
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
    /// TCP with TLS.
    Tls,
}

impl Transport {
    /// The spelling in tasks and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unix => "unix",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A process of this machine, on the Unix socket.
    Unix,
    /// An address. An IPv4 address is one, also where the socket calls it an IPv6 address.
    Address(IpAddr),
}

impl Source {
    /// This address.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(address.to_canonical())
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "unix" => Some(Self::Unix),
            _ => text.parse().ok().map(Self::Address),
        }
    }
}

/// `unix`, or the address.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix => f.write_str("unix"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The other end of a connection, before anybody has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// How the connection came in.
    pub transport: Transport,
    /// The address of the other end; `None` on the Unix socket.
    pub source: Option<SocketAddr>,
    /// Who the kernel says is calling; `None` on TCP, and where the kernel would not say.
    pub unix: Option<PeerUser>,
    /// The client's certificate, which has been verified; `None` where it showed none.
    pub certificate: Option<ClientCertificate>,
    /// It comes from another machine and speaks plain HTTP where TLS is spoken: nothing is served to it.
    pub has_to_use_tls: bool,
}

/// What counts of a client's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Whose it is.
    pub subject: Subject,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// The subject of a certificate, in the spelling that `rules::subject` gives it. Two are the same if their spellings are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject(Arc<str>);

impl Subject {
    /// A subject that is spelled like this.
    pub fn new(spelling: impl Into<Arc<str>>) -> Self {
        Self(spelling.into())
    }

    /// Its spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The process at the other end of the Unix socket, as it was when it connected (`SO_PEERCRED`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerUser {
    /// The effective user id.
    pub uid: u32,
    /// The effective group id.
    pub gid: u32,
    /// The process id; `None` where it is not visible from here (another pid namespace).
    pub pid: Option<u32>,
    /// The passwd name; `None` where the uid has no passwd entry, and then this caller is nobody.
    pub name: Option<String>,
    /// The names of the groups that the process has: the supplementary ones and the effective one; where the kernel does not
    /// know the former, those that list this user as a member, and the primary one. Empty where the uid has no passwd entry.
    pub groups: Vec<String>,
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
    /// The token that it signed in with; `None` for whom the kernel or Keystone names.
    pub token: Option<TokenId>,
    /// When it is signed out: its token expires then, or its certificate ends.
    pub until: Option<Timestamp>,
    /// The token of Keystone that it signed in with, to ask about it again.
    pub keystone: Option<Arc<Secret<String>>>,
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
