//! What a single text must look like: each function reads one, or gives `None` for what cannot be used.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use hyper::Uri;
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use uuid::Uuid;

use super::settings::LogFormat;

pub(super) fn absolute(text: &str) -> Option<PathBuf> {
    let path = Path::new(text);
    (path.is_absolute() && !text.contains('\0')).then(|| path.to_owned())
}

/// An absolute path, or a name in the directory of the service's credentials; or nothing.
pub(super) fn file_or_credential(text: &str) -> Option<Option<PathBuf>> {
    if text.is_empty() {
        return Some(None);
    }
    let is_name = !text.contains(['/', '\0']) && !matches!(text, "." | "..");
    let path = if is_name {
        Some(PathBuf::from(text))
    } else {
        absolute(text)
    };
    path.map(Some)
}

/// A path that `bind` takes: `sockaddr_un` holds 107 bytes, of which the name under which a socket is prepared before it
/// gets its own takes some.
pub(super) fn socket_path(text: &str) -> Option<Option<PathBuf>> {
    if text.is_empty() {
        return Some(None);
    }
    let names_a_file = !text.ends_with('/') && Path::new(text).file_name().is_some();
    if text.len() > 100 || !names_a_file {
        return None;
    }
    absolute(text).map(Some)
}

/// A GUID, or nothing.
pub(super) fn guid(text: &str) -> Option<Option<Uuid>> {
    if text.is_empty() {
        return Some(None);
    }
    Uuid::parse_str(text).ok().map(Some)
}

pub(super) fn group_name(text: &str) -> Option<String> {
    let good = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, ':' | ',' | '/'));
    good.then(|| text.to_owned())
}

pub(super) fn mode(text: &str) -> Option<u32> {
    if !text.bytes().all(|digit| matches!(digit, b'0'..=b'7')) {
        return None;
    }
    let mode = u32::from_str_radix(text, 8).ok()?;
    (mode & !0o777 == 0 && mode & 0o600 == 0o600).then_some(mode)
}

/// `http` or `https`, a host, perhaps a path; no query, no user. The slash at the end goes.
pub(super) fn base_url(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let uri = Uri::from_str(text).ok()?;
    let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri
        .authority()
        .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
    let plain = uri.query().is_none() && !text.contains(['#', '?']);
    (scheme && host && plain).then(|| Some(text.trim_end_matches('/').to_owned()))
}

pub(super) fn network(text: &str) -> Option<IpNet> {
    let address = text.parse::<IpAddr>().ok().map(IpNet::from);
    address.or_else(|| text.parse().ok())
}

pub(super) fn level(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    // A word that is no level is the name of a module to the filter, which would silence everything else.
    let only_a_module = !text.contains(['=', ',', '[']) && LevelFilter::from_str(text).is_err();
    let understood = EnvFilter::builder().parse(text).is_ok();
    (understood && !only_a_module).then(|| text.to_owned())
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "auto" => Some(LogFormat::Auto),
        "plain" => Some(LogFormat::Plain),
        "json" => Some(LogFormat::Json),
        "journal" => Some(LogFormat::Journal),
        _ => None,
    }
}
