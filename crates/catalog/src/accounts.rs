//! Chat accounts: reading, listing, writing. Every write locks the account's row and looks again at what its permission
//! was computed from, so that what is in an account changes under one lock, and nothing is added to one that is gone.

use salon_core::{
    Error, Permitted, ProjectId, Result, Timestamp, Viewer,
    account::{
        Account, AccountFilter, AccountId, AccountSettings, AccountStatus, AccountType, Key, License, Retention,
        actions::{ChangesAccount, CreateAccount, DeleteAccount, ListAccounts},
        decide::{check_deletion, check_number},
        operator::{Convert, Dissolve, Enroll},
        texts::email_key,
    },
    event::Actor,
};
use serde_json::json;

use crate::{
    Catalog,
    images::row::json,
    outbox::{self, Note},
    sql::{Answer, Dialect, Reader, Tx, Value, insert_into, update_of, values},
};

/// The columns [`read`] reads, of a table called `a`.
pub(crate) const COLUMNS: &str = "a.id, a.project_id, a.name, a.account_type, a.status, a.default_license, \
    a.supported_licenses, a.delegate_groups, a.disable_remote_control, a.enable_dial_out, a.room_days, \
    a.conversation_days, a.deletion_at, a.created_at, a.updated_at, a.revision";

impl Catalog {
    /// An account. Proves nothing about the caller.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        self.db.read((id.clone(), None), find).await
    }

    /// An account that `viewer` can reach: its project's, for administrators any. What cannot be reached is not read: it
    /// takes no longer than what is not there. Proves nothing about the caller.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn account_within_reach(&self, id: &AccountId, viewer: &Viewer) -> Result<Option<Account>> {
        self.db.read((id.clone(), reach(viewer)), find).await
    }

    /// Accounts of a project in the order they were made, after `after`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn accounts(
        &self,
        project: &Permitted<ProjectId, ListAccounts>,
        filter: &AccountFilter,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Vec<Account>> {
        let asked = Asked { project: Some((**project).clone()), filter: filter.clone(), after: after.cloned(), limit };
        self.db.read(asked, list).await
    }

    /// Accounts of all projects, or of one, for the operator.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn all_accounts(
        &self,
        project: Option<&ProjectId>,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Vec<Account>> {
        let filter = AccountFilter::default();
        self.db.scan(Asked { project: project.cloned(), filter, after: after.cloned(), limit }, list).await
    }

    /// Writes a new account.
    ///
    /// # Errors
    /// OverLimit when the project has `quota` accounts already; Conflict when the id is taken.
    pub async fn create_account(
        &self,
        account: &Permitted<Account, CreateAccount>,
        quota: u64,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**account).clone(), Some(quota), actor.clone()), create).await
    }

    /// As [`Catalog::create_account`], for the operator, who needs no quota.
    ///
    /// # Errors
    /// Conflict when the id is taken.
    pub async fn enroll_account(&self, account: &Permitted<Account, Enroll>, actor: &Actor) -> Result<()> {
        self.db.write(((**account).clone(), None, actor.clone()), create).await
    }

    /// Replaces what can change of an account by what `after` has, provided nobody else changed it since `before` was
    /// read. Id, project and type stay as they are in the row.
    ///
    /// # Errors
    /// Stale when the account changed or went away in between.
    pub async fn update_account<A: ChangesAccount>(
        &self,
        before: &Permitted<Account, A>,
        after: &Account,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Account> {
        let after = Account { account_type: before.account_type, ..after.clone() };
        self.db.write(((**before).clone(), after, now, actor.clone()), update).await
    }

    /// Writes the type of `after`, for the operator.
    ///
    /// # Errors
    /// Stale when the account changed or went away in between.
    pub async fn convert_account(
        &self,
        before: &Permitted<Account, Convert>,
        after: &Account,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Account> {
        self.db.write(((**before).clone(), after.clone(), now, actor.clone()), update).await
    }

    /// Removes an account with the suspended people and the bots that are left in it.
    ///
    /// # Errors
    /// Conflict while it has people that are not suspended, or rooms; Stale when what the permission was computed from
    /// changed.
    pub async fn delete_account(
        &self,
        account: &Permitted<Account, DeleteAccount>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**account).clone(), false, now, actor.clone()), delete).await
    }

    /// As [`Catalog::delete_account`], with whoever is in it, for the operator.
    ///
    /// # Errors
    /// Conflict while it has rooms; Stale when the account changed in between.
    pub async fn dissolve_account(
        &self,
        account: &Permitted<Account, Dissolve>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**account).clone(), true, now, actor.clone()), delete).await
    }
}

