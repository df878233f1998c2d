//! A device of the interface `open` whose driver hangs.

#![cfg(test)]

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::json;

use crate::common::bench::{Bench, node};
use crate::common::wait::until;

/// A named pipe that nobody writes to: opening it blocks for good, as a driver that hangs does. One call that was stuck used
/// to be waited for without end, and with it the node's polling, its tasks and their deadlines.
#[test]
fn a_device_that_hangs_is_reported_and_holds_up_neither_another_node_nor_the_end() {
    let mut bench = Bench::start(vec![SimBmcConfig::new("n1")], "poll_interval_secs = 1\n");
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = directory.path().join("ipmi0");
    mkfifo(&device, Mode::S_IRWXU).unwrap();
    let stuck = json!({"name": "stuck", "bmc": {"interface": "open", "device": device}});
    bench.admin.post("/v1/nodes", &stuck).expect(201);

    bench.order_until(&node("n1"), "on", "done");
    bench.wait_power(&node("n1"), PowerState::On);

    let error = until("the stuck device to be reported", || {
        let seen = bench.at(&node("stuck"))["last_error"].clone();
        seen.as_str().map(str::to_owned)
    });
    let expected = format!(
        "the BMC behind {} did not answer chassis status",
        device.display()
    );
    assert!(error.starts_with(&expected), "{error}");
    assert!(bench.daemon.stop(), "it ends, and well");
}
