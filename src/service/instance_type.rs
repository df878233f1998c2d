//! Instance types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::ids::TypeId;
use crate::model::instance_type::InstanceType;
use crate::model::page::Page;
use crate::rules::input::{self, InvalidInput};
use crate::rules::patch::Changeable;
use crate::service::access::{self, check_precondition};
use crate::service::patching::JsonPatch;
use crate::service::{Error, Kind, Service, marker};
use crate::store::{self, StoreError};
use crate::time;
use crate::view::View;

/// What a client says of a new type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewType {
    uuid: Option<TypeId>,
    name: String,
    description: Option<String>,
    is_public: Option<bool>,
    extra_specs: Option<BTreeMap<String, String>>,
}

impl Service {
    /// The types that the caller sees.
    pub fn list_types(&self, caller: &Caller, page: &Page) -> Result<Vec<InstanceType>, Error> {
        let project = (!caller.is_admin()).then_some(caller.project_id.as_str());
        self.store.read(|connection| {
            marker::check_found(page, |ident| {
                access::instance_type(connection, caller, ident)
            })?;
            Ok(store::instance_type::list(connection, project, page)?)
        })
    }

    /// One type.
    pub fn show_type(&self, caller: &Caller, ident: &str) -> Result<InstanceType, Error> {
        self.store
            .read(|connection| access::instance_type(connection, caller, ident))
    }

    /// Makes a type.
    pub async fn create_type(&self, caller: &Caller, new: NewType) -> Result<InstanceType, Error> {
        let made = InstanceType {
            id: new.uuid.unwrap_or_else(TypeId::random),
            name: new.name,
            description: new.description,
            is_public: new.is_public.unwrap_or(true),
            project_id: caller.project_id.clone(),
            extra_specs: new.extra_specs.unwrap_or_default(),
            created_at: time::now(),
            updated_at: None,
            revision: 1,
        };
        check(&made)?;
        self.store.made(made.id.0);
        self.store
            .write(move |connection| {
                store::instance_type::insert(connection, &made)
                    .map_err(|error| taken(error, &made))?;
                Ok(made)
            })
            .await
    }

    /// Changes a type's name, description, visibility or extra_specs.
    pub async fn patch_type(
        &self,
        caller: &Caller,
        ident: &str,
        patch: JsonPatch,
        precondition: Precondition,
    ) -> Result<InstanceType, Error> {
        #[derive(Deserialize)]
        struct Changed {
            name: String,
            description: Option<String>,
            is_public: bool,
            extra_specs: BTreeMap<String, String>,
        }
        let changeable = [
            Changeable {
                field: "name",
                default: None,
            },
            Changeable {
                field: "description",
                default: Some(json!(null)),
            },
            Changeable {
                field: "is_public",
                default: Some(json!(true)),
            },
            Changeable {
                field: "extra_specs",
                default: Some(json!({})),
            },
        ];
        self.change_type(caller, ident, precondition, move |of| {
            let changed: Changed = patch.apply(of, InstanceType::FIELDS, &changeable)?;
            of.name = changed.name;
            of.description = changed.description;
            of.is_public = changed.is_public;
            of.extra_specs = changed.extra_specs;
            Ok(())
        })
        .await
    }

    /// Adds or replaces some of a type's extra_specs.
    pub async fn merge_extra_specs(
        &self,
        caller: &Caller,
        ident: &str,
        extra_specs: BTreeMap<String, String>,
    ) -> Result<InstanceType, Error> {
        self.change_type(caller, ident, Precondition::None, move |of| {
            of.extra_specs.extend(extra_specs);
            Ok(())
        })
        .await
    }

    /// Removes one of a type's extra_specs.
    pub async fn remove_extra_spec(
        &self,
        caller: &Caller,
        ident: &str,
        key: &str,
    ) -> Result<(), Error> {
        let key = key.to_owned();
        let changed = self.change_type(caller, ident, Precondition::None, move |of| {
            match of.extra_specs.remove(&key) {
                Some(_) => Ok(()),
                None => Err(Error::NotFound {
                    kind: Kind::ExtraSpec,
                    ident: key,
                }),
            }
        });
        changed.await.map(drop)
    }

    /// Deletes a type that nothing uses.
    pub async fn delete_type(
        &self,
        caller: &Caller,
        ident: &str,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        self.store
            .write(move |connection| {
                let of = access::instance_type(connection, &caller, &ident)?;
                check_precondition(&precondition, &of, Kind::Type, &ident)?;
                match store::instance_type::delete(connection, of.id) {
                    Err(error) if error.violates_foreign_key() => {
                        let by =
                            "instances or nodes: delete them or change the nodes first".to_owned();
                        Err(Error::InUse {
                            kind: Kind::Type,
                            ident,
                            by,
                        })
                    }
                    result => Ok(result?),
                }
            })
            .await
    }

    async fn change_type(
        &self,
        caller: &Caller,
        ident: &str,
        precondition: Precondition,
        change: impl FnOnce(&mut InstanceType) -> Result<(), Error> + Send + 'static,
    ) -> Result<InstanceType, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        self.store
            .write(move |connection| {
                let mut of = access::instance_type(connection, &caller, &ident)?;
                check_precondition(&precondition, &of, Kind::Type, &ident)?;
                change(&mut of)?;
                check(&of)?;
                of.updated_at = Some(time::now());
                store::instance_type::update(connection, &of).map_err(|error| taken(error, &of))?;
                of.revision += 1;
                Ok(of)
            })
            .await
    }
}

fn check(of: &InstanceType) -> Result<(), InvalidInput> {
    input::name("name", &of.name)?;
    if let Some(description) = &of.description {
        input::text("description", description)?;
    }
    for (key, value) in &of.extra_specs {
        input::name("extra_specs", key)?;
        if value.chars().count() > input::MAX_TEXT {
            let problem = format!("the value is longer than {} characters", input::MAX_TEXT);
            return Err(InvalidInput::new(format!("extra_specs/{key}"), problem));
        }
    }
    Ok(())
}

fn taken(error: StoreError, of: &InstanceType) -> Error {
    Error::taken(
        error,
        Kind::Type,
        "types.name",
        &of.name,
        "types.uuid",
        &of.id.to_string(),
    )
}
