//! The boot service: what machines are given that are being deployed. See `api-ref/netboot.md`.
//!
//! It is not the API. It has a listener of its own, for the network that machines boot from; nobody signs in there; what is
//! worth keeping from others is behind the secret of a deploy. Answers to machines are lines of text. What is refused is told to
//! no log, because a path may have a secret in it, and anybody may send anything.

mod answer;
mod file;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Method, Request, Response};

use crate::api::error::ApiError;
use crate::api::{body, request_id};
use crate::model::caller::Peer;
use crate::model::image::ImagePart;
use crate::model::netboot::Milestone;
use crate::rules::netboot::deploy::Deploy;
use crate::rules::netboot::{nocloud, script};
use crate::service::Service;
use crate::service::netboot::Asked;
use crate::telemetry::netboot::Served;
use answer::{Body, Outcome, bytes, refused, text};
use script::Asker;

/// The longest body of a machine that phones home, in bytes: cloud-init can send all its host keys.
const MAX_REPORT: usize = 64 << 10;
/// What reads of a machine cost nothing and change nothing.
const READS: &str = "GET, HEAD";

/// The boot service. Cheap to clone.
#[derive(Clone)]
pub struct BootService {
    service: Service,
    base: String,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing<'a> {
    /// What every machine is given first.
    First,
    /// The script of the machine that asks.
    Script,
    /// Something of a deploy.
    Of(&'a str, Part),
}

/// What a deploy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    File(ImagePart),
    MetaData,
    UserData,
    VendorData,
    NetworkConfig,
    PhoneHome,
}

impl<'a> Thing<'a> {
    fn at(path: &'a str) -> Option<Self> {
        let deploys = match path {
            "/boot.ipxe" => return Some(Self::First),
            "/script" => return Some(Self::Script),
            other => other.strip_prefix("/deploys/")?,
        };
        let (secret, part) = deploys.split_once('/')?;
        let part = match part {
            "kernel" => Part::File(ImagePart::Kernel),
            "initrd" => Part::File(ImagePart::Initrd),
            "meta-data" => Part::MetaData,
            "user-data" => Part::UserData,
            "vendor-data" => Part::VendorData,
            "network-config" => Part::NetworkConfig,
            "phone-home" => Part::PhoneHome,
            _ => return None,
        };
        Some(Self::Of(secret, part))
    }

    fn allows(self) -> &'static str {
        match self {
            Self::Of(_, Part::PhoneHome) => "POST",
            Self::First | Self::Script | Self::Of(..) => READS,
        }
    }
}

impl BootService {
    /// Over these use cases; `base` is the URL that machines reach it at, without a slash at its end.
    pub fn new(service: Service, base: String) -> Self {
        Self { service, base }
    }

    /// Answers one request of a machine.
    pub async fn handle(self, peer: Peer, request: Request<Incoming>) -> Response<Body> {
        let is_head = request.method() == Method::HEAD;
        let meters = self.service.meters().clone();
        let (served, response) = match self.answer(&peer, request).await {
            Ok(outcome) => outcome,
            Err(error) => {
                error.log(&request_id::next());
                let served = if error.status().is_server_error() {
                    Served::Failed
                } else {
                    Served::Refused
                };
                (served, refused(error.status(), error.message()))
            }
        };
        meters.netboot().answers.bump(served);
        if is_head {
            answer::without_body(response)
        } else {
            response
        }
    }

    async fn answer(&self, peer: &Peer, request: Request<Incoming>) -> Result<Outcome, ApiError> {
        let path = request.uri().path().to_owned();
        let Some(thing) = Thing::at(&path) else {
            return Ok(answer::nothing_here());
        };
        let allowed = thing.allows();
        let method = request.method().as_str();
        if !allowed.split(", ").any(|of| of == method) {
            return Ok(answer::not_allowed(allowed));
        }
        match thing {
            Thing::First => Ok((Served::First, text(script::first(&self.base)))),
            Thing::Script => self.script(peer, &request).await,
            Thing::Of(secret, part) => {
                let Some(deploy) = self.service.deploy_of_secret(secret)? else {
                    return Ok(answer::nothing_here());
                };
                match part {
                    Part::File(part) => file::answer(&self.service, deploy, part, peer, &request),
                    Part::PhoneHome => self.phone_home(deploy, peer, request).await,
                    Part::MetaData | Part::UserData | Part::VendorData | Part::NetworkConfig => {
                        self.data(deploy, part, peer, request.method()).await
                    }
                }
            }
        }
    }

