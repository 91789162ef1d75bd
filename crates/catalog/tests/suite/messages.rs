//! Messages and webhooks, what bots are told, and what is forgotten.

use std::time::Duration;

use salon_catalog::{messages::REMOVE_MESSAGES, webhooks::FoundUrl};
use salon_core::{
    Kind, Permitted, Result, Timestamp,
    account::{AccountId, RetentionChange, actions::PutRetentionSettings},
    bot::Bot,
    id::uuid_text,
    message::{
        Content, Message, Webhook,
        actions::{
            CreateWebhook, DeleteWebhook, ListRoomMessages, ListWebhooks, Post, RedactRoomMessage, RegenerateWebhook,
        },
        event::{BOT_EVENT, Notice, What},
        posting::{BotToken, Poster, TokenHash, permit_bot, permit_webhook},
        retention::GRACE_DAYS,
        webhook::PER_ROOM,
    },
    room::{RoomId, actions::DeleteRoom},
};

use crate::{
    rooms::ARN,
    support::{World, actor},
};

const DAY: i64 = 86_400_000_000;
const LEASE: Duration = Duration::from_secs(30);

fn text(text: &str) -> Content {
    Content::parse(text).unwrap()
}

fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

/// A webhook with what its URL hashes to.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) id: String,
    hash: TokenHash,
}

impl World {
    fn draft_hook(&self, room: &RoomId) -> (Webhook, TokenHash) {
        let now = self.now();
        let webhook = Webhook {
            id: uuid_text(&*self.entropy),
            room_id: room.as_str().to_owned(),
            name: "build".to_owned(),
            created_by: ARN.to_owned(),
            created_at: now,
            updated_at: now,
        };
        (webhook, TokenHash::new(uuid_text(&*self.entropy)))
    }

    pub(crate) async fn hook(&self, account: &AccountId, room: &RoomId) -> Hook {
        let (webhook, hash) = self.draft_hook(room);
        let permitted = self.may_room::<CreateWebhook>(account, room).await;
        self.catalog.create_webhook(&permitted, &webhook, &hash, &actor()).await.unwrap();
        Hook { id: webhook.id, hash }
    }

    async fn may_post(&self, hook: &Hook) -> Permitted<Poster, Post> {
        match self.catalog.webhook_url(&hook.id, &hook.hash).await.unwrap() {
            FoundUrl::Webhook(seat) => permit_webhook(seat, &hook.hash).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn post_at(&self, hook: &Hook, content: &str, now: Timestamp) -> Result<Message> {
        let id = uuid_text(&*self.entropy);
        self.catalog.post_message(&self.may_post(hook).await, &text(content), &id, now).await
    }

    pub(crate) async fn post(&self, hook: &Hook, content: &str) -> Message {
        self.post_at(hook, content, self.now()).await.unwrap()
    }

    async fn log(&self, account: &AccountId, room: &RoomId) -> Vec<Message> {
        let permitted = self.may_room::<ListRoomMessages>(account, room).await;
        self.catalog.messages(&permitted, Timestamp(i64::MIN), None, 1000).await.unwrap()
    }

    /// What bots are to be told and nobody has told them.
    async fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        while let Some(job) = self.catalog.claim_job(BOT_EVENT, self.now(), LEASE).await.unwrap() {
            notices.push(Notice::from_json(&job.payload).unwrap());
            assert!(self.catalog.complete_job(&job.id, job.fence).await.unwrap());
        }
        notices
    }

    async fn redact(&self, account: &AccountId, room: &RoomId, id: &str) -> bool {
        let permitted = self.may_room::<RedactRoomMessage>(account, room).await;
        self.catalog.redact_message(&permitted, id, self.now(), &actor()).await.unwrap()
    }

    async fn bot_in(&self, account: &AccountId, room: &RoomId) -> Bot {
        let bot = self.configured_bot(account).await;
        self.join(account, room, bot.id.as_str()).await.unwrap();
        bot
    }

    pub(crate) async fn delete_room(&self, account: &AccountId, room: &RoomId) {
        let permitted = self.may_room::<DeleteRoom>(account, room).await;
        self.catalog.delete_room(&permitted, self.now(), &actor()).await.unwrap();
    }
}

pub(crate) async fn a_message_is_read_as_posted(world: World) {
    let account = world.enterprise().await;
    let (room, other) = (world.room(&account, "one").await, world.room(&account, "two").await);
    let hook = world.hook(&account, &room).await;
    let odd = "Zażółć 🎉\n/md *x* ' \" \\ % _ \u{1}";
    let first = world.post(&hook, odd).await;
    let second = world.post(&hook, "second").await;
    assert_eq!((first.sender.name.as_str(), first.content.as_str()), ("build (Webhook)", odd));
    assert!(first.seq < second.seq);
    assert_eq!(world.log(&account, &room).await, [second.clone(), first.clone()]);
    assert_eq!(world.log(&account, &other).await, []);
    // Pages, and the end of the time that messages are seen.
    let permitted = world.may_room::<ListRoomMessages>(&account, &room).await;
    let page = |seen_from, before, limit| world.catalog.messages(&permitted, seen_from, before, limit);
    assert_eq!(page(Timestamp(0), None, 1).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(page(Timestamp(0), Some(second.seq), 9).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(page(second.created_at, None, 9).await.unwrap(), std::slice::from_ref(&second));
    // The outbox is told, but never of the text.
    let events = world.catalog.events(0, 1000).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.topic == "room.message.create").collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|event| event.thing_id == room.as_str() && !event.payload.contains("second")));
}

