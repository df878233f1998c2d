//! Counters and control of a rack over HTTP, in JSON.
//!
//! | request | what |
//! |---|---|
//! | `GET /bmcs` | name, address, power and faults of each |
//! | `GET /total` | how many BMCs there are, how many are on, and their counters together |
//! | `GET /counters` | the counters of each, by name, and their `total` |
//! | `GET /bmcs/{name}` | one of them, with its counters |
//! | `PUT /bmcs/{name}/power` | `{"power": "on"}` or `"off"`: someone at the front panel, at once |
//! | `PUT /bmcs/{name}/faults` | [`Faults`]; what is not named is healthy |

use std::collections::BTreeMap;
use std::convert::Infallible;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::summary::{Summary, total};
use crate::model::power::PowerState;
use crate::sim::{Counters, Faults, Rack, SimBmc};

/// Faults and power are short.
const LONGEST_BODY: usize = 16 * 1024;

/// Serves until the future is dropped, and its connections with it.
pub(super) async fn serve(listener: TcpListener, rack: Rack) -> anyhow::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            Some(_ended) = connections.join_next() => continue,
        };
        let rack = rack.clone();
        connections.spawn(async move {
            let service = service_fn(|request| {
                let rack = &rack;
                async move { Ok::<_, Infallible>(answer(rack, request).await) }
            });
            // A connection that breaks is the peer's business.
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok();
        });
    }
}

#[derive(Serialize)]
struct BmcView {
    name: String,
    address: String,
    power: &'static str,
    faults: Faults,
    #[serde(skip_serializing_if = "Option::is_none")]
    counters: Option<Counters>,
}

impl BmcView {
    fn of(bmc: &SimBmc) -> Self {
        Self {
            name: bmc.name().to_owned(),
            address: bmc.address().to_string(),
            power: match bmc.power() {
                PowerState::On => "on",
                PowerState::Off => "off",
            },
            faults: bmc.faults(),
            counters: None,
        }
    }

    fn with_counters(bmc: &SimBmc) -> Self {
        Self {
            counters: Some(bmc.counters()),
            ..Self::of(bmc)
        }
    }
}

#[derive(Serialize)]
struct CountersView {
    total: Counters,
    bmcs: BTreeMap<String, Counters>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PowerBody {
    power: Wanted,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    On,
    Off,
}

/// Why there is no good answer.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is nothing at this path")]
    NoSuchPath,
    #[error("there is no BMC of this name")]
    NoSuchBmc,
    #[error("the path does not take this method")]
    WrongMethod,
    #[error("the body cannot be read: {0}")]
    BadBody(String),
}

async fn answer<B>(rack: &Rack, request: Request<B>) -> Response<Full<Bytes>>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (status, body) = match route(rack, request).await {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => {
            let status = match refusal {
                Refusal::NoSuchPath | Refusal::NoSuchBmc => StatusCode::NOT_FOUND,
                Refusal::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
                Refusal::BadBody(_) => StatusCode::BAD_REQUEST,
            };
            (
                status,
                json(&BTreeMap::from([("error", refusal.to_string())])),
            )
        }
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json"),
    );
    response
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let Ok(mut text) = serde_json::to_vec(value) else {
        unreachable!("views have only text keys");
    };
    text.push(b'\n');
    text
}

async fn route<B>(rack: &Rack, request: Request<B>) -> Result<Vec<u8>, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let put = request.method() == Method::PUT;
    if !put && request.method() != Method::GET {
        return Err(Refusal::WrongMethod);
    }
    match (put, parts.as_slice()) {
        (false, ["bmcs"]) => {
            let all: Vec<BmcView> = rack.bmcs().map(|bmc| BmcView::of(&bmc)).collect();
            Ok(json(&all))
        }
        (false, ["total"]) => Ok(json(&Summary::of(rack))),
        (false, ["counters"]) => Ok(json(&CountersView {
            total: total(rack),
            bmcs: rack
                .bmcs()
                .map(|bmc| (bmc.name().to_owned(), bmc.counters()))
                .collect(),
        })),
        (false, ["bmcs", name]) => Ok(json(&BmcView::with_counters(&find(rack, name)?))),
        (true, ["bmcs", name, "power"]) => {
            let bmc = find(rack, name)?;
            let body: PowerBody = read(request).await?;
            bmc.set_power(match body.power {
                Wanted::On => PowerState::On,
                Wanted::Off => PowerState::Off,
            });
            Ok(json(&BmcView::of(&bmc)))
        }
        (true, ["bmcs", name, "faults"]) => {
            let bmc = find(rack, name)?;
            bmc.set_faults(read(request).await?);
            Ok(json(&BmcView::of(&bmc)))
        }
        (true, ["bmcs" | "counters" | "total"] | ["bmcs", _])
        | (false, ["bmcs", _, "power" | "faults"]) => Err(Refusal::WrongMethod),
        _ => Err(Refusal::NoSuchPath),
    }
}

