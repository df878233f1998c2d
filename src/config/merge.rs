//! Reads the files and lays them over each other: later files win, key by key; a list is replaced as a whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;

use super::error::{ConfigError, Place, Problem};
use super::fragments::{BudgetFragment, Fragment, List};
use super::keys;
use super::keystone::KeystoneInputs;
use super::netboot::NetbootInputs;

/// The name that makes a settings file look for drop-ins, and the directory that they are in.
const MAIN_NAME: &str = "ostler.toml";
const DROP_INS: &str = "ostler.toml.d";

/// A value and the place that it was read from.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) at: Place,
}

/// A value that some file may have given.
pub(super) type Input<T> = Option<Located<T>>;

/// A list whose items have places of their own.
pub(super) type Items = Vec<Located<String>>;

/// All files together, unchecked. The fields are those of the fragments.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) state_dir: Input<String>,
    pub(super) api: ApiInputs,
    pub(super) keystone: KeystoneInputs,
    pub(super) power: PowerInputs,
    pub(super) netboot: NetbootInputs,
    pub(super) limits: LimitsInputs,
    pub(super) events: EventsInputs,
    pub(super) log: LogInputs,
}

/// The section `[api]`.
#[derive(Debug, Default)]
pub(super) struct ApiInputs {
    pub(super) unix_socket: Input<String>,
    pub(super) unix_socket_group: Input<String>,
    pub(super) unix_socket_mode: Input<String>,
    pub(super) listen: Input<Items>,
    pub(super) allow_insecure_tcp: Input<bool>,
    pub(super) tls_certificate: Input<String>,
    pub(super) tls_key: Input<String>,
    pub(super) tls_client_ca: Input<String>,
    pub(super) public_url: Input<String>,
    pub(super) trusted_proxies: Input<Items>,
    pub(super) max_body_bytes: Input<i64>,
    pub(super) failed_sign_ins_per_min: Input<i64>,
    pub(super) max_connections: Input<i64>,
    pub(super) drain_secs: Input<i64>,
    pub(super) requests_per_sec: Input<i64>,
    pub(super) request_burst: Input<i64>,
}

/// The section `[power]`.
#[derive(Debug, Default)]
pub(super) struct PowerInputs {
    pub(super) poll_interval_secs: Input<i64>,
    pub(super) max_in_flight: Input<i64>,
    pub(super) change_deadline_secs: Input<i64>,
    pub(super) soft_deadline_secs: Input<i64>,
    pub(super) transition_grace_secs: Input<i64>,
    pub(super) unreachable_after_misses: Input<i64>,
    pub(super) backoff_max_secs: Input<i64>,
    pub(super) packets_per_sec: Input<i64>,
    pub(super) poll_session_secs: Input<i64>,
    pub(super) min_off_secs: Input<i64>,
    pub(super) own_guid: Input<String>,
    pub(super) budgets: Input<Vec<BudgetInputs>>,
}

/// An entry of `[[power.budgets]]`.
#[derive(Debug, Clone, Default)]
pub(super) struct BudgetInputs {
    pub(super) zone: Input<String>,
    pub(super) power_group: Input<String>,
    pub(super) max_power_ons: Input<i64>,
    pub(super) max_watts: Input<i64>,
    pub(super) per_secs: Input<i64>,
}

/// The section `[limits]`.
#[derive(Debug, Default)]
pub(super) struct LimitsInputs {
    pub(super) instances_per_project: Input<i64>,
}

/// The section `[events]`.
#[derive(Debug, Default)]
pub(super) struct EventsInputs {
    pub(super) keep_hours: Input<i64>,
}

/// The section `[log]`.
#[derive(Debug, Default)]
pub(super) struct LogInputs {
    pub(super) level: Input<String>,
    pub(super) format: Input<String>,
}

/// What a missing main file means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing: the defaults hold.
    Accept,
    /// An error: somebody named it.
    Refuse,
}

