//! Taking a message in a conversation back.

use salon_core::{
    Result,
    account::{AccountId, permit},
    message::actions::RedactConversationMessage,
};

use super::unknown;
use crate::{Ctx, Service, accounts::load};

/// Takes a message in a conversation back. No operation makes conversations, so there is never such a message.
///
/// # Errors
/// NotFound when the account is absent or another project's, and otherwise if so configured; Forbidden by policy, or
/// because it is no Enterprise account.
pub async fn redact_conversation(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    _conversation: &str,
    message: &str,
) -> Result<()> {
    permit::<RedactConversationMessage>(&service.policy(), &ctx.caller, load(service, ctx, account).await?)?;
    unknown(service, message)
}
