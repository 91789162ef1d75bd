//! GetEventsConfiguration, PutEventsConfiguration and DeleteEventsConfiguration.

use salon_core::{
    account::AccountId,
    bot::{BotId, Endpoint, EventsRequest},
};
use salon_service::{bots, messages};

use crate::chime::{
    Answer, Call, Chime,
    model::types::{
        DeleteEventsConfigurationRequest, EventsConfiguration, GetEventsConfigurationRequest,
        GetEventsConfigurationResponse, PutEventsConfigurationRequest, PutEventsConfigurationResponse,
    },
};

pub(in crate::chime) async fn events(chime: &Chime, call: Call) -> Answer {
    let request: GetEventsConfigurationRequest = call.read()?;
    let (account, bot) = (AccountId::new(request.account_id), BotId::new(request.bot_id));
    let endpoint = bots::events(chime.service(), &call.ctx, &account, &bot).await?;
    call.answer(&GetEventsConfigurationResponse { events_configuration: Some(configuration(&bot, &endpoint)) })
}

pub(in crate::chime) async fn set_events(chime: &Chime, call: Call) -> Answer {
    let request: PutEventsConfigurationRequest = call.read()?;
    let (account, bot) = (AccountId::new(request.account_id), BotId::new(request.bot_id));
    let wanted = EventsRequest {
        https_endpoint: request.outbound_events_https_endpoint,
        lambda_arn: request.lambda_function_arn,
    };
    let service = chime.service();
    let prove = |endpoint: Endpoint| messages::prove(service, &bot, endpoint);
    let endpoint = bots::set_events(service, &call.ctx, &account, &bot, &wanted, prove).await?;
    call.answer(&PutEventsConfigurationResponse { events_configuration: Some(configuration(&bot, &endpoint)) })
}

pub(in crate::chime) async fn delete_events(chime: &Chime, call: Call) -> Answer {
    let request: DeleteEventsConfigurationRequest = call.read()?;
    let (account, bot) = (AccountId::new(request.account_id), BotId::new(request.bot_id));
    bots::delete_events(chime.service(), &call.ctx, &account, &bot).await?;
    call.done()
}

fn configuration(bot: &BotId, endpoint: &Endpoint) -> EventsConfiguration {
    EventsConfiguration {
        bot_id: Some(bot.as_str().to_owned()),
        lambda_function_arn: None,
        outbound_events_https_endpoint: Some(endpoint.as_str().to_owned()),
    }
}
