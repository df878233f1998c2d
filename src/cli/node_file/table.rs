//! CSV: the first line names the columns, each further line is a node. An empty cell says nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::tree::{Kind, Member, Place, Tree};

/// The columns with one value, and where it goes.
pub(super) const COLUMNS: [(&str, &[&str]); 19] = [
    ("name", &["name"]),
    ("uuid", &["uuid"]),
    ("availability_zone", &["availability_zone"]),
    ("instance_type", &["instance_type"]),
    ("bmc_interface", &["bmc", "interface"]),
    ("bmc_address", &["bmc", "address"]),
    ("bmc_port", &["bmc", "port"]),
    ("bmc_username", &["bmc", "username"]),
    ("bmc_password", &["bmc", "password"]),
    ("bmc_kg", &["bmc", "kg"]),
    ("bmc_privilege_level", &["bmc", "privilege_level"]),
    ("bmc_cipher_suite", &["bmc", "cipher_suite"]),
    ("bmc_device", &["bmc", "device"]),
    ("cpus", &["properties", "cpus"]),
    ("memory_mb", &["properties", "memory_mb"]),
    ("local_gb", &["properties", "local_gb"]),
    ("cpu_arch", &["properties", "cpu_arch"]),
    ("power_policy", &["power_policy"]),
    ("min_off_secs", &["min_off_secs"]),
];

/// The columns with several values, with `;` between them, and where they go.
pub(super) const LISTS: [(&str, &[&str]); 2] =
    [("bmc_quirks", &["bmc", "quirks"]), ("ports", &["ports"])];

/// What a column begins with that is one key of a map.
pub(super) const MAPS: [(&str, &[&str]); 2] = [
    ("capabilities.", &["properties", "capabilities"]),
    ("extra.", &["extra"]),
];

/// What a column is.
enum Column {
    One(Vec<String>),
    List(Vec<String>),
    /// It was told that it is unknown.
    None,
}

/// Reads a table as a list of maps, as YAML would have them.
///
/// # Errors
///
/// Where there is no table at all. A line that is wrong is added to the problems.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Result<Tree, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let first = Place { line: 1, column: 0 };
    let header = reader
        .headers()
        .map_err(|_| Problem::at(first, "is no CSV"))?
        .clone();
    if header.iter().all(|name| name.trim().is_empty()) {
        let problem = "is empty: the first line must name the columns, such as name,bmc_address";
        return Err(Problem::at(first, problem));
    }
    // Otherwise it may be a node already, with its password.
    if header.iter().all(|name| column_of(name.trim()).is_none()) {
        let problem = "names no column that is known: the first line must name the columns, such as name,bmc_address";
        return Err(Problem::at(first, problem));
    }
    let mut columns: Vec<Column> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = name.trim();
        if header
            .iter()
            .take(index)
            .any(|before| before.trim() == name)
        {
            problems.add(Problem::at(
                first,
                format!("the column {name} is there twice"),
            ));
        }
        columns.push(column(name, problems));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let Ok(record) = record else {
            problems.add(Problem::at(first, "is no CSV from some line on"));
            break;
        };
        let line = record.position().map_or(0, csv::Position::line);
        let at = Place {
            line: usize::try_from(line).unwrap_or(0),
            column: 0,
        };
        if record.len() != columns.len() {
            let text = format!(
                "has {} cells where the first line names {} columns: put cells that hold a separator into quotes",
                record.len(),
                columns.len()
            );
            problems.add(Problem::at(at, text));
            continue;
        }
        let mut row = Tree {
            at,
            kind: Kind::Map(Vec::new()),
        };
        for (cell, column) in record.iter().zip(&columns) {
            fill(&mut row, cell, column);
        }
        if row.members().is_some_and(|members| !members.is_empty()) {
            rows.push(row);
        }
    }
    let kind = Kind::List(rows);
    Ok(Tree { at: first, kind })
}

/// A comma, unless the first line has none and what spreadsheets write elsewhere.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    match (
        header.contains(','),
        header.contains(';'),
        header.contains('\t'),
    ) {
        (true, ..) | (false, false, false) => b',',
        (false, true, _) => b';',
        (false, false, true) => b'\t',
    }
}

fn column(name: &str, problems: &mut Problems) -> Column {
    if let Some(column) = column_of(name) {
        return column;
    }
    let known: Vec<&str> = COLUMNS
        .iter()
        .chain(&LISTS)
        .map(|(name, _)| *name)
        .collect();
    let text = format!(
        "{name:?} is no known column: known are {}, capabilities.KEY, extra.KEY",
        known.join(", ")
    );
    problems.add(Problem::at(Place { line: 1, column: 0 }, text));
    Column::None
}

fn column_of(name: &str) -> Option<Column> {
    let owned = |path: &[&str]| path.iter().map(|key| (*key).to_owned()).collect();
    if let Some((_, path)) = COLUMNS.iter().find(|(of, _)| *of == name) {
        return Some(Column::One(owned(path)));
    }
    if let Some((_, path)) = LISTS.iter().find(|(of, _)| *of == name) {
        return Some(Column::List(owned(path)));
    }
    for (prefix, path) in MAPS {
        if let Some(key) = name.strip_prefix(prefix).filter(|key| !key.is_empty()) {
            let mut path: Vec<String> = owned(path);
            path.push(key.to_owned());
            return Some(Column::One(path));
        }
    }
    None
}

