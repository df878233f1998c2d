//! The routes: every path with its methods, who may use each, and its handler.
//!
//! The table is data, so that tests and documents can be held against it. Each path exists with and without `/v1`.

use std::future::Future;
use std::pin::Pin;

use hyper::Method;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
pub use crate::api::router::{Found, Router};
use crate::api::{
    backup, boot_device, event, health, image, image_file, instance, instance_type, key, limit,
    maintenance, network, node, operation, power, root, rotation, task, token, webhook, zone,
};
use crate::model::caller::{Peer, Role, Transport};
use crate::service::Service;

type Answering = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// A handler that knows who asks.
pub type Handler = fn(Call) -> Answering;

/// A handler that does not need to know.
pub type PublicHandler = fn(Service) -> Answering;

/// What one method does on one path.
pub struct Endpoint {
    /// The path, without `/v1`.
    pub path: &'static str,
    /// The method.
    pub method: Method,
    /// Who may use it.
    pub access: Access,
    /// What answers.
    pub handler: Handler,
}

/// Which roles may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// This one and those above it.
    From(Role),
    /// `monitor` and `admin`: nodes are nobody else's business.
    Monitoring,
}

impl Access {
    /// Whether this role may.
    pub fn allows(self, role: Role) -> bool {
        match self {
            Self::From(lowest) => role >= lowest,
            Self::Monitoring => matches!(role, Role::Monitor | Role::Admin),
        }
    }

    /// The role to ask an admin for.
    pub fn needed(self) -> Role {
        match self {
            Self::From(lowest) => lowest,
            Self::Monitoring => Role::Monitor,
        }
    }
}

impl Endpoint {
    /// Whether its handler looks itself at what the client accepts.
    pub fn negotiates(&self) -> bool {
        matches!(self.path, "/events" | "/metrics" | "/backup")
    }

    /// Whether its answer shows nothing but what is stored, and so is the same until that changes.
    pub fn shows_what_is_stored(&self) -> bool {
        let is_thing = matches!(
            self.path,
            "/instances/{ident}"
                | "/instances/{ident}/states"
                | "/nodes/{ident}"
                | "/nodes/{ident}/states"
                | "/types/{ident}"
                | "/images/{ident}"
                | "/networks/{ident}"
        );
        is_thing && self.method == Method::GET
    }

    /// Whether it may change something, and so leaves an entry in the audit trail.
    pub fn changes(&self) -> bool {
        self.method != Method::GET
    }

    /// Whether its body is a file, which is not read before the handler does.
    pub fn takes_file(&self) -> bool {
        let is_file = matches!(
            self.path,
            "/images/{ident}/kernel" | "/images/{ident}/initrd"
        );
        is_file && self.method == Method::PUT
    }

    /// What its path begins with, such as `nodes`.
    pub fn collection(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// Whether whoever has come so far may use it: a scraper on this machine needs no more than the socket.
    pub fn is_open_to(&self, peer: &Peer) -> bool {
        self.path == "/metrics" && peer.transport == Transport::Unix
    }
}

/// A `GET` without credentials.
pub struct PublicEndpoint {
    /// The path, without `/v1`.
    pub path: &'static str,
    /// What answers.
    pub handler: PublicHandler,
}

macro_rules! endpoints {
    (@ Monitoring) => {
        Access::Monitoring
    };
    (@ $role:ident) => {
        Access::From(Role::$role)
    };
    ($($method:ident $path:literal $who:ident $handler:path;)*) => {
        vec![$(Endpoint {
            path: $path,
            method: Method::$method,
            access: endpoints!(@ $who),
            handler: |call| Box::pin($handler(call)),
        }),*]
    };
}

/// All routes that need credentials.
pub fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        GET "/" Monitor root::show;

        GET "/instances" Reader instance::list;
        POST "/instances" Member instance::create;
        GET "/instances/detail" Reader instance::list_detail;
        GET "/instances/{ident}" Reader instance::show;
        PATCH "/instances/{ident}" Member instance::patch;
        DELETE "/instances/{ident}" Member instance::delete;
        GET "/instances/{ident}/states" Reader power::show_instance;
        PUT "/instances/{ident}/states/power" Member power::order_instance;
        GET "/instances/{ident}/tasks" Reader task::list_of_instance;
        POST "/instances/{ident}/retry" Admin instance::retry;
        POST "/instances/{ident}/rebuild" Member instance::rebuild;

