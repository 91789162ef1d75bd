//! What only the operator does, at the command line of the server: the API has no call for it, so it has no caller and
//! no rule. These actions are types of their own; no permission for an operation of the API can be had this way.

use super::{Account, AccountType};
use crate::{Error, Permitted, Result};

/// Make an account of any type.
#[derive(Clone, Copy, Debug)]
pub enum Enroll {}
/// Change an account's type.
#[derive(Clone, Copy, Debug)]
pub enum Convert {}
/// Add a person to an account of any type.
#[derive(Clone, Copy, Debug)]
pub enum EnrollPerson {}
/// Remove a person from an account of any type.
#[derive(Clone, Copy, Debug)]
pub enum Expel {}
/// Remove an account with the people in it.
#[derive(Clone, Copy, Debug)]
pub enum Dissolve {}

/// Something only the operator does.
pub trait OperatorAction {}
impl OperatorAction for Enroll {}
impl OperatorAction for Convert {}
impl OperatorAction for EnrollPerson {}
impl OperatorAction for Expel {}
impl OperatorAction for Dissolve {}

/// The operator's permission. Whoever runs the server's command line has the database in hand anyway.
pub fn permit<A: OperatorAction>(account: Account) -> Permitted<Account, A> {
    Permitted::granted(account)
}

/// May the operator make an account of this type?
///
/// # Errors
/// Invalid for type Team: CreateAccount makes those.
pub fn check_made(account_type: AccountType) -> Result<()> {
    if account_type.is_enterprise() {
        return Ok(());
    }
    Err(Error::invalid("Team accounts are made by their owners, with CreateAccount."))
}

/// The account as one of type `to`. A Team account can become an Enterprise one, and Enterprise accounts can change
/// their type; nothing becomes a Team account again, since that could not have the rooms and bots there may be.
///
/// # Errors
/// Conflict.
pub fn convert(account: &Account, to: AccountType) -> Result<Account> {
    if to == AccountType::Team && account.account_type != AccountType::Team {
        return Err(Error::conflict("An Enterprise account cannot become a Team account."));
    }
    Ok(Account { account_type: to, ..account.clone() })
}
