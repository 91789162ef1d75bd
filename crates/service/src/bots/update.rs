//! Changing a bot.

use salon_core::{
    Result,
    account::AccountId,
    bot::{
        Bot, BotId, Change, SecurityToken,
        actions::{RegenerateSecurityToken, UpdateBot},
    },
};

use super::{change, permitted};
use crate::{Ctx, Service};

/// Switches the bot off or on; when not said, nothing changes. A disabled bot stays in its rooms.
///
/// # Errors
/// As [`crate::bots::show`].
pub async fn update(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    bot: &BotId,
    disabled: Option<bool>,
) -> Result<Bot> {
    match disabled {
        Some(disabled) => change::<UpdateBot>(service, ctx, account, bot, &Change::Disabled(disabled)).await,
        None => Ok(permitted::<UpdateBot>(service, ctx, account, bot).await?.into_inner().bot),
    }
}

/// Gives the bot another security token; events are signed with the new one from now on.
///
/// # Errors
/// As [`crate::bots::show`].
pub async fn regenerate_token(service: &Service, ctx: &Ctx, account: &AccountId, bot: &BotId) -> Result<Bot> {
    let token = SecurityToken::random(service.entropy());
    change::<RegenerateSecurityToken>(service, ctx, account, bot, &Change::Token(token)).await
}
