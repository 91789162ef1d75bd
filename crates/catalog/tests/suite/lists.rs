use std::collections::{BTreeMap, BTreeSet};

use salon_core::{
    ImageId, ProjectId, Timestamp, Viewer,
    image::{
        Image, ImageView, Status, Visibility,
        list::{
            Comparison, Filter, ImageQuery, MemberStatusFilter, NumberField, SortDir, SortKey, TextField, TimeField,
            VisibilityFilter,
        },
    },
    membership::MemberStatus,
};

use crate::support::{EPOCH, Seeded, World};

pub(crate) const KEYS: [SortKey; 8] = [
    SortKey::Name,
    SortKey::Status,
    SortKey::ContainerFormat,
    SortKey::DiskFormat,
    SortKey::Size,
    SortKey::Id,
    SortKey::CreatedAt,
    SortKey::UpdatedAt,
];

const VISIBILITIES: [VisibilityFilter; 9] = [
    VisibilityFilter::Default,
    VisibilityFilter::All,
    VisibilityFilter::Only(Visibility::Public),
    VisibilityFilter::Only(Visibility::Community),
    VisibilityFilter::Only(Visibility::Shared),
    VisibilityFilter::Only(Visibility::Private),
    VisibilityFilter::NonPublic,
    VisibilityFilter::Own,
    VisibilityFilter::Received,
];

pub(crate) fn query() -> ImageQuery {
    ImageQuery {
        visibility: VisibilityFilter::Default,
        member_status: MemberStatusFilter::Only(MemberStatus::Accepted),
        hidden: false,
        killed: false,
        filters: Vec::new(),
        sort: vec![(SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)],
        marker: None,
        limit: 1000,
    }
}

pub(crate) fn viewer(project: &str) -> Viewer {
    Viewer { project: Some(ProjectId::new(project)), admin: false }
}

pub(crate) fn administrator() -> Viewer {
    Viewer { project: Some(ProjectId::new("admin")), admin: true }
}

async fn names(world: &World, viewer: &Viewer, query: &ImageQuery) -> BTreeSet<String> {
    let found = world.catalog.images(viewer, query, None).await.unwrap();
    let names: BTreeSet<_> = found.iter().map(|view| view.image.name.clone().unwrap()).collect();
    assert_eq!(names.len(), found.len(), "nothing is listed twice");
    names
}

