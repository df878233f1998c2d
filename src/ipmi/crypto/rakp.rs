//! The arithmetic of the login: RAKP codes and the session integrity key (IPMI v2.0 §13.31).
//!
//! Rm, Rc: random numbers of console and BMC. SIDm, SIDc: the ids that console and BMC chose. GUIDc: the BMC's GUID.
//! Role: the privilege byte of RAKP Message 1. K_UID: the user's password. K_G: the BMC's key, or K_UID.
//!
//! | what | key | over |
//! |---|---|---|
//! | code of RAKP 2 | K_UID | SIDm, SIDc, Rm, Rc, GUIDc, Role, name length, name |
//! | code of RAKP 3 | K_UID | Rc, SIDm, Role, name length, name |
//! | SIK | K_G | Rm, Rc, Role, name length, name |
//! | check value of RAKP 4 | SIK | Rm, SIDc, GUIDc |

use super::keys::{Key, Username};
use super::mac::{self, Digest};
use super::suite::Suite;
use crate::ipmi::quirk::{Quirk, Quirks};

/// Look the user up by name alone, not by name and privilege (bit 4 of the role).
pub const NAME_ONLY_LOOKUP: u8 = 0x10;

/// The quirks that change codes and keys.
const KEY_QUIRKS: [Quirk; 3] = [
    Quirk::Rakp2Length,
    Quirk::OpenSessionPrivilegeKeys,
    Quirk::PaddedUserName,
];

/// What a BMC may do wrong, the likelier first: nothing, one thing, or more than one.
const KEY_FAULTS: [&[Quirk]; 8] = [
    &[],
    &[Quirk::Rakp2Length],
    &[Quirk::OpenSessionPrivilegeKeys],
    &[Quirk::PaddedUserName],
    &[Quirk::Rakp2Length, Quirk::OpenSessionPrivilegeKeys],
    &[Quirk::Rakp2Length, Quirk::PaddedUserName],
    &[Quirk::OpenSessionPrivilegeKeys, Quirk::PaddedUserName],
    &KEY_QUIRKS,
];

/// Everything that both sides know when RAKP Message 2 has arrived.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// The cipher suite.
    pub suite: Suite,
    /// SIDm.
    pub console_id: u32,
    /// SIDc.
    pub managed_id: u32,
    /// Rm.
    pub console_random: [u8; 16],
    /// Rc.
    pub managed_random: [u8; 16],
    /// GUIDc.
    pub guid: [u8; 16],
    /// The privilege byte of RAKP Message 1.
    pub role: u8,
    /// The user name.
    pub username: Username,
    /// What this BMC does differently.
    pub quirks: Quirks,
}

impl Transcript {
    /// The key exchange authentication code that RAKP Message 2 must have.
    pub fn rakp2_code(&self, password: &Key) -> Digest {
        let (role, name, length) = self.identity();
        self.hmac(
            password.expose(),
            &[
                &self.console_id.to_le_bytes(),
                &self.managed_id.to_le_bytes(),
                &self.console_random,
                &self.managed_random,
                &self.guid,
                &[role, length],
                &name,
            ],
        )
    }

    /// Whether the code in RAKP Message 2 is right, possibly only with faults that are known of some BMCs: the quirks are then
    /// those that it has. What was thought of the BMC before is tried first, and does not bind: its firmware may be another.
    pub fn accept_rakp2(&mut self, password: &Key, code: &[u8]) -> bool {
        let before = self.quirks;
        if self.rakp2_matches(password, code) {
            return true;
        }
        let others = before.without(KEY_QUIRKS.into_iter().collect());
        for faults in KEY_FAULTS {
            self.quirks = others.union(faults.iter().copied().collect());
            if self.rakp2_matches(password, code) {
                return true;
            }
        }
        self.quirks = before;
        false
    }

    fn rakp2_matches(&self, password: &Key, code: &[u8]) -> bool {
        let expected = self.rakp2_code(password);
        let length = expected.as_bytes().len();
        if !self.quirks.has(Quirk::Rakp2Length) {
            return expected.matches(code, length);
        }
        // One byte less proves as much as makes no difference, and more than the whole code proves nothing more.
        let cut = code.get(..length).unwrap_or(code);
        cut.len() + 1 >= length && expected.matches(cut, cut.len())
    }

