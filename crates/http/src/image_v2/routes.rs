//! The routes of the Image API v2 and the operation behind each of their methods.

use http::Method;

use crate::kit::{Route, operations};

operations! {
    /// `GET /v2/schemas/image`
    ShowImageSchema,
    /// `GET /v2/schemas/images`
    ShowImagesSchema,
    /// `GET /v2/schemas/member`
    ShowMemberSchema,
    /// `GET /v2/schemas/members`
    ShowMembersSchema,
    /// `GET /v2/images`
    ListImages,
    /// `POST /v2/images`
    CreateImage,
    /// `GET /v2/images/{image_id}`
    ShowImage,
    /// `PATCH /v2/images/{image_id}`
    PatchImage,
    /// `DELETE /v2/images/{image_id}`
    DeleteImage,
    /// `POST /v2/images/{image_id}/actions/deactivate`
    DeactivateImage,
    /// `POST /v2/images/{image_id}/actions/reactivate`
    ReactivateImage,
    /// `GET /v2/images/{image_id}/file`
    DownloadImage,
    /// `PUT /v2/images/{image_id}/file`
    UploadImage,
    /// `PUT /v2/images/{image_id}/tags/{tag}`
    AddTag,
    /// `DELETE /v2/images/{image_id}/tags/{tag}`
    RemoveTag,
    /// `GET /v2/images/{image_id}/members`
    ListMembers,
    /// `POST /v2/images/{image_id}/members`
    CreateMember,
    /// `GET /v2/images/{image_id}/members/{member_id}`
    ShowMember,
    /// `PUT /v2/images/{image_id}/members/{member_id}`
    UpdateMember,
    /// `DELETE /v2/images/{image_id}/members/{member_id}`
    DeleteMember,
    /// `GET /v2/info/import`
    ListImportMethods,
    /// `GET /v2/info/stores`
    ListStores,
}

impl Operation {
    /// Whether a request with a body is refused.
    pub const fn refuses_body(self) -> bool {
        match self {
            Self::ShowImageSchema
            | Self::ShowImagesSchema
            | Self::ShowMemberSchema
            | Self::ShowMembersSchema
            | Self::ShowImage
            | Self::DeleteImage
            | Self::DeactivateImage
            | Self::ReactivateImage
            | Self::DownloadImage
            | Self::AddTag
            | Self::RemoveTag
            | Self::ListMembers
            | Self::ShowMember
            | Self::DeleteMember
            | Self::ListImportMethods
            | Self::ListStores => true,
            // The reference lets a list have one, of all that read.
            Self::ListImages
            | Self::CreateImage
            | Self::PatchImage
            | Self::UploadImage
            | Self::CreateMember
            | Self::UpdateMember => false,
        }
    }
}

