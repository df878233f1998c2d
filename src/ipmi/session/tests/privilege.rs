//! Sessions with room for more than their first command needs.

use super::bmc::Bmc;
use super::net::Net;
use super::{deliver, is_on, power_on, settings, status};
use crate::ipmi::command::Request;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::session::{CredentialsFault, Failure, Settings};
use crate::ipmi::wire::status::Status;

/// What somebody asks who may change the power next.
fn status_with_room() -> Request {
    status().with_room(Privilege::Operator)
}

#[test]
fn reading_changing_and_reading_again_takes_one_session_and_sixteen_packets() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status_with_room()).unwrap();
    assert_eq!(net.packets, 8, "login and status");
    assert!(net.bmc.levels.is_empty(), "reading needs only USER");
    assert_eq!(net.request(power_on()).unwrap().completion, 0);
    assert_eq!(net.packets, 12, "Set Session Privilege Level and control");
    assert_eq!(net.bmc.levels, [Privilege::Operator.to_wire()]);
    assert!(is_on(&net.request(status_with_room()).unwrap()));
    net.close();
    assert_eq!((net.packets, net.bmc.opened), (16, 1));
    assert_eq!(net.bmc.maxima, [Privilege::Operator.to_wire()]);
}

#[test]
fn a_poll_asks_for_user_and_an_account_for_no_more_than_its_own_limit() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    assert_eq!(net.bmc.maxima, [Privilege::User.to_wire()]);

    let reader = Settings::new(b"admin", b"secret", None, Privilege::User).unwrap();
    let mut net = Net::new(reader, Bmc::new(), deliver);
    net.request(status_with_room()).unwrap();
    assert_eq!(net.bmc.maxima, [Privilege::User.to_wire()]);
}

#[test]
fn a_bmc_that_refuses_the_room_is_read_without_it_and_asked_once() {
    for refusal in [
        Status::InvalidRole,
        Status::UnauthorizedRole,
        Status::InsufficientResourcesForRole,
        Status::UnauthorizedName,
    ] {
        let mut net = Net::new(settings(), Bmc::new(), deliver);
        net.bmc.limit = Privilege::User;
        net.bmc.role_refusal = refusal;
        net.request(status_with_room()).unwrap();
        net.close();
        let (user, operator) = (Privilege::User.to_wire(), Privilege::Operator.to_wire());
        assert_eq!(net.bmc.maxima, [operator, user], "{refusal:?}");
        assert_eq!(net.session.profile().highest, Some(Privilege::User));
        net.request(status_with_room()).unwrap();
        assert_eq!(net.bmc.maxima, [operator, user, user], "{refusal:?}");
        assert!(net.session.profile().quirks.iter().next().is_none());
    }
}

/// The account was first refused control because of its limit in the BMC; for a while reading failed with it, because the
/// refusal was taken for a BMC that insists on the limit.
#[test]
fn a_refused_control_does_not_spoil_reading() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.limit = Privilege::User;
    for _ in 0..2 {
        assert!(matches!(
            net.request(power_on()),
            Err(Failure::Privilege { .. })
        ));
        assert!(net.request(status()).is_ok());
        assert!(net.request(status_with_room()).is_ok());
    }
    net.bmc.limit = Privilege::Administrator;
    assert_eq!(net.request(power_on()).unwrap().completion, 0);
    assert_eq!(net.session.profile().highest, None, "it has been raised");
}

#[test]
fn a_user_who_is_not_there_is_told_as_such_after_a_second_look_without_room() {
    let stranger = Settings::new(b"root", b"secret", None, Privilege::Operator).unwrap();
    let stranger = stranger.without_first_contact();
    let mut net = Net::new(stranger, Bmc::new(), deliver);
    let fault = CredentialsFault::Username(Status::UnauthorizedName);
    let failure = Failure::Credentials(fault);
    assert_eq!(net.request(status_with_room()), Err(failure));
    assert_eq!(net.packets, 8, "Open Session and RAKP 1, twice");
}

#[test]
fn a_bmc_that_wants_the_exact_limit_or_hashes_it_gets_what_it_wants_with_room_too() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.exact_privilege = true;
    assert_eq!(net.request(status_with_room()).unwrap().completion, 0);
    assert_eq!(net.request(power_on()).unwrap().completion, 0);
    net.close();
    assert_eq!(net.request(status_with_room()).unwrap().completion, 0);
    let (operator, administrator) = (3, 4);
    assert_eq!(net.bmc.maxima, [operator, administrator, administrator]);
    assert!(net.session.profile().quirks.has(Quirk::ExactPrivilege));
    // Then the user is given less, and the BMC no longer insists.
    net.close();
    (net.bmc.exact_privilege, net.bmc.limit) = (false, Privilege::Operator);
    assert_eq!(net.request(status_with_room()).unwrap().completion, 0);
    assert!(!net.session.profile().quirks.has(Quirk::ExactPrivilege));

    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.quirks = Quirks::from_iter([Quirk::OpenSessionPrivilegeKeys]);
    net.request(status_with_room()).unwrap();
    assert_eq!(net.request(power_on()).unwrap().completion, 0);
    assert_eq!(net.bmc.opened, 1);
}
