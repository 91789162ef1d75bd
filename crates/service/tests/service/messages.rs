//! Messages, webhooks, and what becomes of them over time.

use std::time::Duration;

use salon_catalog::messages::REMOVE_MESSAGES;
use salon_core::{
    Kind, Result,
    account::{AccountId, AccountType, RetentionChange, absent},
    bot::EventsRequest,
    message::{Message, WebhookName, event::BOT_EVENT, posting::no_url},
    room::{RoomId, members::MemberType},
};
use salon_service::{
    Ctx, Messages, Settings, accounts, bots,
    maintenance::{self, Trimmed},
    messages, rooms, webhooks,
};

use crate::{
    accounts::{kind, reader},
    rooms::joining,
    world::{Setup, World, admin, alice, bob},
};

const DAY: Duration = Duration::from_secs(86_400);

fn name() -> WebhookName {
    WebhookName::parse("build").unwrap()
}

/// Id and token of a URL.
fn parts(url: &str) -> (String, String) {
    let (place, token) = url.split_once("?token=").unwrap();
    (place.rsplit_once('/').unwrap().1.to_owned(), token.to_owned())
}

impl World {
    async fn hook(&self, account: &AccountId, room: &RoomId) -> (String, String) {
        parts(&webhooks::create(&self.service, &alice(), account, room, &name()).await.unwrap().url)
    }

    /// Posts a second after whatever was before.
    async fn say(&self, hook: &(String, String), text: &str) -> Result<Message> {
        self.clock.advance(Duration::from_secs(1));
        messages::post(&self.service, &hook.0, &hook.1, Ok(text.to_owned()), "req-1").await
    }

    async fn log(&self, account: &AccountId, room: &RoomId) -> Vec<String> {
        let (page, _) = messages::log(&self.service, &alice(), account, room, None, 100).await.unwrap();
        page.into_iter().map(|message| message.content).collect()
    }

    async fn waiting(&self, kind: &str) -> u64 {
        self.catalog.count_jobs(kind, 100).await.unwrap()
    }
}

/// T-A1, T-A2: everything there is to do with webhooks and messages, by everybody, and with another account's name.
#[tokio::test]
async fn t_a2_who_may_do_what() {
    let world = World::new().await;
    let service = &world.service;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let other = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let hook = world.hook(&account, &room).await;
    let message = world.say(&hook, "hello").await.unwrap();
    let everything = async |ctx: &Ctx, account: &AccountId| {
        let made = webhooks::create(service, ctx, account, &room, &name()).await.map(|shown| parts(&shown.url).0);
        let id = made.as_ref().map_or_else(|_| hook.0.clone(), Clone::clone);
        [
            ("read", messages::log(service, ctx, account, &room, None, 1).await.map(drop)),
            ("read", webhooks::list(service, ctx, account, &room).await.map(drop)),
            ("write", webhooks::regenerate(service, ctx, account, &room, &id).await.map(drop)),
            ("write", webhooks::delete(service, ctx, account, &room, &id).await),
            ("write", messages::redact(service, ctx, account, &room, &message.id).await),
            ("write", made.map(drop)),
        ]
    };
    for (what, outcome) in everything(&bob(), &account).await {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::NotFound, absent(&account).message()), "bob: {what}");
    }
    for (what, outcome) in everything(&alice(), &other).await {
        assert_eq!(kind(outcome), Kind::NotFound, "another account: {what}");
    }
    for (what, outcome) in everything(&reader(), &account).await {
        match what {
            "read" => outcome.unwrap(),
            _ => assert_eq!(kind(outcome), Kind::Forbidden),
        }
    }
    assert_eq!(world.log(&account, &room).await, ["hello"]);
    for ctx in [alice(), admin()] {
        for (what, outcome) in everything(&ctx, &account).await {
            outcome.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
    }
    assert_eq!(world.log(&account, &room).await, [""]);
    world.say(&hook, "this webhook was left alone").await.unwrap();

    let team = accounts::create(service, &alice(), "Team").await.unwrap().id;
    let redact = async |ctx: &Ctx, account: &AccountId| {
        messages::redact_conversation(service, ctx, account, "conversation", "message").await
    };
    redact(&alice(), &account).await.unwrap();
    assert_eq!(kind(redact(&alice(), &team).await), Kind::Forbidden);
    assert_eq!(kind(redact(&reader(), &account).await), Kind::Forbidden);
    assert_eq!(kind(redact(&bob(), &account).await), Kind::NotFound);
}

