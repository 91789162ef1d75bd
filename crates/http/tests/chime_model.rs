//! Writes the operation table, the checks and the types of the Chime dialect from the published service model.
//!
//! The three files are checked in; this test fails when they are not what the model gives. To write them anew:
//! `SALON_WRITE_MODEL=1 cargo test -p salon-http --test chime_model`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

const HEAD: &str =
    "// Generated from chime-2018-05-01.json by tests/chime_model.rs; the licence is in NOTICE. Do not edit.\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chime/model")
}

struct Model {
    operations: BTreeMap<String, Value>,
    shapes: BTreeMap<String, Value>,
}

impl Model {
    fn read() -> Self {
        let text = std::fs::read_to_string(folder().join("chime-2018-05-01.json")).unwrap();
        let model: Value = serde_json::from_str(&text).unwrap();
        let part = |name: &str| {
            let map: &Map<String, Value> = model[name].as_object().unwrap();
            map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        Self { operations: part("operations"), shapes: part("shapes") }
    }

    fn shape(&self, name: &str) -> &Value {
        &self.shapes[name]
    }

    fn kind(&self, name: &str) -> &str {
        self.shape(name)["type"].as_str().unwrap()
    }

    fn members(&self, name: &str) -> Vec<Member> {
        let shape = self.shape(name);
        let required: BTreeSet<&str> = texts(&shape["required"]).into_iter().collect();
        // In the order of the model's file, which serde_json does not keep: by name.
        let members = shape["members"].as_object().unwrap();
        members
            .iter()
            .map(|(name, member)| Member {
                name: name.clone(),
                shape: member["shape"].as_str().unwrap().to_owned(),
                place: match member["location"].as_str() {
                    None => "Body",
                    Some("uri") => "Path",
                    Some("querystring") => "Query",
                    Some(other) => panic!("a member in {other}"),
                },
                wire: member["locationName"].as_str().unwrap_or(name).to_owned(),
                required: required.contains(name.as_str()),
            })
            .collect()
    }

    /// The structures that `name` is made of, with itself.
    fn reach(&self, name: &str, into: &mut BTreeSet<String>) {
        match self.kind(name) {
            "structure" if into.insert(name.to_owned()) => {
                for member in self.members(name) {
                    self.reach(&member.shape, into);
                }
            }
            "list" => self.reach(self.shape(name)["member"]["shape"].as_str().unwrap(), into),
            _ => {}
        }
    }

    fn structures(&self, side: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for operation in self.operations.values() {
            if let Some(name) = operation[side]["shape"].as_str() {
                self.reach(name, &mut found);
            }
        }
        found
    }

    fn rust_type(&self, shape: &str) -> String {
        match self.kind(shape) {
            "string" => "String".to_owned(),
            "integer" => "u32".to_owned(),
            "boolean" => "bool".to_owned(),
            "timestamp" => "Time".to_owned(),
            "list" => format!("Vec<{}>", self.rust_type(self.shape(shape)["member"]["shape"].as_str().unwrap())),
            "structure" => shape.to_owned(),
            other => panic!("a shape of type {other}"),
        }
    }
}

struct Member {
    name: String,
    shape: String,
    place: &'static str,
    wire: String,
    required: bool,
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().map(|list| list.iter().map(|text| text.as_str().unwrap()).collect()).unwrap_or_default()
}

/// `OutboundEventsHTTPSEndpoint` as `outbound_events_https_endpoint`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, char) in chars.iter().enumerate() {
        let after_lower = at > 0 && !chars[at - 1].is_ascii_uppercase();
        let before_lower = at > 0 && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if char.is_ascii_uppercase() && (after_lower || before_lower) {
            out.push('_');
        }
        out.push(char.to_ascii_lowercase());
    }
    out
}

/// As serde's `PascalCase` does it.
fn pascal(snake: &str) -> String {
    let words = snake.split('_').map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    words.collect()
}

fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

fn operations(model: &Model) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\nuse super::{Method, Spec, checks};\n");
    let exceptions: BTreeMap<&str, i64> = model
        .shapes
        .iter()
        .filter(|(_, shape)| shape["exception"] == true)
        .map(|(name, shape)| (name.as_str(), shape["error"]["httpStatusCode"].as_i64().unwrap()))
        .collect();
    out.push_str(
        "\n/// The errors of the model.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub(crate) enum Exception {\n",
    );
    for name in exceptions.keys() {
        writeln!(out, "    {},", name.strip_suffix("Exception").unwrap()).unwrap();
    }
    out.push_str("}\n\nimpl Exception {\n    /// Its name on the wire and its status.\n    pub(crate) const fn wire(self) -> (&'static str, u16) {\n        match self {\n");
    for (name, status) in &exceptions {
        writeln!(out, "            Self::{} => (\"{name}\", {status}),", name.strip_suffix("Exception").unwrap())
            .unwrap();
    }
    out.push_str("        }\n    }\n}\n\n/// Everything a client can ask of this dialect, by name.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum Operation {\n");
    for (name, operation) in &model.operations {
        let http = &operation["http"];
        writeln!(
            out,
            "    /// `{} {}`\n    {name},",
            http["method"].as_str().unwrap(),
            http["requestUri"].as_str().unwrap()
        )
        .unwrap();
    }
    writeln!(
        out,
        "}}\n\n/// One row per operation, in the order of [`Operation`].\npub(crate) static OPERATIONS: [Spec; {}] = [",
        model.operations.len()
    )
    .unwrap();
    for (name, operation) in &model.operations {
        let http = &operation["http"];
        let uri = http["requestUri"].as_str().unwrap();
        let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
        let marker = query.map(|query| query.strip_prefix("operation=").expect("only operation= is fixed in a query"));
        let input = operation["input"]["shape"].as_str().unwrap();
        let errors: Vec<String> = operation["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| format!("Exception::{}", error["shape"].as_str().unwrap().strip_suffix("Exception").unwrap()))
            .collect();
        writeln!(
            out,
            "    Spec {{ operation: Operation::{name}, name: \"{name}\", method: Method::{}, path: \"{path}\", uri: \"{uri}\", marker: {marker:?}, status: {}, input: &checks::{},\n        errors: &[{}] }},",
            http["method"].as_str().unwrap(),
            http["responseCode"].as_i64().unwrap_or(200),
            screaming(input),
            errors.join(", "),
        )
        .unwrap();
    }
    out.push_str("];\n");
    out
}

