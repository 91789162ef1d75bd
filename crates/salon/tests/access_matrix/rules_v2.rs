//! The Image API v2: who may do what, from its reference (default policy).

use salon_http::image_v2::{Operation, ROUTES};

use crate::{
    cells::{Ask, Case, Effect, Form, Product, State, Told, Visibility, asks_of, json, plain},
    laws::Power,
};

const PATCH: &[(&str, &str)] = &[("Content-Type", "application/openstack-images-v2.1-json-patch")];
const DATA: &[(&str, &str)] = &[("Content-Type", "application/octet-stream")];

pub(crate) fn asks() -> Vec<Ask> {
    asks_of("", ROUTES, forms, |_| Product::Nothing)
}

fn forms(operation: Operation) -> Vec<Form> {
    use Effect::{None, Spoils, Touches};
    match operation {
        Operation::ShowImageSchema => vec![plain("image schema", "", None, |_| Told::Status(200))],
        Operation::ShowImagesSchema => vec![plain("images schema", "", None, |_| Told::Status(200))],
        Operation::ShowMemberSchema => vec![plain("member schema", "", None, |_| Told::Status(200))],
        Operation::ShowMembersSchema => vec![plain("members schema", "", None, |_| Told::Status(200))],
        Operation::ListImportMethods => vec![plain("import methods", "", None, |_| Told::Status(200))],
        // There is one store.
        Operation::ListStores => vec![plain("stores", "", None, |_| Told::Status(404))],
        Operation::CreateImage => vec![
            json("create", "", r#"{"name": "made"}"#, None, |case| allowed(case.may(Power::Create), 201)),
            json("create public", "", r#"{"name": "made", "visibility": "public"}"#, None, |case| {
                allowed(case.may(Power::Create) && case.may(Power::Publicize), 201)
            }),
            json("create for alpha", "", r#"{"name": "made", "owner": "{alpha}"}"#, None, |case| {
                allowed(case.may(Power::Create) && (case.who.owns() || case.is_admin()), 201)
            }),
        ],
        Operation::ListImages => lists(),
        Operation::ShowImage => vec![plain("show", "", None, |case| of_seen(case, Told::Status(200)))],
        Operation::DownloadImage => vec![plain("download", "", None, |case| download(case, 204))],
        Operation::PatchImage => vec![
            patch("patch", r#"[{"op": "add", "path": "/note", "value": "x"}]"#, Touches, |case| {
                change(case, Power::Modify, 200)
            }),
            patch("patch nothing", "[]", None, |case| of_seen(case, Told::Status(200))),
            patch("patch owner", r#"[{"op": "replace", "path": "/owner", "value": "{alpha}"}]"#, Touches, |case| {
                of_seen(case, allowed(case.is_admin() && case.changes(Power::Modify), 200))
            }),
            patch(
                "patch to public",
                r#"[{"op": "replace", "path": "/visibility", "value": "public"}]"#,
                Spoils,
                |case| of_seen(case, allowed(case.changes(Power::Modify) && case.may(Power::Publicize), 200)),
            ),
            patch(
                "patch to community",
                r#"[{"op": "replace", "path": "/visibility", "value": "community"}]"#,
                Spoils,
                |case| of_seen(case, allowed(case.changes(Power::Modify) && case.may(Power::Communitize), 200)),
            ),
        ],
        Operation::UploadImage => vec![Form {
            name: "upload",
            with: "",
            headers: DATA,
            body: "data",
            effect: Spoils,
            rule: |case| change(case, Power::Upload, if case.thing.stands(State::Queued) { 204 } else { 409 }),
        }],
        Operation::DeactivateImage => vec![plain("deactivate", "", Spoils, switch)],
        Operation::ReactivateImage => vec![plain("reactivate", "", Spoils, switch)],
        Operation::DeleteImage => vec![plain("delete", "", Spoils, delete)],
        Operation::AddTag => vec![plain("tag add", "", Touches, |case| change(case, Power::Modify, 204))],
        Operation::RemoveTag => vec![plain("tag remove", "", Spoils, |case| change(case, Power::Modify, 204))],
        Operation::ListMembers => {
            vec![plain("members list", "", None, |case| of_shared(case, allowed(case.may(Power::GetMembers), 200)))]
        }
        Operation::CreateMember => vec![json("member add", "", r#"{"member": "new"}"#, Spoils, |case| {
            of_shared(case, allowed(case.may(Power::AddMember), 200))
        })],
        Operation::ShowMember => vec![
            plain("member show own", "{own}", None, |case| {
                of_seen(case, found(case.may(Power::GetMember) && case.guest()))
            }),
            plain("member show another's", "{another}", None, |case| {
                let shown = case.thing.is(Visibility::Shared) && case.is_theirs();
                of_seen(case, found(case.may(Power::GetMember) && shown))
            }),
        ],
        Operation::UpdateMember => vec![
            json("member own status", "{own}", r#"{"status": "{answer}"}"#, Touches, |case| {
                of_row(case, case.guest(), allowed(case.may(Power::Answer), 200))
            }),
            json("member another's status", "{another}", r#"{"status": "rejected"}"#, Spoils, |case| {
                of_row(case, case.is_theirs(), allowed(case.may(Power::Answer), 200))
            }),
        ],
        Operation::DeleteMember => vec![
            plain("member own delete", "{own}", Spoils, |case| {
                let there = if case.guest() { 204 } else { 404 };
                of_row(case, case.guest() || case.is_theirs(), allowed(case.may(Power::DeleteMember), there))
            }),
            plain("member another's delete", "{another}", Spoils, |case| {
                of_row(case, case.is_theirs(), allowed(case.may(Power::DeleteMember), 204))
            }),
        ],
    }
}

