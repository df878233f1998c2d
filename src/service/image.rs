//! Images.

use serde::Deserialize;
use serde_json::json;

use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::ids::ImageId;
use crate::model::image::{Completion, Image, ImageBoot, ImageKind, ImagePart};
use crate::model::page::Page;
use crate::rules::input::{self, InvalidInput};
use crate::rules::netboot::{digest, variables};
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
    kind: Option<ImageKind>,
    boot: Option<ImageBoot>,
    kernel_url: Option<String>,
    initrd_url: Option<String>,
    kernel_sha256: Option<String>,
    initrd_sha256: Option<String>,
    kernel_args: Option<String>,
    user_data: Option<String>,
    completion: Option<Completion>,
    is_public: Option<bool>,
}

impl NewImage {
    fn into_image(self, project_id: String) -> Image {
        let default_boot = if self.kernel_url.is_some() {
            ImageBoot::Network
        } else {
            ImageBoot::External
        };
        Image {
            id: self.uuid.unwrap_or_else(ImageId::random),
            name: self.name,
            description: self.description,
            kind: self.kind.unwrap_or_default(),
            boot: self.boot.unwrap_or(default_boot),
            kernel_url: self.kernel_url,
            initrd_url: self.initrd_url,
            kernel_sha256: self.kernel_sha256,
            initrd_sha256: self.initrd_sha256,
            kernel_size: None,
            initrd_size: None,
            kernel_args: self.kernel_args,
            user_data: self.user_data,
            completion: self.completion.unwrap_or_default(),
            is_public: self.is_public.unwrap_or(true),
            project_id,
            created_at: time::now(),
            updated_at: None,
            revision: 1,
        }
    }
}

