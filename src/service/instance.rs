//! Instances: reading, changing and giving back. Making one is in [`super::create`].

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::crash;
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::event::Origin;
use crate::model::ids::{InstanceId, NodeId};
use crate::model::instance::{Instance, InstanceStatus};
use crate::model::page::Page;
use crate::model::task::TaskKind;
use crate::rules::input;
use crate::rules::patch::Changeable;
use crate::service::access::{self, check_precondition};
use crate::service::deploy::Deploying;
use crate::service::patching::JsonPatch;
use crate::service::power::{cancel, in_the_way};
use crate::service::task::requester;
use crate::service::{Error, Kind, Service, marker};
use crate::store::instance::InstanceFilter;
use crate::view::View;
use crate::view::instance::FIELDS_OF_MEMBERS;
use crate::{store, time};

/// Which instances a client asks for.
#[derive(Debug, Clone, Default)]
pub struct InstanceQuery {
    /// Those that the fields of the filter name; its project is decided from the caller.
    pub filter: InstanceFilter,
    /// The node, by UUID or name; admins only.
    pub node: Option<String>,
    /// Those of all projects; admins only.
    pub all_tenants: bool,
}

impl Service {
    /// The ids of the instances that the caller may see and asks for, in order.
    pub fn list_instances(
        &self,
        caller: &Caller,
        query: InstanceQuery,
        page: &Page,
    ) -> Result<Vec<InstanceId>, Error> {
        let mut filter = query.filter;
        filter.project_id = project_to_list(caller, filter.project_id, query.all_tenants)?;
        self.store.read(|connection| {
            if let Some(marker) = page.marker {
                let of = store::instance::find(connection, InstanceId(marker))?;
                let of = of.filter(|of| caller.is_admin() || of.project_id == caller.project_id);
                of.ok_or_else(|| marker::unknown(marker))?;
            }
            if let Some(node) = &query.node {
                // A node that is not there has no instances.
                match access::node(connection, node) {
                    Ok(node) => filter.node_id = Some(node.id),
                    Err(Error::NotFound { .. }) => filter.node_id = Some(NodeId(uuid::Uuid::nil())),
                    Err(error) => return Err(error),
                }
            }
            Ok(store::instance::list_ids(connection, filter, page)?)
        })
    }

    /// Instances that were listed, in the same order; those that are gone are left out.
    pub fn listed_instances(&self, ids: &[InstanceId]) -> Result<Vec<Instance>, Error> {
        self.store
            .read(|connection| Ok(store::instance::each_of(connection, ids)?))
    }

    /// One instance.
    pub fn show_instance(&self, caller: &Caller, ident: &str) -> Result<Instance, Error> {
        self.store
            .read(|connection| access::instance(connection, caller, ident))
    }

    /// Changes an instance's name, description or extra.
    pub async fn patch_instance(
        &self,
        caller: &Caller,
        ident: &str,
        patch: JsonPatch,
        precondition: Precondition,
    ) -> Result<Instance, Error> {
        #[derive(Deserialize)]
        struct Changed {
            name: String,
            description: Option<String>,
            extra: BTreeMap<String, String>,
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
                field: "extra",
                default: Some(json!({})),
            },
        ];
        let (caller, ident) = (caller.clone(), ident.to_owned());
        self.store
            .write(move |connection| {
                let mut instance = access::instance(connection, &caller, &ident)?;
                let changed: Changed =
                    patch.apply(&instance, visible_fields(&caller), &changeable)?;
                input::name("name", &changed.name)?;
                if let Some(description) = &changed.description {
                    input::text("description", description)?;
                }
                input::extra("extra", &changed.extra)?;
                if instance.status == InstanceStatus::Deleting {
                    return Err(Error::Deleting {
                        name: instance.name,
                    });
                }
                check_precondition(&precondition, &instance, Kind::Instance, &ident)?;
                let unchanged = instance.name == changed.name
                    && instance.description == changed.description
                    && instance.extra == changed.extra;
                if unchanged {
                    return Ok(instance);
                }
                instance.name = changed.name;
                instance.description = changed.description;
                instance.extra = changed.extra;
                instance.updated_at = Some(time::now());
                store::instance::update(connection, &instance)?;
                instance.revision += 1;
                Ok(instance)
            })
            .await
    }

    /// Gives an instance back: it is `deleting` at once, and gone when its node was seen to be off.
    pub async fn delete_instance(
        &self,
        caller: &Caller,
        ident: &str,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let deploying = Deploying::new(self, &caller);
        let deleted = self.store.write(move |connection| {
            let instance = access::instance(connection, &caller, &ident)?;
            if instance.status == InstanceStatus::Deleting {
                return Ok(());
            }
            check_precondition(&precondition, &instance, Kind::Instance, &ident)?;
            let now = time::now();
            if let Some(open) = store::task::find_open(connection, instance.node_id)? {
                // What the BMC has as its password has to be known before anything is asked of it.
                if open.kind == TaskKind::RotatePassword {
                    return Err(in_the_way(&open));
                }
                cancel(connection, &caller, open, "the instance was deleted", now)?;
            }
            deploying.begin_delete(connection, &instance, now)?;
            crash::commit("delete");
            let deleting = InstanceStatus::Deleting;
            Ok::<_, Error>(store::instance::update_status(
                connection,
                instance.id,
                deleting,
                None,
                &Origin::request(&requester(&caller)),
                now,
            )?)
        });
        deleted.await?;
        self.wakes.tasks.notify();
        Ok(())
    }
}

/// The fields that this caller sees: only admins see the node.
pub fn visible_fields(caller: &Caller) -> &'static [&'static str] {
    if caller.is_admin() {
        Instance::FIELDS
    } else {
        FIELDS_OF_MEMBERS
    }
}

/// The project whose instances are listed; `None` for all.
fn project_to_list(
    caller: &Caller,
    asked_for: Option<String>,
    all_tenants: bool,
) -> Result<Option<String>, Error> {
    if caller.is_admin() {
        return Ok(match (asked_for, all_tenants) {
            (None, true) => None,
            (None, false) => Some(caller.project_id.clone()),
            (project, _) => project,
        });
    }
    if all_tenants {
        return Err(Error::AdminOnly {
            what: "list the instances of all projects",
        });
    }
    match asked_for {
        Some(project) if project != caller.project_id => Err(Error::AdminOnly {
            what: "list the instances of another project",
        }),
        _ => Ok(Some(caller.project_id.clone())),
    }
}
