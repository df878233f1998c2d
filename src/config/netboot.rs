//! The section `[netboot]`, from what the files say to settings that hold.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::check::{Check, without_places};
use super::error::Place;
use super::fragments::NetbootFragment;
use super::keys::{self, Number};
use super::merge::{Input, Items, Source, put, put_list};
use super::settings::NetbootSettings;
use super::values;

/// What the files say of it.
#[derive(Debug, Default)]
pub(super) struct NetbootInputs {
    listen: Input<Items>,
    url: Input<String>,
    dhcp_dir: Input<String>,
    scrub_image: Input<String>,
    fetch_deadline_secs: Input<i64>,
    script_deadline_secs: Input<i64>,
    kernel_deadline_secs: Input<i64>,
    data_deadline_secs: Input<i64>,
    phone_home_deadline_secs: Input<i64>,
    retries: Input<i64>,
    window_secs: Input<i64>,
    max_file_mib: Input<i64>,
    max_store_mib: Input<i64>,
    keep_unused_hours: Input<i64>,
}

impl NetbootInputs {
    /// Lays one file over what is there.
    pub(super) fn overlay(&mut self, from: NetbootFragment, source: &Source) {
        put_list(&mut self.listen, from.listen, source);
        put(&mut self.url, from.url, source);
        put(&mut self.dhcp_dir, from.dhcp_dir, source);
        put(&mut self.scrub_image, from.scrub_image, source);
        for (to, from) in [
            (&mut self.fetch_deadline_secs, from.fetch_deadline_secs),
            (&mut self.script_deadline_secs, from.script_deadline_secs),
            (&mut self.kernel_deadline_secs, from.kernel_deadline_secs),
            (&mut self.data_deadline_secs, from.data_deadline_secs),
            (
                &mut self.phone_home_deadline_secs,
                from.phone_home_deadline_secs,
            ),
            (&mut self.retries, from.retries),
            (&mut self.window_secs, from.window_secs),
            (&mut self.max_file_mib, from.max_file_mib),
            (&mut self.max_store_mib, from.max_store_mib),
            (&mut self.keep_unused_hours, from.keep_unused_hours),
        ] {
            put(to, from, source);
        }
    }
}

impl Check {
    pub(super) fn netboot(&mut self, inputs: NetbootInputs) -> NetbootSettings {
        let default = NetbootSettings::default();
        let listen_at = inputs.listen.as_ref().map(|list| list.at.clone());
        let is_off = inputs
            .listen
            .as_ref()
            .is_none_or(|list| list.value.is_empty());
        let listen = self
            .list(&keys::NETBOOT_LISTEN, inputs.listen, |text| {
                text.parse().ok()
            })
            .map_or(default.listen, without_places);
        let url = self.text_or_none(&keys::NETBOOT_URL, inputs.url, values::base_url);
        if url == Some(None) {
            self.told_by_address(&listen, listen_at);
        }
        let dhcp_dir =
            self.text_or_none(&keys::NETBOOT_DHCP_DIR, inputs.dhcp_dir, directory_or_none);
        let scrub_at = inputs.scrub_image.as_ref().map(|input| input.at.clone());
        let scrub_image =
            self.text_or_none(&keys::NETBOOT_SCRUB_IMAGE, inputs.scrub_image, name_or_none);
        if is_off && matches!(scrub_image, Some(Some(_))) {
            self.wiped_by_nobody(scrub_at);
        }
        let max_file = self.mib(
            &keys::NETBOOT_MAX_FILE,
            inputs.max_file_mib,
            default.max_file_bytes,
        );
        let max_store = self.mib(
            &keys::NETBOOT_MAX_STORE,
            inputs.max_store_mib,
            default.max_store_bytes,
        );
        let keep = self.number(&keys::NETBOOT_KEEP, inputs.keep_unused_hours);
        let retries = self.number(&keys::NETBOOT_RETRIES, inputs.retries);
        let mut seconds = |key: &Number, input, default| self.seconds(key, input, default);
        NetbootSettings {
            listen,
            url: url.flatten(),
            dhcp_dir: dhcp_dir.flatten(),
            scrub_image: scrub_image.flatten(),
            fetch_deadline: seconds(
                &keys::NETBOOT_FETCH,
                inputs.fetch_deadline_secs,
                default.fetch_deadline,
            ),
            script_deadline: seconds(
                &keys::NETBOOT_SCRIPT,
                inputs.script_deadline_secs,
                default.script_deadline,
            ),
            kernel_deadline: seconds(
                &keys::NETBOOT_KERNEL,
                inputs.kernel_deadline_secs,
                default.kernel_deadline,
            ),
            data_deadline: seconds(
                &keys::NETBOOT_DATA,
                inputs.data_deadline_secs,
                default.data_deadline,
            ),
            phone_home_deadline: seconds(
                &keys::NETBOOT_PHONE_HOME,
                inputs.phone_home_deadline_secs,
                default.phone_home_deadline,
            ),
            retries: retries.unwrap_or(default.retries),
            window: seconds(&keys::NETBOOT_WINDOW, inputs.window_secs, default.window),
            max_file_bytes: max_file,
            max_store_bytes: max_store,
            keep_unused: keep.map_or(default.keep_unused, |hours| {
                Duration::from_secs(u64::from(hours) * 60 * 60)
            }),
        }
    }

    /// Machines are given one URL: where no address tells it, the settings have to.
    fn told_by_address(&mut self, listen: &[SocketAddr], at: Option<Place>) {
        let is_told = match listen {
            [] => true,
            [one] => !one.ip().to_canonical().is_unspecified() && one.port() != 0,
            _ => false,
        };
        if !is_told {
            let message = format!(
                "which of its addresses machines reach the boot service at is not told; set {} to {}",
                keys::NETBOOT_URL.key,
                keys::NETBOOT_URL.write
            );
            self.refuse(keys::NETBOOT_LISTEN.key, at, message);
        }
    }

    /// Machines would be freed as they are, where the settings say that they are wiped before.
    fn wiped_by_nobody(&mut self, at: Option<Place>) {
        let message = format!(
            "no machine would be wiped, because network boot is off; set {} to {}, or write \"\"",
            keys::NETBOOT_LISTEN.key,
            keys::NETBOOT_LISTEN.write
        );
        self.refuse(keys::NETBOOT_SCRUB_IMAGE.key, at, message);
    }

    fn mib(&mut self, key: &Number, input: Input<i64>, default: u64) -> u64 {
        self.number(key, input)
            .map_or(default, |mib| u64::from(mib) << 20)
    }
}

fn directory_or_none(text: &str) -> Option<Option<PathBuf>> {
    if text.is_empty() {
        return Some(None);
    }
    values::absolute(text).map(Some)
}

fn name_or_none(text: &str) -> Option<Option<String>> {
    let is_good = text.is_empty() || !(text.trim().is_empty() || text.contains(char::is_control));
    is_good.then(|| Some(text.to_owned()).filter(|text| !text.is_empty()))
}
