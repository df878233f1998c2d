//! What the audit trail and the log say of a request: names, and no secrets.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::token::PREFIX;

/// The most fields that an entry names, and the most characters of anything in it that a client chose.
const MOST_FIELDS: usize = 32;
const MOST_CHARS: usize = 255;

/// The fields that a body or a JSON patch writes: the outermost ones, and one more step into the BMC.
pub fn named_fields(body: &Value) -> Vec<String> {
    let mut fields: Vec<String> = match body {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match value.as_object() {
                Some(inner) if name == "bmc" => {
                    inner.keys().map(|of| format!("bmc.{of}")).collect()
                }
                Some(_) | None => vec![name.clone()],
            };
            members.iter().flat_map(member).collect()
        }
        Value::Array(operations) => operations.iter().flat_map(written).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    fields.sort();
    fields.dedup();
    fields.truncate(MOST_FIELDS);
    fields.iter().map(|of| cut(of).to_owned()).collect()
}

/// What one operation of a patch writes.
fn written(operation: &Value) -> Vec<String> {
    let text = |field: &str| operation.get(field).and_then(Value::as_str);
    let from = text("from").filter(|_| text("op") == Some("move"));
    let path = text("path").filter(|_| text("op") != Some("test"));
    if let (Some("/bmc"), Some(inner)) =
        (path, operation.pointer("/value").and_then(Value::as_object))
    {
        return inner.keys().map(|of| format!("bmc.{of}")).collect();
    }
    from.into_iter().chain(path).map(field_of_path).collect()
}

fn field_of_path(path: &str) -> String {
    let mut steps = path.trim_start_matches('/').split('/');
    match (steps.next(), steps.next()) {
        (Some("bmc"), Some(inner)) => format!("bmc.{inner}"),
        (field, _) => field.unwrap_or_default().to_owned(),
    }
}

/// What the secret of a deploy follows in the URLs of the boot service, which may be sent to the API by mistake.
const DEPLOYS: &str = "/deploys/";

/// The text with the tokens in it, and the secrets of deploys, made unusable: people put them where names belong, and paths and
/// errors repeat them.
pub fn without_tokens(text: &str) -> Cow<'_, str> {
    match without_digits_after(PREFIX, text) {
        Cow::Borrowed(text) => without_digits_after(DEPLOYS, text),
        Cow::Owned(text) => Cow::Owned(without_digits_after(DEPLOYS, &text).into_owned()),
    }
}

fn without_digits_after<'a>(prefix: &str, text: &'a str) -> Cow<'a, str> {
    /// A token has twice as many, and so has a deploy.
    const LIKE_A_TOKEN: usize = 32;
    let mut parts = text.split(prefix);
    let first = parts.next().unwrap_or_default();
    if first.len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut safe = first.to_owned();
    for part in parts {
        safe += prefix;
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        let is_token = part.len() - rest.len() >= LIKE_A_TOKEN;
        safe += if is_token { "******" } else { part };
        safe += if is_token { rest } else { "" };
    }
    Cow::Owned(safe)
}

/// As much of it as an entry holds.
pub fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(MOST_CHARS);
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_in_a_wrong_place_is_not_repeated() {
        let token = format!("{PREFIX}{}", "0a".repeat(32));
        for (text, expected) in [
            ("/v1/nodes/n1".to_owned(), "/v1/nodes/n1"),
            (
                "/v1/nodes/ostler_rack1".to_owned(),
                "/v1/nodes/ostler_rack1",
            ),
            (format!("/v1/tokens/{token}"), "/v1/tokens/ostler_******"),
            (
                format!("/deploys/{}/kernel", "0a".repeat(32)),
                "/deploys/******/kernel",
            ),
            (
                format!("no {token}, no {token}."),
                "no ostler_******, no ostler_******.",
            ),
        ] {
            assert_eq!(without_tokens(&text), expected);
        }
    }

    #[test]
    fn fields_are_named_without_their_values() {
        let table = [
            (
                json!({"name": "n", "bmc": {"password": "x", "address": "y"}}),
                vec!["bmc.address", "bmc.password", "name"],
            ),
            (json!({"extra": {"hunter2": "x"}}), vec!["extra"]),
            (
                json!([{"op": "replace", "path": "/bmc/password", "value": "x"}]),
                vec!["bmc.password"],
            ),
            (
                json!([{"op": "replace", "path": "/bmc", "value": {"kg": "x"}}]),
                vec!["bmc.kg"],
            ),
            (
                json!([{"op": "test", "path": "/name", "value": "x"}, {"op": "add", "path": "/extra/a/b", "value": "x"}]),
                vec!["extra"],
            ),
            (
                json!([{"op": "move", "from": "/bmc/kg", "path": "/extra/kg"}]),
                vec!["bmc.kg", "extra"],
            ),
            (json!(["x", 1, {"op": 7}]), vec![]),
            (json!("x"), vec![]),
        ];
        for (body, expected) in table {
            assert_eq!(named_fields(&body), expected, "{body}");
        }
        let many: serde_json::Map<_, _> = (0..99)
            .map(|n| (format!("{n}{}", "é".repeat(999)), json!(1)))
            .collect();
        let fields = named_fields(&Value::Object(many));
        assert_eq!(fields.len(), MOST_FIELDS);
        assert!(fields.iter().all(|of| of.chars().count() == MOST_CHARS));
    }
}
