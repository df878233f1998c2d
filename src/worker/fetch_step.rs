//! Steps that get the files of an image: kernel and initrd are here, and are what they should be. It comes before the machine is
//! touched, so what is wrong with them is told while the machine still is as it was.

use std::time::Duration;

use rusqlite::Connection;

use crate::crash;
use crate::model::image::Image;
use crate::model::netboot::Netboot;
use crate::model::task::{Step, Task};
use crate::store::{self, StoreError};
use crate::time;
use crate::worker::Context;
use crate::worker::downloads::{Downloads, Failed, Progress, Waiting};
use crate::worker::netboot_step::NOBODY_BOOTS;
use crate::worker::outcome;
use crate::worker::runner::{Memory, Round};
use crate::worker::transfer::Wanted;
use crate::worker::tried::Failure;

/// How long a round waits for a download. The task is looked at in between: it may be called off.
const LOOK: Duration = Duration::from_millis(500);

/// What a runner remembers of downloads that it waits for.
#[derive(Debug, Default)]
pub struct Joined(Vec<(Wanted, Waiting)>);

/// Where one of the files comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// It was uploaded, and has this SHA-256.
    Upload(String),
    /// From a URL.
    Url(Wanted),
}

/// How far one of the files is.
enum Found {
    Here(String),
    /// It is on its way, in these words.
    Coming(String),
    Failed(Failed),
}

/// One round of getting kernel and initrd.
///
/// # Errors
/// The database failed.
pub async fn advance(
    context: &Context,
    task: Task,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    if !context.settings().netboot.is_on {
        return give_up(context, task, &permanent(NOBODY_BOOTS.to_owned()), memory).await;
    }
    let sealer = context.store.sealer();
    let found = context.store.read(|connection| {
        let netboot = store::netboot::find(connection, sealer, task.id)?;
        let Some(netboot) = netboot else {
            return Ok(None);
        };
        let image = store::image::find(connection, netboot.image_id)?;
        Ok::<_, StoreError>(image.map(|image| (netboot, image)))
    })?;
    let Some((netboot, image)) = found else {
        let reason = "what the machine was to boot is not known any more: deploy it again";
        return give_up(context, task, &permanent(reason.to_owned()), memory).await;
    };
    let (kernel, initrd) = match sources(&netboot, &image) {
        Ok(sources) => sources,
        Err(reason) => return give_up(context, task, &permanent(reason), memory).await,
    };
    let joined = &mut memory.joined;
    let kernel = look(context, joined, &image, "kernel", &kernel);
    let initrd = initrd.map(|initrd| look(context, joined, &image, "initrd", &initrd));
    match (kernel, initrd) {
        (Found::Failed(failed), _) | (_, Some(Found::Failed(failed))) => {
            failed_once(context, task, failed, memory).await
        }
        (Found::Here(kernel), None) => reached(context, task, kernel, None, memory).await,
        (Found::Here(kernel), Some(Found::Here(initrd))) => {
            reached(context, task, kernel, Some(initrd), memory).await
        }
        (Found::Coming(how_far), _) | (_, Some(Found::Coming(how_far))) => {
            if memory.left(context, &task).is_zero() {
                let reason = format!("its time was over before the files were here: {how_far}");
                return give_up(context, task, &permanent(reason), memory).await;
            }
            memory.joined.one_ends().await;
            Ok(Round::Moved)
        }
    }
}

/// Where kernel and initrd come from. What a machine was promised already stays as it was.
fn sources(netboot: &Netboot, image: &Image) -> Result<(Source, Option<Source>), String> {
    if let Some(kernel) = &netboot.kernel_sha256 {
        let initrd = netboot.initrd_sha256.clone().map(Source::Upload);
        return Ok((Source::Upload(kernel.clone()), initrd));
    }
    let source = |url: &Option<String>, sha256: &Option<String>, size: Option<i64>| {
        let upload = || size.and(sha256.clone()).map(Source::Upload);
        let of_url = |url: &String| {
            Source::Url(Wanted {
                url: url.clone(),
                sha256: sha256.clone(),
            })
        };
        url.as_ref().map(of_url).or_else(upload)
    };
    let kernel = source(&image.kernel_url, &image.kernel_sha256, image.kernel_size);
    let initrd = source(&image.initrd_url, &image.initrd_sha256, image.initrd_size);
    let kernel = kernel.ok_or_else(|| {
        format!(
            "image {} has no kernel: upload one, or set kernel_url",
            image.name
        )
    })?;
    Ok((kernel, initrd))
}

