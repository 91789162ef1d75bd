//! Who may do what with an account and with what is in it.

use super::{
    Account, AccountId, AccountType, PersonId,
    actions::{AccountAction, CreateAccount, ListAccounts, Needs},
};
use crate::{Caller, Error, Permitted, ProjectId, Result, image::actions::Action, policy::Policy};

/// What everybody reads about an account that is absent, or another project's: always the same words.
pub fn absent(id: &AccountId) -> Error {
    Error::not_found(format!("The account {id} does not exist."))
}

/// What is read about a person that is not in the account.
pub fn person_absent(id: &PersonId) -> Error {
    Error::not_found(format!("The user {id} does not exist in this account."))
}

/// Proves that `caller` may do `A` with the account or with something in it, or answers as an observer may be answered:
/// not found when the account is another project's, then forbidden when the rule fails, then what the operation's type
/// of account asks for.
///
/// # Errors
/// NotFound, Forbidden, Invalid.
pub fn permit<A: AccountAction>(policy: &Policy, caller: &Caller, account: Account) -> Result<Permitted<Account, A>> {
    check::<A>(policy, caller, &account)?;
    Ok(Permitted::granted(account))
}

/// The decision of [`permit`], for things inside an account.
///
/// # Errors
/// As [`permit`].
pub(crate) fn check<A: AccountAction>(policy: &Policy, caller: &Caller, account: &Account) -> Result<()> {
    if caller.project() != Some(&account.project_id) && !policy.is_admin(caller) {
        return Err(absent(&account.id));
    }
    policy.require(caller, A::RULE, &target(account))?;
    suits(A::NEEDS, account.account_type)
}

/// Proves that `caller` may make this account.
///
/// # Errors
/// Forbidden, also for an account of another project.
pub fn permit_create(policy: &Policy, caller: &Caller, account: Account) -> Result<Permitted<Account, CreateAccount>> {
    policy.require(caller, CreateAccount::RULE, &target(&account))?;
    if caller.project() != Some(&account.project_id) {
        return Err(Error::forbidden("You may make accounts for your own project only."));
    }
    Ok(Permitted::granted(account))
}

/// Whose accounts `caller` may list: its own project's.
///
/// # Errors
/// Forbidden.
pub fn permit_list(policy: &Policy, caller: &Caller) -> Result<Permitted<ProjectId, ListAccounts>> {
    let project = caller.project().cloned().unwrap_or_else(|| ProjectId::new(""));
    policy.require(caller, ListAccounts::RULE, &[("project_id", project.as_str())])?;
    Ok(Permitted::granted(project))
}

fn target(account: &Account) -> [(&str, &str); 3] {
    [
        ("project_id", account.project_id.as_str()),
        ("account_id", account.id.as_str()),
        ("account_type", account.account_type.as_str()),
    ]
}

/// Refuses an operation on an account of a type it is not for.
fn suits(needs: Needs, have: AccountType) -> Result<()> {
    let (fits, forbidden) = match needs {
        Needs::Any => (true, false),
        Needs::Enterprise => (have.is_enterprise(), true),
        Needs::EnterprisePeople => (have.is_enterprise(), false),
        Needs::Team => (have == AccountType::Team, false),
        Needs::TeamOrLwa => (matches!(have, AccountType::Team | AccountType::EnterpriseLwa), false),
        Needs::Lwa => (have == AccountType::EnterpriseLwa, false),
    };
    let words = || format!("The operation is not available for accounts of type {}.", have.as_str());
    match (fits, forbidden) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::forbidden(words())),
        (false, false) => Err(Error::invalid(words())),
    }
}

/// Whether an account can go: not while it has people that are not suspended, or rooms. What is left then – suspended
/// people, bots – goes with it.
///
/// # Errors
/// Conflict (the Chime API says 422 for this operation alone).
pub fn check_deletion(active_people: bool, rooms: bool) -> Result<()> {
    match (active_people, rooms) {
        (true, _) => Err(Error::conflict("The account has users that are not suspended. Suspend them first.")),
        (false, true) => Err(Error::conflict("The account has chat rooms. Delete them first.")),
        (false, false) => Ok(()),
    }
}

/// Refuses another account to a project that has `there` already.
///
/// # Errors
/// OverLimit.
pub fn check_number(there: u64, quota: u64) -> Result<()> {
    if there < quota {
        return Ok(());
    }
    Err(Error::over_limit(format!("A project can have {quota} accounts at most.")))
}
