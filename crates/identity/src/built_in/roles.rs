//! Roles that other roles bring with them, as Keystone's bootstrap makes them.

use salon_catalog::identity::{Assignment, Role};

/// Roles that exist from the start: each one implies those behind it, apart from the last.
pub const DEFAULT_ROLES: &[&str] = &["admin", "manager", "member", "reader", "service"];

/// The chain of implications.
const CHAIN: &[&str] = &["admin", "manager", "member", "reader"];

/// The assigned roles and all they imply, sorted, each once. Names of the chain are compared without case, as policies
/// compare them.
pub fn effective(assigned: &[String]) -> Vec<String> {
    let mut roles = assigned.to_vec();
    let highest = CHAIN.iter().position(|link| assigned.iter().any(|role| role.eq_ignore_ascii_case(link)));
    for implied in highest.and_then(|at| CHAIN.get(at..)).unwrap_or_default() {
        if !roles.iter().any(|role| role.eq_ignore_ascii_case(implied)) {
            roles.push((*implied).to_owned());
        }
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Assignments, and behind them those that they imply, each once; `known` are the roles there are.
pub(super) fn with_implied(given: Vec<Assignment>, known: &[Role]) -> Vec<Assignment> {
    let mut all = given.clone();
    for assignment in given {
        let Some(own) = known.iter().find(|role| role.id == assignment.role_id) else { continue };
        for name in effective(std::slice::from_ref(&own.name)) {
            let Some(role) = known.iter().find(|role| role.name == name) else { continue };
            let implied = Assignment { role_id: role.id.clone(), ..assignment.clone() };
            if !all.contains(&implied) {
                all.push(implied);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implications() {
        let of = |roles: &[&str]| effective(&roles.iter().map(|role| (*role).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["admin"]), ["admin", "manager", "member", "reader"]);
        assert_eq!(of(&["member"]), ["member", "reader"]);
        assert_eq!(of(&["reader"]), ["reader"]);
        assert_eq!(of(&["service", "custom"]), ["custom", "service"]);
        assert_eq!(of(&["Member", "reader"]), ["Member", "reader"]);
        assert!(of(&[]).is_empty());
    }
}
