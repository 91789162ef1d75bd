//! Many at once on rooms. Rounds: `SALON_ROUNDS`, 10 000 for a thorough run.

use std::{collections::BTreeSet, env, sync::Arc};

use salon_core::{
    Kind, Result,
    account::{
        PersonId,
        actions::{BatchSuspendUser, BatchUnsuspendUser, DeleteAccount},
    },
    bot::actions::CreateBot,
    membership::{
        MemberRole, Shared as _, ThingKind,
        model::{Model, Operation},
        rules::{Amendment, Quotas},
    },
    room::{
        Room,
        actions::{
            BatchCreateRoomMembership, CreateRoom, CreateRoomMembership, DeleteRoom, DeleteRoomMembership,
            ListRoomMemberships, UpdateRoomMembership,
        },
        members::Joining,
    },
};
use tokio::task::JoinSet;

use crate::{
    rooms::{ARN, QUOTAS, joining},
    support::{Seeded, World, actor, name},
};

fn rounds(by_default: u64) -> u64 {
    env::var("SALON_ROUNDS").map_or(by_default, |text| text.parse().expect("SALON_ROUNDS is a number"))
}

fn kind<T>(outcome: Result<T>) -> Result<(), Kind> {
    outcome.map(drop).map_err(|error| error.kind())
}

/// T-M2 for rooms: one person is added sixteen times at once, one by one and in batches, while roles are given and the
/// membership is removed. Whatever happened must be what some serial order does: the model replays one.
pub(crate) async fn t_m2_parallel_changes_of_a_membership_are_serial(world: World) {
    let account = world.enterprise().await;
    let room = world.room(&account, "room").await;
    let ana = world.member_of(&account, "ana@example.com").await.as_str().to_owned();
    let random = Seeded::new(17);
    let invite = Arc::new(world.may_room::<CreateRoomMembership>(&account, &room).await);
    let batch = Arc::new(world.may_room::<BatchCreateRoomMembership>(&account, &room).await);
    let revoke = Arc::new(world.may_room::<DeleteRoomMembership>(&account, &room).await);
    let amend = Arc::new(world.may_room::<UpdateRoomMembership>(&account, &room).await);
    let list = Arc::new(world.may_room::<ListRoomMemberships>(&account, &room).await);
    let thing = list.thing();
    let mut model = Model::default();
    for round in 0..rounds(60) {
        let mut tasks = JoinSet::new();
        for at in 0..16 {
            let (world, invite, batch, ana) = (world.clone(), Arc::clone(&invite), Arc::clone(&batch), ana.clone());
            tasks.spawn(async move {
                let catalog = &world.catalog;
                if at % 4 == 0 {
                    // Twice in one call: the second is there already, if the first is not.
                    let items = [joining(&ana), joining(&ana)];
                    let now = world.now();
                    let answers = catalog.join_room_together(&batch, &items, ARN, QUOTAS, now, &actor()).await.unwrap();
                    ("invite", answers.into_iter().map(kind).collect())
                } else {
                    let invitation = joining(&ana).invitation(ARN).unwrap();
                    let outcome = catalog.invite(&invite, &invitation, QUOTAS, world.now(), &actor()).await;
                    ("invite", vec![kind(outcome)])
                }
            });
        }
        for _ in 0..random.below(3) {
            let (world, revoke, ana) = (world.clone(), Arc::clone(&revoke), ana.clone());
            tasks.spawn(async move {
                ("revoke", vec![kind(world.catalog.revoke(&revoke, &name(&ana), world.now(), &actor()).await)])
            });
        }
        let (other, amend, member) = (world.clone(), Arc::clone(&amend), ana.clone());
        tasks.spawn(async move {
            let amendment = Amendment { role: Some(MemberRole::Administrator), can_share: None };
            let outcome = other.catalog.amend(&amend, &name(&member), amendment, other.now(), &actor()).await;
            ("amend", vec![kind(outcome)])
        });
        let (other, list_of) = (world.clone(), Arc::clone(&list));
        tasks.spawn(async move {
            let members = other.catalog.room_members(&list_of, None, 100).await.unwrap();
            assert!(members.len() <= 1, "{members:?}");
            ("list", vec![Ok(())])
        });
        let (mut invited, mut revoked) = (Vec::new(), Vec::new());
        while let Some(task) = tasks.join_next().await {
            match task.unwrap() {
                ("invite", outcomes) => invited.extend(outcomes),
                ("revoke", outcomes) => revoked.extend(outcomes),
                (_, outcomes) => assert!(matches!(outcomes[..], [Ok(()) | Err(Kind::NotFound)]), "{outcomes:?}"),
            }
        }
        let made = invited.iter().filter(|outcome| outcome.is_ok()).count();
        let removed = revoked.iter().filter(|outcome| outcome.is_ok()).count();
        assert!(invited.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Kind::Conflict))), "{invited:?}");
        assert!(revoked.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Kind::NotFound))), "{revoked:?}");
        let left = world.in_room(&account, &room).await;
        assert_eq!(made.checked_sub(removed), Some(left.len()), "round {round}: {invited:?} {revoked:?} {left:?}");

        // One serial order with these outcomes: misses first, then adds and deletes in turn, duplicates after an add.
        let run = |model: &mut Model, operation: &Operation| model.run(&thing, operation, QUOTAS, world.now());
        let (add, delete) = (Operation::Invite(joining(&ana).invitation(ARN).unwrap()), Operation::Revoke(ana.clone()));
        for _ in 0..revoked.len() - removed {
            assert_eq!(run(&mut model, &delete), Err(Kind::NotFound));
        }
        for turn in 0..made {
            assert_eq!(run(&mut model, &add), Ok(()));
            if turn == 0 {
                for _ in 0..invited.len() - made {
                    assert_eq!(run(&mut model, &add), Err(Kind::Conflict));
                }
            }
            if turn < removed {
                assert_eq!(run(&mut model, &delete), Ok(()));
            }
        }
        assert_eq!(model.members(&thing).len(), left.len());
        // P4: after the removal is acknowledged, nobody finds the membership.
        if !left.is_empty() {
            world.leave(&account, &room, &ana).await.unwrap();
            assert_eq!(run(&mut model, &delete), Ok(()));
        }
        assert!(world.rooms_of(&account, Some(&ana)).await.is_empty());
    }
}