#[tokio::test]
async fn an_unknown_message_is_taken_back_unless_told_otherwise() {
    for unknown_is_error in [false, true] {
        let base = "https://hooks.example.org".to_owned();
        let settings = Settings { messages: Messages { base, unknown_is_error }, ..Settings::new("node-1") };
        let world = World::with(Setup { settings, ..Setup::default() }).await;
        let account = world.enterprise(AccountType::EnterpriseLwa).await;
        let room = world.room(&account, "room").await.id;
        let (service, alice) = (&world.service, alice());
        let shown = webhooks::create(service, &alice, &account, &room, &name()).await.unwrap();
        assert!(shown.url.starts_with("https://hooks.example.org/incomingwebhooks/"), "{}", shown.url);
        let outcome = messages::redact(service, &alice, &account, &room, "nobody").await;
        assert_eq!(outcome.is_err(), unknown_is_error);
        let outcome = messages::redact_conversation(service, &alice, &account, "c", "nobody").await;
        assert_eq!(outcome.err().map(|error| error.kind()), unknown_is_error.then_some(Kind::NotFound));
        let nowhere = RoomId::new("nowhere");
        assert_eq!(kind(messages::redact(service, &alice, &account, &nowhere, "m").await), Kind::NotFound);
    }
}

/// A bad URL is told before anything else, and what is wrong with the body before the rate.
#[tokio::test]
async fn what_is_wrong_is_told_in_one_order() {
    let world = World::new().await;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let (id, token) = world.hook(&account, &room).await;
    let post = async |id: &str, token: &str, text: Result<&str>| {
        let text = text.map(str::to_owned);
        messages::post(&world.service, id, token, text, "req-1").await.map(drop)
    };
    let broken = || Err(salon_core::Error::invalid("broken"));
    for (id, token) in [(&*id, "wrong"), ("nobody", &*token), ("no id", &*token), (&*id, "no token")] {
        let error = post(id, token, broken()).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::Forbidden, no_url().message()));
    }
    assert_eq!(post(&id, &token, broken()).await.unwrap_err().message(), "broken");
    post(&id, &token, Ok("first")).await.unwrap();
    assert_eq!(kind(post(&id, &token, Ok("")).await), Kind::Invalid);
    assert_eq!(kind(post(&id, &token, Ok(&"x".repeat(4097))).await), Kind::OverLimit);
    assert_eq!(kind(post(&id, &token, Ok("second")).await), Kind::Throttled);
    world.clock.advance(Duration::from_secs(1));
    post(&id, &token, Ok("second")).await.unwrap();
    assert_eq!(world.log(&account, &room).await, ["second", "first"]);
}

/// The list of members shows webhooks among them; nothing else about memberships knows them.
#[tokio::test]
async fn webhooks_are_listed_with_the_members() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let mut expected = Vec::new();
    for at in 0..5 {
        let person = world.someone(&account, &format!("p{at}@example.com")).await;
        rooms::members::add(service, &alice, &account, &room, &joining(&person)).await.unwrap();
        expected.push((person, MemberType::User));
        expected.push((world.hook(&account, &room).await.0, MemberType::Webhook));
    }
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    for size in [1, 3, 99] {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page = rooms::members::list(service, &alice, &account, &room, after.as_ref(), size).await.unwrap();
            assert!(!page.0.is_empty() && page.0.len() <= size as usize);
            listed.extend(page.0.into_iter().map(|one| (one.membership.member, one.guest.member_type)));
            after = page.1;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected, "{size}");
    }
    let (webhook, _) = expected.iter().find(|(_, what)| *what == MemberType::Webhook).unwrap();
    let add = rooms::members::add(service, &alice, &account, &room, &joining(webhook)).await;
    let amend = rooms::members::amend(service, &alice, &account, &room, webhook, None).await;
    let remove = rooms::members::remove(service, &alice, &account, &room, webhook).await;
    assert_eq!((kind(add), kind(amend), kind(remove)), (Kind::NotFound, Kind::NotFound, Kind::NotFound));
}

