//! Errors in the log: the whole chain of causes on one line.

use std::error::Error;
use std::fmt;

/// Shows an error with all its causes: `a: b: c`.
#[derive(Clone, Copy)]
pub struct Chain<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The same, so that `?error` in a log line is readable too.
impl fmt::Debug for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("cannot open the store")]
    struct Outer(#[source] Inner);

    #[derive(Debug, Error)]
    #[error("cannot read the key")]
    struct Inner(#[source] io::Error);

    #[test]
    fn all_causes_are_on_one_line() {
        let error = Outer(Inner(io::Error::other("disk is gone")));
        let line = "cannot open the store: cannot read the key: disk is gone";
        assert_eq!(Chain(&error).to_string(), line);
        assert_eq!(format!("{:?}", Chain(&error)), line);
        assert_eq!(Chain(&error.0.0).to_string(), "disk is gone");
    }
}
