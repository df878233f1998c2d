//! ETags: which version of a thing a client has seen.

use crate::time::Timestamp;

/// The strong ETag of a thing that was made then and has changed this often. It does not depend on who asks, how, or for
/// which fields.
pub fn etag(created_at: Timestamp, revision: i64) -> String {
    format!("\"{:x}-{revision}\"", created_at.as_micros())
}

/// What an `If-Match` header asks for.
#[derive(Debug, Clone, Default)]
pub enum Precondition {
    /// Nothing.
    #[default]
    None,
    /// That the thing is there.
    Any,
    /// That it is in one of these versions.
    OneOf(Vec<String>),
}

impl Precondition {
    /// Reads an `If-Match` header. Weak tags never match, as RFC 9110 §13.1.1 asks for.
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        Self::OneOf(header.split(',').map(|tag| tag.trim().to_owned()).collect())
    }

    /// Whether a thing with this ETag may be changed.
    pub fn allows(&self, etag: &str) -> bool {
        match self {
            Self::None | Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|tag| tag == etag),
        }
    }
}
