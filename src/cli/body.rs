//! Building the JSON object of a request: what was not given is not in it, so that the daemon's defaults hold.

use serde_json::{Map, Value};

use crate::cli::parse;

/// An object under construction.
#[derive(Default)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// With this field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    /// With this field where there is a value.
    pub(crate) fn with_some(self, field: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }

    /// With an object of these pairs, where there are any.
    pub(crate) fn with_pairs(self, field: &str, pairs: &[(String, String)]) -> Self {
        if pairs.is_empty() {
            self
        } else {
            self.with(field, parse::object(pairs))
        }
    }

    /// Whether nothing was put in.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, to be told one by one.
    pub(crate) fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    /// The object.
    pub(crate) fn build(self) -> Value {
        Value::Object(self.0)
    }
}
