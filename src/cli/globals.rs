//! The options that every command has: where the daemon is, who is asking, and how to show the answer.

use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};

use crate::cli::Context;
use crate::cli::client::{Client, ClientError};
use crate::cli::endpoint::Endpoint;
use crate::cli::exit::CliError;
use crate::cli::output::{Output, complain};
use crate::cli::trust::showing;
use crate::cli::{parse, password};
use crate::model::secret::Secret;
use crate::system::trust;

/// Where the daemon listens unless its settings say otherwise.
const DEFAULT_SOCKET: &str = "/run/ostler/ostler.sock";

/// The heading of these options in the help.
const HEADING: &str = "Options of every command";

/// The global options.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct Globals {
    /// The daemon's Unix socket
    #[arg(long, global = true, value_name = "PATH", env = "OSTLER_SOCKET", hide_env_values = true, default_value = DEFAULT_SOCKET)]
    socket: PathBuf,
    /// Reach the daemon over TCP instead, for example https://rack7:6688
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "OSTLER_URL",
        hide_env_values = true
    )]
    url: Option<String>,
    /// With https, believe only in the authorities in this PEM file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "OSTLER_CA_FILE",
        hide_env_values = true
    )]
    ca_file: Option<PathBuf>,
    /// With https, sign in with the certificate in this PEM file, unless there is a token
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "OSTLER_CERT",
        hide_env_values = true
    )]
    cert: Option<PathBuf>,
    /// The certificate's key, if it is not in the same file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "OSTLER_KEY",
        hide_env_values = true
    )]
    key: Option<PathBuf>,
    /// Sign in with the token in this file; OSTLER_TOKEN holds a token itself
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    // Reads OSTLER_TOKEN; on the command line it is refused with a reason instead of "unexpected argument".
    #[arg(long, global = true, hide = true, env = "OSTLER_TOKEN", hide_env_values = true, value_parser = parse::secret)]
    token: Option<Secret<String>>,
    /// Act in this project, where you may choose; for 'token create' the project of the token
    #[arg(long, global = true, value_name = "PROJECT")]
    project: Option<String>,
    /// How long --wait waits; for a power order also how long ostlerd tries (1 to 3600)
    #[arg(long, global = true, value_name = "SECS", value_parser = parse::seconds)]
    timeout: Option<Duration>,
    /// Print the daemon's JSON instead of tables; a list is an array
    #[arg(long, global = true)]
    json: bool,
    /// Print only identifiers, and nothing about progress
    #[arg(long, short, global = true)]
    quiet: bool,
    /// No colours; there are none either where NO_COLOR is set or the output is not a terminal
    #[arg(long, global = true)]
    no_color: bool,
    #[arg(
        long = "no-color-variable",
        global = true,
        hide = true,
        env = "NO_COLOR"
    )]
    no_color_variable: Option<String>,
}

impl Globals {
    /// The same, and nothing is said beside the output.
    pub(crate) fn silent(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// What the commands get. `makes_a_token` says that `--project` is not about this call.
    pub(crate) fn context(
        self,
        matches: &ArgMatches,
        makes_a_token: bool,
    ) -> Result<Context, CliError> {
        if matches.value_source("token") == Some(ValueSource::CommandLine) {
            return Err(CliError::Usage(
                "a token on the command line can be seen by everyone on this machine: \
                 use --token-file or the variable OSTLER_TOKEN"
                    .to_owned(),
            ));
        }
        let endpoint = self.endpoint(matches)?;
        let mut client = self.client(endpoint)?;
        let token = match &self.token_file {
            Some(path) => Some(password::from_file(path)?),
            None => self.token.filter(|token| !token.expose().is_empty()),
        };
        if let Some(token) = token {
            if let Endpoint::Http(base) = client.endpoint()
                && !base.is_tls()
                && !base.is_loopback()
                && !self.quiet
            {
                complain("warning: the token crosses the network unencrypted");
            }
            client = client.with_token(token);
        }
        if let Some(project) = &self.project
            && !makes_a_token
        {
            client = client.with_project(project);
        }
        let plain = self.no_color || self.no_color_variable.is_some_and(|v| !v.is_empty());
        Ok(Context {
            client,
            out: Output::new(self.json, self.quiet, plain),
            timeout: self.timeout,
            project: self.project,
        })
    }

    fn client(&self, endpoint: Endpoint) -> Result<Client, CliError> {
        if !matches!(&endpoint, Endpoint::Http(base) if base.is_tls()) {
            return Ok(Client::new(endpoint));
        }
        let given = |file: &Option<PathBuf>| {
            let file = file.as_deref()?;
            (!file.as_os_str().is_empty()).then(|| file.to_owned())
        };
        let trust = match given(&self.ca_file) {
            Some(file) => trust::in_those_of(&file)?,
            None => trust::in_whom_this_machine_does().unwrap_or_else(|_| trust::in_nobody()),
        };
        let tls = match (given(&self.cert), given(&self.key)) {
            (Some(cert), key) => {
                let key = key.unwrap_or_else(|| cert.clone());
                showing(trust, &cert, &key)?
            }
            (None, Some(_)) => {
                return Err(CliError::Usage(
                    "--key is the key of a certificate: give that with --cert or OSTLER_CERT"
                        .to_owned(),
                ));
            }
            (None, None) => trust.with_no_client_auth(),
        };
        Ok(Client::over(endpoint, || tls))
    }

    /// What stands on the command line goes before what the environment says; of two variables the URL counts.
    fn endpoint(&self, matches: &ArgMatches) -> Result<Endpoint, CliError> {
        let given = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        let url = self.url.as_deref().filter(|url| !url.is_empty());
        match (given("socket"), given("url"), url) {
            (true, true, _) => Err(CliError::Usage(
                "--socket and --url exclude each other: there is one daemon to talk to".to_owned(),
            )),
            (false, _, Some(url)) => {
                Endpoint::parse(url).map_err(|bad| ClientError::Url(bad).into())
            }
            (true, _, _) | (_, _, None) => Ok(Endpoint::Unix(self.socket.clone())),
        }
    }
}
