//! Property protections: which caller may create, read, update and delete which custom properties.
//!
//! The operator's file has one section per rule; its name is a regular expression searched for in the property's
//! name, and the first section that matches decides. What no section matches is denied. Regular expressions are
//! linear in time; look-around and back-references are refused when the file is read.

use regex::Regex;

use super::attribute::RESERVED_PREFIX;
use crate::{Caller, Error, Result, policy::Policy};

/// Sections and characters that one file may have.
const MAX_SECTIONS: usize = 1024;
const MAX_FILE_BYTES: usize = 1 << 20;

/// How the file says who (`property_protection_rule_format`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFormat {
    /// A comma list of roles, `@` for everybody, `!` for nobody.
    Roles,
    /// The name of one policy rule.
    Policies,
}

/// What is done with a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyAction {
    /// It comes into being.
    Create,
    /// It is shown.
    Read,
    /// Its value changes.
    Update,
    /// It goes.
    Delete,
}

impl PropertyAction {
    const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    /// The key in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Everybody,
    Nobody,
    Roles(Vec<String>),
    Rule(String),
}

#[derive(Debug)]
struct Section {
    pattern: Regex,
    create: Who,
    read: Who,
    update: Who,
    delete: Who,
}

/// The rules of one protection file, in its order.
#[derive(Debug)]
pub struct Protections {
    sections: Vec<Section>,
}

impl Protections {
    /// Reads a file (`property_protection_file`).
    ///
    /// Sections that speak of this server's own `os_glance` properties are left out, as the reference does.
    ///
    /// # Errors
    /// Invalid, naming file, line and section: broken syntax, a bad expression, a missing key, an unknown key,
    /// `@` together with `!`, more than one rule name.
    pub fn parse(file: &str, text: &str, format: RuleFormat) -> Result<Self> {
        if text.len() > MAX_FILE_BYTES {
            return Err(Error::invalid(format!(
                "property protection file {file} is larger than {MAX_FILE_BYTES} bytes"
            )));
        }
        let mut sections = Vec::new();
        for raw in read_sections(file, text)? {
            if raw.name.starts_with(RESERVED_PREFIX) {
                continue;
            }
            sections.push(raw.into_section(file, format)?);
            if sections.len() > MAX_SECTIONS {
                return Err(Error::invalid(format!(
                    "property protection file {file} has more than {MAX_SECTIONS} sections"
                )));
            }
        }
        Ok(Self { sections })
    }

