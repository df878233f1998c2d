//! Another password for a node's BMC.

use serde::Deserialize;

use crate::crash;
use crate::model::bmc::{BmcSummary, PrivilegeLevel};
use crate::model::caller::Caller;
use crate::model::ids::TaskId;
use crate::model::node::Node;
use crate::model::secret::Secret;
use crate::model::task::{Step, Task, TaskKind};
use crate::rules::input::InvalidInput;
use crate::service::power::{begin, in_the_way, new_task};
use crate::service::{Error, Service, access};
use crate::store::StoreError;
use crate::store::rotation::Staged;
use crate::view::node::HIDDEN;
use crate::{store, time};

/// The longest password (IPMI v2.0 §22.30).
const LONGEST: usize = 20;
/// The length of one that is made here: all BMCs have room for it.
const LENGTH: usize = 16;
/// What generated passwords are made of, one of each at least, as the rules of many BMCs demand. What people mistake for one
/// another is left out, and what shells and web pages trip over.
const CLASSES: [&[u8]; 4] = [
    b"ABCDEFGHJKLMNPQRSTUVWXYZ",
    b"abcdefghijkmnopqrstuvwxyz",
    b"23456789",
    b"-._+",
];

/// What a client says of the new password.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    password: Option<Secret<String>>,
}

impl Service {
    /// Orders another password for a node's BMC: the one that is given, or one that nobody sees. It is on disk, sealed, when
    /// this returns, and the BMC gets it after that. A password that an earlier order has sent, and that the BMC may have, is
    /// sent again instead of another one.
    pub async fn rotate_password(
        &self,
        caller: &Caller,
        ident: &str,
        new: NewPassword,
    ) -> Result<TaskId, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let (deadlines, store) = (self.deadlines(), self.store.clone());
        let ordered = self.store.write(move |connection| {
            let node = access::node(connection, &ident)?;
            check_password(&new)?;
            check_node(&node)?;
            if let Some(open) = store::task::find_open(connection, node.id)? {
                return Err(in_the_way(&open));
            }
            let sealer = store.sealer();
            match store::rotation::find(connection, sealer, node.id)? {
                Some(staged) => {
                    check_same(&node, &staged, &new)?;
                    store::rotation::begin_again(connection, node.id)?;
                }
                None => {
                    let password = new.password.map_or_else(generated, Ok)?;
                    store::rotation::insert(connection, sealer, node.id, &password)?;
                }
            }
            let now = time::now();
            let (kind, steps) = (TaskKind::RotatePassword, vec![Step::RotatePassword]);
            let task = Task {
                deadline_at: now.plus(deadlines.change),
                ..new_task(&caller, kind, None, steps, node.id, node.instance_id, now)
            };
            begin(connection, &task)?;
            crash::commit("rotate_order");
            Ok(task.id)
        });
        let task = ordered.await?;
        self.wakes.tasks.notify();
        Ok(task)
    }
}

/// What stands in the node's way is no fault of the request: it may come again when the node has changed.
fn check_node(node: &Node) -> Result<(), Error> {
    match &node.bmc {
        BmcSummary::Lan {
            privilege_level: PrivilegeLevel::Administrator,
            ..
        } => Ok(()),
        BmcSummary::Lan {
            privilege_level, ..
        } => {
            let why = format!(
                "bmc.privilege_level is {privilege_level}, and a BMC lets only administrators set passwords; set it to \
                 administrator first"
            );
            Err(not_rotatable(node, &why))
        }
        BmcSummary::Open { .. } => {
            let why = "bmc.interface is open, and a BMC behind a local device is not logged in to";
            Err(not_rotatable(node, why))
        }
    }
}

fn not_rotatable(node: &Node, why: &str) -> Error {
    Error::NotRotatable {
        node: node.name.clone(),
        why: why.to_owned(),
    }
}

fn check_password(new: &NewPassword) -> Result<(), InvalidInput> {
    let Some(password) = new.password.as_ref().map(Secret::expose) else {
        return Ok(());
    };
    if password == HIDDEN {
        let problem = "send the password itself, not its stars";
        return Err(InvalidInput::new("password", problem));
    }
    let fits = (1..=LONGEST).contains(&password.len());
    if !fits || !password.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let problem =
            format!("must be 1 to {LONGEST} printable ASCII characters: IPMI has no longer ones");
        return Err(InvalidInput::new("password", problem));
    }
    Ok(())
}

/// Two different passwords are not sent on a guess: then nobody would know which of three the BMC has.
fn check_same(node: &Node, staged: &Staged, new: &NewPassword) -> Result<(), Error> {
    match &new.password {
        Some(password) if password.expose() != staged.password.expose() => {
            let why = "the BMC was sent another password before and may have it; leave the password out to go on with that \
                 one, or set the password that the BMC has with a PATCH of bmc.password first";
            Err(not_rotatable(node, why))
        }
        Some(_) | None => Ok(()),
    }
}

/// A password that nobody has seen: some 95 random bits.
fn generated() -> Result<Secret<String>, StoreError> {
    let all = CLASSES.concat();
    loop {
        let mut text = String::with_capacity(LENGTH);
        while text.len() < LENGTH {
            let mut random = [0; 1];
            getrandom::fill(&mut random).map_err(|_| store::seal::SealError::Random)?;
            // What is beyond the end is drawn again: a remainder would prefer some characters.
            if let Some(byte) = all.get(usize::from(random[0] & 0x3f)) {
                text.push(char::from(*byte));
            }
        }
        let password = Secret::new(text);
        let has = |class: &[u8]| password.expose().bytes().any(|byte| class.contains(&byte));
        if CLASSES.iter().all(|class| has(class)) {
            return Ok(password);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn generated_passwords_have_what_bmcs_demand_and_are_all_different() {
        let mut seen = HashSet::new();
        let mut used = HashSet::new();
        for _ in 0..1_000 {
            let password = generated().unwrap().expose().clone();
            assert_eq!(password.len(), LENGTH);
            for class in CLASSES {
                assert!(
                    password.bytes().any(|byte| class.contains(&byte)),
                    "{password}"
                );
            }
            used.extend(password.bytes());
            assert!(seen.insert(password));
        }
        assert_eq!(
            used.len(),
            CLASSES.concat().len(),
            "each character is drawn"
        );
    }
}
