//! The screen and its keys, without a terminal.

use std::collections::HashMap;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::cli::top::rack::{Machine, Rack, Tenant, Work};
use crate::time::Timestamp;

const NOW: &str = "2026-11-24T12:00:00+00:00";

fn rack() -> Rack {
    let instances = HashMap::from([(
        "i1".to_owned(),
        Tenant {
            name: "web1".to_owned(),
            status: "active".to_owned(),
        },
    )]);
    let node = |value: Value| Machine::read(&value, &instances);
    let mut lost = node(json!({"name": "機械-1", "power_state": null, "health":
        {"state": "unreachable", "message": "the BMC at 10.0.0.1:623 does not answer: \u{1b}[31mcheck it"}}));
    lost.seen = Timestamp::parse("2026-11-24T11:20:00+00:00");
    let mut busy = node(
        json!({"name": "n1", "power_state": "power on", "instance_uuid": "i1",
        "power_state_at": "2026-11-24T11:59:18+00:00", "health": {"state": "good"}}),
    );
    busy.work = Some(Work {
        target: "reboot".to_owned(),
        state: "waiting".to_owned(),
        step: "ensure_off".to_owned(),
    });
    let repaired = node(
        json!({"name": "n2", "power_state": "power off", "health": {"state": "good"},
        "power_state_at": "2026-11-20T12:00:00+00:00", "maintenance": true, "maintenance_reason": "fan"}),
    );
    Rack {
        machines: vec![repaired, busy, lost],
    }
}

fn drawn(screen: &Screen, width: usize, height: Option<usize>, color: bool) -> Vec<String> {
    let rack = rack();
    let view = View {
        rack: &rack,
        place: "/run/ostler/ostler.sock",
        now: Timestamp::parse(NOW).unwrap(),
        order: screen.order,
        filter: &screen.filter,
        is_typing: screen.is_typing,
        is_paused: screen.is_paused,
        trouble: None,
        above: screen.above,
    };
    draw(
        &view,
        Paper {
            width: Some(width),
            height,
            color,
        },
    )
}

fn screen() -> Screen {
    Screen::new(String::new(), String::new(), false)
}

#[test]
fn a_screen_of_eighty_columns() {
    let lines = drawn(&screen(), 80, Some(10), false);
    let expected = [
        "ostler top  3 nodes  12:00:00 UTC  /run/ostler/ostler.sock",
        "Power: 1 on, 1 off, 1 unknown    BMCs: 1 unreachable, 2 good",
        "Tasks: 1 waiting    In maintenance: 1",
        "Sorted by need",
        "NAME    POWER    HEALTH       TASK                          REASON              ",
        "機械-1  unknown  unreachable  -                             the BMC at 10.0.0.1…",
        "n1      on       good         reboot: waiting (ensure off)",
        "n2      off      good         maintenance                   fan",
        "",
        "1 to 3 of 3  q quit  / filter  s sort  p pause  arrows, page up, page down: move",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_wide_screen_has_all_columns_and_a_text_has_no_keys() {
    let lines = drawn(&screen(), 140, None, false);
    assert_eq!(lines.len(), 8);
    assert_eq!(
        lines[4].split_whitespace().collect::<Vec<_>>(),
        [
            "NAME", "POWER", "HEALTH", "INSTANCE", "TASK", "SINCE", "SEEN", "REASON"
        ]
    );
    // Words of a BMC do not reach the terminal.
    assert!(
        lines[5].contains("40m") && lines[5].contains(" \\u{1b}[31mcheck"),
        "{}",
        lines[5]
    );
    assert!(
        lines[6].contains("web1") && lines[6].contains("42s"),
        "{}",
        lines[6]
    );
    assert!(lines[7].contains("4d"), "{}", lines[7]);
}

#[test]
fn no_size_is_torn() {
    for width in 1..200 {
        for height in [1, 2, 5, 6, 7, 24] {
            for color in [false, true] {
                let lines = drawn(&screen(), width, Some(height), color);
                assert_eq!(lines.len(), height, "{width}x{height}");
                for line in lines {
                    let plain: String = line
                        .split('\u{1b}')
                        .enumerate()
                        .map(|(index, part)| match part.split_once('m') {
                            Some((_, text)) if index > 0 => text,
                            _ => part,
                        })
                        .collect();
                    assert!(plain.width() <= width, "{width}x{height}: {plain:?}");
                }
            }
        }
    }
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let text = |color| drawn(&screen(), 80, Some(10), color).join("\n");
    assert!(!text(false).contains('\u{1b}'));
    assert!(text(true).contains("\u{1b}[31munreachable"));
}

#[test]
fn keys_filter_sort_pause_and_move() {
    let mut screen = screen();
    let mut press = |keys: &[Key], total| {
        for key in keys {
            assert_eq!(screen.press(*key, total, 10), Turn::Stay);
        }
        (screen.filter.clone(), screen.above)
    };
    let typed = [
        Key::Char('/'),
        Key::Char('q'),
        Key::Char('x'),
        Key::Backspace,
        Key::Enter,
    ];
    assert_eq!(press(&typed, 40), ("q".to_owned(), 0));
    assert_eq!(
        press(&[Key::Escape, Key::PageDown, Key::Down], 40),
        (String::new(), 11)
    );
    assert_eq!(press(&[Key::End], 40).1, 30);
    assert_eq!(press(&[Key::Down], 40).1, 30);
    // Most of them have gone.
    assert_eq!(press(&[Key::Up], 15).1, 4);
    assert_eq!(
        press(&[Key::Home, Key::Up, Key::Char('p'), Key::Char('s')], 40).1,
        0
    );
    assert!(screen.is_paused);
    assert_eq!(screen.order, Order::Name);
    let lines = drawn(&screen, 80, Some(10), false);
    assert!(lines[3].starts_with("Paused"), "{lines:?}");
    assert_eq!(screen.press(Key::Char('q'), 40, 10), Turn::Leave);
    assert_eq!(screen.press(Key::Suspend, 40, 10), Turn::Suspend);
}

#[test]
fn spans_are_read_with_their_units() {
    for (text, millis) in [
        ("500ms", 500),
        ("2s", 2_000),
        ("2", 2_000),
        ("1m", 60_000),
        ("1h", 3_600_000),
    ] {
        assert_eq!(interval(text), Ok(Duration::from_millis(millis)), "{text}");
    }
    for bad in [
        "",
        "s",
        "0",
        "100ms",
        "2h",
        "2d",
        "-1s",
        "1.5s",
        "99999999999999999999h",
    ] {
        assert!(interval(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_failure_of_many_lines_is_one_line_of_the_screen() {
    let view = View {
        rack: &rack(),
        place: "https://rack",
        now: Timestamp::parse(NOW).unwrap(),
        order: Order::default(),
        filter: "",
        is_typing: false,
        is_paused: false,
        trouble: Timestamp::parse(NOW).map(|since| (since, "a proxy says:\nn9  on  good")),
        above: 0,
    };
    let paper = Paper {
        width: Some(120),
        height: None,
        color: false,
    };
    let lines = draw(&view, paper);
    assert!(lines.iter().all(|line| !line.contains('\n')), "{lines:?}");
    assert!(lines[3].contains("a proxy says: n9  on  good"), "{lines:?}");
}
