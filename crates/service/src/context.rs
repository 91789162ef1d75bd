//! One request's context: who calls and under which id, as a plain value passed down.

use salon_core::{Caller, Viewer, event::Actor};

use crate::Service;

/// What every use case is told about the request it serves.
///
/// It is never kept anywhere: no task-local, no pool, so one caller's rights cannot leak into another's request.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// The authenticated caller.
    pub caller: Caller,
    /// The request's id, as answered in `x-openstack-request-id`.
    pub request_id: String,
}

impl Ctx {
    /// A context for one request.
    pub fn new(caller: Caller, request_id: impl Into<String>) -> Self {
        Self { caller, request_id: request_id.into() }
    }

    /// The caller as history and events record it.
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.caller.user_id.as_str().to_owned(),
            project_id: self.caller.project().map(|project| project.as_str().to_owned()),
            request_id: self.request_id.clone(),
        }
    }

    /// Whose things the caller reaches: its project's, and an administrator everybody's.
    pub(crate) fn viewer(&self, service: &Service) -> Viewer {
        Viewer { project: self.caller.project().cloned(), admin: service.policy().is_admin(&self.caller) }
    }
}
