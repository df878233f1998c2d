//! From a path to what it does.

use hyper::Method;
use percent_encoding::percent_decode_str;

use crate::api::routes::{Endpoint, PublicHandler, endpoints, public_endpoints};

/// Finds the routes of a path.
pub struct Router {
    paths: matchit::Router<usize>,
    /// The methods of each path.
    routes: Vec<Methods>,
}

#[derive(Default)]
struct Methods {
    endpoints: Vec<Endpoint>,
    public: Option<PublicHandler>,
}

/// A path that is there.
pub struct Found<'a> {
    methods: &'a Methods,
    /// Which path of the table it is, counted in the order in which the table has them.
    pub index: usize,
    /// What the path names, decoded, in order.
    pub params: Vec<String>,
}

impl Router {
    /// The router over the table.
    pub fn new() -> Self {
        let mut router = Self {
            paths: matchit::Router::new(),
            routes: Vec::new(),
        };
        for endpoint in endpoints() {
            if let Some(methods) = router.methods(endpoint.path) {
                methods.endpoints.push(endpoint);
            }
        }
        for endpoint in public_endpoints() {
            if let Some(methods) = router.methods(endpoint.path) {
                methods.public = Some(endpoint.handler);
            }
        }
        router
    }

    /// Finds a path as it came: with or without `/v1`, with or without a slash at its end.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let path = match path.strip_prefix("/v1") {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            Some(_) | None => path,
        };
        let path = if path.len() > 1 {
            path.strip_suffix('/').unwrap_or(path)
        } else {
            path
        };
        let matched = self.paths.at(path).ok()?;
        let decode = |value: &str| Some(percent_decode_str(value).decode_utf8().ok()?.into_owned());
        let params = matched
            .params
            .iter()
            .map(|(_, value)| decode(value))
            .collect::<Option<_>>()?;
        Some(Found {
            methods: self.routes.get(*matched.value)?,
            index: *matched.value,
            params,
        })
    }

    fn methods(&mut self, path: &'static str) -> Option<&mut Methods> {
        let index = self.paths.at(path).ok().map(|matched| *matched.value);
        // A path's own pattern also matches other patterns (`/x/{a}` the text "/x/{b}"): only an insert that fails is a repeat.
        match self.paths.insert(path, self.routes.len()) {
            Ok(()) => {
                self.routes.push(Methods::default());
                self.routes.last_mut()
            }
            Err(_) => self.routes.get_mut(index?),
        }
    }
}

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Found<'a> {
    /// What a method does here. `HEAD` is `GET` without its body.
    pub fn endpoint(&self, method: &Method) -> Option<&'a Endpoint> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.methods
            .endpoints
            .iter()
            .find(|endpoint| endpoint.method == *method)
    }

    /// What answers without credentials.
    pub fn public(&self, method: &Method) -> Option<PublicHandler> {
        let reads = method == Method::GET || method == Method::HEAD;
        self.methods.public.filter(|_| reads)
    }

    /// Whether nothing here asks for credentials.
    pub fn is_public(&self) -> bool {
        self.methods.public.is_some() && self.methods.endpoints.is_empty()
    }

    /// The methods that there are, for `Allow`.
    pub fn allowed(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        let public = self.methods.public.map(|_| &Method::GET);
        for method in self
            .methods
            .endpoints
            .iter()
            .map(|endpoint| &endpoint.method)
            .chain(public)
        {
            names.push(method.as_str());
            if method == Method::GET {
                names.push("HEAD");
            }
        }
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes::labels;

    #[test]
    fn every_route_of_the_table_is_found_with_and_without_v1() {
        let router = Router::new();
        for endpoint in endpoints() {
            let path = endpoint
                .path
                .replace("{ident}", "a%20b")
                .replace("{key}", "k");
            for prefix in ["", "/v1"] {
                let found = router.find(&format!("{prefix}{path}")).unwrap();
                let same = found.endpoint(&endpoint.method).unwrap();
                assert_eq!((same.path, &same.method), (endpoint.path, &endpoint.method));
                if endpoint.path.contains("{ident}") {
                    assert_eq!(found.params[0], "a b");
                }
            }
        }
        for path in [
            "/v2",
            "/v1x",
            "/v1/v1/nodes",
            "/instances/a/b/c",
            "/v1/nothing",
            "",
        ] {
            assert!(router.find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn metrics_call_each_path_by_its_own_name() {
        let (router, labels) = (Router::new(), labels());
        for endpoint in endpoints() {
            let path = endpoint.path.replace("{ident}", "x").replace("{key}", "k");
            let label = &labels[router.find(&path).unwrap().index];
            let without = label.strip_prefix("/v1").unwrap_or(label);
            assert_eq!(without, endpoint.path);
        }
        for endpoint in public_endpoints() {
            let found = router.find(endpoint.path).unwrap();
            assert_eq!(labels[found.index], endpoint.path);
        }
        assert_eq!(labels.len(), router.routes.len());
    }

    #[test]
    fn allow_lists_the_methods_of_a_path() {
        let router = Router::new();
        assert_eq!(
            router.find("/v1/instances/x").unwrap().allowed(),
            "GET, HEAD, PATCH, DELETE"
        );
    }
}
