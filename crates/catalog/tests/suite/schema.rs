use salon_catalog::{Catalog, Options, Schema, identity::Domain};
use salon_core::{Kind, Timestamp, image::Visibility, membership::ThingKind};

use crate::support::{Database, EPOCH, World};

pub(crate) async fn fresh_is_migrated_twice(world: World) {
    let first = world.catalog.schema().await.unwrap();
    assert_eq!(first.current, first.known);
    let again = world.catalog.migrate(Timestamp(EPOCH + 1)).await.unwrap();
    assert_eq!(again, first);
    // What was written between the two is still there.
    let id = world.image("alpha", Visibility::Private).await;
    world.catalog.migrate(Timestamp(EPOCH + 2)).await.unwrap();
    assert!(world.row(&id).await.is_some());
}

pub(crate) async fn a_newer_schema_is_refused(world: World) {
    let statement = "INSERT INTO schema_version (version, applied_at) VALUES (1000000, 0)";
    if world.database == Database::Sqlite {
        let path = world.url.strip_prefix("sqlite:").unwrap();
        rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
    } else {
        world.database.say(&world.url, statement).await;
    }
    let error = world.catalog.migrate(Timestamp(EPOCH)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.message().contains("1000000"), "{error}");
    let Schema { current, known } = world.catalog.schema().await.unwrap();
    assert!(current > known);
}

/// Schema 8 makes SQLite's logs anew.
pub(crate) async fn logs_keep_their_rows_and_numbers(world: World) {
    if world.database != Database::Sqlite {
        return;
    }
    const BEFORE: [&str; 7] = [
        include_str!("../../src/migrations/sqlite/0001_first.sql"),
        include_str!("../../src/migrations/sqlite/0002_api_keys.sql"),
        include_str!("../../src/migrations/sqlite/0003_tasks.sql"),
        include_str!("../../src/migrations/sqlite/0004_accounts.sql"),
        include_str!("../../src/migrations/sqlite/0005_rooms.sql"),
        include_str!("../../src/migrations/sqlite/0006_messages.sql"),
        include_str!("../../src/migrations/sqlite/0007_commits.sql"),
    ];
    const HISTORY: &str = "INSERT INTO membership_history (seq, kind, thing_id, member, changed, status, role, can_share, \
        at, user_id, project_id, request_id) VALUES";
    const EVENT: &str = "INSERT INTO outbox (seq, topic, kind, thing_id, at, payload) VALUES";
    for newest_is_gone in [false, true] {
        let url = format!("{}.{newest_is_gone}", world.url);
        let open = || rusqlite::Connection::open(url.trim_start_matches("sqlite:")).unwrap();
        let old = open();
        old.execute_batch("CREATE TABLE schema_version (version BIGINT PRIMARY KEY, applied_at BIGINT)").unwrap();
        for (version, file) in (1..).zip(BEFORE) {
            old.execute_batch(file).unwrap();
            old.execute("INSERT INTO schema_version VALUES (?, 1)", [version]).unwrap();
        }
        for seq in [3, 7, 40] {
            let row =
                format!("({seq}, 'image', 'x', 'm{seq}', 'invite', 'pending', 'member', 1, {seq}, 'u', 'p', 'r')");
            old.execute_batch(&format!("{HISTORY} {row}")).unwrap();
            old.execute_batch(&format!("{EVENT} ({seq}, 'image.create', 'image', 'x', {seq}, '{{}}')")).unwrap();
        }
        if newest_is_gone {
            old.execute_batch("DELETE FROM membership_history; DELETE FROM outbox WHERE seq = 40").unwrap();
        }
        drop(old);

        let catalog = Catalog::open(Options::new(url.clone())).await.unwrap();
        catalog.migrate(Timestamp(EPOCH)).await.unwrap();
        let events: Vec<_> = catalog.events(0, 10).await.unwrap();
        let numbers: Vec<_> = events.iter().map(|event| (event.seq, event.thing_id.as_str())).collect();
        let history = catalog.member_history(ThingKind::Image, "x", 0, 10).await.unwrap();
        let members: Vec<_> = history.iter().map(|entry| (entry.seq, entry.member.as_str())).collect();
        if newest_is_gone {
            assert_eq!(numbers, [(3, "x"), (7, "x"), (40, "")]);
            assert_eq!(members, []);
        } else {
            assert_eq!(numbers, [(3, "x"), (7, "x"), (40, "x")]);
            assert_eq!(members, [(3, "m3"), (7, "m7"), (40, "m40")]);
            assert_eq!(history[2].project_id.as_deref(), Some("p"));
        }
        catalog.close().await;
        let new = open();
        let next = |statement: &str| -> i64 { new.query_row(statement, [], |row| row.get(0)).unwrap() };
        assert_eq!(next(&format!("{HISTORY} (NULL, '', '', '', '', '', '', 0, 0, '', '', '') RETURNING seq")), 41);
        assert_eq!(next(&format!("{EVENT} (NULL, '', '', '', 0, '') RETURNING seq")), 41);
    }
}

pub(crate) async fn two_servers_migrate_at_once(world: World) {
    let mut servers = Vec::new();
    for _ in 0..4 {
        let url = world.url.clone();
        servers.push(tokio::spawn(async move {
            let catalog = Catalog::open(Options::new(url.clone())).await.unwrap();
            let schema = catalog.migrate(Timestamp(EPOCH)).await.unwrap();
            catalog.close().await;
            schema
        }));
    }
    for server in servers {
        let schema = server.await.unwrap();
        assert_eq!(schema.current, schema.known);
    }
}

/// Where versions are told, whatever concerns sessions makes another, and so does every commit of others; images do not.
pub(crate) async fn a_version_stands_for_all_that_sessions_are_made_of(world: World) {
    let Some(before) = world.catalog.session_version() else {
        assert_ne!(world.database, Database::Sqlite, "SQLite tells it");
        return;
    };
    let id = world.new_id();
    assert!(world.row(&id).await.is_none());
    world.catalog.ping().await.unwrap();
    assert_eq!(world.catalog.session_version(), Some(before), "reading is no commit");

    let mut seen = vec![before];
    let note = |seen: &mut Vec<_>, what: &str| {
        let version = world.catalog.session_version().unwrap();
        assert!(!seen.contains(&version), "{what} after {} others", seen.len());
        seen.push(version);
    };
    for number in 0..300 {
        let id = world.image("alpha", Visibility::Shared).await;
        world.invite(&id, "beta").await.unwrap();
        world.invite(&id, "beta").await.unwrap_err();
        assert_eq!(world.catalog.session_version().as_ref(), seen.last(), "an image and its guest");
        if number % 10 == 0 {
            let name = format!("own-{number}");
            world.catalog.create_domain(&Domain { id: name.clone(), name, enabled: true }).await.unwrap();
            note(&mut seen, "a domain");
        }
        if number % 50 == 0 {
            let beside = Catalog::open(Options::new(world.url.clone())).await.unwrap();
            assert!(beside.session_version().is_some());
            let name = format!("domain-{number}");
            beside.create_domain(&Domain { id: name.clone(), name, enabled: true }).await.unwrap();
            note(&mut seen, "another server's commit");
            beside.close().await;
            assert_eq!(beside.session_version(), None, "it is closed");
            // It wrote the log back.
            seen.extend(world.catalog.session_version());
        }
        if number % 100 == 50 {
            // The log begins anew.
            world.database.say(&world.url, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            world.database.say(&world.url, "CREATE TABLE more (number INTEGER); DROP TABLE more").await;
            note(&mut seen, "a command's commit");
        }
    }
}
