//! The policy language, files of rules, and files of property protections.

use std::borrow::Cow;

use salon_core::{
    Caller, ProjectId,
    image::protection::{PropertyAction, Protections, RuleFormat},
    policy::{
        Policy, Target,
        expression::{Expression, Piece, Quote, Template},
    },
};
use serde_json::json;

use crate::given::{caller, choice, owner, policy, text};

pub(crate) const WORDS: &[&str] = &[
    "role:",
    "admin",
    "rule:",
    "context_is_admin",
    "project_id:",
    "%(project_id)s",
    "%(owner)s",
    "'public':",
    "%(visibility)s",
    " and ",
    " or ",
    "not ",
    "(",
    ")",
    "@",
    "!",
    "user_id:",
    "is_admin:True",
    "%%",
    "None:",
    "7:",
    "http://x",
    "system_scope:all",
    "service_roles:",
    "'",
    "\"",
    "domain_id:",
    "%(member_id)s",
    "target.x:",
    "rule:get_images",
];

pub(crate) const FILE_WORDS: &[&str] = &[
    "get_image: ",
    "\"add_member\": ",
    "role:admin",
    "rule:mine",
    "mine: ",
    "\n",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "[[\"role:x\"]]",
    "&a ",
    "*a",
    "!!str ",
    "|\n  ",
    "# x\n",
    "---\n",
    "default: ",
    "'",
    "\t",
    ": ",
    "null",
    "@",
    "!",
];

pub(crate) const PROTECTION_WORDS: &[&str] = &[
    "[x_.*]\n",
    "create = ",
    "read: ",
    "update=",
    "delete=",
    "@",
    "!",
    "admin",
    ",",
    "\n",
    "\n ",
    "# c\n",
    "; c\n",
    "(?i)",
    "os_glance",
    "[",
    "]",
    "^",
    "$",
    "{1,9}",
    "\\p{L}",
    "context_is_admin",
    "create=@\nread=@\nupdate=@\ndelete=@\n",
];

/// What rules of the fuzzer are evaluated against.
const THING: [(&str, &str); 6] = [
    ("project_id", "alpha"),
    ("owner", "alpha"),
    ("visibility", "public"),
    ("member_id", "None"),
    ("role", "Admin"),
    ("empty", ""),
];

fn callers() -> [Caller; 4] {
    let mut service = caller("beta", &["reader"]);
    service.service_roles = vec!["service".to_owned()];
    service.is_admin_project = false;
    let nobody = caller("None", &[]);
    [owner(true), owner(false), service, nobody]
}

pub(crate) fn expression(data: &[u8]) {
    let Some(source) = text(data) else { return };
    let Ok(expression) = Expression::parse(source) else { return };
    let printed = expression.to_string();
    match Expression::parse(&printed) {
        Ok(again) => assert_eq!(again, expression, "{printed}"),
        // It is printed with more parentheses than it may have been written with, but never beyond the same bound.
        Err(problem) => {
            assert!(problem.contains("inside each other") || problem.contains("longer"), "{printed}: {problem}")
        }
    }
    evaluate(source, &expression);
}

/// The compiled rule decides as a plain reading of the expression does.
fn evaluate(source: &str, expression: &Expression) {
    let file = json!({"get_image": source}).to_string();
    let Ok(policy) = Policy::load(&[("f", &file)], true) else { return };
    for caller in callers() {
        let Some(expected) = holds(expression, &caller, &policy) else { return };
        assert_eq!(policy.allows(&caller, "get_image", &THING), expected, "{source}, {:?}", caller.roles);
    }
}

