//! Lists of names as people write them: `r1n[01-40,43]`, `rack[1-2]n[01-10]`, `web1,web2`.
//!
//! A list in brackets stands for each of its numbers, commas outside of brackets separate names. Leading zeros of a range's
//! first number are kept: `[08-10]` is 08, 09, 10. What would be too much is refused before it is written out.

/// The longest name, in characters.
const MAX_NAME: usize = super::input::MAX_TEXT;

/// Why a list of names cannot be written out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostRangeError {
    /// It is not written as it should be.
    #[error("{text:?} {problem}: write a list as r1n[01-40,43]")]
    Malformed {
        /// What was written.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// It stands for more names than are allowed.
    #[error("{text:?} stands for too many names")]
    TooMany {
        /// What was written.
        text: String,
    },
}

/// The names that `text` stands for, in the order in which they are written, at most `most`.
///
/// # Errors
/// [`HostRangeError`], which shows at most the beginning of the text.
pub fn expand(text: &str, most: usize) -> Result<Vec<String>, HostRangeError> {
    let mut names = Vec::new();
    for word in words(text)? {
        let pattern = Pattern::parse(word)?;
        let room = most.saturating_sub(names.len());
        if u128::try_from(room).is_ok_and(|room| pattern.count() > room) {
            return Err(HostRangeError::TooMany { text: shown(text) });
        }
        pattern.write(String::new(), &mut names);
    }
    Ok(names)
}

/// The parts between the commas outside of brackets.
fn words(text: &str) -> Result<Vec<&str>, HostRangeError> {
    let mut depth = 0_u32;
    let at_comma = |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    let words: Vec<&str> = text.split(at_comma).map(str::trim).collect();
    if words.contains(&"") {
        return Err(malformed(text, "holds an empty name"));
    }
    Ok(words)
}

/// A word without commas: text, a list, text, a list, …
struct Pattern<'a> {
    before: &'a str,
    /// Each list with the text behind it.
    lists: Vec<(Vec<Range>, &'a str)>,
}

/// Numbers from one to another, with at least this many digits.
struct Range {
    first: u64,
    last: u64,
    width: usize,
}

impl<'a> Pattern<'a> {
    fn parse(word: &'a str) -> Result<Self, HostRangeError> {
        let (before, mut rest) = match word.find('[') {
            Some(at) => word.split_at(at),
            None => (word, ""),
        };
        let mut lists = Vec::new();
        let mut length = before.chars().count();
        while let Some(inside) = rest.strip_prefix('[') {
            let Some((list, behind)) = inside.split_once(']') else {
                return Err(malformed(word, "has a [ without a ]"));
            };
            let ranges = list.split(',').map(|item| Range::parse(word, item));
            let ranges = ranges.collect::<Result<Vec<_>, _>>()?;
            let (literal, next) = behind.split_at(behind.find('[').unwrap_or(behind.len()));
            length += literal.chars().count() + ranges.iter().map(Range::digits).max().unwrap_or(0);
            lists.push((ranges, literal));
            rest = next;
        }
        let literals = lists.iter().map(|(_, literal)| *literal);
        if literals
            .chain([before])
            .any(|literal| literal.contains(']'))
        {
            return Err(malformed(word, "has a ] without a ["));
        }
        // So that no name that is written out can be longer either.
        if length > MAX_NAME {
            return Err(malformed(word, "is longer than a name can be"));
        }
        Ok(Self { before, lists })
    }

    /// How many names it stands for.
    fn count(&self) -> u128 {
        let of_list = |(ranges, _): &(Vec<Range>, &str)| {
            let numbers = ranges
                .iter()
                .map(|range| u128::from(range.last - range.first) + 1);
            numbers.fold(0, u128::saturating_add)
        };
        self.lists.iter().map(of_list).fold(1, u128::saturating_mul)
    }

    fn write(&self, name: String, out: &mut Vec<String>) {
        write(&self.lists, name + self.before, out);
    }
}

