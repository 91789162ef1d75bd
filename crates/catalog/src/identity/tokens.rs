//! Tokens.

use salon_core::{Error, ProjectId, Result, Timestamp, UserId};

use super::{EXPIRED_WINDOW, Token, TokenGrounds, TokenView, api_keys, assignments, domains, projects, users};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

impl Catalog {
    /// Stores a token, if what it is given for still holds.
    ///
    /// # Errors
    /// Conflict when the hash is there already; NotFound when user or project is not there or disabled, or when the
    /// grounds no longer hold.
    pub async fn create_token(&self, token: &Token, grounds: &TokenGrounds) -> Result<()> {
        self.db.write((token.clone(), grounds.clone()), create).await
    }

    /// The token with this hash, if it is still good at `now` and its user, project and domains are enabled.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn token(&self, hash: &str, now: Timestamp) -> Result<Option<TokenView>> {
        self.db.read((hash.to_owned(), now), view).await
    }

    /// Ends a token; false when it was not there.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn revoke_token(&self, hash: &str) -> Result<bool> {
        self.db.write((hash.to_owned(),), revoke).await
    }

    /// Removes tokens that ended more than [`EXPIRED_WINDOW`] before `now`, at most `limit` per call. Answers how many
    /// went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_tokens(&self, now: Timestamp, limit: u32) -> Result<u64> {
        let window = i64::try_from(EXPIRED_WINDOW.as_micros()).unwrap_or(i64::MAX);
        self.db.write((Timestamp(now.0.saturating_sub(window)), limit), trim).await
    }
}

fn create<'a>(tx: &'a mut Tx, input: &'a (Token, TokenGrounds)) -> Answer<'a, ()> {
    let (token, grounds) = input;
    Box::pin(async move {
        let fallen = || Error::not_found("What the token was to be given for no longer holds.");
        // The user's row first and the project's second, as everywhere: whoever ends tokens holds one of them.
        let user = users::lock(tx, &token.user_id).await?;
        if user != Some((grounds.password_hash.clone(), true)) {
            return Err(fallen());
        }
        if let Some(digest) = &grounds.api_key
            && !api_keys::belongs(tx, &token.user_id, digest).await?
        {
            return Err(fallen());
        }
        if let Some(hash) = &grounds.token {
            let sql = "SELECT hash FROM tokens WHERE hash = ? AND user_id = ?";
            if !tx.has(sql, values![hash, token.user_id.as_str()]).await? {
                return Err(fallen());
            }
        }
        if let Some(project) = &token.project_id {
            let sql = format!("SELECT enabled FROM projects WHERE id = ?{}", tx.for_update());
            let enabled = tx.number(&sql, values![project.as_str()], "projects").await?;
            if enabled != Some(1) || assignments::names(tx, &token.user_id, project).await? != grounds.assigned {
                return Err(fallen());
            }
        }
        let (roles, methods) = (json(&token.roles)?, json(&token.methods)?);
        const INSERT: &str = "INSERT INTO tokens (hash, user_id, project_id, roles, methods, audit_id, issued_at, \
            expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let project = token.project_id.as_ref().map(ProjectId::as_str);
        let row = values![
            &token.hash,
            token.user_id.as_str(),
            project,
            &roles,
            &methods,
            &token.audit_id,
            token.issued_at,
            token.expires_at,
        ];
        match tx.insert(INSERT, row).await? {
            true => Ok(()),
            false => Err(Error::conflict("The token exists already.")),
        }
    })
}

fn json(list: &[String]) -> Result<String> {
    serde_json::to_string(list).map_err(|error| Error::internal("a list is not JSON").with_source(error))
}

/// One row by primary key, with the rows its ids name.
const VIEW: &str = "SELECT t.hash, t.user_id, t.project_id, t.roles, t.methods, t.audit_id, t.issued_at, t.expires_at, \
    u.id, u.domain_id, u.name, u.password_hash, u.default_project_id, u.enabled, ud.id, ud.name, ud.enabled, \
    p.id, p.domain_id, p.name, p.description, p.enabled, pd.id, pd.name, pd.enabled \
    FROM tokens t JOIN users u ON u.id = t.user_id JOIN domains ud ON ud.id = u.domain_id \
    LEFT JOIN projects p ON p.id = t.project_id LEFT JOIN domains pd ON pd.id = p.domain_id \
    WHERE t.hash = ? AND t.expires_at > ? AND u.enabled = 1 AND ud.enabled = 1 \
    AND (t.project_id IS NULL OR (p.enabled = 1 AND pd.enabled = 1))";

fn view<'a>(tx: &'a mut Tx, input: &'a (String, Timestamp)) -> Answer<'a, Option<TokenView>> {
    let (hash, now) = input;
    Box::pin(async move { tx.one(VIEW, values![hash, *now], "tokens", read_view).await })
}

fn read_view(row: &mut Reader<'_>) -> Result<TokenView> {
    let token = Token {
        hash: row.text("hash")?,
        user_id: UserId::new(row.text("user_id")?),
        project_id: row.opt_text("project_id")?.map(ProjectId::new),
        roles: row.json("roles")?,
        methods: row.json("methods")?,
        audit_id: row.text("audit_id")?,
        issued_at: row.time("issued_at")?,
        expires_at: row.time("expires_at")?,
    };
    let user = users::read(row)?;
    let user_domain = domains::read(row)?;
    let project = match token.project_id {
        Some(_) => Some((projects::read(row)?, domains::read(row)?)),
        None => None,
    };
    Ok(TokenView { token, user, user_domain, project })
}

fn revoke<'a>(tx: &'a mut Tx, (hash,): &'a (String,)) -> Answer<'a, bool> {
    Box::pin(async move { Ok(tx.execute("DELETE FROM tokens WHERE hash = ?", values![hash]).await? > 0) })
}

fn trim<'a>(tx: &'a mut Tx, input: &'a (Timestamp, u32)) -> Answer<'a, u64> {
    let (before, limit) = input;
    Box::pin(async move {
        // A derived table, since MariaDB takes no LIMIT in a subquery of IN and no table that is being deleted from.
        let sql = format!(
            "DELETE FROM tokens WHERE hash IN (SELECT hash FROM (SELECT hash FROM tokens WHERE expires_at < ? \
             ORDER BY expires_at LIMIT {limit}) AS old)"
        );
        tx.execute(&sql, values![*before]).await
    })
}
