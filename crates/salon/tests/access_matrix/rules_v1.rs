//! The Image API v1: who may do what. Refusals look like absence, but for public images and for want of a role.

use salon_http::image_v1::{Operation, ROUTES};

use crate::{
    cells::{Ask, Case, Effect, Form, Product, Relation, State, Told, Visibility, asks_of, json, plain},
    laws::Power,
    rules_v2::{allowed, behind, download, listed, of_seen},
};

pub(crate) fn asks() -> Vec<Ask> {
    asks_of("", ROUTES, forms, |_| Product::Nothing)
}

fn forms(operation: Operation) -> Vec<Form> {
    use Effect::{None, Spoils, Touches};
    match operation {
        Operation::ListImages => {
            lists(["v1 list", "v1 list is_public=none", "v1 list is_public=false", "v1 list behind it"])
        }
        Operation::ListImagesDetail => {
            lists(["v1 detail", "v1 detail is_public=none", "v1 detail is_public=false", "v1 detail behind it"])
        }
        Operation::ListMemberships => vec![
            plain("v1 memberships of its own", "{own}", None, |case| memberships(case, case.guest() || dormant(case))),
            plain("v1 memberships of another", "{another}", None, |case| memberships(case, case.is_theirs())),
        ],
        Operation::CreateImage => vec![Form {
            name: "v1 create",
            with: "",
            headers: &[("x-image-meta-name", "made")],
            body: "",
            effect: None,
            rule: |case| allowed(case.may(Power::Create), 201),
        }],
        Operation::ShowImage => vec![plain("v1 show", "", None, |case| of_seen(case, Told::Status(200)))],
        Operation::DownloadImage => vec![plain("v1 download", "", None, |case| download(case, 404))],
        Operation::UpdateImage => vec![Form {
            name: "v1 update",
            with: "",
            headers: &[("x-image-meta-property-note", "x")],
            body: "",
            effect: Touches,
            rule: |case| change(case, Power::Modify, 200),
        }],
        Operation::DeleteImage => vec![plain("v1 delete", "", Spoils, |case| {
            change(case, Power::Delete, if case.thing.stands(State::Protected) { 403 } else { 200 })
        })],
        Operation::ListMembers => {
            vec![plain("v1 members list", "", None, |case| of_row(case, Power::GetMembers, Told::Status(200)))]
        }
        Operation::ShowMember => vec![
            plain("v1 member show own", "{own}", None, |case| {
                of_row(case, Power::GetMember, Told::Status(if case.who.relation().is_guest() { 200 } else { 404 }))
            }),
            plain("v1 member show another's", "{another}", None, |case| {
                of_row(case, Power::GetMember, Told::Status(if case.is_theirs() { 200 } else { 404 }))
            }),
        ],
        Operation::PutMember => {
            vec![json("v1 member put", "new", r#"{"member": {"can_share": false}}"#, Spoils, |case| {
                share(case, &[Power::AddMember], 204)
            })]
        }
        Operation::ReplaceMembers => {
            vec![json("v1 members replace", "", r#"{"memberships": [{"member_id": "new"}]}"#, Spoils, |case| {
                share(case, &[Power::AddMember, Power::DeleteMember], 204)
            })]
        }
        Operation::DeleteMember => vec![
            plain("v1 member own delete", "{own}", Spoils, |case| {
                // Owners and administrators of other projects have no row.
                share(case, &[Power::DeleteMember], if case.who.relation().is_guest() { 204 } else { 404 })
            }),
            plain("v1 member another's delete", "{another}", Spoils, |case| {
                // A sharer sees its own row only.
                share(case, &[Power::DeleteMember], if case.is_theirs() { 204 } else { 404 })
            }),
        ],
    }
}

/// The memberships of a project, for whoever may look at images and guest lists of its own.
fn memberships(case: Case, is_in: bool) -> Told {
    if case.as_owner().may(Power::GetMembers) { listed(case, is_in) } else { Told::Status(403) }
}

/// Whoever sees the image, if it may look at guest lists of its own images; who is shown what is v1's own matter.
fn of_row(case: Case, power: Power, then: Told) -> Told {
    of_seen(case, if case.as_owner().may(power) { then } else { Told::Status(403) })
}

/// A row without an effect, which administrators see.
fn dormant(case: Case) -> bool {
    case.thing.is_there() && case.is_admin() && case.who.relation().is_guest()
}

fn lists(names: [&'static str; 4]) -> Vec<Form> {
    let [plainly, all, not_public, behind_it] = names;
    vec![
        plain(plainly, "?name={name}", Effect::None, |case| listed(case, usual(case))),
        // For everybody else this says nothing.
        plain(all, "?name={name}&is_public=None", Effect::None, |case| {
            let community = case.thing.is(Visibility::Community);
            listed(case, usual(case) || case.is_admin() && case.thing.is_there() && !community)
        }),
        plain(not_public, "?name={name}&is_public=False", Effect::None, |case| {
            let secret = case.thing.is(Visibility::Private) || case.thing.is(Visibility::Shared);
            let community = case.thing.is(Visibility::Community) && case.own();
            listed(case, if case.is_admin() { secret || community } else { usual(case) })
        }),
        plain(behind_it, "?limit=1&marker={image_id}", Effect::None, |case| behind(case, case.sees())),
    ]
}

/// One's own, what is public, and what was shared, whatever was answered; for administrators, too.
fn usual(case: Case) -> bool {
    case.own() || case.thing.is(Visibility::Public) || case.guest()
}

/// Owner and administrators, if their role lets them; whoever else sees the image reads that it is absent, but for a
/// public one.
fn change(case: Case, power: Power, success: u16) -> Told {
    if !case.sees() || !case.is_theirs() && !case.thing.is(Visibility::Public) {
        return Told::Absent;
    }
    allowed(case.changes(power), success)
}

/// A member who may share further and sees the image.
fn shares_on(case: Case) -> bool {
    case.sees() && case.who.relation() == Relation::Sharer
}

/// Owner, administrators, and who may share further, if their role lets them do that with images of their own; for all others
/// there is no guest list to change.
fn share(case: Case, powers: &[Power], success: u16) -> Told {
    if !case.sees() || !case.is_theirs() && !shares_on(case) {
        return Told::Absent;
    }
    allowed(powers.iter().all(|power| case.as_owner().may(*power)), success)
}
