//! Tables and colours, without a terminal.

use super::*;
use crate::cli::text::power;
use serde_json::json;

const PIPED: Output = Output {
    json: false,
    quiet: false,
    width: None,
    color: false,
};

#[test]
fn a_piped_table_is_plain_and_aligned() {
    let entries = [
        json!({"name": "a", "power_state": "power on"}),
        json!({"name": "longer", "power_state": null}),
    ];
    let columns = [
        Column::new("NAME", "/name"),
        Column::new("POWER", "/power_state").shown_by(power),
    ];
    assert_eq!(
        PIPED.table(&entries, &columns).trim_fmt(),
        "NAME    POWER\na       power on\nlonger  unknown"
    );
}

#[test]
fn only_a_terminal_that_wants_it_gets_colour() {
    let entries = [json!({"status": "active"})];
    let columns = [Column::new("STATUS", "/status")];
    assert!(
        !PIPED
            .table(&entries, &columns)
            .to_string()
            .contains('\u{1b}')
    );
    let colored = Output {
        width: Some(80),
        color: true,
        ..PIPED
    };
    assert!(
        colored
            .table(&entries, &columns)
            .to_string()
            .contains('\u{1b}')
    );
}

#[test]
fn fields_come_in_the_order_that_people_read_and_none_but_links_is_lost() {
    let entry = json!({"uuid": "u", "name": "n", "links": [], "new_field": 1});
    let order: Vec<&str> = in_order(&entry, &["name", "uuid"])
        .into_iter()
        .map(|(field, _)| field)
        .collect();
    assert_eq!(order, ["name", "uuid", "new_field"]);
}

#[test]
fn a_narrow_terminal_gets_fewer_columns_and_a_pipe_all_of_them() {
    let mut columns = vec![
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(1),
        Column::new("ZONE", "/zone").spare(2),
    ];
    let heads = |columns: &[Column]| columns.iter().map(|c| c.head).collect::<Vec<_>>();
    assert!(drop_a_spare(&mut columns));
    assert_eq!(heads(&columns), ["NAME", "UUID"]);
    assert!(drop_a_spare(&mut columns));
    assert_eq!(heads(&columns), ["NAME"]);
    assert!(!drop_a_spare(&mut columns));
    let entries = [json!({"name": "12345678"})];
    assert_eq!(width_of(&PIPED.table(&entries, &columns)), 8);
}

/// Whatever a terminal's width is: no line is longer, no word is broken, and columns stay below each other.
#[test]
fn no_table_is_torn_in_a_narrow_terminal() {
    let entries = [
        json!({"name": "r1n01", "uuid": "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01", "state": "good", "message": "the BMC answers"}),
        json!({"name": "機械の名前", "uuid": "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a02", "state": "bad credentials",
            "message": "the BMC refuses the login: check the user and the password"}),
    ];
    let columns = [
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(1),
        Column::new("HEALTH", "/state"),
        Column::new("LAST ERROR", "/message"),
    ];
    for width in 28..160 {
        let output = Output {
            width: Some(width),
            ..PIPED
        };
        let text = output.fitted(&entries, &columns).trim_fmt();
        for line in text.lines() {
            assert!(line.width() <= usize::from(width), "{width}:\n{text}");
        }
        for word in [
            "機械の名前",
            "credentials",
            "NAME",
            "HEALTH",
            "ERROR",
            "password",
        ] {
            assert!(text.contains(word), "{word} at {width}:\n{text}");
        }
        if width >= 44 {
            let at = |word| {
                let line = text.lines().find(|line| line.contains(word)).unwrap();
                line.split(word).next().unwrap().width()
            };
            assert_eq!(at("HEALTH"), at("good"), "{width}:\n{text}");
            assert_eq!(at("HEALTH"), at("bad"), "{width}:\n{text}");
        }
    }
}
