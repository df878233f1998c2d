//! Which nodes or instances a command is about: names, uuids, and lists such as `r1n[01-40,43]`.

use std::collections::HashSet;

use clap::Args;

use crate::cli::exit::CliError;
use crate::cli::parse;
use crate::rules::host_range::{HostRangeError, expand};

/// More of them than this are not named by one command.
const MOST: usize = 10_000;

/// One word that names one node or many.
#[derive(Debug, Clone, Args)]
pub(crate) struct Nodes {
    /// A name, a uuid, or a list such as 'r1n[01-40,43]'
    #[arg(value_parser = parse::ident)]
    name: String,
}

impl Nodes {
    /// Their names, at least one.
    ///
    /// # Errors
    ///
    /// As of [`all`].
    pub(crate) fn all(&self) -> Result<Vec<String>, CliError> {
        all(std::slice::from_ref(&self.name))
    }
}

/// What these words stand for, in order, each name once.
///
/// # Errors
///
/// [`CliError::Usage`] where a list is not written as it should be, or all of them are too many.
pub(crate) fn all(words: &[String]) -> Result<Vec<String>, CliError> {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    for word in words {
        let room = MOST - names.len();
        let expanded = expand(word, room).map_err(|error| match error {
            HostRangeError::Malformed { .. } => CliError::Usage(format!(
                "{error}, in quotes, so that the shell leaves the brackets alone"
            )),
            HostRangeError::TooMany { .. } => {
                CliError::Usage(format!("{error}: at most {MOST} can be named at once"))
            }
        })?;
        names.extend(
            expanded
                .into_iter()
                .filter(|name| seen.insert(name.clone())),
        );
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[&str]) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        all(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn each_name_is_there_once_in_the_order_in_which_it_was_first_said() {
        let expected = ["n2", "n01", "n02", "x"].map(str::to_owned).to_vec();
        assert_eq!(said(&["n2", "n[01-02],n2", "x", "n01"]), Ok(expected));
    }

    #[test]
    fn what_a_shell_has_torn_apart_says_so_and_what_is_too_much_is_refused() {
        let torn = said(&["n[1,", "3]"]).unwrap_err();
        assert!(torn.contains("in quotes"), "{torn}");
        let many = said(&["n[1-9999]", "m[1-2]"]).unwrap_err();
        assert!(many.contains("at most 10000"), "{many}");
        assert_eq!(
            said(&["n[1-9999]", "m1"]).map(|names| names.len()),
            Ok(10_000)
        );
    }
}
