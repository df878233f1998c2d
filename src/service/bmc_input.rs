//! What a client says of a node's BMC, and what it must be like.

use serde::Deserialize;

use crate::ipmi::quirk::{Quirk, Quirks};
use crate::model::bmc::{BmcConfig, BmcSummary, CipherSuite, LanConfig, PrivilegeLevel, RMCP_PORT};
use crate::model::kg::parse_kg;
use crate::model::secret::Secret;
use crate::rules::input::InvalidInput;
use crate::view::node::HIDDEN;

/// The longest user name (IPMI v2.0 §22.28).
const MAX_USERNAME: usize = 16;
/// The longest password (IPMI v2.0 §22.30).
const MAX_KEY: usize = 20;
const DEFAULT_DEVICE: &str = "/dev/ipmi0";

/// What a client says of a node's BMC.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BmcInput {
    interface: Option<Interface>,
    address: Option<String>,
    port: Option<u16>,
    username: Option<String>,
    password: Option<Secret<String>>,
    kg: Option<Secret<String>>,
    privilege_level: Option<PrivilegeLevel>,
    cipher_suite: Option<CipherSuite>,
    quirks: Option<Vec<String>>,
    device: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Interface {
    Lan,
    Open,
}

impl BmcInput {
    /// Checks the settings. `stored` is what a patch changes: its secrets stand where the input has `"******"`.
    pub fn into_config(self, stored: Option<&BmcConfig>) -> Result<BmcConfig, InvalidInput> {
        match self.interface.unwrap_or(Interface::Lan) {
            Interface::Open => self.into_open(),
            Interface::Lan => self.into_lan(stored),
        }
    }

    /// Whether it says what the password is, and not only that it stays.
    pub fn sets_password(&self) -> bool {
        let given = self.password.as_ref();
        given.is_some_and(|password| password.expose() != HIDDEN)
    }

    fn into_open(self) -> Result<BmcConfig, InvalidInput> {
        let lan_only = [
            ("bmc.address", self.address.is_some()),
            ("bmc.port", self.port.is_some()),
            ("bmc.username", self.username.is_some()),
            ("bmc.password", self.password.is_some()),
            ("bmc.kg", self.kg.is_some()),
            ("bmc.privilege_level", self.privilege_level.is_some()),
            ("bmc.cipher_suite", self.cipher_suite.is_some()),
            ("bmc.quirks", self.quirks.is_some()),
        ];
        if let Some((field, _)) = lan_only.into_iter().find(|(_, given)| *given) {
            return Err(InvalidInput::new(
                field,
                "is only for the interface \"lan\": leave it out",
            ));
        }
        let device = self.device.unwrap_or_else(|| DEFAULT_DEVICE.to_owned());
        if !device.starts_with("/dev/")
            || device.contains("..")
            || device.chars().any(char::is_control)
        {
            return Err(InvalidInput::new(
                "bmc.device",
                "must be a device below /dev, such as /dev/ipmi0",
            ));
        }
        Ok(BmcConfig::Open { device })
    }

    fn into_lan(self, stored: Option<&BmcConfig>) -> Result<BmcConfig, InvalidInput> {
        if self.device.is_some() {
            let problem = "is only for the interface \"open\": leave it out";
            return Err(InvalidInput::new("bmc.device", problem));
        }
        let stored = match stored {
            Some(BmcConfig::Lan(lan)) => Some(lan),
            Some(BmcConfig::Open { .. }) | None => None,
        };
        let username = self.username.unwrap_or_default();
        if username.len() > MAX_USERNAME || username.contains('\0') {
            let problem = format!("must be at most {MAX_USERNAME} bytes");
            return Err(InvalidInput::new("bmc.username", problem));
        }
        let port = self.port.unwrap_or(RMCP_PORT);
        if port == 0 {
            return Err(InvalidInput::new("bmc.port", "must be 1 to 65535"));
        }
        Ok(BmcConfig::Lan(LanConfig {
            address: address(self.address)?,
            port,
            username,
            password: password(self.password, stored)?,
            kg: kg(self.kg, stored)?,
            privilege_level: self.privilege_level.unwrap_or(PrivilegeLevel::Operator),
            cipher_suite: self.cipher_suite,
            quirks: quirks(&self.quirks.unwrap_or_default())?,
        }))
    }
}

/// The settings without their secrets.
pub fn summary(config: &BmcConfig) -> BmcSummary {
    match config {
        BmcConfig::Open { device } => BmcSummary::Open {
            device: device.clone(),
        },
        BmcConfig::Lan(lan) => BmcSummary::Lan {
            address: lan.address.clone(),
            port: lan.port,
            username: lan.username.clone(),
            has_kg: lan.kg.is_some(),
            privilege_level: lan.privilege_level,
            cipher_suite: lan.cipher_suite,
            quirks: lan.quirks.clone(),
        },
    }
}

/// Each known name once, in the order in which they are listed everywhere.
fn quirks(names: &[String]) -> Result<Vec<String>, InvalidInput> {
    let mut found = Quirks::default();
    for (index, name) in names.iter().enumerate() {
        let Some(quirk) = Quirk::parse(name) else {
            let known: Vec<&str> = Quirk::ALL.map(Quirk::as_str).to_vec();
            let problem = format!("must be one of {}", known.join(", "));
            return Err(InvalidInput::new(format!("bmc.quirks[{index}]"), problem));
        };
        found.insert(quirk);
    }
    Ok(found
        .iter()
        .map(|quirk| quirk.as_str().to_owned())
        .collect())
}

fn address(address: Option<String>) -> Result<String, InvalidInput> {
    let address = address.ok_or_else(|| {
        InvalidInput::new(
            "bmc.address",
            "is missing: give the BMC's IP address or host name",
        )
    })?;
    let is_ip = address.parse::<std::net::IpAddr>().is_ok();
    let is_name = address.len() <= 253
        && address.trim_end_matches('.').split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        });
    if is_ip || is_name {
        return Ok(address);
    }
    Err(InvalidInput::new(
        "bmc.address",
        "must be an IPv4 or IPv6 address or a host name, without a port",
    ))
}

fn password(
    given: Option<Secret<String>>,
    stored: Option<&LanConfig>,
) -> Result<Secret<String>, InvalidInput> {
    let Some(password) = given else {
        return Ok(Secret::new(String::new()));
    };
    if password.expose() == HIDDEN {
        return match stored {
            Some(lan) => Ok(lan.password.clone()),
            None => Err(InvalidInput::new(
                "bmc.password",
                "send the password itself, not its stars",
            )),
        };
    }
    if password.expose().len() > MAX_KEY || password.expose().contains('\0') {
        let problem = format!("must be at most {MAX_KEY} bytes: IPMI has no longer ones");
        return Err(InvalidInput::new("bmc.password", problem));
    }
    Ok(password)
}

fn kg(
    given: Option<Secret<String>>,
    stored: Option<&LanConfig>,
) -> Result<Option<Secret<Vec<u8>>>, InvalidInput> {
    let Some(kg) = given else { return Ok(None) };
    if kg.expose() == HIDDEN {
        return match stored.and_then(|lan| lan.kg.clone()) {
            Some(kg) => Ok(Some(kg)),
            None => Err(InvalidInput::new(
                "bmc.kg",
                "send the key itself, not its stars",
            )),
        };
    }
    parse_kg(kg.expose())
        .map(Some)
        .map_err(|invalid| InvalidInput::new("bmc.kg", invalid.to_string()))
}
