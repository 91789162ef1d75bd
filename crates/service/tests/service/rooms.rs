//! Chat rooms and who is in them.

use std::time::Duration;

use salon_core::{
    Kind, Result,
    account::{AccountId, AccountType, ItemError, Key, NewPerson, absent},
    bot::EventsRequest,
    limits::Limits,
    membership::MemberRole,
    room::{
        Room, RoomId, RoomLimits,
        members::{Joining, MemberType, RoomMembership, unknown},
    },
};
use salon_service::{Ctx, bots, people, rooms};

use crate::{
    accounts::{kind, reader},
    world::{Setup, World, admin, alice, bob, person},
};

pub(crate) fn joining(member: &str) -> Joining {
    Joining { member: member.to_owned(), role: None }
}

fn told(errors: &[ItemError]) -> Vec<(&str, Kind)> {
    errors.iter().map(|item| (item.id.as_str(), item.error.kind())).collect()
}

impl World {
    async fn small(limits: RoomLimits) -> Self {
        let limits = Limits { rooms: limits, ..Limits::default() };
        Self::with(Setup { limits, ..Setup::default() }).await
    }

    pub(crate) async fn someone(&self, account: &AccountId, email: &str) -> String {
        let new = NewPerson { email: Some(email.to_owned()), ..NewPerson::default() };
        people::create(&self.service, &alice(), account, &new).await.unwrap().id.as_str().to_owned()
    }

    pub(crate) async fn room(&self, account: &AccountId, name: &str) -> Room {
        self.clock.advance(Duration::from_millis(10));
        rooms::create(&self.service, &alice(), account, name, None).await.unwrap()
    }

    async fn members(&self, account: &AccountId, room: &RoomId) -> Vec<RoomMembership> {
        rooms::members::list(&self.service, &alice(), account, room, None, 99).await.unwrap().0
    }
}

#[tokio::test]
async fn a_room_is_made_renamed_and_removed() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let made = rooms::create(service, &alice, &account, "  Zażółć 🎉 ", Some("tok-1")).await.unwrap();
    assert_eq!((&*made.name, &made.account_id), ("Zażółć 🎉", &account));
    assert!(made.created_by.starts_with("arn:aws:iam::") && made.created_by.ends_with(":user/alice"));
    assert_eq!(made.id.as_str().len(), 36);
    assert_eq!(rooms::show(service, &alice, &account, &made.id).await.unwrap(), made);
    // The same request again, and the same token for something else.
    let create = async |name, token| rooms::create(service, &alice, &account, name, token).await;
    assert_eq!(create("Zażółć 🎉", Some("tok-1")).await.unwrap(), made);
    assert_eq!(kind(create("another", Some("tok-1")).await), Kind::Invalid);
    assert_ne!(create("Zażółć 🎉", None).await.unwrap().id, made.id, "names are not unique");
    for (name, token) in [("", None), (" \u{a0}", None), ("a\nb", None), ("r", Some("t")), ("r", Some("t t"))] {
        assert_eq!(kind(create(name, token).await), Kind::Invalid, "{name:?} {token:?}");
    }
    assert!(world.members(&account, &made.id).await.is_empty(), "whoever makes a room is not in it");

    world.clock.advance(Duration::from_secs(1));
    let update = async |name| rooms::update(service, &alice, &account, &made.id, name).await;
    assert_eq!(update(None).await.unwrap(), made, "no name, no change");
    let renamed = update(Some("teamRoom")).await.unwrap();
    assert_eq!((&*renamed.name, renamed.created_at), ("teamRoom", made.created_at));
    assert!(renamed.updated_at > made.updated_at);
    assert_eq!(kind(update(Some("")).await), Kind::Invalid);

    rooms::delete(service, &alice, &account, &made.id).await.unwrap();
    assert_eq!(kind(rooms::show(service, &alice, &account, &made.id).await), Kind::NotFound);
    assert_eq!(kind(update(Some("x")).await), Kind::NotFound);
    assert_eq!(kind(rooms::delete(service, &alice, &account, &made.id).await), Kind::NotFound);
}

