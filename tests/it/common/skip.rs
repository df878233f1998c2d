//! Saying that a test cannot run here.

/// Says why a test skips itself; fails where that is not allowed, which is in CI.
#[track_caller]
pub(crate) fn skip(why: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "CI says through its environment that it is CI"
    )]
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "{why}");
    println!("SKIPPED: {}", why.trim_end());
}
