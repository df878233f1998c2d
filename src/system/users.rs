//! Users and groups, as the name service of this machine knows them (files, LDAP, systemd).
//!
//! These look-ups may block for as long as the name service takes: call them where blocking is allowed.

use std::ffi::CString;

use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User as Passwd, getgrouplist};
use thiserror::Error;

/// The name service did not answer.
#[derive(Debug, Error)]
pub enum UsersError {
    /// Looking up a user failed; this is not the same as a user that does not exist.
    #[error("cannot look up the user with uid {uid}")]
    User {
        /// Who was looked for.
        uid: u32,
        /// What the system said.
        source: Errno,
    },
    /// Looking up a group failed; this is not the same as a group that does not exist.
    #[error("cannot look up group {group}")]
    Group {
        /// Name or number.
        group: String,
        /// What the system said.
        source: Errno,
    },
}

/// A user with a passwd entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user id.
    pub uid: u32,
    /// The name.
    pub name: String,
    /// The names of its groups: the primary one and those that list it as a member. A group without a name is left out.
    pub groups: Vec<String>,
}

/// The name of the user with this uid; `None` where it has no passwd entry.
///
/// # Errors
/// [`UsersError`]: the name service failed.
pub fn user_name(uid: u32) -> Result<Option<String>, UsersError> {
    existing(Passwd::from_uid(Uid::from_raw(uid)))
        .map(|passwd| passwd.map(|passwd| passwd.name))
        .map_err(|source| UsersError::User { uid, source })
}

/// The user with this uid; `None` where it has no passwd entry.
///
/// # Errors
/// [`UsersError`]: the name service failed.
pub fn by_uid(uid: u32) -> Result<Option<User>, UsersError> {
    let failed = |source| UsersError::User { uid, source };
    let Some(passwd) = existing(Passwd::from_uid(Uid::from_raw(uid))).map_err(failed)? else {
        return Ok(None);
    };
    let Ok(name) = CString::new(passwd.name.as_str()) else {
        return Err(failed(Errno::EINVAL));
    };
    let mut groups = Vec::new();
    for gid in getgrouplist(&name, passwd.gid).map_err(failed)? {
        if let Some(group) = group_name(gid.as_raw())?
            && !groups.contains(&group)
        {
            groups.push(group);
        }
    }
    Ok(Some(User {
        uid,
        name: passwd.name,
        groups,
    }))
}

/// The name of the group with this gid; `None` where it has none.
///
/// # Errors
/// [`UsersError`]: the name service failed.
pub fn group_name(gid: u32) -> Result<Option<String>, UsersError> {
    existing(Group::from_gid(Gid::from_raw(gid)))
        .map(|group| group.map(|group| group.name))
        .map_err(|source| UsersError::Group {
            group: gid.to_string(),
            source,
        })
}

/// The gid of the group with this name; `None` where there is none.
///
/// # Errors
/// [`UsersError`]: the name service failed.
pub fn group_id(name: &str) -> Result<Option<u32>, UsersError> {
    existing(Group::from_name(name))
        .map(|group| group.map(|group| group.gid.as_raw()))
        .map_err(|source| UsersError::Group {
            group: name.to_owned(),
            source,
        })
}

/// Some name services say "not found" with an error number (getpwnam(3), ERRORS).
fn existing<T>(answer: nix::Result<Option<T>>) -> nix::Result<Option<T>> {
    match answer {
        Err(Errno::ENOENT | Errno::ESRCH | Errno::EBADF | Errno::EPERM) => Ok(None),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn root_is_root() {
        let root = by_uid(0).unwrap().unwrap();
        assert_eq!((root.uid, root.name.as_str()), (0, "root"));
        assert!(root.groups.contains(&"root".to_owned()));
        assert_eq!(group_id("root").unwrap(), Some(0));
        assert_eq!(group_name(0).unwrap().as_deref(), Some("root"));
        assert_eq!(user_name(0).unwrap().as_deref(), Some("root"));
    }

    #[test]
    fn a_uid_without_passwd_entry_is_nobody_and_no_error() {
        assert_eq!(by_uid(3_999_999_999).unwrap(), None);
        assert_eq!(user_name(3_999_999_999).unwrap(), None);
        assert_eq!(group_id("no-such-group-here").unwrap(), None);
        assert_eq!(group_name(3_999_999_999).unwrap(), None);
    }

    /// Every user of the machine's files has the primary group of its passwd line and all groups whose line lists it.
    #[test]
    fn groups_are_the_primary_one_and_the_supplementary_ones() {
        let groups = fs::read_to_string("/etc/group").unwrap();
        let groups: Vec<Vec<&str>> = groups
            .lines()
            .map(|line| line.split(':').collect())
            .collect();
        for line in fs::read_to_string("/etc/passwd").unwrap().lines() {
            let fields: Vec<&str> = line.split(':').collect();
            let (name, gid) = (fields[0], fields[3]);
            let Some(user) = by_uid(fields[2].parse().unwrap()).unwrap() else {
                panic!("{name} is not found")
            };
            if user.name != name {
                continue;
            }
            for group in &groups {
                let listed = group[2] == gid || group[3].split(',').any(|member| member == name);
                assert_eq!(
                    user.groups.contains(&group[0].to_owned()),
                    listed,
                    "{name} in {}",
                    group[0]
                );
            }
        }
    }
}