pub(crate) async fn a_url_is_good_until_it_ends(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "one").await;
    let hook = world.hook(&account, &room).await;
    let wrong = TokenHash::new("0".repeat(64));
    let find = |id: String, hash: TokenHash| {
        let catalog = world.catalog.clone();
        async move { catalog.webhook_url(&id, &hash).await.unwrap() }
    };
    let FoundUrl::Webhook(seat) = find(hook.id.clone(), wrong.clone()).await else { panic!("it is there") };
    assert_eq!(kind(permit_webhook(seat, &wrong)), Kind::Forbidden);
    assert_eq!(find("nobody".to_owned(), hook.hash.clone()).await, FoundUrl::Nothing);
    let before = world.may_post(&hook).await;
    // Regenerated: a permission from before is stale, and the URL is gone.
    let fresh = Hook { hash: TokenHash::new(uuid_text(&*world.entropy)), ..hook.clone() };
    let permitted = world.may_room::<RegenerateWebhook>(&account, &room).await;
    let regenerate = |hook: &Hook| {
        let (catalog, hook, now) = (world.catalog.clone(), hook.clone(), world.now());
        let permitted = &permitted;
        async move { catalog.regenerate_webhook(permitted, &hook.id, &hook.hash, now, &actor()).await }
    };
    let changed = regenerate(&fresh).await.unwrap();
    assert!(changed.updated_at > changed.created_at);
    let late = world.catalog.post_message(&before, &text("late"), "m", world.now()).await;
    assert_eq!(kind(late), Kind::Stale);
    assert_eq!(find(hook.id.clone(), hook.hash.clone()).await, FoundUrl::Gone);
    world.post(&fresh, "by the new one").await;
    // However often: the last few are remembered, and the live one is never among them.
    let mut last = fresh.clone();
    for _ in 0..12 {
        last = Hook { hash: TokenHash::new(uuid_text(&*world.entropy)), ..last };
        regenerate(&last).await.unwrap();
    }
    world.post(&last, "still").await;
    assert!(matches!(find(hook.id.clone(), hook.hash.clone()).await, FoundUrl::Webhook(_)), "forgotten: just wrong");
    let nobody = Hook { id: "nobody".to_owned(), ..last.clone() };
    assert_eq!(kind(regenerate(&nobody).await), Kind::NotFound);
    // Deleted, in its own room only.
    let elsewhere = world.room(&account, "two").await;
    let other = world.may_room::<DeleteWebhook>(&account, &elsewhere).await;
    assert_eq!(kind(world.catalog.delete_webhook(&other, &last.id, world.now(), &actor()).await), Kind::NotFound);
    let own = world.may_room::<DeleteWebhook>(&account, &room).await;
    world.catalog.delete_webhook(&own, &last.id, world.now(), &actor()).await.unwrap();
    assert_eq!(find(last.id.clone(), last.hash.clone()).await, FoundUrl::Gone);
    assert_eq!(kind(world.catalog.delete_webhook(&own, &last.id, world.now(), &actor()).await), Kind::NotFound);
    assert_eq!(world.log(&account, &room).await.len(), 2, "its messages stay");
    let bound = world.now();
    assert_eq!(world.catalog.trim_webhook_urls(bound, 4).await.unwrap(), 4);
    assert!(world.catalog.trim_webhook_urls(bound, 100).await.unwrap() > 0);
    assert_eq!(world.catalog.trim_webhook_urls(bound, 100).await.unwrap(), 0);
    assert_eq!(find(last.id.clone(), last.hash).await, FoundUrl::Nothing);
}

