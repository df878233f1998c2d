//! The options of `ostlerd bmc-sim`, and the BMCs that they describe.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::model::power::PowerState;
use crate::sim::profile::Profile;
use crate::sim::rng::Rng;
use crate::sim::standalone::share::{self, Share};
use crate::sim::{
    DEFAULT_PASSWORD, DEFAULT_USERNAME, Delays, Faults, SimBmcConfig, SimUser, Suite,
};

/// Simulated BMCs that speak IPMI v2.0 (RMCP+) over UDP, for trying things out without hardware.
#[derive(Debug, Clone, clap::Args)]
pub struct BmcSimArgs {
    /// How many BMCs
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub count: u32,
    /// Address and port of the first one; the others have the ports after it (port 0: any free ones)
    #[arg(long, default_value = "127.0.0.1:6230")]
    pub listen: SocketAddr,
    /// All on the same port, on consecutive IPv4 addresses such as 127.0.1.1, 127.0.1.2, …
    #[arg(long)]
    pub addresses: bool,
    /// What the names begin with; a number follows
    #[arg(long, default_value = "sim-")]
    pub name_prefix: String,
    /// User name of the administrator
    #[arg(long, default_value = DEFAULT_USERNAME)]
    pub username: String,
    /// Password of the administrator; these BMCs guard nothing
    #[arg(long, default_value = DEFAULT_PASSWORD)]
    pub password: String,
    /// BMC key (K_G), as text
    #[arg(long)]
    pub kg: Option<String>,
    /// Cipher suites to offer: 3, 17, or both; 3,17 unless a profile says otherwise
    #[arg(long, value_delimiter = ',', value_parser = parse_suite)]
    pub suites: Option<Vec<Suite>>,
    /// Sessions at a time; 4 unless a profile says otherwise
    #[arg(long)]
    pub session_cap: Option<usize>,
    /// A session that is silent for so many seconds is gone
    #[arg(long, default_value_t = 60)]
    pub session_idle_secs: u64,
    /// The machines are on at the start
    #[arg(long)]
    pub on: bool,
    /// Milliseconds from "power up" until the power is on
    #[arg(long, default_value_t = 1000)]
    pub power_on_delay_ms: u64,
    /// Milliseconds from "power down" until the power is off
    #[arg(long, default_value_t = 500)]
    pub power_off_delay_ms: u64,
    /// Milliseconds from "soft shutdown" until the power is off
    #[arg(long, default_value_t = 3000, conflicts_with = "ignore_soft_off")]
    pub soft_off_delay_ms: u64,
    /// The machines do not listen to "soft shutdown"
    #[arg(long)]
    pub ignore_soft_off: bool,
    /// Milliseconds from a request to its answer, on top of what a profile and faults add
    #[arg(long, default_value_t = 0)]
    pub reply_delay_ms: u64,
    /// Where chance comes from: the same seed, the same session IDs and losses
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// A make of BMC to behave like
    #[arg(long)]
    pub profile: Option<Profile>,
    /// Probability (0 to 1) that a datagram is lost, in each direction
    #[arg(long, value_parser = parse_probability)]
    pub loss: Option<f64>,
    /// Probability (0 to 1) that a datagram arrives twice, in each direction
    #[arg(long, value_parser = parse_probability)]
    pub duplicate: Option<f64>,
    /// Percentage of BMCs that never answer
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub dead: u8,
    /// Faults for a share of the BMCs, chosen by the seed, such as '5%:{"loss": 0.2}'; may be repeated
    #[arg(long, value_name = "PERCENT%:FAULTS", value_parser = share::parse)]
    pub some: Vec<Share>,
    /// Any faults, as JSON such as '{"busy": 3, "lying_success": true}'; `--loss` and `--duplicate` come on top
    #[arg(long)]
    pub faults: Option<String>,
    /// Say what happened as JSON at the end
    #[arg(long)]
    pub json: bool,
    /// Serve counters and control over HTTP on this address; port 0 takes a free one
    #[arg(long)]
    pub http: Option<SocketAddr>,
}

fn parse_suite(text: &str) -> Result<Suite, String> {
    let number: u8 = text.parse().map_err(|_| "not a number".to_owned())?;
    Suite::try_from(number).map_err(|error| error.to_string())
}

fn parse_probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("a number from 0 to 1".to_owned()),
    }
}

impl BmcSimArgs {
    /// One configuration for each BMC.
    ///
    /// # Errors
    /// More BMCs than there are ports or addresses, or faults that cannot be read.
    pub fn configs(&self) -> anyhow::Result<Vec<SimBmcConfig>> {
        let width = self.count.to_string().len();
        (0..self.count)
            .map(|index| {
                let name = format!("{}{:0width$}", self.name_prefix, index + 1);
                self.config(name, self.bind(index)?)
            })
            .collect()
    }

    fn bind(&self, index: u32) -> anyhow::Result<SocketAddr> {
        let port = self.listen.port();
        if self.addresses {
            let (IpAddr::V4(first), true) = (self.listen.ip(), port != 0) else {
                bail!("--addresses needs an IPv4 address and a port in --listen");
            };
            let address = first.to_bits().checked_add(index).map(From::from);
            let address: std::net::Ipv4Addr = address.context("no addresses are left")?;
            return Ok(SocketAddr::from((address, port)));
        }
        let port = match port {
            0 => 0,
            first => u16::try_from(u32::from(first) + index)
                .ok()
                .context("more BMCs than ports after --listen: use --addresses")?,
        };
        Ok(SocketAddr::new(self.listen.ip(), port))
    }

