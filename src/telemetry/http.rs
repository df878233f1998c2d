//! What is counted of HTTP requests.
//!
//! Everything is there from the start: a place for each route, method and status, so that counting a request is a handful of
//! additions, whoever else counts at the moment.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};

use crate::meter::{Counter, CounterOf, Gauge, Held, Histogram, Label};
use crate::view::metrics::{Answers, Times};

/// The route of a path that leads nowhere.
const NO_ROUTE: &str = "other";

/// The methods that are told apart; the last is all others.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER",
];

/// The statuses that are told apart. Any other counts as none of them.
const CODES: [u16; 23] = [
    200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 422, 429, 500,
    502, 503, 504, 507,
];

/// The bounds of response times, in seconds: from what a read takes to where people give up.
const RESPONSE_TIMES: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInFailure {
    /// The token is unknown, revoked or expired.
    UnknownToken,
    /// The same, from an address that tried too many.
    Throttled,
    /// There was neither a token nor somebody whom the kernel names.
    NoCredentials,
    /// The headers are not what a token comes in.
    Malformed,
    /// A user of this machine who is in none of the groups, or has no name here.
    Stranger,
    /// A client certificate that was verified and is for no token, has ended, or came with a web page's request.
    Certificate,
    /// Keystone gives the token no rights here.
    NoRights,
    /// Keystone could not be asked.
    Keystone,
}

impl Label for SignInFailure {
    const ALL: &'static [Self] = &[
        Self::UnknownToken,
        Self::Throttled,
        Self::NoCredentials,
        Self::Malformed,
        Self::Stranger,
        Self::Certificate,
        Self::NoRights,
        Self::Keystone,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::UnknownToken => "unknown_token",
            Self::Throttled => "throttled",
            Self::NoCredentials => "no_credentials",
            Self::Malformed => "malformed",
            Self::Stranger => "stranger",
            Self::Certificate => "certificate",
            Self::NoRights => "no_rights",
            Self::Keystone => "keystone",
        }
    }
}

/// The numbers of all requests.
#[derive(Debug)]
pub struct Http {
    /// Each route as the page calls it; the last is [`NO_ROUTE`].
    routes: Vec<Arc<str>>,
    /// For each route, for each method.
    times: Vec<Histogram>,
    /// For each route, for each method, for each of [`CODES`] and any other.
    answers: Vec<Counter>,
    under_way: Gauge,
    /// Those who could not sign in.
    pub sign_in_failures: CounterOf<SignInFailure>,
}

/// A request under way, until this is dropped. One whose client goes away before the answer is not counted as answered.
#[derive(Debug)]
pub struct Measured<'a> {
    http: &'a Http,
    method: usize,
    route: usize,
    _under_way: Held<'a>,
}

impl Http {
    /// Over these routes, as the page is to call them. A request names its route by the place in this list.
    pub fn new(routes: Vec<String>) -> Self {
        let mut routes: Vec<Arc<str>> = routes.into_iter().map(Arc::from).collect();
        routes.push(NO_ROUTE.into());
        let endpoints = routes.len() * METHODS.len();
        Self {
            times: (0..endpoints)
                .map(|_| Histogram::new(RESPONSE_TIMES))
                .collect(),
            answers: (0..endpoints * (CODES.len() + 1))
                .map(|_| Counter::default())
                .collect(),
            routes,
            under_way: Gauge::default(),
            sign_in_failures: CounterOf::default(),
        }
    }

    /// A request has come.
    pub fn begin(&self, method: &Method) -> Measured<'_> {
        let known = METHODS.iter().position(|known| *known == method.as_str());
        Measured {
            http: self,
            method: known.unwrap_or(METHODS.len() - 1),
            route: self.routes.len() - 1,
            _under_way: self.under_way.hold(),
        }
    }

    /// Requests that have no answer yet.
    pub fn under_way(&self) -> u64 {
        self.under_way.get()
    }

    /// Every answer that was ever given.
    pub fn answers(&self) -> Vec<Answers> {
        let places = self.endpoints().flat_map(|(route, method)| {
            let codes = CODES.iter().map(|code| Some(*code)).chain([None]);
            codes.map(move |code| (route, method, code))
        });
        let counted = places.zip(&self.answers).map(|(place, counter)| {
            let ((route, method, code), count) = (place, counter.get());
            (count > 0).then(|| Answers {
                route: route.clone(),
                method,
                code,
                count,
            })
        });
        counted.flatten().collect()
    }

    /// How long everything took that was ever answered.
    pub fn times(&self) -> Vec<Times> {
        let measured = self.endpoints().zip(&self.times);
        let measured = measured.map(|((route, method), times)| {
            let took = times.read();
            (took.count() > 0).then(|| Times {
                route: route.clone(),
                method,
                took,
            })
        });
        measured.flatten().collect()
    }

    fn endpoints(&self) -> impl Iterator<Item = (&Arc<str>, &'static str)> {
        let routes = self.routes.iter();
        routes.flat_map(|route| METHODS.into_iter().map(move |method| (route, method)))
    }
}

impl Measured<'_> {
    /// Its path leads to the route at this place of the list.
    pub fn at(&mut self, route: usize) {
        self.route = route;
    }

    /// The head of its answer is ready, after this time.
    pub fn end(self, status: StatusCode, took: Duration) {
        let endpoint = self.route * METHODS.len() + self.method;
        let code = CODES.iter().position(|code| *code == status.as_u16());
        let place = endpoint * (CODES.len() + 1) + code.unwrap_or(CODES.len());
        if let Some(times) = self.http.times.get(endpoint) {
            times.observe(took.as_secs_f64());
        }
        if let Some(answers) = self.http.answers.get(place) {
            answers.bump();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(http: &Http, method: &[u8], route: Option<usize>, status: u16) {
        let mut measured = http.begin(&Method::from_bytes(method).unwrap());
        if let Some(route) = route {
            measured.at(route);
        }
        let status = StatusCode::from_u16(status).unwrap();
        measured.end(status, Duration::from_millis(3));
    }

    #[test]
    fn each_route_method_and_status_has_its_own_place() {
        let http = Http::new(vec!["/a".into(), "/b".into()]);
        for (method, route, status) in [
            ("GET", Some(0), 200),
            ("GET", Some(1), 200),
            ("DELETE", Some(1), 507),
            ("BREW", Some(1), 418),
            ("GET", None, 404),
            ("GET", None, 404),
        ] {
            end(&http, method.as_bytes(), route, status);
        }
        let answers: Vec<_> = http
            .answers()
            .into_iter()
            .map(|of| (of.route.to_string(), of.method, of.code, of.count))
            .collect();
        let expected = [
            ("/a", "GET", Some(200), 1),
            ("/b", "GET", Some(200), 1),
            ("/b", "DELETE", Some(507), 1),
            ("/b", "OTHER", None, 1),
            ("other", "GET", Some(404), 2),
        ];
        assert_eq!(
            answers,
            expected.map(|(route, method, code, count)| (route.to_owned(), method, code, count))
        );
        assert_eq!(http.times().len(), 5);
        assert_eq!(http.under_way(), 0);
    }

    #[test]
    fn a_request_that_is_given_up_is_no_longer_under_way_and_has_no_answer() {
        let http = Http::new(Vec::new());
        let measured = http.begin(&Method::GET);
        assert_eq!(http.under_way(), 1);
        drop(measured);
        assert_eq!(http.under_way(), 0);
        assert!(http.answers().is_empty());
    }
}
