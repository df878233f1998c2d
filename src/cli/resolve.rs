//! From the names that people use to the uuids that the API wants in a request's body.

use serde_json::Value;
use uuid::Uuid;

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::noun::{Noun, Query, required};

/// The uuid of the thing with this name or uuid. A uuid is believed; the daemon will say if there is no such thing.
///
/// # Errors
///
/// [`CliError::NotFound`] or [`CliError::Ambiguous`], and whatever keeps the daemon from answering.
pub(crate) async fn uuid_of(
    context: &Context,
    noun: &Noun,
    ident: &str,
) -> Result<String, CliError> {
    if let Ok(uuid) = Uuid::parse_str(ident) {
        return Ok(uuid.to_string());
    }
    match noun.fetch(context, ident).await {
        Ok(entry) => Ok(required(&entry, "uuid")?.to_owned()),
        Err(CliError::Client(error)) if error.status().is_some_and(|s| s == 404 || s == 400) => {
            uuid_in_list(context, noun, ident).await
        }
        Err(error) => Err(error),
    }
}

/// The uuid of the thing with this name, by looking at all of them.
///
/// # Errors
///
/// As of [`uuid_of`].
pub(crate) async fn uuid_in_list(
    context: &Context,
    noun: &Noun,
    name: &str,
) -> Result<String, CliError> {
    let entries = noun.entries(context, &Query::default()).await?;
    let named: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
        .collect();
    match named.as_slice() {
        [] => Err(CliError::NotFound {
            noun: noun.singular,
            name: name.to_owned(),
        }),
        [only] => Ok(required(only, "uuid")?.to_owned()),
        several => Err(CliError::Ambiguous {
            noun: noun.singular,
            name: name.to_owned(),
            count: several.len(),
        }),
    }
}

/// Writes the name beside a uuid, for people, where the name can be found out; the uuid alone says enough otherwise.
pub(crate) async fn name_beside(context: &Context, noun: &Noun, entry: &mut Value, field: &str) {
    let Some(shown) = entry.get_mut(field) else {
        return;
    };
    let Some(uuid) = shown.as_str().map(str::to_owned) else {
        return;
    };
    if let Ok(found) = noun.fetch(context, &uuid).await
        && let Some(name) = found.get("name").and_then(Value::as_str)
    {
        *shown = Value::String(format!("{name} ({uuid})"));
    }
}
