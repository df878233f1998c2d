//! Which part of a list is wanted, and in which order.

/// The most entries that one `limit` may ask for.
pub const MAX_LIMIT: u32 = 10_000;

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortDir {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

/// A page of a list: at most `limit` entries behind the entry `marker`, by `sort_key`, then by uuid.
#[derive(Debug, Clone)]
pub struct Page {
    /// The column to sort by, one that the resource allows.
    pub sort_key: &'static str,
    /// The direction, also for the uuid that breaks ties.
    pub sort_dir: SortDir,
    /// At most this many; `None` for all.
    pub limit: Option<u32>,
    /// The last entry of the page before.
    pub marker: Option<uuid::Uuid>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            sort_key: "created_at",
            sort_dir: SortDir::Asc,
            limit: None,
            marker: None,
        }
    }
}