/// Many at once: ten webhooks in a room, and one message per second of a webhook.
pub(crate) async fn limits_of_webhooks_hold_at_once(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "one").await;
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let (world, account, room) = (world.clone(), account.clone(), room.clone());
        tasks.push(tokio::spawn(async move {
            let (webhook, hash) = world.draft_hook(&room);
            let permitted = world.may_room::<CreateWebhook>(&account, &room).await;
            match world.catalog.create_webhook(&permitted, &webhook, &hash, &actor()).await {
                Ok(()) => Some(Hook { id: webhook.id, hash }),
                Err(error) => {
                    assert_eq!(error.kind(), Kind::OverLimit);
                    None
                }
            }
        }));
    }
    let mut hooks = Vec::new();
    for task in tasks {
        hooks.extend(task.await.unwrap());
    }
    let permitted = world.may_room::<ListWebhooks>(&account, &room).await;
    let listed = world.catalog.webhooks(&permitted).await.unwrap();
    assert_eq!((hooks.len() as u64, listed.len() as u64), (PER_ROOM, PER_ROOM));
    assert!(listed.is_sorted_by_key(|webhook| (webhook.created_at, webhook.id.clone())));

    let now = world.now();
    let mut tasks = Vec::new();
    for at in 0..16 {
        let (world, hook) = (world.clone(), hooks[at % 2].clone());
        tasks.push(tokio::spawn(async move { world.post_at(&hook, "at once", now).await }));
    }
    let mut posted = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => posted += 1,
            Err(error) => {
                assert_eq!(error.kind(), Kind::Throttled);
                assert!(error.retry_after().is_some());
            }
        }
    }
    assert_eq!(posted, 2, "one of each webhook");
    let log = world.log(&account, &room).await;
    assert_eq!(log.len(), 2);
    assert_ne!(log[0].seq, log[1].seq);
    assert_eq!(kind(world.post_at(&hooks[0], "too soon", Timestamp(now.0 + 999_999)).await), Kind::Throttled);
    world.post_at(&hooks[0], "in time", Timestamp(now.0 + 1_000_000)).await.unwrap();
}

pub(crate) async fn everybody_is_called_in_small_rooms_only(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "one").await;
    let hook = world.hook(&account, &room).await;
    let people = world.people(&account, 51).await;
    for person in &people[..50] {
        world.join(&account, &room, person).await.unwrap();
    }
    world.post(&hook, "@All hello").await;
    world.join(&account, &room, &people[50]).await.unwrap();
    assert_eq!(kind(world.post_at(&hook, "@Present hello", world.now()).await), Kind::Invalid);
    world.post(&hook, "hello").await;
}

