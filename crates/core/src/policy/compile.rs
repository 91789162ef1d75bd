//! From expressions to a tree that is cheap to evaluate: references are indices, texts are ready to compare.

use std::{borrow::Cow, collections::HashMap};

use super::{
    expression::{Expression, Piece, Template},
    target::Target,
};
use crate::{Caller, Scope};

/// Deepest tree that is accepted, references followed; evaluation recurses at most this far.
const MAX_DEPTH: usize = 256;
/// Most checks that one rule can lead to, references followed: two references to a rule that has two to another, and so on,
/// would take twice as many with each.
const MAX_STEPS: u64 = 100_000;

/// All rules, resolved.
#[derive(Debug)]
pub(super) struct Program {
    rules: Vec<Node>,
    names: HashMap<Box<str>, usize>,
    admin: Option<usize>,
}

#[derive(Debug)]
enum Node {
    Always,
    Never,
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Rule(usize),
    Role(Box<str>),
    RoleOf(Template),
    Literal(Box<str>, Value),
    Caller(Attribute, Value),
}

/// The right side of a comparison; the first two cover nearly every rule and allocate nothing.
#[derive(Debug)]
enum Value {
    Attribute(Box<str>),
    Text(Box<str>),
    Mixed(Template),
}

/// An attribute of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attribute {
    UserId,
    UserDomainId,
    ProjectId,
    ProjectDomainId,
    DomainId,
    SystemScope,
    Roles,
    ServiceRoles,
    IsAdmin,
    IsAdminProject,
    /// Known to oslo.policy, never set here.
    Unset,
}

impl Attribute {
    fn parse(path: &str) -> Option<Self> {
        Some(match path {
            "user_id" => Self::UserId,
            "user_domain_id" => Self::UserDomainId,
            "project_id" => Self::ProjectId,
            "project_domain_id" => Self::ProjectDomainId,
            "domain_id" => Self::DomainId,
            "system_scope" => Self::SystemScope,
            "roles" => Self::Roles,
            "service_roles" => Self::ServiceRoles,
            "is_admin" => Self::IsAdmin,
            "is_admin_project" => Self::IsAdminProject,
            "service_user_id" | "service_user_domain_id" | "service_project_id" | "service_project_domain_id" => {
                Self::Unset
            }
            _ => return None,
        })
    }
}

/// What is wrong with a set of rules.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Defect {
    /// The rule it is about.
    pub(super) rule: String,
    /// In words for the operator.
    pub(super) problem: String,
}

impl Program {
    /// Resolves every reference.
    ///
    /// `warn` hears of checks that can never hold because this server does not know the caller's attribute they name.
    pub(super) fn compile(rules: &[(String, Expression)], warn: &mut dyn FnMut(Defect)) -> Result<Self, Defect> {
        let names: HashMap<Box<str>, usize> =
            rules.iter().enumerate().map(|(at, (name, _))| (name.as_str().into(), at)).collect();
        let mut nodes = Vec::with_capacity(rules.len());
        for (name, expression) in rules {
            let node = resolve(expression, &names, &mut |problem| warn(Defect { rule: name.clone(), problem }))
                .map_err(|problem| Defect { rule: name.clone(), problem })?;
            nodes.push(node);
        }
        let mut measured = vec![Measured::Not; nodes.len()];
        for (at, (name, _)) in rules.iter().enumerate() {
            let defect = |problem: &str| Defect { rule: name.clone(), problem: problem.to_owned() };
            let extent = measure_rule(at, &nodes, &mut measured, 0).map_err(defect)?;
            if extent.depth > MAX_DEPTH {
                return Err(defect(TOO_DEEP));
            }
            if extent.steps > MAX_STEPS {
                return Err(defect(TOO_LONG));
            }
        }
        let admin = names.get("context_is_admin").copied();
        Ok(Self { rules: nodes, names, admin })
    }

    /// No rules at all: nothing holds.
    pub(super) fn nothing() -> Self {
        Self { rules: Vec::new(), names: HashMap::new(), admin: None }
    }

