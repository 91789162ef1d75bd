//! The Image API v1: who may do what. Refusals look like absence, but for public images and for want of a role.

use salon_http::image_v1::{Operation, ROUTES};

use crate::{
    cells::{Ask, Case, Effect, Form, Relation, Role, State, Told, Visibility, Who, asks_of, json, plain},
    rules_v2::{allowed, listed, of_seen},
};

pub(crate) fn asks() -> Vec<Ask> {
    asks_of("", ROUTES, forms)
}

fn forms(operation: Operation) -> Vec<Form> {
    use Effect::{None, Spoils, Touches};
    match operation {
        Operation::ListImages => lists(["v1 list", "v1 list is_public=none", "v1 list is_public=false"]),
        Operation::ListImagesDetail => lists(["v1 detail", "v1 detail is_public=none", "v1 detail is_public=false"]),
        Operation::ListMemberships => vec![
            plain("v1 memberships of its own", "{own}", None, |case| listed(case, case.guest() || dormant(case))),
            plain("v1 memberships of another", "{another}", None, |case| listed(case, case.is_theirs())),
        ],
        Operation::CreateImage => vec![Form {
            name: "v1 create",
            with: "",
            headers: &[("x-image-meta-name", "made")],
            body: "",
            effect: None,
            rule: |case| allowed(case.who.writes(), 201),
        }],
        Operation::ShowImage => vec![plain("v1 show", "", None, |case| of_seen(case, Told::Status(200)))],
        Operation::DownloadImage => vec![plain("v1 download", "", None, download)],
        Operation::UpdateImage => vec![Form {
            name: "v1 update",
            with: "",
            headers: &[("x-image-meta-property-note", "x")],
            body: "",
            effect: Touches,
            rule: |case| change(case, 200),
        }],
        Operation::DeleteImage => vec![plain("v1 delete", "", Spoils, |case| {
            let protected = case.may_change() && case.thing.stands(State::Protected);
            if protected { Told::Status(403) } else { change(case, 200) }
        })],
        Operation::ListMembers => vec![plain("v1 members list", "", None, |case| of_seen(case, Told::Status(200)))],
        Operation::ShowMember => vec![
            plain("v1 member show own", "{own}", None, |case| {
                of_seen(case, Told::Status(if case.who.relation().is_guest() { 200 } else { 404 }))
            }),
            plain("v1 member show another's", "{another}", None, |case| {
                of_seen(case, Told::Status(if case.is_theirs() { 200 } else { 404 }))
            }),
        ],
        Operation::PutMember => {
            vec![json("v1 member put", "new", r#"{"member": {"can_share": false}}"#, Spoils, |case| share(case, 204))]
        }
        Operation::ReplaceMembers => {
            vec![json("v1 members replace", "", r#"{"memberships": [{"member_id": "new"}]}"#, Spoils, |case| {
                share(case, 204)
            })]
        }
        Operation::DeleteMember => vec![
            plain("v1 member own delete", "{own}", Spoils, |case| {
                // Owners and administrators of other projects have no row.
                let no_row = case.may_change() && !case.who.relation().is_guest();
                if no_row { Told::Status(404) } else { share(case, 204) }
            }),
            plain("v1 member another's delete", "{another}", Spoils, |case| {
                match (shares_on(case), case.is_theirs()) {
                    // It sees its own row only.
                    (true, false) if case.who.writes() => Told::Status(404),
                    _ => share(case, 204),
                }
            }),
        ],
    }
}

/// A row without an effect, which administrators see.
fn dormant(case: Case) -> bool {
    case.thing.is_there() && case.who.is_admin() && case.who.relation().is_guest()
}

fn lists(names: [&'static str; 3]) -> Vec<Form> {
    let [plainly, all, not_public] = names;
    vec![
        plain(plainly, "?name={name}", Effect::None, |case| listed(case, usual(case))),
        // For everybody else this says nothing.
        plain(all, "?name={name}&is_public=None", Effect::None, |case| {
            let community = case.thing.is(Visibility::Community);
            listed(case, usual(case) || case.who.is_admin() && case.thing.is_there() && !community)
        }),
        plain(not_public, "?name={name}&is_public=False", Effect::None, |case| {
            let secret = case.thing.is(Visibility::Private) || case.thing.is(Visibility::Shared);
            let community = case.thing.is(Visibility::Community) && case.own();
            listed(case, if case.who.is_admin() { secret || community } else { usual(case) })
        }),
    ]
}

/// One's own, what is public, and what was shared, whatever was answered; for administrators, too.
fn usual(case: Case) -> bool {
    case.own() || case.thing.is(Visibility::Public) || case.guest()
}

/// Owner and administrators, if their role lets them; whoever else sees the image reads that it is absent, but for a
/// public one.
fn change(case: Case, success: u16) -> Told {
    if !case.sees() || !case.is_theirs() && !case.thing.is(Visibility::Public) {
        return Told::Absent;
    }
    allowed(case.may_change(), success)
}

/// A member who may share further and sees the image.
fn shares_on(case: Case) -> bool {
    case.sees() && case.who.relation() == Relation::Sharer
}

/// Owner, administrators, and who may share further; for all others there is no guest list to change.
fn share(case: Case, success: u16) -> Told {
    if !case.sees() || !case.is_theirs() && !shares_on(case) {
        return Told::Absent;
    }
    allowed(case.who.writes(), success)
}

fn download(case: Case) -> Told {
    let may = case.who.writes() && (case.who.is_admin() || !case.thing.stands(State::Deactivated));
    let reader = matches!(case.who, Who::In(_, Role::Reader));
    // Without data there is nothing to get.
    let nothing = case.thing.stands(State::Queued) && !reader;
    of_seen(case, if nothing { Told::Status(404) } else { allowed(may, 200) })
}
