//! The routes of Identity v3 that are here, and the operation behind each of their methods.

use http::Method;

use crate::kit::{Route, operations};

operations! {
    /// `GET /`
    ListVersions,
    /// `GET /v3`
    ShowVersion,
    /// `POST /v3/auth/tokens`
    IssueToken,
    /// `GET` and `HEAD /v3/auth/tokens`
    ValidateToken,
    /// `DELETE /v3/auth/tokens`
    RevokeToken,
    /// `GET /v3/auth/catalog`
    ShowCatalog,
    /// `GET /v3/auth/projects`
    ListOwnProjects,
    /// `GET /v3/auth/domains`
    ListOwnDomains,
    /// `GET /v3/auth/system`
    ShowOwnSystem,
    /// `GET /v3/domains`
    ListDomains,
    /// `POST /v3/domains`
    CreateDomain,
    /// `GET /v3/domains/{domain_id}`
    ShowDomain,
    /// `GET /v3/projects`
    ListProjects,
    /// `POST /v3/projects`
    CreateProject,
    /// `GET /v3/projects/{project_id}`
    ShowProject,
    /// `PATCH /v3/projects/{project_id}`
    UpdateProject,
    /// `DELETE /v3/projects/{project_id}`
    DeleteProject,
    /// `GET /v3/projects/{project_id}/users/{user_id}/roles`
    ListGrants,
    /// `PUT /v3/projects/{project_id}/users/{user_id}/roles/{role_id}`
    CreateGrant,
    /// `GET` and `HEAD /v3/projects/{project_id}/users/{user_id}/roles/{role_id}`
    CheckGrant,
    /// `DELETE /v3/projects/{project_id}/users/{user_id}/roles/{role_id}`
    DeleteGrant,
    /// `GET /v3/role_assignments`
    ListAssignments,
    /// `GET /v3/roles`
    ListRoles,
    /// `POST /v3/roles`
    CreateRole,
    /// `GET /v3/roles/{role_id}`
    ShowRole,
    /// `DELETE /v3/roles/{role_id}`
    DeleteRole,
    /// `GET /v3/users`
    ListUsers,
    /// `POST /v3/users`
    CreateUser,
    /// `GET /v3/users/{user_id}`
    ShowUser,
    /// `PATCH /v3/users/{user_id}`
    UpdateUser,
    /// `DELETE /v3/users/{user_id}`
    DeleteUser,
    /// `POST /v3/users/{user_id}/password`
    ChangePassword,
    /// `GET /v3/users/{user_id}/projects`
    ListUserProjects,
    /// `GET /v3/users/{user_id}/credentials/OS-EC2`
    ListKeys,
    /// `POST /v3/users/{user_id}/credentials/OS-EC2`
    CreateKey,
    /// `GET /v3/users/{user_id}/credentials/OS-EC2/{key_id}`
    ShowKey,
    /// `DELETE /v3/users/{user_id}/credentials/OS-EC2/{key_id}`
    DeleteKey,
}

/// Paths from the mount on, without trailing slash.
pub static ROUTES: &[Route<Operation>] = &[
    Route { template: "/", methods: &[(Method::GET, Operation::ListVersions)] },
    Route { template: "/v3", methods: &[(Method::GET, Operation::ShowVersion)] },
    Route {
        template: "/v3/auth/tokens",
        methods: &[
            (Method::POST, Operation::IssueToken),
            (Method::GET, Operation::ValidateToken),
            (Method::HEAD, Operation::ValidateToken),
            (Method::DELETE, Operation::RevokeToken),
        ],
    },
    Route { template: "/v3/auth/catalog", methods: &[(Method::GET, Operation::ShowCatalog)] },
    Route { template: "/v3/auth/projects", methods: &[(Method::GET, Operation::ListOwnProjects)] },
    Route { template: "/v3/auth/domains", methods: &[(Method::GET, Operation::ListOwnDomains)] },
    Route { template: "/v3/auth/system", methods: &[(Method::GET, Operation::ShowOwnSystem)] },
    Route {
        template: "/v3/domains",
        methods: &[(Method::GET, Operation::ListDomains), (Method::POST, Operation::CreateDomain)],
    },
    Route { template: "/v3/domains/{domain_id}", methods: &[(Method::GET, Operation::ShowDomain)] },
    Route {
        template: "/v3/projects",
        methods: &[(Method::GET, Operation::ListProjects), (Method::POST, Operation::CreateProject)],
    },
    Route {
        template: "/v3/projects/{project_id}",
        methods: &[
            (Method::GET, Operation::ShowProject),
            (Method::PATCH, Operation::UpdateProject),
            (Method::DELETE, Operation::DeleteProject),
        ],
    },
    Route {
        template: "/v3/projects/{project_id}/users/{user_id}/roles",
        methods: &[(Method::GET, Operation::ListGrants)],
    },
    Route {
        template: "/v3/projects/{project_id}/users/{user_id}/roles/{role_id}",
        methods: &[
            (Method::PUT, Operation::CreateGrant),
            (Method::GET, Operation::CheckGrant),
            (Method::HEAD, Operation::CheckGrant),
            (Method::DELETE, Operation::DeleteGrant),
        ],
    },
    Route { template: "/v3/role_assignments", methods: &[(Method::GET, Operation::ListAssignments)] },
    Route {
        template: "/v3/roles",
        methods: &[(Method::GET, Operation::ListRoles), (Method::POST, Operation::CreateRole)],
    },
    Route {
        template: "/v3/roles/{role_id}",
        methods: &[(Method::GET, Operation::ShowRole), (Method::DELETE, Operation::DeleteRole)],
    },
    Route {
        template: "/v3/users",
        methods: &[(Method::GET, Operation::ListUsers), (Method::POST, Operation::CreateUser)],
    },
    Route {
        template: "/v3/users/{user_id}",
        methods: &[
            (Method::GET, Operation::ShowUser),
            (Method::PATCH, Operation::UpdateUser),
            (Method::DELETE, Operation::DeleteUser),
        ],
    },
    Route { template: "/v3/users/{user_id}/password", methods: &[(Method::POST, Operation::ChangePassword)] },
    Route { template: "/v3/users/{user_id}/projects", methods: &[(Method::GET, Operation::ListUserProjects)] },
    Route {
        template: "/v3/users/{user_id}/credentials/OS-EC2",
        methods: &[(Method::GET, Operation::ListKeys), (Method::POST, Operation::CreateKey)],
    },
    Route {
        template: "/v3/users/{user_id}/credentials/OS-EC2/{key_id}",
        methods: &[(Method::GET, Operation::ShowKey), (Method::DELETE, Operation::DeleteKey)],
    },
];
