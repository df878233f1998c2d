//! JSON values as input of serde, where an object is an object.
//!
//! Serde's derived structs also read arrays, position by position, so that `["on", 5]` would be a power order. Nothing in
//! the API is meant that way: here a struct reads objects only. What was given instead is not repeated in the error,
//! because it may be a secret in the wrong place.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Error as _, IntoDeserializer, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::{Error, Value};

/// A value that is to be read.
pub struct Shaped(pub Value);

impl IntoDeserializer<'_, Error> for Shaped {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Shaped {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(values) => {
                let mut values = SeqDeserializer::new(values.into_iter().map(Shaped));
                let read = visitor.visit_seq(&mut values)?;
                values.end()?;
                Ok(read)
            }
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(key, value)| (key, Shaped(value)));
                let mut fields = MapDeserializer::new(fields);
                let read = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(read)
            }
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                scalar.deserialize_any(visitor)
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_object() {
            self.deserialize_any(visitor)
        } else {
            Err(Error::custom("must be an object"))
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        target: String,
        timeout: Option<u32>,
        below: Option<Vec<Order>>,
    }

    fn read(value: Value) -> Result<Order, Error> {
        Order::deserialize(Shaped(value))
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        for positional in [
            json!(["on", 5, null]),
            json!({"target": "on", "below": [["off", null, null]]}),
            json!([]),
        ] {
            let error = read(positional).unwrap_err().to_string();
            assert!(error.contains("must be an object"), "{error}");
        }
    }

    #[test]
    fn objects_are_read_as_ever() {
        let order = read(json!({"target": "on", "timeout": null, "below": [{"target": "off"}]}));
        let off = Order {
            target: "off".into(),
            timeout: None,
            below: None,
        };
        let on = Order {
            target: "on".into(),
            timeout: None,
            below: Some(vec![off]),
        };
        assert_eq!(order.unwrap(), on);
        assert!(read(json!({"target": "on", "timeout": 1.5})).is_err());
        assert!(read(json!({"target": "on", "colour": 1})).is_err());
    }

    #[test]
    fn what_was_given_instead_of_an_object_is_not_repeated() {
        let error = read(json!("hush")).unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
    }
}
