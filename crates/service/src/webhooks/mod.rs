//! What callers do with the webhooks of rooms. What comes in through them is in [`crate::messages`].

pub mod admin;
mod create;
mod delete;
mod list;
mod regenerate;

pub use create::create;
pub use delete::delete;
pub use list::list;
pub use regenerate::regenerate;

use salon_core::message::{Inbound, Webhook};

use crate::{Service, messages::url};

/// A webhook with its URL, which is shown this once.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The webhook.
    pub webhook: Webhook,
    /// Whoever knows it may post.
    pub url: String,
}

impl Shown {
    fn new(service: &Service, webhook: Webhook, token: &str) -> Self {
        let url = url::of(service, &Inbound::Webhook(webhook.id.clone()), token);
        Self { webhook, url }
    }
}
