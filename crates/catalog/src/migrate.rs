//! Migrations.

use salon_core::{Result, Timestamp};

use crate::{Schema, sql::Db};

pub(crate) async fn migrate(db: &Db, now: Timestamp) -> Result<Schema> {
    let _ = (db, now);
    todo!()
}

pub(crate) async fn schema(db: &Db) -> Result<Schema> {
    let _ = db;
    todo!()
}
