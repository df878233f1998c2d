//! A list of all instances in full, beside reading the same rows with rusqlite and writing the same JSON into a buffer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use ostler::model::caller::Role;
use ostler::time::{self, Timestamp};
use rusqlite::{Connection, OpenFlags, Row as SqlRow};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde::{Deserialize, Serialize as Derive};

use crate::Args;
use crate::raw;
use crate::row::{Row, median};
use crate::world::{Contents, PROJECT, World};

/// Lists that nobody reads, at a time.
const UNREAD: usize = 16;

pub(crate) async fn measure(args: &Args) -> anyhow::Result<Vec<Row>> {
    let directory = args.directory()?;
    let contents = Contents {
        taken: args.instances,
        free: 0,
        quiet: true,
    };
    let world = World::build(directory.path(), contents).await?;
    let daemon = world.start(args, "").await?;
    let token = daemon.token(Role::Reader).await?;
    let request = raw::request("GET", "/v1/instances/detail", &token, "");
    let plain = Plain::open(&world.database())?;
    let (mut answer, mut buffer) = (Vec::new(), Vec::new());
    let mut connection = raw::Connection::open(daemon.tcp).await?;
    let at_rest = daemon.process.memory_mib("VmRSS")?;
    let (mut first, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        let started = time::instant();
        plain.write(&mut buffer)?;
        theirs.push(started.elapsed().as_secs_f64() * 1e3);
        let started = time::instant();
        let first_byte = connection.stream(&request, &mut answer).await?;
        ours.push(started.elapsed().as_secs_f64() * 1e3);
        first.push((first_byte - started).as_secs_f64() * 1e3);
        let body = raw::body_of(&answer).context("not an answer")?;
        ensure!(body == buffer, "the daemon's list is another");
    }
    let after = daemon.process.memory_mib("VmHWM")?;
    let mut unread = Vec::new();
    for _ in 0..UNREAD {
        let mut connection = raw::Connection::open(daemon.tcp).await?;
        connection.begin(&request).await?;
        unread.push(connection);
    }
    let with_unread = daemon.process.memory_mib("VmRSS")?;
    let count = world.instances.len();
    let (whole, theirs) = (median(ours), median(theirs));
    Ok(vec![
        Row::beside(
            format!("list of {count} in full, ms"),
            whole,
            "rusqlite and serde_json",
            theirs,
        ),
        Row::beside(
            "its first byte, ms",
            median(first),
            "rusqlite and serde_json, whole",
            theirs,
        ),
        Row::beside(
            "most memory while lists were read, MiB",
            after,
            "before the first",
            at_rest,
        ),
        Row::beside(
            format!("memory with {UNREAD} lists that nobody reads, MiB"),
            with_unread,
            "before the first",
            at_rest,
        ),
    ])
}

/// Reading and writing with nothing around it.
struct Plain(Connection);

impl Plain {
    fn open(database: &Path) -> anyhow::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(Connection::open_with_flags(database, flags)?))
    }

    fn write(&self, to: &mut Vec<u8>) -> anyhow::Result<()> {
        const SQL: &str = "SELECT i.name, i.description, i.type_id, i.image_id, i.availability_zone, i.network_info, \
             i.uuid, i.status, i.power_state, i.project_id, i.user_id, i.updated_at, i.created_at, i.launched_at, \
             i.extra, i.last_error FROM instances i WHERE i.project_id = ?1 ORDER BY i.created_at, i.uuid";
        let mut statement = self.0.prepare_cached(SQL)?;
        let mut rows = statement.query([PROJECT])?;
        to.clear();
        to.extend_from_slice(b"{\"instances\":[");
        while let Some(row) = rows.next()? {
            if !to.ends_with(b"[") {
                to.push(b',');
            }
            serde_json::to_writer(&mut *to, &Shown::read(row)?)?;
        }
        to.extend_from_slice(b"]}");
        Ok(())
    }
}

#[derive(Derive)]
struct Shown<'a> {
    name: &'a str,
    description: Option<&'a str>,
    instance_type_uuid: &'a str,
    image_uuid: &'a str,
    availability_zone: &'a str,
    network_info: NetworkInfo<'a>,
    links: [Link; 2],
    uuid: &'a str,
    status: &'a str,
    power_state: Option<&'a str>,
    project_id: &'a str,
    user_id: &'a str,
    updated_at: Option<Timestamp>,
    created_at: Timestamp,
    launched_at: Option<Timestamp>,
    #[serde(borrow)]
    extra: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    last_error: Option<&'a str>,
}

#[derive(Derive)]
struct Link {
    rel: &'static str,
    href: String,
}

#[derive(Deserialize)]
struct Attachment<'a> {
    port_id: &'a str,
    #[serde(flatten, borrow)]
    rest: Attached<'a>,
}

#[derive(Derive, Deserialize)]
struct Attached<'a> {
    network: &'a str,
    mac_address: &'a str,
    #[serde(borrow)]
    fixed_ips: Vec<FixedIp<'a>>,
}

#[derive(Derive, Deserialize)]
struct FixedIp<'a> {
    ip_address: &'a str,
    subnet_id: &'a str,
}

struct NetworkInfo<'a>(Vec<Attachment<'a>>);

impl Serialize for NetworkInfo<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for attachment in &self.0 {
            map.serialize_entry(attachment.port_id, &attachment.rest)?;
        }
        map.end()
    }
}

impl<'a> Shown<'a> {
    fn read(row: &'a SqlRow<'_>) -> anyhow::Result<Self> {
        let text = |column| -> anyhow::Result<&'a str> { Ok(row.get_ref(column)?.as_str()?) };
        let or_null = |column| -> anyhow::Result<Option<&'a str>> {
            Ok(row.get_ref(column)?.as_str_or_null()?)
        };
        let uuid = text(6)?;
        let base = "http://127.0.0.1:6688";
        let link = |rel, prefix| Link {
            rel,
            href: format!("{base}{prefix}/instances/{uuid}"),
        };
        let at = |column| -> anyhow::Result<Option<Timestamp>> {
            Ok(row
                .get_ref(column)?
                .as_i64_or_null()?
                .map(Timestamp::from_micros))
        };
        Ok(Self {
            name: text(0)?,
            description: or_null(1)?,
            instance_type_uuid: text(2)?,
            image_uuid: text(3)?,
            availability_zone: text(4)?,
            network_info: NetworkInfo(serde_json::from_str(text(5)?)?),
            links: [link("self", "/v1"), link("bookmark", "")],
            uuid,
            status: text(7)?,
            power_state: or_null(8)?,
            project_id: text(9)?,
            user_id: text(10)?,
            updated_at: at(11)?,
            created_at: at(12)?.context("no created_at")?,
            launched_at: at(13)?,
            extra: serde_json::from_str(text(14)?)?,
            last_error: or_null(15)?,
        })
    }
}