    /// Whether `rule` holds; an unknown rule does not.
    pub(super) fn holds(&self, rule: &str, caller: &Caller, target: &dyn Target) -> bool {
        self.names.get(rule).is_some_and(|at| self.rule(*at, caller, target, None))
    }

    /// Whether `context_is_admin` holds. While it is evaluated, `is_admin` is false.
    pub(super) fn is_admin(&self, caller: &Caller) -> bool {
        self.admin.is_some_and(|at| self.rule(at, caller, &[], Some(false)))
    }

    fn rule(&self, at: usize, caller: &Caller, target: &dyn Target, admin: Option<bool>) -> bool {
        self.rules.get(at).is_some_and(|node| self.node(node, caller, target, admin))
    }

    fn node(&self, node: &Node, caller: &Caller, target: &dyn Target, admin: Option<bool>) -> bool {
        match node {
            Node::Always => true,
            Node::Never => false,
            Node::Not(inner) => !self.node(inner, caller, target, admin),
            Node::And(parts) => parts.iter().all(|part| self.node(part, caller, target, admin)),
            Node::Or(parts) => parts.iter().any(|part| self.node(part, caller, target, admin)),
            Node::Rule(at) => self.rule(*at, caller, target, admin),
            Node::Role(name) => caller.has_role(name),
            Node::RoleOf(template) => {
                substitute(template, target).is_some_and(|name| caller.has_role(&name.to_lowercase()))
            }
            Node::Literal(text, value) => value.equals(text, target),
            Node::Caller(attribute, value) => self.attribute(*attribute, value, caller, target, admin),
        }
    }

    fn attribute(
        &self,
        attribute: Attribute,
        value: &Value,
        caller: &Caller,
        target: &dyn Target,
        admin: Option<bool>,
    ) -> bool {
        let truth = |truth: bool| value.equals(if truth { "True" } else { "False" }, target);
        let optional = |text: Option<&str>| value.equals(text.unwrap_or("None"), target);
        match attribute {
            Attribute::UserId => value.equals(caller.user_id.as_str(), target),
            Attribute::UserDomainId => optional(caller.user_domain_id.as_deref()),
            Attribute::ProjectId => optional(caller.project().map(crate::ProjectId::as_str)),
            Attribute::ProjectDomainId => optional(caller.project_domain_id.as_deref()),
            Attribute::DomainId => optional(match &caller.scope {
                Scope::Domain(domain) => Some(domain),
                Scope::Project(_) | Scope::System | Scope::Unscoped => None,
            }),
            Attribute::SystemScope => optional(match caller.scope {
                Scope::System => Some("all"),
                Scope::Project(_) | Scope::Domain(_) | Scope::Unscoped => None,
            }),
            Attribute::Roles => caller.roles.iter().any(|role| value.equals(role, target)),
            Attribute::ServiceRoles => caller.service_roles.iter().any(|role| value.equals(role, target)),
            Attribute::IsAdmin => truth(admin.unwrap_or_else(|| self.is_admin(caller))),
            Attribute::IsAdminProject => truth(caller.is_admin_project),
            Attribute::Unset => value.equals("None", target),
        }
    }
}

impl Value {
    fn of(template: &Template) -> Self {
        match template.pieces() {
            [] => Self::Text("".into()),
            [Piece::Text(text)] => Self::Text(text.as_str().into()),
            [Piece::Attribute(name)] => Self::Attribute(name.as_str().into()),
            _ => Self::Mixed(template.clone()),
        }
    }

    fn equals(&self, text: &str, target: &dyn Target) -> bool {
        match self {
            Self::Text(own) => **own == *text,
            Self::Attribute(name) => target.attribute(name).is_some_and(|value| value == text),
            Self::Mixed(template) => substitute(template, target).is_some_and(|value| value == text),
        }
    }
}

fn substitute(template: &Template, target: &dyn Target) -> Option<String> {
    let parts: Option<Vec<Cow<'_, str>>> = template
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(Cow::Borrowed(text.as_str())),
            Piece::Attribute(name) => target.attribute(name),
        })
        .collect();
    Some(parts?.concat())
}

