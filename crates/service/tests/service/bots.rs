//! Bots of chat accounts.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use salon_core::{
    Error, Kind, Result,
    account::{AccountId, AccountType, Key, absent},
    bot::{Bot, BotId, EventsRequest},
};
use salon_service::{Ctx, bots};

use crate::{
    accounts::{kind, reader},
    world::{World, admin, alice, bob},
};

fn https(url: &str) -> EventsRequest {
    EventsRequest { https_endpoint: Some(url.to_owned()), lambda_arn: None }
}

impl World {
    async fn bot(&self, account: &AccountId) -> Bot {
        self.clock.advance(Duration::from_millis(10));
        bots::create(&self.service, &alice(), account, "myBot", Some("example.com")).await.unwrap()
    }
}

#[tokio::test]
async fn a_bot_is_made_as_documented() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let made = world.bot(&account).await;
    assert_eq!((made.shown_name(), &*made.email), ("myBot (Bot)".to_owned(), "myBot-chimebot@example.com"));
    assert!(!made.disabled && made.endpoint.is_none());
    assert_eq!(bots::show(service, &alice, &account, &made.id).await.unwrap(), made);
    let own = bots::create(service, &alice, &account, "other", None).await.unwrap();
    assert_eq!(own.email, format!("other-chimebot@{account}.chime.internal"));
    assert_ne!(own.security_token, made.security_token);
    for (name, domain) in [("", None), (" ", None), (&*"x".repeat(56), None), ("a\nb", None), ("bot", Some("a b"))] {
        assert_eq!(kind(bots::create(service, &alice, &account, name, domain).await), Kind::Invalid, "{name:?}");
    }
    // Ten of them.
    for _ in 0..8 {
        world.bot(&account).await;
    }
    assert_eq!(kind(bots::create(service, &alice, &account, "eleven", None).await), Kind::OverLimit);
    let (mut seen, mut after): (Vec<Bot>, Option<Key>) = (Vec::new(), None);
    loop {
        let (page, next) = bots::list(service, &alice, &account, after.as_ref(), 4).await.unwrap();
        seen.extend(page);
        let Some(next) = next else { break };
        after = Some(next);
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.windows(2).all(|pair| (pair[0].created_at, &pair[0].id) < (pair[1].created_at, &pair[1].id)));
}

#[tokio::test]
async fn a_bot_is_switched_off_and_gets_another_token() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let made = world.bot(&account).await;
    world.clock.advance(Duration::from_secs(1));
    let update = async |disabled| bots::update(service, &alice, &account, &made.id, disabled).await.unwrap();
    assert_eq!(update(None).await, made);
    assert_eq!(update(Some(false)).await, made);
    let off = update(Some(true)).await;
    assert!(off.disabled && off.updated_at > made.updated_at);
    let turned = bots::regenerate_token(service, &alice, &account, &made.id).await.unwrap();
    assert_ne!(turned.security_token, made.security_token);
    assert!(turned.disabled);
    assert_eq!(bots::show(service, &alice, &account, &made.id).await.unwrap(), turned);
}

#[tokio::test]
async fn events_go_to_endpoints_that_want_them() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let bot = world.bot(&account).await.id;
    let asked = AtomicU32::new(0);
    let set = async |ctx: &Ctx, request: &EventsRequest, wants: bool| {
        bots::set_events(service, ctx, &account, &bot, request, async |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            if wants { Ok(()) } else { Err(Error::invalid("It does not answer.")) }
        })
        .await
    };
    let events = async || bots::events(service, &alice, &account, &bot).await;
    assert_eq!(kind(events().await), Kind::NotFound);
    // Nobody is asked for those who may not, nor for what cannot be.
    assert_eq!(kind(set(&reader(), &https("https://a.example.com"), true).await), Kind::Forbidden);
    assert_eq!(kind(set(&bob(), &https("https://a.example.com"), true).await), Kind::NotFound);
    let lambda = "arn:aws:lambda:us-east-1:111122223333:function:f".to_owned();
    for wrong in [
        https("http://a.example.com"),
        https(""),
        EventsRequest::default(),
        EventsRequest { https_endpoint: None, lambda_arn: Some(lambda.clone()) },
        EventsRequest { lambda_arn: Some(lambda), ..https("https://a.example.com") },
    ] {
        assert_eq!(kind(set(&alice, &wrong, true).await), Kind::Invalid, "{wrong:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(kind(set(&alice, &https("https://a.example.com"), false).await), Kind::Invalid);
    assert_eq!(kind(events().await), Kind::NotFound);
    let written = set(&alice, &https("https://a.example.com/x?y=z"), true).await.unwrap();
    assert_eq!(written.as_str(), "https://a.example.com/x?y=z");
    assert_eq!(events().await.unwrap(), written);
    // One that does not answer changes nothing.
    assert_eq!(kind(set(&alice, &https("https://b.example.com"), false).await), Kind::Invalid);
    assert_eq!(events().await.unwrap(), written);
    for _ in 0..2 {
        bots::delete_events(service, &alice, &account, &bot).await.unwrap();
        assert_eq!(kind(events().await), Kind::NotFound);
    }
}

/// Everything there is to do with a bot, and how it went.
async fn everything(world: &World, ctx: &Ctx, account: &AccountId, bot: &BotId) -> Vec<Result<(), Kind>> {
    let service = &world.service;
    let request = https("https://a.example.com");
    let outcomes = [
        bots::show(service, ctx, account, bot).await.map(drop),
        bots::list(service, ctx, account, None, 99).await.map(drop),
        bots::create(service, ctx, account, "bot", None).await.map(drop),
        bots::update(service, ctx, account, bot, Some(true)).await.map(drop),
        bots::regenerate_token(service, ctx, account, bot).await.map(drop),
        bots::set_events(service, ctx, account, bot, &request, async |_| Ok(())).await.map(drop),
        bots::delete_events(service, ctx, account, bot).await,
    ];
    outcomes.into_iter().map(|outcome| outcome.map_err(|error| error.kind())).collect()
}

#[tokio::test]
async fn others_see_no_bots() {
    let world = World::new().await;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let bot = world.bot(&account).await.id;
    let foreign = bots::show(&world.service, &bob(), &account, &bot).await.unwrap_err();
    assert_eq!(foreign.message(), absent(&account).message());
    assert_eq!(everything(&world, &bob(), &account, &bot).await, vec![Err(Kind::NotFound); 7]);
    let (seen, refused) = (vec![Ok(()); 2], vec![Err(Kind::Forbidden); 5]);
    assert_eq!(everything(&world, &reader(), &account, &bot).await, [seen, refused].concat());
    assert_eq!(everything(&world, &alice(), &world.team().await, &bot).await, vec![Err(Kind::Forbidden); 7]);
    let other = world.enterprise(AccountType::EnterpriseLwa).await;
    for (at, outcome) in everything(&world, &alice(), &other, &bot).await.into_iter().enumerate() {
        assert_eq!(outcome, if at == 1 || at == 2 { Ok(()) } else { Err(Kind::NotFound) }, "{at}");
    }
    assert_eq!(everything(&world, &admin(), &account, &bot).await, vec![Ok(()); 7]);
}