fn look(
    context: &Context,
    joined: &mut Joined,
    image: &Image,
    what: &str,
    source: &Source,
) -> Found {
    match source {
        Source::Upload(sha256) => match context.store.image_files().size(sha256) {
            Some(_) => Found::Here(sha256.clone()),
            None => Found::Failed(permanent(format!(
                "the {what} of image {} is not on the disk, as after a restore of a backup, which has no files of images: \
                 upload it again",
                image.name
            ))),
        },
        Source::Url(wanted) => joined.look(&context.downloads, what, wanted),
    }
}

impl Joined {
    /// How far a download is, which is begun or joined where that was not done yet.
    fn look(&mut self, downloads: &Downloads, what: &str, wanted: &Wanted) -> Found {
        let place = self.0.iter().position(|(of, _)| of == wanted);
        let place = place.unwrap_or_else(|| {
            self.0
                .push((wanted.clone(), downloads.join(wanted.clone())));
            self.0.len() - 1
        });
        let Some((_, waiting)) = self.0.get_mut(place) else {
            return Found::Coming(format!("the {what} has not begun to come"));
        };
        let progress = waiting.borrow_and_update().clone();
        let has_left = waiting.has_changed().is_err();
        match progress {
            Progress::Ended(Ok(sha256)) => Found::Here(sha256),
            Progress::Ended(Err(failed)) => {
                self.0.remove(place);
                let reason = format!("the {what} cannot be had: {}", failed.reason);
                Found::Failed(Failed { reason, ..failed })
            }
            Progress::UnderWay { bytes, of } => {
                if has_left {
                    // It was just being given up as nobody's: the next look begins it anew.
                    self.0.remove(place);
                }
                let mib = |bytes: u64| bytes >> 20;
                let whole = of.map_or_else(String::new, |of| format!(" of {}", mib(of)));
                Found::Coming(format!(
                    "{}{whole} MiB of the {what} have come from {}",
                    mib(bytes),
                    wanted.shown()
                ))
            }
        }
    }

    /// Waits a little for one of them to end.
    async fn one_ends(&mut self) {
        let mut pause = Box::pin(tokio::time::sleep(LOOK));
        let mut under_way: Vec<_> = self
            .0
            .iter_mut()
            .filter(|(_, waiting)| !matches!(*waiting.borrow(), Progress::Ended(_)))
            .map(|(_, waiting)| waiting)
            .collect();
        match under_way.as_mut_slice() {
            [one, other, ..] => {
                tokio::select! {
                    changed = one.changed() => changed.unwrap_or_default(),
                    changed = other.changed() => changed.unwrap_or_default(),
                    () = &mut pause => {}
                }
            }
            [one] => {
                tokio::select! {
                    changed = one.changed() => changed.unwrap_or_default(),
                    () = &mut pause => {}
                }
            }
            [] => pause.await,
        }
    }
}

/// Commits which files are served, if they still are here, and goes on.
async fn reached(
    context: &Context,
    task: Task,
    kernel: String,
    initrd: Option<String>,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let started = time::instant();
    let (id, files) = (task.id, context.store.image_files().clone());
    let committed = context.store.write(move |connection: &Connection| {
        let is_here = |sha256: &String| files.size(sha256).is_some();
        if !is_here(&kernel) || !initrd.as_ref().is_none_or(is_here) {
            return Ok::<_, StoreError>(false);
        }
        crash::commit("image_here");
        store::netboot::set_files(connection, id, &kernel, initrd.as_deref())?;
        Ok(true)
    });
    memory.joined = Joined::default();
    if !committed.await? {
        // Nobody had need of them until now, and they were too old: once more.
        return Ok(Round::Moved);
    }
    memory.failures = 0;
    let tried = context.tried(Step::FetchImage, "here", None, started);
    outcome::reached(context, task, None, tried).await
}

/// Tries again until the deadline, unless that is in vain.
async fn failed_once(
    context: &Context,
    task: Task,
    failed: Failed,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let started = time::instant();
    let detail = Some(failed.reason.clone());
    let tried = context.tried(Step::FetchImage, failed.word, detail, started);
    outcome::tried(context, &task, tried).await?;
    if failed.is_permanent || memory.left(context, &task).is_zero() {
        return give_up(context, task, &failed, memory).await;
    }
    let pause = memory.retry_pause(context, &task);
    Ok(Round::Wait(pause.min(memory.left(context, &task))))
}

async fn give_up(
    context: &Context,
    task: Task,
    failed: &Failed,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    memory.joined = Joined::default();
    outcome::give_up(context, task, Failure::task(failed.reason.clone()), memory).await
}

fn permanent(reason: String) -> Failed {
    Failed {
        reason,
        word: "impossible",
        is_permanent: true,
    }
}
