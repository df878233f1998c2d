//! Links, with the base that the client used.

use std::fmt;

use serde::{Serialize, Serializer};

/// What links begin with: `http://rack7:6688`, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(pub String);

/// One link.
#[derive(Debug, Serialize)]
pub struct Link {
    rel: &'static str,
    href: String,
}

impl Link {
    /// A link of a thing to itself.
    pub fn own(href: String) -> Self {
        Self { rel: "self", href }
    }

    /// A link to the next page of a list.
    pub fn next(href: String) -> Self {
        Self { rel: "next", href }
    }
}

impl Base {
    /// Where a thing is, as `Location` has it.
    pub fn href(&self, plural: &str, ident: &str) -> String {
        format!("{}/v1/{plural}/{ident}", self.0)
    }

    /// The `links` of a thing.
    pub fn links<I: fmt::Display>(&self, plural: &'static str, ident: I) -> Links<'_, I> {
        Links {
            base: &self.0,
            plural,
            ident,
        }
    }
}

/// The `links` of a thing: to itself, and its bookmark. They are written without being put together first.
#[derive(Debug)]
pub struct Links<'a, I> {
    base: &'a str,
    plural: &'static str,
    ident: I,
}

#[derive(Serialize)]
struct Written<'a> {
    rel: &'static str,
    href: Href<'a>,
}

struct Href<'a>(fmt::Arguments<'a>);

impl Serialize for Href<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<I: fmt::Display> Serialize for Links<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            base,
            plural,
            ident,
        } = self;
        let own = Written {
            rel: "self",
            href: Href(format_args!("{base}/v1/{plural}/{ident}")),
        };
        let bookmark = Written {
            rel: "bookmark",
            href: Href(format_args!("{base}/{plural}/{ident}")),
        };
        [own, bookmark].serialize(serializer)
    }
}
