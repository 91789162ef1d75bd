//! Memberships as requests and answers have them.

use salon_core::{account::ItemError, membership::MemberRole, room::members};

use crate::chime::{
    error::{self, Fault},
    model::{
        Time,
        types::{Member, MemberError, RoomMembership},
    },
};

/// A membership.
pub(super) fn membership(found: members::RoomMembership) -> RoomMembership {
    let members::RoomMembership { membership, guest } = found;
    RoomMembership {
        invited_by: membership.invited_by,
        member: Some(Member {
            account_id: Some(guest.account_id.as_str().to_owned()),
            email: Some(guest.email),
            full_name: Some(guest.full_name),
            member_id: Some(guest.id),
            member_type: Some(guest.member_type.as_str().to_owned()),
        }),
        role: Some(role_name(membership.role).to_owned()),
        room_id: Some(membership.thing.id),
        updated_timestamp: Some(Time(membership.updated_at)),
    }
}

fn role_name(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Administrator => "Administrator",
        MemberRole::Member => "Member",
    }
}

/// A role that a request names.
pub(super) fn role(text: Option<&str>) -> Result<Option<MemberRole>, Fault> {
    match text {
        None => Ok(None),
        Some("Administrator") => Ok(Some(MemberRole::Administrator)),
        Some("Member") => Ok(Some(MemberRole::Member)),
        Some(_) => Err(Fault::bad_request("The role is not known.")),
    }
}

/// What could not be done with some of them.
pub(super) fn errors(errors: Vec<ItemError>) -> Vec<MemberError> {
    let errors = errors.into_iter().map(|item| {
        let (code, message) = error::item(&item.error);
        MemberError { error_code: Some(code), error_message: Some(message), member_id: Some(item.id) }
    });
    errors.collect()
}