/// What happens to bots leaves a job in the same transaction, and a message a job for each bot it calls.
pub(crate) async fn bots_are_to_be_told(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "one").await;
    let hook = world.hook(&account, &room).await;
    let bot = world.bot_in(&account, &room).await;
    let person = world.people(&account, 1).await.remove(0);
    world.join(&account, &room, &person).await.unwrap();
    let notices = world.notices().await;
    assert_eq!(notices.len(), 1, "people are not told");
    assert_eq!((&notices[0].what, notices[0].bot_id.as_str()), (&What::Invite, bot.id.as_str()));
    assert_eq!(notices[0].sender, "tester@111122223333.invalid");
    // Called, and not.
    let message = world.post(&hook, "please, @myBot: run").await;
    world.post(&hook, "myBot, @myBotany").await;
    let notices = world.notices().await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].what, What::Mention(message.id.clone()));
    let told = world.catalog.told_bot(bot.id.as_str(), room.as_str()).await.unwrap().unwrap();
    assert_eq!(told.endpoint, bot.endpoint);
    let joined_at = told.joined_at.unwrap();
    // The bot posts, and bots are not called by bots.
    let token = BotToken { joined_at, until: None };
    let seat = world.catalog.bot_seat(room.as_str(), bot.id.as_str()).await.unwrap();
    let permitted = permit_bot(seat, &token, world.now()).unwrap();
    let answer = world.catalog.post_message(&permitted, &text("@myBot done"), "answer", world.now()).await.unwrap();
    assert_eq!(answer.sender.name, "myBot (Bot)");
    assert_eq!(world.notices().await, []);
    // Taken back before it was told.
    assert!(world.catalog.told_message(room.as_str(), &message.id).await.unwrap().is_some());
    assert!(world.redact(&account, &room, &message.id).await);
    assert!(world.catalog.told_message(room.as_str(), &message.id).await.unwrap().is_none());
    // Removed: told so, and what it was permitted is stale.
    world.leave(&account, &room, bot.id.as_str()).await.unwrap();
    let notices = world.notices().await;
    assert_eq!(notices.iter().map(|notice| &notice.what).collect::<Vec<_>>(), [&What::Remove]);
    let late = world.catalog.post_message(&permitted, &text("late"), "late", world.now()).await;
    assert_eq!(kind(late), Kind::Stale);
    assert!(world.catalog.bot_seat(room.as_str(), bot.id.as_str()).await.unwrap().is_none());
    assert_eq!(world.catalog.told_bot(bot.id.as_str(), room.as_str()).await.unwrap().unwrap().joined_at, None);
    // Added again, and the room goes.
    world.join(&account, &room, bot.id.as_str()).await.unwrap();
    world.delete_room(&account, &room).await;
    let what: Vec<What> = world.notices().await.into_iter().map(|notice| notice.what).collect();
    assert_eq!(what, [What::Invite, What::Remove]);
}

pub(crate) async fn a_redacted_message_is_empty_for_good(world: World) {
    let account = world.enterprise().await;
    let (room, other) = (world.room(&account, "one").await, world.room(&account, "two").await);
    let hook = world.hook(&account, &room).await;
    let message = world.post(&hook, "regretted").await;
    let kept = world.post(&hook, "kept").await;
    assert!(!world.redact(&account, &other, &message.id).await, "another room's");
    assert!(!world.redact(&account, &room, "nobody\0").await);
    assert_eq!(world.log(&account, &room).await[1], message);
    assert!(world.redact(&account, &room, &message.id).await);
    let log = world.log(&account, &room).await;
    assert_eq!(log[0], kept);
    assert_eq!((log[1].content.as_str(), log[1].redacted_at.is_some()), ("", true));
    assert!(world.redact(&account, &room, &message.id).await, "again");
    assert_eq!(world.log(&account, &room).await, log);
    assert!(!world.redact(&account, &room, "nobody").await);
}

