//! Rooms, who is in them, and bots, one request after the other.

use std::collections::BTreeSet;

use salon_catalog::rooms::NewRoom;
use salon_core::{
    Kind, Permitted, ProjectId, Result, Timestamp, Viewer,
    account::{
        Account, AccountId, AccountType, Key, PersonId,
        actions::{AccountAction, BatchSuspendUser, BatchUnsuspendUser},
        operator::{self, Convert, Enroll},
    },
    bot::{
        self, Bot, BotId, Change, Endpoint, SecurityToken,
        actions::{ChangesBot, CreateBot, ListBots, PutEventsConfiguration, RegenerateSecurityToken, UpdateBot},
    },
    id::uuid_text,
    membership::{
        MemberRole, MemberStatus, Shared as _, ThingKind,
        model::{Model, Operation},
        rules::{Amendment, Invitation, Quotas},
    },
    room::{
        self, RequestToken, Room, RoomId, RoomLimits, RoomView,
        actions::{
            BatchCreateRoomMembership, CreateRoom, CreateRoomMembership, DeleteRoom, DeleteRoomMembership,
            ListRoomMemberships, ListRooms, UpdateRoom, UpdateRoomMembership,
        },
        members::{Joining, MemberType, RoomMembership, unknown},
    },
};

use crate::{
    lists::{administrator, viewer},
    support::{Database, EPOCH, Seeded, World, actor, admin, name},
};

pub(crate) const ARN: &str = "arn:aws:iam::111122223333:user/tester";

pub(crate) const QUOTAS: Quotas = Quotas { members: Some(1000), of_member: Some(1000) };

fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

impl World {
    /// An Enterprise account of project alpha.
    pub(crate) async fn enterprise(&self) -> AccountId {
        self.account(AccountType::EnterpriseLwa).await
    }

    pub(crate) fn new_room(&self, text: &str, token: Option<(&str, &str)>) -> NewRoom {
        NewRoom {
            id: RoomId::new(uuid_text(&*self.entropy)),
            name: room::name(text).unwrap(),
            created_by: ARN.to_owned(),
            request: token.map(|(caller, token)| (caller.to_owned(), RequestToken::parse(token).unwrap())),
            now: self.now(),
        }
    }

    pub(crate) async fn room(&self, account: &AccountId, text: &str) -> RoomId {
        let permitted = self.may::<CreateRoom>(account).await;
        self.catalog.create_room(&permitted, &self.new_room(text, None), Some(1500), &actor()).await.unwrap().id
    }

    pub(crate) async fn room_row(&self, account: &AccountId, room: &RoomId) -> Option<Room> {
        self.catalog.room(account, room).await.unwrap().unwrap().room
    }

    pub(crate) async fn try_room<A: AccountAction>(
        &self,
        account: &AccountId,
        id: &RoomId,
        keeps_administrator: bool,
    ) -> Result<Permitted<RoomView, A>> {
        let limits = RoomLimits { keeps_administrator, ..RoomLimits::default() };
        let found = self.catalog.room(account, id).await.unwrap().unwrap();
        room::permit(&self.policy, &limits, &admin(), found, id)
    }

    pub(crate) async fn may_room<A: AccountAction>(&self, account: &AccountId, id: &RoomId) -> Permitted<RoomView, A> {
        self.try_room(account, id, false).await.unwrap()
    }

    pub(crate) async fn join(&self, account: &AccountId, room: &RoomId, member: &str) -> Result<RoomMembership> {
        let room = self.may_room::<CreateRoomMembership>(account, room).await;
        let invitation = joining(member).invitation(ARN).unwrap();
        self.catalog.join_room(&room, &invitation, QUOTAS, self.now(), &actor()).await
    }

    pub(crate) async fn leave(&self, account: &AccountId, room: &RoomId, member: &str) -> Result<()> {
        let room = self.may_room::<DeleteRoomMembership>(account, room).await;
        self.catalog.revoke(&room, &name(member), self.now(), &actor()).await
    }

    pub(crate) async fn in_room(&self, account: &AccountId, room: &RoomId) -> Vec<RoomMembership> {
        let room = self.may_room::<ListRoomMemberships>(account, room).await;
        self.catalog.room_members(&room, None, 2000).await.unwrap()
    }

    pub(crate) async fn rooms_of(&self, account: &AccountId, member: Option<&str>) -> Vec<Room> {
        let permitted = self.may::<ListRooms>(account).await;
        let member = member.map(name);
        self.catalog.rooms(&permitted, member.as_ref(), None, 2000).await.unwrap()
    }

    pub(crate) async fn people(&self, account: &AccountId, count: usize) -> Vec<String> {
        let mut people = Vec::new();
        for at in 0..count {
            people.push(self.member_of(account, &format!("p{at}@example.com")).await.as_str().to_owned());
        }
        people
    }

