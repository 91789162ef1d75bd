//! Cloud Images: who may do what. Whoever does not own an image writes nothing to its guest list and cannot tell that it
//! has one; community images are their owner's.

use salon_http::rackspace::{Operation, ROUTES};

use crate::{
    cells::{Ask, Case, Effect, Form, Product, Relation, State, Told, Visibility, asks_of, json, plain},
    laws::Power,
    rules_v2::{allowed, behind, listed},
};

pub(crate) fn asks() -> Vec<Ask> {
    asks_of("/rackspace", ROUTES, forms, product)
}

/// The published table of product roles.
fn product(operation: Operation) -> Product {
    match operation {
        Operation::AddTag | Operation::RemoveTag => Product::Tag,
        Operation::CreateMember => Product::Share,
        Operation::PatchImage
        | Operation::DeleteImage
        | Operation::UpdateMember
        | Operation::DeleteMember
        | Operation::CreateTask => Product::Everything,
        Operation::ShowImageSchema
        | Operation::ShowImagesSchema
        | Operation::ShowMemberSchema
        | Operation::ShowMembersSchema
        | Operation::ShowTaskSchema
        | Operation::ShowTasksSchema
        | Operation::ShowLimits
        | Operation::ListTasks
        | Operation::ShowTask
        | Operation::ShowContainer
        | Operation::ListImages
        | Operation::ShowImage
        | Operation::ListMembers
        | Operation::ShowMember => Product::Look,
    }
}

fn forms(operation: Operation) -> Vec<Form> {
    use Effect::{None, Spoils, Touches};
    let always = |name| vec![plain(name, "", None, |_| Told::Status(200))];
    match operation {
        Operation::ShowImageSchema => always("rackspace image schema"),
        Operation::ShowImagesSchema => always("rackspace images schema"),
        Operation::ShowMemberSchema => always("rackspace member schema"),
        Operation::ShowMembersSchema => always("rackspace members schema"),
        Operation::ShowTaskSchema => always("rackspace task schema"),
        Operation::ShowTasksSchema => always("rackspace tasks schema"),
        Operation::ShowLimits => always("rackspace limits"),
        Operation::ListTasks => {
            vec![plain("rackspace tasks", "", None, |case| allowed(case.may(Power::LookAtTasks), 200))]
        }
        // Nobody has this one.
        Operation::ShowTask => {
            vec![plain("rackspace task", "", None, |case| allowed(case.may(Power::LookAtTasks), 404))]
        }
        // There is none of that name.
        Operation::ShowContainer => {
            vec![plain("rackspace container", "", None, |case| allowed(case.may(Power::LookAtTasks), 404))]
        }
        Operation::CreateTask => vec![json(
            "rackspace task create",
            "",
            r#"{"type": "import", "input": {"import_from": "c/o"}}"#,
            None,
            |case| allowed(case.may(Power::OrderTask), 201),
        )],
        Operation::ListImages => lists(),
        Operation::ShowImage => vec![plain("rackspace show", "", None, |case| of_seen(case, Told::Status(200)))],
        Operation::PatchImage => vec![Form {
            name: "rackspace patch",
            with: "",
            headers: &[("Content-Type", "application/openstack-images-v2.1-json-patch")],
            body: r#"[{"op": "add", "path": "/note", "value": "x"}]"#,
            effect: Touches,
            rule: |case| change(case, Power::Modify, 200),
        }],
        Operation::DeleteImage => vec![plain("rackspace delete", "", Spoils, |case| {
            of_seen(case, allowed(case.changes(Power::Delete) && !case.thing.stands(State::Protected), 204))
        })],
        Operation::AddTag => vec![plain("rackspace tag add", "", Touches, |case| change(case, Power::Modify, 204))],
        Operation::RemoveTag => {
            vec![plain("rackspace tag remove", "", Spoils, |case| change(case, Power::Modify, 204))]
        }
        Operation::ListMembers => vec![plain("rackspace members list", "", None, |case| {
            let listed = allowed(case.may(Power::GetMembers), 200);
            if case.is_theirs() || case.guest() { of_seen(case, listed) } else { Told::Absent }
        })],
        Operation::ShowMember => vec![
            plain("rackspace member show own", "{own}", None, |case| {
                of_row(case, case.guest() || case.is_theirs(), Power::GetMember, there(case, 200))
            }),
            plain("rackspace member show another's", "{another}", None, |case| {
                of_row(case, case.is_theirs(), Power::GetMember, 200)
            }),
        ],
        Operation::CreateMember => vec![json("rackspace member add", "", r#"{"member": "new"}"#, Spoils, |case| {
            let open = case.thing.is(Visibility::Public) || case.thing.is(Visibility::Community);
            managed(case, allowed(case.may(Power::AddMember) && !open, 200))
        })],
        Operation::UpdateMember => vec![
            json("rackspace member own status", "{own}", r#"{"status": "{answer}"}"#, Touches, |case| {
                answer(case, there(case, 200) == 200)
            }),
            json("rackspace member another's status", "{another}", r#"{"status": "rejected"}"#, Spoils, |case| {
                answer(case, case.is_theirs())
            }),
        ],
        Operation::DeleteMember => vec![
            plain("rackspace member own delete", "{own}", Spoils, |case| {
                managed(case, allowed(case.may(Power::DeleteMember), there(case, 204)))
            }),
            plain("rackspace member another's delete", "{another}", Spoils, |case| {
                managed(case, allowed(case.may(Power::DeleteMember), 204))
            }),
        ],
    }
}

