//! Changing a thing with a JSON patch.

use json_patch::PatchOperation;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rules::input::{self, InvalidInput};
use crate::rules::patch::{self, Changeable};
use crate::service::Error;
use crate::view::links::Base;
use crate::view::{Shown, View};

/// Applies a patch to a thing as clients see it, and reads back what may change.
pub fn patched<V: View, T: DeserializeOwned>(
    of: &V,
    operations: &[PatchOperation],
    changeable: &[Changeable],
) -> Result<T, Error> {
    let base = Base(String::new());
    let shown = Shown {
        of,
        fields: V::FIELDS,
        base: &base,
    };
    let mut document = serde_json::to_value(shown)
        .map_err(|error| InvalidInput::new("body", error.to_string()))?;
    patch::apply(&mut document, operations, changeable)?;
    if let Value::Object(fields) = &mut document {
        fields.retain(|name, _| changeable.iter().any(|of| of.field == name));
    }
    Ok(input::read(document)?)
}