    pub(crate) fn draft_bot(&self, account: &AccountId) -> Bot {
        let id = BotId::new(uuid_text(&*self.entropy));
        let token = SecurityToken::random(&*self.entropy);
        Bot::new(id, account.clone(), "myBot", "example.com", token, self.now()).unwrap()
    }

    pub(crate) async fn bot(&self, account: &AccountId) -> Bot {
        let bot = self.draft_bot(account);
        let permitted = self.may::<CreateBot>(account).await;
        self.catalog.create_bot(&permitted, &bot, Some(10), &actor()).await.unwrap();
        bot
    }

    async fn change_bot<A: ChangesBot>(&self, bot: &Bot, change: Change) -> Bot {
        let found = self.catalog.bot_within_reach(&bot.account_id, &bot.id, &administrator()).await.unwrap().unwrap();
        let permitted = bot::permit::<A>(&self.policy, &admin(), found, &bot.id).unwrap();
        self.catalog.change_bot(&permitted, &change, self.now(), &actor()).await.unwrap()
    }

    /// A bot that can be added to rooms.
    pub(crate) async fn configured_bot(&self, account: &AccountId) -> Bot {
        let bot = self.bot(account).await;
        self.change_bot::<PutEventsConfiguration>(&bot, Change::Endpoint(Some(endpoint()))).await
    }
}

fn endpoint() -> Endpoint {
    Endpoint::parse("https://bot.example.com/events").unwrap()
}

pub(crate) fn joining(member: &str) -> Joining {
    Joining { member: member.to_owned(), role: None }
}

/// An account, and what is in it, is read for its project and for administrators.
pub(crate) async fn t_a4_accounts_out_of_reach_are_not_read(world: World) {
    let account = world.enterprise().await;
    let owner = world.catalog.account(&account).await.unwrap().unwrap().project_id;
    let (room, bot) = (world.room(&account, "room").await, world.bot(&account).await);
    let person = world.member_of(&account, "ana@example.com").await;
    let nobody = Viewer { project: None, admin: false };
    for (viewer, reaches) in [
        (viewer(owner.as_str()), true),
        (administrator(), true),
        (Viewer { project: None, admin: true }, true),
        (viewer("beta"), false),
        (viewer(&owner.as_str().to_uppercase()), false),
        (viewer(&format!("{owner} ")), false),
        (viewer(""), false),
        (nobody, false),
    ] {
        let catalog = &world.catalog;
        let found = [
            catalog.account_within_reach(&account, &viewer).await.unwrap().is_some(),
            catalog
                .room_within_reach(&account, &room, &viewer)
                .await
                .unwrap()
                .is_some_and(|found| found.room.is_some()),
            catalog
                .bot_within_reach(&account, &bot.id, &viewer)
                .await
                .unwrap()
                .is_some_and(|found| found.bot.is_some()),
            catalog
                .person_within_reach(&account, &person, &viewer)
                .await
                .unwrap()
                .is_some_and(|found| found.person.is_some()),
        ];
        assert_eq!(found, [reaches; 4], "{viewer:?}");
    }
}

pub(crate) async fn what_is_written_of_a_room_is_read(world: World) {
    let account = world.enterprise().await;
    let catalog = &world.catalog;
    let permitted = world.may::<CreateRoom>(&account).await;
    let new = world.new_room("Zażółć 🎉 '%_", None);
    let made = catalog.create_room(&permitted, &new, None, &actor()).await.unwrap();
    assert_eq!(made.name, "Zażółć 🎉 '%_");
    assert_eq!((&*made.created_by, made.created_at, made.updated_at), (ARN, new.now, new.now));
    assert_eq!(world.room_row(&account, &made.id).await.as_ref(), Some(&made));
    for other in ["", "x", "x\0", &made.id.as_str().to_uppercase(), &format!("{} ", made.id)] {
        assert_eq!(world.room_row(&account, &RoomId::new(other)).await, None, "{other:?}");
    }
    // A room is found in its own account only, and an account that is not there has none.
    let other = world.enterprise().await;
    assert_eq!(world.room_row(&other, &made.id).await, None);
    for nowhere in ["nowhere", "a\0"] {
        assert!(catalog.room(&AccountId::new(nowhere), &made.id).await.unwrap().is_none());
    }

    let rename = world.may_room::<UpdateRoom>(&account, &made.id).await;
    let renamed = catalog.rename_room(&rename, "teamRoom", world.now(), &actor()).await.unwrap();
    assert_eq!((&*renamed.name, renamed.created_at), ("teamRoom", made.created_at));
    assert!(renamed.updated_at > made.updated_at);
    assert_eq!(world.room_row(&account, &made.id).await, Some(renamed));

    let delete = world.may_room::<DeleteRoom>(&account, &made.id).await;
    catalog.delete_room(&delete, world.now(), &actor()).await.unwrap();
    assert_eq!(world.room_row(&account, &made.id).await, None);
    assert_eq!(kind(catalog.delete_room(&delete, world.now(), &actor()).await), Kind::Stale);
    assert_eq!(kind(catalog.rename_room(&rename, "x", world.now(), &actor()).await), Kind::Stale);
    let topics: Vec<_> = catalog.events(0, 100).await.unwrap().into_iter().map(|event| event.topic).collect();
    assert_eq!(topics, ["account.create", "room.create", "account.create", "room.update", "room.delete"]);
}

