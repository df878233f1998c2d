//! Changing a document with an RFC 6902 patch, where only some of its fields may change.

use json_patch::{PatchErrorKind, PatchOperation};
use serde_json::Value;

/// A field that may change.
#[derive(Debug, Clone)]
pub struct Changeable {
    /// Its name at the top of the document.
    pub field: &'static str,
    /// What it is after it was removed; `None` if it must not be removed.
    pub default: Option<Value>,
}

/// Why a patch cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The field may not change.
    #[error("{path} cannot be changed: only {allowed} can")]
    NotChangeable {
        /// The path in the patch.
        path: String,
        /// What may change.
        allowed: String,
    },
    /// The field must not be removed.
    #[error("/{field} cannot be removed: replace it")]
    Required {
        /// The field.
        field: &'static str,
    },
    /// The path leads nowhere.
    #[error("there is nothing at {path}")]
    Missing {
        /// The path in the patch.
        path: String,
    },
    /// A `move` into itself.
    #[error("{path} cannot be moved into itself")]
    IntoItself {
        /// The path in the patch.
        path: String,
    },
    /// A `test` failed.
    #[error("the test of {path} failed: it has another value, read it again")]
    TestFailed {
        /// The path in the patch.
        path: String,
    },
}

/// Applies the operations one after the other. `document` is all that a client can see: `test` and `copy` may read any of
/// it. After an error it is to be thrown away.
pub fn apply(
    document: &mut Value,
    operations: &[PatchOperation],
    changeable: &[Changeable],
) -> Result<(), PatchError> {
    for operation in operations {
        for path in written(operation) {
            let top = path
                .strip_prefix('/')
                .and_then(|rest| rest.split('/').next());
            if !changeable.iter().any(|field| Some(field.field) == top) {
                return Err(not_changeable(path, changeable));
            }
        }
        json_patch::patch(document, std::slice::from_ref(operation))
            .map_err(|error| explain(operation, &error.kind))?;
        restore_defaults(document, changeable)?;
    }
    Ok(())
}

/// The paths that an operation writes to or removes.
pub fn written(operation: &PatchOperation) -> Vec<&str> {
    match operation {
        PatchOperation::Add(add) => vec![add.path.as_str()],
        PatchOperation::Remove(remove) => vec![remove.path.as_str()],
        PatchOperation::Replace(replace) => vec![replace.path.as_str()],
        PatchOperation::Move(moved) => vec![moved.from.as_str(), moved.path.as_str()],
        PatchOperation::Copy(copy) => vec![copy.path.as_str()],
        PatchOperation::Test(_) => vec![],
    }
}

fn not_changeable(path: &str, changeable: &[Changeable]) -> PatchError {
    let allowed: Vec<String> = changeable
        .iter()
        .map(|field| format!("/{}", field.field))
        .collect();
    let path = if path.is_empty() {
        "the whole document"
    } else {
        path
    };
    PatchError::NotChangeable {
        path: path.to_owned(),
        allowed: allowed.join(", "),
    }
}

fn explain(operation: &PatchOperation, kind: &PatchErrorKind) -> PatchError {
    let path = operation.path().as_str().to_owned();
    match (operation, kind) {
        (PatchOperation::Test(_), _) | (_, PatchErrorKind::TestFailed) => {
            PatchError::TestFailed { path }
        }
        (_, PatchErrorKind::CannotMoveInsideItself) => PatchError::IntoItself { path },
        (PatchOperation::Move(moved), PatchErrorKind::InvalidFromPointer) => PatchError::Missing {
            path: moved.from.as_str().to_owned(),
        },
        (PatchOperation::Copy(copy), PatchErrorKind::InvalidFromPointer) => PatchError::Missing {
            path: copy.from.as_str().to_owned(),
        },
        _ => PatchError::Missing { path },
    }
}

