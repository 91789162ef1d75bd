//! Bots of chat accounts. They are made under the lock of their account and never removed while it is there.

use salon_core::{
    Error, Permitted, ProjectId, Result, Timestamp, Viewer,
    account::{Account, AccountId, Key},
    bot::{
        self, Bot, BotId, BotLookup, BotView, Change, Endpoint, SecurityToken,
        actions::{ChangesBot, CreateBot, ListsBots},
    },
    event::Actor,
};
use serde_json::json;

use crate::{
    Catalog,
    accounts::{self, follows, indexed},
    images::row,
    outbox::{self, Note},
    sql::{Answer, Reader, Tx, Value, values},
};

/// The columns [`read`] reads, of a table called `b`.
const COLUMNS: &str = "b.id, b.account_id, b.display_name, b.email, b.disabled, b.security_token, b.https_endpoint, \
    b.created_at, b.updated_at";

impl Catalog {
    /// An account that `viewer` can reach with one bot of it, in one statement; `None` when there is no such account
    /// within reach.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn bot_within_reach(
        &self,
        account: &AccountId,
        bot: &BotId,
        viewer: &Viewer,
    ) -> Result<Option<BotLookup>> {
        self.db.read((account.clone(), bot.clone(), accounts::reach(viewer)), find).await
    }

    /// Bots of an account in the order they were made, after `after`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn bots<A: ListsBots>(
        &self,
        account: &Permitted<Account, A>,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Vec<Bot>> {
        self.db.read((account.id.clone(), after.cloned(), limit), list).await
    }

    /// Writes a new bot.
    ///
    /// # Errors
    /// OverLimit when the account has `quota` bots; Stale when what the permission was computed from changed.
    pub async fn create_bot(
        &self,
        account: &Permitted<Account, CreateBot>,
        bot: &Bot,
        quota: Option<u64>,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**account).clone(), bot.clone(), quota, actor.clone()), create).await
    }

    /// Changes a bot. A change that changes nothing writes nothing.
    ///
    /// # Errors
    /// Stale when what the permission was computed from changed.
    pub async fn change_bot<A: ChangesBot>(
        &self,
        bot: &Permitted<BotView, A>,
        change: &Change,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Bot> {
        self.db.write(((**bot).clone(), change.clone(), now, actor.clone()), alter).await
    }
}

