//! From an image to an object.

use salon_core::{
    Error, Kind, Result,
    image::Image,
    task::{Export, check_export, object_name},
};
use salon_store::{Blob, HashAlgo, digest};
use serde_json::{Value, json};

use super::containers;
use crate::{Ctx, Service, data};

/// Writes the image's data into the container and answers the task's result. `again` says that it was begun before: then
/// an object that is there already and has the same data is this task's.
///
/// # Errors
/// With the words for the task's message.
pub(super) async fn run(service: &Service, ctx: &Ctx, wanted: &Export, again: bool) -> Result<Value> {
    let data::Download { image, blob } = data::download(service, ctx, &wanted.image).await?;
    check_export(&ctx.caller, &image)?;
    let blob = blob.ok_or_else(|| Error::conflict(format!("Image {} has no data.", image.id)))?;
    let project = ctx.caller.project().map_or("", |project| project.as_str());
    let name = object_name(&image.id);
    let (containers, container) = (containers(service)?, &wanted.container);
    let done = json!({"export_location": format!("{container}/{name}")});
    let bytes = blob.stream(0..blob.size());
    match containers.write(project, container, &name, blob.size(), bytes).await {
        Ok(()) => Ok(done),
        Err(error) if error.kind() == Kind::Conflict && again => {
            match containers.object(project, container, &name).await? {
                Some(object) if is_data_of(&object, &image).await? => Ok(done),
                Some(_) | None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Whether an object has the data of an image.
async fn is_data_of(object: &Blob, image: &Image) -> Result<bool> {
    if image.size != Some(object.size()) {
        return Ok(false);
    }
    let digests = digest::of_blob(object, HashAlgo::Md5, |_| {}).await?;
    Ok(image.checksum.as_deref() == Some(digests.checksum.as_str()))
}
