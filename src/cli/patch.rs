//! Building RFC 6902 documents out of what `set` was given.

use serde_json::{Value, json};

use crate::cli::exit::CliError;

/// A list of changes that is applied whole or not at all.
#[derive(Debug, Default)]
pub(crate) struct Patch(Vec<Value>);

impl Patch {
    /// Sets a member, whether it was there or not (`add`, RFC 6902 §4.1).
    pub(crate) fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        self.0
            .push(json!({"op": "add", "path": pointer(path), "value": value.into()}));
    }

    /// Tests that a member is as it was seen, so that a change in between leads to a refusal.
    pub(crate) fn test(&mut self, path: &[&str], value: impl Into<Value>) {
        self.0
            .push(json!({"op": "test", "path": pointer(path), "value": value.into()}));
    }

    /// Sets a member where a value was given.
    pub(crate) fn set_some(&mut self, path: &[&str], value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(path, value);
        }
    }

    /// Sets a member to null, which is its default, where that was asked for.
    pub(crate) fn clear_if(&mut self, asked: bool, path: &[&str]) {
        if asked {
            self.set(path, Value::Null);
        }
    }

    /// Sets several members of one object.
    pub(crate) fn set_pairs(&mut self, parent: &[&str], pairs: &[(String, String)]) {
        for (key, value) in pairs {
            self.set(&[parent, &[key]].concat(), value.as_str());
        }
    }

    /// Removes a member; the daemon refuses where it is not there.
    pub(crate) fn remove(&mut self, path: &[&str]) {
        self.0.push(json!({"op": "remove", "path": pointer(path)}));
    }

    /// Removes several members of one object.
    pub(crate) fn remove_keys(&mut self, parent: &[&str], keys: &[String]) {
        for key in keys {
            self.remove(&[parent, &[key]].concat());
        }
    }

    /// Removes from the array at `parent` the entry whose `field` is `value`. The document tests that it is still at the
    /// index where it was seen, so that a change in between leads to a refusal and not to another entry's removal.
    /// Several of one array are removed from the last to the first.
    pub(crate) fn remove_entries(
        &mut self,
        entry: &Value,
        parent: &str,
        field: &str,
        values: &[String],
    ) -> Result<(), CliError> {
        let none = Vec::new();
        let array = entry.get(parent).and_then(Value::as_array).unwrap_or(&none);
        let mut found = Vec::new();
        for value in values {
            let index = array
                .iter()
                .position(|e| e.get(field).and_then(Value::as_str) == Some(value))
                .ok_or_else(|| {
                    CliError::Usage(format!("none of its {parent} has the {field} {value}"))
                })?;
            found.push((index, value));
        }
        found.sort_unstable();
        found.dedup();
        for (index, value) in found.into_iter().rev() {
            let index = index.to_string();
            self.0.push(
                json!({"op": "test", "path": pointer(&[parent, &index, field]), "value": value}),
            );
            self.remove(&[parent, &index]);
        }
        Ok(())
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// [`CliError::Usage`] where nothing is to be changed.
    pub(crate) fn finish(self) -> Result<Value, CliError> {
        if self.0.is_empty() {
            return Err(CliError::Usage(
                "nothing to change: name what to set (see --help)".to_owned(),
            ));
        }
        Ok(Value::Array(self.0))
    }
}

/// A JSON pointer (RFC 6901 §3).
fn pointer(path: &[&str]) -> String {
    path.iter()
        .map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_as_json_pointers_want_it() {
        assert_eq!(pointer(&["extra", "a/b~c"]), "/extra/a~1b~0c");
    }

    #[test]
    fn changes_stand_in_the_order_in_which_they_were_named() {
        let mut patch = Patch::default();
        patch.set_some(&["name"], Some("web2"));
        patch.set_some(&["zone"], None::<&str>);
        patch.clear_if(true, &["description"]);
        patch.set_pairs(&["extra"], &[("k".to_owned(), "v".to_owned())]);
        patch.remove_keys(&["extra"], &["old".to_owned()]);
        assert_eq!(
            patch.finish().unwrap(),
            json!([
                {"op": "add", "path": "/name", "value": "web2"},
                {"op": "add", "path": "/description", "value": null},
                {"op": "add", "path": "/extra/k", "value": "v"},
                {"op": "remove", "path": "/extra/old"},
            ])
        );
    }

    #[test]
    fn entries_of_an_array_are_tested_and_removed_from_the_end() {
        let node = json!({"ports": [{"mac": "a"}, {"mac": "b"}, {"mac": "c"}]});
        let mut patch = Patch::default();
        let values = ["a".to_owned(), "c".to_owned()];
        patch
            .remove_entries(&node, "ports", "mac", &values)
            .unwrap();
        assert_eq!(
            patch.finish().unwrap(),
            json!([
                {"op": "test", "path": "/ports/2/mac", "value": "c"},
                {"op": "remove", "path": "/ports/2"},
                {"op": "test", "path": "/ports/0/mac", "value": "a"},
                {"op": "remove", "path": "/ports/0"},
            ])
        );
    }

    #[test]
    fn an_entry_that_is_not_there_and_an_empty_patch_are_refused() {
        let mut patch = Patch::default();
        let none = patch.remove_entries(&json!({}), "ports", "mac", &["x".to_owned()]);
        assert!(matches!(none, Err(CliError::Usage(_))));
        assert!(matches!(patch.finish(), Err(CliError::Usage(_))));
    }
}