/// Everything there is to do with a room, and how it went.
async fn everything(
    world: &World,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    member: &str,
) -> Vec<Result<(), Kind>> {
    let service = &world.service;
    let role = Some(MemberRole::Administrator);
    let outcomes = [
        rooms::show(service, ctx, account, room).await.map(drop),
        rooms::list(service, ctx, account, None, None, 99).await.map(drop),
        rooms::members::list(service, ctx, account, room, None, 99).await.map(drop),
        rooms::create(service, ctx, account, "room", None).await.map(drop),
        rooms::update(service, ctx, account, room, Some("new")).await.map(drop),
        rooms::members::add(service, ctx, account, room, &joining(member)).await.map(drop),
        rooms::members::add_many(service, ctx, account, room, &[joining(member)]).await.map(drop),
        rooms::members::amend(service, ctx, account, room, member, role).await.map(drop),
        rooms::members::remove(service, ctx, account, room, member).await,
        rooms::delete(service, ctx, account, room).await,
    ];
    outcomes.into_iter().map(|outcome| outcome.map_err(|error| error.kind())).collect()
}

/// T-M8: what others may do.
#[tokio::test]
async fn t_m8_others_see_no_rooms() {
    let world = World::new().await;
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let member = world.someone(&account, "ana@example.com").await;
    // Another project's: as if there were no such account, in the words for one that never was.
    let foreign = rooms::show(&world.service, &bob(), &account, &room).await.unwrap_err();
    assert_eq!(foreign.message(), absent(&account).message());
    assert_eq!(everything(&world, &bob(), &account, &room, &member).await, vec![Err(Kind::NotFound); 10]);
    let nowhere = AccountId::new("nowhere");
    assert_eq!(everything(&world, &bob(), &nowhere, &room, &member).await, vec![Err(Kind::NotFound); 10]);
    // Who only reads changes nothing.
    let (seen, refused) = (vec![Ok(()); 3], vec![Err(Kind::Forbidden); 7]);
    assert_eq!(everything(&world, &reader(), &account, &room, &member).await, [seen, refused].concat());
    let nobody = person("nora", "alpha", &[]);
    assert_eq!(everything(&world, &nobody, &account, &room, &member).await, vec![Err(Kind::Forbidden); 10]);
    // A room is in its own account only.
    let other = world.enterprise(AccountType::EnterpriseOidc).await;
    let outcomes = everything(&world, &alice(), &other, &room, &member).await;
    for (at, outcome) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome, if at == 1 || at == 3 { Ok(()) } else { Err(Kind::NotFound) }, "{at}");
    }
    assert_eq!(world.members(&account, &room).await.len(), 0);
    // Administrators do everything.
    let outcomes = everything(&world, &admin(), &account, &room, &member).await;
    assert_eq!(outcomes, vec![Ok(()); 10]);
}

#[tokio::test]
async fn team_accounts_have_no_rooms() {
    let world = World::new().await;
    let team = world.team().await;
    let outcomes = everything(&world, &alice(), &team, &RoomId::new("room"), "member").await;
    assert_eq!(outcomes, vec![Err(Kind::Forbidden); 10]);
}