/// Reads `file` and its drop-ins.
pub(super) fn read(file: &Path, missing: Missing) -> Result<Inputs, ConfigError> {
    let mut inputs = Inputs::default();
    match fs::read(file) {
        Ok(bytes) => inputs.overlay(&Source::decode(file, bytes)?)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && missing == Missing::Accept => {}
        Err(source) => return Err(unreadable(file, source)),
    }
    for file in drop_ins(file)? {
        let bytes = fs::read(&file).map_err(|source| unreadable(&file, source))?;
        inputs.overlay(&Source::decode(&file, bytes)?)?;
    }
    Ok(inputs)
}

/// The same from a text.
pub(super) fn from_text(name: &Path, text: &str) -> Result<Inputs, ConfigError> {
    let mut inputs = Inputs::default();
    inputs.overlay(&Source::new(name, text.to_owned()))?;
    Ok(inputs)
}

fn unreadable(path: &Path, source: io::Error) -> ConfigError {
    ConfigError::Read {
        path: path.to_owned(),
        source,
    }
}

/// The drop-ins of `file` in name order. Hidden files and what does not end in `.toml` (editors' and package managers'
/// left-overs) are not drop-ins.
fn drop_ins(file: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    if file.file_name().is_none_or(|name| name != MAIN_NAME) {
        return Ok(Vec::new());
    }
    let directory = file.with_file_name(DROP_INS);
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(unreadable(&directory, source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|source| unreadable(&directory, source))?
            .path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden
            && path
                .extension()
                .is_some_and(|extension| extension == "toml")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// One file's text, to turn offsets into places.
pub(super) struct Source {
    path: Arc<Path>,
    text: String,
}

impl Source {
    fn new(path: &Path, text: String) -> Self {
        Self {
            path: path.into(),
            text,
        }
    }

    /// From the bytes of a file, which have to be UTF-8 as all of TOML is.
    fn decode(path: &Path, bytes: Vec<u8>) -> Result<Self, ConfigError> {
        let unreadable = match String::from_utf8(bytes) {
            Ok(text) => return Ok(Self::new(path, text)),
            Err(error) => error,
        };
        let end = unreadable.utf8_error().valid_up_to();
        let good = String::from_utf8_lossy(unreadable.as_bytes());
        let place = Self::new(path, good.into_owned()).place(end);
        Err(ConfigError::Invalid(vec![Problem {
            place: Some(place),
            key: String::new(),
            message: "here is a byte that is no UTF-8; save the file as UTF-8".to_owned(),
        }]))
    }

    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: Arc::clone(&self.path),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    fn located<T>(&self, value: Spanned<T>) -> Located<T> {
        Located {
            at: self.place(value.span().start),
            value: value.into_inner(),
        }
    }

    fn parse(&self) -> Result<Fragment, ConfigError> {
        let refuse = |key: String, error: &toml::de::Error| {
            let mut message = error.message().trim_end().replace('\n', "; ");
            if let Some(advice) = keys::advice(&key) {
                message = format!("{message}; write {advice}");
            }
            ConfigError::Invalid(vec![Problem {
                place: Some(self.place(error.span().map_or(0, |span| span.start))),
                key,
                message,
            }])
        };
        let deserializer =
            toml::Deserializer::parse(&self.text).map_err(|error| refuse(String::new(), &error))?;
        serde_path_to_error::deserialize(deserializer)
            .map_err(|error| refuse(key_of(error.path()), error.inner()))
    }
}

/// The key that a path leads to: its names, without the list positions and what the spans add.
fn key_of(path: &serde_path_to_error::Path) -> String {
    let names: Vec<&str> = path
        .iter()
        .filter_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(key.as_str()),
            serde_path_to_error::Segment::Seq { .. }
            | serde_path_to_error::Segment::Enum { .. }
            | serde_path_to_error::Segment::Unknown => None,
        })
        .filter(|name| !name.starts_with('$'))
        .collect();
    names.join(".")
}