    /// The policy rules that the file refers to.
    pub fn rules(&self) -> Vec<&str> {
        let whos = self.sections.iter().flat_map(|section| PropertyAction::ALL.map(|action| section.who(action)));
        let mut names: Vec<&str> =
            whos.filter_map(|who| if let Who::Rule(name) = who { Some(name.as_str()) } else { None }).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the caller may do `action` with the custom property `name`. Roles of a service token count too.
    pub fn allow(&self, action: PropertyAction, name: &str, caller: &Caller, policy: &Policy) -> bool {
        if name.starts_with(RESERVED_PREFIX) {
            return true;
        }
        let Some(section) = self.sections.iter().find(|section| section.pattern.is_match(name)) else {
            return false;
        };
        match section.who(action) {
            Who::Everybody => true,
            Who::Nobody => false,
            Who::Roles(roles) => roles.iter().any(|role| caller.has_role(role) || caller.service_roles.contains(role)),
            Who::Rule(rule) => policy.allows(caller, rule, &[]),
        }
    }
}

impl Section {
    const fn who(&self, action: PropertyAction) -> &Who {
        match action {
            PropertyAction::Create => &self.create,
            PropertyAction::Read => &self.read,
            PropertyAction::Update => &self.update,
            PropertyAction::Delete => &self.delete,
        }
    }
}

struct RawSection {
    name: String,
    line: usize,
    keys: Vec<(String, String)>,
}

impl RawSection {
    fn into_section(self, file: &str, format: RuleFormat) -> Result<Section> {
        let wrong = |problem: String| {
            Error::invalid(format!(
                "property protection file {file}, line {}, section [{}]: {problem}",
                self.line, self.name
            ))
        };
        let pattern = Regex::new(&self.name).map_err(|error| wrong(format!("bad regular expression: {error}")))?;
        if let Some((key, _)) =
            self.keys.iter().find(|(key, _)| !PropertyAction::ALL.iter().any(|action| action.as_str() == key))
        {
            return Err(wrong(format!("unknown key \"{key}\"")));
        }
        let who = |action: PropertyAction| {
            let key = action.as_str();
            let value = self.keys.iter().rev().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
            let value = value.ok_or_else(|| wrong(format!("the key \"{key}\" is missing")))?;
            who_of(value, format).map_err(|problem| wrong(format!("{key}: {problem}")))
        };
        Ok(Section {
            create: who(PropertyAction::Create)?,
            read: who(PropertyAction::Read)?,
            update: who(PropertyAction::Update)?,
            delete: who(PropertyAction::Delete)?,
            pattern,
        })
    }
}

fn who_of(value: &str, format: RuleFormat) -> Result<Who, String> {
    let names: Vec<String> =
        value.split(',').map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect();
    let (everybody, nobody) = (names.iter().any(|name| name == "@"), names.iter().any(|name| name == "!"));
    match (everybody, nobody, format) {
        (true, true, _) => Err("\"@\" and \"!\" exclude each other".to_owned()),
        (true, false, RuleFormat::Roles) => Ok(Who::Everybody),
        (false, true, RuleFormat::Roles) => Ok(Who::Nobody),
        // Without any, nobody.
        (false, false, RuleFormat::Roles) => Ok(Who::Roles(names)),
        (_, _, RuleFormat::Policies) => match value.trim() {
            "" | "!" => Ok(Who::Nobody),
            "@" => Ok(Who::Everybody),
            rule if rule.contains(',') => Err("exactly one policy rule is wanted".to_owned()),
            rule => Ok(Who::Rule(rule.to_owned())),
        },
    }
}

fn read_sections(file: &str, text: &str) -> Result<Vec<RawSection>> {
    let wrong =
        |line: usize, problem: &str| Error::invalid(format!("property protection file {file}, line {line}: {problem}"));
    let mut sections: Vec<RawSection> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(RawSection { name: name.to_owned(), line: number, keys: Vec::new() });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            return Err(wrong(number, "a key stands before the first section"));
        };
        if line.starts_with([' ', '\t']) {
            let Some((_, value)) = section.keys.last_mut() else {
                return Err(wrong(number, "a continuation line follows no key"));
            };
            value.push(',');
            value.push_str(trimmed);
            continue;
        }
        let Some((key, value)) = trimmed.split_once(['=', ':']) else {
            return Err(wrong(number, "neither a section, nor a key with its value"));
        };
        section.keys.push((key.trim().to_lowercase(), value.trim().to_owned()));
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProjectId, Scope, UserId};

    fn caller(roles: &[&str], service_roles: &[&str]) -> Caller {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Caller {
            user_id: UserId::new("u"),
            user_name: None,
            user_domain_id: None,
            scope: Scope::Project(ProjectId::new("p")),
            project_domain_id: None,
            roles: own(roles),
            service_roles: own(service_roles),
            is_admin_project: true,
        }
    }

    const FILE: &str = "\
# the first section that matches decides
[^x_owner_.*]
create = admin,member
read = admin, Member
update = admin
delete = !

[x_all]
create: @
read: @
update: @
delete: @

[^os_glance_mine]
create = !
read = !
update = !
delete = !

