//! What the outbox tells of a change of a guest list.

use salon_core::{
    Result,
    event::{Actor, MemberChange},
    membership::{MemberRole, MemberStatus, Membership, ThingKind},
};
use serde::Serialize;

use crate::images::row;

#[derive(Serialize)]
struct Told<'a> {
    actor: &'a Actor,
    change: MemberChange,
    member: Member<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Member<'a> {
    Image {
        image_id: &'a str,
        member_id: &'a str,
        status: MemberStatus,
        role: MemberRole,
        can_share: bool,
        created_at: i64,
        updated_at: i64,
    },
    Room {
        room_id: &'a str,
        member_id: &'a str,
        role: MemberRole,
        invited_by: Option<&'a str>,
        created_at: i64,
        updated_at: i64,
    },
}

/// The change as JSON.
pub(super) fn told(actor: &Actor, change: MemberChange, membership: &Membership) -> Result<String> {
    let Membership { thing, member: member_id, status, role, can_share, invited_by, created_at, updated_at } =
        membership;
    let (status, role) = (*status, *role);
    let (created_at, updated_at) = (created_at.0, updated_at.0);
    let member = match thing.kind {
        ThingKind::Image => Member::Image {
            image_id: &thing.id,
            member_id,
            status,
            role,
            can_share: *can_share,
            created_at,
            updated_at,
        },
        ThingKind::Room => {
            let invited_by = invited_by.as_deref();
            Member::Room { room_id: &thing.id, member_id, role, invited_by, created_at, updated_at }
        }
    };
    row::json(&Told { actor, change, member })
}
