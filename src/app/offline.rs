//! The commands that work on the database while no daemon does, as people use them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::app::daemon::KEY_FILE;
use crate::app::restore::{self, Backup, Done};
use crate::config::Settings;
use crate::model::caller::{Role, Transport};
use crate::model::event::Audit;
use crate::model::task::Requester;
use crate::store::seal::Sealer;
use crate::store::vacuum::{self, Sizes};
use crate::store::{check, open};
use crate::system::users;
use crate::worker::restored::Restoring;

/// `ostlerd restore …`
#[derive(Debug, Args)]
#[command(after_help = RESTORE)]
pub(super) struct RestoreArgs {
    /// The backup; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The key to look at the backup's secrets with, where it is not credentials.key in the state directory
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Restore although no key opens the passwords of BMCs and the secrets of webhooks: they have to be set again
    #[arg(long)]
    forget_key: bool,
    /// Leave nodes without an instance free: no instance was made since the backup
    #[arg(long)]
    keep_free: bool,
}

const RESTORE: &str = "\
Stop the daemon first. The backup is looked at before anything is changed, and the database of now \
is kept beside it. What has happened since the backup is not known: tasks that were open end as \
failed, power is unknown until it is read, and nodes without an instance are in maintenance until \
somebody has looked.

Examples:
  systemctl stop ostlerd.socket ostlerd.service
  ostlerd restore /var/backups/ostler.db
  systemctl start ostlerd.socket ostlerd.service";

/// Puts a backup in the place of the database, and says what that means.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(super) fn restore(settings: &Settings, args: &RestoreArgs) -> anyhow::Result<()> {
    let uid = nix::unistd::getuid().as_raw();
    let name = users::user_name(uid).context("cannot look up who this is")?;
    let by = Requester {
        user_id: name.unwrap_or_else(|| uid.to_string()),
        project_id: "default".to_owned(),
        transport: Transport::Unix.as_str().to_owned(),
        request_id: String::new(),
    };
    let audit = Audit {
        action: "ostlerd restore".to_owned(),
        uuid: None,
        ident: Some(args.file.display().to_string()),
        fields: Vec::new(),
        role: Role::Admin,
        token: None,
        source: Some(format!("uid {uid}, pid {}", std::process::id())),
    };
    let backup = Backup {
        file: &args.file,
        key: args.key.as_deref(),
        forgets_key: args.forget_key,
        restoring: Restoring {
            by,
            audit,
            newest_event: 0,
            keeps_free: args.keep_free,
        },
    };
    let done = restore::restore(&settings.state_dir, backup)?;
    println!("{}", told(&args.file, &done));
    Ok(())
}

/// Says whether the database is whole, and what is in it; also while the daemon works with it. Nothing is changed.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(super) fn check_database(settings: &Settings) -> anyhow::Result<()> {
    let path = settings.state_dir.join(restore::DATABASE);
    if !path.exists() {
        println!(
            "There is no database yet: the first start makes {}.",
            path.display()
        );
        return Ok(());
    }
    let key = settings.state_dir.join(KEY_FILE);
    let sealer = Sealer::from_present_file(&key)?;
    let look = |connection| check::report(&connection, &path, sealer.as_ref());
    let report = match open::open_resting(&path).and_then(look) {
        // A daemon that has started meanwhile changes it, which looks like damage then.
        Err(_) if path.with_extension("db-shm").exists() => look(open::open_reader(&path)?)?,
        looked => looked?,
    };
    let upgrade = match report.schema < report.known {
        true => format!(" (the next start makes it {})", report.known),
        false => String::new(),
    };
    println!(
        "The database is whole: schema {}{upgrade}, {}, {} KiB.",
        report.schema,
        count(report.nodes, "node"),
        report.bytes.div_ceil(1024)
    );
    match report.secrets {
        Some(_) if sealer.is_none() => {
            println!("The key was not looked at: there is no {}.", key.display());
        }
        Some(secrets) if !secrets.is_its_key() => anyhow::bail!(
            "the key {} does not open the secrets in the database: restore the one that belongs to it",
            key.display()
        ),
        Some(secrets) if secrets.unreadable > 0 => println!(
            "{} passwords and secrets cannot be opened and have to be set again: their key was forgotten.",
            secrets.unreadable
        ),
        Some(_) => println!("The key opens the secrets in it."),
        None => {}
    }
    Ok(())
}

/// Gives room back that deleted rows have left in the file.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(super) fn vacuum(settings: &Settings) -> anyhow::Result<()> {
    let state_dir = &settings.state_dir;
    let _lock = restore::lock(state_dir)?;
    restore::finish(state_dir)?;
    let Sizes { before, after } = vacuum::run(&state_dir.join(restore::DATABASE))?;
    println!(
        "The database has {} KiB; it had {} KiB.",
        after.div_ceil(1024),
        before.div_ceil(1024)
    );
    Ok(())
}

/// What was done, and what is to be done now.
fn told(file: &Path, done: &Done) -> String {
    let Done {
        restored, secrets, ..
    } = done;
    let mut lines = vec![match restored.as_of {
        Some(at) => format!(
            "{} is restored: {}, as of {at}.",
            file.display(),
            count(restored.nodes, "node")
        ),
        None => format!(
            "{} is restored: {}.",
            file.display(),
            count(restored.nodes, "node")
        ),
    }];
    if let Some(aside) = &done.aside {
        lines.push(format!(
            "The database from before is kept as {}.",
            aside.display()
        ));
    }
    if secrets.unreadable > 0 {
        lines.push(format!(
            "{} passwords and secrets cannot be opened: set the passwords of the BMCs again, and make the webhooks again.",
            secrets.unreadable
        ));
    }
    if restored.tasks > 0 {
        lines.push(format!(
            "{} of then ended as failed, and nothing of that is carried out.",
            count(restored.tasks, "task")
        ));
    }
    if restored.held > 0 {
        lines.push(format!(
            "In maintenance: {} without an instance, because an instance that was made since may run there: see that the \
             machines are free, then \"ostler node maintenance NAME off\".",
            count(restored.held, "node")
        ));
    }
    lines.push(
        "What was deleted since the backup is there again: tokens too, so look at \"ostler token list\". BMCs whose passwords were \
         changed since have others than the database."
            .to_owned(),
    );
    lines.push(
        "Start ostlerd now: it reads the power of the nodes that are not in maintenance."
            .to_owned(),
    );
    lines.join("\n")
}

/// `1 node`, `2 nodes`.
fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