/// What a client may change of an image.
#[derive(Deserialize)]
struct Changed {
    name: String,
    description: Option<String>,
    kind: ImageKind,
    boot: ImageBoot,
    kernel_url: Option<String>,
    initrd_url: Option<String>,
    kernel_sha256: Option<String>,
    initrd_sha256: Option<String>,
    kernel_args: Option<String>,
    user_data: Option<String>,
    completion: Completion,
    is_public: bool,
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
        let mut made = new.into_image(caller.project_id.clone());
        check(&mut made)?;
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
        let (caller, ident) = (caller.clone(), ident.to_owned());
        self.store
            .write(move |connection| {
                let mut of = access::image(connection, &caller, &ident)?;
                check_precondition(&precondition, &of, Kind::Image, &ident)?;
                let changed: Changed = patch.apply(&of, Image::FIELDS, &changeable())?;
                take_over(&mut of, changed)?;
                check(&mut of)?;
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
                        let by = if store::netboot::is_wiping(connection, of.id)? {
                            "machines that are being wiped with it: wait until their instances are gone"
                        } else {
                            "instances: delete them first"
                        };
                        let by = by.to_owned();
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

/// What a patch may change, and what there is where it removes something.
fn changeable() -> Vec<Changeable> {
    let required = ["name", "boot"].map(|field| Changeable {
        field,
        default: None,
    });
    let of_default = [
        ("kind", json!(ImageKind::default())),
        ("completion", json!(Completion::default())),
        ("is_public", json!(true)),
    ];
    let of_default = of_default.map(|(field, default)| Changeable {
        field,
        default: Some(default),
    });
    let nullable = [
        "description",
        "kernel_url",
        "initrd_url",
        "kernel_sha256",
        "initrd_sha256",
        "kernel_args",
        "user_data",
    ];
    let nullable = nullable.map(|field| Changeable {
        field,
        default: Some(json!(null)),
    });
    required
        .into_iter()
        .chain(of_default)
        .chain(nullable)
        .collect()
}

fn take_over(of: &mut Image, changed: Changed) -> Result<(), InvalidInput> {
    let kernel = changed_file(
        of,
        ImagePart::Kernel,
        changed.kernel_url,
        changed.kernel_sha256,
    )?;
    let initrd = changed_file(
        of,
        ImagePart::Initrd,
        changed.initrd_url,
        changed.initrd_sha256,
    )?;
    (of.kernel_url, of.kernel_sha256, of.kernel_size) = kernel;
    (of.initrd_url, of.initrd_sha256, of.initrd_size) = initrd;
    of.name = changed.name;
    of.description = changed.description;
    of.kind = changed.kind;
    of.boot = changed.boot;
    of.kernel_args = changed.kernel_args;
    of.user_data = changed.user_data;
    of.completion = changed.completion;
    of.is_public = changed.is_public;
    Ok(())
}

/// The URL, the SHA-256 and the size of one of its files after a change.
type File = (Option<String>, Option<String>, Option<i64>);

/// A URL takes the place of an upload. Without one the checksum of an upload is what it is.
fn changed_file(
    of: &Image,
    part: ImagePart,
    url: Option<String>,
    sha256: Option<String>,
) -> Result<File, InvalidInput> {
    let (before, size) = match part {
        ImagePart::Kernel => (&of.kernel_sha256, of.kernel_size),
        ImagePart::Initrd => (&of.initrd_sha256, of.initrd_size),
    };
    let is_same = *before == sha256;
    match (size, url) {
        (None, url) => Ok((url, sha256, None)),
        // The upload's checksum says nothing of what the URL gives.
        (Some(_), Some(url)) => Ok((Some(url), sha256.filter(|_| !is_same), None)),
        (Some(size), None) if is_same => Ok((None, sha256, Some(size))),
        (Some(_), None) => {
            let problem = format!(
                "is that of the uploaded {part}: upload another file, or set {part}_url along with it"
            );
            Err(InvalidInput::new(format!("{part}_sha256"), problem))
        }
    }
}

/// Whether an image can be as it is said to be. Checksums are spelled one way from then on.
fn check(of: &mut Image) -> Result<(), InvalidInput> {
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
    for (field, sha256) in [
        ("kernel_sha256", &mut of.kernel_sha256),
        ("initrd_sha256", &mut of.initrd_sha256),
    ] {
        if let Some(sha256) = sha256 {
            *sha256 = digest::hexadecimal(field, sha256)?;
        }
    }
    if let Some(args) = &of.kernel_args {
        if args.chars().count() > MAX_KERNEL_ARGS {
            let problem = format!("is longer than {MAX_KERNEL_ARGS} characters");
            return Err(InvalidInput::new("kernel_args", problem));
        }
        variables::check(args)?;
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
    if of.kind == ImageKind::Scrub && of.completion != Completion::PhoneHome {
        let problem = "must be phone-home for an image of kind scrub: only the machine itself can say that it is wiped";
        return Err(InvalidInput::new("completion", problem));
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
    let authority = url.split('/').nth(2).unwrap_or_default();
    if authority.contains('@') {
        let problem =
            "must hold no user name and no password: whoever may see the image would see them";
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

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const NEW: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn image(size: Option<i64>) -> Image {
        let new = serde_json::from_value::<NewImage>(json!({"name": "i", "kernel_sha256": OLD}));
        let mut image = new.unwrap().into_image("p".to_owned());
        image.kernel_size = size;
        image
    }

    /// The kernel's URL and checksum after a patch, and whether it is still an upload.
    fn after(size: Option<i64>, url: Option<&str>, sha256: Option<&str>) -> Option<File> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        changed_file(&image(size), ImagePart::Kernel, own(url), own(sha256)).ok()
    }

    #[test]
    fn a_url_takes_the_place_of_an_upload_and_has_no_checksum_but_its_own() {
        let url = || Some("http://h/k".to_owned());
        let of = |sha256: &str| Some(sha256.to_owned());
        for (size, given_url, sha256, expected) in [
            (None, None, Some(NEW), Some((None, of(NEW), None))),
            (
                None,
                Some("http://h/k"),
                Some(OLD),
                Some((url(), of(OLD), None)),
            ),
            (Some(3), None, Some(OLD), Some((None, of(OLD), Some(3)))),
            (Some(3), None, Some(NEW), None),
            (Some(3), None, None, None),
            (
                Some(3),
                Some("http://h/k"),
                Some(OLD),
                Some((url(), None, None)),
            ),
            (
                Some(3),
                Some("http://h/k"),
                Some(NEW),
                Some((url(), of(NEW), None)),
            ),
        ] {
            assert_eq!(after(size, given_url, sha256), expected);
        }
    }
}