pub(crate) async fn a_permission_on_a_room_ends_with_the_type_of_its_account(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "room").await;
    let ana = world.member_of(&account, "ana@example.com").await;
    let (rename, invite) = (
        world.may_room::<UpdateRoom>(&account, &room).await,
        world.may_room::<CreateRoomMembership>(&account, &room).await,
    );
    let create = world.may::<CreateRoom>(&account).await;
    let before = operator::permit::<Convert>(world.catalog.account(&account).await.unwrap().unwrap());
    let after = operator::convert(&before, AccountType::EnterpriseOidc).unwrap();
    world.catalog.convert_account(&before, &after, world.now(), &actor()).await.unwrap();
    let catalog = &world.catalog;
    assert_eq!(kind(catalog.rename_room(&rename, "x", world.now(), &actor()).await), Kind::Stale);
    let invitation = joining(ana.as_str()).invitation(ARN).unwrap();
    let refused = catalog.join_room(&invite, &invitation, QUOTAS, world.now(), &actor()).await;
    assert_eq!(kind(refused), Kind::Stale);
    let new = world.new_room("x", None);
    assert_eq!(kind(catalog.create_room(&create, &new, None, &actor()).await), Kind::Stale);
}

pub(crate) async fn a_request_for_a_room_is_answered_once(world: World) {
    let account = world.enterprise().await;
    let ask = async |text: &str, caller: &str, token: &str| {
        let permitted = world.may::<CreateRoom>(&account).await;
        let new = world.new_room(text, Some((caller, token)));
        world.catalog.create_room(&permitted, &new, Some(4), &actor()).await
    };
    let first = ask("chatRoom", "alice", "tok-1").await.unwrap();
    assert_eq!(ask("chatRoom", "alice", "tok-1").await.unwrap(), first);
    assert_eq!(kind(ask("other", "alice", "tok-1").await), Kind::Invalid);
    // Tokens are a caller's own, and compare byte by byte.
    assert_ne!(ask("chatRoom", "bob", "tok-1").await.unwrap().id, first.id);
    assert_ne!(ask("chatRoom", "alice", "TOK-1").await.unwrap().id, first.id);
    // A request that was answered gets its answer also where there is no place for another room.
    let last = ask("last", "alice", "tok-2").await.unwrap();
    assert_eq!(kind(ask("more", "alice", "tok-3").await), Kind::OverLimit);
    assert_eq!(ask("last", "alice", "tok-2").await.unwrap(), last);
    // The room as it is now.
    let rename = world.may_room::<UpdateRoom>(&account, &first.id).await;
    let renamed = world.catalog.rename_room(&rename, "teamRoom", world.now(), &actor()).await.unwrap();
    assert_eq!(ask("chatRoom", "alice", "tok-1").await.unwrap(), renamed);
    // The token goes with the room.
    let delete = world.may_room::<DeleteRoom>(&account, &first.id).await;
    world.catalog.delete_room(&delete, world.now(), &actor()).await.unwrap();
    let again = ask("another name", "alice", "tok-1").await.unwrap();
    assert_ne!(again.id, first.id);

    // It is remembered for a day, and not for ever.
    let other = world.enterprise().await;
    let at = async |after: i64| {
        let now = Timestamp(EPOCH + after);
        let new = NewRoom { now, ..world.new_room("room", Some(("alice", "tok-1"))) };
        let permitted = world.may::<CreateRoom>(&other).await;
        world.catalog.create_room(&permitted, &new, None, &actor()).await.unwrap().id
    };
    const DAY: i64 = 86_400_000_000;
    let first = at(0).await;
    assert_eq!(at(DAY - 1).await, first);
    assert_ne!(at(DAY).await, first);
}

pub(crate) async fn an_account_has_a_quota_of_rooms_and_bots(world: World) {
    let account = world.enterprise().await;
    let permitted = world.may::<CreateRoom>(&account).await;
    for at in 0..4 {
        let made = world.catalog.create_room(&permitted, &world.new_room("r", None), Some(3), &actor()).await;
        assert_eq!(made.map(drop).map_err(|error| error.kind()), if at < 3 { Ok(()) } else { Err(Kind::OverLimit) });
    }
    let create = world.may::<CreateBot>(&account).await;
    for at in 0..4 {
        let made = world.catalog.create_bot(&create, &world.draft_bot(&account), Some(3), &actor()).await;
        assert_eq!(made.map_err(|error| error.kind()), if at < 3 { Ok(()) } else { Err(Kind::OverLimit) });
    }
    // Another account is not concerned.
    world.room(&world.enterprise().await, "r").await;
}

