use crate::sql::Db;
use salon_core::{
    Result,
    image::{
        ImageView,
        list::{ImageQuery, Viewer},
    },
};
pub(super) async fn images(db: &Db, viewer: &Viewer, query: &ImageQuery) -> Result<Vec<ImageView>> {
    let _ = (db, viewer, query);
    todo!()
}
