//! What all nouns of the command line share: their paths, and listing, showing and deleting them.

use std::fmt;

use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::cli::exit::{CliError, Exit};
use crate::cli::output::{Column, complain};
use crate::cli::{Context, parse};

/// Everything but what RFC 3986 §2.3 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A kind of thing that the API has a collection of.
#[derive(Debug)]
pub(crate) struct Noun {
    /// In sentences and commands: `instance`.
    pub(crate) singular: &'static str,
    /// The key that lists are wrapped in: `instances`.
    pub(crate) plural: &'static str,
    /// The collection: `/v1/instances`.
    pub(crate) path: &'static str,
    /// Where the list is that has what the table shows.
    pub(crate) list_path: &'static str,
    /// The table of a list.
    pub(crate) columns: &'static [Column],
    /// The order of the fields of one.
    pub(crate) order: &'static [&'static str],
    /// How fields are shown that need more than their text.
    pub(crate) special: fn(&str, &Value) -> Option<String>,
}

/// Which one.
#[derive(Debug, Clone, Args)]
pub(crate) struct Ident {
    /// Its name or uuid
    #[arg(value_parser = parse::ident)]
    pub(crate) name: String,
}

/// The options of every list.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListArgs {
    /// Show at most this many (1 to 10000); everything without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: Option<u32>,
    /// Begin behind the entry with this uuid
    #[arg(long, value_name = "UUID")]
    pub(crate) marker: Option<String>,
    /// Sort by this field, for example name or created_at:desc
    #[arg(long, value_name = "FIELD[:asc|desc]")]
    pub(crate) sort: Option<String>,
}

/// What to show of a list: pairs of the query.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// The query that the options of a list ask for.
    pub(crate) fn of(args: &ListArgs) -> Self {
        let mut query = Self::default();
        query.add("limit", args.limit);
        query.add("marker", args.marker.as_deref());
        if let Some(sort) = &args.sort {
            let (key, dir) = sort
                .split_once(':')
                .map_or((sort.as_str(), None), |(key, dir)| (key, Some(dir)));
            query.add("sort_key", Some(key));
            query.add("sort_dir", dir);
        }
        query
    }

    /// One more condition, where there is one.
    pub(crate) fn add(&mut self, name: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.push((name, value.to_string()));
        }
    }

    /// A path with this query.
    pub(crate) fn path(&self, path: &str) -> String {
        match self.text() {
            text if text.is_empty() => path.to_owned(),
            text => format!("{path}?{text}"),
        }
    }

    fn is_limited(&self) -> bool {
        self.0.iter().any(|(name, _)| *name == "limit")
    }

    fn text(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}

impl Noun {
    /// The path of one of them. The identifier is escaped, so that a name with a slash stays one name.
    pub(crate) fn at(&self, ident: &str) -> String {
        format!("{}/{}", self.path, Self::escape(ident))
    }

    /// One segment of a path.
    pub(crate) fn escape(segment: &str) -> String {
        if segment.chars().all(|c| c == '.') {
            segment.replace('.', "%2E")
        } else {
            utf8_percent_encode(segment, SEGMENT).to_string()
        }
    }

    /// The entries of a list, page by page where the daemon cuts it and no limit was asked for.
    pub(crate) async fn entries(
        &self,
        context: &Context,
        query: &Query,
    ) -> Result<Vec<Value>, CliError> {
        let mut text = query.text();
        let mut entries = Vec::new();
        loop {
            let path = if text.is_empty() {
                self.list_path.to_owned()
            } else {
                format!("{}?{text}", self.list_path)
            };
            let mut page = context.client.get(&path).await?.json()?;
            let Some(Value::Array(found)) = page.get_mut(self.plural).map(Value::take) else {
                return Err(CliError::Answer(self.plural));
            };
            let got_some = !found.is_empty();
            entries.extend(found);
            match self.next_page(&page) {
                Some(next) if got_some && !query.is_limited() => text = next,
                _ => return Ok(entries),
            }
        }
    }

