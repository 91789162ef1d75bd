//! The routes of Salon's own API, and the operation behind each of their methods.

use http::Method;

use crate::kit::{Route, operations};

operations! {
    /// `GET /accounts/{account_id}/rooms/{room_id}/messages`
    ListRoomMessages,
}

/// Paths from the mount on.
pub static ROUTES: &[Route<Operation>] = &[Route {
    template: "/accounts/{account_id}/rooms/{room_id}/messages",
    methods: &[(Method::GET, Operation::ListRoomMessages)],
}];
