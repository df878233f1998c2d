//! From what the files say to settings that hold: every value is checked, and everything that is wrong is reported.

use std::net::SocketAddr;
use std::time::Duration;

use super::error::{ConfigError, Place, Problem};
use super::keys::{self, Number, Other};
use super::merge::{
    ApiInputs, BudgetInputs, EventsInputs, Input, Inputs, Items, LimitsInputs, Located, LogInputs,
    PowerInputs,
};
use super::settings::{
    ApiSettings, EventSettings, LimitSettings, LogSettings, PowerOnBudget, PowerSettings,
    RequestRate, Settings, TlsFiles,
};
use super::values;

/// Checks everything, and reports everything that is wrong.
pub(super) fn validate(inputs: Inputs) -> Result<Settings, ConfigError> {
    let mut check = Check::default();
    let settings = Settings {
        state_dir: check
            .text(&keys::STATE_DIR, inputs.state_dir, values::absolute)
            .unwrap_or_else(|| Settings::default().state_dir),
        api: check.api(inputs.api),
        keystone: check.keystone(inputs.keystone),
        power: check.power(inputs.power),
        netboot: check.netboot(inputs.netboot),
        limits: check.limits(inputs.limits),
        events: check.events(inputs.events),
        log: check.log(inputs.log),
    };
    if check.problems.is_empty() {
        Ok(settings)
    } else {
        Err(ConfigError::Invalid(check.problems))
    }
}

/// What was said about TLS.
#[derive(PartialEq, Eq)]
enum Tls {
    Off,
    On(TlsFiles),
    /// Something that cannot be used, which was noted.
    Wrong,
}

/// What went wrong so far. Each method gives back a value that is good, or `None` after it has noted a problem or
/// where nothing was said.
#[derive(Default)]
pub(super) struct Check {
    problems: Vec<Problem>,
}

impl Check {
    pub(super) fn refuse(&mut self, key: &str, place: Option<Place>, message: String) {
        self.problems.push(Problem {
            place,
            key: key.to_owned(),
            message,
        });
    }

    /// A text that `read` understands.
    pub(super) fn text<T>(
        &mut self,
        key: &Other,
        input: Input<String>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let Located { value, at } = input?;
        let good = read(&value);
        if good.is_none() {
            let message = format!("{value:?} cannot be used; write {}", key.write);
            self.refuse(key.key, Some(at), message);
        }
        good
    }

