//! Bytes from a terminal as keys.

/// A key, as far as it means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    Escape,
    Backspace,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// Ctrl-C, which raw mode makes a byte.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
    /// Ctrl-L, for a screen that something else has written to.
    Redraw,
}

/// The keys in these bytes. A terminal sends the bytes of a key together, so an escape at the end is the key itself.
pub(super) fn read(bytes: &[u8]) -> Vec<Key> {
    let text = String::from_utf8_lossy(bytes);
    let mut rest: &str = &text;
    let mut keys = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some(sequence) = rest
            .strip_prefix("\u{1b}[")
            .or(rest.strip_prefix("\u{1b}O"))
        {
            let is_end = |c: char| ('\u{40}'..='\u{7e}').contains(&c);
            let Some(end) = sequence.find(is_end) else {
                break;
            };
            let (name, after) = sequence.split_at(end + 1);
            keys.extend(named(name));
            rest = after;
            continue;
        }
        keys.extend(single(first));
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    keys
}

fn named(sequence: &str) -> Option<Key> {
    match sequence {
        "A" => Some(Key::Up),
        "B" => Some(Key::Down),
        "5~" => Some(Key::PageUp),
        "6~" => Some(Key::PageDown),
        "H" | "1~" | "7~" => Some(Key::Home),
        "F" | "4~" | "8~" => Some(Key::End),
        _ => None,
    }
}

fn single(char: char) -> Option<Key> {
    match char {
        '\r' | '\n' => Some(Key::Enter),
        '\u{1b}' => Some(Key::Escape),
        '\u{7f}' | '\u{8}' => Some(Key::Backspace),
        '\u{3}' => Some(Key::Interrupt),
        '\u{1a}' => Some(Key::Suspend),
        '\u{c}' => Some(Key::Redraw),
        char if char.is_control() => None,
        char => Some(Key::Char(char)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_whatever_comes_together() {
        for (bytes, keys) in [
            (&b"q"[..], vec![Key::Char('q')]),
            (b"\x1b", vec![Key::Escape]),
            (b"\x1b[A\x1bOB", vec![Key::Up, Key::Down]),
            (b"\x1b[5~\x1b[6~", vec![Key::PageUp, Key::PageDown]),
            (b"\x1b[H\x1b[4~", vec![Key::Home, Key::End]),
            // Ctrl-Right, which means nothing here, and half a sequence.
            (b"\x1b[1;5Cx\x1b[1", vec![Key::Char('x')]),
            (
                "ü\r\x7f\x03\x1a".as_bytes(),
                vec![
                    Key::Char('ü'),
                    Key::Enter,
                    Key::Backspace,
                    Key::Interrupt,
                    Key::Suspend,
                ],
            ),
            (b"\xff\x00", vec![Key::Char('\u{fffd}')]),
        ] {
            assert_eq!(read(bytes), keys, "{bytes:?}");
        }
    }
}
