//! `ostler bmc probe`: what a BMC is, and which logins work.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::advice::{self, Account, Advice};
use super::{report, targets};
use crate::bmc::{BmcSettings, Bmcs, Findings, Survey, scan};
use crate::cli::exit::CliError;
use crate::cli::{Context, parse, password};
use crate::model::bmc::{CipherSuite, LanConfig, PrivilegeLevel, RMCP_PORT};
use crate::model::kg::parse_kg;
use crate::model::secret::Secret;

/// `ostler bmc probe`
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// IPv4 or IPv6 address, or a host name
    address: String,
    /// The UDP port of the BMC
    #[arg(long, default_value_t = RMCP_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Also log in, as this user; the password is asked for unless it comes from elsewhere
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the user's password from this file
    #[arg(
        long,
        value_name = "FILE",
        requires = "username",
        conflicts_with = "password_stdin"
    )]
    password_file: Option<PathBuf>,
    /// Read the user's password from standard input
    #[arg(long, requires = "username")]
    password_stdin: bool,
    /// Read the BMC key K_G from this file, where the BMC has one: text, or hexadecimal digits behind 0x
    #[arg(long, value_name = "FILE", requires = "username")]
    kg_file: Option<PathBuf>,
    // Refused with a reason instead of "unexpected argument".
    #[arg(long, hide = true, value_parser = parse::secret)]
    password: Option<Secret<String>>,
    #[arg(long, hide = true, value_parser = parse::secret)]
    kg: Option<Secret<String>>,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: ProbeArgs) -> Result<(), CliError> {
    let name = args.address.as_str();
    let failed = |reason: String| CliError::Failed {
        what: format!("BMC {name}"),
        reason,
    };
    let (secrets, kg) = (args.password().await?, args.kg()?);
    let (at, findings) = tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => return Err(CliError::Stopped("no login was tried".to_owned())),
        looked = look(name, args.port) => looked?,
    };
    let nothing = || {
        failed(format!(
            "nothing answers at {at}: check that it has power and network, and that IPMI over LAN is enabled in it"
        ))
    };
    if !findings.is_there() && args.username.is_none() {
        return Err(nothing());
    }
    let mut entry = report::of_findings(name, at, &findings);
    let Some((username, password)) = secrets else {
        let advice = Advice {
            usable: false,
            verdict:
                "add --username, and --kg-file where there is a BMC key, to see which logins work"
                    .to_owned(),
            command: None,
            changes: advice::of_findings(&findings),
        };
        return show(context, entry, &advice);
    };
    let lan = LanConfig {
        address: at.ip().to_string(),
        port: at.port(),
        username,
        password,
        kg,
        // What a node has by default. Less is asked for where less will do.
        privilege_level: PrivilegeLevel::Administrator,
        cipher_suite: None,
        quirks: Vec::new(),
    };
    let survey = log_in(&lan, at, &findings).await?;
    if !findings.is_there() && survey.is_silence() {
        return Err(nothing());
    }
    if let Some(fields) = entry.as_object_mut() {
        fields.extend(report::of_survey(&lan.username, &findings, &survey));
    }
    let kg_file = args.kg_file.as_ref().map(|path| path.to_string_lossy());
    let account = Account {
        address: name,
        port: args.port,
        username: &lan.username,
        kg_file: kg_file.as_deref(),
    };
    let advice = advice::of_login(account, &findings, &survey);
    show(context, entry, &advice)?;
    match survey.failure() {
        None => Ok(()),
        Some(_) => Err(failed(advice.verdict)),
    }
}

/// What the BMC tells anybody.
async fn look(name: &str, port: u16) -> Result<(SocketAddr, Findings), CliError> {
    let at = targets::resolve(targets::Target::Name(name.to_owned()), port).await?;
    let findings = scan::look(at).await.map_err(|error| CliError::Failed {
        what: format!("BMC {name}"),
        reason: error.to_string(),
    })?;
    Ok((at, findings))
}

