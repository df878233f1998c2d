//! What each part of the daemon needs to know of the settings.

use std::time::Duration;

use crate::api::ApiSettings;
use crate::api::rate::Rate;
use crate::bmc::BmcSettings;
use crate::config::{NetbootSettings, Settings};
use crate::service::{Deadlines, Defaults, NetbootDefaults};
use crate::store::image_file;
use crate::worker::dhcp::DhcpFiles;
use crate::worker::{NetbootPace, WorkerSettings};

/// For the API.
pub(super) fn api(settings: &Settings) -> ApiSettings {
    let api = &settings.api;
    ApiSettings {
        public_url: api.public_url.clone(),
        trusted_proxies: api.trusted_proxies.clone(),
        failed_sign_ins_per_min: api.failed_sign_ins_per_min,
        max_body_bytes: api.max_body_bytes,
        own_uid: nix::unistd::geteuid().as_raw(),
        request_rate: api.request_rate.map(|rate| Rate {
            per_sec: rate.per_sec,
            burst: rate.burst,
        }),
    }
}

/// For the use cases. `started` are the settings that the daemon was started with: where it boots machines does not change.
pub(super) fn defaults(settings: &Settings, started: &Settings) -> Defaults {
    Defaults {
        deadlines: Deadlines {
            change: settings.power.change_deadline,
            soft: settings.power.soft_deadline,
        },
        instances_per_project: settings.limits.instances_per_project,
        netboot: netboot_base(started).map(|base| NetbootDefaults {
            base,
            fetch_deadline: settings.netboot.fetch_deadline,
            scrub_image: settings.netboot.scrub_image.clone(),
        }),
    }
}

/// For the loop that writes files for dnsmasq; `None` where nobody reads them.
pub(super) fn dhcp_files(settings: &Settings) -> Option<DhcpFiles> {
    Some(DhcpFiles {
        directory: settings.netboot.dhcp_dir.clone()?,
        base: netboot_base(settings),
    })
}

/// The base of the URLs that machines are given; `None` where there is no network boot.
pub(super) fn netboot_base(settings: &Settings) -> Option<String> {
    let netboot = &settings.netboot;
    let first = netboot.listen.first()?;
    let url = netboot.url.clone();
    Some(url.unwrap_or_else(|| format!("http://{first}")))
}

/// For the driver of BMCs.
pub(super) fn bmcs(settings: &Settings) -> BmcSettings {
    let power = &settings.power;
    BmcSettings {
        max_in_flight: power.max_in_flight,
        silence_pause: silence_pause(settings),
        grace: power.transition_grace,
        packets_per_sec: power.packets_per_sec,
        poll_linger: power.poll_session,
        ..BmcSettings::default()
    }
}

/// The driver's rests double up to sixteen times this; none is longer than the longest pause that the settings allow.
fn silence_pause(settings: &Settings) -> Duration {
    let longest = settings.power.backoff_max / 16;
    BmcSettings::default().silence_pause.min(longest)
}

/// For the loops. `started` are the settings that the daemon was started with: some hold until its end.
pub(super) fn workers(settings: &Settings, started: &Settings) -> WorkerSettings {
    let power = &settings.power;
    WorkerSettings {
        poll_interval: power.poll_interval,
        max_in_flight: started.power.max_in_flight,
        change_deadline: power.change_deadline,
        soft_deadline: power.soft_deadline,
        grace: power.transition_grace,
        unreachable_after_misses: power.unreachable_after_misses,
        backoff_max: power.backoff_max,
        min_off: power.min_off,
        keep_events: settings.events.keep,
        netboot: pace(&settings.netboot, netboot_base(started).is_some()),
    }
}

/// For the files of images.
pub(super) fn files(settings: &Settings) -> image_file::Limits {
    image_file::Limits {
        file: settings.netboot.max_file_bytes,
        all: settings.netboot.max_store_bytes,
    }
}

fn pace(netboot: &NetbootSettings, is_on: bool) -> NetbootPace {
    NetbootPace {
        is_on,
        fetch: netboot.fetch_deadline,
        script: netboot.script_deadline,
        kernel: netboot.kernel_deadline,
        data: netboot.data_deadline,
        phone_home: netboot.phone_home_deadline,
        retries: netboot.retries,
        window: netboot.window,
        keep_unused: netboot.keep_unused,
    }
}
