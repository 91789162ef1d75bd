use salon_core::{
    Caller, Kind, ProjectId, Scope, Viewer,
    image::{
        Location, Status, Visibility,
        actions::{Deactivate, Delete, Modify, Reactivate},
    },
    membership::{MemberStatus, ThingKind},
};

use crate::support::{World, actor, name};

pub(crate) async fn what_is_written_is_read(world: World) {
    let mut image = world.draft("alpha", Visibility::Shared);
    image.name = Some("Fedora".to_owned());
    image.hidden = true;
    image.protected = true;
    image.min_disk = 7;
    image.min_ram = 512;
    image.tags = ["b", "a"].map(str::to_owned).into();
    image.properties = [("os".to_owned(), "linux".to_owned()), ("empty".to_owned(), String::new())].into();
    let id = world.put(image.clone()).await;
    assert_eq!(world.row(&id).await.unwrap(), image);

    // Every field that can change, there and back.
    let changed = world
        .modify(&id, |image| {
            image.name = None;
            image.owner = Some(ProjectId::new("beta"));
            image.visibility = Visibility::Community;
            image.hidden = false;
            image.protected = false;
            image.min_disk = 0;
            image.min_ram = 1;
            image.disk_format = None;
            image.container_format = Some("ovf".to_owned());
            image.tags = ["c".to_owned()].into();
            image.properties = [("os".to_owned(), "plan9".to_owned())].into();
        })
        .await
        .unwrap();
    assert_eq!(changed.revision, image.revision + 1);
    assert_eq!(world.row(&id).await.unwrap(), changed);
    assert_eq!((changed.name, changed.disk_format), (None, None));
    assert_eq!(changed.created_at, image.created_at);

    let absent = world.new_id();
    assert!(world.row(&absent).await.is_none());
    // Ids are compared byte by byte.
    let upper = salon_core::ImageId::parse(&id.as_str().to_uppercase()).unwrap();
    assert!(upper == id || world.row(&upper).await.is_none());
}

/// T-A4: what a project cannot reach is not even read, and what it reaches is what the rules say that it may see.
pub(crate) async fn t_a4_what_is_out_of_reach_is_not_read(world: World) {
    for visibility in [Visibility::Private, Visibility::Shared, Visibility::Community, Visibility::Public] {
        for owner in [Some("alpha"), None] {
            let mut image = world.draft("alpha", visibility);
            image.owner = owner.map(ProjectId::new);
            let id = world.put(image).await;
            if visibility == Visibility::Shared && owner.is_some() {
                world.invite(&id, "beta").await.unwrap();
                world.invite(&id, "alpha").await.unwrap();
            }
            for project in [Some("alpha"), Some("beta"), Some("gamma"), Some("ALPHA"), None] {
                let all = world.catalog.image(&id, project.map(ProjectId::new).as_ref()).await.unwrap().unwrap();
                let caller = Caller {
                    scope: project.map_or(Scope::Unscoped, |project| Scope::Project(ProjectId::new(project))),
                    ..crate::support::admin()
                };
                for roles in [&["admin"][..], &["reader"]] {
                    let caller =
                        Caller { roles: roles.iter().map(|role| (*role).to_owned()).collect(), ..caller.clone() };
                    let admin = world.policy.is_admin(&caller);
                    let viewer = Viewer { project: caller.project().cloned(), admin };
                    let found = world.catalog.image_within_reach(&id, &viewer).await.unwrap();
                    // What is open is read for everybody; whether they may see it is the policy's to say.
                    let open = owner.is_none() || matches!(visibility, Visibility::Community | Visibility::Public);
                    let expected = (open || world.policy.can_see(&caller, &all)).then_some(all.clone());
                    assert_eq!(found, expected, "{visibility:?} of {owner:?} for {project:?} as {roles:?}");
                    for member in ["alpha", "beta", "gamma"] {
                        let found = world.catalog.image_and_member(&id, &viewer, &name(member)).await.unwrap();
                        let (_, record) = world.with_member(&id, member).await.unwrap();
                        assert_eq!(found, expected.clone().map(|view| (view, record)), "{member} for {project:?}");
                    }
                }
            }
        }
    }
}