/// T-M4: sixteen at once, one place left – in a room, in the list of a member, in an account.
pub(crate) async fn t_m4_one_passes_at_the_edge_of_a_quota_of_rooms(world: World) {
    for _ in 0..rounds(4).min(100) {
        let account = world.enterprise().await;
        let people = world.people(&account, 18).await;
        let room = world.room(&account, "full").await;
        let mut rooms = Vec::new();
        for _ in 0..16 {
            rooms.push(world.room(&account, "room").await);
        }
        for member in &people[16..] {
            world.join(&account, &room, member).await.unwrap();
        }
        let quotas = Quotas { members: Some(3), of_member: Some(2) };
        let create = Arc::new(world.may::<CreateRoom>(&account).await);
        let bots = Arc::new(world.may::<CreateBot>(&account).await);
        let (mut full_room, mut full_member, mut full_account, mut full_of_bots) =
            (JoinSet::new(), JoinSet::new(), JoinSet::new(), JoinSet::new());
        for at in 0..16_usize {
            // Sixteen people into one room that has two of three.
            let (other, invite) = (world.clone(), world.may_room::<BatchCreateRoomMembership>(&account, &room).await);
            let member = people[at].clone();
            full_room.spawn(async move {
                let items = [joining(&member)];
                let mut answers =
                    other.catalog.join_room_together(&invite, &items, ARN, quotas, other.now(), &actor()).await?;
                answers.remove(0).map(drop)
            });
            // One person, who is in one of two, into sixteen rooms.
            let (other, invite) = (world.clone(), world.may_room::<CreateRoomMembership>(&account, &rooms[at]).await);
            let invitation = joining(&people[17]).invitation(ARN).unwrap();
            full_member.spawn(async move {
                other.catalog.join_room(&invite, &invitation, quotas, other.now(), &actor()).await.map(drop)
            });
            let (other, create) = (world.clone(), Arc::clone(&create));
            full_account.spawn(async move {
                let new = other.new_room("room", Some(("alice", &format!("token-{at}"))));
                other.catalog.create_room(&create, &new, Some(18), &actor()).await.map(drop)
            });
            let (other, bots) = (world.clone(), Arc::clone(&bots));
            full_of_bots.spawn(async move {
                let bot = other.draft_bot(&bots.id);
                other.catalog.create_bot(&bots, &bot, Some(1), &actor()).await
            });
        }
        for (what, tasks) in
            [("room", full_room), ("member", full_member), ("account", full_account), ("bots", full_of_bots)]
        {
            let outcomes: Vec<_> = tasks.join_all().await.into_iter().map(kind).collect();
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{what}: {outcomes:?}");
            assert!(
                outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Kind::OverLimit))),
                "{what}: {outcomes:?}"
            );
        }
        assert_eq!(world.in_room(&account, &room).await.len(), 3);
        assert_eq!(world.rooms_of(&account, Some(&people[17])).await.len(), 2);
        assert_eq!(world.rooms_of(&account, None).await.len(), 18);
    }
}