    /// The key exchange authentication code of RAKP Message 3.
    pub fn rakp3_code(&self, password: &Key) -> Digest {
        let (role, name, length) = self.identity();
        self.hmac(
            password.expose(),
            &[
                &self.managed_random,
                &self.console_id.to_le_bytes(),
                &[role, length],
                &name,
            ],
        )
    }

    /// The session integrity key. Without a K_G the password takes its place.
    pub fn sik(&self, password: &Key, kg: Option<&Key>) -> Digest {
        let (role, name, length) = self.identity();
        self.hmac(
            kg.unwrap_or(password).expose(),
            &[
                &self.console_random,
                &self.managed_random,
                &[role, length],
                &name,
            ],
        )
    }

    /// The integrity check value that RAKP Message 4 must have; [`Self::check_length`] bytes of it travel.
    pub fn rakp4_check(&self, sik: &Digest) -> Digest {
        self.hmac(
            sik.as_bytes(),
            &[
                &self.console_random,
                &self.managed_id.to_le_bytes(),
                &self.guid,
            ],
        )
    }

    /// How many bytes of the check value RAKP Message 4 carries.
    pub fn check_length(&self) -> usize {
        self.suite.authentication().check_length()
    }

    fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> Digest {
        mac::hmac(self.suite.authentication(), key, parts)
    }

