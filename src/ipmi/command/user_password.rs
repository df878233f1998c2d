//! Set User Password (IPMI v2.0 §22.30; network function App, command 47h).
//!
//! | byte | request |
//! |---|---|
//! | 0 | bit 7: the password has 20 bytes, not 16; bits 5–0: user ID |
//! | 1 | bits 1–0: 2h set the password (0h and 1h disable and enable the user, 3h tests a password) |
//! | 2–17 or 2–21 | the password, padded with zeros |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};
use zeroize::Zeroizing;

use super::{Command, Effect};
use crate::ipmi::privilege::Privilege;

/// Bytes of the form that every BMC has.
const SHORT: usize = 16;
/// Bytes of the form that came with IPMI v2.0.
const LONG: usize = 20;

/// A user's new password. Its `Debug` does not show it.
pub struct UserPasswordRequest {
    user: u8,
    password: Zeroizing<Vec<u8>>,
}

/// A password that no BMC can have: it has no byte, more than 20, or a zero in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password of a BMC has 1 to 20 bytes, none of them zero")]
pub struct ImpossiblePassword;

impl UserPasswordRequest {
    /// Sets the password of the user with this ID. Up to 16 bytes it takes the form that all BMCs have.
    ///
    /// # Errors
    /// [`ImpossiblePassword`].
    pub fn set(user: u8, password: &[u8]) -> Result<Self, ImpossiblePassword> {
        if password.is_empty() || password.len() > LONG || password.contains(&0) {
            return Err(ImpossiblePassword);
        }
        Ok(Self {
            user: user & 0x3F,
            password: Zeroizing::new(password.to_vec()),
        })
    }
}

impl std::fmt::Debug for UserPasswordRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserPasswordRequest")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl From<UserPasswordRequest> for Message {
    fn from(request: UserPasswordRequest) -> Self {
        let (form, length) = if request.password.len() > SHORT {
            (0x80, LONG)
        } else {
            (0x00, SHORT)
        };
        // In one piece from the start: a buffer that grows leaves its old ones behind.
        let mut data = Vec::with_capacity(2 + LONG);
        data.extend([form | request.user, 0x02]);
        data.extend(request.password.iter());
        data.resize(2 + length, 0x00);
        Self::new_request(NetFn::App, 0x47, data)
    }
}

impl IpmiCommand for UserPasswordRequest {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

impl Command for UserPasswordRequest {
    const NAME: &'static str = "set user password";
    const PRIVILEGE: Privilege = Privilege::Administrator;
    // Twice the same password is the same password. But what became of it is found out by a login, and for that it must be
    // known whether it has left.
    const EFFECT: Effect = Effect::Disruptive;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_takes_the_shortest_form_that_holds_it() {
        for (password, form, length) in [
            ("x", 0x03, 18),
            ("sixteen-letters-", 0x03, 18),
            ("seventeen-letters", 0x83, 22),
            ("twenty-letters-long-", 0x83, 22),
        ] {
            let request = UserPasswordRequest::set(3, password.as_bytes()).unwrap();
            let message = Message::from(request);
            assert_eq!((message.netfn_raw(), message.cmd()), (0x06, 0x47));
            let mut data = vec![form, 0x02];
            data.extend(password.as_bytes());
            data.resize(length, 0x00);
            assert_eq!(message.data(), data);
        }
        for impossible in ["", "zero\0inside", "twenty-one-letters-it"] {
            assert!(UserPasswordRequest::set(3, impossible.as_bytes()).is_err());
        }
    }

    #[test]
    fn debug_output_does_not_show_the_password() {
        let request = UserPasswordRequest::set(3, b"calvin").unwrap();
        let shown = format!("{request:?}");
        assert!(
            shown.contains("user: 3") && !shown.contains("calvin"),
            "{shown}"
        );
        let request = super::super::Request::new(request);
        let shown = format!("{request:?}");
        assert!(
            !shown.contains("calvin") && !shown.contains("99, 97"),
            "{shown}"
        );
    }
}
