//! Lists: wrapped in the plural, with a link to the next page where there is one. Those that can be long are sent while
//! they are read, see [`chunks`](crate::api::chunks).

use std::fmt::Display;

use hyper::StatusCode;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::chunks::Chunks;
use crate::api::error::ApiError;
use crate::model::page::Page;
use crate::service;
use crate::view::links::{Base, Link};
use crate::view::{Shown, View};

/// The same page with room for one more entry, which tells whether it is the last.
pub fn with_one_more(page: &Page) -> Page {
    Page {
        limit: page.limit.map(|limit| limit + 1),
        ..page.clone()
    }
}

/// Answers with a page. `entries` were asked for with [`with_one_more`].
pub fn answer<V: View>(
    call: &Call,
    mut entries: Vec<V>,
    page: &Page,
    fields: &[&'static str],
) -> Result<Answer, ApiError> {
    let was_cut = cut(&mut entries, page);
    let next = entries
        .last()
        .filter(|_| was_cut)
        .map(|last| next_href(call, &last.ident()));
    let list = List {
        entries: &entries,
        fields,
        base: &call.base,
        next,
    };
    Answer::json(StatusCode::OK, &list)
}

/// Answers with a page whose entries are read while they are sent, a few at a time by `read`. `ids` were asked for with
/// [`with_one_more`].
pub fn answer_each<V: View + Send + 'static, I: Display + Send + Unpin + 'static>(
    call: &Call,
    mut ids: Vec<I>,
    page: &Page,
    fields: &[&'static str],
    read: impl Fn(&[I]) -> Result<Vec<V>, service::Error> + Send + Unpin + 'static,
) -> Result<Answer, ApiError> {
    let was_cut = cut(&mut ids, page);
    let next = ids
        .last()
        .filter(|_| was_cut)
        .map(|last| next_href(call, &last.to_string()));
    Chunks::new(call, ids, fields, next, read).into_answer()
}

/// Drops what is beyond the page, and says whether there was any of it.
fn cut<T>(entries: &mut Vec<T>, page: &Page) -> bool {
    let limit = page
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    let was_cut = entries.len() > limit;
    entries.truncate(limit);
    was_cut
}

/// The request's own address, with another marker.
fn next_href(call: &Call, marker: &str) -> String {
    let query = call.query_text();
    let mut next = form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "marker")
    {
        next.append_pair(&name, &value);
    }
    next.append_pair("marker", marker);
    format!("{}/v1{}?{}", call.base.0, call.path(), next.finish())
}

/// The name of what holds the link to the next page.
pub(super) fn links_field<V: View>() -> String {
    format!("{}_links", V::PLURAL)
}

struct List<'a, V> {
    entries: &'a [V],
    fields: &'a [&'static str],
    base: &'a Base,
    next: Option<String>,
}

impl<V: View> Serialize for List<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(V::PLURAL, &Entries(self))?;
        if let Some(href) = &self.next {
            map.serialize_entry(&links_field::<V>(), &[Link::next(href.clone())])?;
        }
        map.end()
    }
}

struct Entries<'a, V>(&'a List<'a, V>);

impl<V: View> Serialize for Entries<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(list) = self;
        let mut sequence = serializer.serialize_seq(Some(list.entries.len()))?;
        for of in list.entries {
            sequence.serialize_element(&Shown {
                of,
                fields: list.fields,
                base: list.base,
            })?;
        }
        sequence.end()
    }
}
