//! How many files and connections this process may have open.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit to what this process may have at most (the hard limit), and gives it.
///
/// # Errors
/// The system does not say, or does not allow it; then the limit is as it was.
pub fn raise_limit() -> io::Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(hard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::child;

    #[test]
    fn the_soft_limit_is_the_hard_one_afterwards() {
        if !child::is_child() {
            return child::run(
                "system::open_files::tests::the_soft_limit_is_the_hard_one_afterwards",
                |_| {},
            );
        }
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, 64, hard).unwrap();
        assert_eq!(raise_limit().unwrap(), hard);
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (hard, hard));
    }
}
