//! Server-sent events (WHATWG HTML, "Parsing an event stream"), as far as the daemon uses them.

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The id of the last event that had one.
    pub(crate) id: Option<String>,
    /// Its kind.
    pub(crate) event: String,
    /// What it says.
    pub(crate) data: String,
}

/// Turns bytes, in pieces as they come, into events.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    id: Option<String>,
    event: String,
    data: Vec<String>,
}

impl Parser {
    /// Takes more bytes; gives the events that are complete with them.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Message> {
        let mut complete = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.rest.push(*byte);
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned();
            complete.extend(self.line(line.trim_end_matches('\r')));
        }
        complete
    }

    fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then(|| Message {
                id: self.id.clone(),
                event,
                data: data.join("\n"),
            });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "id" => self.id = Some(value),
            "event" => self.event = value,
            "data" => self.data.push(value),
            // A comment, or a field that this program has no use for.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_whole_whatever_pieces_the_bytes_come_in() {
        let text = b": hello\nretry: 2000\n\nid: 7\nevent: power\ndata: {\"a\":\ndata: 1}\r\n\nevent: gap\ndata: x\n\n";
        let power = Message {
            id: Some("7".to_owned()),
            event: "power".to_owned(),
            data: "{\"a\":\n1}".to_owned(),
        };
        let gap = Message {
            event: "gap".to_owned(),
            data: "x".to_owned(),
            ..power.clone()
        };
        for size in [1, 3, text.len()] {
            let mut parser = Parser::default();
            let all: Vec<Message> = text.chunks(size).flat_map(|of| parser.push(of)).collect();
            assert_eq!(all, [power.clone(), gap.clone()], "in pieces of {size}");
        }
    }
}
