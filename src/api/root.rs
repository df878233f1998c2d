//! What the service is, and how it is.

use hyper::StatusCode;
use serde::Serialize;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::service::Service;
use crate::service::ready::NotReady;
use crate::view::links::Link;

/// `GET /`: the service and its versions.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    struct Root<'a> {
        name: &'a str,
        description: &'a str,
        version: &'a str,
        default_version: &'a Version,
        versions: [&'a Version; 1],
    }
    #[derive(Serialize)]
    struct Version {
        id: &'static str,
        status: &'static str,
        links: [Link; 1],
    }
    call.no_query()?;
    let links = [Link::own(format!("{}/v1", call.base.0))];
    let v1 = Version {
        id: "v1",
        status: "CURRENT",
        links,
    };
    let root = Root {
        name: "Ostler bare metal instance API",
        description: env!("CARGO_PKG_DESCRIPTION"),
        version: env!("CARGO_PKG_VERSION"),
        default_version: &v1,
        versions: [&v1],
    };
    Answer::json(StatusCode::OK, &root)
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// The document of the API.
const DOCUMENT: &str = include_str!("../../api-ref/openapi.yaml");

/// `GET /openapi.yaml`: the document of the API, in its registered media type (RFC 9512).
pub async fn document() -> Result<Answer, ApiError> {
    Ok(Answer::text("application/yaml", DOCUMENT))
}

/// `GET /healthz`: the process lives.
pub async fn healthz() -> Result<Answer, ApiError> {
    Answer::json(StatusCode::OK, &Health { status: "ok" })
}

/// `GET /readyz`: requests will be served, changes too.
pub async fn readyz(service: Service) -> Result<Answer, ApiError> {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match service.check_ready().await {
        Ok(()) => Answer::json(StatusCode::OK, &Health { status: "ready" }),
        Err(NotReady::Refused(error)) => Err(ApiError::from(error).with_status(unavailable)),
        Err(error @ (NotReady::Silent | NotReady::StandsStill(_))) => {
            Err(ApiError::new(unavailable, error.to_string()))
        }
    }
}
