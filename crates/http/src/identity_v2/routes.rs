//! The routes of Identity v2.0 that are here, and the operation behind each of their methods.

use http::Method;

use crate::kit::Route;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Everything a client can ask of this dialect, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// The name in logs and metrics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

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