pub(crate) async fn an_id_is_never_used_twice(world: World) {
    let image = world.draft("alpha", Visibility::Private);
    let id = world.put(image.clone()).await;
    let again = |owner: &str| {
        let mut image = image.clone();
        image.owner = Some(ProjectId::new(owner));
        world.policy.permit_create(&crate::support::admin(), image).unwrap()
    };
    let error = world.catalog.create_image(&again("beta"), &actor()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Conflict, &*format!("Image ID {id} already exists!")));
    world
        .catalog
        .delete_image(&world.permit::<Delete>(&id).await, world.now(), &actor(), &*world.entropy)
        .await
        .unwrap();
    assert!(world.row(&id).await.is_none());
    // T-I2: nor after it is gone.
    let error = world.catalog.create_image(&again("beta"), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(world.row(&id).await.is_none());
}

pub(crate) async fn a_change_computed_from_an_old_revision_is_stale(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let before = world.permit::<Modify>(&id).await;
    world.modify(&id, |image| image.name = Some("first".to_owned())).await.unwrap();
    let mut after = before.image.clone();
    after.name = Some("second".to_owned());
    let error = world.catalog.update_image(&before, &after, &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Stale);
    assert_eq!(world.row(&id).await.unwrap().name.as_deref(), Some("first"));
    // Neither status nor anything about the data can be changed this way.
    let changed = world
        .modify(&id, |image| {
            image.status = Status::Active;
            image.size = Some(1);
            image.checksum = Some("0".repeat(32));
            image.location = Some(Location { store: "file".to_owned(), key: "other".to_owned() });
        })
        .await
        .unwrap();
    assert_eq!((changed.status, changed.size, changed.checksum), (Status::Queued, None, None));
    assert_eq!(changed.location, None);
}

pub(crate) async fn tags_are_a_bounded_set(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let add = async |tag: &str| {
        let permitted = world.permit::<Modify>(&id).await;
        world.catalog.add_tag(&permitted, tag, Some(2), world.now(), &actor()).await
    };
    add("one").await.unwrap();
    add("two").await.unwrap();
    add("two").await.unwrap();
    let error = add("three").await.unwrap_err();
    assert_eq!(error.kind(), Kind::OverLimit);
    assert!(error.message().ends_with("Attempted: 3, Maximum: 2"), "{error}");
    let permitted = world.permit::<Modify>(&id).await;
    world.catalog.remove_tag(&permitted, "one", world.now(), &actor()).await.unwrap();
    let error = world.catalog.remove_tag(&permitted, "one", world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(world.row(&id).await.unwrap().tags, ["two".to_owned()].into());
}

pub(crate) async fn status_moves_between_active_and_deactivated(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let deactivate = async || {
        let permitted = world.permit::<Deactivate>(&id).await;
        world.catalog.deactivate_image(&permitted, world.now(), &actor()).await
    };
    assert_eq!(deactivate().await.unwrap_err().kind(), Kind::Stale);
    world.upload(&id, 5).await;
    deactivate().await.unwrap();
    deactivate().await.unwrap();
    assert_eq!(world.row(&id).await.unwrap().status, Status::Deactivated);
    let permitted = world.permit::<Reactivate>(&id).await;
    world.catalog.reactivate_image(&permitted, world.now(), &actor()).await.unwrap();
    assert_eq!(world.row(&id).await.unwrap().status, Status::Active);
}

pub(crate) async fn a_delete_takes_everything_along(world: World) {
    let mut image = world.draft("alpha", Visibility::Shared);
    image.tags = ["t".to_owned()].into();
    image.properties = [("p".to_owned(), "v".to_owned())].into();
    let id = world.put(image).await;
    world.upload(&id, 5).await;
    world.invite(&id, "beta").await.unwrap();
    world.respond(&id, "beta", MemberStatus::Accepted).await;
    let location = world.row(&id).await.unwrap().location.unwrap();

    let permitted = world.permit::<Delete>(&id).await;
    let gone = world.catalog.delete_image(&permitted, world.now(), &actor(), &*world.entropy).await.unwrap();
    assert_eq!(gone, vec![location]);
    assert!(world.view(&id, "beta").await.is_none());
    let of_beta = world.catalog.things_of_member(ThingKind::Image, &name("beta"), None, 10).await.unwrap();
    assert_eq!(of_beta, vec![]);
    let history = world.catalog.member_history(ThingKind::Image, id.as_str(), 0, 10).await.unwrap();
    let changes: Vec<_> = history.iter().map(|entry| entry.change.as_str()).collect();
    assert_eq!(changes, ["invite", "respond", "revoke"]);
    assert_eq!(world.catalog.count_jobs(salon_catalog::jobs::REMOVE_BYTES, 10).await.unwrap(), 1);
    assert_eq!(world.catalog.all_locations(None, 10).await.unwrap(), vec![]);
    // A permission for what is gone is worth nothing.
    let error = world.catalog.delete_image(&permitted, world.now(), &actor(), &*world.entropy).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Stale);
}