    /// Role, name and length of the name, as this BMC hashes them.
    fn identity(&self) -> (u8, Vec<u8>, u8) {
        let role = if self.quirks.has(Quirk::OpenSessionPrivilegeKeys) {
            self.role & !NAME_ONLY_LOOKUP
        } else {
            self.role
        };
        let length = u8::try_from(self.username.as_bytes().len()).unwrap_or(u8::MAX);
        let name = if self.quirks.has(Quirk::PaddedUserName) {
            self.username.padded().to_vec()
        } else {
            self.username.as_bytes().to_vec()
        };
        (role, name, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::crypto::keys::SessionKeys;

    /// What Python's `hmac` and `hashlib` say for the inputs of [`transcript`], with password `secret` and K_G
    /// `010203` + `kg`; the formulas typed from the specification, not from this file. If a test here fails, do not
    /// change these values.
    struct Golden {
        suite: Suite,
        kg: bool,
        rakp2: &'static str,
        rakp3: &'static str,
        sik: &'static str,
        rakp4: &'static str,
        k2: &'static str,
    }

    const GOLDEN: [Golden; 4] = [
        Golden {
            suite: Suite::S3,
            kg: false,
            rakp2: "1bf40419b524e6a6846a162720bc16502769ff26",
            rakp3: "a51522fd1efab588e335539967219677565c1b60",
            sik: "b333ea68442d50475f17cf5c8c7f0b4a16b49d78",
            rakp4: "6fd2e45f1d3c3b0b321ce2d70deacdaef0d3b741",
            k2: "db35a54ed47d6b90360ad767d9b8942961f88cae",
        },
        Golden {
            suite: Suite::S3,
            kg: true,
            rakp2: "1bf40419b524e6a6846a162720bc16502769ff26",
            rakp3: "a51522fd1efab588e335539967219677565c1b60",
            sik: "4501e6bde22265cf4317f6381912f48a7957101d",
            rakp4: "1ce57d93563dfacd4888d993302060d0c7649b52",
            k2: "b9b683c2fd9f047801d26ee69b043ecf8f0ecc40",
        },
        Golden {
            suite: Suite::S8,
            kg: false,
            rakp2: "9e24252c404ccac37f9beb240a971547",
            rakp3: "4b1d7df7e8d8f4ea51ae8bac3017c552",
            sik: "110eda4b334c617c122dd9557126d44c",
            rakp4: "25661b5d6ec42d0712539c4a4fb9c887",
            k2: "4261d79afbe922170a51c943b2fb9bb4",
        },
        Golden {
            suite: Suite::S17,
            kg: true,
            rakp2: "06ccbe02b0093624e3940adb3db5c3d781e74b5171f9268c951383a3ab56751d",
            rakp3: "80f38f5f6fbe26f613a1e8e3470086f4b25bc0c8a50999848496cb046de5f654",
            sik: "5d4cfe95595be651671793c4b7b88e5c301ca026b86f837d17a33849be894075",
            rakp4: "6871c0e6421c336a70b436bc4db3cc1fa501e41086668ab54dd7204951fd489c",
            k2: "03873bbb9049a6fa1722c99d80e889f87072cfbf09d65ad2157682a53a203481",
        },
    ];

    fn counting_from(first: u8) -> [u8; 16] {
        std::array::from_fn(|index| first + u8::try_from(index).unwrap())
    }

    fn transcript(suite: Suite) -> Transcript {
        Transcript {
            suite,
            console_id: 0xA4A3_A2A1,
            managed_id: 0xB4B3_B2B1,
            console_random: counting_from(0x10),
            managed_random: counting_from(0x20),
            guid: counting_from(0x30),
            role: 0x13,
            username: Username::new(b"admin").unwrap(),
            quirks: Quirks::default(),
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn every_code_and_key_is_what_an_independent_computation_says() {
        let password = Key::new(b"secret").unwrap();
        let kg = Key::new(b"\x01\x02\x03kg").unwrap();
        for golden in GOLDEN {
            let transcript = transcript(golden.suite);
            let sik = transcript.sik(&password, golden.kg.then_some(&kg));
            let keys = SessionKeys::derive(golden.suite, &sik, &password);
            assert_eq!(
                hex(transcript.rakp2_code(&password).as_bytes()),
                golden.rakp2
            );
            assert_eq!(
                hex(transcript.rakp3_code(&password).as_bytes()),
                golden.rakp3
            );
            assert_eq!(hex(sik.as_bytes()), golden.sik);
            assert_eq!(hex(transcript.rakp4_check(&sik).as_bytes()), golden.rakp4);
            assert_eq!(hex(keys.aes()), golden.k2[..32]);
        }
    }

    #[test]
    fn a_code_with_a_known_fault_is_accepted_and_the_fault_remembered() {
        let password = Key::new(b"secret").unwrap();
        for quirk in [Quirk::OpenSessionPrivilegeKeys, Quirk::PaddedUserName] {
            let mut bmc = transcript(Suite::S17);
            bmc.quirks.insert(quirk);
            let mut console = transcript(Suite::S17);
            assert!(console.accept_rakp2(&password, bmc.rakp2_code(&password).as_bytes()));
            assert!(console.quirks.has(quirk));
        }
        let right = transcript(Suite::S3).rakp2_code(&password);
        let right = right.as_bytes();
        for code in [&right[..19], &[right, &[0][..]].concat()] {
            let mut console = transcript(Suite::S3);
            assert!(console.accept_rakp2(&password, code));
            assert!(console.quirks.has(Quirk::Rakp2Length));
        }
    }

    /// A Sun Fire 4100 has two of them at once. And what was right for an old firmware, or set by mistake, must not lock out.
    #[test]
    fn faults_are_found_together_and_do_not_outlive_the_firmware() {
        let password = Key::new(b"secret").unwrap();
        for faults in KEY_FAULTS {
            let mut bmc = transcript(Suite::S3);
            bmc.quirks = faults.iter().copied().collect();
            let code = bmc.rakp2_code(&password);
            let cut = usize::from(bmc.quirks.has(Quirk::Rakp2Length));
            for before in KEY_FAULTS {
                let mut console = transcript(Suite::S3);
                console.quirks = before.iter().copied().collect();
                console.quirks.insert(Quirk::NoCloseReply);
                assert!(console.accept_rakp2(&password, &code.as_bytes()[..20 - cut]));
                let (sik, of_bmc) = (console.sik(&password, None), bmc.sik(&password, None));
                assert_eq!(
                    sik.as_bytes(),
                    of_bmc.as_bytes(),
                    "{faults:?} after {before:?}"
                );
                assert!(console.quirks.has(Quirk::NoCloseReply));
            }
        }
    }

    #[test]
    fn a_code_of_another_password_or_a_short_one_is_refused() {
        let password = Key::new(b"secret").unwrap();
        let mut console = transcript(Suite::S3);
        let wrong = console.rakp2_code(&Key::new(b"other").unwrap());
        let right = console.rakp2_code(&password);
        for code in [wrong.as_bytes(), &right.as_bytes()[..18], &[]] {
            assert!(!console.accept_rakp2(&password, code));
            assert_eq!(console.quirks, Quirks::default());
        }
    }

    #[test]
    fn quirks_change_what_is_hashed() {
        let password = Key::new(b"secret").unwrap();
        let plain = transcript(Suite::S3);
        for quirk in [Quirk::OpenSessionPrivilegeKeys, Quirk::PaddedUserName] {
            let mut odd = plain.clone();
            odd.quirks.insert(quirk);
            let code = odd.rakp2_code(&password);
            assert!(!code.matches(plain.rakp2_code(&password).as_bytes(), 20));
        }
    }
}
