//! `ostler node import`: reads, plans, shows the plan, asks, and does it.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use serde_json::{Value, json};

use super::apply;
use super::difference::Change;
use super::document::{self, Document, Format};
use super::plan::{Action, Plan, Step, plan};
use super::problem::Problems;
use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::instance_type::TYPE;
use crate::cli::node::NODE;
use crate::cli::noun::Query;
use crate::cli::output::complain;
use crate::cli::password::PasswordArgs;
use crate::cli::text::plain;
use crate::model::secret::Secret;
use crate::view::node::HIDDEN;

/// The help behind the options.
pub(crate) const EXAMPLES: &str = "\
The file has nodes as 'ostler node export' writes them and the API takes them, as Ironic's client \
creates and shows them (driver_info: ipmi_address), or as TripleO's instackenv.json has them.

Nodes that are not registered are created. Of those that are, what the file says otherwise is \
changed; what it does not mention stays, and no node and no port is deleted. So it can be run again at any time, \
also where it was stopped half way. The plan is shown first, and everything is checked before \
anything is changed.

A password of the file goes to nodes that are created, and to those whose BMC's address, port or \
user changes; to the others only with --set-passwords, because it cannot be compared.

Examples:
  ostler node import rack1.yaml --dry-run
  ostler node import rack1.csv --bmc-password-file rack1.password
  ostler node import nodes.json --yes        (also of Ironic or TripleO)
  ssh old-rack ostler node export | \\
      ostler node import - --yes --bmc-password-file old.password";

/// `ostler node import …`
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// How it is written; without it the name tells, and what has no such name is YAML or JSON
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Only show what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Do it without asking
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
    /// Also send the passwords of the file for BMCs that have one already
    #[arg(long)]
    set_passwords: bool,
    #[command(flatten)]
    #[command(next_help_heading = "BMCs without a password in the file")]
    password: PasswordArgs,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: ImportArgs) -> Result<(), CliError> {
    if args.file == "-" && args.password.bmc_password_stdin {
        return Err(CliError::Usage(
            "standard input cannot be both the file and the password: use --bmc-password-file"
                .to_owned(),
        ));
    }
    // Not read before it is known to make sense, but before anything is looked up.
    let given = args.password.given()?;
    let name = if args.file == "-" {
        "standard input"
    } else {
        &args.file
    };
    let text = Secret::new(document::text_of(&args.file)?);
    let format = args
        .format
        .unwrap_or_else(|| document::format_of(&args.file));
    let mut problems = Problems::default();
    let Document { entries, ignored } = document::read(text.expose(), format, &mut problems);
    let nodes = NODE.entries(context, &Query::default()).await?;
    let types = if entries
        .iter()
        .any(|entry| entry.body.contains_key("instance_type"))
    {
        TYPE.entries(context, &Query::default()).await?
    } else {
        Vec::new()
    };
    let plan = plan(entries, &nodes, &types, args.set_passwords, &mut problems);
    problems.none_or_tell(name)?;
    for (key, count) in &ignored {
        if context.out.is_for_people() {
            complain(&format!(
                "{key} means nothing to Ostler and is passed over ({})",
                nodes_of(*count)
            ));
        }
    }
    show(context, &plan)?;
    let to_do = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.action, Action::Nothing));
    if args.dry_run || to_do.count() == 0 {
        return Ok(());
    }
    if !args.yes {
        confirm(&args.file).await?;
    }
    let lacking = plan
        .steps
        .iter()
        .filter(|step| step.lacks_password())
        .count();
    let password = match given {
        None if lacking > 0 => {
            let prompt = format!("Password of the BMCs of {}", nodes_of(lacking));
            Some(args.password.given_or_typed(prompt).await?)
        }
        given => given,
    };
    apply::run(context, plan, password).await
}

