//! What to scan, as people write it: networks, ranges, lists in brackets, addresses and names, and ports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;

use crate::bmc::scan::MOST_ADDRESSES;
use crate::cli::exit::CliError;
use crate::rules::host_range::{HostRangeError, expand};

/// How long a name may take to resolve.
const RESOLVE_LIMIT: Duration = Duration::from_secs(5);

/// One place to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Address(IpAddr),
    Name(String),
}

/// A port, or from one to another: `623`, `6230-6240`.
pub(super) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let number = |digits: &str| digits.parse::<u16>().ok().filter(|port| *port > 0);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err("write a port as 623, several as 623,664 or 6230-6240".to_owned()),
    }
}

/// The places that a word means. Cut before anything is collected: a /8 has more than memory should hold.
pub(super) fn parse(word: &str) -> Result<Vec<Target>, CliError> {
    let word = word.trim();
    if let Ok(network) = word.parse::<IpNet>() {
        return cut(word, network.hosts().map(Target::Address));
    }
    if let Some((first, last)) = range(word)? {
        return cut(word, addresses(first, last).map(Target::Address));
    }
    let words = expand(word, MOST_ADDRESSES).map_err(|error| match error {
        HostRangeError::TooMany { text } => too_large(&text),
        HostRangeError::Malformed { .. } => not_a_target(word),
    })?;
    let places = words.iter().map(|word| place(word));
    places.collect()
}

/// The socket address of a place; the first one of a name.
pub(super) async fn resolve(target: Target, port: u16) -> Result<SocketAddr, CliError> {
    let name = match target {
        Target::Address(address) => return Ok(SocketAddr::new(address, port)),
        Target::Name(name) => name,
    };
    let failed = |reason: String| CliError::Failed {
        what: name.clone(),
        reason,
    };
    let found = tokio::net::lookup_host((name.as_str(), port));
    tokio::time::timeout(RESOLVE_LIMIT, found)
        .await
        .map_err(|_| failed("the name service does not answer".to_owned()))?
        .map_err(|error| failed(error.to_string()))?
        .next()
        .ok_or_else(|| failed("the name has no address".to_owned()))
}

/// The error of what would be too much.
pub(super) fn too_large(what: &str) -> CliError {
    CliError::Usage(format!(
        "{what} is too large to scan: at most {MOST_ADDRESSES} addresses at a time, a /16 or in IPv6 a /112"
    ))
}

fn cut(word: &str, targets: impl Iterator<Item = Target>) -> Result<Vec<Target>, CliError> {
    let targets: Vec<Target> = targets.take(MOST_ADDRESSES + 1).collect();
    if targets.len() > MOST_ADDRESSES {
        return Err(too_large(word));
    }
    Ok(targets)
}

/// `10.1.0.1-10.1.0.50`, `10.1.0.1-50`, `fd00::1-fd00::20`. A name with a hyphen is none.
fn range(word: &str) -> Result<Option<(IpAddr, IpAddr)>, CliError> {
    let Some((first, last)) = word.split_once('-') else {
        return Ok(None);
    };
    let Ok(first) = first.parse::<IpAddr>() else {
        return Ok(None);
    };
    let last = match (last.parse::<IpAddr>(), first, last.parse::<u8>()) {
        (Ok(last), _, _) => last,
        (Err(_), IpAddr::V4(first), Ok(last)) => {
            let [a, b, c, _] = first.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, last))
        }
        (Err(_), IpAddr::V4(_) | IpAddr::V6(_), _) => return Err(not_a_target(word)),
    };
    if first.is_ipv4() != last.is_ipv4() || last < first {
        return Err(not_a_target(word));
    }
    Ok(Some((first, last)))
}

fn addresses(first: IpAddr, last: IpAddr) -> Box<dyn Iterator<Item = IpAddr>> {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Box::new(
            (first.to_bits()..=last.to_bits()).map(|bits| Ipv4Addr::from_bits(bits).into()),
        ),
        (IpAddr::V6(first), IpAddr::V6(last)) => Box::new(
            (first.to_bits()..=last.to_bits()).map(|bits| Ipv6Addr::from_bits(bits).into()),
        ),
        _ => Box::new(std::iter::empty()),
    }
}

