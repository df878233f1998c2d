//! From where a token works.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::model::caller::Source;
use crate::rules::input::InvalidInput;

/// The networks of one token.
const MAX_NETWORKS: usize = 64;

/// Reads the networks of a token. An address alone is no network, so that a forgotten prefix does not go unnoticed.
pub fn networks(field: &str, texts: &[String]) -> Result<Vec<IpNet>, InvalidInput> {
    if texts.len() > MAX_NETWORKS {
        let problem = format!(
            "there are {}; at most {MAX_NETWORKS} are allowed",
            texts.len()
        );
        return Err(InvalidInput::new(field, problem));
    }
    let read = |(index, text): (usize, &String)| {
        network(text).map_err(|problem| InvalidInput::new(format!("{field}/{index}"), problem))
    };
    texts.iter().enumerate().map(read).collect()
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        let whole = IpNet::from(address);
        return Err(format!(
            "{text} has no prefix: write {whole} for this address alone"
        ));
    }
    let network: IpNet = text.parse().map_err(|_| {
        format!("{text:?} is not a network: write it as 10.1.0.0/16 or 2001:db8::/32")
    })?;
    if network != network.trunc() {
        return Err(format!(
            "{text} has host bits set: write {}",
            network.trunc()
        ));
    }
    if let IpNet::V6(of) = network
        && of.addr().to_ipv4_mapped().is_some()
    {
        return Err(format!(
            "{text} is a network of IPv4 in the spelling of IPv6: write it as IPv4"
        ));
    }
    Ok(network)
}

/// Whether a token with these networks works from there. Without any it works from everywhere. The Unix socket is this
/// machine, by either of its loopback addresses.
pub fn is_inside(networks: &[IpNet], source: Source) -> bool {
    let holds = |address: IpAddr| networks.iter().any(|network| network.contains(&address));
    networks.is_empty()
        || match source {
            Source::Unix => holds(Ipv4Addr::LOCALHOST.into()) || holds(Ipv6Addr::LOCALHOST.into()),
            Source::Address(address) => holds(address.to_canonical()),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<IpNet>, String> {
        networks("networks", &[text.to_owned()]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_network_has_a_prefix_and_no_host_bits() {
        for good in [
            "10.0.0.0/8",
            "192.0.2.7/32",
            "0.0.0.0/0",
            "::/0",
            "fd00::/8",
        ] {
            assert_eq!(read(good).unwrap()[0].to_string(), good);
        }
        for (bad, said) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8::7", "2001:db8::7/128"),
            ("::ffff:10.0.0.0/104", "IPv4"),
            ("10.0.0.0/33", "not a network"),
            ("10.0.0/8", "not a network"),
            ("rack", "not a network"),
            ("", "not a network"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.starts_with("networks/0: "), "{error}");
            assert!(error.contains(said), "{bad}: {error}");
        }
        let many = vec!["10.0.0.0/8".to_owned(); MAX_NETWORKS + 1];
        assert!(networks("networks", &many).is_err());
    }

    #[test]
    fn a_source_is_inside_of_one_of_them_or_there_are_none() {
        let mapped = Source::Address("::ffff:10.1.2.3".parse().unwrap());
        let address = |text: &str| Source::address(text.parse().unwrap());
        for (networks, source, expected) in [
            (&[][..], address("192.0.2.1"), true),
            (&[], Source::Unix, true),
            (&["10.0.0.0/8", "fd00::/8"], address("10.1.2.3"), true),
            (&["10.0.0.0/8", "fd00::/8"], address("fd00::1"), true),
            (&["10.0.0.0/8", "fd00::/8"], address("11.0.0.1"), false),
            (&["10.0.0.0/8"], mapped, true),
            // All of IPv6 is nothing of IPv4.
            (&["::/0"], mapped, false),
            (&["0.0.0.0/0"], address("::1"), false),
            (&["10.0.0.0/8"], Source::Unix, false),
            (&["127.0.0.0/8"], Source::Unix, true),
            (&["::1/128"], Source::Unix, true),
            (&["0.0.0.0/0"], Source::Unix, true),
        ] {
            let networks: Vec<IpNet> = networks.iter().map(|net| net.parse().unwrap()).collect();
            assert_eq!(
                is_inside(&networks, source),
                expected,
                "{networks:?} {source}"
            );
        }
    }
}
