//! The routes of Cloud Images, the operation behind each of their methods, and the product role each needs.

use http::Method;
use salon_core::image::rackspace::roles::Level;

use crate::kit::Route;

macro_rules! operations {
    ($($(#[doc = $doc:literal])* $name:ident => $shown:literal, $least:ident $(, $writes:ident)?;)*) => {
        /// Everything a client can ask of this dialect, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[doc = $doc])* $name,)*
        }

        impl Operation {
            /// Every operation, in the order of the routes.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name in logs and metrics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("Rackspace", $shown),)*
                }
            }

            /// The least product role that may do it.
            pub const fn least(self) -> Level {
                match self {
                    $(Self::$name => Level::$least,)*
                }
            }

            /// Whether it has a body to read.
            pub const fn takes_body(self) -> bool {
                matches!(self, Self::PatchImage | Self::CreateMember | Self::UpdateMember | Self::CreateTask)
            }

            /// Whether it changes something.
            pub const fn writes(self) -> bool {
                match self {
                    $(Self::$name => operations!(@ $($writes)?),)*
                }
            }
        }
    };
    (@ writes) => { true };
    (@) => { false };
}

operations! {
    /// `GET /v2/images`
    ListImages => "ListImages", Observer;
    /// `GET /v2/images/{image_id}`
    ShowImage => "ShowImage", Observer;
    /// `PATCH /v2/images/{image_id}`
    PatchImage => "PatchImage", Admin, writes;
    /// `DELETE /v2/images/{image_id}`
    DeleteImage => "DeleteImage", Admin, writes;
    /// `PUT /v2/images/{image_id}/tags/{tag}`
    AddTag => "AddTag", Observer, writes;
    /// `DELETE /v2/images/{image_id}/tags/{tag}`
    RemoveTag => "RemoveTag", Observer, writes;
    /// `GET /v2/images/{image_id}/members`
    ListMembers => "ListMembers", Observer;
    /// `POST /v2/images/{image_id}/members`
    CreateMember => "CreateMember", Creator, writes;
    /// `GET /v2/images/{image_id}/members/{member_id}`
    ShowMember => "ShowMember", Observer;
    /// `PUT /v2/images/{image_id}/members/{member_id}`
    UpdateMember => "UpdateMember", Admin, writes;
    /// `DELETE /v2/images/{image_id}/members/{member_id}`
    DeleteMember => "DeleteMember", Admin, writes;
    /// `GET /v2/schemas/image`
    ShowImageSchema => "ShowImageSchema", Observer;
    /// `GET /v2/schemas/images`
    ShowImagesSchema => "ShowImagesSchema", Observer;
    /// `GET /v2/schemas/member`
    ShowMemberSchema => "ShowMemberSchema", Observer;
    /// `GET /v2/schemas/members`
    ShowMembersSchema => "ShowMembersSchema", Observer;
    /// `GET /v2/schemas/task`
    ShowTaskSchema => "ShowTaskSchema", Observer;
    /// `GET /v2/schemas/tasks`
    ShowTasksSchema => "ShowTasksSchema", Observer;
    /// `GET /v2/tasks`
    ListTasks => "ListTasks", Observer;
    /// `POST /v2/tasks`
    CreateTask => "CreateTask", Admin, writes;
    /// `GET /v2/tasks/{task_id}`
    ShowTask => "ShowTask", Observer;
    /// `HEAD` and `GET /v1/containers/{container}`, which clients write `/v1/MossoCloudFS_{tenant}/{container}`
    ShowContainer => "ShowContainer", Observer;
    /// `GET /limits` and `GET /v2/limits`
    ShowLimits => "ShowLimits", Observer;
}

/// Every route, in the form without a tenant; the order of the methods is that of the `Allow` header.
pub static ROUTES: &[Route<Operation>] = &[
    Route { template: "/v2/schemas/image", methods: &[(Method::GET, Operation::ShowImageSchema)] },
    Route { template: "/v2/schemas/images", methods: &[(Method::GET, Operation::ShowImagesSchema)] },
    Route { template: "/v2/schemas/member", methods: &[(Method::GET, Operation::ShowMemberSchema)] },
    Route { template: "/v2/schemas/members", methods: &[(Method::GET, Operation::ShowMembersSchema)] },
    Route { template: "/v2/schemas/task", methods: &[(Method::GET, Operation::ShowTaskSchema)] },
    Route { template: "/v2/schemas/tasks", methods: &[(Method::GET, Operation::ShowTasksSchema)] },
    Route { template: "/v2/limits", methods: &[(Method::GET, Operation::ShowLimits)] },
    Route {
        template: "/v2/tasks",
        methods: &[(Method::GET, Operation::ListTasks), (Method::POST, Operation::CreateTask)],
    },
    Route { template: "/v2/tasks/{task_id}", methods: &[(Method::GET, Operation::ShowTask)] },
    Route {
        template: "/v1/containers/{container}",
        methods: &[(Method::HEAD, Operation::ShowContainer), (Method::GET, Operation::ShowContainer)],
    },
    Route { template: "/v2/images", methods: &[(Method::GET, Operation::ListImages)] },
    Route {
        template: "/v2/images/{image_id}",
        methods: &[
            (Method::GET, Operation::ShowImage),
            (Method::PATCH, Operation::PatchImage),
            (Method::DELETE, Operation::DeleteImage),
        ],
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
];
