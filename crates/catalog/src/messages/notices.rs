//! What bots are to be told, as durable jobs: written in the transaction of what happened, told afterwards.

use salon_core::{
    Result, Timestamp,
    bot::{Endpoint, SecurityToken},
    message::event::{BOT_EVENT, MOST_WAITING, Notice, What},
};

use super::next_number;
use crate::{
    Catalog, jobs,
    sql::{Answer, Tx, values},
};

/// A bot as whoever tells it something needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The account's id, for the log.
    pub account_id: String,
    /// Its name, as it was given.
    pub display_name: String,
    /// Its e-mail address.
    pub email: String,
    /// Whether it is switched off.
    pub disabled: bool,
    /// The key.
    pub security_token: SecurityToken,
    /// Where its events go.
    pub endpoint: Option<Endpoint>,
    /// When it was added to the room, if it is in it.
    pub joined_at: Option<Timestamp>,
}

impl Catalog {
    /// What has to be known of a bot to tell it what happened in a room; `None` when there is no such bot.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn told_bot(&self, bot_id: &str, room_id: &str) -> Result<Option<Told>> {
        self.db.read((bot_id.to_owned(), room_id.to_owned()), told_bot).await
    }
}

/// Queues a notice. The room it is about is locked.
pub(crate) async fn queue(tx: &mut Tx, notice: &Notice) -> Result<()> {
    let number = next_number(tx, &notice.room_id).await?;
    let id = format!("{}-{number}", notice.room_id);
    let payload = notice.to_json();
    let now = Timestamp(notice.at);
    tx.execute(jobs::INSERT, values![&id, BOT_EVENT, &payload, now, now, &notice.bot_id, 0_i64]).await.map(drop)
}

/// Whether so much waits for the bot that nothing more is added to it.
pub(super) async fn is_flooded(tx: &mut Tx, bot_id: &str) -> Result<bool> {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE kind = ? AND subject = ? LIMIT {MOST_WAITING}) AS counted"
    );
    Ok(tx.count(&sql, values![BOT_EVENT, bot_id], "jobs").await? >= u64::from(MOST_WAITING))
}

/// Tells a bot that it was added to a room (`What::Invite`) or removed from it (`What::Remove`), in the transaction that
/// does it. `by` is the ARN or the id of who did. The room is locked. A member that is no bot is told nothing.
pub(crate) async fn membership(
    tx: &mut Tx,
    room_id: &str,
    member: &str,
    what: What,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    if !tx.has("SELECT id FROM bots WHERE id = ?", values![member]).await? {
        return Ok(());
    }
    let sender = salon_core::message::event::address_of(by);
    queue(tx, &Notice { bot_id: member.to_owned(), room_id: room_id.to_owned(), sender, at: now.0, what }).await
}

/// Tells all bots of a room that goes away. The room is locked, and its guest list still there.
pub(super) async fn all_removed(tx: &mut Tx, room_id: &str, by: &str, now: Timestamp) -> Result<()> {
    const BOTS: &str = "SELECT b.id FROM bots b JOIN rooms r ON r.account_id = b.account_id \
        JOIN memberships m ON m.kind = 'room' AND m.thing_id = r.id AND m.member = b.id WHERE r.id = ? \
        ORDER BY b.id LIMIT 1000";
    let sender = salon_core::message::event::address_of(by);
    for bot_id in tx.all(BOTS, values![room_id], "bots", |row| row.text("id")).await? {
        let (room_id, sender) = (room_id.to_owned(), sender.clone());
        queue(tx, &Notice { bot_id, room_id, sender, at: now.0, what: What::Remove }).await?;
    }
    Ok(())
}

fn told_bot<'a>(tx: &'a mut Tx, input: &'a (String, String)) -> Answer<'a, Option<Told>> {
    let (bot, room) = input;
    Box::pin(async move {
        const SELECT: &str = "SELECT b.id, b.account_id, b.display_name, b.email, b.disabled, b.security_token, \
            b.https_endpoint, m.created_at FROM bots b LEFT JOIN memberships m ON m.kind = 'room' AND m.thing_id = ? \
            AND m.member = b.id WHERE b.id = ?";
        tx.one(SELECT, values![room, bot], "bots", |row| {
            row.text("id")?;
            Ok(Told {
                account_id: row.text("account_id")?,
                display_name: row.text("display_name")?,
                email: row.text("email")?,
                disabled: row.flag("disabled")?,
                security_token: SecurityToken::stored(row.text("security_token")?),
                endpoint: row.opt_text("https_endpoint")?.map(Endpoint::stored),
                joined_at: row.opt_int("created_at")?.map(Timestamp),
            })
        })
        .await
    })
}
