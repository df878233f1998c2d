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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// It serves another type.
    OtherType,
    /// It lacks what the type asks for.
    ExtraSpecs,
    /// It has too few ports of the kinds asked for.
    Ports,
}

/// Whether a free node fits.
pub fn check(candidate: &Candidate, wanted: &Wanted<'_>) -> Result<(), Misfit> {
    match candidate.type_id {
        Some(named) if named != wanted.type_id => return Err(Misfit::OtherType),
        Some(_) => {}
        None if extra_specs::first_unmet(&candidate.properties, wanted.extra_specs).is_some() => {
            return Err(Misfit::ExtraSpecs);
        }
        None => {}
    }
    match choose_ports(&candidate.ports, wanted.port_types) {
        Some(_) => Ok(()),
        None => Err(Misfit::Ports),
    }
}

/// A port for each network, in the order of the networks. Networks that name a kind of port choose before those that take
/// any; `None` if the ports do not suffice.
pub fn choose_ports<'a>(ports: &'a [Port], port_types: &[Option<String>]) -> Option<Vec<&'a Port>> {
    let mut free: Vec<&Port> = ports.iter().collect();
    let mut chosen: Vec<Option<&Port>> = vec![None; port_types.len()];
    for picky in [true, false] {
        for (slot, wanted) in chosen.iter_mut().zip(port_types) {
            if wanted.is_some() == picky {
                let fits = |port: &&Port| wanted.is_none() || port.port_type == *wanted;
                let index = free.iter().position(fits)?;
                *slot = Some(free.remove(index));
            }
        }
    }
    chosen.into_iter().collect()
}

/// Why no node was found, filter by filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoNode {
    /// What the simple filters left out.
    pub counts: Counts,
    /// How many serve another type.
    pub other_type: u32,
    /// How many lack what the type asks for.
    pub extra_specs: u32,
    /// How many have too few ports.
    pub ports: u32,
}

impl NoNode {
    /// Counts one more free node that does not fit.
    pub fn add(&mut self, misfit: Misfit) {
        let count = match misfit {
            Misfit::OtherType => &mut self.other_type,
            Misfit::ExtraSpecs => &mut self.extra_specs,
            Misfit::Ports => &mut self.ports,
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
        let reasons = [
            (self.counts.other_zone, "in another availability zone"),
            (self.counts.taken, "taken by other instances"),
            (self.counts.maintenance, "in maintenance"),
            (self.counts.own, "the machine that ostlerd runs on"),
            (self.counts.busy, "busy with a task"),
            (self.other_type, "of another type"),
            (
                self.extra_specs,
                "without what the type's extra_specs ask for",
            ),
            (
                self.ports,
                "without enough ports of the port types asked for",
            ),
        ];
        for (count, reason) in reasons.into_iter().filter(|(count, _)| *count > 0) {
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
        assert!(choose_ports(&ports, &[Some("10GE".into()), Some("10GE".into())]).is_none());
        assert!(choose_ports(&ports, &[Some("40GE".into())]).is_none());
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
        report.add(Misfit::Ports);
        assert_eq!(
            report.to_string(),
            "no free node fits: of 9 nodes, 2 are in another availability zone, 4 are taken by other instances, \
             1 is in maintenance, 1 is of another type, 1 is without enough ports of the port types asked for"
        );
    }
}