/// Every route; the order of the methods is that of the `Allow` header.
pub static ROUTES: &[Route<Operation>] = &[
    Route { template: "/v2/schemas/image", methods: &[(Method::GET, Operation::ShowImageSchema)] },
    Route { template: "/v2/schemas/images", methods: &[(Method::GET, Operation::ShowImagesSchema)] },
    Route { template: "/v2/schemas/member", methods: &[(Method::GET, Operation::ShowMemberSchema)] },
    Route { template: "/v2/schemas/members", methods: &[(Method::GET, Operation::ShowMembersSchema)] },
    Route {
        template: "/v2/images",
        methods: &[(Method::GET, Operation::ListImages), (Method::POST, Operation::CreateImage)],
    },
    Route {
        template: "/v2/images/{image_id}",
        methods: &[
            (Method::GET, Operation::ShowImage),
            (Method::PATCH, Operation::PatchImage),
            (Method::DELETE, Operation::DeleteImage),
        ],
    },
    Route {
        template: "/v2/images/{image_id}/actions/deactivate",
        methods: &[(Method::POST, Operation::DeactivateImage)],
    },
    Route {
        template: "/v2/images/{image_id}/actions/reactivate",
        methods: &[(Method::POST, Operation::ReactivateImage)],
    },
    Route {
        template: "/v2/images/{image_id}/file",
        methods: &[(Method::GET, Operation::DownloadImage), (Method::PUT, Operation::UploadImage)],
    },
    Route {
        template: "/v2/images/{image_id}/tags/{tag}",
        methods: &[(Method::PUT, Operation::AddTag), (Method::DELETE, Operation::RemoveTag)],
    },
    Route {
        template: "/v2/images/{image_id}/members",
        methods: &[(Method::GET, Operation::ListMembers), (Method::POST, Operation::CreateMember)],
    },
    Route {
        template: "/v2/images/{image_id}/members/{member_id}",
        methods: &[
            (Method::GET, Operation::ShowMember),
            (Method::PUT, Operation::UpdateMember),
            (Method::DELETE, Operation::DeleteMember),
        ],
    },
    Route { template: "/v2/info/import", methods: &[(Method::GET, Operation::ListImportMethods)] },
    Route { template: "/v2/info/stores", methods: &[(Method::GET, Operation::ListStores)] },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{Matched, router::match_path};

    /// The reference's table: path, methods in the order of `Allow`, methods that refuse a body.
    const TABLE: &[(&str, &str, &str)] = &[
        ("/v2/schemas/image", "GET", "GET"),
        ("/v2/schemas/images", "GET", "GET"),
        ("/v2/schemas/member", "GET", "GET"),
        ("/v2/schemas/members", "GET", "GET"),
        ("/v2/images", "GET, POST", ""),
        ("/v2/images/i", "GET, PATCH, DELETE", "GET, DELETE"),
        ("/v2/images/i/actions/deactivate", "POST", "POST"),
        ("/v2/images/i/actions/reactivate", "POST", "POST"),
        ("/v2/images/i/file", "GET, PUT", "GET"),
        ("/v2/images/i/tags/t", "PUT, DELETE", "PUT, DELETE"),
        ("/v2/images/i/members", "GET, POST", "GET"),
        ("/v2/images/i/members/m", "GET, PUT, DELETE", "GET, DELETE"),
        ("/v2/info/import", "GET", "GET"),
        ("/v2/info/stores", "GET", "GET"),
    ];

    const METHODS: [Method; 9] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::TRACE,
        Method::CONNECT,
        Method::OPTIONS,
    ];

    #[test]
    fn every_route_knows_its_methods_and_refuses_the_others() {
        assert_eq!(TABLE.len(), ROUTES.len());
        let mut names = std::collections::BTreeSet::new();
        for (path, allowed, bodiless) in TABLE {
            for method in METHODS {
                let listed = |list: &str| list.split(", ").any(|name| name == method.as_str());
                match match_path(ROUTES, &method, path) {
                    Matched::Operation { operation, .. } => {
                        assert!(listed(allowed), "{method} {path}");
                        assert_eq!(operation.refuses_body(), listed(bodiless), "{method} {path}");
                        assert!(names.insert(operation.name()), "{} twice", operation.name());
                    }
                    Matched::WrongMethod { allow, .. } => {
                        assert!(!listed(allowed), "{method} {path}");
                        assert_eq!(&allow, allowed, "{method} {path}");
                    }
                    Matched::Unknown => panic!("{path} is no route"),
                }
            }
            for unknown in [format!("{path}/"), format!("{path}/x/y/z"), path.replace("/v2", "/v3")] {
                assert_eq!(match_path(ROUTES, &Method::GET, &unknown), Matched::Unknown, "{unknown}");
            }
        }
    }

    #[test]
    fn routes_of_later_features_are_absent() {
        for path in [
            "/v2",
            "/v2/",
            "/v2/images/i/stage",
            "/v2/images/i/import",
            "/v2/images/i/locations",
            "/v2/images/i/tasks",
            "/v2/stores/s/i",
            "/v2/tasks",
            "/v2/info/usage",
            "/v2/cache",
            "/v2/schemas/task",
            "/v2/schemas/metadefs/namespace",
            "/v2/metadefs/namespaces",
            "/v2/images/i/tags/a%2Fb",
        ] {
            for method in METHODS {
                assert_eq!(match_path(ROUTES, &method, path), Matched::Unknown, "{path}");
            }
        }
    }
}
