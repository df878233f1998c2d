//! The screen as lines: a pure function of the rack, what the user has chosen, and the size.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::cli::output::{Mood, mood};
use crate::cli::text::{NOTHING, harmless};
use crate::cli::top::rack::{Machine, Order, Rack};
use crate::time::Timestamp;

/// What is shown, and how the user wants it.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) rack: &'a Rack,
    /// Which daemon this is of.
    pub(super) place: &'a str,
    pub(super) now: Timestamp,
    pub(super) order: Order,
    pub(super) filter: &'a str,
    /// The filter is being typed.
    pub(super) is_typing: bool,
    pub(super) is_paused: bool,
    /// Since when the daemon does not answer, and why.
    pub(super) trouble: Option<(Timestamp, &'a str)>,
    /// How many machines are above the first that is shown.
    pub(super) above: usize,
}

/// Where it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// How many columns there are; nothing for as many as it takes.
    pub(super) width: Option<usize>,
    /// How many rows a screen has; nothing for a text that ends with its last machine.
    pub(super) height: Option<usize>,
    pub(super) color: bool,
}

/// The lines above the machines, with the heads of the columns.
const ABOVE: usize = 5;
/// The line of the keys.
const BELOW: usize = 1;
/// The space between two columns.
const GAP: usize = 2;
/// The least that the reason has, where anything else can be left out for it.
const REASON: usize = 20;

const KEYS: &str = "q quit  / filter  s sort  p pause  arrows, page up, page down: move";
const KEYS_OF_FILTER: &str = "enter keep  esc clear";

struct Column {
    head: &'static str,
    text: fn(&Machine, Timestamp) -> String,
    /// Of those that do not fit the one with the highest number goes first.
    rank: u8,
    /// How wide it gets at most.
    most: usize,
}

/// All but the reason, which has what they leave.
const COLUMNS: [Column; 7] = [
    Column {
        head: "NAME",
        text: |of, _| of.name.clone(),
        rank: 0,
        most: 32,
    },
    Column {
        head: "POWER",
        text: |of, _| power(of).to_owned(),
        rank: 0,
        most: 12,
    },
    Column {
        head: "HEALTH",
        text: |of, _| of.health.clone(),
        rank: 1,
        most: 15,
    },
    Column {
        head: "INSTANCE",
        text: |of, _| tenant(of),
        rank: 3,
        most: 24,
    },
    Column {
        head: "TASK",
        text: |of, _| work(of),
        rank: 2,
        most: 32,
    },
    Column {
        head: "SINCE",
        text: |of, now| age(of.power_since, now),
        rank: 4,
        most: 6,
    },
    Column {
        head: "SEEN",
        text: |of, now| age(of.seen, now),
        rank: 5,
        most: 6,
    },
];

/// How many machines a screen of this height shows.
pub(super) fn page(height: usize) -> usize {
    height.saturating_sub(ABOVE + BELOW)
}

/// The lines.
pub(super) fn draw(view: &View<'_>, paper: Paper) -> Vec<String> {
    let machines = view.rack.sorted(view.order, view.filter);
    let mut lines = head(view, paper);
    let columns = columns_for(&machines, view, paper.width);
    lines.push(table_head(&columns, paper));
    let rows = paper.height.map_or(machines.len(), page);
    let above = view.above.min(machines.len().saturating_sub(rows));
    let shown = machines.iter().skip(above).take(rows);
    lines.extend(shown.clone().map(|of| row(of, &columns, view.now, paper)));
    if let Some(height) = paper.height {
        lines.resize(height.saturating_sub(BELOW).max(ABOVE), String::new());
        let last = above + shown.len();
        lines.push(foot(view, above, last, machines.len(), paper));
        lines.truncate(height);
    }
    lines
}