/// Shows what will be done: for people words, for programs all of it.
fn show(context: &Context, plan: &Plan) -> Result<(), CliError> {
    if context.out.json {
        let steps: Vec<Value> = plan.steps.iter().map(as_json).collect();
        return context.out.json(&Value::Array(steps));
    }
    for step in &plan.steps {
        let (word, changes) = match &step.action {
            Action::Create => ("create", &[][..]),
            Action::Change { changes, .. } => ("change", changes.as_slice()),
            Action::Nothing => continue,
        };
        let line = one_line(format!("{word}  {}{}", step.entry.label, about(step)));
        context.out.say(&line)?;
        for Change { field, from, to } in changes {
            let line = one_line(format!("{field}: {}", told(from, to)));
            context.out.say(&format!("        {line}"))?;
        }
    }
    let count = |is: fn(&Action) -> bool| plan.steps.iter().filter(|step| is(&step.action)).count();
    context.out.say(&format!(
        "{} to create, {} to change, {} as the file says",
        count(|of| matches!(of, Action::Create)),
        count(|of| matches!(of, Action::Change { .. })),
        count(|of| matches!(of, Action::Nothing)),
    ))?;
    let lacking = plan
        .steps
        .iter()
        .filter(|step| step.lacks_password())
        .count();
    if lacking > 0 {
        context.out.say(&format!(
            "the file has no password for the BMCs of {} to create: --bmc-password-file, --bmc-password-stdin or --bmc-no-password gives one to all of them",
            nodes_of(lacking)
        ))?;
    }
    if plan.kept_secrets > 0 {
        context.out.say(&format!(
            "the stored password or key of {} stays: --set-passwords sends the file's",
            nodes_of(plan.kept_secrets)
        ))?;
    }
    if plan.reused_passwords > 0 {
        context.out.say(&format!(
            "the stored password of {} will be used for the new address, port or user of the BMC: the file has none",
            nodes_of(plan.reused_passwords)
        ))?;
    }
    Ok(())
}

/// What tells a new node from others.
fn about(step: &Step) -> String {
    let of = |pointer: &str| {
        let (field, key) = pointer.split_once('.')?;
        step.entry.body.get(field)?.get(key)
    };
    let Action::Create = step.action else {
        return String::new();
    };
    let mut words = Vec::new();
    if let Some(address) = of("bmc.address").or_else(|| of("bmc.device")) {
        let port = of("bmc.port").filter(|port| port.as_u64() != Some(623));
        let port = port.map_or(String::new(), |port| format!(" port {}", plain(port)));
        words.push(format!("BMC {}{port}", plain(address)));
    }
    let ports = step.entry.body.get("ports").and_then(Value::as_array);
    match ports.map(Vec::len) {
        None | Some(0) => {}
        Some(1) => words.push("1 port".to_owned()),
        Some(many) => words.push(format!("{many} ports")),
    }
    match words.as_slice() {
        [] => String::new(),
        words => format!("  {}", words.join(", ")),
    }
}

/// A change in words.
fn told(from: &Value, to: &Value) -> String {
    match (from, to) {
        (_, to) if to == HIDDEN => "is set".to_owned(),
        (Value::Null, to) => format!("+ {}", plain(to)),
        (from, Value::Null) => format!("{} -> nothing", plain(from)),
        (from, to) => format!("{} -> {}", plain(from), plain(to)),
    }
}

/// A line of the plan, whatever is in the values: none of them writes a line of its own.
fn one_line(text: String) -> String {
    text.replace('\n', ", ")
}

fn as_json(step: &Step) -> Value {
    let (action, uuid, changes) = match &step.action {
        Action::Create => ("create", step.entry.says("uuid"), &[][..]),
        Action::Change { uuid, changes, .. } => ("change", Some(uuid.as_str()), changes.as_slice()),
        Action::Nothing => ("none", step.entry.says("uuid"), &[][..]),
    };
    let changes: Vec<Value> = changes
        .iter()
        .map(|Change { field, from, to }| json!({"field": field, "from": from, "to": to}))
        .collect();
    json!({"name": step.entry.label, "uuid": uuid, "action": action, "line": step.entry.at.line,
           "lacks_password": step.lacks_password(), "changes": changes})
}

/// `1 node`, `40 nodes`.
pub(super) fn nodes_of(count: usize) -> String {
    match count {
        1 => "1 node".to_owned(),
        many => format!("{many} nodes"),
    }
}

/// Asks whether to do it.
async fn confirm(file: &str) -> Result<(), CliError> {
    if file == "-" || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CliError::Usage(
            "nothing was changed: nobody can be asked here, so look at the plan and say --yes"
                .to_owned(),
        ));
    }
    let mut stderr = io::stderr();
    write!(stderr, "Do it? [y/N] ")
        .and_then(|()| stderr.flush())
        .map_err(CliError::Output)?;
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => return Err(CliError::Stopped("nothing was changed".to_owned())),
        read = read => read.map_err(io::Error::other).and_then(|line| line).map_err(CliError::Password)?,
    };
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CliError::Stopped("nothing was changed".to_owned())),
    }
}