/// Reads [`COLUMNS`].
pub(crate) fn read(row: &mut Reader<'_>) -> Result<Account> {
    Ok(Account {
        id: AccountId::new(row.text("id")?),
        project_id: ProjectId::new(row.text("project_id")?),
        name: row.text("name")?,
        account_type: row.parsed("account_type", AccountType::parse)?,
        status: row.parsed("status", AccountStatus::parse)?,
        default_license: row.parsed("default_license", License::parse)?,
        supported_licenses: licenses(row)?,
        delegate_groups: row.json("delegate_groups")?,
        settings: AccountSettings {
            disable_remote_control: row.flag("disable_remote_control")?,
            enable_dial_out: row.flag("enable_dial_out")?,
        },
        retention: Retention {
            room_days: days(row, "room_days")?,
            conversation_days: days(row, "conversation_days")?,
            initiate_deletion_at: row.opt_int("deletion_at")?.map(Timestamp),
        },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        revision: row.int("revision")?,
    })
}

fn licenses(row: &mut Reader<'_>) -> Result<Vec<License>> {
    let names: Vec<String> = row.json("supported_licenses")?;
    let known = names.iter().map(|name| License::parse(name)).collect::<Option<_>>();
    known.ok_or_else(|| row.wrong("supported_licenses", "has a value nobody knows"))
}

fn days(row: &mut Reader<'_>, column: &str) -> Result<Option<u32>> {
    match row.opt_int(column)? {
        None => Ok(None),
        Some(days) => u32::try_from(days).map(Some).map_err(|_| row.wrong(column, "is out of range")),
    }
}

/// Locks the account a permission is about until the transaction ends, and makes sure that what the permission was
/// computed from – project, type, status – is still so. Answers the account as it is now.
///
/// # Errors
/// Stale.
pub(crate) async fn lock(tx: &mut Tx, permitted: &Account) -> Result<Account> {
    let sql = format!("SELECT {COLUMNS} FROM accounts a WHERE a.id = ?{}", tx.for_update());
    let now = tx.one(&sql, values![permitted.id.as_str()], "accounts", read).await?.ok_or_else(Error::stale)?;
    let basis = |account: &Account| (account.project_id.clone(), account.account_type, account.status);
    if basis(&now) == basis(permitted) { Ok(now) } else { Err(Error::stale()) }
}

/// The condition that a row of `table` comes after `key` in the order of creation, then id; its values go to `bound`.
pub(crate) fn follows<'v>(dialect: Dialect, table: &str, key: &'v Key, bound: &mut Vec<Value<'v>>) -> String {
    if dialect == Dialect::MariaDb {
        // It does not find a range of an index in a comparison of rows.
        bound.extend_from_slice(values![key.at, key.at, &key.id]);
        return format!("({table}.created_at > ? OR ({table}.created_at = ? AND {table}.id > ?))");
    }
    bound.extend_from_slice(values![key.at, &key.id]);
    format!("({table}.created_at, {table}.id) > (?, ?)")
}

/// Names the index where the database takes advice: without statistics, or with old ones, planners guess wrong.
pub(crate) fn indexed(dialect: Dialect, table: &str, index: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("{table} INDEXED BY {index}"),
        Dialect::Postgres => table.to_owned(),
        Dialect::MariaDb => format!("{table} FORCE INDEX ({index})"),
    }
}

pub(crate) async fn tell(tx: &mut Tx, topic: &str, account: &Account, at: Timestamp, actor: &Actor) -> Result<()> {
    let payload = json(&json!({
        "actor": actor,
        "account": {
            "id": account.id,
            "project_id": account.project_id,
            "name": account.name,
            "type": account.account_type.as_str(),
            "status": account.status.as_str(),
            "default_license": account.default_license.as_str(),
            "room_retention_days": account.retention.room_days,
            "conversation_retention_days": account.retention.conversation_days,
            "created_at": account.created_at.0,
            "updated_at": account.updated_at.0,
        },
    }))?;
    outbox::note(tx, &Note { topic, kind: "account", thing_id: account.id.as_str(), at, payload: &payload }).await
}