    fn config(&self, name: String, bind: SocketAddr) -> anyhow::Result<SimBmcConfig> {
        let millis = Duration::from_millis;
        let mut config = SimBmcConfig {
            bind,
            users: vec![SimUser::administrator(&self.username, &self.password)],
            kg: self.kg.clone().map(String::into_bytes),
            session_idle_limit: Duration::from_secs(self.session_idle_secs),
            delays: Delays {
                power_on: millis(self.power_on_delay_ms),
                power_off: millis(self.power_off_delay_ms),
                soft_off: (!self.ignore_soft_off).then_some(millis(self.soft_off_delay_ms)),
                ..Delays::default()
            },
            seed: self.seed,
            ..SimBmcConfig::new(name)
        };
        if self.on {
            config.power = PowerState::On;
        }
        if let Some(faults) = &self.faults {
            config.faults =
                serde_json::from_str::<Faults>(faults).context("cannot read --faults")?;
        }
        if let Some(profile) = self.profile {
            profile.apply(&mut config);
        }
        config.delays.reply += millis(self.reply_delay_ms);
        if let Some(suites) = &self.suites {
            config.suites.clone_from(suites);
        }
        if let Some(cap) = self.session_cap {
            config.session_cap = cap;
        }
        if let Some(loss) = self.loss {
            config.faults.loss = loss;
        }
        if let Some(duplicate) = self.duplicate {
            config.faults.duplicate = duplicate;
        }
        for (position, share) in (1..).zip(&self.some) {
            if share.falls_on(self.seed, position, &config.name) {
                config.faults = share.put_on(&config.faults).context("cannot read --some")?;
            }
        }
        // Another generator than the BMC's own, so that who is dead does not hang on what else is drawn.
        let mut lot = Rng::for_bmc(!self.seed, &config.name);
        config.faults.dead |= lot.below(100) < u64::from(self.dead);
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;

    fn configs(arguments: &[&str]) -> anyhow::Result<Vec<SimBmcConfig>> {
        let command = BmcSimArgs::augment_args(clap::Command::new("bmc-sim").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments)?;
        BmcSimArgs::from_arg_matches(&matches)?.configs()
    }

    #[test]
    fn default_rack_is_eight_bmcs_on_consecutive_ports() {
        let configs = configs(&[]).unwrap();
        let ports: Vec<u16> = configs.iter().map(|config| config.bind.port()).collect();
        assert_eq!(ports, (6230..6238).collect::<Vec<_>>());
        assert_eq!(configs[0].name, "sim-1");
        assert_eq!(configs[0].suites, [Suite::Sha1, Suite::Sha256]);
        assert_eq!(configs[0].faults, Faults::default());
    }

    #[test]
    fn big_rack_has_consecutive_addresses_on_one_port() {
        let arguments = ["--addresses", "--listen", "127.0.1.1:623", "--count", "300"];
        let configs = configs(&arguments).unwrap();
        assert_eq!(configs[299].bind.to_string(), "127.0.2.44:623");
        assert_eq!(configs[299].name, "sim-300");
    }

    #[test]
    fn faults_profile_and_single_options_come_together() {
        let arguments = [
            "--profile=old",
            "--suites=17",
            "--faults",
            r#"{"busy": 2, "loss": 0.5}"#,
            "--loss=0.1",
        ];
        let configs = configs(&arguments).unwrap();
        let config = &configs[0];
        assert_eq!(config.suites, [Suite::Sha256]);
        assert_eq!(config.session_cap, 4);
        assert!(config.faults.ignore_cipher_suites);
        assert_eq!((config.faults.busy, config.faults.loss), (2, 0.1));
    }

    #[test]
    fn share_of_dead_ones_is_about_as_asked_and_the_same_each_time() {
        let dead = || -> Vec<bool> {
            let configs = configs(&["--count=1000", "--dead=10"]).unwrap();
            configs.iter().map(|config| config.faults.dead).collect()
        };
        let count = dead().iter().filter(|dead| **dead).count();
        assert!((60..140).contains(&count), "{count}");
        assert_eq!(dead(), dead());
    }

    #[test]
    fn some_have_faults_on_top_of_those_that_all_have() {
        let arguments = ["--count=1000", "--loss=0.1", r#"--some=10%:{"busy": 9}"#];
        let configs = configs(&arguments).unwrap();
        let some = configs.iter().filter(|config| config.faults.busy == 9);
        assert!((60..140).contains(&some.count()));
        assert!(configs.iter().all(|config| config.faults.loss == 0.1));
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        for arguments in [
            &["--count=0"][..],
            &["--suites=8"],
            &["--loss=2"],
            &["--faults={\"nonsense\": 1}"],
            &["--some=5%:{\"nonsense\": 1}"],
            &["--listen=127.0.0.1:65530", "--count=10"],
            &["--addresses", "--listen=[::1]:623"],
        ] {
            assert!(configs(arguments).is_err(), "{arguments:?}");
        }
    }
}