/// A field that an operation took away has its default at once, so that a following one can build on it.
fn restore_defaults(document: &mut Value, changeable: &[Changeable]) -> Result<(), PatchError> {
    let Value::Object(fields) = document else {
        return Ok(());
    };
    for Changeable { field, default } in changeable {
        if !fields.contains_key(*field) {
            let Some(default) = default else {
                return Err(PatchError::Required { field });
            };
            fields.insert((*field).to_owned(), default.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changeable() -> [Changeable; 3] {
        [
            Changeable {
                field: "name",
                default: None,
            },
            Changeable {
                field: "description",
                default: Some(Value::Null),
            },
            Changeable {
                field: "extra",
                default: Some(json!({})),
            },
        ]
    }

    fn patched(operations: Value) -> Result<Value, PatchError> {
        let mut document =
            json!({"name": "n", "description": "d", "extra": {"a": "1"}, "uuid": "u"});
        let patch: json_patch::Patch = serde_json::from_value(operations).unwrap();
        apply(&mut document, &patch, &changeable()).map(|()| document)
    }

    #[test]
    fn all_six_operations_work_on_what_may_change() {
        let document = patched(json!([
            {"op": "test", "path": "/uuid", "value": "u"},
            {"op": "add", "path": "/extra/b", "value": "2"},
            {"op": "copy", "from": "/uuid", "path": "/extra/c"},
            {"op": "move", "from": "/extra/a", "path": "/extra/z"},
            {"op": "replace", "path": "/name", "value": "m"},
            {"op": "remove", "path": "/description"},
        ]));
        let expected = json!({"name": "m", "description": null, "extra": {"b": "2", "c": "u", "z": "1"}, "uuid": "u"});
        assert_eq!(document.unwrap(), expected);
    }

    #[test]
    fn a_removed_field_has_its_default_at_once() {
        let document = patched(json!([
            {"op": "remove", "path": "/extra"},
            {"op": "add", "path": "/extra/k", "value": "v"},
        ]));
        assert_eq!(document.unwrap()["extra"], json!({"k": "v"}));
    }

    #[test]
    fn what_may_not_change_is_named() {
        let table = [
            (
                json!([{"op": "replace", "path": "/uuid", "value": "x"}]),
                "/uuid",
            ),
            (
                json!([{"op": "add", "path": "/nonsense", "value": "x"}]),
                "/nonsense",
            ),
            (json!([{"op": "remove", "path": "/name_x"}]), "/name_x"),
            (
                json!([{"op": "move", "from": "/uuid", "path": "/name"}]),
                "/uuid",
            ),
            (
                json!([{"op": "replace", "path": "", "value": {}}]),
                "the whole document",
            ),
        ];
        for (operations, named) in table {
            match patched(operations) {
                Err(PatchError::NotChangeable { path, .. }) => assert_eq!(path, named),
                other => panic!("{named}: {other:?}"),
            }
        }
    }

    #[test]
    fn failures_are_told_apart() {
        let missing = patched(json!([{"op": "remove", "path": "/extra/nope"}]));
        assert_eq!(
            missing,
            Err(PatchError::Missing {
                path: "/extra/nope".into()
            })
        );
        let from = patched(json!([{"op": "copy", "from": "/nope", "path": "/name"}]));
        assert_eq!(
            from,
            Err(PatchError::Missing {
                path: "/nope".into()
            })
        );
        let test = patched(json!([{"op": "test", "path": "/name", "value": "x"}]));
        assert_eq!(
            test,
            Err(PatchError::TestFailed {
                path: "/name".into()
            })
        );
        let test = patched(json!([{"op": "test", "path": "/nope", "value": "x"}]));
        assert_eq!(
            test,
            Err(PatchError::TestFailed {
                path: "/nope".into()
            })
        );
        let required = patched(json!([{"op": "remove", "path": "/name"}]));
        assert_eq!(required, Err(PatchError::Required { field: "name" }));
    }
}
