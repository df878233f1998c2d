//! Which part of a file is asked for (RFC 9110 §14).
//!
//! One range of bytes, or all of it. Several ranges, and what is no range of bytes, are answered with all of it, as the
//! specification allows.

/// What is to be sent of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// So many bytes from there on: at least one, and all of them are there.
    Range {
        /// The first byte.
        from: u64,
        /// How many.
        length: u64,
    },
    /// The range lies behind the end.
    Unsatisfiable,
}

/// Reads the header `Range`, of a file of so many bytes whose entity tag is `etag` (quotes included). `if_range` is the header of
/// that name: where it tells another version, all of the file is wanted.
pub fn of_headers(range: Option<&str>, if_range: Option<&str>, etag: &str, length: u64) -> Part {
    if if_range.is_some_and(|wanted| wanted != etag) {
        return Part::Whole;
    }
    let Some(range) = range.and_then(one_range) else {
        return Part::Whole;
    };
    match range {
        (Some(from), _) if from >= length => Part::Unsatisfiable,
        (Some(from), last) => {
            let last = last.unwrap_or(u64::MAX).min(length - 1);
            Part::Range {
                from,
                length: last - from + 1,
            }
        }
        (None, None | Some(0)) => Part::Unsatisfiable,
        (None, Some(_)) if length == 0 => Part::Unsatisfiable,
        (None, Some(suffix)) => {
            let suffix = suffix.min(length);
            Part::Range {
                from: length - suffix,
                length: suffix,
            }
        }
    }
}

/// First and last byte, or none and how many of the last ones.
fn one_range(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, set) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    match (number(first)?, number(last)?) {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        range => Some(range),
    }
}

/// `Some(None)` for nothing, `None` for what is no number.
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that is too long to be held is larger than any file.
    Some(Some(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"ab\"";

    fn range(from: u64, length: u64) -> Part {
        Part::Range { from, length }
    }

    #[test]
    fn one_range_is_told_apart_from_everything_else() {
        for (header, expected) in [
            ("bytes=0-9", range(0, 10)),
            ("bytes=0-0", range(0, 1)),
            ("bytes=90-", range(90, 10)),
            ("bytes=90-200", range(90, 10)),
            ("bytes=99-99999999999999999999999", range(99, 1)),
            ("bytes=-1", range(99, 1)),
            ("bytes=-200", range(0, 100)),
            ("Bytes=1-2", range(1, 2)),
            ("bytes=100-", Part::Unsatisfiable),
            ("bytes=99999999999999999999999-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=5-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(
                of_headers(Some(header), None, ETAG, 100),
                expected,
                "{header}"
            );
        }
        assert_eq!(of_headers(None, None, ETAG, 100), Part::Whole);
        assert_eq!(
            of_headers(Some("bytes=0-"), None, ETAG, 0),
            Part::Unsatisfiable
        );
        assert_eq!(
            of_headers(Some("bytes=-5"), None, ETAG, 0),
            Part::Unsatisfiable
        );
    }

    #[test]
    fn a_range_of_another_version_is_all_of_this_one() {
        let asked = |of| of_headers(Some("bytes=1-2"), Some(of), ETAG, 100);
        assert_eq!(asked(ETAG), range(1, 2));
        for other in ["\"cd\"", "W/\"ab\"", "ab", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(asked(other), Part::Whole, "{other}");
        }
    }
}
