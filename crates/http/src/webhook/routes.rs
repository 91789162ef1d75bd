//! The one route.

use http::Method;

use crate::kit::{Route, operations};

operations! {
    /// `POST /{id}`
    PostMessage,
}

/// Paths from the mount on.
pub static ROUTES: &[Route<Operation>] =
    &[Route { template: "/{id}", methods: &[(Method::POST, Operation::PostMessage)] }];
