//! What can be done with an image, as types, each with the policy rule that guards it.

use crate::membership::{Amends, Invites, ReadsGuests, Replaces, Responds, Revokes};

/// Something a caller may be permitted to do.
pub trait Action {
    /// The rule of the operator's policy file (Glance's names).
    const RULE: &'static str;
}

/// An action on an existing image that [`crate::policy::Policy::permit`] decides by its rule alone.
///
/// Actions on the guest list are not among them: [`crate::image::sharing`] decides those.
pub trait ImageAction: Action {
    /// Whether it changes the image: then owner and administrators only, whatever the rule says.
    const CHANGES: bool;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $rule:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Action for $name {
            const RULE: &'static str = $rule;
        }
    )*};
}

macro_rules! mark {
    ($($name:ident: $first:ident $(+ $more:ident)*;)*) => {$(
        impl $first for $name {}
        $(impl $more for $name {})*
    )*};
}

actions! {
    /// Make a new one.
    Create => "add_image";
    /// See it.
    Get => "get_image";
    /// Change fields, properties and tags.
    Modify => "modify_image";
    /// Remove it.
    Delete => "delete_image";
    /// Write its data.
    Upload => "upload_image";
    /// Have the server fetch its data from a URL.
    CopyFrom => "copy_from";
    /// Say that its data is at a URL.
    SetLocation => "set_image_location";
    /// Read its data.
    Download => "download_image";
    /// Take it out of use.
    Deactivate => "deactivate";
    /// Put it back into use.
    Reactivate => "reactivate";
    /// Invite a member.
    AddMember => "add_member";
    /// Invite a member to an image that may be private still, and share it thereby (Cloud Images).
    Share => "add_member";
    /// Revoke a member.
    DeleteMember => "delete_member";
    /// Replace the whole guest list (needs the rules of inviting and of revoking).
    ReplaceMembers => "add_member";
    /// Answer an invitation.
    ModifyMember => "modify_member";
    /// See one membership.
    GetMember => "get_member";
    /// See the guest list.
    GetMembers => "get_members";
}

mark! {
    AddMember: Invites + Amends;
    DeleteMember: Revokes;
    ReplaceMembers: Replaces;
    ModifyMember: Responds;
    GetMember: ReadsGuests;
    GetMembers: ReadsGuests;
}

macro_rules! image_actions {
    ($($name:ident, changes: $changes:literal;)*) => {$(
        impl ImageAction for $name {
            const CHANGES: bool = $changes;
        }
    )*};
}

image_actions! {
    Get, changes: false;
    Modify, changes: true;
    Delete, changes: true;
    Upload, changes: true;
    CopyFrom, changes: true;
    SetLocation, changes: true;
    Download, changes: false;
    Deactivate, changes: true;
    Reactivate, changes: true;
}
