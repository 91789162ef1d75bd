//! What the catalog costs on SQLite, as CPU time per operation: `cargo run --release -p salon-catalog --example cost`.
//!
//! CPU time of the whole process, so that the writer's thread counts as well; wall-clock time says little on a busy box.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails has nothing to say but that")]

use std::{fs, future::Future, sync::Arc, time::Duration};

use salon_catalog::{Catalog, Options};
use salon_core::{
    Caller, ImageId, ProjectId, Scope, Timestamp, UserId, Viewer,
    event::Actor,
    image::{
        Image, Status, Visibility,
        list::{ImageQuery, MemberStatusFilter, SortDir, SortKey, VisibilityFilter},
        sharing,
    },
    membership::{MemberName, MemberStatus, rules::Invitation},
    policy::Policy,
};

fn cpu() -> Duration {
    // utime and stime, fields 14 and 15 after the name in brackets, in hundredths of a second.
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().map(|at| fields.get(*at).unwrap().parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

async fn measure<F: Future<Output = ()>>(what: &str, count: u32, operation: impl Fn(u32) -> F) {
    let before = cpu();
    for at in 0..count {
        operation(at).await;
    }
    let each = (cpu() - before) / count;
    println!("{what}: {:.1} µs CPU", each.as_secs_f64() * 1e6);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("salon.db").display());
    let catalog = Catalog::open(Options::new(url)).await.unwrap();
    catalog.migrate(Timestamp(0)).await.unwrap();
    let policy = Policy::defaults();
    let admin = Caller {
        user_id: UserId::new("admin"),
        user_name: None,
        user_domain_id: None,
        scope: Scope::Project(ProjectId::new("admin")),
        project_domain_id: None,
        roles: ["admin", "member", "reader"].map(str::to_owned).to_vec(),
        service_roles: Vec::new(),
        is_admin_project: true,
    };
    let actor = Actor { user_id: "admin".to_owned(), project_id: None, request_id: "req".to_owned() };
    let id =
        |at: u32| ImageId::parse(&format!("{:08x}-0000-4000-8000-{at:012}", at.wrapping_mul(2_654_435_761))).unwrap();
    let image = |at: u32| Image {
        id: id(at),
        name: Some(format!("image {at}")),
        owner: Some(ProjectId::new(format!("project {}", at % 7))),
        status: Status::Queued,
        visibility: if at.is_multiple_of(5) { Visibility::Public } else { Visibility::Shared },
        hidden: false,
        protected: false,
        disk_format: Some("raw".to_owned()),
        container_format: Some("bare".to_owned()),
        min_disk: 0,
        min_ram: 0,
        size: None,
        virtual_size: None,
        checksum: None,
        os_hash_algo: None,
        os_hash_value: None,
        created_at: Timestamp(i64::from(at)),
        updated_at: Timestamp(i64::from(at)),
        tags: ["one", "two"].map(str::to_owned).into(),
        properties: [("os_distro".to_owned(), "debian".to_owned()), ("os_version".to_owned(), "12".to_owned())].into(),
        location: None,
        revision: 1,
    };
    let (catalog, policy, admin, actor) = (&catalog, &policy, &admin, &actor);

    let images = 20_000;
    measure("create an image, one at a time", 2_000, |at| async move {
        let permitted = policy.permit_create(admin, image(at)).unwrap();
        catalog.create_image(&permitted, actor).await.unwrap();
    })
    .await;
    let before = cpu();
    for batch in (2_000..images).step_by(100) {
        let mut creates = Vec::new();
        for at in batch..batch + 100 {
            creates.push(async move {
                let permitted = policy.permit_create(admin, image(at)).unwrap();
                catalog.create_image(&permitted, actor).await.unwrap();
            });
        }
        futures_util::future::join_all(creates).await;
    }
    println!("create an image, a hundred at a time: {:.1} µs CPU", (cpu() - before).as_secs_f64() * 1e6 / 18_000.0);

    let member = |at: u32| MemberName::parse(&format!("member {at}")).unwrap();
    measure("invite, one at a time", 2_000, |at| async move {
        let view = catalog.image(&id(at - at % 5 + 1), None).await.unwrap().unwrap();
        let permitted = sharing::invite(policy, admin, view).unwrap();
        let invitation = Invitation { status: MemberStatus::Accepted, ..Invitation::pending(member(at)) };
        catalog.invite(&permitted, &invitation, Some(128), Timestamp(i64::from(at)), actor).await.unwrap();
    })
    .await;

    let project = &ProjectId::new("project 3");
    measure("show an image", 100_000, |at| async move {
        catalog.image(&id(at % images), Some(project)).await.unwrap().unwrap();
    })
    .await;

    let viewer = &Viewer { project: Some(project.clone()), admin: false };
    let query = &ImageQuery {
        visibility: VisibilityFilter::Default,
        member_status: MemberStatusFilter::Only(MemberStatus::Accepted),
        hidden: false,
        killed: false,
        filters: Vec::new(),
        sort: vec![(SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)],
        marker: None,
        limit: 25,
    };
    measure("list 25 images", 10_000, |_| async move {
        assert_eq!(catalog.images(viewer, query, None).await.unwrap().len(), 25);
    })
    .await;
    let deep = &catalog.image(&id(10_000), None).await.unwrap().unwrap().image;
    measure("list 25 images, deep", 10_000, |_| async move {
        assert_eq!(catalog.images(viewer, query, Some(deep)).await.unwrap().len(), 25);
    })
    .await;

    // The price of handing a read to another thread, for comparison: the same read on a blocking thread.
    let shared = Arc::new(catalog.clone());
    let before = cpu();
    for at in 0..50_000 {
        let (catalog, project) = (Arc::clone(&shared), project.clone());
        let id = id(at % images);
        let handle = tokio::runtime::Handle::current();
        let read = move || handle.block_on(async move { catalog.image(&id, Some(&project)).await });
        tokio::task::spawn_blocking(read).await.unwrap().unwrap().unwrap();
    }
    println!("show an image, on another thread: {:.1} µs CPU", (cpu() - before).as_secs_f64() * 1e6 / 50_000.0);
}
