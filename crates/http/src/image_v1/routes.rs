//! The routes of the Image API v1 and the operation behind each of their methods.

use http::Method;

use crate::kit::{Route, operations};

operations! {
    /// `GET /v1/images`
    ListImages => "V1ListImages",
    /// `GET /v1/images/detail`
    ListImagesDetail => "V1ListImagesDetail",
    /// `POST /v1/images`
    CreateImage => "V1CreateImage",
    /// `HEAD /v1/images/{image_id}`
    ShowImage => "V1ShowImage",
    /// `GET /v1/images/{image_id}`
    DownloadImage => "V1DownloadImage",
    /// `PUT /v1/images/{image_id}`
    UpdateImage => "V1UpdateImage",
    /// `DELETE /v1/images/{image_id}`
    DeleteImage => "V1DeleteImage",
    /// `GET /v1/images/{image_id}/members`
    ListMembers => "V1ListMembers",
    /// `PUT /v1/images/{image_id}/members`
    ReplaceMembers => "V1ReplaceMembers",
    /// `GET /v1/images/{image_id}/members/{member}`
    ShowMember => "V1ShowMember",
    /// `PUT /v1/images/{image_id}/members/{member}`
    PutMember => "V1PutMember",
    /// `DELETE /v1/images/{image_id}/members/{member}`
    DeleteMember => "V1DeleteMember",
    /// `/v1/shared-images/{member}`, whatever the method
    ListMemberships => "V1ListMemberships",
}

/// Every route; the order of the methods is that of the `Allow` header.
pub static ROUTES: &[Route<Operation>] = &[
    Route {
        template: "/v1/images",
        methods: &[(Method::GET, Operation::ListImages), (Method::POST, Operation::CreateImage)],
    },
    Route { template: "/v1/images/detail", methods: &[(Method::GET, Operation::ListImagesDetail)] },
    Route {
        template: "/v1/images/{image_id}",
        methods: &[
            (Method::GET, Operation::DownloadImage),
            (Method::HEAD, Operation::ShowImage),
            (Method::PUT, Operation::UpdateImage),
            (Method::DELETE, Operation::DeleteImage),
        ],
    },
    Route {
        template: "/v1/images/{image_id}/members",
        methods: &[(Method::GET, Operation::ListMembers), (Method::PUT, Operation::ReplaceMembers)],
    },
    Route {
        template: "/v1/images/{image_id}/members/{member}",
        methods: &[
            (Method::GET, Operation::ShowMember),
            (Method::PUT, Operation::PutMember),
            (Method::DELETE, Operation::DeleteMember),
        ],
    },
    Route { template: "/v1/shared-images/{member}", methods: &[(Method::GET, Operation::ListMemberships)] },
];