fn head(view: &View<'_>, paper: Paper) -> Vec<String> {
    let counts = view.rack.counts();
    let list = |counts: &[(String, usize)]| match counts {
        [] => "none".to_owned(),
        counts => {
            let words: Vec<String> = counts
                .iter()
                .map(|(word, n)| format!("{n} {word}"))
                .collect();
            words.join(", ")
        }
    };
    let time = view.now.to_string();
    let time = time.get(11..19).unwrap_or_default();
    let total = view.rack.machines.len();
    let nodes = if total == 1 { "node" } else { "nodes" };
    let title = format!(
        "ostler top  {total} {nodes}  {time} UTC  {}",
        cell(view.place)
    );
    let status = match (view.trouble, view.is_paused) {
        (Some((since, why)), _) => {
            let since = since.to_string();
            let since = since.get(11..19).unwrap_or_default().to_owned();
            Styled::bad(format!(
                "No answer since {since} UTC; trying again ({})",
                cell(why)
            ))
        }
        (None, true) => Styled::busy("Paused: press p to go on".to_owned()),
        (None, false) => Styled::plain(format!("Sorted {}", view.order.shown())),
    };
    vec![
        Styled::bold(title).shown(paper),
        Styled::plain(format!(
            "Power: {}    BMCs: {}",
            list(&counts.power),
            list(&counts.health)
        ))
        .shown(paper),
        Styled::plain(format!(
            "Tasks: {}    In maintenance: {}",
            list(&counts.work),
            counts.maintenance
        ))
        .shown(paper),
        status.shown(paper),
    ]
}

fn foot(view: &View<'_>, above: usize, last: usize, total: usize, paper: Paper) -> String {
    let place = match (total, view.filter) {
        (0, "") => "no nodes".to_owned(),
        (0, _) => "nothing fits".to_owned(),
        _ => format!("{} to {last} of {total}", above + 1),
    };
    let text = if view.is_typing {
        format!("/{}_  {place}  {KEYS_OF_FILTER}", view.filter)
    } else if view.filter.is_empty() {
        format!("{place}  {KEYS}")
    } else {
        format!("/{}  {place}  {KEYS}", view.filter)
    };
    Styled::plain(cell(&text)).shown(paper)
}

/// The columns that fit, with their widths.
fn columns_for(
    machines: &[&Machine],
    view: &View<'_>,
    width: Option<usize>,
) -> Vec<(&'static Column, usize)> {
    let mut columns: Vec<(&Column, usize)> = COLUMNS
        .iter()
        .map(|column| {
            let texts = machines
                .iter()
                .map(|of| cell(&(column.text)(of, view.now)).width());
            let widest = texts.max().unwrap_or(0);
            (column, widest.min(column.most).max(column.head.width()))
        })
        .collect();
    let has_reasons = machines.iter().any(|of| !of.reason().is_empty());
    let reason = if has_reasons { REASON } else { 0 };
    while let Some(width) = width
        && columns.iter().map(|(_, width)| width + GAP).sum::<usize>() + reason > width
        && let Some(rank) = columns.iter().map(|(column, _)| column.rank).max()
        && rank > 0
    {
        columns.retain(|(column, _)| column.rank != rank);
    }
    columns
}

fn table_head(columns: &[(&Column, usize)], paper: Paper) -> String {
    let mut text = String::new();
    for (column, width) in columns {
        text += &fit(column.head, width + GAP);
    }
    text += "REASON";
    let style = Styled { text, style: "7" };
    match paper.height {
        Some(_) => style.filled(paper),
        None => style
            .shown(Paper {
                color: false,
                ..paper
            })
            .trim_end()
            .to_owned(),
    }
}

fn row(of: &Machine, columns: &[(&Column, usize)], now: Timestamp, paper: Paper) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (column, width) in columns {
        let text = cell(&(column.text)(of, now));
        let room = paper.width.map_or(width + GAP, |all| {
            (width + GAP).min(all.saturating_sub(used))
        });
        used += room;
        // The space between columns stays whatever stands there.
        let padded = fit(&fit(&text, room.saturating_sub(GAP)), room);
        let word = if column.head == "POWER" {
            of.power.as_deref().unwrap_or("unknown")
        } else {
            &text
        };
        line += &Styled::of(padded, mood(word)).colored(paper.color);
    }
    let reason = cell(of.reason());
    line += &match paper.width {
        Some(width) => fit(&reason, width.saturating_sub(used)),
        None => reason,
    };
    line.trim_end().to_owned()
}