fn checks(model: &Model) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\nuse super::{Check, Member, Pattern, Place};\n");
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for name in model.structures("input") {
        wanted.extend(model.members(&name).into_iter().map(|member| member.shape));
        wanted.insert(name);
    }
    for name in wanted.clone() {
        if let Some(of) = model.shape(&name)["member"]["shape"].as_str() {
            wanted.insert(of.to_owned());
        }
    }
    for name in &wanted {
        let shape = model.shape(name);
        let number = |key: &str| shape[key].as_i64();
        let check =
            match model.kind(name) {
                "string" => {
                    let pattern = match shape["pattern"].as_str() {
                        None => "Any",
                        Some(r".*\S.*") => "NotBlank",
                        Some(r".+@.+\..+") => "Email",
                        Some("[-_a-zA-Z0-9]*") => "Token",
                        Some(other) => panic!("no check for the pattern {other}"),
                    };
                    format!(
                        "Check::Text {{ min: {}, max: {}, pattern: Pattern::{pattern}, values: &{:?} }}",
                        number("min").unwrap_or(0),
                        number("max").map_or("usize::MAX".to_owned(), |max| max.to_string()),
                        texts(&shape["enum"])
                    )
                }
                "integer" => {
                    format!("Check::Number {{ min: {}, max: {} }}", number("min").unwrap(), number("max").unwrap())
                }
                "boolean" => "Check::Flag".to_owned(),
                "list" => format!(
                    "Check::List {{ of: &{}, min: {}, max: {} }}",
                    screaming(shape["member"]["shape"].as_str().unwrap()),
                    number("min").unwrap_or(0),
                    number("max").map_or("usize::MAX".to_owned(), |max| max.to_string()),
                ),
                "structure" => {
                    let mut text = String::from("Check::Structure(&[");
                    for member in model.members(name) {
                        write!(
                        text,
                        "\n    Member {{ name: \"{}\", wire: \"{}\", place: Place::{}, required: {}, check: &{} }},",
                        member.name, member.wire, member.place, member.required, screaming(&member.shape)
                    )
                    .unwrap();
                    }
                    text.push_str(if text.ends_with('[') { "])" } else { "\n])" });
                    text
                }
                other => panic!("no check for the type {other}"),
            };
        writeln!(out, "\npub(crate) static {}: Check = {check};", screaming(name)).unwrap();
    }
    out
}

fn types(model: &Model) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n#![allow(dead_code, reason = \"the model has members that this server does not need\")]\n");
    out.push_str("\nuse serde::{Deserialize, Serialize};\n\nuse super::Time;\n");
    let (inputs, outputs) = (model.structures("input"), model.structures("output"));
    for name in inputs.union(&outputs) {
        let (read, written) = (inputs.contains(name), outputs.contains(name));
        let mut derives = vec!["Clone", "Default"];
        derives.extend(read.then_some("Deserialize"));
        derives.extend(written.then_some("Serialize"));
        writeln!(
            out,
            "\n#[derive({})] #[serde(rename_all = \"PascalCase\")]\npub(crate) struct {name} {{",
            derives.join(", ")
        )
        .unwrap();
        for member in model.members(name) {
            let kind = model.rust_type(&member.shape);
            // Lists in answers are always there, if empty.
            let list = model.kind(&member.shape) == "list";
            let plain = member.required || list;
            let field = snake(&member.name);
            let mut rules = Vec::new();
            if pascal(&field) != member.name {
                rules.push(format!("rename = \"{}\"", member.name));
            }
            if written && !plain {
                rules.push("skip_serializing_if = \"Option::is_none\"".to_owned());
            }
            if read && list && !member.required {
                rules.push("default".to_owned());
            }
            if !rules.is_empty() {
                writeln!(out, "    #[serde({})]", rules.join(", ")).unwrap();
            }
            let kind = if plain { kind } else { format!("Option<{kind}>") };
            writeln!(out, "    pub(crate) {field}: {kind},").unwrap();
        }
        out.push_str("}\n");
    }
    out
}

#[test]
fn the_generated_files_are_what_the_model_gives() {
    let model = Model::read();
    for (file, text) in
        [("operations.rs", operations(&model)), ("checks.rs", checks(&model)), ("types.rs", types(&model))]
    {
        let path = folder().join(file);
        if std::env::var_os("SALON_WRITE_MODEL").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{file} is stale: SALON_WRITE_MODEL=1 cargo test -p salon-http --test chime_model");
    }
}