/// The project whose accounts `viewer` reaches; `None` for everybody's. Accounts are always a project's.
pub(crate) fn reach(viewer: &Viewer) -> Option<ProjectId> {
    (!viewer.admin).then(|| viewer.project.clone().unwrap_or_else(|| ProjectId::new("")))
}

/// Ends a statement that looks the account `a` up, so that it finds only what is within `reach`.
pub(crate) fn narrow<'a>(sql: &mut String, bound: &mut Vec<Value<'a>>, reach: Option<&'a ProjectId>) {
    if let Some(project) = reach {
        sql.push_str(" AND a.project_id = ?");
        bound.push(project.as_str().into());
    }
}

fn find<'a>(tx: &'a mut Tx, input: &'a (AccountId, Option<ProjectId>)) -> Answer<'a, Option<Account>> {
    let (id, reach) = input;
    Box::pin(async move {
        if id.as_str().contains('\0') {
            // No row can have it, and PostgreSQL does not take it as a value.
            return Ok(None);
        }
        let mut sql = format!("SELECT {COLUMNS} FROM accounts a WHERE a.id = ?");
        let mut bound: Vec<Value<'_>> = values![id.as_str()].to_vec();
        narrow(&mut sql, &mut bound, reach.as_ref());
        tx.one(&sql, &bound, "accounts", read).await
    })
}

/// A page that was asked for.
#[derive(Clone, Debug)]
struct Asked {
    project: Option<ProjectId>,
    filter: AccountFilter,
    after: Option<Key>,
    limit: u32,
}

fn list<'a>(tx: &'a mut Tx, asked: &'a Asked) -> Answer<'a, Vec<Account>> {
    Box::pin(async move {
        let filter = &asked.filter;
        let texts = [filter.name_prefix.as_deref(), filter.email.as_deref(), asked.after.as_ref().map(|key| &*key.id)];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            return Ok(Vec::new());
        }
        let key = filter.email.as_deref().map(email_key);
        let mut bound: Vec<Value<'_>> = Vec::new();
        let mut sql = format!("SELECT {COLUMNS} FROM accounts a WHERE 1 = 1");
        narrow(&mut sql, &mut bound, asked.project.as_ref());
        if let (Some(project), Some(key)) = (&asked.project, &key) {
            // Few, whoever else has people with this address: the index is the project's.
            sql.push_str(" AND a.id IN (SELECT p.account_id FROM people p WHERE p.project_id = ? AND p.email_key = ?)");
            bound.extend_from_slice(values![project.as_str(), key]);
        }
        if let Some(prefix) = &filter.name_prefix {
            sql.push_str(&format!(" AND SUBSTR(a.name, 1, {}) = ?", prefix.chars().count()));
            bound.push(prefix.as_str().into());
        }
        if let Some(after) = &asked.after {
            sql.push_str(" AND ");
            sql.push_str(&follows(tx.dialect(), "a", after, &mut bound));
        }
        sql.push_str(&format!(" ORDER BY a.created_at, a.id LIMIT {}", asked.limit));
        tx.all(&sql, &bound, "accounts", read).await
    })
}

/// Makes sure that a project has fewer than `quota` accounts. Nobody else counts until the transaction ends.
async fn check_quota(tx: &mut Tx, project: &ProjectId, quota: u64) -> Result<()> {
    let project = project.as_str();
    let lock = format!("SELECT project_id FROM account_locks WHERE project_id = ?{}", tx.for_update());
    if !tx.has(&lock, values![project]).await? {
        tx.insert("INSERT INTO account_locks (project_id) VALUES (?)", values![project]).await?;
        tx.has(&lock, values![project]).await?;
    }
    let there = tx.count("SELECT COUNT(*) FROM accounts WHERE project_id = ?", values![project], "accounts").await?;
    check_number(there, quota)
}

/// The columns of an account that never change.
const FIXED: [&str; 3] = ["id", "project_id", "created_at"];

/// The columns of an account that can change, in the order of [`changing`].
const CHANGING: [&str; 13] = [
    "name",
    "account_type",
    "status",
    "default_license",
    "supported_licenses",
    "delegate_groups",
    "disable_remote_control",
    "enable_dial_out",
    "room_days",
    "conversation_days",
    "deletion_at",
    "updated_at",
    "revision",
];

