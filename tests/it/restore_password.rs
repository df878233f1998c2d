//! A password that was on its way to a BMC when a backup was made is not lost by going back to it.
#![cfg(test)]

use std::fs;

use ostler::sim::{Faults, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{Bench, bmc_settings, node, register, tasks};
use crate::common::daemon::Daemon;
use crate::common::offline::{ostlerd, said};
use crate::common::sim::SimRack;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 60\ntransition_grace_secs = 1\n";
const NEW: &str = "Only-In-The-Bmc1";

#[test]
fn a_password_that_the_bmc_got_after_the_backup_is_found_again() {
    let rack = SimRack::start(vec![SimBmcConfig::new("n")]);
    let daemon = Daemon::with_power(POWER);
    let admin = daemon.unix();
    let bmc = rack.by_name("n").unwrap();
    let mut settings = bmc_settings(&bmc);
    settings["privilege_level"] = json!("administrator");
    register(&admin, "n", settings);
    let mut bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.wait_power(&node("n"), bmc.power());

    let dead = Faults {
        dead: true,
        ..Faults::default()
    };
    bmc.set_faults(dead);
    let rotation = format!("{}/rotate-password", node("n"));
    let order = json!({"password": NEW});
    bench.admin.post(&rotation, &order).expect(202);
    let taken = bench.admin.send("POST", "/v1/backup", None).expect(200);
    let file = bench.daemon.directory().join("backup.db");
    fs::write(&file, taken.body).unwrap();
    bmc.set_faults(Faults::default());
    until("the BMC to have the new password", || {
        (bmc.password("admin").as_deref() == Some(NEW)).then_some(())
    });
    bench.wait_power(&node("n"), bmc.power());

    assert!(bench.daemon.stop());
    let restored = ostlerd(&bench.daemon, &["restore", file.to_str().unwrap()]).output();
    let restored = restored.unwrap();
    assert!(restored.status.success(), "{}", said(&restored));
    bench.daemon.start_again();
    // Another one that is made up would not be taken: the BMC has to be asked which it has.
    let before = tasks(&bench.admin, &node("n"));
    bench.admin.post(&rotation, &json!({})).expect(202);
    bench.wait_task_after(&node("n"), &before, "done");
    assert_eq!(bmc.password("admin").as_deref(), Some(NEW));
    let maintenance = format!("{}/maintenance", node("n"));
    bench.admin.delete(&maintenance).expect(204);
    bench.wait_power(&node("n"), bmc.power());
}
