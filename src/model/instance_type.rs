//! Instance types: what kind of machine an instance asks for.

use std::collections::BTreeMap;

use crate::model::ids::TypeId;
use crate::time::Timestamp;

/// An instance type.
#[derive(Debug, Clone)]
pub struct InstanceType {
    /// Its id.
    pub id: TypeId,
    /// Its name, unique.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Whether other projects than `project_id` see it.
    pub is_public: bool,
    /// The project that made it.
    pub project_id: String,
    /// What a node must have, by Nova's operators; see `rules::extra_specs`.
    pub extra_specs: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Counts changes, for ETags.
    pub revision: i64,
}