/// The lists of an account as they are stored.
struct Lists {
    licenses: String,
    groups: String,
}

impl Lists {
    fn of(account: &Account) -> Result<Self> {
        let licenses: Vec<&str> = account.supported_licenses.iter().map(|license| license.as_str()).collect();
        Ok(Self { licenses: json(&licenses)?, groups: json(&account.delegate_groups)? })
    }
}

/// The values of [`CHANGING`].
fn changing<'a>(account: &'a Account, lists: &'a Lists) -> [Value<'a>; 13] {
    [
        (&account.name).into(),
        account.account_type.as_str().into(),
        account.status.as_str().into(),
        account.default_license.as_str().into(),
        (&lists.licenses).into(),
        (&lists.groups).into(),
        account.settings.disable_remote_control.into(),
        account.settings.enable_dial_out.into(),
        account.retention.room_days.map(i64::from).into(),
        account.retention.conversation_days.map(i64::from).into(),
        account.retention.initiate_deletion_at.map(|at| at.0).into(),
        account.updated_at.into(),
        account.revision.into(),
    ]
}

fn create<'a>(tx: &'a mut Tx, input: &'a (Account, Option<u64>, Actor)) -> Answer<'a, ()> {
    let (account, quota, actor) = input;
    Box::pin(async move {
        if let Some(quota) = quota {
            check_quota(tx, &account.project_id, *quota).await?;
        }
        let lists = Lists::of(account)?;
        let fixed = values![account.id.as_str(), account.project_id.as_str(), account.created_at];
        let sql = insert_into("accounts", &[&FIXED[..], &CHANGING].concat());
        if !tx.insert(&sql, &[&fixed[..], &changing(account, &lists)].concat()).await? {
            return Err(Error::conflict("An account with this id exists already."));
        }
        tell(tx, "account.create", account, account.created_at, actor).await
    })
}

fn update<'a>(tx: &'a mut Tx, input: &'a (Account, Account, Timestamp, Actor)) -> Answer<'a, Account> {
    let (before, after, now, actor) = input;
    Box::pin(async move {
        let locked = lock(tx, before).await?;
        if locked.revision != before.revision {
            return Err(Error::stale());
        }
        let account = Account {
            id: locked.id.clone(),
            project_id: locked.project_id.clone(),
            created_at: locked.created_at,
            updated_at: (*now).max(locked.created_at),
            revision: locked.revision + 1,
            ..after.clone()
        };
        let lists = Lists::of(&account)?;
        let row = [&changing(&account, &lists)[..], values![account.id.as_str()]].concat();
        if tx.execute(&update_of("accounts", &CHANGING), &row).await? != 1 {
            return Err(Error::internal(format!("account {} changed under its lock", account.id)));
        }
        tell(tx, "account.update", &account, account.updated_at, actor).await?;
        Ok(account)
    })
}

fn delete<'a>(tx: &'a mut Tx, input: &'a (Account, bool, Timestamp, Actor)) -> Answer<'a, ()> {
    let (permitted, with_people, now, actor) = input;
    Box::pin(async move {
        let account = lock(tx, permitted).await?;
        let id = account.id.as_str();
        const ACTIVE: &str = "SELECT COUNT(*) FROM (SELECT id FROM people WHERE account_id = ? \
            AND registration IN ('Registered', 'Unregistered') LIMIT 1) AS found";
        const ROOMS: &str = "SELECT COUNT(*) FROM (SELECT id FROM rooms WHERE account_id = ? LIMIT 1) AS found";
        let active = !with_people && is_there(tx, ACTIVE, id).await?;
        let rooms = is_there(tx, ROOMS, id).await?;
        check_deletion(active, rooms)?;
        // Nobody of it is in a room: its own are gone, and nobody is in rooms of other accounts.
        for table in ["people", "bots", "room_requests"] {
            tx.execute(&format!("DELETE FROM {table} WHERE account_id = ?"), values![id]).await?;
        }
        tx.execute("DELETE FROM accounts WHERE id = ?", values![id]).await?;
        tell(tx, "account.delete", &account, *now, actor).await
    })
}

async fn is_there(tx: &mut Tx, sql: &str, id: &str) -> Result<bool> {
    Ok(tx.count(sql, values![id], "accounts").await? > 0)
}
