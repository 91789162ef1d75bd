//! Data from elsewhere: orders to fetch it, which are written with the image and kept as jobs, and locations.

use salon_core::{
    Error, Permitted, ProjectId, Result, Timestamp,
    event::Actor,
    image::{
        Image, ImageView, Status,
        actions::{CopyFrom, Create, SetLocation},
        copy::{CopyOrder, not_queued},
        v1::location::External,
    },
};

use crate::{
    Catalog,
    images::{row, write},
    jobs::{self, COPY_IMAGE, NewJob},
    members::{Basis, Guarded as _},
    sql::{Answer, Tx},
};

impl Catalog {
    /// Writes a new image together with the order to fetch its data. A project may have `most` orders waiting.
    ///
    /// # Errors
    /// As [`Catalog::create_image`]; OverLimit for too many orders.
    pub async fn create_image_to_copy(
        &self,
        image: &Permitted<Image, Create>,
        order: &CopyOrder,
        most: u32,
        actor: &Actor,
    ) -> Result<()> {
        let input = Creation { created: ((**image).clone(), actor.clone()), order: order.clone(), most };
        self.db.write(input, create).await
    }

    /// Orders the data of a queued image. A project may have `most` orders waiting.
    ///
    /// # Errors
    /// Invalid when the image is not queued any more; Conflict when its data was ordered already; OverLimit for too
    /// many orders; Stale.
    pub async fn order_copy(
        &self,
        image: &Permitted<ImageView, CopyFrom>,
        order: &CopyOrder,
        most: u32,
        now: Timestamp,
    ) -> Result<()> {
        let input = Ordering { basis: image.basis(), order: order.clone(), most, now };
        self.db.write(input, order_copy).await
    }

    /// Makes a queued image active with data that is somewhere else.
    ///
    /// # Errors
    /// Invalid when the image is not queued any more; Stale.
    pub async fn set_location(
        &self,
        image: &Permitted<ImageView, SetLocation>,
        data: &External,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Image> {
        let on = write::Touch::new(&image.image.id, image.basis(), now, actor);
        self.db.write((on, data.clone()), set_location).await
    }
}

fn set_location<'a>(tx: &'a mut Tx, input: &'a (write::Touch, External)) -> Answer<'a, Image> {
    let (on, data) = input;
    Box::pin(async move {
        let before = match row::lock(tx, on.id.as_str()).await? {
            Some(before) if Basis::of(&before) == on.basis => before,
            Some(_) | None => return Err(Error::stale()),
        };
        if before.status != Status::Queued {
            return Err(not_queued(&on.id));
        }
        let image = write::advance(tx, &before, on, |image| data.place(image)).await?;
        write::tell(tx, "image.activate", &image, on.now, &on.actor).await?;
        Ok(image)
    })
}

struct Creation {
    created: (Image, Actor),
    order: CopyOrder,
    most: u32,
}

fn create<'a>(tx: &'a mut Tx, input: &'a Creation) -> Answer<'a, ()> {
    Box::pin(async move {
        write::create(tx, &input.created).await?;
        let (image, _) = &input.created;
        queue(tx, image, &input.order, input.most, image.created_at).await
    })
}

struct Ordering {
    basis: Basis,
    order: CopyOrder,
    most: u32,
    now: Timestamp,
}

fn order_copy<'a>(tx: &'a mut Tx, input: &'a Ordering) -> Answer<'a, ()> {
    Box::pin(async move {
        let id = input.order.image_id();
        let image = match row::lock(tx, id.as_str()).await? {
            Some(image) if Basis::of(&image) == input.basis => image,
            Some(_) | None => return Err(Error::stale()),
        };
        if image.status != Status::Queued {
            return Err(not_queued(id));
        }
        queue(tx, &image, &input.order, input.most, input.now).await
    })
}

/// One order per image: its id is made of the image's.
async fn queue(tx: &mut Tx, image: &Image, order: &CopyOrder, most: u32, now: Timestamp) -> Result<()> {
    let owner = image.owner.as_ref().map(ProjectId::as_str);
    if let Some(owner) = owner
        && jobs::count_of(tx, COPY_IMAGE, owner, most).await? >= u64::from(most)
    {
        return Err(Error::over_limit(format!("The project has {most} images waiting for their data already.")));
    }
    let job = NewJob { kind: COPY_IMAGE.to_owned(), payload: order.to_json(), run_at: now };
    if jobs::insert_once(tx, &format!("copy.{}", image.id), &job, owner, now).await? {
        Ok(())
    } else {
        Err(Error::conflict(format!("The data of image {} is being fetched already.", image.id)))
    }
}