/// A room goes while batches fill it: nobody stays a member of it, and nobody is one twice before.
pub(crate) async fn a_room_is_never_deleted_from_under_a_batch(world: World) {
    let account = world.enterprise().await;
    let people = world.people(&account, 24).await;
    let random = Seeded::new(18);
    for round in 0..rounds(15).min(1000) {
        let room = world.room(&account, "room").await;
        let batch = Arc::new(world.may_room::<BatchCreateRoomMembership>(&account, &room).await);
        let list = Arc::new(world.may_room::<ListRoomMemberships>(&account, &room).await);
        let delete = world.may_room::<DeleteRoom>(&account, &room).await;
        let mut tasks = JoinSet::new();
        for at in 0..6 {
            let (world, batch) = (world.clone(), Arc::clone(&batch));
            let items: Vec<Joining> = (0..8).map(|n| joining(&people[(at * 3 + n) % 24])).collect();
            tasks.spawn(async move {
                let outcome =
                    world.catalog.join_room_together(&batch, &items, ARN, QUOTAS, world.now(), &actor()).await;
                match outcome {
                    Ok(answers) => {
                        assert!(answers.into_iter().all(|one| matches!(kind(one), Ok(()) | Err(Kind::Conflict))))
                    }
                    Err(error) => assert_eq!(error.kind(), Kind::Stale),
                }
            });
        }
        let (other, list) = (world.clone(), Arc::clone(&list));
        tasks.spawn(async move {
            for _ in 0..5 {
                match other.catalog.room_members(&list, None, 100).await {
                    Ok(seen) => {
                        let ids: BTreeSet<_> = seen.iter().map(|one| &one.membership.member).collect();
                        assert_eq!(ids.len(), seen.len());
                    }
                    // The room went while its list was read.
                    Err(error) => assert_eq!(error.kind(), Kind::Stale),
                }
            }
        });
        let (other, pause) = (world.clone(), random.below(20));
        tasks.spawn(async move {
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            other.catalog.delete_room(&delete, other.now(), &actor()).await.unwrap();
        });
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        assert_eq!(world.room_row(&account, &room).await, None);
        for member in &people {
            let left = world.catalog.things_of_member(ThingKind::Room, &name(member), None, 10).await.unwrap();
            assert_eq!(left, [], "round {round}");
        }
        // Every membership that was made was revoked.
        let history = world.catalog.member_history(ThingKind::Room, room.as_str(), 0, 1000).await.unwrap();
        let count = |change: &str| history.iter().filter(|entry| entry.change == change).count();
        assert_eq!(count("invite"), count("revoke"), "round {round}");
    }
}

