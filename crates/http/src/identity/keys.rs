//! Access keys, as Keystone's EC2 credentials.

use http::StatusCode;
use salon_core::{ProjectId, Result, UserId};
use salon_identity::built_in::UserRef;
use serde_json::json;

use super::{
    call::{Call, next_of},
    wire,
};
use crate::kit::{Response, answer};

/// `GET /v3/users/{user_id}/credentials/OS-EC2`: for administrators, and for the user itself.
pub(super) async fn list(call: Call<'_>) -> Result<Response> {
    let user = call.param("user_id");
    call.admin_or_self(user, "identity:ec2_list_credentials").await?;
    let page = call.page()?;
    call.directory().user(&UserRef::Id(user.to_owned())).await?;
    let keys = call.directory().keys(&UserId::new(user), &page).await?;
    let next = next_of(&page, &keys, |key| &key.id);
    Ok(call.list("credentials", keys.iter().map(|key| wire::key(key, &call.base)).collect(), next))
}

/// `POST /v3/users/{user_id}/credentials/OS-EC2`: for administrators, and for the user itself.
pub(super) async fn create(mut call: Call<'_>) -> Result<Response> {
    let user = UserId::new(call.param("user_id"));
    call.admin_or_self(user.as_str(), "identity:ec2_create_credential").await?;
    let body = call.json().await?;
    // Keystone reads the project from the body's top, under its old name.
    let wanted = body.as_object().cloned().unwrap_or_default();
    let project = ProjectId::new(wire::required(&wanted, "tenant_id")?);
    let key = call.directory().create_key(&user, &project).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({"credential": wire::key(&key, &call.base)})))
}

/// `GET /v3/users/{user_id}/credentials/OS-EC2/{key_id}`: for administrators, and for the user itself.
pub(super) async fn show(call: Call<'_>) -> Result<Response> {
    let user = call.param("user_id");
    call.admin_or_self(user, "identity:ec2_get_credential").await?;
    let key = call.directory().key(&UserId::new(user), call.param("key_id")).await?;
    Ok(answer::json(StatusCode::OK, &json!({"credential": wire::key(&key, &call.base)})))
}

/// `DELETE /v3/users/{user_id}/credentials/OS-EC2/{key_id}`: for administrators, and for the user itself.
pub(super) async fn delete(call: Call<'_>) -> Result<Response> {
    let user = call.param("user_id");
    call.admin_or_self(user, "identity:ec2_delete_credential").await?;
    call.directory().delete_key(&UserId::new(user), call.param("key_id")).await?;
    Ok(answer::no_content())
}
