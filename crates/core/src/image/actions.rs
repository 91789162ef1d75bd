//! What can be done with an image, as types, each with the policy rule that guards it.

/// An action on an existing image.
pub trait ImageAction {
    /// The rule of the operator's policy file (Glance's names).
    const RULE: &'static str;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $rule:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl ImageAction for $name {
            const RULE: &'static str = $rule;
        }
    )*};
}

actions! {
    /// See it.
    Get => "get_image";
    /// Change fields, properties and tags.
    Modify => "modify_image";
    /// Remove it.
    Delete => "delete_image";
    /// Write its data.
    Upload => "upload_image";
    /// Read its data.
    Download => "download_image";
    /// Take it out of use.
    Deactivate => "deactivate";
    /// Put it back into use.
    Reactivate => "reactivate";
    /// Make it public.
    Publicize => "publicize_image";
    /// Make it a community image.
    Communitize => "communitize_image";
    /// Invite a member.
    AddMember => "add_member";
    /// Revoke a member.
    DeleteMember => "delete_member";
    /// Answer an invitation.
    ModifyMember => "modify_member";
    /// See one membership.
    GetMember => "get_member";
    /// See the guest list.
    GetMembers => "get_members";
}
