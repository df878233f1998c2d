//! Files of nodes: `ostler node import` and `ostler node export`.
//!
//! On the way in a text becomes a `tree` with places (CSV by way of `table`), `document` finds the nodes in it, and `draft`
//! reads each by the rows of who wrote it: `native`, `ironic` or `instackenv`. `plan` holds that against what is registered,
//! by the daemon's own rules, and `apply` does it. On the way out `registered` is what a file says of a node, and `written` and
//! `table` write it. Passwords pass through here and are shown nowhere. Start reading at
//! [`import`].

mod apply;
mod difference;
mod document;
mod draft;
pub(crate) mod export;
pub(crate) mod import;
mod instackenv;
mod ironic;
mod native;
mod owners;
mod plan;
mod problem;
mod registered;
mod table;
mod tree;
mod written;
