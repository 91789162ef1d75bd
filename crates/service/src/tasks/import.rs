//! From an object to an image.

use salon_core::{
    Error, ImageId, Kind, Result,
    image::Status,
    task::{Import, import_draft},
};
use salon_inspect::vhd::{self, Problem};
use salon_store::{Blob, file::containers::read_at};
use serde_json::{Value, json};

use super::{containers, work::waits};
use crate::{
    Ctx, Service,
    data::{self, UploadRequest},
    images,
};

/// Makes the image `id` of the object and answers the task's result. Begun again, it goes on with the image that is
/// there; when it fails for good (`may_wait` off, or nothing to wait for), no image is left.
///
/// # Errors
/// With the words for the task's message.
pub(super) async fn run(service: &Service, ctx: &Ctx, id: &ImageId, wanted: &Import, may_wait: bool) -> Result<Value> {
    if let Some(stray) = &wanted.stray {
        let words = format!("An import takes the image property 'name' only, not '{stray}'.");
        return Err(Error::invalid(words));
    }
    let done = json!({"image_id": id});
    let found = service.catalog().image(id, ctx.caller.project()).await?;
    match found.as_ref().map(|view| view.image.status) {
        Some(Status::Active | Status::Deactivated) => return Ok(done),
        // An attempt that was cut and is not taken back yet.
        Some(Status::Saving) => return Err(Error::unavailable(format!("image {id} is being saved still"))),
        Some(_) | None => {}
    }
    let outcome = transfer(service, ctx, id, wanted, found.is_none()).await;
    if let Err(error) = &outcome
        && !(may_wait && waits(error))
    {
        discard(service, ctx, id).await;
    }
    outcome.map(|()| done)
}

async fn transfer(service: &Service, ctx: &Ctx, id: &ImageId, wanted: &Import, fresh: bool) -> Result<()> {
    let project = ctx.caller.project().map_or("", |project| project.as_str());
    let object = containers(service)?.object(project, &wanted.container, &wanted.object).await?;
    let Some(object) = object else {
        let (container, object) = (&wanted.container, &wanted.object);
        return Err(Error::not_found(format!("There is no object {object} in the container {container}.")));
    };
    check(&object, service.settings().vhd_size_limit).await?;
    if fresh {
        images::create(service, ctx, import_draft(id, wanted.name.clone())).await.map_err(|error| {
            match error.kind() {
                Kind::Conflict => Error::conflict("The image was deleted while it was imported."),
                _ => error,
            }
        })?;
    }
    let request = UploadRequest {
        content_length: Some(object.size()),
        declared_size: None,
        body: object.stream(0..object.size()),
    };
    data::upload(service, ctx, id, request).await.map(drop)
}

/// Holds the object to what a VHD is.
async fn check(object: &Blob, limit: u64) -> Result<()> {
    let size = object.size();
    let refused = |problem: Problem| Error::invalid(format!("Import failed with error {}: {problem}.", problem.code()));
    let read = |at: u64, bytes: u64| read_at(object, at, usize::try_from(bytes).unwrap_or(0));
    vhd::check_size(size, limit).map_err(refused)?;
    let head = read(0, vhd::HEAD_BYTES).await?;
    let tail = read(size.saturating_sub(vhd::FOOTER_BYTES), vhd::FOOTER_BYTES).await?;
    let footer = vhd::check_footer(&head, &tail, size, limit).map_err(refused)?;
    if let Some(at) = footer.header_at {
        let header = read(at, vhd::HEADER_BYTES).await?;
        let table = vhd::check_header(&header, &footer, size).map_err(refused)?;
        let entries = read(table.at, table.bytes).await?;
        vhd::check_table(&entries, &table, size).map_err(refused)?;
    }
    Ok(())
}

/// Removes what a failed import made.
async fn discard(service: &Service, ctx: &Ctx, id: &ImageId) {
    match images::delete(service, ctx, id).await {
        Ok(()) => {}
        Err(error) if error.kind() == Kind::NotFound => {}
        Err(error) => {
            tracing::warn!(image = %id, error = error.report(), "the image of a failed import could not be removed");
        }
    }
}
