use salon_catalog::{Catalog, Options, Schema, identity::Domain};
use salon_core::{Kind, Timestamp};

use crate::support::{Database, EPOCH, World};

pub(crate) async fn fresh_is_migrated_twice(world: World) {
    let first = world.catalog.schema().await.unwrap();
    assert_eq!(first.current, first.known);
    let again = world.catalog.migrate(Timestamp(EPOCH + 1)).await.unwrap();
    assert_eq!(again, first);
    // What was written between the two is still there.
    let id = world.image("alpha", salon_core::image::Visibility::Private).await;
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

pub(crate) async fn two_servers_migrate_at_once(world: World) {
    let mut servers = Vec::new();
    for _ in 0..4 {
        let url = world.url.clone();
        servers.push(tokio::spawn(async move {
            let catalog = Catalog::open(Options::new(url)).await.unwrap();
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

/// Where versions are told, each commit makes another, whoever makes it, and nothing else does.
pub(crate) async fn a_version_stands_for_all_that_was_written(world: World) {
    let Some(before) = world.catalog.version() else {
        assert_ne!(world.database, Database::Sqlite, "SQLite tells it");
        return;
    };
    let id = world.new_id();
    assert!(world.row(&id).await.is_none());
    world.catalog.ping().await.unwrap();
    assert_eq!(world.catalog.version(), Some(before), "reading is no commit");

    let mut seen = vec![before];
    let note = |seen: &mut Vec<_>, what: &str| {
        let version = world.catalog.version().unwrap();
        assert!(!seen.contains(&version), "{what} after {} others", seen.len());
        seen.push(version);
    };
    for number in 0..300 {
        world.image("alpha", salon_core::image::Visibility::Private).await;
        note(&mut seen, "an image");
        if number % 50 == 0 {
            let beside = Catalog::open(Options::new(world.url.clone())).await.unwrap();
            assert_eq!(beside.version(), world.catalog.version());
            let name = format!("domain-{number}");
            beside.create_domain(&Domain { id: name.clone(), name, enabled: true }).await.unwrap();
            note(&mut seen, "another server's commit");
            beside.close().await;
            assert_eq!(beside.version(), None, "it is closed");
        }
        if number % 100 == 50 {
            // The log begins anew.
            world.database.say(&world.url, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            world.database.say(&world.url, "CREATE TABLE more (number INTEGER); DROP TABLE more").await;
            note(&mut seen, "a command's commit");
        }
    }
}
