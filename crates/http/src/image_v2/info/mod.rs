//! What a site offers.

mod stores;

pub(super) use self::stores::stores;
