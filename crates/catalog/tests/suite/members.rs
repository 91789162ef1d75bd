use salon_catalog::{Catalog, Options};
use salon_core::{
    ImageId, Kind, Permitted, Timestamp,
    event::Actor,
    image::{
        ImageView, Visibility,
        actions::{Delete, Share},
        sharing,
    },
    membership::{
        MemberStatus, Membership, Shared as _, ThingKind,
        model::{Model, Operation},
        rules::{Amendment, Invitation},
    },
};

use crate::support::{Seeded, World, actor, admin, name};

pub(crate) async fn t_m1_an_invitation_waits_for_an_answer(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let made = world.invite(&id, "beta").await.unwrap();
    assert_eq!((made.status, made.member.as_str(), made.can_share), (MemberStatus::Pending, "beta", false));
    // The member's own record comes with the image.
    assert_eq!(world.view(&id, "beta").await.unwrap().membership.unwrap(), made);
    assert_eq!(world.view(&id, "gamma").await.unwrap().membership, None);
    for status in [MemberStatus::Accepted, MemberStatus::Rejected, MemberStatus::Pending] {
        world.respond(&id, "beta", status).await;
        let seen = world.view(&id, "beta").await.unwrap().membership.unwrap();
        assert_eq!((seen.status, seen.created_at), (status, made.created_at));
        assert!(seen.updated_at > made.updated_at);
    }
}

pub(crate) async fn a_member_is_invited_once(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    world.invite(&id, "beta").await.unwrap();
    world.respond(&id, "beta", MemberStatus::Accepted).await;
    let error = world.invite(&id, "beta").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(error.message(), format!("Member beta is duplicated for image {id}"));
    let members = world.members(&id).await;
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].status, MemberStatus::Accepted);
}

pub(crate) async fn t_m4_the_quota_counts_first(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let invite = async |member: &str| {
        let permitted = world.may_invite(&id).await;
        let invitation = Invitation::pending(name(member));
        world.catalog.invite(&permitted, &invitation, Some(2), world.now(), &actor()).await
    };
    invite("one").await.unwrap();
    invite("two").await.unwrap();
    for member in ["three", "one"] {
        let error = invite(member).await.unwrap_err();
        assert_eq!(error.kind(), Kind::OverLimit);
        assert!(error.message().contains("Attempted: 3, Maximum: 2"), "{error}");
    }
}

/// Whatever one process knows of a list, another one writes beside it.
pub(crate) async fn t_m4_the_quota_counts_what_others_write(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let other = Catalog::open(Options::new(world.url.clone())).await.unwrap();
    let invite = async |catalog: &Catalog, member: &str| {
        let permitted = world.may_invite(&id).await;
        let invitation = Invitation::pending(name(member));
        catalog.invite(&permitted, &invitation, Some(5), world.now(), &actor()).await
    };
    let revoke = async |catalog: &Catalog, member: &str| {
        let permitted = world.may_revoke(&id, member).await;
        catalog.revoke(&permitted, &name(member), world.now(), &actor()).await.unwrap();
    };
    for round in 0..3 {
        for (catalog, member) in [
            (&world.catalog, "one"),
            (&world.catalog, "two"),
            (&other, "three"),
            (&world.catalog, "four"),
            (&other, "five"),
        ] {
            invite(catalog, member).await.unwrap();
        }
        for (catalog, member) in [(&world.catalog, "six"), (&other, "six"), (&world.catalog, "one")] {
            let error = invite(catalog, member).await.unwrap_err();
            assert_eq!(error.kind(), Kind::OverLimit, "round {round}");
            assert!(error.message().contains("Attempted: 6, Maximum: 5"), "{error}");
        }
        // Room that either makes is room for the other.
        revoke(&other, "five").await;
        invite(&world.catalog, "six").await.unwrap();
        assert_eq!(invite(&other, "seven").await.unwrap_err().kind(), Kind::OverLimit);
        for member in ["one", "two", "three", "four", "six"] {
            revoke(&world.catalog, member).await;
        }
    }
    other.close().await;
}

pub(crate) async fn a_revoked_member_is_gone(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    world.invite(&id, "beta").await.unwrap();
    let answer = world.may_respond(&id, "beta").await.unwrap();
    let permitted = world.may_revoke(&id, "beta").await;
    world.catalog.revoke(&permitted, &name("beta"), world.now(), &actor()).await.unwrap();
    assert_eq!(world.view(&id, "beta").await.unwrap().membership, None);
    assert_eq!(world.members(&id).await, vec![]);
    for outcome in [
        world.catalog.revoke(&permitted, &name("beta"), world.now(), &actor()).await,
        world.catalog.respond(&answer, &name("beta"), MemberStatus::Accepted, world.now(), &actor()).await.map(drop),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.message(), format!("beta not found in the member list of the image {id}."));
    }
    // Invited again, it is a new membership.
    let again = world.invite(&id, "beta").await.unwrap();
    assert_eq!(again.status, MemberStatus::Pending);
}

