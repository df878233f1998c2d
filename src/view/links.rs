//! Links, with the base that the client used.

use serde::Serialize;

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
    pub fn links(&self, plural: &str, ident: &str) -> [Link; 2] {
        [
            Link {
                rel: "self",
                href: self.href(plural, ident),
            },
            Link {
                rel: "bookmark",
                href: format!("{}/{plural}/{ident}", self.0),
            },
        ]
    }
}