fn resolve(
    expression: &Expression,
    names: &HashMap<Box<str>, usize>,
    warn: &mut dyn FnMut(String),
) -> Result<Node, String> {
    let mut all = |parts: &[Expression]| parts.iter().map(|part| resolve(part, names, warn)).collect::<Result<_, _>>();
    Ok(match expression {
        Expression::Always => Node::Always,
        Expression::Never => Node::Never,
        Expression::Not(inner) => Node::Not(Box::new(resolve(inner, names, warn)?)),
        Expression::And(parts) => Node::And(all(parts)?),
        Expression::Or(parts) => Node::Or(all(parts)?),
        Expression::Rule(name) => match names.get(name.as_str()) {
            Some(at) => Node::Rule(*at),
            None => return Err(format!("it refers to the rule `{name}`, which is not defined")),
        },
        Expression::Role(template) => match template.pieces() {
            [] => Node::Never,
            [Piece::Text(role)] => Node::Role(role.to_lowercase().into()),
            _ => Node::RoleOf(template.clone()),
        },
        Expression::Literal(quote, template) => Node::Literal(quote.text().into(), Value::of(template)),
        Expression::Attribute(path, template) => match Attribute::parse(path) {
            Some(attribute) => Node::Caller(attribute, Value::of(template)),
            None => {
                warn(format!("`{expression}` never holds: callers have no attribute `{path}` here"));
                Node::Never
            }
        },
        Expression::Remote(_) => {
            return Err(format!("`{expression}` asks another server, which this server does not do"));
        }
    })
}

const TOO_DEEP: &str = "its expressions and references go too deep";
const TOO_LONG: &str = "its expressions and references lead to too many checks";
const CYCLE: &str = "its references lead back to itself";

/// How far the evaluation of a node may go.
#[derive(Clone, Copy)]
struct Extent {
    /// Nodes inside each other.
    depth: usize,
    /// Nodes one after the other.
    steps: u64,
}

#[derive(Clone, Copy)]
enum Measured {
    Not,
    Running,
    Known(Extent),
}

/// How far the evaluation of a rule may go. `above` bounds the recursion of the measuring itself.
fn measure_rule(at: usize, nodes: &[Node], measured: &mut [Measured], above: usize) -> Result<Extent, &'static str> {
    match measured.get(at) {
        Some(Measured::Known(extent)) => return Ok(*extent),
        Some(Measured::Running) => return Err(CYCLE),
        Some(Measured::Not) | None => {}
    }
    if let Some(slot) = measured.get_mut(at) {
        *slot = Measured::Running;
    }
    let extent = match nodes.get(at) {
        Some(node) => measure(node, nodes, measured, above)?,
        None => Extent { depth: 0, steps: 0 },
    };
    if let Some(slot) = measured.get_mut(at) {
        *slot = Measured::Known(extent);
    }
    Ok(extent)
}

fn measure(node: &Node, nodes: &[Node], measured: &mut [Measured], above: usize) -> Result<Extent, &'static str> {
    if above > MAX_DEPTH {
        return Err(TOO_DEEP);
    }
    let below = match node {
        Node::Not(inner) => measure(inner, nodes, measured, above + 1)?,
        Node::And(parts) | Node::Or(parts) => {
            let mut all = Extent { depth: 0, steps: 0 };
            for part in parts {
                let one = measure(part, nodes, measured, above + 1)?;
                all = Extent { depth: all.depth.max(one.depth), steps: all.steps.saturating_add(one.steps) };
            }
            all
        }
        Node::Rule(at) => measure_rule(*at, nodes, measured, above + 1)?,
        Node::Always | Node::Never | Node::Role(_) | Node::RoleOf(_) | Node::Literal(..) | Node::Caller(..) => {
            Extent { depth: 0, steps: 0 }
        }
    };
    Ok(Extent { depth: below.depth + 1, steps: below.steps.saturating_add(1) })
}