pub(crate) async fn a_bot_is_read_as_written(world: World) {
    let account = world.enterprise().await;
    let bot = world.bot(&account).await;
    let read = async || world.catalog.bot_within_reach(&account, &bot.id, &administrator()).await.unwrap().unwrap().bot;
    assert_eq!(read().await.as_ref(), Some(&bot));
    assert!(
        world
            .catalog
            .bot_within_reach(&world.enterprise().await, &bot.id, &administrator())
            .await
            .unwrap()
            .unwrap()
            .bot
            .is_none()
    );
    assert!(
        world
            .catalog
            .bot_within_reach(&account, &BotId::new("b\0"), &administrator())
            .await
            .unwrap()
            .unwrap()
            .bot
            .is_none()
    );
    let off = world.change_bot::<UpdateBot>(&bot, Change::Disabled(true)).await;
    assert_eq!(off, Bot { disabled: true, updated_at: off.updated_at, ..bot.clone() });
    assert!(off.updated_at > bot.updated_at);
    assert_eq!(world.change_bot::<UpdateBot>(&bot, Change::Disabled(true)).await, off);
    let token = SecurityToken::random(&*world.entropy);
    let turned = world.change_bot::<RegenerateSecurityToken>(&bot, Change::Token(token.clone())).await;
    assert_eq!((turned.security_token, turned.disabled), (token, true));
    let heard = world.change_bot::<PutEventsConfiguration>(&bot, Change::Endpoint(Some(endpoint()))).await;
    assert_eq!(heard.endpoint, Some(endpoint()));
    assert_eq!(read().await, Some(heard));
    // No secret is told.
    for event in world.catalog.events(0, 100).await.unwrap() {
        assert!(!event.payload.contains(bot.security_token.reveal()), "{}", event.payload);
        assert!(!event.payload.contains("bot.example.com"), "{}", event.payload);
    }

    let mut ids = vec![bot.id.clone()];
    for _ in 0..6 {
        ids.push(world.bot(&account).await.id);
    }
    let list = world.may::<ListBots>(&account).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.catalog.bots(&list, after.as_ref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Key { at: last.created_at, id: last.id.as_str().to_owned() });
        seen.extend(page.into_iter().map(|bot| bot.id));
    }
    assert_eq!(seen, ids);
}

pub(crate) async fn people_and_bots_are_members_at_once(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "room").await;
    let ana = world.member_of(&account, "ana@example.com").await;
    let made = world.join(&account, &room, ana.as_str()).await.unwrap();
    assert_eq!((made.membership.role, made.membership.status), (MemberRole::Member, MemberStatus::Accepted));
    assert_eq!(made.membership.invited_by.as_deref(), Some(ARN));
    assert_eq!((made.guest.member_type, &*made.guest.email), (MemberType::User, "ana@example.com"));
    assert_eq!(made.guest.account_id, account);
    assert_eq!(world.in_room(&account, &room).await, std::slice::from_ref(&made));

    let bot = world.configured_bot(&account).await;
    let as_bot = world.join(&account, &room, bot.id.as_str()).await.unwrap();
    assert_eq!((as_bot.guest.member_type, &*as_bot.guest.email), (MemberType::Bot, "myBot-chimebot@example.com"));
    assert_eq!(as_bot.guest.full_name, "myBot (Bot)");

    // The role of a person can be changed, a bot's cannot.
    let amend = async |member: &str, role| {
        let room = world.may_room::<UpdateRoomMembership>(&account, &room).await;
        let amendment = Amendment { role: Some(role), can_share: None };
        world.catalog.amend_in_room(&room, &name(member), amendment, world.now(), &actor()).await
    };
    let promoted = amend(ana.as_str(), MemberRole::Administrator).await.unwrap();
    assert_eq!(promoted.membership.role, MemberRole::Administrator);
    assert_eq!(promoted.membership.invited_by, made.membership.invited_by);
    assert!(promoted.membership.updated_at > made.membership.updated_at);
    assert_eq!(kind(amend(bot.id.as_str(), MemberRole::Administrator).await), Kind::Invalid);
    for nobody in ["nobody", "b\u{e9}b\u{e9}"] {
        assert_eq!(kind(amend(nobody, MemberRole::Member).await), Kind::NotFound);
        assert_eq!(kind(world.leave(&account, &room, nobody).await), Kind::NotFound);
    }

    let mut expected = vec![promoted, as_bot];
    expected.sort_by(|one, other| one.membership.member.cmp(&other.membership.member));
    assert_eq!(world.in_room(&account, &room).await, expected);
    world.leave(&account, &room, ana.as_str()).await.unwrap();
    assert_eq!(kind(world.leave(&account, &room, ana.as_str()).await), Kind::NotFound);
    assert_eq!(world.in_room(&account, &room).await.len(), 1);

    // What is told is about a room, and names nobody.
    let events = world.catalog.events(0, 1000).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.topic.starts_with("room.member.")).collect();
    let topics: Vec<_> = told.iter().map(|event| &*event.topic).collect();
    assert_eq!(topics, ["room.member.create", "room.member.create", "room.member.update", "room.member.delete"]);
    for event in told {
        assert!(event.payload.contains(&format!("\"room_id\":\"{room}\"")), "{}", event.payload);
        assert!(!event.payload.contains("image_id") && !event.payload.contains('@'), "{}", event.payload);
    }
    let history = world.catalog.member_history(ThingKind::Room, room.as_str(), 0, 100).await.unwrap();
    let changes: Vec<_> = history.iter().map(|entry| &*entry.change).collect();
    assert_eq!(changes, ["invite", "invite", "amend", "revoke"]);
}