        GET "/types" Reader instance_type::list;
        POST "/types" Admin instance_type::create;
        GET "/types/{ident}" Reader instance_type::show;
        PATCH "/types/{ident}" Admin instance_type::patch;
        DELETE "/types/{ident}" Admin instance_type::delete;
        GET "/types/{ident}/extraspecs" Reader instance_type::show_extra_specs;
        PATCH "/types/{ident}/extraspecs" Admin instance_type::merge_extra_specs;
        DELETE "/types/{ident}/extraspecs/{key}" Admin instance_type::remove_extra_spec;

        GET "/images" Reader image::list;
        POST "/images" Admin image::create;
        GET "/images/{ident}" Reader image::show;
        PATCH "/images/{ident}" Admin image::patch;
        DELETE "/images/{ident}" Admin image::delete;
        PUT "/images/{ident}/kernel" Admin image_file::upload_kernel;
        DELETE "/images/{ident}/kernel" Admin image_file::delete_kernel;
        PUT "/images/{ident}/initrd" Admin image_file::upload_initrd;
        DELETE "/images/{ident}/initrd" Admin image_file::delete_initrd;

        GET "/networks" Reader network::list;
        POST "/networks" Admin network::create;
        GET "/networks/{ident}" Reader network::show;
        PATCH "/networks/{ident}" Admin network::patch;
        DELETE "/networks/{ident}" Admin network::delete;

        GET "/availability_zones" Reader zone::list;

        GET "/nodes" Admin node::list;
        POST "/nodes" Admin node::create;
        GET "/nodes/{ident}" Admin node::show;
        PATCH "/nodes/{ident}" Admin node::patch;
        DELETE "/nodes/{ident}" Admin node::delete;
        GET "/nodes/{ident}/states" Admin power::show_node;
        PUT "/nodes/{ident}/states/power" Admin power::order_node;
        PUT "/nodes/{ident}/maintenance" Admin maintenance::set;
        DELETE "/nodes/{ident}/maintenance" Admin maintenance::clear;
        GET "/nodes/{ident}/management/boot_device" Admin boot_device::show;
        PUT "/nodes/{ident}/management/boot_device" Admin boot_device::order;
        POST "/nodes/{ident}/rotate-password" Admin rotation::order;
        GET "/nodes/{ident}/tasks" Admin task::list_of_node;
        GET "/nodes/{ident}/health" Monitoring health::show;

        GET "/health" Monitoring health::list;
        GET "/metrics" Monitoring health::metrics;

        GET "/tasks/{ident}" Reader task::show;
        DELETE "/tasks/{ident}" Member task::cancel;

        POST "/power" Member operation::create;
        GET "/operations" Reader operation::list;
        GET "/operations/{ident}" Reader operation::show;

        GET "/events" Reader event::list;

        GET "/limits" Admin limit::list;
        GET "/limits/{ident}" Reader limit::show;
        PUT "/limits/{ident}" Admin limit::set;
        DELETE "/limits/{ident}" Admin limit::unset;

        GET "/tokens" Admin token::list;
        POST "/tokens" Admin token::create;
        GET "/tokens/{ident}" Admin token::show;
        DELETE "/tokens/{ident}" Admin token::delete;

        POST "/keys/rotate" Admin key::rotate;
        POST "/backup" Admin backup::take;

        GET "/webhooks" Admin webhook::list;
        POST "/webhooks" Admin webhook::create;
        GET "/webhooks/{ident}" Admin webhook::show;
        DELETE "/webhooks/{ident}" Admin webhook::delete;
    }
}

/// What metrics call each path of the table, in the order of [`Found::index`]: as documents do, so with `/v1` where it is a
/// resource's.
pub fn labels() -> Vec<String> {
    let endpoints = endpoints().into_iter().map(|endpoint| endpoint.path);
    let public = public_endpoints().into_iter().map(|endpoint| endpoint.path);
    let mut labels: Vec<String> = Vec::new();
    for path in endpoints.chain(public) {
        let label = match path {
            "/" | "/metrics" | "/healthz" | "/readyz" | "/openapi.yaml" => path.to_owned(),
            path => format!("/v1{path}"),
        };
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// All routes without credentials.
pub fn public_endpoints() -> Vec<PublicEndpoint> {
    vec![
        PublicEndpoint {
            path: "/healthz",
            handler: |_| Box::pin(root::healthz()),
        },
        PublicEndpoint {
            path: "/readyz",
            handler: |service| Box::pin(root::readyz(service)),
        },
        PublicEndpoint {
            path: "/openapi.yaml",
            handler: |_| Box::pin(root::document()),
        },
    ]
}
