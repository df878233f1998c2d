//! What Keystone's description of a token comes to here.

use serde::Deserialize;

use super::server::Trouble;
use super::{Identity, Verdict};
use crate::config::KeystoneSettings;
use crate::model::caller::Role;
use crate::rules::input;
use crate::telemetry::keystone::Validation;
use crate::time::Timestamp;

/// Which of Keystone's roles count here.
pub(super) struct Roles {
    /// From the highest.
    of: [(Role, Vec<String>); 3],
}

impl Roles {
    pub(super) fn new(settings: &KeystoneSettings) -> Self {
        Self {
            of: [
                (Role::Admin, settings.admin_roles.clone()),
                (Role::Member, settings.member_roles.clone()),
                (Role::Reader, settings.reader_roles.clone()),
            ],
        }
    }

    /// The highest role that one of these makes. Names are compared as Keystone compares them, without case.
    fn highest(&self, names: &[Named]) -> Option<Role> {
        let has = |wanted: &String| names.iter().any(|of| of.name.eq_ignore_ascii_case(wanted));
        let mut counting = self.of.iter();
        counting
            .find(|(_, wanted)| wanted.iter().any(has))
            .map(|(role, _)| *role)
    }

    /// All names, for a sentence.
    pub(super) fn names(&self) -> String {
        let names = self.of.iter().flat_map(|(_, names)| names);
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// A token, as `GET /v3/auth/tokens` describes it. What is not looked at is left out.
#[derive(Debug, Deserialize)]
pub(super) struct Described {
    token: Token,
}

#[derive(Debug, Deserialize)]
struct Token {
    expires_at: String,
    user: Identified,
    project: Option<Identified>,
    /// The project is a domain that acts as one.
    #[serde(default)]
    is_domain: bool,
    #[serde(default)]
    roles: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Identified {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

impl Described {
    /// When the token ends to be good.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.token.expires_at)
    }
}

/// What was said of a token, and until when that can be true; never where there is no such token.
pub(super) struct Said {
    pub(super) verdict: Verdict,
    pub(super) expires_at: Option<Timestamp>,
}

impl Said {
    /// The word for it on the page of metrics.
    pub(super) fn outcome(&self) -> Validation {
        match &self.verdict {
            Verdict::Known(_) => Validation::Good,
            Verdict::NoProject | Verdict::NoRole => Validation::NoRights,
            Verdict::Unknown => Validation::Unknown,
        }
    }
}

/// What a description comes to; `None` is that of a token that Keystone does not know.
pub(super) fn judge(described: Option<Described>, roles: &Roles) -> Result<Said, Trouble> {
    let Some(described) = described else {
        return Ok(Said {
            verdict: Verdict::Unknown,
            expires_at: None,
        });
    };
    let Some(expires_at) = described.expires_at() else {
        return Err(Trouble::nonsense("expires_at is no time"));
    };
    let token = described.token;
    let verdict = match token.project.filter(|_| !token.is_domain) {
        None => Verdict::NoProject,
        Some(project) => {
            for (field, id) in [("user.id", &token.user.id), ("project.id", &project.id)] {
                input::name(field, id).map_err(|error| Trouble::nonsense(&error.to_string()))?;
            }
            roles.highest(&token.roles).map_or(Verdict::NoRole, |role| {
                Verdict::Known(
                    Identity {
                        user_id: token.user.id,
                        project_id: project.id,
                        role,
                    }
                    .into(),
                )
            })
        }
    };
    Ok(Said {
        verdict,
        expires_at: Some(expires_at),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn roles() -> Roles {
        Roles::new(&KeystoneSettings {
            url: String::new(),
            ca_file: None,
            username: String::new(),
            user_domain: String::new(),
            password_file: "secret".into(),
            project_name: String::new(),
            project_domain: String::new(),
            admin_roles: vec!["admin".into(), "rack-admin".into()],
            member_roles: vec!["member".into()],
            reader_roles: vec!["reader".into()],
            cache: Duration::from_secs(60),
            timeout: Duration::from_secs(5),
        })
    }

    fn token(roles: &[&str]) -> Value {
        let roles: Vec<Value> = roles
            .iter()
            .map(|name| json!({"id": "r", "name": name}))
            .collect();
        json!({"token": {
            "methods": ["password"], "expires_at": "2026-11-24T17:07:39.000000Z", "is_domain": false,
            "user": {"id": "u1", "name": "alice", "domain": {"id": "default"}},
            "project": {"id": "p1", "name": "web"}, "roles": roles,
        }})
    }

    fn judged(token: Value) -> Result<Verdict, String> {
        let described = serde_json::from_value(token).map_err(|error| error.to_string())?;
        judge(Some(described), &roles())
            .map(|said| said.verdict)
            .map_err(|trouble| trouble.to_string())
    }

    #[test]
    fn the_highest_role_that_counts_is_taken() {
        for (names, role) in [
            (&["reader"][..], Some(Role::Reader)),
            (&["reader", "member"], Some(Role::Member)),
            (&["Member", "swift"], Some(Role::Member)),
            (&["reader", "rack-admin", "member"], Some(Role::Admin)),
            (&["service", "manager"], None),
            (&[], None),
        ] {
            let expected = role.map_or(Verdict::NoRole, |role| {
                let (user_id, project_id) = ("u1".to_owned(), "p1".to_owned());
                Verdict::Known(
                    Identity {
                        user_id,
                        project_id,
                        role,
                    }
                    .into(),
                )
            });
            assert_eq!(judged(token(names)), Ok(expected), "{names:?}");
        }
        assert_eq!(roles().names(), "admin, rack-admin, member, reader");
    }

    #[test]
    fn what_is_not_for_a_project_is_not_for_us() {
        let mut unscoped = token(&["admin"]);
        unscoped["token"].as_object_mut().unwrap().remove("project");
        assert_eq!(judged(unscoped.clone()), Ok(Verdict::NoProject));
        unscoped["token"]["system"] = json!({"all": true});
        assert_eq!(judged(unscoped), Ok(Verdict::NoProject));
        let mut domain = token(&["admin"]);
        domain["token"]["is_domain"] = json!(true);
        assert_eq!(judged(domain), Ok(Verdict::NoProject));
    }

    #[test]
    fn nonsense_is_neither_good_nor_bad() {
        for (place, value) in [
            ("/token/expires_at", json!("tomorrow")),
            ("/token/user/id", json!("")),
            ("/token/project/id", json!("a\nb")),
            ("/token/user", json!("alice")),
            ("/token", json!([])),
        ] {
            let mut token = token(&["admin"]);
            *token.pointer_mut(place).unwrap() = value;
            judged(token).unwrap_err();
        }
    }
}
