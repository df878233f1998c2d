//! Kernel and initrd, whole or in part.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use hyper::{Method, Request, Response, StatusCode};

use super::answer::{Outcome, nothing_here, refused};
use super::{from, put};
use crate::api::error::ApiError;
use crate::api::request_id;
use crate::model::caller::Peer;
use crate::model::ids::TaskId;
use crate::model::image::ImagePart;
use crate::model::netboot::Milestone;
use crate::rules::netboot::deploy::Deploy;
use crate::rules::netboot::range::{self, Part};
use crate::service::Service;
use crate::system::file_body::{BeforeLast, FileBody, Outlet};
use crate::telemetry::netboot::Served;

/// Answers with a file. The milestone is recorded when all but the last piece of it was handed over, before the last one is: so
/// nobody has the whole file, and goes on with it, before that is known.
pub(super) fn answer(
    service: &Service,
    deploy: Deploy,
    part: ImagePart,
    peer: &Peer,
    request: &Request<Incoming>,
) -> Result<Outcome, ApiError> {
    let Some(found) = service.boot_file(&deploy, part)? else {
        return Ok(nothing_here());
    };
    let is_get = request.method() == Method::GET;
    let etag = format!("\"{}\"", found.sha256);
    let header = |name| {
        let value = request.headers().get(name).filter(|_| is_get);
        value.map(|value| value.to_str().unwrap_or_default())
    };
    let wanted = range::of_headers(header(RANGE), header(IF_RANGE), &etag, found.length);
    let (from_byte, length) = match wanted {
        Part::Whole => (0, found.length),
        Part::Range { from, length } => (from, length),
        Part::Unsatisfiable => return Ok(unsatisfiable(found.length)),
    };
    let outlet = request.extensions().get::<Outlet>().cloned();
    let mut body = FileBody::new(Arc::new(found.file), from_byte, length, outlet);
    let end = from_byte.saturating_add(length);
    if is_get && end == found.length {
        let (milestone, task) = (milestone_of(part), deploy.netboot.task_id);
        body = body.before_last(recorded(service.clone(), task, milestone, from(peer)));
    }
    let mut response = Response::new(body.boxed_unsync());
    put(&mut response, CONTENT_TYPE, "application/octet-stream");
    put(&mut response, ACCEPT_RANGES, "bytes");
    put(&mut response, ETAG, &etag);
    if let Part::Range { .. } = wanted {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = end.saturating_sub(1);
        let range = format!("bytes {from_byte}-{last}/{}", found.length);
        put(&mut response, CONTENT_RANGE, &range);
    }
    let served = match part {
        ImagePart::Kernel => Served::Kernel,
        ImagePart::Initrd => Served::Initrd,
    };
    Ok((served, response))
}

fn milestone_of(part: ImagePart) -> Milestone {
    match part {
        ImagePart::Kernel => Milestone::Kernel,
        ImagePart::Initrd => Milestone::Initrd,
    }
}

/// Records a milestone. A machine gets its file all the same where that fails: what comes later shows that it had it.
fn recorded(service: Service, task: TaskId, milestone: Milestone, detail: String) -> BeforeLast {
    Box::pin(async move {
        if let Err(error) = service.reached(task, milestone, detail).await {
            ApiError::from(error).log(&request_id::next());
        }
    })
}

fn unsatisfiable(length: u64) -> Outcome {
    let sentence = format!("the file has {length} bytes: ask for some of them");
    let mut response = refused(StatusCode::RANGE_NOT_SATISFIABLE, &sentence);
    put(&mut response, CONTENT_RANGE, &format!("bytes */{length}"));
    (Served::Refused, response)
}