pub(crate) async fn messages_are_destroyed_after_their_time(world: World) {
    let account = world.enterprise().await;
    let other = world.enterprise().await;
    let (room, theirs) = (world.room(&account, "one").await, world.room(&other, "two").await);
    let (hook, their_hook) = (world.hook(&account, &room).await, world.hook(&other, &theirs).await);
    let start = world.now();
    let after = |days: i64| Timestamp(start.0 + days * DAY);
    for day in 0..5 {
        world.post_at(&hook, "kept for a while", after(day)).await.unwrap();
        world.post_at(&their_hook, "kept for ever", after(day)).await.unwrap();
    }
    let destroy = |now, limit| world.catalog.destroy_messages(&account, now, limit);
    assert_eq!(world.catalog.accounts_with_retention(None, 9).await.unwrap(), []);
    assert_eq!(destroy(after(9999), 100).await.unwrap(), 0);
    // A policy of two days begins on the fifth day.
    let grace = i64::from(GRACE_DAYS);
    let permitted = world.may::<PutRetentionSettings>(&account).await;
    let retention = RetentionChange { room_days: Some(Some(2)), ..RetentionChange::default() };
    let changed = permitted.with_retention(retention, after(5)).unwrap();
    world.catalog.update_account(&permitted, &changed, after(5), &actor()).await.unwrap();
    assert_eq!(world.catalog.accounts_with_retention(None, 9).await.unwrap(), std::slice::from_ref(&account));
    assert_eq!(world.catalog.accounts_with_retention(Some(&account), 9).await.unwrap(), []);
    assert_eq!(destroy(Timestamp(after(5 + grace).0 - 1), 100).await.unwrap(), 0, "the days of grace");
    // What was posted before the third day is past its time and its grace now.
    assert_eq!(destroy(after(5 + grace), 2).await.unwrap(), 2);
    assert_eq!(destroy(after(5 + grace), 2).await.unwrap(), 1);
    assert_eq!(destroy(after(5 + grace), 2).await.unwrap(), 0);
    assert_eq!(world.log(&account, &room).await.len(), 2);
    assert_eq!(destroy(after(7 + grace), 100).await.unwrap(), 2);
    assert_eq!(world.log(&other, &theirs).await.len(), 5);
    // Numbers go on where they were.
    let next = world.post_at(&hook, "next", after(90)).await.unwrap();
    assert_eq!(next.seq, 6);
}

pub(crate) async fn a_deleted_room_takes_its_messages_along(world: World) {
    let account = world.enterprise().await;
    let (room, kept) = (world.room(&account, "one").await, world.room(&account, "two").await);
    let (hook, other) = (world.hook(&account, &room).await, world.hook(&account, &kept).await);
    world.post(&other, "kept").await;
    for _ in 0..510 {
        world.post(&hook, "gone").await;
    }
    assert_eq!(world.catalog.remove_messages(room.as_str(), 100).await.unwrap(), 0, "the room is there");
    let before = world.may_post(&hook).await;
    let may_read = world.may_room::<ListRoomMessages>(&account, &room).await;
    let may_list = world.may_room::<ListWebhooks>(&account, &room).await;
    world.delete_room(&account, &room).await;
    // A room that has just gone is not one in which nothing was said, or half of it, and that has no webhooks.
    let messages = world.catalog.messages(&may_read, Timestamp(0), None, 1000).await;
    assert_eq!(kind(messages), Kind::Stale);
    assert_eq!(kind(world.catalog.webhooks(&may_list).await), Kind::Stale);
    let late = world.catalog.post_message(&before, &text("late"), "late", world.now()).await;
    assert_eq!(kind(late), Kind::Stale);
    assert_eq!(world.catalog.webhook_url(&hook.id, &hook.hash).await.unwrap(), FoundUrl::Gone);
    let job = world.catalog.claim_job(REMOVE_MESSAGES, world.now(), LEASE).await.unwrap().unwrap();
    assert_eq!(job.payload, room.as_str());
    assert_eq!(world.catalog.remove_messages(&job.payload, 7).await.unwrap(), 7);
    assert_eq!(world.catalog.remove_messages(&job.payload, 7).await.unwrap(), 3);
    assert_eq!(world.log(&account, &kept).await.len(), 1);
}