pub(crate) async fn who_cannot_be_added_to_a_room(world: World) {
    let account = world.enterprise().await;
    let other = world.enterprise().await;
    let room = world.room(&account, "room").await;
    let join = async |member: &str| world.join(&account, &room, member).await;
    // Nobody, somebody of another account, a bot of another account: in the same words.
    let foreign = [
        "nobody".to_owned(),
        world.member_of(&other, "bob@example.com").await.as_str().to_owned(),
        world.configured_bot(&other).await.id.as_str().to_owned(),
        room.as_str().to_owned(),
    ];
    for member in foreign {
        let error = join(&member).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::NotFound, unknown().message()));
    }
    // Suspended people, and those who are let in again.
    let ana = world.member_of(&account, "ana@example.com").await;
    let suspend = async |again: bool| {
        let people = std::slice::from_ref(&ana);
        let outcomes = if again {
            let permitted = world.may::<BatchUnsuspendUser>(&account).await;
            world.catalog.unsuspend_people(&permitted, people, world.now(), &actor()).await.unwrap()
        } else {
            let permitted = world.may::<BatchSuspendUser>(&account).await;
            world.catalog.suspend_people(&permitted, people, world.now(), &actor()).await.unwrap()
        };
        assert!(outcomes.iter().all(Result::is_ok));
    };
    suspend(false).await;
    assert_eq!(kind(join(ana.as_str()).await), Kind::Invalid);
    suspend(true).await;
    join(ana.as_str()).await.unwrap();
    // Suspended members stay, so that letting them in again restores everything.
    suspend(false).await;
    assert_eq!(world.in_room(&account, &room).await.len(), 1);
    assert_eq!(kind(join(ana.as_str()).await), Kind::Conflict);
    // Bots: enabled, and with a place for their events.
    let bot = world.bot(&account).await;
    assert_eq!(kind(join(bot.id.as_str()).await), Kind::Invalid);
    world.change_bot::<PutEventsConfiguration>(&bot, Change::Endpoint(Some(endpoint()))).await;
    world.change_bot::<UpdateBot>(&bot, Change::Disabled(true)).await;
    assert_eq!(kind(join(bot.id.as_str()).await), Kind::Invalid);
    world.change_bot::<UpdateBot>(&bot, Change::Disabled(false)).await;
    join(bot.id.as_str()).await.unwrap();
    // A disabled bot can be removed.
    world.change_bot::<UpdateBot>(&bot, Change::Disabled(true)).await;
    world.leave(&account, &room, bot.id.as_str()).await.unwrap();
}

pub(crate) async fn a_room_keeps_its_last_administrator_where_asked(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "room").await;
    let people = world.people(&account, 2).await;
    for member in &people {
        world.join(&account, &room, member).await.unwrap();
    }
    let amend = async |member: &str, role| {
        let room = world.try_room::<UpdateRoomMembership>(&account, &room, true).await.unwrap();
        let amendment = Amendment { role: Some(role), can_share: None };
        world.catalog.amend_in_room(&room, &name(member), amendment, world.now(), &actor()).await.map(drop)
    };
    let remove = async |member: &str, keeps| {
        let room = world.try_room::<DeleteRoomMembership>(&account, &room, keeps).await.unwrap();
        world.catalog.revoke(&room, &name(member), world.now(), &actor()).await
    };
    amend(&people[0], MemberRole::Administrator).await.unwrap();
    assert_eq!(kind(remove(&people[0], true).await), Kind::Invalid);
    assert_eq!(kind(amend(&people[0], MemberRole::Member).await), Kind::Invalid);
    amend(&people[0], MemberRole::Administrator).await.unwrap();
    amend(&people[1], MemberRole::Administrator).await.unwrap();
    amend(&people[0], MemberRole::Member).await.unwrap();
    remove(&people[0], true).await.unwrap();
    assert_eq!(kind(remove(&people[1], true).await), Kind::Invalid);
    // Where it is not asked for, the room can be emptied.
    remove(&people[1], false).await.unwrap();
    assert!(world.in_room(&account, &room).await.is_empty());
}

