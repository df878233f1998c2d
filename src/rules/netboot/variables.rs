//! The variables of a kernel command line, `${instance_uuid}` and the like.
//!
//! They are told apart where an image is made ([`check`]), and get their values where a machine is about to boot
//! ([`expand`]). Only the command line has variables: user data is full of `${}` of its own.
//!
//! There is no way to write `${x}` itself: iPXE puts the value of its own `x` there, again and again until none is left, however
//! it is given the line.
//!
//! A value never breaks out of its word: what could end a word, or would mean something to what reads the line, is
//! replaced in the value. What the admin has written around it stays as it is.

use std::fmt::Write as _;

use crate::rules::input::InvalidInput;

/// The field that problems are told of, as clients spell it.
const FIELD: &str = "kernel_args";
/// Words that iPXE takes as its own, wherever they stand in a line.
const WORDS_OF_IPXE: [&str; 3] = ["||", "&&", ";"];

/// What the variables stand for at one deploy of one machine. What there is not (a gateway, say) is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// The instance's UUID.
    pub instance_uuid: String,
    /// The instance's name, as its owner wrote it: [`expand`] makes it fit into a word.
    pub instance_name: String,
    /// The name that the machine gives itself.
    pub hostname: String,
    /// The MAC address of the port that it boots from, `aa:bb:cc:dd:ee:ff`.
    pub mac: String,
    /// The first address of that port, without its prefix length.
    pub ip: String,
    /// The prefix length of its subnet, `24`.
    pub prefix: String,
    /// The same as a mask, `255.255.255.0`; empty with IPv6.
    pub netmask: String,
    /// The gateway of its subnet.
    pub gateway: String,
    /// The subnet's name servers, separated by commas.
    pub dns: String,
    /// Where its NoCloud data is; ends with a slash.
    pub data_url: String,
    /// Where it reports in.
    pub phone_home_url: String,
    /// The base URL of the boot service, without a slash at the end.
    pub boot_url: String,
    /// The `network-config` of its data in base64, for a cloud-init that does not read it there.
    pub network_config: String,
}

impl Values {
    /// All names and values, in the order in which people are told of them.
    fn all(&self) -> [(&'static str, &str); 13] {
        [
            ("instance_uuid", &self.instance_uuid),
            ("instance_name", &self.instance_name),
            ("hostname", &self.hostname),
            ("mac", &self.mac),
            ("ip", &self.ip),
            ("prefix", &self.prefix),
            ("netmask", &self.netmask),
            ("gateway", &self.gateway),
            ("dns", &self.dns),
            ("data_url", &self.data_url),
            ("phone_home_url", &self.phone_home_url),
            ("boot_url", &self.boot_url),
            ("network_config", &self.network_config),
        ]
    }

    fn of(&self, name: &str) -> Option<&str> {
        let mut all = self.all().into_iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// Whether a command line can be handed to a machine.
///
/// # Errors
/// It names a variable that there is not, leaves one open, holds control characters, or a word that iPXE would take as its
/// own.
pub fn check(args: &str) -> Result<(), InvalidInput> {
    if args.chars().any(char::is_control) {
        let problem = "must be one line without control characters";
        return Err(InvalidInput::new(FIELD, problem));
    }
    let taken = |word: &&str| WORDS_OF_IPXE.contains(word) || word.starts_with('#');
    if let Some(word) = args.split(' ').find(taken) {
        let problem =
            format!("iPXE takes the word {word:?} as its own: leave it out, or put it in quotes");
        return Err(InvalidInput::new(FIELD, problem));
    }
    expand(args, &Values::default()).map(drop)
}

/// The command line with its values.
///
/// # Errors
/// What [`check`] says of variables. An image that was accepted has no such fault.
pub fn expand(args: &str, values: &Values) -> Result<String, InvalidInput> {
    let mut line = String::with_capacity(args.len());
    let mut rest = args;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            let problem = "has a ${ without its }: close it, or leave it out";
            return Err(InvalidInput::new(FIELD, problem));
        };
        let value = values.of(name).ok_or_else(|| unknown(name))?;
        line.push_str(before);
        push_word(&mut line, name, value);
        rest = after;
    }
    line.push_str(rest);
    Ok(line)
}

fn unknown(name: &str) -> InvalidInput {
    let shown: String = name.chars().take(40).collect();
    let mut problem = format!("there is no variable ${{{shown}}}: there are");
    for (index, (known, _)) in Values::default().all().into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(problem, "{comma} {known}").ok();
    }
    problem.push_str("; a kernel cannot be given ${ itself, because iPXE would read it");
    InvalidInput::new(FIELD, problem)
}

