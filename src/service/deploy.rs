//! Beginning to set up the machine of an instance: for a new one, for one that is tried again, and for one that is rebuilt;
//! and to take it back. The task is written together with what the machine is served while it boots.

use rusqlite::Connection;

use crate::model::caller::Caller;
use crate::model::ids::ImageId;
use crate::model::image::{Completion, Image, ImageBoot, ImageKind};
use crate::model::instance::Instance;
use crate::model::netboot::Netboot;
use crate::model::node::Properties;
use crate::model::power::PowerTarget;
use crate::model::task::{Step, Task, TaskKind};
use crate::rules::deploy::{delete_steps, deploy_steps, netboot_steps, scrub_steps};
use crate::rules::netboot::variables;
use crate::service::power::{begin, new_task};
use crate::service::token::new_secret;
use crate::service::{Deadlines, Error, NetbootDefaults, Service};
use crate::store::seal::{SealError, Sealer};
use crate::store::{self, StoreError};
use crate::time::Timestamp;

/// What every deploy needs, whatever it is for.
pub(super) struct Deploying {
    caller: Caller,
    deadlines: Deadlines,
    netboot: Option<NetbootDefaults>,
    service: Service,
}

/// Who boots the machine of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Booted {
    ByUs,
    ByOthers,
}

impl Deploying {
    /// For this caller, with the settings as they are now.
    pub(super) fn new(service: &Service, caller: &Caller) -> Self {
        let defaults = service.defaults.now();
        Self {
            caller: caller.clone(),
            deadlines: defaults.deadlines,
            netboot: defaults.netboot.clone(),
            service: service.clone(),
        }
    }

    /// Refuses an image that no instance can be made of as the settings are, and user data that a request gives and that would
    /// reach nobody.
    pub(super) fn check(&self, image: &Image, user_data: Option<&str>) -> Result<(), Error> {
        let is_given = user_data.is_some_and(|data| !data.is_empty());
        if self.booted(image)? == Booted::ByOthers && is_given {
            let why = if image.boot == ImageBoot::Network {
                "network boot is off, so that its user_data would reach nobody: leave user_data out, or ask an admin to set \
                 netboot.listen"
            } else {
                "it is not booted by ostlerd, so that its user_data would reach nobody: leave user_data out, or take an image \
                 with boot: network"
            };
            return Err(not_deployable(image, why));
        }
        Ok(())
    }

    /// Writes the task that sets up the machine of an instance. `user_data` goes before the image's; where the image reads none,
    /// what the instance was given before stays with it for another one.
    pub(super) fn begin(
        &self,
        connection: &Connection,
        instance: &Instance,
        image: &Image,
        machine: &Properties,
        user_data: Option<String>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let uefi = machine.boots_uefi();
        let booted = self.booted(image)?;
        let steps = match booted {
            Booted::ByUs => netboot_steps(image.completion, uefi),
            Booted::ByOthers => deploy_steps(image.boot, uefi),
        };
        let task = self.task(TaskKind::Deploy, PowerTarget::On, steps, instance, now);
        begin(connection, &task)?;
        if booted == Booted::ByUs {
            let user_data = user_data.or_else(|| image.user_data.clone());
            let completion = image.completion;
            let netboot = netboot(&task, instance, image, completion, user_data)?;
            store::netboot::insert(connection, self.sealer(), &netboot)?;
        }
        Ok(())
    }

    /// Writes the task that takes the machine of an instance back, and wipes it before where the settings say so.
    pub(super) fn begin_delete(
        &self,
        connection: &Connection,
        instance: &Instance,
        now: Timestamp,
    ) -> Result<(), Error> {
        let scrub = self.scrub_image(connection)?;
        let steps = match &scrub {
            Some(_) => {
                let node = store::node::find(connection, instance.node_id)?;
                scrub_steps(node.is_some_and(|node| node.properties.boots_uefi()))
            }
            None => {
                let image = store::image::find(connection, instance.image_id)?;
                delete_steps(image.map(|image| image.boot))
            }
        };
        let task = self.task(TaskKind::Delete, PowerTarget::Off, steps, instance, now);
        begin(connection, &task)?;
        if let Some(image) = &scrub {
            let user_data = image.user_data.clone();
            let netboot = netboot(&task, instance, image, Completion::PhoneHome, user_data)?;
            store::netboot::insert(connection, self.sealer(), &netboot)?;
        }
        Ok(())
    }

    fn task(
        &self,
        kind: TaskKind,
        target: PowerTarget,
        steps: Vec<Step>,
        instance: &Instance,
        now: Timestamp,
    ) -> Task {
        let first = match (steps.first(), &self.netboot) {
            (Some(Step::FetchImage), Some(netboot)) => netboot.fetch_deadline,
            _ => self.deadlines.change,
        };
        let (node, id) = (instance.node_id, Some(instance.id));
        Task {
            deadline_at: now.plus(first),
            ..new_task(&self.caller, kind, Some(target), steps, node, id, now)
        }
    }

