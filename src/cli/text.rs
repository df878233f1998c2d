//! JSON values as text for people.

use serde_json::Value;

/// What is shown where there is nothing.
pub(crate) const NOTHING: &str = "-";

/// A field as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(entries) if entries.is_empty() => NOTHING.to_owned(),
        Value::Array(entries) if entries.iter().any(Value::is_object) => lines(entries, inline),
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) if fields.is_empty() => NOTHING.to_owned(),
        Value::Object(fields) => {
            let pairs: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key}={}", nested(value)))
                .collect();
            pairs.join("\n")
        }
    }
}

/// Several things, a line each.
pub(crate) fn lines(entries: &[Value], show: fn(&Value) -> String) -> String {
    entries.iter().map(show).collect::<Vec<_>>().join("\n")
}

/// A power state in a column, where what cannot be read has to be seen.
pub(crate) fn power(value: &Value) -> String {
    value.as_str().unwrap_or("unknown").to_owned()
}

/// A point in time to the second; a table has no room for microseconds.
pub(crate) fn time(value: &Value) -> String {
    let Some(text) = value.as_str() else {
        return plain(value);
    };
    match (text.get(..10), text.get(11..19), text.ends_with("+00:00")) {
        (Some(date), Some(time), true) => format!("{date} {time} UTC"),
        _ => text.to_owned(),
    }
}

/// A field as text, by what its name says about it.
pub(crate) fn shown(field: &str, value: &Value) -> String {
    if field.ends_with("_at") {
        time(value)
    } else if field == "power_state" {
        power(value)
    } else {
        plain(value)
    }
}

fn nested(value: &Value) -> String {
    if value.as_object().is_some_and(|fields| !fields.is_empty()) {
        format!("{{{}}}", inline(value))
    } else if let Some(entries) = value.as_array()
        && entries.iter().any(Value::is_object)
    {
        entries.iter().map(inline).collect::<Vec<_>>().join("; ")
    } else {
        plain(value)
    }
}

fn inline(value: &Value) -> String {
    plain(value).replace('\n', ", ")
}

/// Text without control characters: a BMC's words must not move the cursor.
pub(crate) fn harmless(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() && char != '\n' {
            clean.extend(char.escape_default());
        } else {
            clean.push(char);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_bmc_says_cannot_drive_the_terminal() {
        assert_eq!(harmless("\u{1b}[2Jgone\r"), "\\u{1b}[2Jgone\\r");
    }

    #[test]
    fn values_are_written_for_people() {
        for (value, text) in [
            (json!(null), "-"),
            (json!(true), "yes"),
            (json!(["a", "b"]), "a, b"),
            (json!([]), "-"),
            (json!({"cpus": 4, "x": null}), "cpus=4\nx=-"),
            (
                json!([{"cidr": "10.0.0.0/8", "dns": ["1.1.1.1"]}]),
                "cidr=10.0.0.0/8, dns=1.1.1.1",
            ),
            (json!({"a": {"b": 1, "c": 2}}), "a={b=1, c=2}"),
            (json!({"a": {}}), "a=-"),
        ] {
            assert_eq!(plain(&value), text);
        }
        assert_eq!(
            time(&json!("2016-09-27T02:37:21.966342+00:00")),
            "2016-09-27 02:37:21 UTC"
        );
    }
}