pub(crate) async fn a_deleted_image_takes_its_guest_list_along(world: World) {
    let [id, other] = [world.image("alpha", Visibility::Shared).await, world.image("alpha", Visibility::Shared).await];
    world.invite(&id, "beta").await.unwrap();
    let list = world.may_list(&id).await;
    for (asked, of, there) in [("beta", &id, true), ("Beta", &id, false), ("beta", &other, false)] {
        let (_, record) = world.with_member(&id, asked).await.unwrap();
        let (view, _) = world.with_member(of, asked).await.unwrap();
        let image = sharing::look_up(&world.policy, &admin(), view, &name(asked)).unwrap();
        // A record is of the image that it was read with.
        assert_eq!(record.shown(&image).map(|row| row.member), there.then(|| asked.to_owned()));
    }
    let delete = world.permit::<Delete>(&id).await;
    world.catalog.delete_image(&delete, world.now(), &actor(), &*world.entropy).await.unwrap();
    // Not an empty list, and not a member that never was.
    assert_eq!(world.catalog.members(&list, None, 10).await.unwrap_err().kind(), Kind::Stale);
    assert_eq!(world.with_member(&id, "beta").await, None);
}

pub(crate) async fn a_list_is_replaced_at_once(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    for member in ["goes", "stays"] {
        world.invite(&id, member).await.unwrap();
    }
    world.respond(&id, "stays", MemberStatus::Accepted).await;
    let sharing = |member: &str| Invitation { can_share: true, ..Invitation::pending(name(member)) };
    let permitted = world.may_replace(&id).await;
    let list = [sharing("stays"), Invitation::pending(name("comes"))];
    let result = world.catalog.replace(&permitted, &list, Some(2), world.now(), &actor()).await.unwrap();
    assert_eq!(result, world.members(&id).await);
    let seen: Vec<_> = result.iter().map(|one| (one.member.as_str(), one.status, one.can_share)).collect();
    assert_eq!(seen, [("comes", MemberStatus::Pending, false), ("stays", MemberStatus::Accepted, true)]);
    let three = ["a", "b", "c"].map(sharing);
    let error = world.catalog.replace(&permitted, &three, Some(2), world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::OverLimit);
    assert_eq!(result, world.members(&id).await);
}

pub(crate) async fn names_compare_byte_by_byte(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let names = ["Beta", "beta", "beta ", "b\u{e9}ta", "be\u{301}ta", "\u{df}", "ss"];
    for member in names {
        world.invite(&id, member).await.unwrap();
    }
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let members: Vec<_> = world.members(&id).await.into_iter().map(|one| one.member).collect();
    assert_eq!(members, sorted);
    assert_eq!(world.view(&id, "BETA").await.unwrap().membership, None);
}

pub(crate) async fn lists_of_members_and_of_things_are_paged(world: World) {
    let mut images = Vec::new();
    for _ in 0..7 {
        images.push(world.image("alpha", Visibility::Shared).await);
    }
    for id in &images {
        world.invite(id, "beta").await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = world.catalog.things_of_member(ThingKind::Image, &name("beta"), after.as_deref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.thing.id.clone());
        seen.extend(page.into_iter().map(|one| one.thing.id));
    }
    let mut ids: Vec<_> = images.iter().map(|id| id.as_str().to_owned()).collect();
    ids.sort_unstable();
    assert_eq!(seen, ids);

    for member in ["a", "b", "c", "d"] {
        world.invite(&images[0], member).await.unwrap();
    }
    let permitted = world.may_list(&images[0]).await;
    let page = world.catalog.members(&permitted, Some(&name("b")), 2).await.unwrap();
    let seen: Vec<_> = page.iter().map(|one| one.member.as_str()).collect();
    assert_eq!(seen, ["beta", "c"]);
}

/// Random operations on a few lists, one after the other, beside the naive model.
pub(crate) async fn random_operations_agree_with_the_model(world: World) {
    let random = Seeded::new(20_260_220);
    let mut images = Vec::new();
    for _ in 0..3 {
        images.push(world.image("alpha", Visibility::Shared).await);
    }
    let mut model = Model::default();
    let quota = Some(4);
    for step in 0..400 {
        let id = &images[random.below(3) as usize];
        let thing = world.may_list(id).await.thing();
        let member = format!("m{}", random.below(6));
        let now = world.now();
        let operation = match random.below(10) {
            0..=3 => Operation::Invite(Invitation::pending(name(&member))),
            4..=5 => Operation::Respond(member.clone(), MemberStatus::Accepted),
            6 => Operation::Amend(member.clone(), Amendment { role: None, can_share: Some(random.below(2) == 0) }),
            7 => Operation::Replace(
                (0..random.below(6)).map(|at| Invitation::pending(name(&format!("m{at}")))).collect(),
            ),
            _ => Operation::Revoke(member.clone()),
        };
        let expected = model.run(&thing, &operation, quota, now);
        let outcome = perform(&world, id, &operation, quota, now).await;
        assert_eq!(outcome, expected, "step {step}: {operation:?}");
        let rows: Vec<Membership> = model.members(&thing).into_iter().cloned().collect();
        assert_eq!(world.members(id).await, rows, "step {step}: {operation:?}");
    }
    for at in 0..6 {
        let member = format!("m{at}");
        let things = world.catalog.things_of_member(ThingKind::Image, &name(&member), None, 10).await.unwrap();
        assert_eq!(things.iter().collect::<Vec<_>>(), model.things_of(&member));
    }
}