pub(crate) async fn a_protected_image_stays(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let permitted = world.permit::<Delete>(&id).await;
    // Protected after the permission was given.
    world.modify(&id, |image| image.protected = true).await.unwrap();
    let error = world.catalog.delete_image(&permitted, world.now(), &actor(), &*world.entropy).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
    assert!(world.row(&id).await.is_some());
}

pub(crate) async fn a_permission_ends_when_owner_or_visibility_change(world: World) {
    for change in [Visibility::Private, Visibility::Shared] {
        let id = world.image("alpha", Visibility::Shared).await;
        let invite = world.may_invite(&id).await;
        let modify = world.permit::<Modify>(&id).await;
        let delete = world.permit::<Delete>(&id).await;
        let list = world.may_list(&id).await;
        world
            .modify(&id, |image| {
                image.visibility = change;
                if change == Visibility::Shared {
                    image.owner = Some(ProjectId::new("gamma"));
                }
            })
            .await
            .unwrap();
        let now = world.now();
        let invitation = salon_core::membership::rules::Invitation::pending(name("beta"));
        let outcomes = [
            world.catalog.invite(&invite, &invitation, None, now, &actor()).await.map(drop),
            world.catalog.add_tag(&modify, "tag", None, now, &actor()).await,
            world.catalog.delete_image(&delete, now, &actor(), &*world.entropy).await.map(drop),
            world.catalog.members(&list, None, 10).await.map(drop),
        ];
        for outcome in outcomes {
            assert_eq!(outcome.unwrap_err().kind(), Kind::Stale);
        }
    }
}

pub(crate) async fn texts_with_nul_are_refused(world: World) {
    let mut image = world.draft("alpha", Visibility::Private);
    image.properties = [("p".to_owned(), "a\0b".to_owned())].into();
    let permitted = world.policy.permit_create(&crate::support::admin(), image.clone());
    // Drafts refuse it before; whoever gets past them is refused here, on every database alike.
    if let Ok(permitted) = permitted {
        let error = world.catalog.create_image(&permitted, &actor()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
    }
    assert!(world.row(&image.id).await.is_none());
}

pub(crate) async fn odd_texts_come_back_unchanged(world: World) {
    // Case, accents, trailing blanks, characters beyond the basic plane, quotes, patterns: nothing is folded or cut.
    let texts = ["a", "A", "ä", "a\u{308}", "a ", " a", "\u{1f5dd}", "%_'\"\\?$1", "ß", "ss", ""];
    let mut image = world.draft("alpha", Visibility::Private);
    image.tags = texts.iter().map(|text| (*text).to_owned()).collect();
    image.properties = texts.iter().map(|text| (format!("k{text}"), (*text).to_owned())).collect();
    image.properties.insert("long".to_owned(), "x".repeat(60_000));
    image.name = Some("\u{1f5dd}".repeat(255));
    let id = world.put(image.clone()).await;
    assert_eq!(world.row(&id).await.unwrap(), image);
}