fn find(rack: &Rack, name: &str) -> Result<SimBmc, Refusal> {
    rack.by_name(name).ok_or(Refusal::NoSuchBmc)
}

async fn read<B, T>(request: Request<B>) -> Result<T, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    T: for<'de> Deserialize<'de>,
{
    let body = Limited::new(request.into_body(), LONGEST_BODY)
        .collect()
        .await
        .map_err(|error| Refusal::BadBody(error.to_string()))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| Refusal::BadBody(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::SimBmcConfig;

    async fn call(rack: &Rack, method: Method, path: &str, body: &str) -> (u16, serde_json::Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Full::<Bytes>::from(body.to_owned()))
            .unwrap();
        let response = answer(rack, request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn rack() -> Rack {
        let configs = vec![SimBmcConfig::new("sim-1"), SimBmcConfig::new("sim-2")];
        Rack::bind(configs).unwrap().0
    }

    #[tokio::test]
    async fn front_panel_and_faults_are_switched_by_name() {
        let rack = rack();
        let (status, seen) =
            call(&rack, Method::PUT, "/bmcs/sim-2/power", r#"{"power":"on"}"#).await;
        assert_eq!((status, &seen["power"]), (200, &"on".into()));
        let (status, _) = call(&rack, Method::PUT, "/bmcs/sim-1/faults", r#"{"busy":3}"#).await;
        assert_eq!(status, 200);
        let (_, seen) = call(&rack, Method::GET, "/bmcs", "").await;
        assert_eq!(seen[0]["faults"]["busy"], 3);
        assert_eq!(seen[0]["power"], "off");
        assert_eq!(seen[1]["power"], "on");
        let (_, seen) = call(&rack, Method::GET, "/counters", "").await;
        assert_eq!(seen["total"]["power_transitions"], 1);
        assert_eq!(seen["bmcs"]["sim-2"]["boots"], 1);
        let (_, seen) = call(&rack, Method::GET, "/total", "").await;
        assert_eq!((&seen["bmcs"], &seen["on"]), (&2.into(), &1.into()));
        assert_eq!(seen["total"]["boots"], 1);
        let (_, seen) = call(&rack, Method::GET, "/bmcs/sim-2", "").await;
        assert_eq!(seen["counters"]["power_transitions"], 1);
    }

    #[tokio::test]
    async fn bad_requests_change_nothing_and_say_why() {
        let rack = rack();
        let long = " ".repeat(LONGEST_BODY + 1);
        for (method, path, body, expected) in [
            (Method::GET, "/", "", 404),
            (Method::GET, "/bmcs/none", "", 404),
            (Method::PUT, "/bmcs/none/power", r#"{"power":"on"}"#, 404),
            (Method::PUT, "/bmcs/sim-1/power", r#"{"power":"up"}"#, 400),
            (Method::PUT, "/bmcs/sim-1/power", "", 400),
            (Method::PUT, "/bmcs/sim-1/power", &long, 400),
            (Method::PUT, "/bmcs/sim-1/faults", r#"{"fault":1}"#, 400),
            (Method::GET, "/bmcs/sim-1/power", "", 405),
            (Method::DELETE, "/bmcs/sim-1", "", 405),
        ] {
            let (status, said) = call(&rack, method, path, body).await;
            assert_eq!(status, expected, "{path}");
            assert!(said["error"].is_string());
        }
        assert_eq!(total(&rack), Counters::default());
    }
}
