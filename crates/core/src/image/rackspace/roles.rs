//! Product roles (Cloud Images, role-based access control).
//!
//! The operator's policy speaks of `reader` and `member`. Whoever has a product role instead gets, for one request, the
//! roles that its operation needs, if the product role suffices for the operation; then the policy decides as always.
//! A product role takes nothing away from the roles a caller has beside it: the broader one wins.

use crate::Caller;

/// What a product role lets do, the narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `observer`, `cloudImages:observer`
    Observer,
    /// `cloudImages:creator`
    Creator,
    /// `cloudImages:admin`, and the account's owner: `identity:user-admin`
    Admin,
}

/// The product roles, in lower case. (The role `admin` of several products at once is the policy's `admin` here, which is
/// more.)
const ROLES: [(&str, Level); 5] = [
    ("observer", Level::Observer),
    ("cloudimages:observer", Level::Observer),
    ("cloudimages:creator", Level::Creator),
    ("cloudimages:admin", Level::Admin),
    ("identity:user-admin", Level::Admin),
];

/// What the caller's product roles let do together; `None` without any.
fn level(caller: &Caller) -> Option<Level> {
    ROLES.iter().filter(|(role, _)| caller.has_role(role)).map(|(_, level)| *level).max()
}

/// The caller with the roles that an operation needs whose matrix says `least`; `writes` says that it changes something.
/// Every product role reads, so whoever has too narrow a one is told that it is forbidden, not that nothing is there.
#[must_use]
pub fn acting(mut caller: Caller, least: Level, writes: bool) -> Caller {
    let Some(level) = level(&caller) else { return caller };
    let needed: &[&str] = if writes && level >= least { &["reader", "member"] } else { &["reader"] };
    for role in needed {
        if !caller.has_role(role) {
            caller.roles.push((*role).to_owned());
        }
    }
    caller
}
