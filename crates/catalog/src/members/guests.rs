//! Who can be in a room: people and bots of its account.

use salon_core::{
    Result,
    account::{AccountId, RegistrationStatus},
    bot,
    room::members::{self, Guest, MemberType, Standing},
};

use crate::sql::{Reader, Tx, values};

/// What [`read`] reads of a row of `memberships m` with [`JOINS`].
pub(crate) const COLUMNS: &str = "p.email, p.display_name, p.registration, b.email, b.display_name, b.disabled, \
    b.https_endpoint";

/// Names to a row of `memberships m`; asks for the account, twice. Ids of people and bots never meet.
pub(crate) const JOINS: &str = "LEFT JOIN people p ON p.id = m.member AND p.account_id = ? \
    LEFT JOIN bots b ON b.id = m.member AND b.account_id = ?";

/// Reads [`COLUMNS`]; `None` when the member is neither a person nor a bot of the account.
pub(crate) fn read(row: &mut Reader<'_>, account: &AccountId, id: &str) -> Result<Option<Guest>> {
    let person = person(row, account, id)?;
    let bot = bot(row, account, id)?;
    Ok(person.or(bot))
}

fn person(row: &mut Reader<'_>, account: &AccountId, id: &str) -> Result<Option<Guest>> {
    let (email, name) = (row.opt_text("email")?, row.opt_text("display_name")?);
    let registration = row.opt_text("registration")?;
    let (Some(email), Some(full_name), Some(registration)) = (email, name, registration) else { return Ok(None) };
    let Some(registration) = RegistrationStatus::parse(&registration) else {
        return Err(row.wrong("registration", "has a value nobody knows"));
    };
    Ok(Some(Guest {
        id: id.to_owned(),
        member_type: MemberType::User,
        email,
        full_name,
        account_id: account.clone(),
        standing: Standing::of_person(registration),
    }))
}

fn bot(row: &mut Reader<'_>, account: &AccountId, id: &str) -> Result<Option<Guest>> {
    let (email, name) = (row.opt_text("email")?, row.opt_text("display_name")?);
    let (disabled, endpoint) = (row.opt_int("disabled")?, row.opt_text("https_endpoint")?);
    let (Some(email), Some(name), Some(disabled)) = (email, name, disabled) else { return Ok(None) };
    Ok(Some(Guest {
        id: id.to_owned(),
        member_type: MemberType::Bot,
        email,
        full_name: bot::shown_name(&name),
        account_id: account.clone(),
        standing: Standing::of_bot(disabled != 0, endpoint.is_some()),
    }))
}

/// A person or bot of an account, whose row nobody else changes until the transaction ends: neither what it is, nor how
/// many rooms it is in.
///
/// # Errors
/// NotFound, in the same words whether it is nowhere or in another account.
pub(crate) async fn lock(tx: &mut Tx, account: &AccountId, id: &str) -> Result<Guest> {
    let lock = tx.for_update();
    look(tx, account, id, lock).await?.ok_or_else(members::unknown)
}

/// A person or bot of an account as it is now.
pub(crate) async fn find(tx: &mut Tx, account: &AccountId, id: &str) -> Result<Option<Guest>> {
    look(tx, account, id, "").await
}

async fn look(tx: &mut Tx, account: &AccountId, id: &str, lock: &str) -> Result<Option<Guest>> {
    let sql = format!("SELECT email, display_name, registration FROM people WHERE id = ? AND account_id = ?{lock}");
    if let Some(found) = tx.one(&sql, values![id, account.as_str()], "people", |row| person(row, account, id)).await? {
        return Ok(found);
    }
    let sql =
        format!("SELECT email, display_name, disabled, https_endpoint FROM bots WHERE id = ? AND account_id = ?{lock}");
    let found = tx.one(&sql, values![id, account.as_str()], "bots", |row| bot(row, account, id)).await?;
    Ok(found.flatten())
}