/// Writes out the lists that are left, the last one fastest.
fn write(lists: &[(Vec<Range>, &str)], name: String, out: &mut Vec<String>) {
    let Some(((ranges, literal), rest)) = lists.split_first() else {
        out.push(name);
        return;
    };
    for range in ranges {
        let width = range.width;
        for number in range.first..=range.last {
            write(rest, format!("{name}{number:0width$}{literal}"), out);
        }
    }
}

impl Range {
    /// `7`, `07`, `1-40`, `01-40`.
    fn parse(word: &str, item: &str) -> Result<Self, HostRangeError> {
        let item = item.trim();
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        let number = |digits: &str| {
            let all = digits.bytes().all(|digit| digit.is_ascii_digit());
            digits
                .parse::<u64>()
                .ok()
                .filter(|_| all && digits.len() <= 18)
        };
        let Some((from, to)) = number(first).zip(number(last)) else {
            return Err(malformed(
                word,
                "has something else than numbers in brackets",
            ));
        };
        if to < from {
            return Err(malformed(word, "has a range that runs backwards"));
        }
        let width = if first.starts_with('0') {
            first.len()
        } else {
            0
        };
        Ok(Self {
            first: from,
            last: to,
            width,
        })
    }

    /// The most digits that a number of it has.
    fn digits(&self) -> usize {
        self.width
            .max(self.last.checked_ilog10().map_or(1, |log| log as usize + 1))
    }
}

fn malformed(text: &str, problem: &'static str) -> HostRangeError {
    HostRangeError::Malformed {
        text: shown(text),
        problem,
    }
}

/// As much of a text as an error can show.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_out_in_order_with_their_zeros() {
        for (text, names) in [
            ("n1", &["n1"][..]),
            ("n[1-3]", &["n1", "n2", "n3"]),
            ("r1n[08-10,43]", &["r1n08", "r1n09", "r1n10", "r1n43"]),
            (
                "rack[1-2]n[01-02].x",
                &["rack1n01.x", "rack1n02.x", "rack2n01.x", "rack2n02.x"],
            ),
            ("a,b[1,3], c", &["a", "b1", "b3", "c"]),
            ("[7]", &["7"]),
            ("n[099-101]", &["n099", "n100", "n101"]),
            ("n[0-1][0-1]", &["n00", "n01", "n10", "n11"]),
            ("web-1-2", &["web-1-2"]),
            ("ü[1-1]ß", &["ü1ß"]),
            (
                "c38c5080-46a1-4afd-a78a-22cf4c2d23fd",
                &["c38c5080-46a1-4afd-a78a-22cf4c2d23fd"],
            ),
        ] {
            assert_eq!(expand(text, 100).unwrap(), names, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_says_what_is_wrong() {
        for (text, problem) in [
            ("", "empty"),
            ("a,,b", "empty"),
            ("a,", "empty"),
            ("n[1-", "without a ]"),
            ("n[1", "without a ]"),
            ("n1]", "without a ["),
            ("n[1]]", "without a ["),
            ("n[]", "numbers"),
            ("n[1,]", "numbers"),
            ("n[a-c]", "numbers"),
            ("n[+1]", "numbers"),
            ("n[1-2-3]", "numbers"),
            ("n[1 - 3]", "numbers"),
            ("n[[1]]", "numbers"),
            ("n[9999999999999999999]", "numbers"),
            ("n[5-1]", "backwards"),
        ] {
            let error = expand(text, 100).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
        let long = format!("{}[1-9]", "x".repeat(255));
        let error = expand(&long, 100).unwrap_err().to_string();
        assert!(error.contains("longer") && error.len() < 200, "{error}");
    }

    #[test]
    fn too_many_are_refused_before_they_are_written_out() {
        for text in [
            "n[1-101]",
            "n[0-999999999999999999]",
            "n[0-99999999][0-99999999][0-99999999][0-99999999][0-99999999][0-99999999]",
            "n[1-50],m[1-51]",
            "n[1-2][1-51]",
        ] {
            let error = expand(text, 100).unwrap_err();
            assert!(matches!(error, HostRangeError::TooMany { .. }), "{error}");
        }
        assert_eq!(expand("n[1-50],m[1-50]", 100).unwrap().len(), 100);
    }
}
