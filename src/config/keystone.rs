//! The section `[auth.keystone]`, from what the files say to settings that hold.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use hyper::Uri;

use super::check::{Check, without_places};
use super::error::Place;
use super::fragments::KeystoneFragment;
use super::keys::{self, Other};
use super::merge::{Input, Items, Source, put, put_list};
use super::settings::KeystoneSettings;
use super::values;

/// What the files say of it.
#[derive(Debug, Default)]
pub(super) struct KeystoneInputs {
    url: Input<String>,
    allow_insecure_http: Input<bool>,
    ca_file: Input<String>,
    username: Input<String>,
    user_domain: Input<String>,
    password_file: Input<String>,
    project_name: Input<String>,
    project_domain: Input<String>,
    admin_roles: Input<Items>,
    member_roles: Input<Items>,
    reader_roles: Input<Items>,
    cache_secs: Input<i64>,
    timeout_secs: Input<i64>,
}

impl KeystoneInputs {
    /// Lays one file over what is there.
    pub(super) fn overlay(&mut self, from: KeystoneFragment, source: &Source) {
        put(&mut self.url, from.url, source);
        let insecure = from.allow_insecure_http;
        put(&mut self.allow_insecure_http, insecure, source);
        put(&mut self.ca_file, from.ca_file, source);
        put(&mut self.username, from.username, source);
        put(&mut self.user_domain, from.user_domain, source);
        put(&mut self.password_file, from.password_file, source);
        put(&mut self.project_name, from.project_name, source);
        put(&mut self.project_domain, from.project_domain, source);
        put_list(&mut self.admin_roles, from.admin_roles, source);
        put_list(&mut self.member_roles, from.member_roles, source);
        put_list(&mut self.reader_roles, from.reader_roles, source);
        put(&mut self.cache_secs, from.cache_secs, source);
        put(&mut self.timeout_secs, from.timeout_secs, source);
    }
}

impl Check {
    /// `None` where there is no Keystone, and after a problem. Everything is checked, also where there is none.
    pub(super) fn keystone(&mut self, inputs: KeystoneInputs) -> Option<KeystoneSettings> {
        let url_at = inputs.url.as_ref().map(|url| url.at.clone());
        let may_be_plain = inputs.allow_insecure_http.is_some_and(|of| of.value);
        let url = self.text_or_none(&keys::KEYSTONE_URL, inputs.url, v3_url);
        let read = values::file_or_credential;
        let ca_file = self.text_or_none(&keys::KEYSTONE_CA, inputs.ca_file, read);
        let password = self.text_or_none(&keys::KEYSTONE_PASSWORD, inputs.password_file, read);
        let mut name = |key: &Other, input, default: &str| {
            self.text(key, input, some_name)
                .unwrap_or_else(|| default.to_owned())
        };
        let username = name(&keys::KEYSTONE_USER, inputs.username, "ostler");
        let user_domain = name(&keys::KEYSTONE_USER_DOMAIN, inputs.user_domain, "Default");
        let project_name = name(&keys::KEYSTONE_PROJECT, inputs.project_name, "service");
        let project_domain = inputs.project_domain;
        let project_domain = name(&keys::KEYSTONE_PROJECT_DOMAIN, project_domain, "Default");
        let mut roles = |key: &Other, input, default: &str| {
            self.list(key, input, some_name)
                .map_or_else(|| vec![default.to_owned()], without_places)
        };
        let admin_roles = roles(&keys::KEYSTONE_ADMINS, inputs.admin_roles, "admin");
        let member_roles = roles(&keys::KEYSTONE_MEMBERS, inputs.member_roles, "member");
        let reader_roles = roles(&keys::KEYSTONE_READERS, inputs.reader_roles, "reader");
        let (cache, timeout) = (Duration::from_secs(60), Duration::from_secs(5));
        let cache = self.seconds(&keys::KEYSTONE_CACHE, inputs.cache_secs, cache);
        let timeout = self.seconds(&keys::KEYSTONE_TIMEOUT, inputs.timeout_secs, timeout);
        let url = self.protected(url??, may_be_plain, url_at.as_ref())?;
        Some(KeystoneSettings {
            url,
            ca_file: ca_file?,
            username,
            user_domain,
            password_file: self.needed(password?, url_at)?,
            project_name,
            project_domain,
            admin_roles,
            member_roles,
            reader_roles,
            cache,
            timeout,
        })
    }

    /// Plain HTTP would carry the daemon's password and everybody's tokens over the network in clear.
    fn protected(&mut self, url: String, may_be_plain: bool, at: Option<&Place>) -> Option<String> {
        if may_be_plain || url.starts_with("https:") || is_on_loopback(&url) {
            return Some(url);
        }
        let message = format!(
            "{url:?} would carry passwords and tokens over the network in clear; write https, or a loopback address, or set \
             {} = true if the network is trusted",
            keys::KEYSTONE_INSECURE.key
        );
        self.refuse(keys::KEYSTONE_URL.key, at.cloned(), message);
        None
    }

    fn needed(&mut self, password: Option<PathBuf>, url_at: Option<Place>) -> Option<PathBuf> {
        if password.is_none() {
            let message = format!(
                "Keystone validates tokens for who has signed in, and {} is not set; set it to {}",
                keys::KEYSTONE_PASSWORD.key,
                keys::KEYSTONE_PASSWORD.write
            );
            self.refuse(keys::KEYSTONE_URL.key, url_at, message);
        }
        password
    }
}

/// A token that is shown to another version's address is one that nobody knows, which would look like a bad one.
fn v3_url(text: &str) -> Option<Option<String>> {
    values::base_url(text).filter(|url| url.as_ref().is_none_or(|url| url.ends_with("/v3")))
}

fn some_name(text: &str) -> Option<String> {
    let is_good = !text.trim().is_empty() && !text.contains(char::is_control);
    is_good.then(|| text.to_owned())
}

/// Names count too: what `localhost` leads to is this machine's own business.
fn is_on_loopback(url: &str) -> bool {
    let Ok(uri) = Uri::from_str(url) else {
        return false;
    };
    let host = uri
        .host()
        .unwrap_or_default()
        .trim_matches(['[', ']'].as_slice());
    host == "localhost" || IpAddr::from_str(host).is_ok_and(|ip| ip.to_canonical().is_loopback())
}
