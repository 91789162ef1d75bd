//! The one route.

use http::Method;

use crate::kit::Route;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Post a message.
    Post,
}

impl Operation {
    /// Its name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Post => "PostMessage",
        }
    }
}

/// The routes.
pub static ROUTES: &[Route<Operation>] = &[Route { template: "/{id}", methods: &[(Method::POST, Operation::Post)] }];