impl ProbeArgs {
    /// Who logs in, if anybody.
    async fn password(&self) -> Result<Option<(String, Secret<String>)>, CliError> {
        if self.password.is_some() || self.kg.is_some() {
            return Err(CliError::Usage(
                "a secret on the command line can be seen by everyone on this machine: use --password-file, \
                 --password-stdin or --kg-file"
                    .to_owned(),
            ));
        }
        let Some(username) = self.username.clone() else {
            return Ok(None);
        };
        let password = if let Some(path) = &self.password_file {
            password::from_file(path)?
        } else if self.password_stdin {
            password::from_stdin()?
        } else {
            let prompt = format!("Password of {username} at the BMC {}", self.address);
            password::asked(prompt, "--password-file or --password-stdin").await?
        };
        Ok(Some((username, password)))
    }

    fn kg(&self) -> Result<Option<Secret<Vec<u8>>>, CliError> {
        let Some(path) = &self.kg_file else {
            return Ok(None);
        };
        let text = password::from_file(path)?;
        let kg = parse_kg(text.expose());
        let named = |error| CliError::Usage(format!("the BMC key in {} {error}", path.display()));
        kg.map(Some).map_err(named)
    }
}

/// Suites 17 and 3, whatever the BMC lists, for some list wrongly; 12 and 8 only where it lists them.
fn suites(findings: &Findings) -> Vec<CipherSuite> {
    let listed = |suite: &CipherSuite| {
        let number = u8::from(*suite);
        findings
            .suites
            .as_ref()
            .is_some_and(|all| all.contains(&number))
    };
    let extra = [CipherSuite::S12, CipherSuite::S8]
        .into_iter()
        .filter(listed);
    [CipherSuite::S17, CipherSuite::S3]
        .into_iter()
        .chain(extra)
        .collect()
}

/// Tries the logins, and closes what was opened, also at Ctrl-C.
async fn log_in(lan: &LanConfig, at: SocketAddr, findings: &Findings) -> Result<Survey, CliError> {
    let (bmcs, driver) = Bmcs::new(BmcSettings {
        // One session for all that is read in it.
        linger: Duration::from_secs(1),
        ..BmcSettings::default()
    })
    .map_err(|error| CliError::Failed {
        what: format!("BMC {at}"),
        reason: format!("cannot open a socket: {error}"),
    })?;
    let suites = suites(findings);
    let work = async {
        let outcome = tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => Err(CliError::Stopped("the session was closed".to_owned())),
            survey = bmcs.survey(lan, &suites, findings.is_there()) => Ok(survey),
        };
        bmcs.close_all().await;
        outcome
    };
    let (outcome, ()) = tokio::join!(work, driver.run());
    outcome
}

/// The report, and below it what follows from it.
fn show(context: &Context, mut entry: Value, advice: &Advice) -> Result<(), CliError> {
    if !context.out.is_for_people() {
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("usable".to_owned(), json!(advice.usable));
            fields.insert("verdict".to_owned(), json!(advice.verdict));
            fields.insert("command".to_owned(), json!(advice.command));
            fields.insert("changes".to_owned(), json!(advice.changes));
        }
        return context.out.show(&entry, report::ORDER, report::special);
    }
    // People read what is known.
    if let Some(fields) = entry.as_object_mut() {
        if fields.get("name") == fields.get("address") {
            fields.remove("name");
        }
        fields.retain(|_, value| !value.is_null());
    }
    context.out.show(&entry, report::ORDER, report::special)?;
    let mut text = format!("\nWhat would work: {}", advice.verdict);
    if let Some(command) = &advice.command {
        text += &format!("\n  {command}");
    }
    if !advice.changes.is_empty() {
        text += "\nWhat to change:";
    }
    for change in &advice.changes {
        text += &format!("\n- {change}");
    }
    context.out.say(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_suites_are_tried_only_where_they_are_listed() {
        let of = |suites: Option<Vec<u8>>| {
            let findings = Findings {
                suites,
                ..Findings::default()
            };
            let numbers = self::suites(&findings).into_iter().map(u8::from);
            numbers.collect::<Vec<u8>>()
        };
        assert_eq!(of(None), [17, 3]);
        assert_eq!(of(Some(vec![3])), [17, 3], "lists are wrong now and then");
        assert_eq!(of(Some(vec![0, 3, 8, 12])), [17, 3, 12, 8]);
    }
}
