//! The cost of a page, counted in steps of the database, not in time.

use salon_core::{
    ImageId, ProjectId, Viewer,
    image::{
        Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, SortDir, SortKey, TextField, VisibilityFilter},
    },
    membership::MemberStatus,
};

use crate::{
    lists::{KEYS, query, sorted, viewer},
    support::{Database, World},
};

/// Images `from..to`, written past the catalog: a fifth public, community, shared, and so on, owned by alpha and beta;
/// every eighth is shared with alpha.
async fn fill(world: &World, from: u32, to: u32) {
    let (series, number, text, prefix) = match world.database {
        Database::Sqlite => (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {to}) SELECT n FROM s)"
            ),
            "INTEGER",
            "TEXT",
            "",
        ),
        Database::Postgres => {
            (format!("(SELECT n FROM generate_series({from}, {}) AS n)", to - 1), "BIGINT", "TEXT", "")
        }
        Database::MariaDb => (
            format!("(SELECT seq AS n FROM seq_{from}_to_{})", to - 1),
            "SIGNED",
            "CHAR",
            "SET sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT'); ",
        ),
    };
    // A number that scatters, so that orders do not coincide.
    let scattered = format!("CAST((s.n * 7919) % 1000003 AS {number})");
    let images = format!(
        "{prefix}INSERT INTO images (id, name, has_name, owner, status, visibility, hidden, protected, disk_format, \
         container_format, min_disk, min_ram, size, created_at, updated_at, tags, properties, revision) \
         SELECT SUBSTR('0000000' || CAST({scattered} AS {text}), -8) || '-0000-4000-8000-' \
           || SUBSTR('00000000000' || CAST(s.n AS {text}), -12), \
         'image ' || CAST({scattered} % 5000 AS {text}), 1, CASE WHEN s.n % 2 = 0 THEN 'alpha' ELSE 'beta' END, \
         CASE WHEN s.n % 50 = 0 THEN 'queued' ELSE 'active' END, \
         CASE s.n % 5 WHEN 0 THEN 'public' WHEN 1 THEN 'community' WHEN 2 THEN 'shared' WHEN 3 THEN 'shared' \
           ELSE 'private' END, \
         0, 0, 'raw', 'bare', 0, 0, {scattered} % 100, {scattered} * 1000, 2000000000 - {scattered} * 1000, '[]', '{{}}', 1 \
         FROM {series} AS s"
    );
    let images = if world.database == Database::Postgres {
        // PostgreSQL's SUBSTR takes no negative place.
        images.replace("SUBSTR(", "RIGHT(").replace(", -8)", ", 8)").replace(", -12)", ", 12)")
    } else {
        images
    };
    let memberships = "INSERT INTO memberships (kind, thing_id, member, status, role, can_share, created_at, updated_at, \
         thing_created_at) SELECT 'image', id, 'alpha', 'accepted', 'member', 0, created_at, created_at, created_at \
         FROM images WHERE visibility = 'shared' AND owner = 'beta' \
         AND id NOT IN (SELECT thing_id FROM memberships)";
    let script = format!("{images}; {memberships};");
    match world.database {
        Database::Sqlite => {
            let path = world.url.strip_prefix("sqlite:").unwrap();
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(&format!("PRAGMA synchronous = OFF; BEGIN; {script} COMMIT;")).unwrap();
        }
        Database::Postgres => world.database.say(&world.url, &format!("{script} ANALYZE;")).await,
        Database::MariaDb => world.database.say(&world.url, &script).await,
    }
}

struct Asked {
    name: String,
    viewer: Viewer,
    query: ImageQuery,
}

fn asked() -> Vec<Asked> {
    let admin = Viewer { project: Some(ProjectId::new("admin")), admin: true };
    let mut asked = Vec::new();
    for (who, viewer) in [("alpha", viewer("alpha")), ("admin", admin)] {
        for key in KEYS {
            for dir in [SortDir::Asc, SortDir::Desc] {
                for visibility in [
                    VisibilityFilter::Default,
                    VisibilityFilter::All,
                    VisibilityFilter::NonPublic,
                    VisibilityFilter::Only(Visibility::Public),
                    VisibilityFilter::Only(Visibility::Community),
                    VisibilityFilter::Only(Visibility::Shared),
                    VisibilityFilter::Only(Visibility::Private),
                ] {
                    // Guests' lists in another order than created_at sort the guest's own set, which the catalog says.
                    let member_status = if key == SortKey::CreatedAt {
                        MemberStatusFilter::All
                    } else {
                        MemberStatusFilter::Only(MemberStatus::Rejected)
                    };
                    asked.push(Asked {
                        name: format!("{who}, {key:?} {dir:?}, {visibility:?}"),
                        viewer: viewer.clone(),
                        query: ImageQuery { visibility, member_status, sort: sorted(key, dir), limit: 25, ..query() },
                    });
                }
            }
        }
        for (name, filter) in [
            ("status", Filter::Text(TextField::Status, vec!["queued".to_owned()])),
            ("format", Filter::Text(TextField::DiskFormat, vec!["none such".to_owned()])),
            ("owner", Filter::Text(TextField::Owner, vec!["beta".to_owned()])),
            ("name", Filter::Text(TextField::Name, vec!["no such name".to_owned()])),
            ("tag", Filter::Tag("no such tag".to_owned())),
            ("property", Filter::Property("no".to_owned(), "such".to_owned())),
            ("checksum", Filter::Text(TextField::Checksum, vec!["none such".to_owned()])),
        ] {
            asked.push(Asked {
                name: format!("{who}, filter {name}"),
                viewer: viewer.clone(),
                query: ImageQuery {
                    member_status: MemberStatusFilter::Only(MemberStatus::Rejected),
                    filters: vec![filter],
                    limit: 25,
                    ..query()
                },
            });
        }
    }
    asked
}

/// With a hundred times as many images, and in the middle of the list as at its beginning, a page costs what it cost.
pub(crate) async fn t_d8_pages_cost_the_same_at_any_depth(world: World) {
    fill(&world, 1, 1_000).await;
    let asked = asked();
    let mut small = Vec::new();
    for Asked { viewer, query, .. } in &asked {
        small.push(world.catalog.page_steps(viewer, query, None).await.unwrap());
    }
    fill(&world, 1_000, 100_000).await;
    // An image of alpha whose sort values are all in the middle of the others'.
    let (at, scattered) = (1..100_000_u64)
        .map(|at| (at, at * 7919 % 1_000_003))
        .find(|(at, scattered)| at % 10 == 2 && at % 50 != 0 && (502_050..502_100).contains(scattered))
        .unwrap();
    let middle = ImageId::parse(&format!("{scattered:08}-0000-4000-8000-{at:012}")).unwrap();
    let middle = world.row(&middle).await.unwrap();
    let mut wrong = Vec::new();
    for (Asked { name, viewer, query }, small) in asked.into_iter().zip(small) {
        let first = world.catalog.page_steps(&viewer, &query, None).await.unwrap();
        let deep = world.catalog.page_steps(&viewer, &query, Some(&middle)).await.unwrap();
        let most = small * 2 + 2_000;
        if first > most || deep > most {
            wrong.push(format!("{name}: {small} steps with 1 000 images, {first} and {deep} with 100 000"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
