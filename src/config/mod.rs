//! Settings: what the administrator wrote, read once, checked, and then the only thing that the rest of Ostler sees.
//!
//! Three stages, one file each: `fragments` (what TOML may say), `merge` (`ostler.toml`, then the drop-ins in name
//! order, the last one wins), `settings` (validated by `check`, in the types that the program uses). Every value keeps its place
//! until it is accepted, so that a mistake is named with file, line, column and key, together with what to write instead.
//!
//! Knows nothing of the modules that use the settings, and reads no environment. Start with [`load`].

mod changes;
mod check;
mod error;
mod fragments;
mod keys;
mod keystone;
mod merge;
mod netboot;
mod settings;
#[cfg(test)]
mod tests;
mod values;

use std::path::Path;

pub use changes::{Changes, Effect, changes};
pub use error::{ConfigError, Place, Problem};
pub use settings::{
    ApiSettings, EventSettings, KeystoneSettings, LogFormat, LogSettings, NetbootSettings,
    PowerOnBudget, PowerSettings, Settings, TlsFiles,
};

/// Where the settings are when nobody names a file.
pub const DEFAULT_FILE: &str = "/etc/ostler/ostler.toml";

/// Reads and checks the settings.
///
/// Without `file` this is [`DEFAULT_FILE`], which may be missing (then the defaults hold); a `file` that was named must
/// exist. A file called `ostler.toml` is followed by the drop-ins `ostler.toml.d/*.toml` beside it, in the order of their
/// names; a file with another name stands alone.
///
/// # Errors
/// [`ConfigError`]: a file cannot be read, or something in it is wrong. All wrong values are reported at once.
pub fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let inputs = match file {
        Some(file) => merge::read(file, merge::Missing::Refuse)?,
        None => merge::read(Path::new(DEFAULT_FILE), merge::Missing::Accept)?,
    };
    check::validate(inputs)
}

/// Checks settings given as text; `name` stands in the messages where a file's path would.
///
/// # Errors
/// [`ConfigError::Invalid`] with everything that is wrong.
pub fn parse(name: &Path, text: &str) -> Result<Settings, ConfigError> {
    check::validate(merge::from_text(name, text)?)
}
