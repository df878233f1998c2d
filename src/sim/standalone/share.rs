//! Faults for a share of the BMCs: `5%:{"dead": true}`.

use serde_json::{Map, Value};

use crate::sim::Faults;
use crate::sim::rng::Rng;

/// A share of the rack, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// From 0 to 1.
    share: f64,
    /// Only what was named, so that other faults of a BMC stay.
    faults: Map<String, Value>,
}

/// Reads `PERCENT%:JSON`.
pub(super) fn parse(text: &str) -> Result<Share, String> {
    let (percent, json) = text
        .split_once("%:")
        .ok_or("a percentage and faults, such as '5%:{\"dead\": true}'")?;
    let percent: f64 = percent.trim().parse().map_err(|_| "not a percentage")?;
    if !(0.0..=100.0).contains(&percent) {
        return Err("a percentage from 0 to 100".to_owned());
    }
    // Read as faults first, for the sake of its errors.
    serde_json::from_str::<Faults>(json).map_err(|error| error.to_string())?;
    let faults = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let share = percent / 100.0;
    Ok(Share { share, faults })
}

impl Share {
    /// Whether the lot falls on this BMC. Each share draws by itself, so that a BMC may be in several.
    pub(super) fn falls_on(&self, seed: u64, position: usize, name: &str) -> bool {
        // Another generator than the BMC's own, so that it does not hang on what else is drawn.
        let seed = u64::try_from(position).map_or(!seed, |position| !seed ^ (position << 32));
        Rng::for_bmc(seed, name).chance(self.share)
    }

    /// The faults with those of this share on top.
    ///
    /// # Errors
    /// None that [`parse`] has not told.
    pub(super) fn put_on(&self, faults: &Faults) -> serde_json::Result<Faults> {
        let mut all = serde_json::to_value(faults)?;
        for (name, value) in &self.faults {
            if let Some(all) = all.as_object_mut() {
                all.insert(name.clone(), value.clone());
            }
        }
        serde_json::from_value(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_puts_what_it_names_on_top_and_leaves_the_rest() {
        let share = parse(r#"0.5%:{"busy": 3, "rakp2_length": "long"}"#).unwrap();
        let before = Faults {
            busy: 1,
            loss: 0.25,
            ..Faults::default()
        };
        let after = share.put_on(&before).unwrap();
        assert_eq!((after.busy, after.loss), (3, 0.25));
        assert!(after.rakp2_length.is_some());
    }

    #[test]
    fn lot_falls_on_about_so_many_and_on_others_for_another_share() {
        let share = parse("20%:{}").unwrap();
        let hit = |position| -> Vec<usize> {
            let names = (0..1000).map(|number| format!("sim-{number}"));
            let hit = names
                .enumerate()
                .filter(|(_, name)| share.falls_on(7, position, name));
            hit.map(|(number, _)| number).collect()
        };
        assert!((150..250).contains(&hit(1).len()), "{}", hit(1).len());
        assert_eq!(hit(1), hit(1));
        assert_ne!(hit(1), hit(2));
    }

    #[test]
    fn share_that_cannot_be_is_refused() {
        for text in [
            "5:{}",
            "x%:{}",
            "101%:{}",
            "-1%:{}",
            "5%:{\"ded\": true}",
            "5%:dead",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
