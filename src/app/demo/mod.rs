//! `ostlerd demo`: the main job on a simulated rack, told step by step and checked at each.
//!
//! Everything is real but the machines: the daemon is [`crate::app::daemon`], with its own directory for state; the BMCs are
//! [`crate::sim`], which speak RMCP+ over UDP on loopback; and the story is a client of the API like any other, on the
//! daemon's Unix socket. No step counts as done because the API says so: the simulated machine is asked as well (`truth`).
//!
//! Nothing is left behind: not at the end, not after an error, not after Ctrl-C. Start reading in `story`.

mod commands;
mod narrator;
mod parts;
mod rack;
mod stage;
mod story;
mod teller;
mod truth;
mod workspace;

use std::io;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::app::demo::commands::{Suggestion, suggestions};
use crate::app::demo::narrator::{Narrator, seconds};
use crate::app::demo::rack::{MACHINES, Machine, Reach};
use crate::app::demo::stage::{Keyboard, Stage};
use crate::app::demo::teller::{TaleError, Teller, text};
use crate::app::demo::truth::{Findings, check_sessions};
use crate::app::demo::workspace::Workspace;
use crate::cli::client::Client;
use crate::sim::{Counters, Rack};
use crate::telemetry::{self, Format};
use crate::time;

/// How long a BMC that loses packets may take to end a session that it lost track of.
const LATE_SESSIONS: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

const OPENING: [&str; 4] = [
    "Ostler at work on a simulated rack: 8 machines, whose BMCs speak real IPMI (RMCP+) over UDP.",
    "All of it stays on this machine's loopback and in a directory of its own, gone at the end.",
    "Every step is checked twice: by what Ostler's API says, and by what the machine itself says",
    "and has counted.",
];

/// Options of the demo.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after the story, with exit status 0 if all of it was true.
    #[arg(long)]
    pub once: bool,
    /// Show the daemon's log as well.
    #[arg(long, short)]
    pub verbose: bool,
    /// No colours; there are none either where NO_COLOR is set or the output is not a terminal.
    #[arg(long)]
    pub no_color: bool,
    #[arg(
        long = "no-color-variable",
        hide = true,
        env = "NO_COLOR",
        hide_env_values = true
    )]
    no_color_variable: Option<String>,
}

/// Runs it, until the story is over or until somebody ends it.
///
/// # Errors
/// Something could not be started, was not true, or was ended before the end of the story.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    telemetry::start(if args.verbose { "info" } else { "error" }, Format::Plain)?;
    let plain = args.no_color || args.no_color_variable.is_some_and(|v| !v.is_empty());
    let mut narrator = Narrator::standard(plain);
    // Before there is a directory that a signal could leave behind.
    let keyboard = Keyboard::listen().context("cannot listen to signals")?;
    let workspace = Workspace::make()?;
    let played = play(args.once, &workspace, keyboard, &mut narrator).await;
    let removed = workspace.remove();
    played.and(removed)
}

/// From the curtain to the applause.
async fn play(
    once: bool,
    workspace: &Workspace,
    keyboard: Keyboard,
    narrator: &mut Narrator,
) -> anyhow::Result<()> {
    for line in OPENING {
        narrator.say(line)?;
    }
    let (rack, driver) = stage::bind(MACHINES.iter().map(Machine::bmc).collect())?;
    let mut stage = Stage::set(driver, &workspace.settings(), keyboard)?;
    let client = Client::unix(workspace.socket());
    let told = stage
        .during(tell(&client, &rack, workspace, narrator))
        .await;
    let told = match told {
        Ok(told) => told.map_err(|error| explain(narrator, error)),
        Err(ended) => {
            narrator.broken_off().ok();
            Err(ended.into())
        }
    };
    if let Err(error) = told {
        // The story's error is the one that matters.
        stage.stop().await.ok();
        return Err(error);
    }
    if once {
        narrator.heading("The end")?;
    } else {
        sum_up(narrator, &sum(&rack))?;
        invite(workspace, &stage, narrator)?;
        stage.stay().await?;
        narrator.say("")?;
    }
    narrator.begin("The daemon stops, and no BMC is left with an open session")?;
    stage.stop().await?;
    let counters = settle(&rack)
        .await
        .map_err(|error| explain(narrator, error))?;
    narrator.done(&[])?;
    if once {
        sum_up(narrator, &counters)?;
    }
    Ok(())
}

/// The story, and the token that the last of the suggestions needs.
async fn tell(
    client: &Client,
    rack: &Rack,
    workspace: &Workspace,
    narrator: &mut Narrator,
) -> Result<(), TaleError> {
    let mut teller = Teller {
        client,
        rack,
        narrator,
    };
    teller.tell().await?;
    let body = json!({"user_id": "demo", "project_id": "default", "role": "admin", "name": "demo"});
    let made = client.post("/v1/tokens", &body).await?.json()?;
    workspace
        .keep_token(&text(&made, "token")?)
        .map_err(TaleError::Token)
}