/// Appends a value, with `-` for each character that it may not hold.
fn push_word(line: &mut String, name: &str, value: &str) {
    let is_free_text = matches!(name, "instance_name" | "hostname");
    let may_hold = |c: char| {
        if is_free_text {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
        } else {
            // The values of the others are ours, or of the settings: URLs and addresses have all that they need.
            c.is_ascii_graphic() && !matches!(c, '$' | '"' | '\'' | '\\' | '`')
        }
    };
    line.extend(value.chars().map(|c| if may_hold(c) { c } else { '-' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            instance_uuid: "5d1e3c6a-0000-4000-8000-000000000001".to_owned(),
            instance_name: "web 1 \"x\" init=/bin/sh".to_owned(),
            hostname: "web1\nrm".to_owned(),
            ip: "10.0.0.7".to_owned(),
            prefix: "24".to_owned(),
            data_url: "http://10.0.0.1:6689/deploys/s3cr3t/".to_owned(),
            ..Values::default()
        }
    }

    #[test]
    fn variables_get_their_values_and_all_else_stays() {
        for (args, expected) in [
            ("", ""),
            ("quiet console=ttyS0", "quiet console=ttyS0"),
            (
                "ds=nocloud;s=${data_url} x",
                "ds=nocloud;s=http://10.0.0.1:6689/deploys/s3cr3t/ x",
            ),
            ("ip=${ip}/${prefix}", "ip=10.0.0.7/24"),
            ("gw=${gateway}.", "gw=."),
            ("cost=$5 $ $x ${ip}$", "cost=$5 $ $x 10.0.0.7$"),
            ("a=$${ip} b=${ip}", "a=$10.0.0.7 b=10.0.0.7"),
            ("ü=${ip}", "ü=10.0.0.7"),
        ] {
            assert_eq!(check(args), Ok(()), "{args}");
            assert_eq!(
                expand(args, &values()).as_deref(),
                Ok(expected),
                "of {args}"
            );
        }
    }

    #[test]
    fn a_value_never_breaks_out_of_its_word() {
        let line = expand("n=${instance_name} h=${hostname}", &values()).unwrap();
        assert_eq!(line, "n=web-1--x--init--bin-sh h=web1-rm");
        let of_settings = Values {
            boot_url: "http://a/b c${x}\u{7f}".to_owned(),
            ..Values::default()
        };
        let line = expand("u=${boot_url}", &of_settings).unwrap();
        assert_eq!(line, "u=http://a/b-c-{x}-");
    }

    #[test]
    fn every_variable_that_is_told_of_is_known() {
        for (name, _) in Values::default().all() {
            assert_eq!(check(&format!("a=${{{name}}}")), Ok(()));
        }
    }

    #[test]
    fn what_is_unknown_or_left_open_is_refused_and_named() {
        for (args, part) in [
            ("a=${nope}", "${nope}"),
            ("a=$${nope}", "a kernel cannot be given ${"),
            ("a=${}", "${}"),
            ("a=${ip", "without its }"),
            ("a=${${ip}}", "${${ip}"),
            ("a=${IP}", "${IP}"),
            ("a\nb", "one line"),
            ("a\u{0}b", "one line"),
            ("a || b", "\"||\""),
            ("a && b", "\"&&\""),
            ("a #b", "\"#b\""),
        ] {
            let error = check(args).unwrap_err();
            assert_eq!(error.field, "kernel_args");
            assert!(error.problem.contains(part), "{args}: {error}");
        }
    }
}
