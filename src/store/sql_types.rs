//! How model types are written to and read from SQLite.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::bmc::PrivilegeLevel;
use crate::model::caller::{Role, Source, Subject};
use crate::model::event::{Cause, EventKind};
use crate::model::health::HealthState;
use crate::model::ids::{
    ImageId, InstanceId, NetworkId, NodeId, OperationId, PortId, SubnetId, TaskId, TokenId, TypeId,
    WebhookId,
};
use crate::model::image::{Completion, ImageBoot, ImageKind};
use crate::model::instance::InstanceStatus;
use crate::model::netboot::Milestone;
use crate::model::operation::EntryState;
use crate::model::power::{PowerAction, PowerPolicy, PowerState, PowerTarget};
use crate::model::task::{TaskKind, TaskState};
use crate::time::Timestamp;

macro_rules! ids_as_text {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.to_string()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(FromSqlError::other)
            }
        }
    )*};
}

ids_as_text! { ImageId InstanceId NetworkId NodeId OperationId PortId SubnetId TaskId TokenId TypeId WebhookId }

macro_rules! words_as_text {
    ($($name:ident: $parse:expr;)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )*};
}

words_as_text! {
    Cause: Cause::parse;
    Completion: from_word;
    EntryState: EntryState::parse;
    EventKind: EventKind::parse;
    HealthState: HealthState::parse;
    ImageBoot: from_word;
    ImageKind: from_word;
    InstanceStatus: InstanceStatus::parse;
    Milestone: Milestone::parse;
    PowerAction: PowerAction::parse;
    PowerPolicy: from_word;
    PowerState: PowerState::parse;
    PowerTarget: PowerTarget::parse;
    PrivilegeLevel: from_word;
    Role: Role::parse;
    TaskKind: TaskKind::parse;
    TaskState: TaskState::parse;
}

/// For words that serde already knows how to read.
fn from_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word)).ok()
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_micros()))
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::from_micros)
    }
}

impl ToSql for Source {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.to_string()))
    }
}

impl FromSql for Source {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Subject {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Subject {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(Self::new)
    }
}

/// A column that holds JSON.
pub struct Json<T>(pub T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Json)
            .map_err(FromSqlError::other)
    }
}
