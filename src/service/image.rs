//! Images.

use serde::Deserialize;
use serde_json::json;

use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::ids::ImageId;
use crate::model::image::{Completion, Image, ImageBoot, ImageKind};
use crate::model::page::Page;
use crate::rules::input::{self, InvalidInput};
use crate::rules::patch::Changeable;
use crate::service::access::{self, check_precondition};
use crate::service::patching::JsonPatch;
use crate::service::{Error, Kind, Service, marker};
use crate::store::{self, StoreError};
use crate::time;
use crate::view::View;

/// The longest kernel command line, in characters: x86's kernel takes 2,048 bytes.
const MAX_KERNEL_ARGS: usize = 2_048;
/// The longest user data, in bytes: what EC2 and OpenStack allow.
const MAX_USER_DATA: usize = 65_535;
/// The longest URL, in characters.
const MAX_URL: usize = 2_048;

/// What a client says of a new image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewImage {
    uuid: Option<ImageId>,
    name: String,
    description: Option<String>,
    boot: Option<ImageBoot>,
    kernel_url: Option<String>,
    initrd_url: Option<String>,
    kernel_args: Option<String>,
    user_data: Option<String>,
    completion: Option<Completion>,
    is_public: Option<bool>,
}

impl Service {
    /// The images that the caller sees.
    pub fn list_images(&self, caller: &Caller, page: &Page) -> Result<Vec<Image>, Error> {
        let project = (!caller.is_admin()).then_some(caller.project_id.as_str());
        self.store.read(|connection| {
            marker::check_found(page, |ident| access::image(connection, caller, ident))?;
            Ok(store::image::list(connection, project, page)?)
        })
    }

    /// One image.
    pub fn show_image(&self, caller: &Caller, ident: &str) -> Result<Image, Error> {
        self.store
            .read(|connection| access::image(connection, caller, ident))
    }

    /// Makes an image.
    pub async fn create_image(&self, caller: &Caller, new: NewImage) -> Result<Image, Error> {
        let default_boot = if new.kernel_url.is_some() {
            ImageBoot::Network
        } else {
            ImageBoot::External
        };
        let made = Image {
            id: new.uuid.unwrap_or_else(ImageId::random),
            name: new.name,
            description: new.description,
            kind: ImageKind::default(),
            boot: new.boot.unwrap_or(default_boot),
            kernel_url: new.kernel_url,
            initrd_url: new.initrd_url,
            kernel_sha256: None,
            initrd_sha256: None,
            kernel_size: None,
            initrd_size: None,
            kernel_args: new.kernel_args,
            user_data: new.user_data,
            completion: new.completion.unwrap_or_default(),
            is_public: new.is_public.unwrap_or(true),
            project_id: caller.project_id.clone(),
            created_at: time::now(),
            updated_at: None,
            revision: 1,
        };
        check(&made)?;
        self.store.made(made.id.0);
        self.store
            .write(move |connection| {
                store::image::insert(connection, &made).map_err(|error| taken(error, &made))?;
                Ok(made)
            })
            .await
    }

    /// Changes an image. What is deployed already does not change with it.
    pub async fn patch_image(
        &self,
        caller: &Caller,
        ident: &str,
        patch: JsonPatch,
        precondition: Precondition,
    ) -> Result<Image, Error> {
        #[derive(Deserialize)]
        struct Changed {
            name: String,
            description: Option<String>,
            boot: ImageBoot,
            kernel_url: Option<String>,
            initrd_url: Option<String>,
            kernel_args: Option<String>,
            user_data: Option<String>,
            completion: Completion,
            is_public: bool,
        }
        let nullable = [
            "description",
            "kernel_url",
            "initrd_url",
            "kernel_args",
            "user_data",
        ];
        let mut changeable = vec![
            Changeable {
                field: "name",
                default: None,
            },
            Changeable {
                field: "boot",
                default: None,
            },
            Changeable {
                field: "completion",
                default: Some(json!(Completion::default())),
            },
            Changeable {
                field: "is_public",
                default: Some(json!(true)),
            },
        ];
        changeable.extend(nullable.map(|field| Changeable {
            field,
            default: Some(json!(null)),
        }));
        let (caller, ident) = (caller.clone(), ident.to_owned());
        self.store
            .write(move |connection| {
                let mut of = access::image(connection, &caller, &ident)?;
                check_precondition(&precondition, &of, Kind::Image, &ident)?;
                let changed: Changed = patch.apply(&of, Image::FIELDS, &changeable)?;
                of.name = changed.name;
                of.description = changed.description;
                of.boot = changed.boot;
                of.kernel_url = changed.kernel_url;
                of.initrd_url = changed.initrd_url;
                of.kernel_args = changed.kernel_args;
                of.user_data = changed.user_data;
                of.completion = changed.completion;
                of.is_public = changed.is_public;
                check(&of)?;
                of.updated_at = Some(time::now());
                store::image::update(connection, &of).map_err(|error| taken(error, &of))?;
                of.revision += 1;
                Ok(of)
            })
            .await
    }

    /// Deletes an image that no instance uses.
    pub async fn delete_image(
        &self,
        caller: &Caller,
        ident: &str,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        self.store
            .write(move |connection| {
                let of = access::image(connection, &caller, &ident)?;
                check_precondition(&precondition, &of, Kind::Image, &ident)?;
                match store::image::delete(connection, of.id) {
                    Err(error) if error.violates_foreign_key() => {
                        let by = "instances: delete them first".to_owned();
                        Err(Error::InUse {
                            kind: Kind::Image,
                            ident,
                            by,
                        })
                    }
                    result => Ok(result?),
                }
            })
            .await
    }
}

fn check(of: &Image) -> Result<(), InvalidInput> {
    input::name("name", &of.name)?;
    if let Some(description) = &of.description {
        input::text("description", description)?;
    }
    for (field, url) in [
        ("kernel_url", &of.kernel_url),
        ("initrd_url", &of.initrd_url),
    ] {
        if let Some(url) = url {
            check_url(field, url)?;
        }
    }
    if of
        .kernel_args
        .as_ref()
        .is_some_and(|args| args.chars().count() > MAX_KERNEL_ARGS)
    {
        let problem = format!("is longer than {MAX_KERNEL_ARGS} characters");
        return Err(InvalidInput::new("kernel_args", problem));
    }
    if of
        .user_data
        .as_ref()
        .is_some_and(|data| data.len() > MAX_USER_DATA)
    {
        return Err(InvalidInput::new(
            "user_data",
            format!("is longer than {MAX_USER_DATA} bytes"),
        ));
    }
    Ok(())
}

fn check_url(field: &str, url: &str) -> Result<(), InvalidInput> {
    let has_host = ["http://", "https://"].iter().any(|scheme| {
        url.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    });
    let clean = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    if !has_host || !clean || url.chars().count() > MAX_URL {
        let problem = format!("must be an http:// or https:// URL of at most {MAX_URL} characters");
        return Err(InvalidInput::new(field, problem));
    }
    Ok(())
}

fn taken(error: StoreError, of: &Image) -> Error {
    Error::taken(
        error,
        Kind::Image,
        "images.name",
        &of.name,
        "images.uuid",
        &of.id.to_string(),
    )
}
