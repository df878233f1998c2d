//! What links begin with: the base that the client used.

use hyper::Request;
use hyper::header::{HOST, HeaderMap};
use hyper::http::uri::Authority;

use crate::api::{ApiSettings, source};
use crate::model::caller::{Peer, Transport};
use crate::view::links::Base;

/// The base for one request: the configured one, what a trusted proxy forwards, or the Host header.
pub fn of_request<B>(settings: &ApiSettings, peer: &Peer, request: &Request<B>) -> Base {
    if let Some(public_url) = &settings.public_url {
        return Base(public_url.clone());
    }
    if peer.transport == Transport::Unix {
        return Base("http://localhost".to_owned());
    }
    let headers = request.headers();
    let is_proxy = peer
        .source
        .is_some_and(|from| source::is_trusted(&settings.trusted_proxies, from.ip()));
    let forwarded = |name: &str| if is_proxy { first(headers, name) } else { None };
    let scheme = match forwarded("x-forwarded-proto")
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("https") => "https",
        Some("http") => "http",
        _ if peer.transport == Transport::Tls => "https",
        _ => "http",
    };
    // In HTTP/2 there is no Host: the authority stands in the target, as it does where a proxy asks.
    let authority = request.uri().authority().map(Authority::as_str);
    let host = forwarded("x-forwarded-host")
        .or(authority)
        .filter(|host| is_authority(host))
        .or_else(|| first(headers, HOST.as_str()).filter(|host| is_authority(host)))
        .unwrap_or("localhost");
    Base(format!("{scheme}://{host}"))
}

fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    value
        .split(',')
        .next()
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// What a client sends there must not make links that lead somewhere inside of it.
fn is_authority(host: &str) -> bool {
    host.parse::<Authority>()
        .is_ok_and(|authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(source: &str, public_url: Option<&str>, headers: &[(&str, &str)]) -> String {
        over(Transport::Tcp, "/v1", source, public_url, headers)
    }

    fn over(
        transport: Transport,
        target: &str,
        source: &str,
        public_url: Option<&str>,
        headers: &[(&str, &str)],
    ) -> String {
        let settings = ApiSettings {
            public_url: public_url.map(String::from),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            max_body_bytes: 0,
            failed_sign_ins_per_min: 10,
            own_uid: 0,
            request_rate: None,
        };
        let source = Some(source.parse().unwrap());
        let peer = Peer {
            transport,
            source,
            unix: None,
            certificate: None,
            has_to_use_tls: false,
        };
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        of_request(&settings, &peer, &request.body(()).unwrap()).0
    }

    #[test]
    fn links_begin_with_what_the_client_used() {
        let host = ("host", "rack7:6688");
        let forwarded = [
            host,
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "api.example.org"),
        ];
        assert_eq!(base("192.0.2.1:1", None, &[host]), "http://rack7:6688");
        assert_eq!(
            base("192.0.2.1:1", None, &forwarded),
            "http://rack7:6688",
            "not a trusted proxy"
        );
        assert_eq!(
            base("10.1.1.1:1", None, &forwarded),
            "https://api.example.org"
        );
        assert_eq!(
            base("10.1.1.1:1", Some("https://ostler"), &forwarded),
            "https://ostler"
        );
        assert_eq!(
            base("192.0.2.1:1", None, &[("host", "a/b c")]),
            "http://localhost"
        );
    }
    #[test]
    fn over_tls_links_are_https_unless_a_trusted_proxy_says_otherwise() {
        let tls = |target: &str, source: &str, headers: &[(&str, &str)]| {
            over(Transport::Tls, target, source, None, headers)
        };
        let host = ("host", "rack7:6688");
        assert_eq!(tls("/v1", "192.0.2.1:1", &[host]), "https://rack7:6688");
        // HTTP/2: the authority, and no Host.
        assert_eq!(
            tls("https://rack8:6688/v1", "192.0.2.1:1", &[]),
            "https://rack8:6688"
        );
        assert_eq!(
            tls("https://user@rack8/v1", "192.0.2.1:1", &[]),
            "https://localhost"
        );
        let plain = [host, ("x-forwarded-proto", "http")];
        assert_eq!(tls("/v1", "192.0.2.1:1", &plain), "https://rack7:6688");
        assert_eq!(tls("/v1", "10.1.1.1:1", &plain), "http://rack7:6688");
    }
}