fn read_rest(row: &mut Reader<'_>, id: String) -> Result<Bot> {
    Ok(Bot {
        id: BotId::new(id),
        account_id: AccountId::new(row.text("account_id")?),
        display_name: row.text("display_name")?,
        email: row.text("email")?,
        disabled: row.flag("disabled")?,
        security_token: SecurityToken::stored(row.text("security_token")?),
        endpoint: row.opt_text("https_endpoint")?.map(Endpoint::stored),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Reads [`COLUMNS`].
fn read(row: &mut Reader<'_>) -> Result<Bot> {
    let id = row.text("id")?;
    read_rest(row, id)
}

/// A bot as the outbox tells of it: neither its security token nor where its events go.
async fn tell(tx: &mut Tx, topic: &str, bot: &Bot, at: Timestamp, actor: &Actor) -> Result<()> {
    let payload = row::json(&json!({
        "actor": actor,
        "bot": {
            "id": bot.id,
            "account_id": bot.account_id,
            "display_name": bot.display_name,
            "disabled": bot.disabled,
            "created_at": bot.created_at.0,
            "updated_at": bot.updated_at.0,
        },
    }))?;
    outbox::note(tx, &Note { topic, kind: "bot", thing_id: bot.id.as_str(), at, payload: &payload }).await
}

fn find<'a>(tx: &'a mut Tx, input: &'a (AccountId, BotId, Option<ProjectId>)) -> Answer<'a, Option<BotLookup>> {
    let (account, bot, reach) = input;
    Box::pin(async move {
        if account.as_str().contains('\0') {
            return Ok(None);
        }
        // An id no row can have is an id no row has.
        let wanted = if bot.as_str().contains('\0') { "" } else { bot.as_str() };
        let mut sql = format!(
            "SELECT {}, {COLUMNS} FROM accounts a LEFT JOIN bots b ON b.id = ? AND b.account_id = a.id WHERE a.id = ?",
            accounts::COLUMNS
        );
        let mut bound: Vec<Value<'_>> = values![wanted, account.as_str()].to_vec();
        accounts::narrow(&mut sql, &mut bound, reach.as_ref());
        tx.one(&sql, &bound, "accounts with bots", |row| {
            let account = accounts::read(row)?;
            let bot = match row.opt_text("id")? {
                Some(id) => Some(read_rest(row, id)?),
                None => None,
            };
            Ok(BotLookup { account, bot })
        })
        .await
    })
}

fn list<'a>(tx: &'a mut Tx, input: &'a (AccountId, Option<Key>, u32)) -> Answer<'a, Vec<Bot>> {
    let (account, after, limit) = input;
    Box::pin(async move {
        let mut bound: Vec<Value<'_>> = vec![account.as_str().into()];
        let from = indexed(tx.dialect(), "bots b", "bots_account");
        let mut sql = format!("SELECT {COLUMNS} FROM {from} WHERE b.account_id = ?");
        if let Some(after) = after {
            if after.id.contains('\0') {
                return Ok(Vec::new());
            }
            sql.push_str(" AND ");
            sql.push_str(&follows(tx.dialect(), "b", after, &mut bound));
        }
        sql.push_str(&format!(" ORDER BY b.created_at, b.id LIMIT {limit}"));
        tx.all(&sql, &bound, "bots", read).await
    })
}

fn create<'a>(tx: &'a mut Tx, input: &'a (Account, Bot, Option<u64>, Actor)) -> Answer<'a, ()> {
    let (permitted, bot, quota, actor) = input;
    Box::pin(async move {
        let account = accounts::lock(tx, permitted).await?;
        if quota.is_some() {
            const COUNT: &str = "SELECT COUNT(*) FROM bots WHERE account_id = ?";
            let count = tx.count(COUNT, values![account.id.as_str()], "bots").await?;
            bot::check_quota(count.saturating_add(1), *quota)?;
        }
        const INSERT: &str = "INSERT INTO bots (id, account_id, display_name, email, disabled, security_token, \
            https_endpoint, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let row = values![
            bot.id.as_str(),
            account.id.as_str(),
            &bot.display_name,
            &bot.email,
            bot.disabled,
            bot.security_token.reveal(),
            bot.endpoint.as_ref().map(Endpoint::as_str),
            bot.created_at,
            bot.updated_at,
        ];
        if !tx.insert(INSERT, row).await? {
            return Err(Error::internal("a new bot has the id of another"));
        }
        tell(tx, "bot.create", bot, bot.created_at, actor).await
    })
}

fn alter<'a>(tx: &'a mut Tx, input: &'a (BotView, Change, Timestamp, Actor)) -> Answer<'a, Bot> {
    let (permitted, change, now, actor) = input;
    Box::pin(async move {
        // The account first: it is what the permission was computed from. Then the row, which those who add the bot to a
        // room lock, too.
        let account = accounts::lock(tx, &permitted.account).await?;
        let sql = format!("SELECT {COLUMNS} FROM bots b WHERE b.id = ? AND b.account_id = ?{}", tx.for_update());
        let key = values![permitted.bot.id.as_str(), account.id.as_str()];
        let before = tx.one(&sql, key, "bots", read).await?.ok_or_else(Error::stale)?;
        let bot = bot::apply(&before, change, *now);
        if bot == before {
            return Ok(bot);
        }
        const UPDATE: &str = "UPDATE bots SET disabled = ?, security_token = ?, https_endpoint = ?, updated_at = ? \
            WHERE id = ?";
        let row = values![
            bot.disabled,
            bot.security_token.reveal(),
            bot.endpoint.as_ref().map(Endpoint::as_str),
            bot.updated_at,
            bot.id.as_str(),
        ];
        tx.execute(UPDATE, row).await?;
        tell(tx, "bot.update", &bot, bot.updated_at, actor).await?;
        Ok(bot)
    })
}