fn power(of: &Machine) -> &str {
    let power = of.power.as_deref().unwrap_or("unknown");
    power.trim_start_matches("power ")
}

fn tenant(of: &Machine) -> String {
    match &of.instance {
        None => NOTHING.to_owned(),
        Some(of) if of.status.is_empty() || of.status == "active" => of.name.clone(),
        Some(of) => format!("{} ({})", of.name, of.status),
    }
}

fn work(of: &Machine) -> String {
    let Some(work) = &of.work else {
        return match of.maintenance {
            Some(_) => "maintenance".to_owned(),
            None => NOTHING.to_owned(),
        };
    };
    let target = work.target.trim_start_matches("power ");
    match (work.state.as_str(), work.step.as_str()) {
        ("", _) => target.to_owned(),
        (state, "") => format!("{target}: {state}"),
        (state, step) => format!("{target}: {state} ({})", step.replace('_', " ")),
    }
}

/// `5s`, `3m`, `2h`, `4d`. A clock that is behind the daemon's sees no time that is to come.
fn age(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else {
        return NOTHING.to_owned();
    };
    let secs = now.since(at).as_secs();
    match secs {
        0..60 => format!("{secs}s"),
        60..3_600 => format!("{}m", secs / 60),
        3_600..86_400 => format!("{}h", secs / 3_600),
        _ => format!("{}d", secs / 86_400),
    }
}

/// One line, whoever wrote it.
fn cell(text: &str) -> String {
    harmless(text).replace('\n', " ")
}

/// Exactly so many columns of the terminal: filled with spaces, or cut with `…` at the end.
fn fit(text: &str, width: usize) -> String {
    let wide = text.width();
    if wide <= width {
        return format!("{text}{}", " ".repeat(width - wide));
    }
    let mut fitting = String::new();
    let mut used = 0;
    for char in text.chars() {
        let of_this = char.width().unwrap_or(0);
        if used + of_this + 1 > width {
            break;
        }
        fitting.push(char);
        used += of_this;
    }
    if width > 0 {
        fitting.push('…');
        used += 1;
    }
    // A wide sign may have left one column.
    fitting + &" ".repeat(width.saturating_sub(used))
}

/// Text with the numbers of its style (ECMA-48, SGR).
struct Styled {
    text: String,
    style: &'static str,
}

impl Styled {
    fn plain(text: String) -> Self {
        Self { text, style: "" }
    }

    fn bold(text: String) -> Self {
        Self { text, style: "1" }
    }

    fn bad(text: String) -> Self {
        Self {
            text,
            style: "1;31",
        }
    }

    fn busy(text: String) -> Self {
        Self { text, style: "33" }
    }

    fn of(text: String, mood: Option<Mood>) -> Self {
        let style = match mood {
            Some(Mood::Good) => "32",
            Some(Mood::Bad) => "31",
            Some(Mood::Busy) => "33",
            None => "",
        };
        Self { text, style }
    }

    /// Cut to the paper.
    fn shown(mut self, paper: Paper) -> String {
        if let Some(width) = paper.width {
            self.text = fit(&self.text, width).trim_end().to_owned();
        }
        self.colored(paper.color)
    }

    /// As wide as the paper.
    fn filled(mut self, paper: Paper) -> String {
        if let Some(width) = paper.width {
            self.text = fit(&self.text, width);
        }
        self.colored(paper.color)
    }

    fn colored(self, color: bool) -> String {
        if color && !self.style.is_empty() {
            format!("\u{1b}[{}m{}\u{1b}[0m", self.style, self.text)
        } else {
            self.text
        }
    }
}
