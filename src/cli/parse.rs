//! Reading the values of arguments that have a shape of their own.

use std::convert::Infallible;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::secret::Secret;
use crate::time::Timestamp;

/// A name or a uuid. Never empty: an empty one would be the path of the whole collection.
pub(crate) fn ident(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("a name or a uuid must not be empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// `KEY=VALUE`. The value may be empty and may hold further equals signs.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// A list of pairs as a JSON object.
pub(crate) fn object(pairs: &[(String, String)]) -> Value {
    let fields: Map<String, Value> = pairs
        .iter()
        .map(|(key, value)| (key.clone(), Value::String(value.clone())))
        .collect();
    Value::Object(fields)
}

/// What must not be shown, not even in the message about a wrong argument.
pub(crate) fn secret(text: &str) -> Result<Secret<String>, Infallible> {
    Ok(Secret::new(text.to_owned()))
}

/// Whole seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(secs) if (1..=604_800).contains(&secs) => Ok(Duration::from_secs(secs)),
        _ => Err("write a whole number of seconds, 1 to 604800".to_owned()),
    }
}

/// When something ends: a span from now such as `90d`, or a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// After this long.
    In(Duration),
    /// Then.
    At(Timestamp),
}

impl Expiry {
    /// The point in time, seen from `now`.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::In(span) => now.plus(span),
            Self::At(at) => at,
        }
    }
}

/// Reads `90d`, `12h`, `30m`, `45s`, `8w`, or RFC 3339.
pub(crate) fn expiry(text: &str) -> Result<Expiry, String> {
    if let Some(at) = Timestamp::parse(text) {
        return Ok(Expiry::At(at));
    }
    let wrong = || "write a span such as 90d, 12h or 30m, or a time such as 2030-01-31T12:00:00Z";
    let unit = text.chars().last().ok_or_else(wrong)?;
    let secs_per_unit: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong().to_owned()),
    };
    let count: u64 = text
        .strip_suffix(unit)
        .and_then(|count| count.parse().ok())
        .filter(|count| *count > 0)
        .ok_or_else(wrong)?;
    let secs = count.checked_mul(secs_per_unit).ok_or_else(wrong)?;
    Ok(Expiry::In(Duration::from_secs(secs)))
}

/// A MAC address in any usual spelling, as `aa:bb:cc:dd:ee:ff`.
pub(crate) fn mac(text: &str) -> Result<String, String> {
    let octets: Vec<&str> = text.split([':', '-']).collect();
    let good = octets.len() == 6
        && octets
            .iter()
            .all(|o| o.len() == 2 && o.chars().all(|c| c.is_ascii_hexdigit()));
    if good {
        Ok(octets.join(":").to_ascii_lowercase())
    } else {
        Err(format!(
            "'{text}' is not a MAC address such as 52:54:00:12:34:56"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_split_at_its_first_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("a="), Ok(("a".to_owned(), String::new())));
        assert!(pair("a").is_err());
        assert!(pair("=b").is_err());
    }

    #[test]
    fn an_empty_name_is_refused_before_it_addresses_a_whole_collection() {
        assert!(ident("").is_err());
        assert!(ident("  ").is_err());
        assert!(ident("web1").is_ok());
    }

    #[test]
    fn expiries_are_spans_or_points_in_time() {
        let now = Timestamp::from_micros(0);
        for (text, micros) in [
            ("90d", 7_776_000_000_000),
            ("12h", 43_200_000_000),
            ("1970-01-01T00:00:01Z", 1_000_000),
        ] {
            assert_eq!(
                expiry(text).map(|e| e.from(now)),
                Ok(Timestamp::from_micros(micros)),
                "{text}"
            );
        }
        for bad in [
            "",
            "d",
            "0d",
            "-1d",
            "90",
            "90 days",
            "1ä",
            "99999999999999999999d",
        ] {
            assert!(expiry(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mac_addresses_have_one_spelling() {
        assert_eq!(mac("52-54-00-AB-cd-01"), Ok("52:54:00:ab:cd:01".to_owned()));
        for bad in ["", "52:54:00:ab:cd", "52:54:00:ab:cd:0g", "525400abcd01"] {
            assert!(mac(bad).is_err(), "{bad}");
        }
    }
}
