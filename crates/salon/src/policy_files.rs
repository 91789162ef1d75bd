//! Reads the operator's policy files and property protections, and hands their texts to core.

use std::path::{Path, PathBuf};

use salon_core::{Error, Result, image::protection::Protections, policy::Policy};

use crate::config::{DEFAULT_POLICY_FILE, Loaded, is_there};

/// Entries of a policy directory at most; more is a mistake in the path.
const FILES: usize = 1000;

/// The rules in force: defaults overlaid with `policy_file`, then with the files of `policy_dirs`; and the property
/// protections.
///
/// # Errors
/// Invalid, naming the file and the rule.
pub(crate) fn load(loaded: &Loaded) -> Result<Policy> {
    let options = &loaded.config.oslo_policy;
    let beside = |path: &Path| match loaded.file.as_deref().and_then(Path::parent) {
        Some(directory) if path.is_relative() => directory.join(path),
        _ => path.to_owned(),
    };
    let mut texts = Vec::new();
    let file = beside(&options.policy_file);
    // As in oslo.policy, only a file that was asked for has to be there.
    if is_there(&file) || options.policy_file != Path::new(DEFAULT_POLICY_FILE) {
        texts.push(read(&file)?);
    }
    for directory in &options.policy_dirs {
        for file in files_of(&beside(directory))? {
            texts.push(read(&file)?);
        }
    }
    let pairs: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let image = &loaded.config.image;
    let protections = match &image.property_protection_file {
        Some(path) => {
            let (name, text) = read(&beside(path))?;
            Some(Protections::parse(&name, &text, image.property_protection_rule_format.into())?)
        }
        None => None,
    };
    let policy = Policy::load_with(&pairs, options.enforce_new_defaults, protections)?;
    for warning in policy.warnings() {
        tracing::warn!(warning, "policy");
    }
    Ok(policy)
}

fn read(path: &Path) -> Result<(String, String)> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::invalid(format!("the file {} cannot be read: {error}", path.display())))?;
    Ok((path.display().to_string(), text))
}

/// The YAML and JSON files of a directory in the order of their names; hidden ones are left out, as in oslo.policy.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let wrong = |error: std::io::Error| {
        Error::invalid(format!("the policy directory {} cannot be read: {error}", directory.display()))
    };
    let mut files = Vec::new();
    for (number, entry) in std::fs::read_dir(directory).map_err(wrong)?.enumerate() {
        if number >= FILES {
            let name = directory.display();
            return Err(Error::invalid(format!("the policy directory {name} has more than {FILES} entries")));
        }
        let path = entry.map_err(wrong)?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        let rules =
            path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|own| extension == *own));
        if !hidden && rules {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
