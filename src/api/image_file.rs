//! `/images/{ident}/kernel` and `/images/{ident}/initrd`: files that are uploaded.

use hyper::StatusCode;
use hyper::body::Body as _;

use crate::api::answer::Answer;
use crate::api::body;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::model::image::{Image, ImagePart};
use crate::rules::netboot::digest;
use crate::service::image_file::FileOfImage;
use crate::view::View as _;

/// `PUT /images/{ident}/kernel`.
pub async fn upload_kernel(call: Call) -> Result<Answer, ApiError> {
    upload(call, ImagePart::Kernel).await
}

/// `PUT /images/{ident}/initrd`.
pub async fn upload_initrd(call: Call) -> Result<Answer, ApiError> {
    upload(call, ImagePart::Initrd).await
}

/// `DELETE /images/{ident}/kernel`.
pub async fn delete_kernel(call: Call) -> Result<Answer, ApiError> {
    delete(call, ImagePart::Kernel).await
}

/// `DELETE /images/{ident}/initrd`.
pub async fn delete_initrd(call: Call) -> Result<Answer, ApiError> {
    delete(call, ImagePart::Initrd).await
}

async fn upload(mut call: Call, part: ImagePart) -> Result<Answer, ApiError> {
    let of = file_of_image(&call, part)?;
    let sha256 = sha256(&call)?;
    let mut file = call.take_file()?;
    let announced = file.size_hint().exact();
    let upload = call
        .service
        .begin_upload(&call.caller, of, announced, sha256);
    let mut upload = upload.await?;
    while let Some(piece) = body::next_piece(&mut file).await? {
        upload = upload.push(piece).await?;
    }
    let image = call.service.end_upload(&call.caller, upload).await?;
    call.changed(&image, Image::FIELDS)
}

async fn delete(call: Call, part: ImagePart) -> Result<Answer, ApiError> {
    let of = file_of_image(&call, part)?;
    call.service.delete_image_file(&call.caller, of).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Which file of which image, which has to be there before the rest is judged.
fn file_of_image(call: &Call, part: ImagePart) -> Result<FileOfImage, ApiError> {
    call.service.show_image(&call.caller, call.ident())?;
    call.no_query()?;
    Ok(FileOfImage {
        ident: call.ident().to_owned(),
        part,
        precondition: call.precondition()?,
    })
}

/// What the client says that the SHA-256 of its file is.
fn sha256(call: &Call) -> Result<Option<String>, ApiError> {
    let Some(value) = call.headers().get("content-digest") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("sha-256=?");
    Ok(digest::of_content_digest(text)?)
}
