//! What a handler has at hand, and how lists are asked for and answered.

use http::StatusCode;
use salon_core::{Error, Kind, Result};
use salon_identity::{
    BuiltIn,
    built_in::{Directory, Page, Session},
};
use serde_json::{Value, json};

use crate::kit::{Params, Request, Response, answer};

/// Largest body that is read; Keystone's own limit.
const MAX_BODY: usize = 114_688;

/// A request on its way through the dialect.
pub(super) struct Call<'a> {
    /// The identity behind it.
    pub(super) identity: &'a BuiltIn,
    /// The values in the path.
    pub(super) params: Params,
    /// The request.
    pub(super) request: Request,
    /// This dialect's own address, without trailing slash.
    pub(super) base: String,
    /// The address of the images.
    pub(super) image_base: String,
    /// The one region.
    pub(super) region: &'a str,
}

impl Call<'_> {
    pub(super) fn directory(&self) -> &Directory {
        self.identity.directory()
    }

    pub(super) fn param(&self, name: &str) -> &str {
        self.params.get(name)
    }

    /// Whether a query parameter is there and not an explicit no: `?nocatalog` and `?nocatalog=1` are both yes.
    pub(super) fn asked(&self, name: &str) -> bool {
        let pairs = self.request.query_pairs();
        pairs.iter().any(|(own, value)| own == name && !matches!(value.to_lowercase().as_str(), "0" | "false" | "no"))
    }

    /// The body as JSON.
    pub(super) async fn json(&mut self) -> Result<Value> {
        let bytes = self.request.take_body().read_all(MAX_BODY).await?;
        serde_json::from_slice(&bytes).map_err(|_| {
            // Not the parser's words: they may quote a password.
            Error::invalid(
                "Expecting to find valid JSON. The server could not comply with the request since it is either \
                 malformed or otherwise incorrect. The client is assumed to be in error.",
            )
        })
    }

    /// Who is asking.
    pub(super) async fn session(&self) -> Result<Session> {
        let refused = || Error::unauthenticated("The request you have made requires authentication.");
        let token = self.request.header("x-auth-token").map(str::trim).ok_or_else(refused)?;
        let session = self.identity.session(token, false).await?.ok_or_else(refused)?;
        let project = session.project().map(|(project, _)| project.id.to_string());
        self.request.trail.set_caller(session.user().id.as_str(), project);
        Ok(session)
    }

    /// Who is asking, if that is an administrator; `action` is Keystone's name for what is asked.
    pub(super) async fn admin(&self, action: &str) -> Result<Session> {
        let session = self.session().await?;
        if session.is_admin() { Ok(session) } else { Err(forbidden(action)) }
    }

    /// Who is asking, if that is an administrator or the user itself.
    pub(super) async fn admin_or_self(&self, user: &str, action: &str) -> Result<Session> {
        let session = self.session().await?;
        if session.is_admin() || session.user().id.as_str() == user { Ok(session) } else { Err(forbidden(action)) }
    }

    /// Where a list goes on and how much of it is wanted.
    pub(super) fn page(&self) -> Result<Page> {
        let limit = match self.request.parameter("limit") {
            Some(limit) => Some(limit.parse().map_err(|_| Error::invalid("limit must be a positive integer"))?),
            None => None,
        };
        Ok(Page { after: self.request.parameter("marker"), limit })
    }

    /// A list in Keystone's shape. `next` is the id to go on after, if there may be more.
    pub(super) fn list(&self, name: &str, items: Vec<Value>, next: Option<&str>) -> Response {
        let query = self.request.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
        let path = self.request.path.trim_end_matches('/');
        let next = next.map(|marker| {
            let kept = self.request.query.as_deref().unwrap_or_default().split('&');
            let kept = kept
                .filter(|part| !part.is_empty() && !part.starts_with("marker="))
                .fold(String::new(), |all, part| format!("{all}{part}&"));
            format!("{}{path}?{kept}marker={marker}", self.base)
        });
        let links = json!({"next": next, "self": format!("{}{path}{query}", self.base), "previous": null});
        answer::json(StatusCode::OK, &json!({name: items, "links": links}))
    }
}

impl Call<'_> {
    /// The domains in which something is looked for by its name: the one of the query, or all.
    pub(super) async fn domains(&self) -> Result<Vec<String>> {
        match self.request.parameter("domain_id") {
            Some(domain) => Ok(vec![domain]),
            None => Ok(self.directory().domains(&Page::default()).await?.into_iter().map(|domain| domain.id).collect()),
        }
    }

    /// What a list is narrowed to.
    pub(super) fn wanted(&self) -> Wanted {
        let enabled = self.request.parameter("enabled");
        Wanted {
            domain: self.request.parameter("domain_id"),
            enabled: enabled.map(|text| !matches!(text.to_lowercase().as_str(), "0" | "false")),
        }
    }
}

/// What a list is narrowed to; `None` does not narrow.
pub(super) struct Wanted {
    domain: Option<String>,
    enabled: Option<bool>,
}

impl Wanted {
    /// Whether something of that domain is on the list.
    pub(super) fn takes(&self, domain: &str, enabled: bool) -> bool {
        self.domain.as_ref().is_none_or(|wanted| wanted == domain)
            && self.enabled.is_none_or(|wanted| wanted == enabled)
    }
}

/// What was looked up, if it is there.
pub(super) fn if_there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// Keystone's refusal.
pub(super) fn forbidden(action: &str) -> Error {
    Error::forbidden(format!("You are not authorized to perform the requested action: {action}."))
}

/// The id of the last item if the page is full, which means that there may be more.
pub(super) fn next_of<'a, T>(page: &Page, items: &'a [T], id: impl Fn(&'a T) -> &'a str) -> Option<&'a str> {
    (items.len() >= page.size() as usize).then(|| items.last().map(id)).flatten()
}