    fn booted(&self, image: &Image) -> Result<Booted, Error> {
        let why = match (image.kind, image.boot, image.completion, &self.netboot) {
            (ImageKind::Scrub, ..) => {
                "it is of kind scrub, which wipes machines: take an image of kind deploy"
            }
            (ImageKind::Deploy, ImageBoot::Network, _, Some(_)) => {
                if has_kernel(image) {
                    return match check_args(image) {
                        Ok(()) => Ok(Booted::ByUs),
                        Err(why) => Err(not_deployable(image, why)),
                    };
                }
                "it has no kernel: upload one, or set its kernel_url"
            }
            (ImageKind::Deploy, ImageBoot::Network, Completion::PhoneHome, None) => {
                "it completes by phone-home, and network boot is off: take an image that completes at power-on, or ask an admin \
                 to set netboot.listen"
            }
            (ImageKind::Deploy, ImageBoot::External, Completion::PhoneHome, _) => {
                "it completes by phone-home, for which ostlerd has to boot the machine: upload its kernel, or set its boot to \
                 network, or its completion to power-on"
            }
            (ImageKind::Deploy, ImageBoot::Disk, Completion::PhoneHome, _) => {
                "it completes by phone-home, for which ostlerd has to boot the machine: set its boot to network, or its \
                 completion to power-on"
            }
            (ImageKind::Deploy, _, Completion::PowerOn, _) => return Ok(Booted::ByOthers),
        };
        Err(not_deployable(image, why))
    }

    /// The image that wipes machines; `None` where they are freed as they are.
    fn scrub_image(&self, connection: &Connection) -> Result<Option<Image>, Error> {
        let netboot = self.netboot.as_ref();
        let Some(ident) = netboot.and_then(|netboot| netboot.scrub_image.as_deref()) else {
            return Ok(None);
        };
        let refuse = |why: &str| Error::NoScrub {
            image: ident.to_owned(),
            why: why.to_owned(),
        };
        let id = match ident.parse::<uuid::Uuid>() {
            Ok(id) => Some(ImageId(id)),
            Err(_) => store::image::id_of_name(connection, ident)?,
        };
        let found = id
            .map(|id| store::image::find(connection, id))
            .transpose()?;
        let image = found
            .flatten()
            .ok_or_else(|| refuse("there is no such image"))?;
        if image.kind != ImageKind::Scrub {
            return Err(refuse("the image is not of kind scrub"));
        }
        if image.boot != ImageBoot::Network || !has_kernel(&image) {
            return Err(refuse("the image has no kernel that ostlerd can boot"));
        }
        check_args(&image).map_err(|why| refuse(&why))?;
        Ok(Some(image))
    }

    /// The user data that an instance was given before; `refuse` makes the error, of its name and why, where its key is lost.
    pub(super) fn user_data(
        &self,
        connection: &Connection,
        instance: &Instance,
        refuse: impl FnOnce(String, &'static str) -> Error,
    ) -> Result<Option<String>, Error> {
        match store::instance::user_data(connection, self.sealer(), instance.id) {
            Err(StoreError::Seal(SealError::WrongKey)) => Err(refuse(
                instance.name.clone(),
                "the key in use does not open the user_data that it was given: rebuild it with user_data, \"\" for its image's",
            )),
            found => Ok(found?),
        }
    }

    /// What seals user data.
    pub(super) fn sealer(&self) -> &Sealer {
        self.service.store.sealer()
    }
}

fn has_kernel(image: &Image) -> bool {
    image.kernel_url.is_some() || image.kernel_size.is_some()
}

/// Images of earlier versions may have a command line that no machine can be handed.
fn check_args(image: &Image) -> Result<(), String> {
    let args = image.kernel_args.as_deref().unwrap_or_default();
    variables::check(args).map_err(|invalid| {
        format!(
            "its kernel_args cannot be handed to a machine, {}; change them",
            invalid.problem
        )
    })
}

fn not_deployable(image: &Image, why: impl Into<String>) -> Error {
    Error::NotDeployable {
        image: image.name.clone(),
        why: why.into(),
    }
}

/// What is served while this task lasts.
fn netboot(
    task: &Task,
    instance: &Instance,
    image: &Image,
    completion: Completion,
    user_data: Option<String>,
) -> Result<Netboot, Error> {
    Ok(Netboot {
        task_id: task.id,
        node_id: instance.node_id,
        instance_id: instance.id,
        image_id: image.id,
        secret: new_secret("")?,
        completion,
        kernel_args: image.kernel_args.clone(),
        user_data,
        kernel_sha256: None,
        initrd_sha256: None,
        tries: 0,
        expires_at: None,
        created_at: task.created_at,
    })
}