/// One request, sent sixteen times at once, makes one room.
pub(crate) async fn parallel_requests_with_one_token_make_one_room(world: World) {
    let account = world.enterprise().await;
    let create = Arc::new(world.may::<CreateRoom>(&account).await);
    for round in 0..rounds(10).min(1000) {
        let mut tasks = JoinSet::new();
        for at in 0..16 {
            let (world, create) = (world.clone(), Arc::clone(&create));
            tasks.spawn(async move {
                let token = format!("token-{round}");
                let text = if at == 15 { "another" } else { "room" };
                let new = world.new_room(text, Some(("alice", &token)));
                (text, world.catalog.create_room(&create, &new, Some(10_000), &actor()).await)
            });
        }
        let mut made: Vec<Room> = Vec::new();
        for (text, outcome) in tasks.join_all().await {
            match outcome {
                Ok(room) => made.push(room),
                Err(error) => assert_eq!(error.kind(), Kind::Invalid, "{text}: {error:?}"),
            }
        }
        // Whichever name came first is the room's, and the others are told.
        assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{made:?}");
        assert!(made.len() == 15 || made.len() == 1, "{}", made.len());
        assert_eq!(world.rooms_of(&account, None).await.len() as u64, round + 1);
    }
}

/// An account goes while rooms and bots are made in it: nothing is left without an account.
pub(crate) async fn an_account_is_never_deleted_from_under_a_room(world: World) {
    for _ in 0..rounds(10).min(500) {
        let account = world.enterprise().await;
        let create = world.may::<CreateRoom>(&account).await;
        let bots = world.may::<CreateBot>(&account).await;
        let delete = world.may::<DeleteAccount>(&account).await;
        let (one, two, three) = (world.clone(), world.clone(), world.clone());
        let (made, bot, deleted) = tokio::join!(
            tokio::spawn(async move {
                let new = one.new_room("room", Some(("alice", "token")));
                kind(one.catalog.create_room(&create, &new, Some(5), &actor()).await)
            }),
            tokio::spawn(async move {
                let bot = two.draft_bot(&bots.id);
                kind(two.catalog.create_bot(&bots, &bot, Some(5), &actor()).await)
            }),
            tokio::spawn(async move { kind(three.catalog.delete_account(&delete, three.now(), &actor()).await) })
        );
        let there = world.catalog.account(&account).await.unwrap().is_some();
        match (made.unwrap(), deleted.unwrap()) {
            (Ok(()), Err(Kind::Conflict)) => assert!(there && world.rooms_of(&account, None).await.len() == 1),
            (Err(Kind::Stale), Ok(())) => assert!(!there),
            other => panic!("{other:?}"),
        }
        assert!(matches!(bot.unwrap(), Ok(()) | Err(Kind::Stale)));
    }
}

/// Batches that name the same people in different orders, into different rooms: all of them pass.
pub(crate) async fn parallel_batches_in_any_order_do_not_lock_each_other_out(world: World) {
    let account = world.enterprise().await;
    let people = world.people(&account, 12).await;
    for _ in 0..rounds(5).min(200) {
        let mut tasks = JoinSet::new();
        for at in 0..8_usize {
            let room = world.room(&account, "room").await;
            let permitted = world.may_room::<BatchCreateRoomMembership>(&account, &room).await;
            let mut items: Vec<Joining> = people.iter().map(|member| joining(member)).collect();
            items.rotate_left(at);
            if at % 2 == 0 {
                items.reverse();
            }
            let world = world.clone();
            tasks.spawn(async move {
                let now = world.now();
                world.catalog.join_room_together(&permitted, &items, ARN, QUOTAS, now, &actor()).await.unwrap()
            });
        }
        for answers in tasks.join_all().await {
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        }
    }
}

