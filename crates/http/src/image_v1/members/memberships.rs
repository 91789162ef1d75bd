//! `/v1/shared-images/{member}`

use http::StatusCode;
use salon_core::membership::MemberName;
use salon_service::v1;

use crate::{
    image_v1::{
        Answer, Call, ImageV1,
        wire::{SharedImage, SharedImages},
    },
    kit::answer,
};

pub(crate) async fn memberships(api: &ImageV1, call: Call) -> Answer {
    // Nothing is shared with a tenant that cannot be; nobody is told whether one exists.
    let found = match MemberName::parse(call.params.get("member")) {
        Ok(tenant) => v1::memberships_of(&api.service, &call.ctx, &tenant).await?,
        Err(_) => Vec::new(),
    };
    let shared_images = found.iter().map(SharedImage::of).collect();
    Ok(answer::json(StatusCode::OK, &SharedImages { shared_images }))
}
