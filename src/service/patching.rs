//! Changing a thing with a JSON patch.

use json_patch::PatchOperation;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rules::input::{self, InvalidInput};
use crate::rules::patch::{self, Changeable};
use crate::service::Error;
use crate::view::links::Base;
use crate::view::{Shown, View};

/// A patch as a client sent it.
#[derive(Debug, Clone)]
pub struct JsonPatch {
    /// What to do, in order.
    pub operations: Vec<PatchOperation>,
    /// What links begin with for this client: `test` and `copy` may read them.
    pub base: Base,
}

impl JsonPatch {
    /// Applies the patch to a thing as this client sees it (`visible` fields), and reads back what may change.
    pub fn apply<V: View, T: DeserializeOwned>(
        &self,
        of: &V,
        visible: &[&'static str],
        changeable: &[Changeable],
    ) -> Result<T, Error> {
        let shown = Shown {
            of,
            fields: visible,
            base: &self.base,
        };
        let mut document = serde_json::to_value(shown)
            .map_err(|error| InvalidInput::new("body", error.to_string()))?;
        patch::apply(&mut document, &self.operations, changeable)?;
        if let Value::Object(fields) = &mut document {
            fields.retain(|name, _| changeable.iter().any(|of| of.field == name));
        }
        Ok(input::read(document)?)
    }
}
