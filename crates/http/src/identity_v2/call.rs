//! What a handler has at hand.

use http::header::CONTENT_TYPE;
use salon_core::{Error, Result};
use salon_identity::{
    BuiltIn,
    built_in::{Page, Session},
};
use serde_json::Value;

use super::Options;
use crate::kit::{Params, Request};

/// Largest body that is read; a login takes a fraction of it.
const MAX_BODY: usize = 65_536;

/// A request on its way through the dialect.
pub(super) struct Call<'a> {
    /// The identity behind it.
    pub(super) identity: &'a BuiltIn,
    /// How the dialect is set up.
    pub(super) options: &'a Options,
    /// The values in the path.
    pub(super) params: Params,
    /// The request.
    pub(super) request: Request,
    /// The address of the server, without trailing slash.
    pub(super) outer: String,
}

impl Call<'_> {
    /// This dialect's own address, without trailing slash.
    pub(super) fn own(&self) -> String {
        format!("{}{}", self.outer, self.options.prefix.trim_end_matches('/'))
    }

    /// The body as JSON.
    pub(super) async fn json(&mut self) -> Result<Value> {
        let media = self.request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            return Err(Error::unsupported_media("The body must be application/json."));
        }
        let bytes = self.request.take_body().read_all(MAX_BODY).await?;
        // Not the parser's words: they may quote a password.
        serde_json::from_slice(&bytes).map_err(|_| Error::invalid("The body is not JSON."))
    }

    /// The token of the request, and who is asking with it.
    pub(super) async fn session(&self) -> Result<(&str, Session)> {
        let refused = || {
            Error::unauthenticated("No valid token provided. Please use the 'X-Auth-Token' header with a valid token.")
        };
        let token = self.request.header("x-auth-token").map(str::trim).ok_or_else(refused)?;
        let session = self.identity.session(token, false).await?.ok_or_else(refused)?;
        self.seen(&session);
        Ok((token, session))
    }

    /// Names the caller in the log.
    pub(super) fn seen(&self, session: &Session) {
        let project = session.project().map(|(project, _)| project.id.to_string());
        self.request.trail.set_caller(session.user().id.as_str(), project);
    }

    /// Where a list goes on and how much of it is wanted.
    pub(super) fn page(&self) -> Result<Page> {
        let limit = match self.request.parameter("limit") {
            Some(limit) => Some(limit.parse().map_err(|_| Error::invalid("limit must be a whole number."))?),
            None => None,
        };
        Ok(Page { after: self.request.parameter("marker"), limit })
    }
}
