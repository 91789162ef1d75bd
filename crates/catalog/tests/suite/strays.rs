//! Rows of chat rooms whose other half was taken away from outside.

use salon_catalog::{
    messages::REMOVE_MESSAGES,
    strays::{Child, Kind, Seat},
};
use salon_core::{account::AccountId, room::RoomId};

use crate::support::{World, actor};

impl World {
    async fn say(&self, statement: &str) {
        self.database.say(&self.url, statement).await;
    }

    /// Everything that is in a list, by pages of two.
    async fn all_seats(&self) -> Vec<Seat> {
        let mut all: Vec<Seat> = Vec::new();
        loop {
            let page = self.catalog.seats(all.last(), 2).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    async fn all_children(&self, kind: Kind) -> Vec<Child> {
        let mut all: Vec<Child> = Vec::new();
        loop {
            let after = all.last().map_or("", |child| child.id.as_str());
            let page = self.catalog.children(kind, after, 2).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page.clone());
        }
    }

    async fn stray_seats(&self) -> Vec<(String, String)> {
        let seats = self.all_seats().await.into_iter().filter(Seat::is_stray);
        seats.map(|seat| (seat.room, seat.member)).collect()
    }

    async fn stray_children(&self, kind: Kind) -> Vec<String> {
        let children = self.all_children(kind).await.into_iter().filter(|child| !child.is_whole);
        children.map(|child| child.id).collect()
    }

    async fn stray_messages(&self) -> Vec<String> {
        let mut all: Vec<(String, bool)> = Vec::new();
        loop {
            let after = all.last().map_or("", |(room, _)| room.as_str());
            let page = self.catalog.rooms_with_messages(after, 1).await.unwrap();
            if page.is_empty() {
                return all.into_iter().filter(|(_, accounted)| !accounted).map(|(room, _)| room).collect();
            }
            all.extend(page);
        }
    }

    /// A room with two people, a bot, a webhook and a message.
    async fn full_room(&self, account: &AccountId, people: &[String], bot: &str) -> (RoomId, String) {
        let room = self.room(account, "full").await;
        for member in people.iter().map(String::as_str).chain([bot]) {
            self.join(account, &room, member).await.unwrap();
        }
        let hook = self.hook(account, &room).await;
        self.post(&hook, "hello").await;
        (room, hook.id)
    }
}

/// No row is stray while only the catalog writes; each kind of damage is found where it is, and repaired where nobody could
/// want the rest.
pub(crate) async fn rows_without_their_other_half_are_found_and_removed(world: World) {
    let account = world.enterprise().await;
    let other = world.enterprise().await;
    let people = world.people(&account, 2).await;
    let bot = world.configured_bot(&account).await.id.as_str().to_owned();
    let (sound, _) = world.full_room(&account, &people, &bot).await;
    let (gone, hook) = world.full_room(&account, &people, &bot).await;
    let (orphaned, _) = world.full_room(&other, &[], world.configured_bot(&other).await.id.as_str()).await;
    assert_eq!(world.all_seats().await.len(), 7);
    assert_eq!(world.stray_seats().await, []);
    assert_eq!(world.stray_messages().await, [""; 0]);
    for kind in Kind::ALL {
        assert!(!world.all_children(kind).await.is_empty(), "{kind:?}");
        assert_eq!(world.stray_children(kind).await, [""; 0], "{kind:?}");
    }
    assert!(!world.catalog.remove_stray_seat(sound.as_str(), &people[0], world.now(), &actor()).await.unwrap());
    assert!(!world.catalog.remove_stray_webhook(&hook, world.now()).await.unwrap());

    // A person that is in another account is nobody in the room's.
    let (deleted, moved) = (&people[0], &people[1]);
    world.say(&format!("DELETE FROM people WHERE id = '{deleted}'")).await;
    world.say(&format!("UPDATE people SET account_id = '{}' WHERE id = '{moved}'", other.as_str())).await;
    world.say(&format!("DELETE FROM rooms WHERE id = '{}'", gone.as_str())).await;
    let mut expected: Vec<(String, String)> = [&sound, &gone]
        .iter()
        .flat_map(|room| people.iter().map(|member| (room.as_str().to_owned(), member.clone())))
        .chain([(gone.as_str().to_owned(), bot.clone())])
        .collect();
    expected.sort();
    assert_eq!(world.stray_seats().await, expected);
    assert_eq!(world.stray_messages().await, [gone.as_str()]);
    assert_eq!(world.stray_children(Kind::Webhook).await, [hook.as_str()]);
    let before = world.catalog.events(0, 1000).await.unwrap().len();
    for (room, member) in &expected {
        for is_there in [true, false] {
            let removed = world.catalog.remove_stray_seat(room, member, world.now(), &actor()).await.unwrap();
            assert_eq!(removed, is_there);
        }
    }
    assert_eq!(world.catalog.events(0, 1000).await.unwrap().len(), before + expected.len(), "each is told once");
    assert_eq!(world.stray_seats().await, []);
    assert_eq!(world.in_room(&account, &sound).await.len(), 1, "the bot is still there");
    assert!(world.catalog.remove_stray_webhook(&hook, world.now()).await.unwrap());
    assert_eq!(world.stray_children(Kind::Webhook).await, [""; 0]);
    while world.catalog.remove_messages(gone.as_str(), 1).await.unwrap() > 0 {}
    assert_eq!(world.stray_messages().await, [""; 0]);

    // What belongs to an account that is gone is told and left alone.
    world.say(&format!("DELETE FROM accounts WHERE id = '{}'", other.as_str())).await;
    assert_eq!(world.stray_children(Kind::Room).await, [orphaned.as_str()]);
    assert_eq!(world.stray_children(Kind::Person).await, [moved.as_str()]);
    assert_eq!(world.stray_children(Kind::Bot).await.len(), 1);
}

/// A room with many messages goes at once, its messages one by one: meanwhile they are no stray ones.
pub(crate) async fn messages_that_wait_for_their_removal_are_accounted_for(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "full").await;
    let hook = world.hook(&account, &room).await;
    world.post(&hook, "first").await;
    let (id, of) = (room.as_str(), account.as_str());
    let rows: Vec<String> =
        (2..=600).map(|seq| format!("('{id}', {seq}, 'm{seq}', '{of}', 'webhook', 'w', 'w', 'x', {seq})")).collect();
    const COLUMNS: &str = "room_id, seq, id, account_id, sender_kind, sender_id, sender_name, content, created_at";
    world.say(&format!("INSERT INTO messages ({COLUMNS}) VALUES {}", rows.join(", "))).await;
    world.delete_room(&account, &room).await;
    assert_eq!(world.catalog.count_jobs(REMOVE_MESSAGES, 9).await.unwrap(), 1);
    assert_eq!(world.catalog.rooms_with_messages("", 9).await.unwrap(), [(room.as_str().to_owned(), true)]);
    world.say("DELETE FROM jobs").await;
    assert_eq!(world.stray_messages().await, [room.as_str()]);
}