#[tokio::test]
async fn members_are_added_changed_and_removed() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let ana = world.someone(&account, "ana@example.com").await;
    let bot = bots::create(service, &alice, &account, "myBot", Some("example.com")).await.unwrap();
    let bot_id = bot.id.as_str();
    let add = async |member: &str| rooms::members::add(service, &alice, &account, &room, &joining(member)).await;

    let added = add(&ana).await.unwrap();
    assert_eq!((added.membership.role, added.guest.member_type), (MemberRole::Member, MemberType::User));
    assert_eq!((&*added.guest.email, &added.guest.account_id), ("ana@example.com", &account));
    assert!(added.membership.invited_by.as_deref().unwrap().ends_with(":user/alice"));
    assert_eq!(kind(add(&ana).await), Kind::Conflict);
    for nobody in ["nobody", "", "a\0b", &"x".repeat(300)] {
        let error = add(nobody).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::NotFound, unknown().message()), "{nobody:?}");
    }
    // A bot comes in when it is on and has somewhere to send its events.
    assert_eq!(kind(add(bot_id).await), Kind::Invalid);
    let wanted = EventsRequest { https_endpoint: Some("https://bot.example.com/events".to_owned()), lambda_arn: None };
    bots::set_events(service, &alice, &account, &bot.id, &wanted, async |_| Ok(())).await.unwrap();
    bots::update(service, &alice, &account, &bot.id, Some(true)).await.unwrap();
    assert_eq!(kind(add(bot_id).await), Kind::Invalid);
    bots::update(service, &alice, &account, &bot.id, Some(false)).await.unwrap();
    let as_bot = add(bot_id).await.unwrap();
    assert_eq!((as_bot.guest.member_type, &*as_bot.guest.full_name), (MemberType::Bot, "myBot (Bot)"));

    world.clock.advance(Duration::from_secs(1));
    let role = Some(MemberRole::Administrator);
    let amend = async |member: &str, role| rooms::members::amend(service, &alice, &account, &room, member, role).await;
    assert_eq!(amend(&ana, None).await.unwrap(), added, "no role, no change");
    let promoted = amend(&ana, role).await.unwrap();
    assert_eq!((promoted.membership.role, &promoted.guest), (MemberRole::Administrator, &added.guest));
    assert!(promoted.membership.updated_at > added.membership.updated_at);
    assert_eq!(kind(amend(bot_id, role).await), Kind::Invalid);
    for nobody in ["nobody", "a\0b"] {
        assert_eq!(kind(amend(nobody, role).await), Kind::NotFound);
        assert_eq!(kind(amend(nobody, None).await), Kind::NotFound);
    }
    // The rooms of a member.
    world.room(&account, "another").await;
    let of = async |member| rooms::list(service, &alice, &account, Some(member), None, 99).await.unwrap().0;
    assert_eq!(of(&*ana).await.into_iter().map(|room| room.name).collect::<Vec<_>>(), ["room"]);
    for nobody in ["nobody", "", "a\0b"] {
        assert!(of(nobody).await.is_empty(), "{nobody:?}");
    }

    // By default the last administrator may go, too.
    let remove = async |member: &str| rooms::members::remove(service, &alice, &account, &room, member).await;
    remove(&ana).await.unwrap();
    assert_eq!(kind(remove(&ana).await), Kind::NotFound);
    assert_eq!(kind(remove("a\0b").await), Kind::NotFound);
    remove(bot_id).await.unwrap();
    assert!(world.members(&account, &room).await.is_empty());
}

#[tokio::test]
async fn suspended_people_stay_where_they_are_and_come_nowhere_else() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let (room, other) = (world.room(&account, "room").await.id, world.room(&account, "other").await.id);
    let ana = world.someone(&account, "ana@example.com").await;
    rooms::members::add(service, &alice, &account, &room, &joining(&ana)).await.unwrap();
    let people = [salon_core::account::PersonId::new(ana.clone())];
    assert!(people::suspend(service, &alice, &account, &people).await.unwrap().is_empty());
    assert_eq!(world.members(&account, &room).await.len(), 1);
    let add = async || rooms::members::add(service, &alice, &account, &other, &joining(&ana)).await;
    assert_eq!(kind(add().await), Kind::Invalid);
    let errors = rooms::members::add_many(service, &alice, &account, &other, &[joining(&ana)]).await.unwrap();
    assert_eq!(told(&errors), [(&*ana, Kind::Invalid)]);
    assert!(people::unsuspend(service, &alice, &account, &people).await.unwrap().is_empty());
    add().await.unwrap();
}

#[tokio::test]
async fn a_batch_answers_for_each() {
    let world = World::small(RoomLimits { members: Some(4), ..RoomLimits::default() }).await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let mut people = Vec::new();
    for at in 0..6 {
        people.push(world.someone(&account, &format!("p{at}@example.com")).await);
    }
    people.sort_unstable();
    let batch = async |members: &[&str]| {
        let items: Vec<_> = members.iter().map(|member| joining(member)).collect();
        rooms::members::add_many(service, &alice, &account, &room, &items).await
    };
    let [a, b, c, d, e, f] = &*people else { panic!("six people") };
    assert!(batch(&[]).await.unwrap().is_empty());
    assert!(batch(&[a]).await.unwrap().is_empty());
    let errors = batch(&[b, "nobody", a, b, c]).await.unwrap();
    let (none, there) = (Kind::NotFound, Kind::Conflict);
    assert_eq!(told(&errors), [("nobody", none), (&**a, there), (&**b, there)]);
    let errors = batch(&[f, e, d]).await.unwrap();
    assert_eq!(told(&errors), [(&**f, Kind::OverLimit), (&**e, Kind::OverLimit)], "there was one place left");
    assert_eq!(world.members(&account, &room).await.len(), 4);
    let roles = Joining { member: e.clone(), role: Some(MemberRole::Administrator) };
    rooms::members::remove(service, &alice, &account, &room, a).await.unwrap();
    assert!(rooms::members::add_many(service, &alice, &account, &room, &[roles]).await.unwrap().is_empty());
    let members = world.members(&account, &room).await;
    let administrators: Vec<_> =
        members.iter().filter(|one| one.membership.role == MemberRole::Administrator).collect();
    assert_eq!(administrators.iter().map(|one| &one.guest.id).collect::<Vec<_>>(), [e]);

    assert!(batch(&["nobody"; 50]).await.is_ok());
    assert_eq!(kind(batch(&["nobody"; 51]).await), Kind::Invalid);
    rooms::delete(service, &alice, &account, &room).await.unwrap();
    assert_eq!(kind(batch(&[f]).await), Kind::NotFound);
}