/// Shows what went wrong where it happened, and gives the error that ends the demo.
fn explain(narrator: &mut Narrator, error: TaleError) -> anyhow::Error {
    let shown = match &error {
        TaleError::Untrue(untrue) => narrator.untrue(untrue),
        TaleError::Api(_) | TaleError::Token(_) | TaleError::Output(_) => narrator.untrue(&[]),
    };
    // Where nobody reads, there is only the exit status.
    shown.ok();
    error.into()
}

/// Checks that the daemon has left no session behind. Without a daemon nothing changes any more, but for what a BMC that loses
/// packets still has to notice by itself.
async fn settle(rack: &Rack) -> Result<Counters, TaleError> {
    let deadline = time::instant() + LATE_SESSIONS;
    loop {
        let counters = sum(rack);
        if counters.sessions_open == 0 || time::instant() >= deadline {
            let mut findings = Findings::default();
            for bmc in rack.bmcs() {
                let lossy = Machine::named(bmc.name()).is_some_and(|of| of.reach == Reach::Lossy);
                check_sessions(bmc.name(), lossy, &bmc.counters(), &mut findings);
            }
            findings.verdict()?;
            return Ok(counters);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The counters of all BMCs together.
fn sum(rack: &Rack) -> Counters {
    let mut sum = Counters::default();
    for bmc in rack.bmcs() {
        sum.add(&bmc.counters());
    }
    sum
}

fn sum_up(narrator: &mut Narrator, counters: &Counters) -> io::Result<()> {
    let (steps, took) = narrator.so_far();
    narrator.heading(&format!(
        "All {steps} steps were true, in {}.",
        seconds(took)
    ))?;
    narrator.say(&format!(
        "{} packets on the wire, {} sessions opened with BMCs, {}.",
        counters.packets_in + counters.packets_out,
        counters.sessions_opened,
        match counters.sessions_open {
            0 => "every one closed".to_owned(),
            open => format!("{open} still in use"),
        }
    ))
}

fn invite(workspace: &Workspace, stage: &Stage, narrator: &mut Narrator) -> io::Result<()> {
    narrator.heading("Now you, in another terminal")?;
    for Suggestion { what, command } in suggestions(workspace, stage.tcp()) {
        narrator.say(&format!("  {what}\n    {command}"))?;
    }
    narrator.say("\nAll this stays up until you press Ctrl-C, and is gone then.")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::demo::narrator::tests::Page;
    use crate::sim::{Faults, Rack};

    /// Tells the story on a rack that has been tampered with; gives what was said and what was found.
    async fn play_with(tamper: impl FnOnce(&Rack)) -> (String, Result<(), TaleError>) {
        let workspace = Workspace::make().unwrap();
        let mut settings = workspace.settings();
        settings.power.change_deadline = Duration::from_secs(2);
        let (rack, driver) = stage::bind(MACHINES.iter().map(Machine::bmc).collect()).unwrap();
        tamper(&rack);
        let mut stage = Stage::set(driver, &settings, Keyboard::listen().unwrap()).unwrap();
        let client = Client::unix(workspace.socket());
        let page = Page::default();
        let mut narrator = page.narrator(false);
        let told = stage
            .during(tell(&client, &rack, &workspace, &mut narrator))
            .await
            .unwrap();
        stage.stop().await.unwrap();
        if let Err(TaleError::Untrue(untrue)) = &told {
            narrator.untrue(untrue).unwrap();
        }
        (page.text(), told)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_bmc_that_says_yes_and_does_nothing_ends_the_story_with_what_was_seen() {
        let (said, told) = play_with(|rack| {
            rack.by_name("r1n7").unwrap().set_faults(Faults {
                lying_success: true,
                ..Faults::default()
            });
        })
        .await;
        assert!(matches!(told, Err(TaleError::Untrue(_))), "{told:?}");
        assert!(
            said.contains("✗") && said.contains("expected: active"),
            "{said}"
        );
        assert!(said.contains("the power stayed off"), "{said}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_machine_whose_power_is_shown_wrong_ends_the_story() {
        let (said, told) = play_with(|rack| {
            let bmc = rack.by_name("r1n1").unwrap();
            bmc.set_power(crate::model::power::PowerState::Off);
            bmc.set_faults(Faults {
                status_lag: Duration::from_secs(60),
                ..Faults::default()
            });
        })
        .await;
        assert!(matches!(told, Err(TaleError::Untrue(_))), "{told:?}");
        assert!(said.contains("power_state of r1n1 in the API"), "{said}");
        assert!(
            said.contains("expected: power off") && said.contains("seen:     power on"),
            "{said}"
        );
    }
}
