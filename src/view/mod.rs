//! The JSON of the API: which fields a thing has, and how each is written.
//!
//! A [`View`] writes one field at a time, straight into the serializer, so that `fields=` costs nothing and no intermediate
//! values are made. The same code makes lists, answers and the documents that patches apply to.

pub mod event;
pub mod health;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod limit;
pub mod links;
pub mod metrics;
pub mod network;
pub mod node;
pub mod operation;
pub mod task;
pub mod token;
pub mod webhook;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::etag::etag;
use crate::time::Timestamp;
use links::Base;

/// How a thing is shown.
pub trait View {
    /// The collection's name in paths and in the wrapper of a list, such as `instances`.
    const PLURAL: &'static str;
    /// Every field that a caller may see, in order.
    const FIELDS: &'static [&'static str];

    /// Writes one field of [`View::FIELDS`]; a name that is not among them writes nothing.
    fn field<M: SerializeMap>(&self, field: &str, base: &Base, map: &mut M)
    -> Result<(), M::Error>;

    /// Its id in paths.
    fn ident(&self) -> String;

    /// When it was made and how often it has changed.
    fn version(&self) -> (Timestamp, i64);

    /// Its ETag.
    fn etag(&self) -> String {
        let (created_at, revision) = self.version();
        etag(created_at, revision)
    }
}

/// A thing with the fields that were asked for.
pub struct Shown<'a, V> {
    /// The thing.
    pub of: &'a V,
    /// Which fields.
    pub fields: &'a [&'static str],
    /// What links begin with.
    pub base: &'a Base,
}

impl<V: View> Serialize for Shown<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.fields {
            self.of.field(field, self.base, &mut map)?;
        }
        map.end()
    }
}