fn fill(row: &mut Tree, cell: &str, column: &Column) {
    if cell.trim().is_empty() {
        return;
    }
    let at = row.at;
    // In quotes: a cell `null` is text.
    let scalar = |text: &str| Tree {
        at,
        kind: Kind::Scalar {
            text: text.to_owned(),
            plain: false,
        },
    };
    let (path, value) = match column {
        Column::None => return,
        Column::One(path) => (path, scalar(cell)),
        Column::List(path) => {
            let parts = cell
                .split(';')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            let kind = Kind::List(parts.map(scalar).collect());
            (path, Tree { at, kind })
        }
    };
    put(row, path, value);
}

fn put(tree: &mut Tree, path: &[String], value: Tree) {
    let (Some((key, rest)), Kind::Map(members)) = (path.split_first(), &mut tree.kind) else {
        *tree = value;
        return;
    };
    let at = value.at;
    if let Some(there) = members.iter_mut().find(|member| member.key == *key) {
        put(&mut there.value, rest, value);
        return;
    }
    let mut new = Tree {
        at,
        kind: Kind::Map(Vec::new()),
    };
    put(&mut new, rest, value);
    members.push(Member {
        key: key.clone(),
        at,
        value: new,
    });
}

/// Writes nodes as a table with the columns that some of them have.
///
/// # Errors
///
/// What a table cannot say, in a sentence.
pub(super) fn write(nodes: &[Map<String, Value>]) -> Result<String, String> {
    let rows = nodes.iter().map(cells).collect::<Result<Vec<_>, _>>()?;
    let used: BTreeSet<&String> = rows.iter().flatten().map(|(column, _)| column).collect();
    let known = COLUMNS
        .iter()
        .chain(&LISTS)
        .map(|(name, _)| (*name).to_owned());
    let mut columns: Vec<String> = known.filter(|name| used.contains(name)).collect();
    for (prefix, _) in MAPS {
        columns.extend(
            used.iter()
                .filter(|name| name.starts_with(prefix))
                .map(|name| (*name).clone()),
        );
    }
    if columns.is_empty() {
        columns.push("name".to_owned());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| error.to_string();
    writer.write_record(&columns).map_err(failed)?;
    for row in &rows {
        let cell = |column: &String| {
            let found = row.iter().find(|(of, _)| of == column);
            found.map_or("", |(_, cell)| cell.as_str())
        };
        writer
            .write_record(columns.iter().map(cell))
            .map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// The columns of one node and what stands there.
fn cells(node: &Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let name = node.get("name").and_then(Value::as_str).unwrap_or_default();
    let refused = |column: &str| {
        format!("{column} of the node {name} cannot be written as CSV: use --format yaml or json")
    };
    let at = |path: &[&str]| {
        let (first, rest) = path.split_first()?;
        rest.iter()
            .try_fold(node.get(*first)?, |of, key| of.get(*key))
    };
    let mut cells = Vec::new();
    for (column, path) in COLUMNS {
        match at(path) {
            None => {}
            // An empty user name is what a new node has anyway.
            Some(Value::String(text)) if text.is_empty() && column == "bmc_username" => {}
            Some(Value::String(text)) if text.trim().is_empty() => return Err(refused(column)),
            Some(Value::String(text)) => cells.push((column.to_owned(), text.clone())),
            Some(other) => cells.push((column.to_owned(), other.to_string())),
        }
    }
    for (column, path) in LISTS {
        let values = at(path)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let texts = values
            .iter()
            .map(|value| listed(value).ok_or_else(|| refused(column)));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        if !texts.is_empty() {
            cells.push((column.to_owned(), texts.join(";")));
        }
    }
    for (prefix, path) in MAPS {
        for (key, value) in at(path).and_then(Value::as_object).into_iter().flatten() {
            let column = format!("{prefix}{key}");
            let text = value.as_str().filter(|text| !text.trim().is_empty());
            // The names of columns are read without the space around them.
            let text = text.filter(|_| column.trim() == column);
            let text = text.ok_or_else(|| refused(&column))?;
            cells.push((column, text.to_owned()));
        }
    }
    Ok(cells)
}

/// One of several values in a cell; none where it could not be told from two.
fn listed(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return (!text.contains(';')).then(|| text.to_owned());
    }
    let mut text = value.get("mac_address")?.as_str()?.to_owned();
    if let Some(port_type) = value.get("port_type") {
        let port_type = port_type.as_str()?;
        let is_plain = !port_type.contains([',', ';']) && port_type.trim() == port_type;
        if !is_plain || port_type == "no-pxe" {
            return None;
        }
        text.push_str(&format!(",{port_type}"));
    }
    if value.get("pxe_enabled") == Some(&Value::Bool(false)) {
        text.push_str(",no-pxe");
    }
    Some(text)
}
