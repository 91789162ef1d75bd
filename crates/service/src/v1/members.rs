//! Guest lists.

use std::collections::BTreeSet;

use salon_core::{
    Error, ImageId, ProjectId, Result, Viewer,
    image::{
        Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, SortDir, SortKey, TextField, VisibilityFilter},
        v1::{
            grants::Grant,
            sharing::{self as rules, Onlooker},
        },
    },
    membership::{MemberName, Membership, ThingKind},
};

use crate::{Ctx, Service, images::load, retry::until_fresh, sharing::walks};

/// Memberships read at a time.
const PAGE: u32 = 100;
/// Memberships of one tenant that are answered at most; v1 has no pages here.
const LONGEST: usize = 100_000;

/// The guest list as far as it is the caller's to see.
///
/// # Errors
/// NotFound when the image is invisible; Forbidden by policy; OverLimit for a list too long to be answered.
pub async fn members(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Vec<Membership>> {
    walks::list(service, ctx, id, rules::list).await
}

/// One membership.
///
/// # Errors
/// NotFound for everything that is not there or not the caller's to see; Forbidden by policy.
pub async fn member(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    walks::show(service, ctx, id, member, rules::show).await
}

/// Adds a member, or changes the one that is there; doing it twice changes nothing.
///
/// # Errors
/// NotFound when the image is invisible or not the caller's to share; Forbidden by policy; OverLimit over the quota.
pub async fn grant(service: &Service, ctx: &Ctx, id: &ImageId, grant: &Grant) -> Result<Membership> {
    let policy = service.policy();
    let actor = ctx.actor();
    let membership = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let sharer = rules::grant(&policy, &ctx.caller, view)?;
        service.catalog().grant(&sharer, grant, service.limits().image_members, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, member = membership.member, request = ctx.request_id, "member granted");
    Ok(membership)
}

/// Makes the guest list, as far as the caller sees it, exactly `list`; in one transaction.
///
/// # Errors
/// As [`grant`].
pub async fn replace(service: &Service, ctx: &Ctx, id: &ImageId, list: &[Grant]) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let sharer = rules::replace(&policy, &ctx.caller, view)?;
        service.catalog().replace_grants(&sharer, list, service.limits().image_members, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, members = list.len(), request = ctx.request_id, "guest list replaced");
    Ok(())
}

/// Removes a member: from the answer on nothing succeeds through this membership.
///
/// # Errors
/// NotFound when image or member are absent, invisible, or not the caller's to change; Forbidden by policy.
pub async fn revoke(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<()> {
    walks::revoke(service, ctx, id, member, rules::revoke).await
}

/// The memberships of `tenant` that the caller may see: all for administrators, those that have an effect for the tenant
/// itself, and those in its own images for everybody else.
///
/// # Errors
/// Forbidden by policy; OverLimit for more memberships than can be answered.
pub async fn memberships_of(service: &Service, ctx: &Ctx, tenant: &MemberName) -> Result<Vec<Membership>> {
    let onlooker = rules::memberships_of(&service.policy(), &ctx.caller, tenant)?;
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    let mut read = 0_usize;
    loop {
        let found = service.catalog().things_of_member(ThingKind::Image, tenant, after.as_deref(), PAGE).await?;
        read += found.len();
        if read > LONGEST {
            return Err(Error::over_limit("The tenant has too many memberships to list them."));
        }
        after = found.last().filter(|_| found.len() >= PAGE as usize).map(|last| last.thing.id.clone());
        all.extend(seen(service, ctx, &onlooker, tenant, found).await?);
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// Of a page of memberships, those in images that are there for the onlooker.
async fn seen(
    service: &Service,
    ctx: &Ctx,
    onlooker: &Onlooker,
    tenant: &MemberName,
    mut found: Vec<Membership>,
) -> Result<Vec<Membership>> {
    if found.is_empty() {
        return Ok(found);
    }
    let mut filters = vec![Filter::Text(TextField::Id, found.iter().map(|row| row.thing.id.clone()).collect())];
    let (project, visibility) = match onlooker {
        Onlooker::Administrator => return Ok(found),
        Onlooker::Nobody => return Ok(Vec::new()),
        Onlooker::Member => (ProjectId::new(tenant.as_str()), VisibilityFilter::Only(Visibility::Shared)),
        Onlooker::Owner(owner) => {
            filters.push(Filter::Text(TextField::Owner, vec![owner.as_str().to_owned()]));
            (owner.clone(), VisibilityFilter::Default)
        }
    };
    let viewer = Viewer { project: Some(project), admin: false };
    let policy = service.policy();
    let mut ids = BTreeSet::new();
    for hidden in [false, true] {
        let query = ImageQuery {
            visibility,
            member_status: MemberStatusFilter::All,
            hidden,
            killed: true,
            filters: filters.clone(),
            sort: vec![(SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)],
            marker: None,
            limit: u64::from(PAGE),
        };
        let views = service.catalog().images(&viewer, &query, None).await?;
        let shown = views.into_iter().filter(|view| policy.can_see(&ctx.caller, view));
        ids.extend(shown.map(|view| view.image.id.as_str().to_owned()));
    }
    found.retain(|membership| ids.contains(&membership.thing.id));
    Ok(found)
}
