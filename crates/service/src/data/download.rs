//! Download.

use salon_core::{
    Error, ImageId, Kind, Result,
    image::{Image, Location, actions::Download as Read, lifecycle},
    policy::image_absent,
};
use salon_store::{Blob, Key};

use crate::{Ctx, Service, data::whole::Whole, images::load};

/// The bytes of an image.
#[derive(Debug)]
pub enum Data {
    /// There are none (yet).
    None,
    /// In the store.
    Stored(Blob),
    /// Somewhere else, on their way: as many as the record's size, or an error.
    External(Box<Whole>),
}

/// An image and its bytes, when they are here.
#[derive(Debug)]
pub struct Download {
    /// The record, for size and digests.
    pub image: Image,
    /// The bytes; `None` while the image has none.
    pub blob: Option<Blob>,
}

/// As [`read`], for what needs the bytes in the store.
///
/// # Errors
/// As [`read`]; Invalid for an image whose data is somewhere else.
pub async fn download(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Download> {
    let (image, data) = read(service, ctx, id).await?;
    let blob = match data {
        Data::None => None,
        Data::Stored(blob) => Some(blob),
        Data::External(_) => return Err(Error::invalid(format!("The data of image {id} is not kept here."))),
    };
    Ok(Download { image, blob })
}

/// Opens the data of an image for the caller. One read of the catalog; the bytes then come from an open handle and
/// stay whole whatever happens to the image meanwhile.
///
/// # Errors
/// NotFound when the image is absent or invisible, or its data is missing in the store; Forbidden by policy, or for a
/// deactivated image unless the caller is an administrator; Internal when the store's object has another size than
/// the record says; Unavailable when data that is somewhere else cannot be read as it is recorded.
pub async fn read(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<(Image, Data)> {
    let policy = service.policy();
    let view = load(service, ctx, id).await?;
    let view = policy.permit::<Read>(&ctx.caller, view)?.into_inner();
    lifecycle::read_data(&policy, &ctx.caller, &view)?;
    let image = view.image;
    let data = match &image.location {
        Some(location) if location.is_external() => Data::External(Box::new(fetch(service, &image, location).await?)),
        Some(location) => Data::Stored(open(service, ctx, &image, location).await?),
        None => Data::None,
    };
    Ok((image, data))
}

/// Begins to read what is somewhere else. What a client reads of a failure is nothing but that there was one.
async fn fetch(service: &Service, image: &Image, location: &Location) -> Result<Whole> {
    let failed = |detail: String| Error::unavailable(format!("data of image {} is elsewhere: {detail}", image.id));
    let body = match service.outbound().get(&location.key).await {
        Ok(fetched) => fetched.body,
        Err(failure) => return Err(failed(failure.to_string())),
    };
    match (body.length(), image.size) {
        (Some(length), Some(size)) if length != size => Err(failed(format!("{length} bytes instead of {size}"))),
        _ => Whole::new(body, image.size.unwrap_or(0), image.checksum.as_deref()),
    }
}

/// Opens the object at `location` and holds it to what the record says.
async fn open(service: &Service, ctx: &Ctx, image: &Image, location: &Location) -> Result<Blob> {
    let store = service.store();
    if location.store != store.id() {
        return Err(Error::unavailable(format!(
            "image {} is in store {}, which is not open",
            image.id, location.store
        )));
    }
    let blob = match store.open(&Key::parse(&location.key)?).await {
        Ok(blob) => blob,
        Err(error) if error.kind() == Kind::NotFound => return Err(missing(service, ctx, image, location).await),
        Err(error) => return Err(error),
    };
    if image.size.is_some_and(|size| size != blob.size()) {
        tracing::error!(
            image = %image.id, store = location.store, key = location.key, recorded = image.size, stored = blob.size(),
            "image data has the wrong size; not served"
        );
        return Err(Error::internal(format!("data of image {} has the wrong size", image.id)));
    }
    Ok(blob)
}

/// Why there is no object: the image was deleted between the two looks, or the data is lost.
async fn missing(service: &Service, ctx: &Ctx, image: &Image, location: &Location) -> Error {
    match load(service, ctx, &image.id).await {
        Ok(now) if now.image.location.as_ref() == Some(location) => {
            tracing::error!(
                image = %image.id, store = location.store, key = location.key,
                "image data is missing from the store; run a check"
            );
            Error::not_found(format!("Data of image {} is missing", image.id))
        }
        Ok(_) => image_absent(&image.id),
        Err(error) => error,
    }
}