fn place(word: &str) -> Result<Target, CliError> {
    if let Ok(address) = word.parse() {
        return Ok(Target::Address(address));
    }
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    // Digits and dots alone are a mistyped address; resolvers read 10.1.5 as 10.1.0.5.
    let is_name = word.chars().all(usual) && word.chars().any(char::is_alphabetic);
    if is_name {
        Ok(Target::Name(word.to_owned()))
    } else {
        Err(not_a_target(word))
    }
}

fn not_a_target(word: &str) -> CliError {
    CliError::Usage(format!(
        "{word:?} is nothing to scan: write 10.1.0.0/24, 10.1.0.1-10.1.0.50, 10.1.0.[1-50], an address or a name"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(word: &str) -> Vec<String> {
        let targets = parse(word).unwrap_or_else(|error| panic!("{word}: {error}"));
        let shown = |target| match target {
            Target::Address(address) => address.to_string(),
            Target::Name(name) => format!("name {name}"),
        };
        targets.into_iter().map(shown).collect()
    }

    #[test]
    fn networks_ranges_lists_and_names_are_written_out() {
        for (word, expected) in [
            ("10.1.0.0/30", &["10.1.0.1", "10.1.0.2"][..]),
            ("10.1.0.4/32", &["10.1.0.4"]),
            (
                "10.1.0.254-10.1.1.1",
                &["10.1.0.254", "10.1.0.255", "10.1.1.0", "10.1.1.1"],
            ),
            ("10.1.0.8-9", &["10.1.0.8", "10.1.0.9"]),
            ("10.1.0.[1-2,9]", &["10.1.0.1", "10.1.0.2", "10.1.0.9"]),
            ("10.[0-1].0.[5]", &["10.0.0.5", "10.1.0.5"]),
            (
                "fd00::ff-fd00::101",
                &["fd00::ff", "fd00::100", "fd00::101"],
            ),
            ("fd00::/127", &["fd00::", "fd00::1"]),
            ("::1", &["::1"]),
            (
                "n[08-10]-bmc.rack",
                &[
                    "name n08-bmc.rack",
                    "name n09-bmc.rack",
                    "name n10-bmc.rack",
                ],
            ),
            ("bmc-1-2", &["name bmc-1-2"]),
            ("fe80::1%eth0", &["name fe80::1%eth0"]),
        ] {
            assert_eq!(parsed(word), expected, "{word}");
        }
        assert_eq!(parsed("10.1.0.0/16").len(), 65_534);
        assert_eq!(parsed("fd00::/112").len(), 65_536);
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_collected() {
        for word in [
            "10.0.0.0/15",
            "fd00::/64",
            "::/0",
            "10.0.0.0-10.9.0.0",
            "10.[0-255].[0-255].[0-255]",
            "n[0-4294967295]",
        ] {
            let error = parse(word).unwrap_err();
            assert!(error.to_string().contains("too large"), "{word}: {error}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for word in [
            "",
            "10.1.0",
            "10.1.0.256",
            "10.1.0.0/33",
            "10.1.0.9-10.1.0.1",
            "10.1.0.1-300",
            "10.1.0.1-fd00::1",
            "10.1.0.[5-1]",
            "10.1.0.[1-",
            "10.1.0.[a]",
            "10.1.0.[+1]",
            "a b",
            "http://bmc/",
        ] {
            assert!(parse(word).is_err(), "{word}");
        }
    }

    #[test]
    fn ports_are_one_or_a_range() {
        assert_eq!(ports("623"), Ok(623..=623));
        assert_eq!(ports("6230-6240"), Ok(6230..=6240));
        for bad in ["", "0", "65536", "9-8", "1-2-3", "x"] {
            assert!(ports(bad).is_err(), "{bad}");
        }
    }
}