async fn perform(
    world: &World,
    id: &salon_core::ImageId,
    operation: &Operation,
    quota: Option<u64>,
    now: Timestamp,
) -> Result<(), Kind> {
    let by: Actor = actor();
    let catalog = &world.catalog;
    match operation {
        Operation::Invite(invitation) => {
            catalog.invite(&world.may_invite(id).await, invitation, quota, now, &by).await.map(drop)
        }
        Operation::Respond(member, status) => {
            let Some(permitted) = world.may_respond(id, member).await else { return Err(Kind::NotFound) };
            catalog.respond(&permitted, &name(member), *status, now, &by).await.map(drop)
        }
        Operation::Amend(member, amendment) => {
            catalog.amend(&world.may_invite(id).await, &name(member), *amendment, now, &by).await.map(drop)
        }
        Operation::Replace(list) => {
            catalog.replace(&world.may_replace(id).await, list, quota, now, &by).await.map(drop)
        }
        Operation::Revoke(member) => catalog.revoke(&world.may_revoke(id, member).await, &name(member), now, &by).await,
    }
    .map_err(|error| error.kind())
}

pub(crate) async fn t_m7_history_is_bounded(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let (invite, revoke) = (world.may_invite(&id).await, world.may_revoke(&id, "beta").await);
    for _ in 0..700 {
        let invitation = Invitation::pending(name("beta"));
        world.catalog.invite(&invite, &invitation, Some(1), world.now(), &actor()).await.unwrap();
        world.catalog.revoke(&revoke, &name("beta"), world.now(), &actor()).await.unwrap();
    }
    let history = world.catalog.member_history(ThingKind::Image, id.as_str(), 0, 5000).await.unwrap();
    assert!((1000..=1032).contains(&history.len()), "{} rows", history.len());
    assert_eq!(history.last().unwrap().change, "revoke");
    // The rest goes by age, a bounded number of rows per call.
    let end = world.now();
    let mut gone = 0;
    loop {
        let now = world.catalog.trim_history(end, 100).await.unwrap();
        assert!(now <= 100);
        gone += now;
        if now == 0 {
            break;
        }
    }
    // The newest stays: the next number comes after it.
    assert_eq!(gone + 1, history.len() as u64);
    assert_eq!(
        world.catalog.member_history(ThingKind::Image, id.as_str(), 0, 10).await.unwrap(),
        history[gone as usize..]
    );
}

/// Cloud Images: inviting makes a private image a shared one, in one step.
pub(crate) async fn a_private_image_is_shared_with_its_first_member(world: World) {
    use salon_core::image::rackspace::sharing;

    let permit =
        async |id: &ImageId| sharing::invite(&world.policy, &admin(), world.view(id, "admin").await.unwrap()).unwrap();
    let share = async |image: &Permitted<ImageView, Share>, member: &str, quota: Option<u64>| {
        let invitation = Invitation::pending(name(member));
        world.catalog.share_image(image, &invitation, quota, world.now(), &actor()).await
    };
    let id = world.image("alpha", Visibility::Private).await;
    let image = permit(&id).await;
    // Too many: nothing of it happened.
    assert_eq!(share(&image, "a", Some(0)).await.unwrap_err().kind(), Kind::OverLimit);
    assert_eq!(world.row(&id).await.unwrap().visibility, Visibility::Private);
    assert_eq!(share(&image, "a", None).await.unwrap().status, MemberStatus::Pending);
    assert_eq!(world.row(&id).await.unwrap().visibility, Visibility::Shared);
    // The permission was for a private image.
    assert_eq!(share(&image, "b", None).await.unwrap_err().kind(), Kind::Stale);
    let image = permit(&id).await;
    assert_eq!(share(&image, "a", None).await.unwrap_err().kind(), Kind::Conflict);
    share(&image, "b", Some(2)).await.unwrap();
    // A row that waits has an effect from now on, as it is.
    world.respond(&id, "a", MemberStatus::Rejected).await;
    world.modify(&id, |image| image.visibility = Visibility::Private).await.unwrap();
    let image = permit(&id).await;
    assert_eq!(share(&image, "a", Some(2)).await.unwrap().status, MemberStatus::Rejected);
    assert_eq!(world.row(&id).await.unwrap().visibility, Visibility::Shared);
    assert_eq!(world.members(&id).await.len(), 2);
}