pub(crate) async fn a_batch_tells_what_is_wrong_with_each(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "room").await;
    let people = world.people(&account, 6).await;
    world.join(&account, &room, &people[0]).await.unwrap();
    let suspend = world.may::<BatchSuspendUser>(&account).await;
    let suspended = PersonId::new(people[1].clone());
    world.catalog.suspend_people(&suspend, &[suspended], world.now(), &actor()).await.unwrap();
    let permitted = world.may_room::<BatchCreateRoomMembership>(&account, &room).await;
    let batch = async |members: &[&str], quotas| -> Vec<Result<MemberRole, Kind>> {
        let items: Vec<_> = members.iter().map(|member| joining(member)).collect();
        let answers =
            world.catalog.join_room_together(&permitted, &items, ARN, quotas, world.now(), &actor()).await.unwrap();
        answers.into_iter().map(|one| one.map(|one| one.membership.role).map_err(|error| error.kind())).collect()
    };
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    let quotas = Quotas { members: Some(3), of_member: None };
    let asked = [ids[2], "nobody", ids[0], ids[1], ids[2], "", "a\0", ids[3]];
    let ok = Ok(MemberRole::Member);
    let (none, there) = (Err(Kind::NotFound), Err(Kind::Conflict));
    assert_eq!(batch(&asked, quotas).await, [ok, none, there, Err(Kind::Invalid), there, none, none, ok]);
    // Full, and what was added before stays.
    assert_eq!(batch(&[ids[4], ids[2], "x"], quotas).await, [Err(Kind::OverLimit), there, none]);
    assert_eq!(world.in_room(&account, &room).await.len(), 3);
    assert_eq!(batch(&[], quotas).await, []);
    // Whoever is in too many rooms stays out, and the others get in.
    let quotas = Quotas { members: None, of_member: Some(1) };
    let elsewhere = world.room(&account, "elsewhere").await;
    world.join(&account, &elsewhere, ids[4]).await.unwrap();
    assert_eq!(batch(&[ids[4], ids[5]], quotas).await, [Err(Kind::OverLimit), ok]);
    // Roles are given as asked for.
    let joining = Joining { member: ids[4].to_owned(), role: Some(MemberRole::Administrator) };
    let answers =
        world.catalog.join_room_together(&permitted, &[joining], ARN, QUOTAS, world.now(), &actor()).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().membership.role, MemberRole::Administrator);
}

pub(crate) async fn lists_of_rooms_and_members_are_paged(world: World) {
    let account = world.enterprise().await;
    let people = world.people(&account, 7).await;
    let permitted = world.may::<CreateRoom>(&account).await;
    let mut rooms = Vec::new();
    for at in 0..9_i64 {
        // Three of an instant: ids decide then.
        let new = NewRoom { now: Timestamp(EPOCH + at / 3), ..world.new_room("room", None) };
        rooms.push(world.catalog.create_room(&permitted, &new, None, &actor()).await.unwrap());
    }
    rooms.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    for room in rooms.iter().rev().skip(1) {
        world.join(&account, &room.id, &people[0]).await.unwrap();
    }
    world.room(&world.enterprise().await, "of another account").await;
    for (member, expected) in [(None, &rooms[..]), (Some(&people[0]), &rooms[..8]), (Some(&people[1]), &[][..])] {
        let member = member.map(|member| name(member));
        for limit in [1, 2, 4, 20] {
            let list = world.may::<ListRooms>(&account).await;
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = world.catalog.rooms(&list, member.as_ref(), after.as_ref(), limit).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(Key { at: last.created_at, id: last.id.as_str().to_owned() });
                seen.extend(page);
            }
            assert_eq!(seen, expected, "{member:?} by {limit}");
        }
        // Where a page begins need not be a room.
        let list = world.may::<ListRooms>(&account).await;
        let odd = Key { at: Timestamp(EPOCH), id: "~\0".to_owned() };
        assert_eq!(world.catalog.rooms(&list, member.as_ref(), Some(&odd), 20).await.unwrap(), []);
    }

    let room = &rooms[8].id;
    let mut ids: Vec<_> = people.clone();
    ids.push(world.configured_bot(&account).await.id.as_str().to_owned());
    for member in &ids {
        world.join(&account, room, member).await.unwrap();
    }
    ids.sort_unstable();
    let list = world.may_room::<ListRoomMemberships>(&account, room).await;
    for limit in [1, 3, 20] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.catalog.room_members(&list, after.as_deref(), limit).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.membership.member.clone());
            seen.extend(page.into_iter().map(|one| one.guest.id));
        }
        assert_eq!(seen, ids, "by {limit}");
    }
}

