//! Power orders, the same for instances and nodes, and waiting for what they bring about.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::cli::Context;
use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::noun::{Noun, nothing_special};
use crate::cli::progress::{Look, until};
use crate::model::power::{PowerState, PowerTarget};

/// How much longer than the daemon this program waits, so that it hears the daemon's reason and not only its own clock.
pub(crate) const HEAR_THE_REASON: std::time::Duration = std::time::Duration::from_secs(15);

/// What can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PowerOrder {
    /// Turn it on
    On,
    /// Turn it off at once, like pulling the plug
    Off,
    /// Turn it off at once, then on
    Reboot,
    /// Ask its operating system to shut down
    #[value(alias = "soft_off")]
    SoftOff,
    /// Ask its operating system to shut down, then turn it on
    #[value(alias = "soft_reboot")]
    SoftReboot,
}

/// How the power is ordered.
#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// What it should do
    #[arg(value_enum)]
    order: PowerOrder,
    /// Wait until the BMC says that it is so
    #[arg(long)]
    pub(crate) wait: bool,
    /// With soft-off and soft-reboot: cut the power where the operating system does not shut down in time
    #[arg(long)]
    escalate: bool,
    /// Also if it is the machine that ostlerd itself runs on
    #[arg(long)]
    force: bool,
}

impl OrderArgs {
    /// As the API spells it.
    pub(crate) fn target(&self) -> PowerTarget {
        self.order.target()
    }

    /// The body of the order, as far as these options say it.
    pub(crate) fn body(&self, context: &Context) -> Body {
        Body::default()
            .with("target", self.target().as_str())
            .with_some("timeout", context.timeout.map(|timeout| timeout.as_secs()))
            .with_some("escalate", self.escalate.then_some(true))
            .with_some("force", self.force.then_some(true))
    }
}

impl PowerOrder {
    fn target(self) -> PowerTarget {
        match self {
            Self::On => PowerTarget::On,
            Self::Off => PowerTarget::Off,
            Self::Reboot => PowerTarget::Reboot,
            Self::SoftOff => PowerTarget::SoftOff,
            Self::SoftReboot => PowerTarget::SoftReboot,
        }
    }

    /// What the BMC must say in the end.
    fn leads_to(self) -> PowerState {
        match self {
            Self::On | Self::Reboot | Self::SoftReboot => PowerState::On,
            Self::Off | Self::SoftOff => PowerState::Off,
        }
    }

    /// Whether the state in the end tells that it happened. After a reboot it is what it was before.
    fn shows_in_the_state(self) -> bool {
        match self {
            Self::On | Self::Off | Self::SoftOff => true,
            Self::Reboot | Self::SoftReboot => false,
        }
    }
}

/// Orders a change, and waits for it where asked to.
pub(crate) async fn order(
    context: &Context,
    noun: &Noun,
    ident: &str,
    args: OrderArgs,
) -> Result<(), CliError> {
    let (order, wait, target) = (args.order, args.wait, args.target());
    let body = args.body(context).build();
    let path = format!("{}/states", noun.at(ident));
    context.client.put(&format!("{path}/power"), &body).await?;
    if !wait {
        return context.out.say(&format!(
            "{} {ident}: {} accepted (see how it goes: ostler {} states {ident})",
            noun.singular,
            target.shown(),
            noun.singular,
        ));
    }
    let what = format!("{} {ident}: {}", noun.singular, target.shown());
    let patience = context.timeout.map(|timeout| timeout + HEAR_THE_REASON);
    let states = until(context, &what, patience, async || {
        let states = context.client.get(&path).await?.json()?;
        judge(order, &what, states)
    })
    .await?;
    if context.out.json {
        return context.out.json(&states);
    }
    context
        .out
        .say(&format!("{} {ident}: {}", noun.singular, done(order)))
}

/// What the states say about an order: observed, never assumed.
fn judge(order: PowerOrder, what: &str, states: Value) -> Result<Look<Value>, CliError> {
    let field = |name: &str| states.get(name).and_then(Value::as_str);
    let seen = field("power_state");
    let error = field("last_error");
    if field("target_power_state").is_some() {
        let now = seen.unwrap_or("power unknown");
        return Ok(Look::NotYet(match error {
            Some(error) => format!("now {now} ({error})"),
            None => format!("now {now}"),
        }));
    }
    let reached = seen == Some(order.leads_to().as_str());
    if reached && (order.shows_in_the_state() || error.is_none()) {
        return Ok(Look::Reached(states));
    }
    Err(CliError::Failed {
        what: what.to_owned(),
        reason: error.map_or_else(
            || {
                format!(
                    "it ended, but the power is {}",
                    seen.map_or("unknown", |state| state.trim_start_matches("power "))
                )
            },
            str::to_owned,
        ),
    })
}

fn done(order: PowerOrder) -> &'static str {
    match order {
        PowerOrder::On => "power on",
        PowerOrder::Off | PowerOrder::SoftOff => "power off",
        PowerOrder::Reboot | PowerOrder::SoftReboot => "was off, is on again",
    }
}

/// Shows what the power is and what it is to become.
pub(crate) async fn states(context: &Context, noun: &Noun, ident: &str) -> Result<(), CliError> {
    let path = format!("{}/states", noun.at(ident));
    let states = context.client.get(&path).await?.json()?;
    let order = ["power_state", "target_power_state", "last_error"];
    context.out.show(&states, &order, nothing_special)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(order: PowerOrder, seen: Value, target: Value, error: Value) -> &'static str {
        let states =
            json!({"power_state": seen, "target_power_state": target, "last_error": error});
        match judge(order, "web1", states) {
            Ok(Look::Reached(_) | Look::ReachedAfter { .. }) => "reached",
            Ok(Look::NotYet(_) | Look::Steps(_) | Look::Partly { .. }) => "not yet",
            Err(_) => "failed",
        }
    }

    #[test]
    fn an_order_is_done_when_the_bmc_says_so_and_not_before() {
        use PowerOrder::{Off, On, Reboot, SoftOff, SoftReboot};
        let (on, off, null) = (json!("power on"), json!("power off"), json!(null));
        let error = json!("The BMC did not answer.");
        for (order, seen, target, last_error, expected) in [
            (On, &off, &on, &null, "not yet"),
            (On, &on, &on, &null, "not yet"),
            (On, &on, &null, &null, "reached"),
            (On, &on, &null, &error, "reached"),
            (On, &off, &null, &error, "failed"),
            (On, &off, &null, &null, "failed"),
            (On, &null, &null, &null, "failed"),
            (Off, &off, &null, &null, "reached"),
            (SoftOff, &on, &null, &error, "failed"),
            (SoftOff, &off, &null, &null, "reached"),
            (Reboot, &on, &json!("rebooting"), &null, "not yet"),
            (Reboot, &off, &json!("rebooting"), &error, "not yet"),
            (Reboot, &on, &null, &null, "reached"),
            (Reboot, &on, &null, &error, "failed"),
            (SoftReboot, &off, &null, &null, "failed"),
        ] {
            assert_eq!(
                outcome(order, seen.clone(), target.clone(), last_error.clone()),
                expected,
                "{order:?} {seen} {target} {last_error}"
            );
        }
    }
}
