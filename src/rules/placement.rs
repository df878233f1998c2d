//! Which free node an instance gets, and which of its ports.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::ids::TypeId;
use crate::model::node::Port;
use crate::model::placement::{Candidate, Counts};
use crate::rules::extra_specs;

/// What an instance asks of a node, beside a zone.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The type.
    pub type_id: TypeId,
    /// What the type asks for.
    pub extra_specs: &'a BTreeMap<String, String>,
    /// For each network, the kind of port that it is to be on.
    pub port_types: &'a [Option<String>],
}

/// Why a free node does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// It serves another type.
    OtherType,
    /// It lacks this, which the type asks for: the key and the requirement.
    ExtraSpec(String),
    /// It has too few ports, of this kind where one was asked for.
    Ports(Option<String>),
}

/// Whether a free node fits.
pub fn check(candidate: &Candidate, wanted: &Wanted<'_>) -> Result<(), Misfit> {
    match candidate.type_id {
        Some(named) if named != wanted.type_id => return Err(Misfit::OtherType),
        Some(_) => {}
        None => {
            let unmet = extra_specs::first_unmet(&candidate.properties, wanted.extra_specs);
            if let Some((key, requirement)) = unmet {
                return Err(Misfit::ExtraSpec(format!("{key} {requirement}")));
            }
        }
    }
    choose_ports(&candidate.ports, wanted.port_types)?;
    Ok(())
}

/// A port for each network, in the order of the networks. Networks that name a kind of port choose before those that take
/// any.
///
/// # Errors
/// [`Misfit::Ports`], if the ports do not suffice.
pub fn choose_ports<'a>(
    ports: &'a [Port],
    port_types: &[Option<String>],
) -> Result<Vec<&'a Port>, Misfit> {
    let mut free: Vec<&Port> = ports.iter().collect();
    let mut chosen: Vec<Option<&Port>> = vec![None; port_types.len()];
    for picky in [true, false] {
        for (slot, wanted) in chosen.iter_mut().zip(port_types) {
            if wanted.is_some() == picky {
                let fits = |port: &&Port| wanted.is_none() || port.port_type == *wanted;
                let index = free.iter().position(fits);
                let index = index.ok_or_else(|| Misfit::Ports(wanted.clone()))?;
                *slot = Some(free.remove(index));
            }
        }
    }
    // Each network has its port by now.
    Ok(chosen.into_iter().flatten().collect())
}

/// Why no node was found, filter by filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoNode {
    /// What the simple filters left out.
    pub counts: Counts,
    /// How many serve another type.
    pub other_type: u32,
    /// How many lack what the type asks for, each at the first requirement that it does not meet.
    pub extra_specs: BTreeMap<String, u32>,
    /// How many have too few ports, by the kind of port that was asked for.
    pub ports: BTreeMap<Option<String>, u32>,
}

impl NoNode {
    /// Counts one more free node that does not fit.
    pub fn add(&mut self, misfit: Misfit) {
        let count = match misfit {
            Misfit::OtherType => &mut self.other_type,
            Misfit::ExtraSpec(unmet) => self.extra_specs.entry(unmet).or_default(),
            Misfit::Ports(of) => self.ports.entry(of).or_default(),
        };
        *count += 1;
    }
}

/// A sentence for people: `no free node fits: of 8 nodes, 5 have an instance, 3 are of another type`.
impl fmt::Display for NoNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.counts.all == 0 {
            return f.write_str(
                "no free node fits: there are no nodes yet, an admin has to register some",
            );
        }
        write!(f, "no free node fits: of {} nodes", self.counts.all)?;
        let simple = [
            (self.counts.other_zone, "in another availability zone"),
            (self.counts.taken, "taken by other instances"),
            (self.counts.maintenance, "in maintenance"),
            (self.counts.own, "the machine that ostlerd runs on"),
            (self.counts.busy, "busy with a task"),
            (self.other_type, "of another type"),
        ];
        let specs = self.extra_specs.iter();
        let specs = specs.map(|(unmet, count)| (*count, format!("without the type's {unmet}")));
        let ports = self.ports.iter().map(|(of, count)| {
            let reason = match of {
                Some(port_type) => format!("without enough ports of the type {port_type}"),
                None => "without enough ports".to_owned(),
            };
            (*count, reason)
        });
        let simple = simple.map(|(count, reason)| (count, reason.to_owned()));
        let reasons = simple.into_iter().chain(specs).chain(ports);
        for (count, reason) in reasons.filter(|(count, _)| *count > 0) {
            write!(
                f,
                ", {count} {} {reason}",
                if count == 1 { "is" } else { "are" }
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::PortId;

    fn port(mac: &str, port_type: Option<&str>) -> Port {
        Port {
            uuid: PortId::random(),
            mac_address: mac.into(),
            port_type: port_type.map(String::from),
            pxe_enabled: true,
        }
    }

    #[test]
    fn a_network_that_takes_any_port_leaves_the_special_one_to_the_network_that_needs_it() {
        let ports = [port("fast", Some("10GE")), port("slow", Some("1GE"))];
        let chosen = choose_ports(&ports, &[None, Some("10GE".into())]).unwrap();
        let macs: Vec<_> = chosen
            .iter()
            .map(|port| port.mac_address.as_str())
            .collect();
        assert_eq!(macs, ["slow", "fast"]);
    }

    #[test]
    fn a_port_is_used_once() {
        let ports = [port("only", Some("10GE"))];
        let lacking = |of: &[Option<String>]| choose_ports(&ports, of).unwrap_err();
        let kind = |name: &str| Some(String::from(name));
        let twice = [kind("10GE"), kind("10GE")];
        assert_eq!(lacking(&twice), Misfit::Ports(kind("10GE")));
        assert_eq!(lacking(&[kind("40GE")]), Misfit::Ports(kind("40GE")));
        assert_eq!(lacking(&[None, None]), Misfit::Ports(None));
    }

    #[test]
    fn the_refusal_names_each_filter_with_its_number() {
        let mut report = NoNode {
            counts: Counts {
                all: 9,
                other_zone: 2,
                taken: 4,
                maintenance: 1,
                own: 0,
                busy: 0,
            },
            ..NoNode::default()
        };
        report.add(Misfit::OtherType);
        for unmet in ["cpus >= 8", "gpu a100", "gpu a100"] {
            report.add(Misfit::ExtraSpec(unmet.into()));
        }
        report.add(Misfit::Ports(None));
        report.add(Misfit::Ports(Some("10GE".into())));
        assert_eq!(
            report.to_string(),
            "no free node fits: of 9 nodes, 2 are in another availability zone, 4 are taken by other instances, \
             1 is in maintenance, 1 is of another type, 1 is without the type's cpus >= 8, \
             2 are without the type's gpu a100, 1 is without enough ports, 1 is without enough ports of the type 10GE"
        );
    }
}
