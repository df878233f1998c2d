//! What `/metrics` says of requests.

use std::sync::Arc;

use super::page::{Kind, Page};
use crate::meter::{Counts, Reading};

/// The numbers of requests.
#[derive(Debug)]
pub struct Http {
    /// Every answer that was ever given.
    pub answers: Vec<Answers>,
    /// How long everything took that was ever answered.
    pub times: Vec<Times>,
    /// Requests that have no answer yet.
    pub under_way: u64,
    /// Streams of events that are open.
    pub streams: usize,
    /// Those who could not sign in.
    pub sign_in_failures: Counts,
}

/// How often a route answered a method with a status.
#[derive(Debug, Clone)]
pub struct Answers {
    /// The pattern of the path.
    pub route: Arc<str>,
    /// The method.
    pub method: &'static str,
    /// The status; `None` for those that are not told apart.
    pub code: Option<u16>,
    /// How often.
    pub count: u64,
}

/// How long a route took to answer a method, in seconds.
#[derive(Debug, Clone)]
pub struct Times {
    /// The pattern of the path.
    pub route: Arc<str>,
    /// The method.
    pub method: &'static str,
    /// How long.
    pub took: Reading,
}

pub(super) fn write(page: &mut Page, http: &Http) {
    let mut answers = page.family(
        "ostler_http_requests_total",
        Kind::Counter,
        "Requests that were answered; what never happened is missing.",
    );
    for Answers {
        route,
        method,
        code,
        count,
    } in &http.answers
    {
        let code = code.map_or_else(|| "other".to_owned(), |code| code.to_string());
        answers.sample(
            &[("route", route), ("method", method), ("code", &code)],
            count,
        );
    }
    let mut times = page.family(
        "ostler_http_request_duration_seconds",
        Kind::Histogram,
        "How long requests took until the head of the answer was ready; what never happened is missing.",
    );
    for Times {
        route,
        method,
        took,
    } in &http.times
    {
        times.histogram(&[("route", route), ("method", method)], took);
    }
    page.gauge(
        "ostler_http_requests_in_flight",
        "Requests that have no answer yet, this one among them.",
        http.under_way,
    );
    page.gauge(
        "ostler_event_streams",
        "Streams of events that are open.",
        http.streams,
    );
    page.counts(
        "ostler_sign_in_failures_total",
        "Requests of callers who could not sign in, by reason.",
        "reason",
        &http.sign_in_failures,
    );
}
