//! Making a bot.

use salon_core::{
    Result,
    account::{AccountId, permit},
    bot::{Bot, BotId, SecurityToken, actions::CreateBot, default_domain},
    id::uuid_text,
};

use crate::{Ctx, Service, accounts::load, retry::until_fresh};

/// Makes a bot with a new security token. Without a domain its e-mail address is below the account's own.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy, or because it is no Enterprise account;
/// Invalid for a bad name or domain; OverLimit over the account's quota.
pub async fn create(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    display_name: &str,
    domain: Option<&str>,
) -> Result<Bot> {
    let policy = service.policy();
    let limits = &service.limits().rooms;
    let actor = ctx.actor();
    let bot = until_fresh(service, || async {
        let account = permit::<CreateBot>(&policy, &ctx.caller, load(service, ctx, account).await?)?;
        let default = default_domain(&account.id, limits.bot_domain.as_deref());
        let (id, token) = (BotId::new(uuid_text(service.entropy())), SecurityToken::random(service.entropy()));
        let domain = domain.unwrap_or(&default);
        let bot = Bot::new(id, account.id.clone(), display_name, domain, token, service.now())?;
        service.catalog().create_bot(&account, &bot, limits.bots, &actor).await?;
        Ok(bot)
    })
    .await?;
    tracing::info!(account = %account, bot = %bot.id, request = ctx.request_id, "bot created");
    Ok(bot)
}
