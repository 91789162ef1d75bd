//! One page of rooms: an account's, or those one member is in.

use salon_core::{
    account::{Account, AccountId, Key},
    membership::MemberName,
    room::Room,
};

use super::{COLUMNS, read};
use crate::{
    accounts::{follows, indexed},
    sql::{Answer, Dialect, Tx, Value, values},
};

/// A page that was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    account: AccountId,
    member: Option<MemberName>,
    after: Option<Key>,
    limit: u32,
}

impl Asked {
    pub(super) fn new(account: &Account, member: Option<&MemberName>, after: Option<&Key>, limit: u32) -> Self {
        Self { account: account.id.clone(), member: member.cloned(), after: after.cloned(), limit }
    }

    /// No row comes after a key that no row can have.
    fn is_empty(&self) -> bool {
        self.after.as_ref().is_some_and(|key| key.id.contains('\0'))
    }

    fn statement(&self, dialect: Dialect) -> (String, Vec<Value<'_>>) {
        let mut bound: Vec<Value<'_>> = Vec::new();
        let mut sql = match &self.member {
            None => {
                bound.push(self.account.as_str().into());
                format!("SELECT {COLUMNS} FROM {} WHERE r.account_id = ?", indexed(dialect, "rooms r", "rooms_account"))
            }
            // The memberships of one member have the order of the rooms; there are never more than the quota.
            Some(member) => {
                bound.extend_from_slice(values!["room", member.as_str(), "accepted", self.account.as_str()]);
                let join = match dialect {
                    Dialect::Sqlite => "CROSS JOIN",
                    Dialect::Postgres => "JOIN",
                    Dialect::MariaDb => "STRAIGHT_JOIN",
                };
                format!(
                    "SELECT {COLUMNS} FROM {} {join} rooms r ON r.id = m.thing_id \
                     WHERE m.kind = ? AND m.member = ? AND m.status = ? AND r.account_id = ?",
                    indexed(dialect, "memberships m", "memberships_answer")
                )
            }
        };
        let order = match (&self.member, &self.after) {
            (None, after) => {
                if let Some(after) = after {
                    sql.push_str(" AND ");
                    sql.push_str(&follows(dialect, "r", after, &mut bound));
                }
                "r.created_at, r.id"
            }
            (Some(_), after) => {
                if let Some(after) = after {
                    // MariaDB does not find a range of an index in a comparison of rows, and the others find none in the
                    // longer form.
                    if dialect == Dialect::MariaDb {
                        sql.push_str(" AND (m.thing_created_at > ? OR (m.thing_created_at = ? AND m.thing_id > ?))");
                        bound.extend_from_slice(values![after.at, after.at, &after.id]);
                    } else {
                        sql.push_str(" AND (m.thing_created_at, m.thing_id) > (?, ?)");
                        bound.extend_from_slice(values![after.at, &after.id]);
                    }
                }
                "m.thing_created_at, m.thing_id"
            }
        };
        sql.push_str(&format!(" ORDER BY {order} LIMIT {}", self.limit));
        (sql, bound)
    }
}

pub(super) fn rooms<'a>(tx: &'a mut Tx, asked: &'a Asked) -> Answer<'a, Vec<Room>> {
    Box::pin(async move {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let (sql, bound) = asked.statement(tx.dialect());
        tx.all(&sql, &bound, "rooms", read).await
    })
}

pub(super) fn steps<'a>(tx: &'a mut Tx, asked: &'a Asked) -> Answer<'a, u64> {
    Box::pin(async move {
        let (sql, bound) = asked.statement(tx.dialect());
        tx.steps(&sql, &bound).await
    })
}