[.*_secret$]
create = @
read =
update = admin
delete = admin
";

    fn allows(action: PropertyAction, name: &str, roles: &[&str]) -> bool {
        Protections::parse("p.conf", FILE, RuleFormat::Roles).unwrap().allow(
            action,
            name,
            &caller(roles, &[]),
            &Policy::defaults(),
        )
    }

    #[test]
    fn t_c5_first_match_decides_and_no_match_denies() {
        use PropertyAction::{Create, Delete, Read, Update};
        for (action, name, roles, expected) in [
            (Create, "x_owner_a", &["member"][..], true),
            (Update, "x_owner_a", &["member"], false),
            (Update, "x_owner_a", &["admin"], true),
            (Delete, "x_owner_a", &["admin"], false),
            (Read, "x_owner_a_secret", &["member"], true),
            (Read, "a_secret", &["admin"], false),
            (Create, "pre_x_all_post", &[], true),
            (Read, "unmatched", &["admin"], false),
            (Update, "os_glance_mine", &[], true),
        ] {
            assert_eq!(allows(action, name, roles), expected, "{action:?} {name} {roles:?}");
        }
    }

    #[test]
    fn service_roles_count() {
        let rules =
            Protections::parse("p", "[a]\ncreate=svc\nread=svc\nupdate=svc\ndelete=svc\n", RuleFormat::Roles).unwrap();
        let policy = Policy::defaults();
        assert!(rules.allow(PropertyAction::Read, "a", &caller(&["member"], &["svc"]), &policy));
        assert!(!rules.allow(PropertyAction::Read, "a", &caller(&["member"], &[]), &policy));
    }

    #[test]
    fn policies_are_evaluated_as_rules() {
        let text = "[a]\ncreate=context_is_admin\nread=@\nupdate=context_is_admin\ndelete=\n";
        let rules = Protections::parse("p", text, RuleFormat::Policies).unwrap();
        let policy = Policy::defaults();
        assert_eq!(rules.rules(), ["context_is_admin"]);
        assert!(rules.allow(PropertyAction::Create, "a", &caller(&["admin"], &[]), &policy));
        assert!(!rules.allow(PropertyAction::Create, "a", &caller(&["member"], &[]), &policy));
        assert!(!rules.allow(PropertyAction::Delete, "a", &caller(&["admin"], &[]), &policy));
    }

    #[test]
    fn broken_files_name_the_place() {
        for (text, words) in [
            ("create = @\n", "line 1"),
            ("[a]\ncreate = @\nread = @\nupdate = @\n", "\"delete\" is missing"),
            ("[(]\ncreate=@\nread=@\nupdate=@\ndelete=@\n", "bad regular expression"),
            ("[(?=a)]\ncreate=@\nread=@\nupdate=@\ndelete=@\n", "bad regular expression"),
            ("[a]\ncreate=@,!\nread=@\nupdate=@\ndelete=@\n", "exclude each other"),
            ("[a]\ncreate=@\nread=@\nupdate=@\ndelete=@\nremove=@\n", "unknown key \"remove\""),
            ("[a]\nnonsense\n", "line 2"),
        ] {
            let error = Protections::parse("p.conf", text, RuleFormat::Roles).unwrap_err();
            assert!(error.message().contains("p.conf"), "{error}");
            assert!(error.message().contains(words), "{text}: {error}");
        }
        let two = "[a]\ncreate=x,y\nread=@\nupdate=@\ndelete=@\n";
        assert!(Protections::parse("p", two, RuleFormat::Policies).is_err());
    }

    #[test]
    fn limits_have_exact_ends() {
        let refused = |text: &str| {
            let read = Protections::parse("p.conf", text, RuleFormat::Roles);
            read.map(drop).map_err(|error| error.message().to_owned()).err()
        };
        let padded = |bytes: usize| refused(&format!("#{}", " ".repeat(bytes - 1)));
        assert_eq!(padded(1 << 20), None);
        assert!(padded((1 << 20) + 1).unwrap().contains("larger than 1048576 bytes"));
        let sections = |number: usize| refused(&"[a]\ncreate=@\nread=@\nupdate=@\ndelete=@\n".repeat(number));
        assert_eq!(sections(1024), None);
        assert!(sections(1025).unwrap().contains("more than 1024 sections"));
        let unread = "[os_glance_x]\n".repeat(2000);
        assert_eq!(refused(&unread), None, "sections that are left out do not count");
    }

    fn patched(policy: &Policy, roles: &[&str], operation: serde_json::Value) -> Result<crate::image::Image> {
        use crate::image::{
            draft::{Draft, Formats},
            patch::{Changes, PatchMedia},
        };
        let formats = Formats::default();
        let limits = crate::limits::Limits::default();
        let owner = caller(&["admin"], &[]);
        let body = serde_json::json!({"x_owner_a": "1", "a_secret": "2"});
        let draft = Draft::from_json(&body, &formats)?;
        let id = crate::ImageId::parse("0aa0f5a4-31b9-4c25-a4cb-5f3e2f0a1111").unwrap();
        let image = draft.into_image(&owner, id, crate::Timestamp(0), &limits)?;
        let by = caller(roles, &[]);
        let view = crate::image::ImageView { image, membership: None };
        let before = policy.permit::<crate::image::actions::Modify>(&by, view)?;
        Changes::parse(PatchMedia::V21, &serde_json::json!([operation]), &formats)?.apply(
            &before,
            &by,
            policy,
            &limits,
            crate::Timestamp(1),
        )
    }

    #[test]
    fn patches_keep_to_the_protections_and_keep_what_the_caller_cannot_read() {
        use crate::Kind;
        use serde_json::json;
        let rules = Protections::parse("p", FILE, RuleFormat::Roles).unwrap();
        let policy = Policy::load_with(&[], true, Some(rules)).unwrap();
        let kind =
            |roles: &[&str], operation| patched(&policy, roles, operation).map(drop).map_err(|error| error.kind());
        let member = &["member", "reader"][..];
        let admin = &["admin", "member", "reader"][..];
        for (roles, operation, expected) in [
            (member, json!({"op": "add", "path": "/x_owner_b", "value": "v"}), Ok(())),
            (member, json!({"op": "replace", "path": "/x_owner_a", "value": "v"}), Err(Kind::Forbidden)),
            (admin, json!({"op": "replace", "path": "/x_owner_a", "value": "v"}), Ok(())),
            (admin, json!({"op": "remove", "path": "/x_owner_a"}), Err(Kind::Forbidden)),
            (member, json!({"op": "add", "path": "/unmatched", "value": "v"}), Err(Kind::Forbidden)),
            (member, json!({"op": "add", "path": "/b_secret", "value": "v"}), Ok(())),
            (admin, json!({"op": "replace", "path": "/a_secret", "value": "v"}), Err(Kind::Conflict)),
            (admin, json!({"op": "remove", "path": "/a_secret"}), Err(Kind::Conflict)),
            (admin, json!({"op": "add", "path": "/a_secret", "value": "v"}), Err(Kind::Forbidden)),
            (member, json!({"op": "replace", "path": "/name", "value": "v"}), Ok(())),
        ] {
            assert_eq!(kind(roles, operation.clone()), expected, "{roles:?} {operation}");
        }
        let after = patched(&policy, member, json!({"op": "replace", "path": "/name", "value": "v"})).unwrap();
        assert_eq!(after.properties.get("a_secret").map(String::as_str), Some("2"));
        let shown = policy.shown(&caller(member, &[]), after);
        assert_eq!(shown.properties.keys().collect::<Vec<_>>(), ["x_owner_a"]);
    }

    #[test]
    fn protections_may_name_rules_of_the_operators_files() {
        let file = |rule: &str| format!("[a]\ncreate={rule}\nread=@\nupdate=@\ndelete=@\n");
        let load = |rule: &str| {
            let protections = Protections::parse("p", &file(rule), RuleFormat::Policies).unwrap();
            Policy::load_with(&[("policy.yaml", "property_creators: role:svc\n")], true, Some(protections))
        };
        assert!(load("property_creators").is_ok());
        assert!(load("property_creator").unwrap_err().message().contains("property_creator"));
        let without_files = |rule: &str| {
            let protections = Protections::parse("p", &file(rule), RuleFormat::Policies).unwrap();
            Policy::load_with(&[], true, Some(protections)).map(drop).map_err(|error| error.message().to_owned())
        };
        assert_eq!(without_files("service_api"), Ok(()), "a rule of this server needs no file");
        assert!(without_files("nobody").unwrap_err().contains("the rule \"nobody\", which does not exist"));
    }
}