/// Somebody is suspended while being added: it was before, or it is refused; and who is suspended is added nowhere.
pub(crate) async fn a_suspension_and_an_invitation_at_once_are_serial(world: World) {
    let account = world.enterprise().await;
    let ana = world.member_of(&account, "ana@example.com").await;
    let people = Arc::new([PersonId::new(ana.as_str())]);
    for _ in 0..rounds(10).min(1000) {
        let room = world.room(&account, "room").await;
        let invite = Arc::new(world.may_room::<CreateRoomMembership>(&account, &room).await);
        let suspend = world.may::<BatchSuspendUser>(&account).await;
        let invitation = joining(ana.as_str()).invitation(ARN).unwrap();
        let (one, other) = (world.clone(), world.clone());
        let (invite_at_once, invited) = (Arc::clone(&invite), invitation.clone());
        let suspended = Arc::clone(&people);
        let (joined, done) = tokio::join!(
            tokio::spawn(async move {
                kind(one.catalog.join_room(&invite_at_once, &invited, QUOTAS, one.now(), &actor()).await)
            }),
            tokio::spawn(async move {
                other.catalog.suspend_people(&suspend, &*suspended, other.now(), &actor()).await.unwrap()
            })
        );
        assert!(done.unwrap().iter().all(Result::is_ok));
        let joined = joined.unwrap();
        assert!(matches!(joined, Ok(()) | Err(Kind::Invalid)), "{joined:?}");
        assert_eq!(world.in_room(&account, &room).await.len(), usize::from(joined.is_ok()));
        let again = kind(world.catalog.join_room(&invite, &invitation, QUOTAS, world.now(), &actor()).await);
        assert_eq!(again, Err(if joined.is_ok() { Kind::Conflict } else { Kind::Invalid }));
        let unsuspend = world.may::<BatchUnsuspendUser>(&account).await;
        world.catalog.unsuspend_people(&unsuspend, &*people, world.now(), &actor()).await.unwrap();
    }
}

/// Where a room keeps an administrator, all of several leaving at once leave one behind.
pub(crate) async fn the_last_administrator_stays_whoever_is_first(world: World) {
    let account = world.enterprise().await;
    let people = world.people(&account, 4).await;
    for _ in 0..rounds(8).min(500) {
        let room = world.room(&account, "room").await;
        let mut tasks = JoinSet::new();
        let permitted = world.may_room::<BatchCreateRoomMembership>(&account, &room).await;
        let role = Some(MemberRole::Administrator);
        let items: Vec<_> = people.iter().map(|member| Joining { member: member.clone(), role }).collect();
        world.catalog.join_room_together(&permitted, &items, ARN, QUOTAS, world.now(), &actor()).await.unwrap();
        for (at, member) in people.iter().enumerate() {
            let (other, member) = (world.clone(), name(member));
            let revoke = world.try_room::<DeleteRoomMembership>(&account, &room, true).await.unwrap();
            let amend = world.try_room::<UpdateRoomMembership>(&account, &room, true).await.unwrap();
            tasks.spawn(async move {
                if at % 2 == 0 {
                    kind(other.catalog.revoke(&revoke, &member, other.now(), &actor()).await)
                } else {
                    let amendment = Amendment { role: Some(MemberRole::Member), can_share: None };
                    kind(other.catalog.amend(&amend, &member, amendment, other.now(), &actor()).await)
                }
            });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Kind::Invalid)).count(), 1, "{outcomes:?}");
        let left = world.in_room(&account, &room).await;
        let administrators = left.iter().filter(|one| one.membership.role == MemberRole::Administrator);
        assert_eq!(administrators.count(), 1);
    }
}