#[tokio::test]
async fn a_log_is_paged() {
    let world = World::new().await;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let hook = world.hook(&account, &room).await;
    for at in 0..7 {
        world.say(&hook, &at.to_string()).await.unwrap();
    }
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let page = messages::log(&world.service, &alice(), &account, &room, before, 3).await.unwrap();
        all.push(page.0.iter().map(|message| message.content.clone()).collect::<Vec<_>>().concat());
        before = page.1;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all, ["654", "321", "0"]);
}

/// Past its time a message is not seen, thirty days later it is gone; before that a longer policy brings it back.
#[tokio::test]
async fn messages_are_kept_as_long_as_the_account_says() {
    let world = World::new().await;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let hook = world.hook(&account, &room).await;
    let set = async |days| {
        let change = RetentionChange { room_days: Some(days), ..RetentionChange::default() };
        accounts::set_retention(&world.service, &alice(), &account, change).await.unwrap();
    };
    for text in ["old", "older than a week soon", "young"] {
        world.say(&hook, text).await.unwrap();
        world.clock.advance(DAY * 5);
    }
    let trimmed = async || maintenance::trim(&world.service).await.unwrap().messages;
    assert_eq!((world.log(&account, &room).await.len(), trimmed().await), (3, 0));
    set(Some(7)).await;
    assert_eq!((world.log(&account, &room).await, trimmed().await), (vec!["young".to_owned()], 0));
    set(Some(12)).await;
    assert_eq!(world.log(&account, &room).await, ["young", "older than a week soon"]);
    set(None).await;
    assert_eq!((world.log(&account, &room).await.len(), trimmed().await), (3, 0));
    set(Some(7)).await;
    world.clock.advance(DAY * 30);
    assert_eq!((world.log(&account, &room).await.len(), trimmed().await), (0, 2), "the young one is in its grace");
    set(None).await;
    assert_eq!(world.log(&account, &room).await, ["young"]);
    // Nothing but the event that was the newest one in the round before.
    let last = maintenance::trim(&world.service).await.unwrap();
    assert_eq!(last, Trimmed { events: 1, ..Trimmed::default() });
}

/// A bot that cannot be told is given up, a notice that came too late too, and neither keeps the others waiting.
#[tokio::test]
async fn notices_do_not_stay() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let bot = bots::create(service, &alice, &account, "myBot", None).await.unwrap().id;
    // The guard lets nobody to this address.
    let request = EventsRequest { https_endpoint: Some("https://127.0.0.1/".to_owned()), lambda_arn: None };
    bots::set_events(service, &alice, &account, &bot, &request, async |_| Ok(())).await.unwrap();
    rooms::members::add(service, &alice, &account, &room, &joining(bot.as_str())).await.unwrap();
    let hook = world.hook(&account, &room).await;
    let message = world.say(&hook, "@myBot run").await.unwrap();
    world.say(&hook, "@myBot run again").await.unwrap();
    messages::redact(service, &alice, &account, &room, &message.id).await.unwrap();
    world.clock.advance(Duration::from_secs(601));
    rooms::members::remove(service, &alice, &account, &room, bot.as_str()).await.unwrap();
    assert_eq!(world.waiting(BOT_EVENT).await, 4);
    assert_eq!(maintenance::run_due(service).await.unwrap(), 4);
    assert_eq!(world.waiting(BOT_EVENT).await, 0);
    // Somebody who does not answer the challenge is not configured, and nothing of the address is told.
    let error = messages::prove(service, &bot, request.endpoint().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(!error.message().contains("127.0.0.1") && error.report().contains("127.0.0.1"), "{}", error.report());
}

#[tokio::test]
async fn a_deleted_room_is_emptied_by_a_job() {
    let world = World::new().await;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let hook = world.hook(&account, &room).await;
    for _ in 0..502 {
        world.say(&hook, "gone").await.unwrap();
    }
    rooms::delete(&world.service, &alice(), &account, &room).await.unwrap();
    assert_eq!(kind(world.say(&hook, "late").await), Kind::NotFound);
    assert_eq!(world.waiting(REMOVE_MESSAGES).await, 1);
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!(world.waiting(REMOVE_MESSAGES).await, 0);
    assert_eq!(world.catalog.remove_messages(room.as_str(), 100).await.unwrap(), 0, "nothing is left");
    world.clock.advance(DAY * 91);
    assert_eq!(maintenance::trim(&world.service).await.unwrap().webhook_urls, 1);
    assert_eq!(kind(world.say(&hook, "forgotten").await), Kind::Forbidden);
}