pub(crate) async fn a_deleted_room_leaves_nothing(world: World) {
    let account = world.enterprise().await;
    let (room, other) = (world.room(&account, "goes").await, world.room(&account, "stays").await);
    let mut members = world.people(&account, 20).await;
    members.push(world.configured_bot(&account).await.id.as_str().to_owned());
    for member in &members {
        world.join(&account, &room, member).await.unwrap();
        world.join(&account, &other, member).await.unwrap();
    }
    let invite = world.may_room::<CreateRoomMembership>(&account, &room).await;
    let delete = world.may_room::<DeleteRoom>(&account, &room).await;
    world.catalog.delete_room(&delete, world.now(), &actor()).await.unwrap();
    for member in &members {
        let things = world.catalog.things_of_member(ThingKind::Room, &name(member), None, 10).await.unwrap();
        assert_eq!(things.iter().map(|one| &*one.thing.id).collect::<Vec<_>>(), [other.as_str()]);
        assert_eq!(world.rooms_of(&account, Some(member)).await.len(), 1);
    }
    let history = world.catalog.member_history(ThingKind::Room, room.as_str(), 0, 100).await.unwrap();
    assert_eq!(history.iter().filter(|entry| entry.change == "revoke").count(), members.len());
    let invitation = joining(&members[0]).invitation(ARN).unwrap();
    let refused = world.catalog.invite(&invite, &invitation, QUOTAS, world.now(), &actor()).await;
    assert_eq!(kind(refused), Kind::Stale);
    assert_eq!(world.in_room(&account, &other).await.len(), members.len());
}

/// Random operations on a few rooms, one after the other, beside the naive model.
pub(crate) async fn random_operations_on_rooms_agree_with_the_model(world: World) {
    let account = world.enterprise().await;
    let random = Seeded::new(20_260_221);
    let people = world.people(&account, 6).await;
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(world.room(&account, "room").await);
    }
    let quotas = Quotas { members: Some(4), of_member: Some(3) };
    let mut model = Model::default();
    for step in 0..500 {
        let at = random.below(4) as usize;
        let thing = world.may_room::<ListRoomMemberships>(&account, &rooms[at]).await.thing();
        let member = people[random.below(6) as usize].clone();
        let now = world.now();
        let role = if random.below(2) == 0 { MemberRole::Member } else { MemberRole::Administrator };
        let choice = random.below(24);
        if choice == 0 {
            // The room goes, and another takes its place.
            let delete = world.may_room::<DeleteRoom>(&account, &rooms[at]).await;
            world.catalog.delete_room(&delete, now, &actor()).await.unwrap();
            model.forget(&thing);
            rooms[at] = world.room(&account, "another").await;
            continue;
        }
        if choice <= 3 {
            let items: Vec<_> = (0..3).map(|_| joining(&people[random.below(6) as usize])).collect();
            let permitted = world.may_room::<BatchCreateRoomMembership>(&account, &rooms[at]).await;
            let answers =
                world.catalog.join_room_together(&permitted, &items, ARN, quotas, now, &actor()).await.unwrap();
            // They are added in the order of their ids.
            let mut order: Vec<_> = items.iter().zip(answers).collect();
            order.sort_by(|(one, _), (other, _)| one.member.cmp(&other.member));
            for (item, answer) in order {
                let expected = model.run(&thing, &Operation::Invite(item.invitation(ARN).unwrap()), quotas, now);
                assert_eq!(answer.map(drop).map_err(|error| error.kind()), expected, "step {step}: {item:?}");
            }
            continue;
        }
        let operation = match choice {
            4..=12 => Operation::Invite(Invitation::immediate(name(&member), role, ARN.to_owned())),
            13..=17 => Operation::Amend(member.clone(), Amendment { role: Some(role), can_share: None }),
            _ => Operation::Revoke(member.clone()),
        };
        let expected = model.run(&thing, &operation, quotas, now);
        let outcome = perform(&world, &account, &rooms[at], &operation, quotas, now).await;
        assert_eq!(outcome, expected, "step {step}: {operation:?}");
        let rows: Vec<_> = model.members(&thing).into_iter().cloned().collect();
        let seen: Vec<_> = world.in_room(&account, &rooms[at]).await.into_iter().map(|one| one.membership).collect();
        assert_eq!(seen, rows, "step {step}: {operation:?}");
    }
    for member in &people {
        let seen: BTreeSet<_> =
            world.rooms_of(&account, Some(member)).await.into_iter().map(|room| room.id.as_str().to_owned()).collect();
        let expected: BTreeSet<_> = model.things_of(member).into_iter().map(|row| row.thing.id.clone()).collect();
        assert_eq!(seen, expected);
    }
}

