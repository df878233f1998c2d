//! What systemd is told: ready, status, reloading, stopping, alive.
//!
//! Without systemd (no `NOTIFY_SOCKET`) nothing is sent. A message that cannot be sent is a warning in the log: the
//! daemon goes on.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::MissedTickBehavior;

/// Everything is up, and clients are served. Also ends a reload.
pub fn ready(status_text: &str) {
    send(&[
        NotifyState::Ready,
        NotifyState::Status(&one_line(status_text)),
    ]);
}

/// What the daemon is doing now, for `systemctl status`.
pub fn status(text: &str) {
    send(&[NotifyState::Status(&one_line(text))]);
}

/// The settings are being read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "cannot read the clock that systemd wants to be told"),
    }
}

/// The daemon is going down.
pub fn stopping(status_text: &str) {
    send(&[
        NotifyState::Stopping,
        NotifyState::Status(&one_line(status_text)),
    ]);
}

/// Whether anybody is told anything.
pub fn is_listened_to() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is no setting: the service manager says here where it listens"
    )]
    let socket = std::env::var("NOTIFY_SOCKET");
    socket.is_ok()
}

/// How often systemd wants to hear that the daemon is alive: half of what it tolerates (`WATCHDOG_USEC`). `None` where
/// it does not want to.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
        .map(|tolerated| tolerated / 2)
        .filter(|interval| !interval.is_zero())
}

/// Tells systemd every `interval` that the daemon is alive, as long as `probe` says so: forever. A probe that never
/// answers is the case that the watchdog is for.
pub async fn run_watchdog<F>(interval: Duration, mut probe: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if probe().await {
            send(&[NotifyState::Watchdog]);
        }
    }
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "cannot tell systemd how the daemon is");
    }
}

/// The protocol is made of lines: a status with a line break in it could say anything.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::system::child;
    use crate::system::shutdown::Shutdown;

    #[test]
    fn systemd_hears_what_the_daemon_does() {
        if child::is_child() {
            ready("8 nodes\nMAINPID=1");
            status("polling");
            reloading();
            stopping("draining");
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        child::run(
            "system::notify::tests::systemd_hears_what_the_daemon_does",
            |command| {
                command.env("NOTIFY_SOCKET", &path);
            },
        );
        let mut heard = Vec::new();
        for _ in 0..4 {
            let mut buffer = [0; 256];
            let length = socket.recv(&mut buffer).unwrap();
            heard.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
        }
        assert_eq!(heard[0], "READY=1\nSTATUS=8 nodes MAINPID=1\n");
        assert_eq!(heard[1], "STATUS=polling\n");
        let now = heard[2]
            .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
            .unwrap();
        assert!(now.trim_end().parse::<u64>().unwrap() > 0);
        assert_eq!(heard[3], "STOPPING=1\nSTATUS=draining\n");
    }

    #[test]
    fn the_watchdog_is_fed_at_half_its_time_and_only_while_the_probe_says_so() {
        if child::is_child() {
            assert_eq!(watchdog_interval(), Some(Duration::from_millis(20)));
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            let asked_enough = Shutdown::new();
            let mut asked = 0;
            runtime.block_on(async {
                let feeding = run_watchdog(Duration::from_millis(20), || {
                    asked += 1;
                    let (answer, enough) = (asked, asked_enough.clone());
                    async move {
                        match answer {
                            1 | 3 => true,
                            2 => false,
                            _ => {
                                enough.trigger();
                                std::future::pending().await
                            }
                        }
                    }
                });
                tokio::select! {
                    () = feeding => unreachable!("it feeds forever"),
                    () = asked_enough.triggered() => {}
                }
            });
            assert_eq!(asked, 4);
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        child::run(
            "system::notify::tests::the_watchdog_is_fed_at_half_its_time_and_only_while_the_probe_says_so",
            |command| {
                command
                    .env("NOTIFY_SOCKET", &path)
                    .env("WATCHDOG_USEC", "40000")
                    .env_remove("WATCHDOG_PID");
            },
        );
        socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 256];
        for _ in 0..2 {
            let length = socket.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], b"WATCHDOG=1\n");
        }
        assert!(socket.recv(&mut buffer).is_err(), "fed against the probe");
    }

    #[test]
    fn without_systemd_nothing_happens() {
        if !child::is_child() {
            return child::run(
                "system::notify::tests::without_systemd_nothing_happens",
                |command| {
                    command
                        .env_remove("NOTIFY_SOCKET")
                        .env("WATCHDOG_USEC", "soon");
                },
            );
        }
        ready("");
        stopping("");
        assert_eq!(watchdog_interval(), None);
    }

    #[test]
    fn a_systemd_that_is_gone_stops_nothing() {
        if !child::is_child() {
            return child::run(
                "system::notify::tests::a_systemd_that_is_gone_stops_nothing",
                |command| {
                    command.env("NOTIFY_SOCKET", "/nonexistent/notify");
                },
            );
        }
        ready("all is well");
    }
}
