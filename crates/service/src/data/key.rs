//! Names of data in a store.
//!
//! A key is made of the image's id and the token of the upload that writes it, so every upload has a name of its
//! own: a late node can never overwrite the winner's bytes, and whoever finds an unfinished upload in the catalog
//! (a cleanup, the next start) knows which file it may have left, without any list.

use salon_core::{ImageId, image::Location};

/// The key under which the upload `token` of image `id` publishes its data.
pub fn upload_key(id: &ImageId, token: &str) -> String {
    format!("{id}.{token}")
}

/// The image and the upload token in a key of this server's own making; `None` for every other name.
///
/// What does not have this form was put there by somebody else and is never removed by repair.
pub fn parse_key(key: &str) -> Option<(ImageId, &str)> {
    let (id, token) = key.split_once('.')?;
    let id = ImageId::parse(id)?;
    ImageId::parse(token)?;
    Some((id, token))
}

/// Where the upload `token` of image `id` puts its data in the store `store`.
pub(crate) fn upload_location(store: &str, id: &ImageId, token: &str) -> Location {
    Location { store: store.to_owned(), key: upload_key(id, token) }
}