/// Images of three projects in all visibilities; of beta's shared ones some are shared with alpha, each with its answer.
async fn neighbourhood(world: &World) {
    for owner in ["alpha", "beta", "admin"] {
        for visibility in [Visibility::Public, Visibility::Community, Visibility::Shared, Visibility::Private] {
            for hidden in [false, true] {
                let mut image = world.draft(owner, visibility);
                let hint = if hidden { "-hidden" } else { "" };
                image.name = Some(format!("{owner}-{}{hint}", visibility.as_str()));
                image.hidden = hidden;
                world.put(image).await;
            }
        }
    }
    for status in [MemberStatus::Pending, MemberStatus::Accepted, MemberStatus::Rejected] {
        let mut image = world.draft("beta", Visibility::Shared);
        image.name = Some(format!("beta-to-alpha-{}", status.as_str()));
        let id = world.put(image).await;
        world.invite(&id, "alpha").await.unwrap();
        world.respond(&id, "alpha", status).await;
    }
    // A membership outlives the visibility it was made under, and then shows nothing.
    let mut image = world.draft("beta", Visibility::Shared);
    image.name = Some("beta-once-shared".to_owned());
    let id = world.put(image).await;
    world.invite(&id, "alpha").await.unwrap();
    world.respond(&id, "alpha", MemberStatus::Accepted).await;
    world.modify(&id, |image| image.visibility = Visibility::Private).await.unwrap();
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Image API v2, what is in the list of a project.
pub(crate) async fn what_is_in_the_list(world: World) {
    neighbourhood(&world).await;
    let public = ["alpha-public", "beta-public", "admin-public"];
    let community = ["alpha-community", "beta-community", "admin-community"];
    let own = ["alpha-private", "alpha-shared"];
    let table: [(VisibilityFilter, Vec<&str>); 8] = [
        (VisibilityFilter::Default, [&public[..], &own, &["alpha-community", "beta-to-alpha-accepted"]].concat()),
        (VisibilityFilter::All, [&public[..], &community, &own, &["beta-to-alpha-accepted"]].concat()),
        (VisibilityFilter::Only(Visibility::Public), public.to_vec()),
        (VisibilityFilter::Only(Visibility::Community), community.to_vec()),
        (VisibilityFilter::Only(Visibility::Shared), vec!["alpha-shared", "beta-to-alpha-accepted"]),
        (VisibilityFilter::Only(Visibility::Private), vec!["alpha-private"]),
        (VisibilityFilter::Own, [&own[..], &["alpha-community"]].concat()),
        (VisibilityFilter::Received, vec!["beta-to-alpha-accepted"]),
    ];
    for (visibility, expected) in table {
        let query = ImageQuery { visibility, ..query() };
        assert_eq!(names(&world, &viewer("alpha"), &query).await, set(&expected), "{visibility:?}");
    }
    let shared = VisibilityFilter::Only(Visibility::Shared);
    for (member_status, answers) in [
        (MemberStatusFilter::Only(MemberStatus::Pending), &["pending"][..]),
        (MemberStatusFilter::Only(MemberStatus::Rejected), &["rejected"]),
        (MemberStatusFilter::All, &["pending", "accepted", "rejected"]),
    ] {
        let query = ImageQuery { visibility: shared, member_status, ..query() };
        let mut expected: BTreeSet<_> = answers.iter().map(|answer| format!("beta-to-alpha-{answer}")).collect();
        expected.insert("alpha-shared".to_owned());
        assert_eq!(names(&world, &viewer("alpha"), &query).await, expected, "{member_status:?}");
    }
    let hidden = ImageQuery { hidden: true, ..query() };
    let expected = [
        "alpha-public-hidden",
        "beta-public-hidden",
        "admin-public-hidden",
        "alpha-community-hidden",
        "alpha-shared-hidden",
        "alpha-private-hidden",
    ];
    assert_eq!(names(&world, &viewer("alpha"), &hidden).await, set(&expected));
    // Someone without a project.
    let nobody = Viewer { project: None, admin: false };
    assert_eq!(names(&world, &nobody, &query()).await, set(&public));
    let private = ImageQuery { visibility: VisibilityFilter::Only(Visibility::Private), ..query() };
    assert_eq!(names(&world, &nobody, &private).await, set(&[]));
    let none = ImageQuery { limit: 0, ..query() };
    assert_eq!(names(&world, &viewer("alpha"), &none).await, set(&[]));
}

/// Image API v2, what is in the list of an administrator.
pub(crate) async fn what_is_in_the_list_of_an_admin(world: World) {
    neighbourhood(&world).await;
    let all = names(&world, &administrator(), &ImageQuery { visibility: VisibilityFilter::All, ..query() }).await;
    assert_eq!(all.len(), 12 + 3 + 1);
    let by_default = names(&world, &administrator(), &query()).await;
    let others: BTreeSet<_> = all.difference(&by_default).cloned().collect();
    assert_eq!(others, set(&["alpha-community", "beta-community"]));
    let private = ImageQuery { visibility: VisibilityFilter::Only(Visibility::Private), ..query() };
    let expected = ["alpha-private", "beta-private", "admin-private", "beta-once-shared"];
    assert_eq!(names(&world, &administrator(), &private).await, set(&expected));
    // `member_status` has no effect.
    let pending = ImageQuery { member_status: MemberStatusFilter::Only(MemberStatus::Pending), ..query() };
    assert_eq!(names(&world, &administrator(), &pending).await, by_default);
    let owned = Filter::Text(TextField::Owner, vec!["beta".to_owned()]);
    let of_beta = ImageQuery { visibility: VisibilityFilter::All, filters: vec![owned], ..query() };
    let found = names(&world, &administrator(), &of_beta).await;
    assert_eq!(found.len(), 4 + 3 + 1);
    assert!(found.iter().all(|name| name.starts_with("beta-")));
}

/// A crowd of images that differ in everything, many of them created in the same microsecond.
async fn crowd(world: &World, seed: u64, count: usize) -> Vec<Image> {
    let random = Seeded::new(seed);
    let pick = |values: &[Option<&str>]| values[random.below(values.len() as u64) as usize].map(str::to_owned);
    let mut ids = Vec::new();
    for at in 0..count {
        let visibility = [Visibility::Public, Visibility::Community, Visibility::Shared, Visibility::Private]
            [random.below(4) as usize];
        let mut image = world.draft("alpha", visibility);
        image.owner = pick(&[Some("alpha"), Some("beta"), Some("gamma"), None]).map(ProjectId::new);
        image.name = pick(&[None, Some(""), Some("a"), Some("b"), Some("B"), Some("\u{e4}")]);
        image.disk_format = pick(&[None, Some("raw"), Some("qcow2")]);
        image.container_format = pick(&[None, Some("bare"), Some("ovf")]);
        image.hidden = random.below(8) == 0;
        image.protected = random.below(4) == 0;
        image.min_ram = random.below(3) as u32;
        image.created_at = Timestamp(EPOCH + (random.below(5) as i64) * 500_000);
        image.updated_at = image.created_at;
        image.tags = (0..random.below(3)).map(|tag| format!("tag{tag}")).collect();
        image.properties = (0..random.below(3)).map(|p| (format!("p{p}"), format!("v{}", random.below(2)))).collect();
        let has_formats = image.disk_format.is_some() && image.container_format.is_some();
        let with_data = has_formats && at % 3 != 0;
        let id = world.put(image).await;
        if with_data {
            world.upload(&id, random.below(4) * 10).await;
        } else if has_formats && at % 2 == 0 {
            world.kill(&id).await;
        }
        if visibility == Visibility::Shared {
            for member in ["alpha", "beta"] {
                if random.below(2) == 0 {
                    world.invite(&id, member).await.unwrap();
                    let answers = [MemberStatus::Pending, MemberStatus::Accepted, MemberStatus::Rejected];
                    world.respond(&id, member, answers[random.below(3) as usize]).await;
                }
            }
        }
        ids.push(id);
    }
    let mut images = Vec::new();
    for id in ids {
        images.push(world.row(&id).await.unwrap());
    }
    images
}

/// The naive model: everything, filtered and sorted in memory.
async fn expected(world: &World, images: &[Image], viewer: &Viewer, query: &ImageQuery) -> Vec<ImageView> {
    let mut found = Vec::new();
    for image in images {
        let membership = match &viewer.project {
            Some(project) => world.view(&image.id, project.as_str()).await.unwrap().membership,
            None => None,
        };
        let mut view = ImageView { image: image.clone(), membership };
        if is_listed(&view, viewer, query) && query.filters.iter().all(|filter| matches(&view.image, filter)) {
            // It means nothing of other images.
            let means = image.visibility == Visibility::Shared && image.owner != viewer.project;
            view.membership = view.membership.filter(|_| means);
            found.push(view);
        }
    }
    found.sort_by(|one, other| {
        for (key, dir) in &query.sort {
            let by_key = value(&one.image, *key).cmp(&value(&other.image, *key));
            let by_key = if *dir == SortDir::Asc { by_key } else { by_key.reverse() };
            if by_key.is_ne() {
                return by_key;
            }
        }
        std::cmp::Ordering::Equal
    });
    found
}

fn value(image: &Image, key: SortKey) -> (i64, String) {
    let text = |text: &Option<String>| (0, text.clone().unwrap_or_default());
    match key {
        SortKey::Name => text(&image.name),
        SortKey::Status => (0, image.status.as_str().to_owned()),
        SortKey::ContainerFormat => text(&image.container_format),
        SortKey::DiskFormat => text(&image.disk_format),
        SortKey::Size => (image.size.map_or(-1, |size| size as i64), String::new()),
        SortKey::Id => (0, image.id.as_str().to_owned()),
        SortKey::CreatedAt => (image.created_at.0, String::new()),
        SortKey::UpdatedAt => (image.updated_at.0, String::new()),
    }
}

fn is_listed(view: &ImageView, viewer: &Viewer, query: &ImageQuery) -> bool {
    let image = &view.image;
    let own = viewer.project.is_some() && image.owner == viewer.project;
    let answered = view.membership.as_ref().is_some_and(|membership| match query.member_status {
        MemberStatusFilter::All => true,
        MemberStatusFilter::Only(status) => membership.status == status,
    });
    let base = viewer.admin
        || own
        || match image.visibility {
            Visibility::Public | Visibility::Community => true,
            Visibility::Shared => answered,
            Visibility::Private => false,
        };
    let asked = match query.visibility {
        VisibilityFilter::Default => image.visibility != Visibility::Community || own,
        VisibilityFilter::All => true,
        VisibilityFilter::NonPublic => {
            image.visibility != Visibility::Public && (image.visibility != Visibility::Community || own)
        }
        VisibilityFilter::Own => image.visibility != Visibility::Public && own,
        VisibilityFilter::Received => image.visibility == Visibility::Shared && !own && answered,
        VisibilityFilter::Only(visibility) => image.visibility == visibility,
    };
    base && asked && image.hidden == query.hidden && (query.killed || image.status != Status::Killed)
}

fn matches(image: &Image, filter: &Filter) -> bool {
    match filter {
        Filter::Text(field, values) => {
            let text = match field {
                TextField::Name => image.name.clone(),
                TextField::Id => Some(image.id.as_str().to_owned()),
                TextField::Status => Some(image.status.as_str().to_owned()),
                TextField::ContainerFormat => image.container_format.clone(),
                TextField::DiskFormat => image.disk_format.clone(),
                TextField::Checksum => image.checksum.clone(),
                TextField::OsHashValue => image.os_hash_value.clone(),
                TextField::OsHashAlgo => image.os_hash_algo.clone(),
                TextField::Owner => image.owner.as_ref().map(|owner| owner.as_str().to_owned()),
            };
            text.is_some_and(|text| values.contains(&text))
        }
        Filter::NumberIs(field, wanted) => number(image, *field) == Some(*wanted),
        Filter::NumberMin(field, wanted) => number(image, *field).is_some_and(|value| value >= *wanted),
        Filter::NumberMax(field, wanted) => number(image, *field).is_some_and(|value| value <= *wanted),
        Filter::Time(field, comparison, instant) => {
            let time = match field {
                TimeField::CreatedAt => image.created_at,
                TimeField::UpdatedAt => image.updated_at,
            };
            let exactly_later = time > *instant;
            let (time, instant) = (time.seconds(), instant.seconds());
            match comparison {
                Comparison::After => exactly_later,
                Comparison::Gt => time > instant,
                Comparison::Gte => time >= instant,
                Comparison::Lt => time < instant,
                Comparison::Lte => time <= instant,
                Comparison::Eq => time == instant,
                Comparison::Neq => time != instant,
            }
        }
        Filter::Protected(protected) => image.protected == *protected,
        Filter::Tag(tag) => image.tags.contains(tag),
        Filter::Property(name, value) => image.properties.get(name) == Some(value),
    }
}

fn number(image: &Image, field: NumberField) -> Option<i64> {
    match field {
        NumberField::Size => image.size.map(|size| size as i64),
        NumberField::VirtualSize => image.virtual_size.map(|size| size as i64),
        NumberField::MinRam => Some(i64::from(image.min_ram)),
        NumberField::MinDisk => Some(i64::from(image.min_disk)),
    }
}

fn some_filters(images: &[Image]) -> Vec<Filter> {
    let texts = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
    let some = images.iter().find(|image| image.checksum.is_some()).unwrap();
    let mut filters = vec![
        Filter::Text(TextField::Name, texts(&["a"])),
        Filter::Text(TextField::Name, texts(&[""])),
        Filter::Text(TextField::Name, texts(&["a", "", "B"])),
        Filter::Text(TextField::Id, images.iter().step_by(3).map(|image| image.id.as_str().to_owned()).collect()),
        Filter::Text(TextField::Id, texts(&["no such id"])),
        Filter::Text(TextField::Status, texts(&["active"])),
        Filter::Text(TextField::Status, texts(&["active", "queued"])),
        Filter::Text(TextField::DiskFormat, texts(&["raw"])),
        Filter::Text(TextField::DiskFormat, texts(&[""])),
        Filter::Text(TextField::ContainerFormat, texts(&["bare", "ovf"])),
        Filter::Text(TextField::Checksum, vec![some.checksum.clone().unwrap()]),
        Filter::Text(TextField::OsHashValue, vec![some.os_hash_value.clone().unwrap()]),
        Filter::Text(TextField::OsHashAlgo, texts(&["sha512"])),
        Filter::Protected(true),
        Filter::Protected(false),
        Filter::Tag("tag0".to_owned()),
        Filter::Tag("tag1".to_owned()),
        Filter::Tag("Tag1".to_owned()),
        Filter::Property("p0".to_owned(), "v1".to_owned()),
        Filter::Property("p1".to_owned(), "v0".to_owned()),
        Filter::Property("is_public".to_owned(), "True".to_owned()),
        Filter::Text(TextField::Name, Vec::new()),
    ];
    for owner in ["alpha", "beta", "gamma", "nobody"] {
        filters.push(Filter::Text(TextField::Owner, texts(&[owner])));
    }
    for field in [NumberField::Size, NumberField::VirtualSize, NumberField::MinRam, NumberField::MinDisk] {
        for number in [-1, 0, 10] {
            filters.push(Filter::NumberIs(field, number));
            filters.push(Filter::NumberMin(field, number));
            filters.push(Filter::NumberMax(field, number));
        }
    }
    for comparison in [
        Comparison::Gt,
        Comparison::Gte,
        Comparison::Lt,
        Comparison::Lte,
        Comparison::Eq,
        Comparison::Neq,
        Comparison::After,
    ] {
        filters.push(Filter::Time(TimeField::CreatedAt, comparison, Timestamp(EPOCH + 1_000_000)));
        filters.push(Filter::Time(TimeField::UpdatedAt, comparison, Timestamp(EPOCH + 2_000_000)));
    }
    filters
}

/// T-A3: every filter answers what the model answers, alone and with others, and never widens the list.
pub(crate) async fn t_a3_filters_only_narrow(world: World) {
    let images = crowd(&world, 3, 60).await;
    let filters = some_filters(&images);
    let random = Seeded::new(99);
    let viewers = [viewer("alpha"), viewer("beta"), viewer("delta"), administrator()];
    let mut asked = Vec::new();
    for filter in &filters {
        asked.push(vec![filter.clone()]);
    }
    for _ in 0..40 {
        let pick = || filters[random.below(filters.len() as u64) as usize].clone();
        asked.push(vec![pick(), pick()]);
    }
    for (at, filters) in asked.into_iter().enumerate() {
        let viewer = &viewers[at % viewers.len()];
        let query = ImageQuery {
            visibility: VISIBILITIES[[0, 1, 6][random.below(3) as usize]],
            member_status: [MemberStatusFilter::All, MemberStatusFilter::Only(MemberStatus::Accepted)]
                [random.below(2) as usize],
            hidden: random.below(6) == 0,
            killed: random.below(2) == 0,
            sort: sorted(KEYS[random.below(8) as usize], SortDir::Asc),
            filters,
            ..query()
        };
        let found = world.catalog.images(viewer, &query, None).await.unwrap();
        assert_eq!(ids(&found), ids(&expected(&world, &images, viewer, &query).await), "{viewer:?} {query:?}");
    }
}

pub(crate) fn sorted(key: SortKey, dir: SortDir) -> Vec<(SortKey, SortDir)> {
    vec![(key, dir), (SortKey::CreatedAt, dir), (SortKey::Id, dir)]
}

fn ids(views: &[ImageView]) -> Vec<&ImageId> {
    views.iter().map(|view| &view.image.id).collect()
}

pub(crate) async fn missing_values_sort_first(world: World) {
    for name in [Some("b"), None, Some("a")] {
        let mut image = world.draft("alpha", Visibility::Private);
        image.name = name.map(str::to_owned);
        image.disk_format = name.map(|_| "raw".to_owned());
        world.put(image).await;
    }
    let list = async |key: SortKey, dir: SortDir| {
        let query = ImageQuery { sort: sorted(key, dir), ..query() };
        let found = world.catalog.images(&viewer("alpha"), &query, None).await.unwrap();
        found.into_iter().map(|view| view.image.name).collect::<Vec<_>>()
    };
    let (a, b) = (Some("a".to_owned()), Some("b".to_owned()));
    assert_eq!(list(SortKey::Name, SortDir::Asc).await, [None, a.clone(), b.clone()]);
    assert_eq!(list(SortKey::Name, SortDir::Desc).await, [b, a, None]);
    assert_eq!(list(SortKey::DiskFormat, SortDir::Asc).await[0], None);
    assert_eq!(list(SortKey::DiskFormat, SortDir::Desc).await[2], None);
}

/// Every order, uniform and mixed, page by page: together exactly what the model lists, nothing twice, nothing missing.
pub(crate) async fn every_order_pages_through_everything_once(world: World) {
    let images = crowd(&world, 5, 50).await;
    let mut orders = BTreeMap::new();
    for key in KEYS {
        for dir in [SortDir::Asc, SortDir::Desc] {
            orders.insert(format!("{key:?} {dir:?}"), sorted(key, dir));
        }
    }
    orders.insert(
        "two keys".to_owned(),
        vec![
            (SortKey::Name, SortDir::Asc),
            (SortKey::Size, SortDir::Desc),
            (SortKey::CreatedAt, SortDir::Desc),
            (SortKey::Id, SortDir::Desc),
        ],
    );
    orders.insert(
        "one key against the rest".to_owned(),
        vec![(SortKey::DiskFormat, SortDir::Asc), (SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)],
    );
    let viewers = [viewer("alpha"), viewer("beta"), administrator()];
    for (at, (name, sort)) in orders.into_iter().enumerate() {
        for (seen_as, visibility) in [(at, 0), (at + 1, 1), (at + 2, 1 + at % 6)] {
            let viewer = &viewers[seen_as % viewers.len()];
            let query = ImageQuery {
                visibility: VISIBILITIES[visibility],
                member_status: MemberStatusFilter::All,
                sort: sort.clone(),
                limit: 4,
                ..query()
            };
            let wanted = expected(&world, &images, viewer, &query).await;
            let mut found: Vec<ImageView> = Vec::new();
            loop {
                let after = found.last().map(|view| &view.image);
                let page = world.catalog.images(viewer, &query, after).await.unwrap();
                let full = page.len() == 4;
                found.extend(page);
                if !full {
                    break;
                }
            }
            assert_eq!(found, wanted, "{name}, {viewer:?}, {visibility:?}");
        }
    }
}
