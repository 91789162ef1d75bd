//! Posting: one transaction from the last look at the URL to the jobs that tell the bots.

use salon_core::{
    Error, Result, Timestamp,
    account::AccountStatus,
    bot,
    message::{
        Content, Message, SenderKind,
        content::{BotName, mention},
        event::{Notice, What, address_of_webhook},
        posting::{BotSeat, Ground, Poster},
        webhook::check_rate,
    },
};

use super::{next_number, note, notices, read_place};
use crate::{
    rooms,
    sql::{Answer, Reader, Tx, values},
};

/// What is to be written.
#[derive(Debug)]
pub(super) struct Posting {
    pub(super) poster: Poster,
    pub(super) content: Content,
    pub(super) id: String,
    pub(super) now: Timestamp,
}

impl Posting {
    fn room(&self) -> &str {
        self.poster.place.room_id.as_str()
    }

    /// Whether the URL is still good. The room is locked.
    async fn is_good(&self, tx: &mut Tx) -> Result<bool> {
        let account = self.poster.place.account_id.as_str();
        let sql = "SELECT status FROM accounts WHERE id = ?";
        let status = |row: &mut Reader<'_>| row.parsed("status", AccountStatus::parse);
        if tx.one(sql, values![account], "accounts", status).await? != Some(AccountStatus::Active) {
            return Ok(false);
        }
        let id = &self.poster.sender.id;
        match &self.poster.ground {
            Ground::Webhook(hash) => {
                const SELECT: &str = "SELECT id FROM webhooks WHERE id = ? AND room_id = ? AND token_hash = ?";
                tx.has(SELECT, values![id, self.room(), hash.as_str()]).await
            }
            Ground::Bot(joined_at) => {
                const SELECT: &str = "SELECT b.id FROM bots b JOIN memberships m ON m.kind = 'room' AND m.thing_id = ? \
                    AND m.member = b.id WHERE b.id = ? AND b.disabled = 0 AND m.created_at = ?";
                tx.has(SELECT, values![self.room(), id, *joined_at]).await
            }
        }
    }

    async fn check(&self, tx: &mut Tx) -> Result<()> {
        if self.content.calls_everybody() {
            const COUNT: &str = "SELECT COUNT(*) FROM memberships WHERE kind = 'room' AND thing_id = ?";
            let members = tx.count(COUNT, values![self.room()], "memberships").await?;
            self.content.check_room(members)?;
        }
        const LAST: &str =
            "SELECT created_at FROM messages WHERE room_id = ? AND sender_id = ? ORDER BY seq DESC LIMIT 1";
        let last = tx.number(LAST, values![self.room(), &self.poster.sender.id], "messages").await?;
        check_rate(last.map(Timestamp), self.now)
    }

    async fn write(&self, tx: &mut Tx) -> Result<Message> {
        let (place, sender) = (&self.poster.place, &self.poster.sender);
        let seq = next_number(tx, self.room()).await?;
        let row = values![
            self.room(),
            seq,
            &self.id,
            place.account_id.as_str(),
            sender.kind.as_str(),
            &sender.id,
            &sender.name,
            self.content.as_str(),
            self.now,
        ];
        const INSERT: &str = "INSERT INTO messages (room_id, seq, id, account_id, sender_kind, sender_id, sender_name, \
            content, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        tx.execute(INSERT, row).await?;
        let payload = serde_json::json!({"message": {
            "id": self.id,
            "room_id": self.room(),
            "sender_kind": sender.kind.as_str(),
            "sender_id": sender.id,
            "created_at": self.now.0,
        }});
        note(tx, "room.message.create", self.room(), self.now, &payload).await?;
        Ok(Message {
            id: self.id.clone(),
            seq,
            sender: sender.clone(),
            content: self.content.as_str().to_owned(),
            created_at: self.now,
            redacted_at: None,
        })
    }

    /// Tells the bots in the room that the text calls. Bots do not call bots: two that answer each other would never
    /// end.
    async fn tell(&self, tx: &mut Tx) -> Result<()> {
        if self.poster.sender.kind == SenderKind::Bot || !self.content.as_str().contains('@') {
            return Ok(());
        }
        const BOTS: &str = "SELECT b.id, b.display_name, b.email FROM bots b JOIN memberships m ON m.kind = 'room' \
            AND m.thing_id = ? AND m.member = b.id WHERE b.account_id = ? AND b.disabled = 0 \
            AND b.https_endpoint IS NOT NULL ORDER BY b.id LIMIT 100";
        let of = values![self.room(), self.poster.place.account_id.as_str()];
        let read = |row: &mut Reader<'_>| Ok((row.text("id")?, row.text("display_name")?, row.text("email")?));
        for (id, display_name, email) in tx.all(BOTS, of, "bots", read).await? {
            let name = BotName { display_name: &display_name, email: &email };
            if mention(self.content.as_str(), name).is_none() || notices::is_flooded(tx, &id).await? {
                continue;
            }
            let notice = Notice {
                bot_id: id,
                room_id: self.room().to_owned(),
                sender: address_of_webhook(&self.poster.sender.id),
                at: self.now.0,
                what: What::Mention(self.id.clone()),
            };
            notices::queue(tx, &notice).await?;
        }
        Ok(())
    }
}

pub(super) fn post<'a>(tx: &'a mut Tx, posting: &'a Posting) -> Answer<'a, Message> {
    Box::pin(async move {
        if rooms::lock(tx, posting.room()).await?.is_none() || !posting.is_good(tx).await? {
            return Err(Error::stale());
        }
        posting.check(tx).await?;
        let message = posting.write(tx).await?;
        posting.tell(tx).await?;
        Ok(message)
    })
}

pub(super) fn bot_seat<'a>(tx: &'a mut Tx, input: &'a (String, String)) -> Answer<'a, Option<BotSeat>> {
    let (room, bot) = input;
    Box::pin(async move {
        const SELECT: &str = "SELECT b.id, b.display_name, b.disabled, m.created_at, r.id, r.account_id, a.status \
            FROM bots b JOIN memberships m ON m.kind = 'room' AND m.thing_id = ? AND m.member = b.id \
            JOIN rooms r ON r.id = m.thing_id JOIN accounts a ON a.id = r.account_id WHERE b.id = ?";
        tx.one(SELECT, values![room, bot], "bots in rooms", |row| {
            let (id, name) = (row.text("id")?, row.text("display_name")?);
            let (disabled, joined_at) = (row.flag("disabled")?, row.time("created_at")?);
            Ok(BotSeat { place: read_place(row)?, id, name: bot::shown_name(&name), disabled, joined_at })
        })
        .await
    })
}
