//! The names of things, as the daemon has them, for the arguments that take them.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::Duration;

use clap::{Arg, Command, FromArgMatches as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use serde_json::Value;

use crate::cli::Context;
use crate::cli::globals::Globals;
use crate::cli::text::{harmless, plain};

/// How long somebody who pressed Tab waits for names.
const PATIENCE: Duration = Duration::from_millis(700);

/// Where names come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    /// The list, with no more fields than are needed.
    path: &'static str,
    /// The key that it is wrapped in.
    plural: &'static str,
    /// The field that is written; nothing where entries are names.
    name: &'static str,
    /// The field that says more about it, for the shells that show that.
    about: &'static str,
}

const NODES: Source = Source {
    path: "/v1/nodes?fields=name,power_state",
    plural: "nodes",
    name: "/name",
    about: "/power_state",
};
const INSTANCES: Source = Source {
    path: "/v1/instances?fields=name,status",
    plural: "instances",
    name: "/name",
    about: "/status",
};
const TYPES: Source = Source {
    path: "/v1/types?fields=name,description",
    plural: "types",
    name: "/name",
    about: "/description",
};
const IMAGES: Source = Source {
    path: "/v1/images?fields=name",
    plural: "images",
    name: "/name",
    about: "/-",
};
const NETWORKS: Source = Source {
    path: "/v1/networks?fields=name",
    plural: "networks",
    name: "/name",
    about: "/-",
};
const ZONES: Source = Source {
    path: "/v1/availability_zones",
    plural: "availability_zones",
    name: "",
    about: "/-",
};
const WEBHOOKS: Source = Source {
    path: "/v1/webhooks?fields=name,url",
    plural: "webhooks",
    name: "/name",
    about: "/url",
};
const TOKENS: Source = Source {
    path: "/v1/tokens?fields=uuid,name",
    plural: "tokens",
    name: "/uuid",
    about: "/name",
};
const OPERATIONS: Source = Source {
    path: "/v1/operations?fields=uuid,state&sort_dir=desc&limit=100",
    plural: "operations",
    name: "/uuid",
    about: "/state",
};
const LIMITS: Source = Source {
    path: "/v1/limits?fields=project_id",
    plural: "limits",
    name: "/project_id",
    about: "/-",
};

/// The command line with everything that completes names. `typed` is what stands there so far, the program first.
pub(super) fn completed(command: Command, typed: &[OsString]) -> Command {
    let typed: Arc<[OsString]> = typed.into();
    let names_instances = typed.iter().any(|word| word == "--instances");
    let command = quiet_about_options(command, &typed);
    command.mut_subcommands(|noun| {
        let source = match noun.get_name() {
            "node" | "power" if !names_instances => Some(NODES),
            "instance" | "power" => Some(INSTANCES),
            "type" => Some(TYPES),
            "image" => Some(IMAGES),
            "network" => Some(NETWORKS),
            "webhook" => Some(WEBHOOKS),
            "token" => Some(TOKENS),
            "operation" => Some(OPERATIONS),
            "limit" => Some(LIMITS),
            _ => None,
        };
        below(noun, source, &typed)
    })
}

fn below(command: Command, noun: Option<Source>, typed: &Arc<[OsString]>) -> Command {
    // What is created has no name that is there already.
    let noun = noun.filter(|_| command.get_name() != "create");
    quiet_about_options(command, typed)
        .mut_args(|arg| match source_of(&arg, noun) {
            Some(source) => {
                let typed = Arc::clone(typed);
                let complete = move |current: &OsStr| candidates(source, current, &typed);
                arg.add(ArgValueCompleter::new(complete))
            }
            None => arg,
        })
        .mut_subcommands(|of| below(of, noun, typed))
}

/// Before the first letter names and commands are offered, and options only where there are none of these.
fn quiet_about_options(command: Command, typed: &[OsString]) -> Command {
    if typed.last().is_none_or(|word| !word.is_empty()) {
        return command;
    }
    command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .mut_args(|arg| {
            let is_option = !arg.is_positional();
            arg.hide(is_option)
        })
}

/// Whose names an argument takes. An argument that names the thing itself is called so everywhere.
fn source_of(arg: &Arg, noun: Option<Source>) -> Option<Source> {
    if arg.is_positional() {
        let names_it = ["name", "names", "uuid", "of", "projects"];
        return noun.filter(|_| names_it.contains(&arg.get_id().as_str()));
    }
    match arg.get_long()? {
        "type" => Some(TYPES),
        "image" => Some(IMAGES),
        "network" if arg.get_id() == "networks" => Some(NETWORKS),
        "zone" => Some(ZONES),
        "node" => Some(NODES),
        "instance" => Some(INSTANCES),
        // Of `list`: the one that has this name.
        "name" if arg.get_id() == "name" => noun,
        _ => None,
    }
}

/// The names that go on as somebody has begun; of a list `n1,n2` its last.
fn candidates(source: Source, current: &OsStr, typed: &[OsString]) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let (before, begun) = match current.rfind(',') {
        Some(comma) => current.split_at(comma + 1),
        None => ("", current),
    };
    let entries = fetch(source, typed).unwrap_or_default();
    let field =
        |entry: &Value, pointer| entry.pointer(pointer).filter(|it| !it.is_null()).map(plain);
    entries
        .iter()
        .filter_map(|entry| {
            let name = field(entry, source.name).filter(|name| is_typeable(name))?;
            let about = field(entry, source.about).map(|about| harmless(&about).into());
            name.starts_with(begun)
                .then(|| CompletionCandidate::new(format!("{before}{name}")).help(about))
        })
        .collect()
}

/// Whether a name can stand in a command line as it is. Names are made by others: one that means something to a shell is not
/// put into the line of somebody who only pressed Tab.
fn is_typeable(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "._-+:@%/".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain)
}

/// Asks the daemon that the line is about, as whom the line says. Nothing where that does not work at once.
fn fetch(source: Source, typed: &[OsString]) -> Option<Vec<Value>> {
    let context = context(typed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let asked = runtime.block_on(async {
        let asked = context.client.get(source.path);
        tokio::time::timeout(PATIENCE, asked).await
    });
    // A look-up of a host's name may hang on.
    runtime.shutdown_background();
    let mut list = asked.ok()?.ok()?.json().ok()?;
    match list.get_mut(source.plural).map(Value::take) {
        Some(Value::Array(entries)) => Some(entries),
        _ => None,
    }
}

/// What the options in the line and the variables say, as far as the line is there.
fn context(typed: &[OsString]) -> Option<Context> {
    use clap::CommandFactory as _;
    let command = crate::cli::Cli::command().ignore_errors(true);
    let matches = command.try_get_matches_from(typed).ok()?;
    let globals = Globals::from_arg_matches(&matches).ok()?;
    globals.silent().context(&matches, false).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_means_something_to_a_shell_is_not_offered() {
        for good in [
            "web1",
            "r1n[01]".split('[').next().unwrap_or(""),
            "Küche",
            "a.b-c_d",
        ] {
            assert!(is_typeable(good), "{good}");
        }
        for bad in [
            "",
            "-rf",
            "$(reboot)",
            "a b",
            "a;b",
            "a`b`",
            "a'b",
            "a\nb",
            "~x",
            "a*",
        ] {
            assert!(!is_typeable(bad), "{bad}");
        }
    }
}
