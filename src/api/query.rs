//! Query parameters: each is known, given once, and has a value that it can have.

use uuid::Uuid;

use crate::api::error::ApiError;
use crate::model::page::{MAX_LIMIT, Page, SortDir};

/// The parameters of a request that nobody has asked for yet.
#[derive(Debug, Clone)]
pub struct Query {
    left: Vec<(String, String)>,
}

impl Query {
    /// Reads a query string.
    pub fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let mut left: Vec<(String, String)> = Vec::new();
        for (name, value) in
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned()
        {
            if left.iter().any(|(earlier, _)| *earlier == name) {
                return Err(ApiError::bad_request(format!("{name}: is given twice")));
            }
            left.push((name, value));
        }
        Ok(Self { left })
    }

    /// Takes a parameter.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let index = self.left.iter().position(|(of, _)| of == name)?;
        Some(self.left.swap_remove(index).1)
    }

    /// Takes a parameter that `parse` understands; `expected` says what it can be.
    pub fn take_parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ApiError::bad_request(format!(
                "{name}: {value:?} is not {expected}"
            ))),
        }
    }

    /// Takes a parameter that is yes or no.
    pub fn take_flag(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        self.take_parsed(name, "1, 0, true, false, yes or no", |value| {
            match value.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" => Some(true),
                "0" | "false" | "no" => Some(false),
                _ => None,
            }
        })
    }

    /// Takes `fields`: names out of `known`, in the order of the request.
    pub fn take_fields(
        &mut self,
        known: &'static [&'static str],
    ) -> Result<Option<Vec<&'static str>>, ApiError> {
        let Some(value) = self.take("fields") else {
            return Ok(None);
        };
        let mut fields = Vec::new();
        for name in value.split(',').map(str::trim) {
            let Some(field) = known.iter().copied().find(|field| *field == name) else {
                let message = format!(
                    "fields: there is no field {name:?}; there are {}",
                    known.join(", ")
                );
                return Err(ApiError::bad_request(message));
            };
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        Ok(Some(fields))
    }

    /// Takes `limit`, `marker`, `sort_key` (one of `sort_keys`) and `sort_dir`.
    pub fn take_page(&mut self, sort_keys: &'static [&'static str]) -> Result<Page, ApiError> {
        let expected = format!("a whole number from 1 to {MAX_LIMIT}");
        let limit = self.take_parsed("limit", &expected, |value| {
            value
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        })?;
        let marker = self.take_parsed("marker", "the UUID of an entry", |value| {
            Uuid::parse_str(value).ok()
        })?;
        let expected = format!("one of {}", sort_keys.join(", "));
        let sort_key = self.take_parsed("sort_key", &expected, |value| {
            sort_keys.iter().copied().find(|key| *key == value)
        })?;
        let sort_dir = self.take_parsed("sort_dir", "asc or desc", |value| match value {
            "asc" => Some(SortDir::Asc),
            "desc" => Some(SortDir::Desc),
            _ => None,
        })?;
        Ok(Page {
            limit,
            marker,
            sort_key: sort_key.unwrap_or(Page::default().sort_key),
            sort_dir: sort_dir.unwrap_or_default(),
        })
    }

    /// Refuses what is left over.
    pub fn finish(self) -> Result<(), ApiError> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::bad_request(format!(
                "{name}: there is no such parameter here"
            ))),
        }
    }
}
