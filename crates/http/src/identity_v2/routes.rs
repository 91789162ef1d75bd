//! The routes of Identity v2.0 that are here, and the operation behind each of their methods.

use http::Method;

use crate::kit::{Route, operations};

operations! {
    /// `GET /`
    ShowVersion,
    /// `POST /tokens`
    IssueToken,
    /// `DELETE /tokens`
    RevokeOwnToken,
    /// `GET` and `HEAD /tokens/{token_id}`
    ValidateToken,
    /// `DELETE /tokens/{token_id}`
    RevokeToken,
    /// `GET /tokens/{token_id}/endpoints`
    ListEndpoints,
    /// `GET /tenants`
    ListTenants,
}

/// Paths from the mount on, without trailing slash. Templates with a token in them keep the path out of the log.
pub static ROUTES: &[Route<Operation>] = &[
    Route { template: "/", methods: &[(Method::GET, Operation::ShowVersion)] },
    Route {
        template: "/tokens",
        methods: &[(Method::POST, Operation::IssueToken), (Method::DELETE, Operation::RevokeOwnToken)],
    },
    Route {
        template: "/tokens/{token_id}",
        methods: &[
            (Method::GET, Operation::ValidateToken),
            (Method::HEAD, Operation::ValidateToken),
            (Method::DELETE, Operation::RevokeToken),
        ],
    },
    Route { template: "/tokens/{token_id}/endpoints", methods: &[(Method::GET, Operation::ListEndpoints)] },
    Route { template: "/tenants", methods: &[(Method::GET, Operation::ListTenants)] },
];