    /// A list of texts, all of which `read` understands, with the places of the items.
    pub(super) fn list<T>(
        &mut self,
        key: &Other,
        input: Input<Items>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<Located<T>>> {
        let items = input?.value;
        let mut good = Vec::with_capacity(items.len());
        for item in items {
            let at = item.at.clone();
            if let Some(value) = self.text(key, Some(item), &read) {
                good.push(Located { value, at });
            }
        }
        Some(good)
    }

    pub(super) fn number(&mut self, number: &Number, input: Input<i64>) -> Option<u32> {
        let Located { value, at } = input?;
        let good = u32::try_from(value)
            .ok()
            .filter(|value| (number.min..=number.max).contains(value));
        if good.is_none() {
            let message = format!("{value} is out of range; write {}", number.advice());
            self.refuse(number.key, Some(at), message);
        }
        good
    }

    pub(super) fn count(&mut self, number: &Number, input: Input<i64>, default: usize) -> usize {
        self.number(number, input)
            .and_then(|value| usize::try_from(value).ok())
            .unwrap_or(default)
    }

    pub(super) fn seconds(
        &mut self,
        number: &Number,
        input: Input<i64>,
        default: Duration,
    ) -> Duration {
        self.number(number, input)
            .map_or(default, |secs| Duration::from_secs(u64::from(secs)))
    }

    fn api(&mut self, inputs: ApiInputs) -> ApiSettings {
        let default = ApiSettings::default();
        let allow_insecure_tcp = inputs
            .allow_insecure_tcp
            .map_or(default.allow_insecure_tcp, |input| input.value);
        let tls = self.tls(inputs.tls_certificate, inputs.tls_key, inputs.tls_client_ca);
        let may_leave = allow_insecure_tcp || tls != Tls::Off;
        let unix_socket = self
            .text(&keys::UNIX_SOCKET, inputs.unix_socket, values::socket_path)
            .unwrap_or(default.unix_socket);
        let listen_at = inputs.listen.as_ref().map(|list| list.at.clone());
        let listen = self.listen(inputs.listen, may_leave, default.listen);
        if unix_socket.is_none() && listen.is_empty() && self.problems.is_empty() {
            let message = "no Unix socket and no TCP address: nobody could reach the daemon; name at least one of \
                           api.unix_socket and api.listen";
            self.refuse(keys::LISTEN.key, listen_at, message.to_owned());
        }
        ApiSettings {
            unix_socket,
            unix_socket_group: self
                .text(
                    &keys::UNIX_SOCKET_GROUP,
                    inputs.unix_socket_group,
                    values::group_name,
                )
                .unwrap_or(default.unix_socket_group),
            unix_socket_mode: self
                .text(
                    &keys::UNIX_SOCKET_MODE,
                    inputs.unix_socket_mode,
                    values::mode,
                )
                .unwrap_or(default.unix_socket_mode),
            listen,
            allow_insecure_tcp,
            tls: match tls {
                Tls::On(files) => Some(files),
                Tls::Off | Tls::Wrong => None,
            },
            public_url: self
                .text(&keys::PUBLIC_URL, inputs.public_url, values::base_url)
                .unwrap_or(default.public_url),
            trusted_proxies: self
                .list(
                    &keys::TRUSTED_PROXIES,
                    inputs.trusted_proxies,
                    values::network,
                )
                .map_or(default.trusted_proxies, without_places),
            max_body_bytes: self.count(
                &keys::MAX_BODY,
                inputs.max_body_bytes,
                default.max_body_bytes,
            ),
            failed_sign_ins_per_min: self
                .number(&keys::FAILED_SIGN_INS, inputs.failed_sign_ins_per_min)
                .unwrap_or(default.failed_sign_ins_per_min),
            max_connections: self.count(
                &keys::MAX_CONNECTIONS,
                inputs.max_connections,
                default.max_connections,
            ),
            drain: self.seconds(&keys::DRAIN, inputs.drain_secs, default.drain),
            request_rate: self.request_rate(inputs.requests_per_sec, inputs.request_burst),
        }
    }

    /// 0 requests in a second turn the limit off, whatever the burst is.
    fn request_rate(&mut self, per_sec: Input<i64>, burst: Input<i64>) -> Option<RequestRate> {
        let burst = self.number(&keys::REQUEST_BURST, burst);
        let per_sec = self.number(&keys::REQUESTS, per_sec)?;
        (per_sec > 0).then_some(RequestRate {
            per_sec,
            burst: burst.unwrap_or(RequestRate::USUAL_BURST),
        })
    }

    fn limits(&mut self, inputs: LimitsInputs) -> LimitSettings {
        let most = self.number(&keys::INSTANCES_PER_PROJECT, inputs.instances_per_project);
        LimitSettings {
            instances_per_project: most.filter(|most| *most > 0),
        }
    }

    /// Certificate and key: both or none. The authorities of clients: only with them.
    fn tls(
        &mut self,
        certificate: Input<String>,
        key: Input<String>,
        client_ca: Input<String>,
    ) -> Tls {
        let at = |input: &Input<String>| input.as_ref().map(|input| input.at.clone());
        let (certificate_at, key_at) = (at(&certificate), at(&key));
        let client_ca_at = at(&client_ca);
        let read = values::file_or_credential;
        let files = [
            self.text_or_none(&keys::TLS_CERTIFICATE, certificate, read),
            self.text_or_none(&keys::TLS_KEY, key, read),
            self.text_or_none(&keys::TLS_CLIENT_CA, client_ca, read),
        ];
        let [Some(certificate), Some(key), Some(client_ca)] = files else {
            return Tls::Wrong;
        };
        let (missing, there, place) = match (certificate, key) {
            (Some(certificate), Some(key)) => {
                return Tls::On(TlsFiles {
                    certificate,
                    key,
                    client_ca,
                });
            }
            (None, None) if client_ca.is_some() => {
                (&keys::TLS_CERTIFICATE, &keys::TLS_CLIENT_CA, client_ca_at)
            }
            (None, None) => return Tls::Off,
            (Some(_), None) => (&keys::TLS_KEY, &keys::TLS_CERTIFICATE, certificate_at),
            (None, Some(_)) => (&keys::TLS_CERTIFICATE, &keys::TLS_KEY, key_at),
        };
        let message = format!(
            "TLS needs both files, and {} is not set; set it to {}",
            missing.key, missing.write
        );
        self.refuse(there.key, place, message);
        Tls::Wrong
    }

    /// A text that `read` understands, where nothing is as good as what `read` makes of an empty one. `None` after a problem.
    pub(super) fn text_or_none<T>(
        &mut self,
        key: &Other,
        input: Input<String>,
        read: impl FnOnce(&str) -> Option<Option<T>>,
    ) -> Option<Option<T>> {
        match input {
            Some(input) => self.text(key, Some(input), read),
            None => Some(None),
        }
    }

    fn listen(
        &mut self,
        input: Input<Items>,
        may_leave: bool,
        default: Vec<SocketAddr>,
    ) -> Vec<SocketAddr> {
        let Some(found) = self.list(&keys::LISTEN, input, |text| text.parse().ok()) else {
            return default;
        };
        let mut listen: Vec<SocketAddr> = Vec::with_capacity(found.len());
        for Located { value, at } in found {
            if listen.contains(&value) && value.port() != 0 {
                let message = format!("{value} stands there twice; write it once");
                self.refuse(keys::LISTEN.key, Some(at), message);
            } else if !value.ip().to_canonical().is_loopback() && !may_leave {
                let message = format!(
                    "{value} can be reached from other machines, and without TLS tokens would cross the network in \
                     clear; set api.tls_certificate and api.tls_key, or write a loopback address, or set \
                     api.allow_insecure_tcp = true if the network is trusted"
                );
                self.refuse(keys::LISTEN.key, Some(at), message);
            } else {
                listen.push(value);
            }
        }
        listen
    }

    fn power(&mut self, inputs: PowerInputs) -> PowerSettings {
        let default = PowerSettings::default();
        PowerSettings {
            poll_interval: self.seconds(
                &keys::POLL_INTERVAL,
                inputs.poll_interval_secs,
                default.poll_interval,
            ),
            max_in_flight: self.count(
                &keys::MAX_IN_FLIGHT,
                inputs.max_in_flight,
                default.max_in_flight,
            ),
            change_deadline: self.seconds(
                &keys::CHANGE_DEADLINE,
                inputs.change_deadline_secs,
                default.change_deadline,
            ),
            soft_deadline: self.seconds(
                &keys::SOFT_DEADLINE,
                inputs.soft_deadline_secs,
                default.soft_deadline,
            ),
            transition_grace: self.seconds(
                &keys::TRANSITION_GRACE,
                inputs.transition_grace_secs,
                default.transition_grace,
            ),
            unreachable_after_misses: self
                .number(&keys::UNREACHABLE_AFTER, inputs.unreachable_after_misses)
                .unwrap_or(default.unreachable_after_misses),
            backoff_max: self.seconds(
                &keys::BACKOFF_MAX,
                inputs.backoff_max_secs,
                default.backoff_max,
            ),
            packets_per_sec: self
                .number(&keys::PACKETS, inputs.packets_per_sec)
                .unwrap_or(default.packets_per_sec),
            poll_session: self.seconds(
                &keys::POLL_SESSION,
                inputs.poll_session_secs,
                default.poll_session,
            ),
            min_off: self.seconds(&keys::MIN_OFF, inputs.min_off_secs, default.min_off),
            own_guid: self
                .text(&keys::OWN_GUID, inputs.own_guid, values::guid)
                .unwrap_or(default.own_guid),
            budgets: self.budgets(inputs.budgets),
        }
    }

    fn budgets(&mut self, inputs: Input<Vec<BudgetInputs>>) -> Vec<PowerOnBudget> {
        let Some(Located { value, at }) = inputs else {
            return Vec::new();
        };
        let budgets = value.into_iter().map(|of| {
            let name = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
            let budget = PowerOnBudget {
                zone: self.text(&keys::BUDGET_ZONE, of.zone, name),
                power_group: self.text(&keys::BUDGET_GROUP, of.power_group, name),
                power_ons: self.number(&keys::BUDGET_POWER_ONS, of.max_power_ons),
                watts: self.number(&keys::BUDGET_WATTS, of.max_watts),
                per: self.seconds(&keys::BUDGET_PER, of.per_secs, Duration::from_secs(10)),
            };
            if budget.power_ons.is_none() && budget.watts.is_none() {
                let message = format!(
                    "a budget without a limit; write {} or {}",
                    keys::BUDGET_POWER_ONS.key,
                    keys::BUDGET_WATTS.key
                );
                self.refuse(keys::BUDGETS.key, Some(at.clone()), message);
            }
            budget
        });
        budgets.collect()
    }

    fn events(&mut self, inputs: EventsInputs) -> EventSettings {
        let hours = self.number(&keys::KEEP_EVENTS, inputs.keep_hours);
        EventSettings {
            keep: hours.map_or(EventSettings::default().keep, |hours| {
                Duration::from_secs(u64::from(hours) * 60 * 60)
            }),
        }
    }

    fn log(&mut self, inputs: LogInputs) -> LogSettings {
        let default = LogSettings::default();
        LogSettings {
            level: self
                .text(&keys::LOG_LEVEL, inputs.level, values::level)
                .unwrap_or(default.level),
            format: self
                .text(&keys::LOG_FORMAT, inputs.format, values::log_format)
                .unwrap_or(default.format),
        }
    }
}

pub(super) fn without_places<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|item| item.value).collect()
}
