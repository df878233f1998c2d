//! What is wrong with a file, and where.

use std::fmt;

use super::tree::Place;
use crate::cli::exit::CliError;
use crate::cli::output::complain;

/// This many are told one by one.
const TOLD: usize = 50;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    at: Option<Place>,
    node: Option<String>,
    text: String,
}

impl Problem {
    /// At a place.
    pub(super) fn at(at: Place, text: impl Into<String>) -> Self {
        Self {
            at: Some(at),
            node: None,
            text: text.into(),
        }
    }

    /// The same, of this node.
    pub(super) fn of(mut self, node: &str) -> Self {
        self.node = Some(node.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(Place { line, column: 0 }) => write!(f, "{line}: ")?,
            Some(Place { line, column }) => write!(f, "{line}:{column}: ")?,
            None => {}
        }
        if let Some(node) = &self.node {
            write!(f, "node {node}: ")?;
        }
        f.write_str(&self.text)
    }
}

/// All that is wrong with a file.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// One more.
    pub(super) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Nothing, where there is none. They are told in the order of the file.
    ///
    /// # Errors
    ///
    /// [`CliError::Usage`] after each was told on standard error.
    pub(super) fn none_or_tell(mut self, file: &str) -> Result<(), CliError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|problem| problem.at);
        for problem in self.0.iter().take(TOLD) {
            complain(&format!("{file}:{problem}"));
        }
        let more = self.0.len().saturating_sub(TOLD);
        if more > 0 {
            complain(&format!("and {more} more"));
        }
        let count = match self.0.len() {
            1 => "1 mistake".to_owned(),
            many => format!("{many} mistakes"),
        };
        Err(CliError::Usage(format!(
            "nothing was changed: {count} in {file}"
        )))
    }
}