    /// Only the query of the next page's address: the base is the one that reaches the daemon from here.
    fn next_page(&self, page: &Value) -> Option<String> {
        let links = page.get(format!("{}_links", self.plural))?.as_array()?;
        let next = links
            .iter()
            .find(|link| link.get("rel").and_then(Value::as_str) == Some("next"))?;
        let (_, query) = next.get("href")?.as_str()?.split_once('?')?;
        Some(query.to_owned())
    }

    /// Lists them.
    pub(crate) async fn list(&self, context: &Context, query: &Query) -> Result<(), CliError> {
        let entries = self.entries(context, query).await?;
        self.print_list(context, entries)
    }

    /// Prints a list of them.
    pub(crate) fn print_list(
        &self,
        context: &Context,
        entries: Vec<Value>,
    ) -> Result<(), CliError> {
        context.out.list(entries, self.columns, self.plural)
    }

    /// One of them, as the API shows it.
    pub(crate) async fn fetch(&self, context: &Context, ident: &str) -> Result<Value, CliError> {
        Ok(context.client.get(&self.at(ident)).await?.json()?)
    }

    /// Shows one of them.
    pub(crate) async fn show(&self, context: &Context, ident: &str) -> Result<(), CliError> {
        let entry = self.fetch(context, ident).await?;
        self.print(context, &entry)
    }

    /// Prints one of them.
    pub(crate) fn print(&self, context: &Context, entry: &Value) -> Result<(), CliError> {
        context.out.show(entry, self.order, self.special)
    }

    /// Creates one, and prints it.
    pub(crate) async fn create(&self, context: &Context, body: &Value) -> Result<(), CliError> {
        let created = context.client.post(self.path, body).await?.json()?;
        self.print(context, &created)
    }

    /// Changes one by an RFC 6902 document, and prints it.
    pub(crate) async fn patch(
        &self,
        context: &Context,
        ident: &str,
        patch: &Value,
    ) -> Result<(), CliError> {
        let changed = context.client.patch(&self.at(ident), patch).await?.json()?;
        self.print(context, &changed)
    }

    /// Deletes each of these. One that fails does not keep the others.
    pub(crate) async fn delete(
        &self,
        context: &Context,
        idents: &[String],
    ) -> Result<(), CliError> {
        each(idents, async |ident| {
            context.client.delete(&self.at(ident)).await?;
            context
                .out
                .say(&format!("{} {ident} deleted", self.singular))
        })
        .await
    }
}

/// Does something to each of these; a failure is reported where it happens and does not keep the others.
///
/// # Errors
///
/// The error itself where there is one name, [`CliError::Several`] where there are more.
pub(crate) async fn each<T: fmt::Display>(
    things: &[T],
    mut act: impl AsyncFnMut(&T) -> Result<(), CliError>,
) -> Result<(), CliError> {
    if let [only] = things {
        return act(only).await;
    }
    let mut first: Option<Exit> = None;
    let mut failed = 0;
    for thing in things {
        match act(thing).await {
            Ok(()) => {}
            Err(error @ (CliError::Interrupted | CliError::Output(_))) => return Err(error),
            Err(error) => {
                complain(&format!("{thing}: {}", error.sentence()));
                first.get_or_insert(error.exit());
                failed += 1;
            }
        }
    }
    match first {
        None => Ok(()),
        Some(first) => Err(CliError::Several {
            failed,
            total: things.len(),
            first,
        }),
    }
}

/// A field that the API promises as text.
pub(crate) fn required<'a>(entry: &'a Value, field: &'static str) -> Result<&'a str, CliError> {
    entry
        .get(field)
        .and_then(Value::as_str)
        .ok_or(CliError::Answer(field))
}

/// For nouns whose fields are all shown as they are.
pub(crate) fn nothing_special(_: &str, _: &Value) -> Option<String> {
    None
}