/// What comes of the caller's own row: owner and administrators see rows without an effect, too.
fn there(case: Case, success: u16) -> u16 {
    let there = case.guest() || case.is_theirs() && case.who.relation().is_guest();
    if there { success } else { 404 }
}

/// A row that is the caller's to see, or not.
fn of_row(case: Case, seen: bool, power: Power, success: u16) -> Told {
    of_seen(case, if seen { allowed(case.may(power), success) } else { Told::Status(404) })
}

/// The owner does not answer, whether there is such a row or not.
fn answer(case: Case, there: bool) -> Told {
    let owner = case.who.owns() && !case.is_admin();
    match (owner, there) {
        (true, _) => of_seen(case, Told::Status(403)),
        (false, there) => of_row(case, there, Power::Answer, 200),
    }
}

fn lists() -> Vec<Form> {
    use Effect::None;
    vec![
        plain("rackspace list", "?name={name}", None, |case| {
            listed(case, case.own() || case.thing.is(Visibility::Public) || accepted(case))
        }),
        plain("rackspace list public", "?name={name}&visibility=public", None, |case| {
            listed(case, case.thing.is(Visibility::Public))
        }),
        plain("rackspace list private", "?name={name}&visibility=private", None, |case| {
            listed(case, case.own() && !case.thing.is(Visibility::Public))
        }),
        plain("rackspace list shared", "?name={name}&visibility=shared", None, |case| listed(case, accepted(case))),
        plain("rackspace list whatever answered", "?name={name}&visibility=shared&member_status=all", None, |case| {
            listed(case, case.guest())
        }),
        plain("rackspace list behind it", "?limit=1&marker={image_id}", None, |case| {
            behind(case, !concealed(case) && case.sees())
        }),
    ]
}

fn accepted(case: Case) -> bool {
    case.guest() && case.who.relation() == Relation::Accepted
}

fn of_seen(case: Case, then: Told) -> Told {
    if case.sees() && !concealed(case) { then } else { Told::Absent }
}

fn concealed(case: Case) -> bool {
    case.thing.is(Visibility::Community) && !case.is_theirs()
}

/// Owner and administrators; for all others there is no guest list.
fn managed(case: Case, then: Told) -> Told {
    if case.is_theirs() { of_seen(case, then) } else { Told::Absent }
}

fn change(case: Case, power: Power, success: u16) -> Told {
    of_seen(case, allowed(case.changes(power), success))
}
