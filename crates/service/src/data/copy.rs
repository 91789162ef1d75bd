//! Fetching the data of an image from a URL.

use salon_core::{
    Error, Result,
    image::{Image, copy::CopyOrder},
};

use crate::{
    Service,
    data::{
        attempt::Right,
        upload::{Announced, Filling, Opened, fill},
    },
};

/// Fetches what is ordered and makes the image active, on the same way as an upload. When it cannot be had the image is
/// killed; trouble of this server's own leaves it queued for the next try, unless this is the `last` one.
///
/// Dropping the returned future ends the transfer at the next safe point; the image goes back to queued.
///
/// # Errors
/// As [`fill`]; Invalid for everything that is wrong with the source.
pub(crate) async fn copy(service: &Service, order: &CopyOrder, last: bool) -> Result<Image> {
    let (guard, url) = (service.outbound().clone(), order.url().to_owned());
    let sized = order.size().is_some();
    let open = async move {
        let body = guard.get(&url).await?.body;
        if !sized && !body.is_delimited() {
            // The end of such a body and a broken connection look the same.
            return Err(Error::invalid("The source does not say how much it sends."));
        }
        Ok(Opened { length: body.length(), body })
    };
    let filling = Filling {
        right: Right::Order { order: order.clone(), last },
        id: order.image_id().clone(),
        announced: Announced::ordered(order.size()),
        checksum: order.checksum().map(str::to_owned),
    };
    fill(service, filling, open).await
}