async fn perform(
    world: &World,
    account: &AccountId,
    room: &RoomId,
    operation: &Operation,
    quotas: Quotas,
    now: Timestamp,
) -> Result<(), Kind> {
    let catalog = &world.catalog;
    match operation {
        Operation::Invite(invitation) => {
            let room = world.may_room::<CreateRoomMembership>(account, room).await;
            catalog.invite(&room, invitation, quotas, now, &actor()).await.map(drop)
        }
        Operation::Amend(member, amendment) => {
            let room = world.may_room::<UpdateRoomMembership>(account, room).await;
            catalog.amend(&room, &name(member), *amendment, now, &actor()).await.map(drop)
        }
        Operation::Revoke(member) => {
            let room = world.may_room::<DeleteRoomMembership>(account, room).await;
            catalog.revoke(&room, &name(member), now, &actor()).await
        }
        Operation::Respond(..) | Operation::Replace(_) => panic!("nobody does this to a room"),
    }
    .map_err(|error| error.kind())
}

/// Rooms of one account, each with a person of its own in it, one room that everybody is in, and one member that is in every
/// hundredth room; written past the catalog.
async fn fill(world: &World, account: &AccountId, from: u32, to: u32) {
    for from in (from..to).step_by(1000) {
        let numbers = || from..to.min(from + 1000);
        let join = |rows: Vec<String>| rows.join(", ");
        let at = |n: u32| EPOCH + i64::from(n);
        let rooms =
            numbers().map(|n| format!("('r{n:08}', '{account}', 'room', 'arn', {0}, {0})", at(n))).collect::<Vec<_>>();
        let people = numbers()
            .map(|n| {
                format!(
                    "('p{n:08}', '{account}', 'alpha', 'p{n}@example.com', 'p{n}@example.com', 'P', 'Pro', 'PrivateUser', \
                     'Registered', 0, 1, 1, 1, {0}, {0})",
                    at(n)
                )
            })
            .collect::<Vec<_>>();
        let seat = |room: &str, member: &str, n: u32| {
            format!("('room', '{room}', '{member}', 'accepted', 'member', 0, {0}, {0}, {0})", at(n))
        };
        let seats = numbers()
            .flat_map(|n| {
                let (room, person) = (format!("r{n:08}"), format!("p{n:08}"));
                let everywhere = (n % 100 == 0).then(|| seat(&room, "everywhere", n));
                [seat(&room, &person, n), seat("full", &person, n)].into_iter().chain(everywhere)
            })
            .collect::<Vec<_>>();
        let script = format!(
            "INSERT INTO rooms (id, account_id, name, created_by, created_at, updated_at) VALUES {}; \
             INSERT INTO people (id, account_id, project_id, email, email_key, display_name, license, user_type, \
             registration, alexa_enabled, inbound_calling, outbound_calling, sms, created_at, updated_at) VALUES {}; \
             INSERT INTO memberships (kind, thing_id, member, status, role, can_share, created_at, updated_at, \
             thing_created_at) VALUES {}",
            join(rooms),
            join(people),
            join(seats)
        );
        world.raw(&script).await;
    }
    if world.database == Database::Postgres {
        world.raw("ANALYZE").await;
    }
}

/// With a hundred times as many rows, and in the middle of a list as at its beginning, a page costs what it cost.
pub(crate) async fn pages_of_rooms_cost_the_same_at_any_depth(world: World) {
    let account = AccountId::new("acc");
    let row = Account::new(account.clone(), ProjectId::new("alpha"), "Big", AccountType::EnterpriseLwa, world.now());
    world.catalog.enroll_account(&operator::permit::<Enroll>(row.unwrap()), &actor()).await.unwrap();
    let permitted = world.may::<CreateRoom>(&account).await;
    let full = NewRoom { id: RoomId::new("full"), ..world.new_room("full", None) };
    world.catalog.create_room(&permitted, &full, None, &actor()).await.unwrap();
    let (list, members) =
        (world.may::<ListRooms>(&account).await, world.may_room::<ListRoomMemberships>(&account, &full.id).await);
    let middle = Key { at: Timestamp(EPOCH + 50_000), id: String::new() };
    let everywhere = name("everywhere");
    let steps = async |deep: bool| {
        let after = deep.then_some(&middle);
        let member = deep.then_some("p00050000");
        [
            world.catalog.rooms_steps(&list, None, after, 100).await.unwrap(),
            world.catalog.rooms_steps(&list, Some(&everywhere), after, 100).await.unwrap(),
            world.catalog.room_members_steps(&members, member, 100).await.unwrap(),
        ]
    };
    fill(&world, &account, 1, 1_000).await;
    let small = steps(false).await;
    fill(&world, &account, 1_000, 100_000).await;
    for deep in [false, true] {
        let now = steps(deep).await;
        let most = small.map(|small| small * 2 + 2_000);
        let good = now.iter().zip(most).all(|(now, most)| *now <= most);
        assert!(good, "deep: {deep}; {small:?} with 1 000 rows, {now:?} with 100 000");
    }
}
