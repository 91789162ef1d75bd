//! Roles that other roles bring with them, as Keystone's bootstrap makes them.

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
