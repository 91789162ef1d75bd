use salon_catalog::{Catalog, Options, Schema};
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