    async fn script(&self, peer: &Peer, request: &Request<Incoming>) -> Result<Outcome, ApiError> {
        let asker = asker(request.uri().query());
        let next_device = |script| Ok((Served::NextDevice, text(script)));
        let not_yet = || Ok((Served::NotYet, text(script::not_yet(&asker, &self.base))));
        let deploy = match self.service.asked_for_script(&asker)? {
            Asked::Boots(deploy) => deploy,
            Asked::NotYet => return not_yet(),
            Asked::HasBooted => return next_device(script::has_booted(&asker)),
            Asked::Nothing => return next_device(script::next_device(&asker)),
        };
        if deploy.netboot.kernel_sha256.is_none() {
            return not_yet();
        }
        let script = script::of_deploy(&deploy, &asker)?;
        let task = deploy.netboot.task_id;
        if request.method() == Method::GET
            && !self
                .service
                .reached(task, Milestone::Script, from(peer))
                .await?
        {
            return not_yet();
        }
        Ok((Served::Script, text(script)))
    }

    /// What cloud-init reads. All that read it ask for `meta-data`, so that is what is counted.
    async fn data(
        &self,
        deploy: Deploy,
        part: Part,
        peer: &Peer,
        method: &Method,
    ) -> Result<Outcome, ApiError> {
        let task = deploy.netboot.task_id;
        if method == Method::GET {
            let (service, detail) = (&self.service, from(peer));
            let is_there = if part == Part::MetaData {
                service.reached(task, Milestone::Data, detail).await?
            } else {
                service.reached_first(task, Milestone::Data, detail).await?
            };
            if !is_there {
                return Ok(answer::nothing_here());
            }
        }
        let response = match part {
            Part::MetaData => bytes("application/json", nocloud::meta_data(&deploy)),
            Part::NetworkConfig => bytes("application/json", nocloud::network_config(&deploy)),
            Part::VendorData => bytes("text/cloud-config", nocloud::vendor_data(&deploy)),
            Part::UserData | Part::File(_) | Part::PhoneHome => bytes(
                "application/octet-stream",
                deploy.netboot.user_data.unwrap_or_default(),
            ),
        };
        Ok((Served::Data, response))
    }

    async fn phone_home(
        &self,
        deploy: Deploy,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Result<Outcome, ApiError> {
        let body = body::read(request.into_body(), MAX_REPORT).await?;
        let own = deploy.instance.id.to_string();
        if nocloud::instance_of(&body).is_some_and(|of| !of.eq_ignore_ascii_case(&own)) {
            return Ok(answer::another_instance());
        }
        let task = deploy.netboot.task_id;
        if !self
            .service
            .reached(task, Milestone::PhoneHome, from(peer))
            .await?
        {
            return Ok(answer::nothing_here());
        }
        Ok((Served::PhoneHome, text("welcome\n".to_owned())))
    }
}

/// Who asks, of what iPXE knows. What cannot be read was not said.
fn asker(query: Option<&str>) -> Asker {
    let mut asker = Asker::default();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "mac" => asker.mac = mac(&value),
            "uuid" => asker.uuid = Some(value.into_owned()),
            "tries" => asker.tries = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    asker
}

/// A MAC address in the form of ours, whatever stands between its bytes.
fn mac(text: &str) -> Option<String> {
    let digits: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, ':' | '-' | '.'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_one = digits.len() == 12 && digits.iter().all(char::is_ascii_hexdigit);
    is_one.then(|| {
        let bytes: Vec<String> = digits.chunks(2).map(|of| of.iter().collect()).collect();
        bytes.join(":")
    })
}

/// What a milestone says of where it was seen.
fn from(peer: &Peer) -> String {
    match peer.source {
        Some(source) => format!("from {}", source.ip().to_canonical()),
        None => "from this machine".to_owned(),
    }
}

/// Sets a header of a response.
fn put(response: &mut Response<Body>, name: hyper::header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_address_is_known_in_each_way_of_writing_it() {
        let own = Some("52:54:00:ab:cd:ef".to_owned());
        for text in [
            "52:54:00:ab:cd:ef",
            "52-54-00-AB-CD-EF",
            "525400abcdef",
            "5254.00ab.cdef",
        ] {
            assert_eq!(mac(text), own, "{text}");
        }
        for text in [
            "",
            "52:54:00:ab:cd",
            "52:54:00:ab:cd:eg",
            "52:54:00:ab:cd:ef:01",
        ] {
            assert_eq!(mac(text), None, "{text}");
        }
    }

    #[test]
    fn paths_lead_to_one_thing_each() {
        assert_eq!(Thing::at("/boot.ipxe"), Some(Thing::First));
        assert_eq!(Thing::at("/script"), Some(Thing::Script));
        let kernel = Thing::Of("s", Part::File(ImagePart::Kernel));
        assert_eq!(Thing::at("/deploys/s/kernel"), Some(kernel));
        for nothing in [
            "/",
            "",
            "/boot.ipxe/",
            "/deploys",
            "/deploys/",
            "/deploys/s",
            "/deploys/s/",
            "/deploys/s/kernel/",
            "/deploys//s/kernel",
            "/deploys/s/../kernel",
        ] {
            assert_eq!(Thing::at(nothing), None, "{nothing}");
        }
    }
}
