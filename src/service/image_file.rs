//! The kernels and initrds that are uploaded.
//!
//! A file is received first, and has its name when it is whole and right. Then one closure makes it the image's; what nobody needs
//! any more is removed by `worker/upkeep.rs`.

use hyper::body::Bytes;
use tokio::task::spawn_blocking;

use crate::crash;
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::image::{Image, ImageBoot, ImagePart};
use crate::rules::input::InvalidInput;
use crate::service::access::{self, check_precondition};
use crate::service::{Error, Kind, Service};
use crate::store::image_file::Kept;
use crate::store::incoming::Incoming;
use crate::store::{self, Store, StoreError, fetched_file};
use crate::time;

/// Which file of which image, as a client says it.
#[derive(Debug, Clone)]
pub struct FileOfImage {
    /// The image's name or UUID.
    pub ident: String,
    /// Which of its files.
    pub part: ImagePart,
    /// What the image has to be like.
    pub precondition: Precondition,
}

/// A file on its way in. It leaves nothing where it does not come to its end.
#[derive(Debug)]
pub struct Upload {
    of: FileOfImage,
    expected: Vec<String>,
    incoming: Incoming,
}

impl Upload {
    /// Goes on with these bytes.
    ///
    /// # Errors
    /// The file becomes too large, or there is no room for it.
    pub async fn push(self, bytes: Bytes) -> Result<Self, Error> {
        let incoming = self.incoming.push(bytes).await?;
        Ok(Self { incoming, ..self })
    }
}

impl Service {
    /// Begins an upload of so many bytes, where that is known, with this SHA-256, where the client says it. What can be refused
    /// is refused before anything is sent.
    ///
    /// # Errors
    /// No such image; another version of it; too large, or no room.
    pub async fn begin_upload(
        &self,
        caller: &Caller,
        of: FileOfImage,
        announced: Option<u64>,
        sha256: Option<String>,
    ) -> Result<Upload, Error> {
        let image = self.store.read(|connection| {
            let image = access::image(connection, caller, &of.ident)?;
            check_precondition(&of.precondition, &image, Kind::Image, &of.ident)?;
            Ok::<_, Error>(image)
        })?;
        // What an earlier upload has is no expectation.
        let own = match of.part {
            ImagePart::Kernel if image.kernel_size.is_none() => image.kernel_sha256,
            ImagePart::Initrd if image.initrd_size.is_none() => image.initrd_sha256,
            ImagePart::Kernel | ImagePart::Initrd => None,
        };
        let incoming = Incoming::begin(self.store.image_files(), announced).await?;
        Ok(Upload {
            of,
            expected: sha256.into_iter().chain(own).collect(),
            incoming,
        })
    }

    /// Ends an upload: the file is the image's from now on, in place of a URL or of an earlier one.
    ///
    /// # Errors
    /// It is empty, or not what was expected; the image is not there any more, or is another version by now.
    pub async fn end_upload(&self, caller: &Caller, upload: Upload) -> Result<Image, Error> {
        let Upload {
            of,
            expected,
            incoming,
        } = upload;
        if incoming.bytes() == 0 {
            let problem = format!("is empty: send the {} as it is", of.part);
            return Err(InvalidInput::new("body", problem).into());
        }
        let kept = incoming.finish(expected).await?;
        let (caller, files) = (caller.clone(), self.store.image_files().clone());
        let file = kept.clone();
        let claimed = self.store.write(move |connection| {
            let mut image = access::image(connection, &caller, &of.ident)?;
            check_precondition(&of.precondition, &image, Kind::Image, &of.ident)?;
            if files.size(&file.sha256) != Some(file.bytes) {
                return Err(Error::FileLost);
            }
            claim(&mut image, of.part, Some(file));
            image.updated_at = Some(time::now());
            store::image::update(connection, &image)?;
            image.revision += 1;
            crash::commit("image_upload");
            Ok(image)
        });
        let claimed = claimed.await;
        if claimed.is_err() {
            self.remove_unclaimed(kept).await;
        }
        claimed
    }

    /// Takes an uploaded file away from an image.
    ///
    /// # Errors
    /// There is none; the image is another version by now.
    pub async fn delete_image_file(&self, caller: &Caller, of: FileOfImage) -> Result<(), Error> {
        let caller = caller.clone();
        self.store
            .write(move |connection| {
                let mut image = access::image(connection, &caller, &of.ident)?;
                check_precondition(&of.precondition, &image, Kind::Image, &of.ident)?;
                let size = match of.part {
                    ImagePart::Kernel => image.kernel_size,
                    ImagePart::Initrd => image.initrd_size,
                };
                if size.is_none() {
                    return Err(Error::NoFile {
                        image: of.ident,
                        part: of.part,
                    });
                }
                claim(&mut image, of.part, None);
                image.updated_at = Some(time::now());
                Ok(store::image::update(connection, &image)?)
            })
            .await
    }

    /// Removes a file that nothing came of, unless something else needs the same.
    async fn remove_unclaimed(&self, kept: Kept) {
        let files = self.store.image_files().clone();
        let (set_aside, store): (_, &Store) = (files.clone(), &self.store);
        let aside = store.write(move |connection| {
            let is_needed = fetched_file::needed(connection)?.contains(&kept.sha256);
            Ok::<_, StoreError>((!is_needed).then(|| set_aside.set_aside_this(&kept.sha256)))
        });
        // Where it cannot be removed now, upkeep does it when it is old.
        if let Ok(Some(Ok(aside))) = aside.await {
            spawn_blocking(move || files.remove(&aside)).await.ok();
        }
    }
}

/// Gives a file to an image, in place of what it had, or takes it away.
fn claim(image: &mut Image, part: ImagePart, file: Option<Kept>) {
    let size = file
        .as_ref()
        .map(|file| i64::try_from(file.bytes).unwrap_or(i64::MAX));
    let is_given = file.is_some();
    let sha256 = file.map(|file| file.sha256);
    match part {
        ImagePart::Kernel => {
            (image.kernel_url, image.kernel_sha256, image.kernel_size) = (None, sha256, size);
            // With a kernel of its own there is something to boot.
            if is_given && image.boot == ImageBoot::External {
                image.boot = ImageBoot::Network;
            }
        }
        ImagePart::Initrd => {
            (image.initrd_url, image.initrd_sha256, image.initrd_size) = (None, sha256, size);
        }
    }
}