fn patch(name: &'static str, body: &'static str, effect: Effect, rule: fn(Case) -> Told) -> Form {
    Form { name, with: "", headers: PATCH, body, effect, rule }
}

fn lists() -> Vec<Form> {
    use Effect::None;
    vec![
        plain("list", "?name={name}", None, |case| listed(case, usual(case, accepted(case)))),
        plain("list all", "?name={name}&visibility=all", None, |case| {
            listed(case, usual(case, accepted(case)) || case.thing.is(Visibility::Community))
        }),
        plain("list public", "?name={name}&visibility=public", None, |case| {
            listed(case, case.thing.is(Visibility::Public))
        }),
        plain("list private", "?name={name}&visibility=private", None, |case| {
            listed(case, case.thing.is(Visibility::Private) && case.is_theirs())
        }),
        plain("list shared", "?name={name}&visibility=shared", None, |case| {
            listed(case, case.thing.is(Visibility::Shared) && (case.is_theirs() || accepted(case)))
        }),
        plain("list community", "?name={name}&visibility=community", None, |case| {
            listed(case, case.thing.is(Visibility::Community))
        }),
        plain("list pending", "?name={name}&member_status=pending", None, |case| {
            listed(case, usual(case, pending(case)))
        }),
        plain("list rejected", "?name={name}&member_status=rejected", None, |case| {
            listed(case, usual(case, rejected(case)))
        }),
        plain("list whatever answered", "?name={name}&member_status=all", None, |case| {
            listed(case, usual(case, case.guest()))
        }),
        plain("list shared whatever answered", "?name={name}&visibility=shared&member_status=all", None, |case| {
            listed(case, case.thing.is(Visibility::Shared) && (case.is_theirs() || case.guest()))
        }),
        // Filters narrow: naming the owner, or the id, shows nothing more.
        plain("list of the owner", "?name={name}&owner={alpha}&visibility=all", None, |case| {
            listed(case, usual(case, accepted(case)) || case.thing.is(Visibility::Community))
        }),
        plain("list by id", "?name={name}&id={id}", None, |case| listed(case, usual(case, accepted(case)))),
        plain("list behind it", "?limit=1&marker={image_id}", None, |case| behind(case, case.sees())),
    ]
}

/// What a list has that says nothing of visibility: what is the project's own, what is public, what was shared as asked
/// for; administrators find everything but the community images of others.
fn usual(case: Case, shared: bool) -> bool {
    let not_community = case.thing.is_there() && !case.thing.is(Visibility::Community);
    case.own() || case.thing.is(Visibility::Public) || shared || case.is_admin() && not_community
}

fn accepted(case: Case) -> bool {
    case.guest() && case.who.relation() == crate::cells::Relation::Accepted
}

fn rejected(case: Case) -> bool {
    case.guest() && case.who.relation() == crate::cells::Relation::Rejected
}

fn pending(case: Case) -> bool {
    use crate::cells::Relation::{Pending, Sharer};
    case.guest() && matches!(case.who.relation(), Pending | Sharer)
}

/// Nothing is in a list that is not there for the caller by its id.
pub(crate) fn listed(case: Case, is_in: bool) -> Told {
    match (case.may(Power::List), is_in && case.sees()) {
        (false, _) => Told::Status(403),
        (true, true) => Told::In,
        (true, false) => Told::Out,
    }
}

/// Nothing is a marker that is not there for the caller by its id.
pub(crate) fn behind(case: Case, seen: bool) -> Told {
    match (case.may(Power::List), seen) {
        (false, _) => Told::Status(403),
        (true, true) => Told::Status(200),
        (true, false) => Told::NoMarker,
    }
}

pub(crate) fn allowed(may: bool, success: u16) -> Told {
    Told::Status(if may { success } else { 403 })
}

fn found(is_there: bool) -> Told {
    Told::Status(if is_there { 200 } else { 404 })
}

/// Whoever does not see the image is told what an absent one gets; whoever does, `then`.
pub(crate) fn of_seen(case: Case, then: Told) -> Told {
    if case.sees() { then } else { Told::Absent }
}

/// Only shared images have members.
fn of_shared(case: Case, then: Told) -> Told {
    of_seen(case, if case.thing.is(Visibility::Shared) { then } else { Told::Status(403) })
}

/// A row of the guest list: whoever may not look at rows is forbidden to; for whom this one is not there, it is not.
fn of_row(case: Case, there: bool, then: Told) -> Told {
    of_shared(
        case,
        match (case.may(Power::GetMember), there) {
            (false, _) => Told::Status(403),
            (true, false) => Told::Status(404),
            (true, true) => then,
        },
    )
}

/// Owner and administrators change an image; whoever else sees it is forbidden to.
fn change(case: Case, power: Power, success: u16) -> Told {
    of_seen(case, allowed(case.changes(power), success))
}

/// A deactivated image's data is for administrators. Whoever may not get the data of an image that is hidden reads that the image
/// is absent; a policy can let somebody get data without seeing the image.
pub(crate) fn download(case: Case, without_data: u16) -> Told {
    let in_use = case.is_admin() || !case.thing.stands(State::Deactivated);
    if case.reached() && case.may(Power::Download) && in_use {
        Told::Status(if case.thing.stands(State::Queued) { without_data } else { 200 })
    } else {
        of_seen(case, Told::Status(403))
    }
}

/// There is nothing to deactivate or to reactivate without data.
fn switch(case: Case) -> Told {
    of_seen(case, allowed(case.changes(Power::Switch) && !case.thing.stands(State::Queued), 204))
}

fn delete(case: Case) -> Told {
    of_seen(case, allowed(case.changes(Power::Delete) && !case.thing.stands(State::Protected), 204))
}
