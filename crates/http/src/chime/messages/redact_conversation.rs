//! RedactConversationMessage.

use salon_core::account::AccountId;
use salon_service::messages;

use crate::chime::{Answer, Call, Chime, model::types::RedactConversationMessageRequest};

pub(in crate::chime) async fn redact_conversation(chime: &Chime, call: Call) -> Answer {
    let request: RedactConversationMessageRequest = call.read()?;
    let (account, conversation) = (AccountId::new(request.account_id), request.conversation_id);
    messages::redact_conversation(chime.service(), &call.ctx, &account, &conversation, &request.message_id).await?;
    call.done()
}