#[tokio::test]
async fn lists_go_on_where_they_ended() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let mut made = Vec::new();
    for at in 0..7 {
        made.push(world.room(&account, &format!("room {at}")).await);
    }
    let room = &made[0].id;
    let mut people = Vec::new();
    for at in 0..5 {
        let member = world.someone(&account, &format!("p{at}@example.com")).await;
        rooms::members::add(service, &alice, &account, room, &joining(&member)).await.unwrap();
        people.push(member);
    }
    people.sort_unstable();
    for limit in [1, 3, 7, 99] {
        let (mut seen, mut after): (Vec<Room>, Option<Key>) = (Vec::new(), None);
        loop {
            let (page, next) = rooms::list(service, &alice, &account, None, after.as_ref(), limit).await.unwrap();
            assert!(!page.is_empty() && page.len() <= limit as usize);
            seen.extend(page);
            let Some(next) = next else { break };
            after = Some(next);
        }
        assert_eq!(seen, made, "by {limit}");
        let (mut seen, mut after): (Vec<String>, Option<Key>) = (Vec::new(), None);
        loop {
            let (page, next) =
                rooms::members::list(service, &alice, &account, room, after.as_ref(), limit).await.unwrap();
            assert!(!page.is_empty());
            seen.extend(page.into_iter().map(|one| one.guest.id));
            let Some(next) = next else { break };
            after = Some(next);
        }
        assert_eq!(seen, people, "by {limit}");
    }
    // A room that goes while it is listed is gone on the next page.
    let (_, next) = rooms::members::list(service, &alice, &account, room, None, 2).await.unwrap();
    rooms::delete(service, &alice, &account, room).await.unwrap();
    let after = rooms::members::list(service, &alice, &account, room, next.as_ref(), 2).await;
    assert_eq!(kind(after), Kind::NotFound);
}

#[tokio::test]
async fn quotas_are_kept() {
    let limits = RoomLimits { rooms: Some(2), rooms_of_member: Some(1), ..RoomLimits::default() };
    let world = World::small(limits).await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let (one, other) = (world.room(&account, "one").await.id, world.room(&account, "other").await.id);
    assert_eq!(kind(rooms::create(service, &alice, &account, "third", None).await), Kind::OverLimit);
    let ana = world.someone(&account, "ana@example.com").await;
    let add = async |room| rooms::members::add(service, &alice, &account, room, &joining(&ana)).await;
    add(&one).await.unwrap();
    assert_eq!(kind(add(&other).await), Kind::OverLimit);
    // What is given back can be used again.
    rooms::delete(service, &alice, &account, &one).await.unwrap();
    add(&other).await.unwrap();
    rooms::create(service, &alice, &account, "third", None).await.unwrap();
}

#[tokio::test]
async fn the_last_administrator_stays_where_that_is_asked_for() {
    let world = World::small(RoomLimits { keeps_administrator: true, ..RoomLimits::default() }).await;
    let (service, alice) = (&world.service, alice());
    let account = world.enterprise(AccountType::EnterpriseLwa).await;
    let room = world.room(&account, "room").await.id;
    let ana = world.someone(&account, "ana@example.com").await;
    let boss = Joining { member: ana.clone(), role: Some(MemberRole::Administrator) };
    rooms::members::add(service, &alice, &account, &room, &boss).await.unwrap();
    assert_eq!(kind(rooms::members::remove(service, &alice, &account, &room, &ana).await), Kind::Invalid);
    let demoted = rooms::members::amend(service, &alice, &account, &room, &ana, Some(MemberRole::Member)).await;
    assert_eq!(kind(demoted), Kind::Invalid);
    // The room itself can go.
    rooms::delete(service, &alice, &account, &room).await.unwrap();
}
