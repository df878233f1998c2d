//! How many instances a project may have.

use rusqlite::Connection;

use crate::model::caller::Caller;
use crate::model::limit::{Limit, MAX_INSTANCES};
use crate::rules::input::{self, InvalidInput};
use crate::service::{Error, Service};
use crate::store::limit::LimitPage;
use crate::{store, time};

impl Service {
    /// The limit of a project, and what it has. One that nobody has heard of has nothing, and what holds by default.
    pub fn show_limit(&self, caller: &Caller, project: &str) -> Result<Limit, Error> {
        if !caller.is_admin() && caller.project_id != project {
            let what = "see the limits of another project";
            return Err(Error::AdminOnly { what });
        }
        let default = self.instances_per_project();
        self.store
            .read(|connection| Ok(store::limit::find(connection, project, default)?))
    }

    /// The limits of the projects that have one of their own or that have instances. Only admins get here.
    pub fn list_limits(&self, page: &LimitPage) -> Result<Vec<Limit>, Error> {
        let default = self.instances_per_project();
        self.store
            .read(|connection| Ok(store::limit::list(connection, page, default)?))
    }

    /// Sets the limit of a project; `None` lets it have any number. What it has stays, also where that is more.
    pub async fn set_limit(
        &self,
        caller: &Caller,
        project: &str,
        instances: Option<u32>,
    ) -> Result<Limit, Error> {
        input::name("project_id", project)?;
        if instances.is_some_and(|most| most > MAX_INSTANCES) {
            let problem = format!("must be 0 to {MAX_INSTANCES}, or null for no limit");
            return Err(InvalidInput::new("instances", problem).into());
        }
        let (project, default) = (project.to_owned(), self.instances_per_project());
        let written = self.store.write(move |connection| {
            store::limit::set(connection, &project, instances, time::now())?;
            Ok::<_, Error>(store::limit::find(connection, &project, default)?)
        });
        let limit = written.await?;
        tracing::info!(
            request_id = caller.request_id,
            project = limit.project_id,
            instances,
            by = caller.user_id,
            "limit set"
        );
        Ok(limit)
    }

    /// Forgets the limit of a project: what the settings say holds again.
    pub async fn unset_limit(&self, caller: &Caller, project: &str) -> Result<(), Error> {
        let name = project.to_owned();
        let written = self
            .store
            .write(move |connection| Ok::<_, Error>(store::limit::unset(connection, &name)?));
        written.await?;
        tracing::info!(
            request_id = caller.request_id,
            project,
            by = caller.user_id,
            "limit forgotten"
        );
        Ok(())
    }
}

/// Refuses another instance where the project has as many as it may. In the transaction of the create, so that creates that
/// race do not all fit.
pub(super) fn check(
    connection: &Connection,
    project: &str,
    default: Option<u32>,
) -> Result<(), Error> {
    let Some(most) = store::limit::most(connection, project, default)? else {
        return Ok(());
    };
    let in_use = store::limit::count_in_use(connection, project)?;
    if in_use < most {
        return Ok(());
    }
    Err(Error::LimitReached {
        project: project.to_owned(),
        in_use,
        most,
    })
}
