//! Where a redirect leads to (RFC 9110 §10.2.2, RFC 3986 §5.2).

/// The URL that `location` means in an answer of `base`, without a fragment. `None` where it leads to something else than HTTP,
/// or `base` is no such URL itself.
pub fn join(base: &str, location: &str) -> Option<String> {
    let (scheme, rest) = base.split_once("://")?;
    let location = location.split('#').next().unwrap_or_default().trim();
    if let Some(own) = scheme_of(location) {
        let is_http = own.eq_ignore_ascii_case("http") || own.eq_ignore_ascii_case("https");
        let rest = location.get(own.len()..)?.strip_prefix("://")?;
        let has_host = !rest.is_empty() && !rest.starts_with(['/', '?']);
        return (is_http && has_host).then(|| format!("{}://{rest}", own.to_ascii_lowercase()));
    }
    if let Some(rest) = location.strip_prefix("//") {
        return (!rest.is_empty()).then(|| format!("{scheme}://{rest}"));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (relative, query) = match location.find('?') {
        Some(at) => location.split_at_checked(at)?,
        None => (location, ""),
    };
    let path = match relative {
        "" => path.to_owned(),
        absolute if absolute.starts_with('/') => without_dots(absolute),
        relative => {
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            without_dots(&format!("{directory}/{relative}"))
        }
    };
    Some(format!("{scheme}://{authority}{path}{query}"))
}

/// The scheme of what is a whole URL.
fn scheme_of(location: &str) -> Option<&str> {
    let (scheme, _) = location.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some(scheme)
}

/// An absolute path without `.` and `..`.
fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let is_directory = path.ends_with("/.") || path.ends_with("/..");
    let end = if is_directory && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_understood_as_browsers_do() {
        let base = "http://a.example:8080/b/c/d?q";
        for (location, url) in [
            ("https://other/x#f", "https://other/x"),
            ("HTTP://other/x", "http://other/x"),
            ("//other/x?y", "http://other/x?y"),
            ("/x/y", "http://a.example:8080/x/y"),
            ("x", "http://a.example:8080/b/c/x"),
            ("./x?y=../z", "http://a.example:8080/b/c/x?y=../z"),
            ("../x", "http://a.example:8080/b/x"),
            ("../../../../x", "http://a.example:8080/x"),
            ("..", "http://a.example:8080/b/"),
            ("?y", "http://a.example:8080/b/c/d?y"),
            ("", "http://a.example:8080/b/c/d"),
        ] {
            assert_eq!(join(base, location).as_deref(), Some(url), "{location}");
        }
        assert_eq!(
            join("https://h", "x").as_deref(),
            Some("https://h/x"),
            "a base without a path"
        );
    }

    #[test]
    fn nothing_but_http_is_followed() {
        for location in [
            "file:///etc/passwd",
            "ftp://h/x",
            "gopher:x",
            "http:///x",
            "http:x",
            "//",
        ] {
            assert_eq!(join("http://h/", location), None, "{location}");
        }
    }
}
