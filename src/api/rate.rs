//! How many requests a client may send, where the settings limit that.
//!
//! Each client has a bucket that fills at the rate of the settings, up to the burst, and pays one for each request. A client
//! is a token that is good; on the Unix socket, a user; else an address, for who has no good token must not get a new
//! bucket with each guess. A bucket that is full again is as good as none, and is dropped when there are many.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::RETRY_AFTER;

use crate::api::error::ApiError;
use crate::api::source;
use crate::live::Live;
use crate::model::caller::{Peer, Source};
use crate::model::ids::TokenId;
use crate::store::token::TokenHash;
use crate::time;

/// This many clients of a kind are remembered. Who comes when all these are busy is let in: whoever has so many addresses is
/// not stopped by this.
const MAX_CLIENTS: usize = 10_000;

/// Full buckets are looked for at most this often.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// How many requests each client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In a second, for as long as it likes. At least 1.
    pub per_sec: u32,
    /// At once, after it was quiet for a while. At least 1.
    pub burst: u32,
}

/// Whose bucket a request is paid from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Client {
    /// A token.
    Token(TokenId),
    /// A token of Keystone.
    Keystone(TokenHash),
    /// A user of this machine, by uid.
    User(u32),
    /// An address; in IPv6 a network of 64 bits, of which a client often has all addresses.
    Address(IpAddr),
}

impl Client {
    /// Whoever is at the other end of a connection and has no good token.
    pub fn of(peer: &Peer, source: Source) -> Self {
        match (&peer.unix, source) {
            (Some(user), _) => Self::User(user.uid),
            (None, Source::Address(address)) => Self::Address(source::client(address)),
            (None, Source::Unix) => Self::Address(Ipv6Addr::UNSPECIFIED.into()),
        }
    }
}

/// The buckets of all clients; nothing where requests are not limited.
#[derive(Debug)]
pub struct Rates(Live<Option<Limited>>);

#[derive(Debug)]
struct Limited {
    rate: Rate,
    /// Tokens and users. Strangers do not take their room.
    known: Mutex<Buckets>,
    strangers: Mutex<Buckets>,
}

impl Rates {
    /// For this rate; `None` limits nothing.
    pub fn new(rate: Option<Rate>) -> Self {
        Self(Live::new(rate.map(Limited::new)))
    }

    /// For another rate from now on; with full buckets, unless it is the same.
    pub fn change(&self, rate: Option<Rate>) {
        let before = self.0.now();
        if before.as_ref().as_ref().map(|of| of.rate) != rate {
            self.0.set(rate.map(Limited::new));
        }
    }

    /// Whether requests are limited.
    pub fn is_on(&self) -> bool {
        self.0.now().is_some()
    }

    /// Takes the price of a request from the client's bucket.
    ///
    /// # Errors
    /// 429, if there is not enough in it.
    pub fn pay(&self, client: Client) -> Result<(), ApiError> {
        let limited = self.0.now();
        let Some(limited) = limited.as_ref() else {
            return Ok(());
        };
        let now = time::instant();
        let wait = limited.with(client, |buckets| buckets.take(client, limited.rate, now));
        wait.map_or(Ok(()), |wait| Err(too_many(limited.rate, wait)))
    }
}

impl Limited {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            known: Mutex::default(),
            strangers: Mutex::default(),
        }
    }

    fn with<T>(&self, client: Client, act: impl FnOnce(&mut Buckets) -> T) -> T {
        let buckets = match client {
            Client::Token(_) | Client::Keystone(_) | Client::User(_) => &self.known,
            Client::Address(_) => &self.strangers,
        };
        act(&mut buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn too_many(rate: Rate, wait: Duration) -> ApiError {
    let secs = wait.as_secs_f64().ceil().max(1.0);
    let message = format!(
        "too many requests: this client may send {} a second; wait {secs} s and try again",
        rate.per_sec
    );
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, message).with_header(RETRY_AFTER, secs.to_string())
}

#[derive(Debug, Default)]
struct Buckets {
    of: HashMap<Client, Bucket>,
    /// When full ones were last looked for.
    swept_at: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    /// How many requests it was good for at this moment.
    credit: f64,
    at: Instant,
}

impl Buckets {
    /// Pays for a request; says how long to wait where that cannot be paid.
    fn take(&mut self, client: Client, rate: Rate, now: Instant) -> Option<Duration> {
        self.make_room(rate, now);
        if self.of.len() >= MAX_CLIENTS && !self.of.contains_key(&client) {
            return None;
        }
        let bucket = self.of.entry(client).or_insert(Bucket {
            credit: rate.burst.into(),
            at: now,
        });
        bucket.credit = bucket.credit_at(rate, now);
        bucket.at = now;
        if bucket.credit >= 1.0 {
            bucket.credit -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64(
            (1.0 - bucket.credit) / f64::from(rate.per_sec),
        ))
    }

    fn make_room(&mut self, rate: Rate, now: Instant) {
        let is_swept = |at: Instant| now.saturating_duration_since(at) < SWEEP_PAUSE;
        if self.of.len() < MAX_CLIENTS || self.swept_at.is_some_and(is_swept) {
            return;
        }
        self.swept_at = Some(now);
        self.of
            .retain(|_, bucket| bucket.credit_at(rate, now) < f64::from(rate.burst));
    }
}

impl Bucket {
    fn credit_at(&self, rate: Rate, now: Instant) -> f64 {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(rate.per_sec);
        (self.credit + filled).min(rate.burst.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_sec: 2,
        burst: 3,
    };

    fn address(number: u32) -> Client {
        Client::Address(IpAddr::from(number.to_be_bytes()))
    }

    #[test]
    fn after_the_burst_a_client_has_its_rate_and_others_have_theirs() {
        let (mut buckets, start) = (Buckets::default(), time::instant());
        let (greedy, other) = (address(1), address(2));
        for _ in 0..3 {
            assert_eq!(buckets.take(greedy, RATE, start), None);
        }
        let half = Duration::from_millis(500);
        assert_eq!(buckets.take(greedy, RATE, start), Some(half));
        assert_eq!(buckets.take(other, RATE, start), None);
        // What was refused cost nothing.
        assert_eq!(buckets.take(greedy, RATE, start + half), None);
        assert_eq!(buckets.take(greedy, RATE, start + half), Some(half));
        // A long rest is worth no more than the burst.
        let later = start + Duration::from_secs(60);
        for _ in 0..3 {
            assert_eq!(buckets.take(greedy, RATE, later), None);
        }
        assert!(buckets.take(greedy, RATE, later).is_some());
    }

    #[test]
    fn many_addresses_take_no_more_room_and_those_that_rest_make_room() {
        let (mut buckets, start) = (Buckets::default(), time::instant());
        let most = u32::try_from(MAX_CLIENTS).unwrap();
        for number in 0..2 * most {
            assert_eq!(buckets.take(address(number), RATE, start), None);
        }
        assert_eq!(buckets.of.len(), MAX_CLIENTS);
        let rested = start + Duration::from_secs(2);
        assert_eq!(buckets.take(address(3 * most), RATE, rested), None);
        assert_eq!(buckets.of.len(), 1);
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let of = |text: &str| {
            let peer = Peer {
                transport: crate::model::caller::Transport::Tcp,
                source: None,
                unix: None,
                certificate: None,
                has_to_use_tls: false,
            };
            Client::of(&peer, Source::address(text.parse().unwrap()))
        };
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.2"), of("192.0.2.1"));
    }
}