impl Inputs {
    /// Lays one file over what is there.
    fn overlay(&mut self, source: &Source) -> Result<(), ConfigError> {
        let Fragment {
            state_dir,
            api,
            auth,
            power,
            netboot,
            limits,
            events,
            log,
        } = source.parse()?;
        let to = self;
        put(&mut to.state_dir, state_dir, source);
        put(&mut to.api.unix_socket, api.unix_socket, source);
        put(&mut to.api.unix_socket_group, api.unix_socket_group, source);
        put(&mut to.api.unix_socket_mode, api.unix_socket_mode, source);
        put_list(&mut to.api.listen, api.listen, source);
        put(
            &mut to.api.allow_insecure_tcp,
            api.allow_insecure_tcp,
            source,
        );
        put(&mut to.api.tls_certificate, api.tls_certificate, source);
        put(&mut to.api.tls_key, api.tls_key, source);
        put(&mut to.api.tls_client_ca, api.tls_client_ca, source);
        put(&mut to.api.public_url, api.public_url, source);
        put_list(&mut to.api.trusted_proxies, api.trusted_proxies, source);
        put(&mut to.api.max_body_bytes, api.max_body_bytes, source);
        let failed = api.failed_sign_ins_per_min;
        put(&mut to.api.failed_sign_ins_per_min, failed, source);
        put(&mut to.api.max_connections, api.max_connections, source);
        put(&mut to.api.drain_secs, api.drain_secs, source);
        put(&mut to.api.requests_per_sec, api.requests_per_sec, source);
        put(&mut to.api.request_burst, api.request_burst, source);
        to.keystone.overlay(auth.keystone, source);
        let at = &mut to.power;
        put(&mut at.poll_interval_secs, power.poll_interval_secs, source);
        put(&mut at.max_in_flight, power.max_in_flight, source);
        put(
            &mut at.change_deadline_secs,
            power.change_deadline_secs,
            source,
        );
        put(&mut at.soft_deadline_secs, power.soft_deadline_secs, source);
        put(
            &mut at.transition_grace_secs,
            power.transition_grace_secs,
            source,
        );
        put(
            &mut at.unreachable_after_misses,
            power.unreachable_after_misses,
            source,
        );
        put(&mut at.backoff_max_secs, power.backoff_max_secs, source);
        put(&mut at.packets_per_sec, power.packets_per_sec, source);
        put(&mut at.poll_session_secs, power.poll_session_secs, source);
        put(&mut at.min_off_secs, power.min_off_secs, source);
        put(&mut at.own_guid, power.own_guid, source);
        if let Some(budgets) = power.budgets {
            let Located { value, at: place } = source.located(budgets);
            let value = value.into_iter().map(|of| BudgetInputs::new(of, source));
            at.budgets = Some(Located {
                value: value.collect(),
                at: place,
            });
        }
        to.netboot.overlay(netboot, source);
        put(
            &mut to.limits.instances_per_project,
            limits.instances_per_project,
            source,
        );
        put(&mut to.events.keep_hours, events.keep_hours, source);
        put(&mut to.log.level, log.level, source);
        put(&mut to.log.format, log.format, source);
        Ok(())
    }
}

impl BudgetInputs {
    fn new(from: BudgetFragment, source: &Source) -> Self {
        let mut to = Self::default();
        put(&mut to.zone, from.zone, source);
        put(&mut to.power_group, from.power_group, source);
        put(&mut to.max_power_ons, from.max_power_ons, source);
        put(&mut to.max_watts, from.max_watts, source);
        put(&mut to.per_secs, from.per_secs, source);
        to
    }
}

pub(super) fn put<T>(to: &mut Input<T>, from: Option<Spanned<T>>, source: &Source) {
    if let Some(value) = from {
        *to = Some(source.located(value));
    }
}

pub(super) fn put_list(to: &mut Input<Items>, from: Option<Spanned<List>>, source: &Source) {
    if let Some(list) = from {
        let Located { value, at } = source.located(list);
        let value = value.into_iter().map(|item| source.located(item)).collect();
        *to = Some(Located { value, at });
    }
}