/// A plain evaluation; `None` where a rule is asked whose expression is not known here.
fn holds(expression: &Expression, caller: &Caller, policy: &Policy) -> Option<bool> {
    let one_of = |values: &[String], template: &Template| fill(template).is_some_and(|text| values.contains(&text));
    Some(match expression {
        Expression::Always => true,
        Expression::Never => false,
        Expression::Not(inner) => !holds(inner, caller, policy)?,
        Expression::And(parts) => {
            let all: Option<Vec<bool>> = parts.iter().map(|part| holds(part, caller, policy)).collect();
            all?.into_iter().all(|part| part)
        }
        Expression::Or(parts) => {
            let all: Option<Vec<bool>> = parts.iter().map(|part| holds(part, caller, policy)).collect();
            all?.into_iter().any(|part| part)
        }
        Expression::Rule(name) if name == "context_is_admin" => caller.roles.iter().any(|role| role == "admin"),
        Expression::Rule(_) | Expression::Remote(_) => return None,
        Expression::Role(template) => {
            fill(template).is_some_and(|role| !role.is_empty() && caller.roles.contains(&role.to_lowercase()))
        }
        Expression::Literal(quote, template) => {
            let (Quote::Text(left) | Quote::Bare(left)) = quote;
            fill(template).is_some_and(|right| right == *left)
        }
        Expression::Attribute(path, template) => {
            let truth = |truth: bool| vec![if truth { "True" } else { "False" }.to_owned()];
            let values = match path.as_str() {
                "user_id" => vec!["u1".to_owned()],
                "user_domain_id" => vec!["default".to_owned()],
                "project_id" => caller.project().map(|id| ProjectId::as_str(id).to_owned()).into_iter().collect(),
                "roles" => caller.roles.clone(),
                "service_roles" => caller.service_roles.clone(),
                "is_admin" => truth(policy.is_admin(caller)),
                "is_admin_project" => truth(caller.is_admin_project),
                "project_domain_id"
                | "domain_id"
                | "system_scope"
                | "service_user_id"
                | "service_user_domain_id"
                | "service_project_id"
                | "service_project_domain_id" => vec!["None".to_owned()],
                _ => Vec::new(),
            };
            one_of(&values, template)
        }
    })
}

fn fill(template: &Template) -> Option<String> {
    let parts: Option<Vec<Cow<'_, str>>> = template
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(Cow::Borrowed(text.as_str())),
            Piece::Attribute(name) => THING.attribute(name).map(|value| Cow::Owned(value.into_owned())),
        })
        .collect();
    Some(parts?.concat())
}

const RULES: [&str; 5] = ["get_image", "add_member", "context_is_admin", "default", "mine"];

/// A file is read as what it says, whichever notation says it.
pub(crate) fn file(data: &[u8]) {
    let Some(source) = text(data) else { return };
    for new_defaults in [true, false] {
        let loaded = Policy::load(&[("f", source)], new_defaults);
        let Ok(policy) = &loaded else { continue };
        assert!(policy.warnings().len() <= 4096);
        let again = Policy::load(&[("f", source)], new_defaults).expect("what was accepted is accepted");
        // A file that is laid over itself changes nothing.
        let twice = Policy::load(&[("f", source), ("g", source)], new_defaults).expect("it fits itself");
        for caller in callers() {
            for rule in RULES {
                let answer = policy.allows(&caller, rule, &THING);
                assert_eq!(again.allows(&caller, rule, &THING), answer);
                assert_eq!(twice.allows(&caller, rule, &THING), answer);
            }
        }
    }
}

const NAMES: [&str; 6] = ["x_owner", "os_glance_x", "", "Kernel-Id", "a.b", "\u{fc}"];
const ACTIONS: [PropertyAction; 4] =
    [PropertyAction::Create, PropertyAction::Read, PropertyAction::Update, PropertyAction::Delete];

pub(crate) fn protection(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let Some(source) = text(rest) else { return };
    let format = if first & 1 == 0 { RuleFormat::Roles } else { RuleFormat::Policies };
    let Ok(protections) = Protections::parse("f", source, format) else { return };
    let rules = protections.rules();
    assert!(rules.is_sorted_by(|left, right| left < right));
    // Ends of lines and comments mean nothing.
    let retold = format!("# c\n{}\n; c", source.lines().collect::<Vec<_>>().join("\r\n"));
    let other = Protections::parse("f", &retold, format).expect("the same file is accepted");
    assert_eq!(other.rules(), rules);
    let policy = policy();
    for caller in callers() {
        for name in NAMES {
            for action in ACTIONS {
                let answer = protections.allow(action, name, &caller, policy);
                assert_eq!(other.allow(action, name, &caller, policy), answer);
                assert!(answer || !name.starts_with("os_glance"));
            }
        }
    }
}
