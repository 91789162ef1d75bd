//! The operator's policy files over the registry of rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_norway::Value;

use super::{
    compile::{Defect, Program},
    expression::Expression,
    rules::RULES,
};
use crate::{Error, Result};

/// Rules that one deployment may define.
const MAX_RULES: usize = 4096;

/// Reads the files, lays them over the registry and compiles the whole. Answers the program and warnings.
///
/// `used` names rules that something other than the files refers to.
pub(super) fn load(
    texts: &[(&str, &str)],
    enforce_new_defaults: bool,
    used: &[&str],
) -> Result<(Program, Vec<String>)> {
    let mut files = BTreeMap::new();
    for (file, text) in texts {
        for (rule, expression) in read(file, text)? {
            files.insert(rule, (*file, expression));
        }
    }
    if files.len() > MAX_RULES {
        return Err(Error::invalid(format!("the policy files define more than {MAX_RULES} rules")));
    }
    refuse_strangers(&files, used)?;
    if let Some(missing) = used.iter().find(|name| !is_known(name) && !files.contains_key(**name)) {
        return Err(Error::invalid(format!(
            "a property protection refers to the rule \"{missing}\", which does not exist"
        )));
    }

    // The operator's own first: a defect that both have part in is reported where it can be mended.
    let mut rules: Vec<_> = files.iter().map(|(name, (_, expression))| (name.clone(), expression.clone())).collect();
    for rule in RULES.iter().filter(|rule| !files.contains_key(rule.name)) {
        let broken = |problem: String| at("(defaults)", rule.name, &problem);
        let mut expression = Expression::parse(rule.check).map_err(broken)?;
        if let (false, Some(legacy)) = (enforce_new_defaults, rule.legacy) {
            expression = Expression::Or(vec![expression, Expression::parse(legacy).map_err(broken)?]);
        }
        rules.push((rule.name.to_owned(), expression));
    }

    let place = |defect: &Defect| {
        let file = files.get(&defect.rule).map_or("(defaults)", |(file, _)| file);
        at(file, &defect.rule, &defect.problem)
    };
    let mut warnings = Vec::new();
    let program = Program::compile(&rules, &mut |defect| warnings.push(place(&defect).message().to_owned()))
        .map_err(|defect| place(&defect))?;
    Ok((program, warnings))
}

fn at(file: &str, rule: &str, problem: &str) -> Error {
    Error::invalid(format!("policy file {file}, rule \"{rule}\": {problem}"))
}

/// A name that nothing asks for is a misspelt rule: silently ignored, it would leave the default in force.
fn refuse_strangers(files: &BTreeMap<String, (&str, Expression)>, used: &[&str]) -> Result<()> {
    let mut used: BTreeSet<&str> = used.iter().copied().collect();
    for (_, expression) in files.values() {
        references(expression, &mut used);
    }
    match files.iter().find(|(name, _)| !is_known(name) && !used.contains(name.as_str())) {
        Some((name, (file, _))) => {
            Err(at(file, name, "this server has no rule of this name, and no other rule refers to it"))
        }
        None => Ok(()),
    }
}

fn is_known(name: &str) -> bool {
    RULES.iter().any(|rule| rule.name == name)
}

fn references<'a>(expression: &'a Expression, into: &mut BTreeSet<&'a str>) {
    match expression {
        Expression::Rule(name) => {
            into.insert(name);
        }
        Expression::Not(inner) => references(inner, into),
        Expression::And(parts) | Expression::Or(parts) => parts.iter().for_each(|part| references(part, into)),
        Expression::Always
        | Expression::Never
        | Expression::Role(_)
        | Expression::Literal(..)
        | Expression::Attribute(..)
        | Expression::Remote(_) => {}
    }
}

/// The rules of one file.
fn read(file: &str, text: &str) -> Result<Vec<(String, Expression)>> {
    let value = match serde_norway::from_str::<Value>(text) {
        Ok(value) => value,
        // JSON allows what YAML does not (tabs between its tokens).
        Err(error) => serde_json::from_str::<Value>(text)
            .map_err(|_| Error::invalid(format!("policy file {file} cannot be read: {error}")).with_source(error))?,
    };
    let map = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Mapping(map) => map,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Sequence(_) | Value::Tagged(_) => {
            return Err(Error::invalid(format!("policy file {file} is not a map of rule names to expressions")));
        }
    };
    map.into_iter()
        .map(|(name, value)| {
            let Value::String(name) = name else {
                return Err(Error::invalid(format!("policy file {file}: a rule's name is not a text")));
            };
            let expression = expression_of(&value).map_err(|problem| at(file, &name, &problem))?;
            Ok((name, expression))
        })
        .collect()
}

const SHAPE: &str = "the value is neither a text nor a list of checks (\"\" and \"@\" always hold, \"!\" never does)";

fn expression_of(value: &Value) -> Result<Expression, String> {
    match value {
        Value::String(text) => Expression::parse(text),
        Value::Sequence(alternatives) => {
            let mut lists = Vec::with_capacity(alternatives.len());
            for alternative in alternatives {
                lists.push(match alternative {
                    Value::String(check) if check.is_empty() => Vec::new(),
                    Value::String(check) => vec![check.as_str()],
                    Value::Sequence(checks) => {
                        checks.iter().map(|check| check.as_str().ok_or(SHAPE)).collect::<Result<_, _>>()?
                    }
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::Mapping(_) | Value::Tagged(_) => {
                        return Err(SHAPE.to_owned());
                    }
                });
            }
            Expression::parse_list(&lists)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Mapping(_) | Value::Tagged(_) => Err(SHAPE.to_owned()),
    }
}
