//! Configuration: `salon.toml`, overridden by the environment.
//!
//! `SALON_SECTION__KEY=value` overrides `key` of `[section]`, for example `SALON_DATABASE__CONNECTION`; lists are
//! separated by commas. An unknown key is a warning with the nearest name, a bad value an error with its line.

mod sections;
mod show;
mod value;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use salon_core::{Error, Result};
use toml::de::{DeTable, DeValue};

use sections::Raw;
pub(crate) use sections::{Config, KeystoneAuthtoken, Log};
pub(crate) use show::{render, without_credentials};
pub(crate) use value::{IdentityMode, LogFormat, RedactUnknown};

/// The file that is read when none is named, if it exists.
pub(crate) const DEFAULT_FILE: &str = "salon.toml";
/// The policy file that need not exist.
pub(crate) const DEFAULT_POLICY_FILE: &str = "policy.yaml";
/// What every overriding variable begins with.
const PREFIX: &str = "SALON_";
/// Variables with the prefix that are not settings.
const NOT_SETTINGS: &[&str] = &["SALON_CONFIG", "SALON_LOG"];

/// Settings, where they came from, and what is odd about them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The file, if one was read.
    pub(crate) file: Option<PathBuf>,
    /// The log level comes from the command line, and stays at a reload.
    pub(crate) level_given: bool,
    /// One line each, for the operator.
    pub(crate) warnings: Vec<String>,
}

/// Reads `file` (or the default one, if it exists) and the environment given as pairs.
///
/// # Errors
/// Invalid, with file and line: the file is missing or no TOML, or a value is not what its key needs.
pub(crate) fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let path = match file {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| is_there(path)),
    };
    if let Some(path) = path {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Error::invalid(format!("{} cannot be read: {error}", path.display())))?;
        let name = path.display().to_string();
        loaded.read_toml(&name, &text)?;
        loaded.file = Some(path);
    }
    let mut variables: Vec<(String, String)> =
        environment.filter(|(name, _)| name.starts_with(PREFIX) && !NOT_SETTINGS.contains(&name.as_str())).collect();
    variables.sort();
    for (name, value) in variables {
        loaded.read_variable(&name, &value)?;
    }
    Ok(loaded)
}

/// Whether there is anything by this name. What cannot be looked at counts as there, and so does a link that leads nowhere:
/// whoever reads it next says what is wrong, where a server without its rules would let everybody do what they forbid.
pub(crate) fn is_there(path: &Path) -> bool {
    !matches!(path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
}

impl Loaded {
    fn read_toml(&mut self, file: &str, text: &str) -> Result<()> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            Error::invalid(format!("{file}, line {line}: {}", error.message()))
        })?;
        for (section, value) in table.get_ref() {
            let line = line_of(text, section.span().start);
            let section = section.get_ref().as_ref();
            let (Some(keys), DeValue::Table(entries)) = (Config::keys(section), value.get_ref()) else {
                let what = if matches!(value.get_ref(), DeValue::Table(_)) {
                    unknown("section", section, Config::SECTIONS.iter().copied())
                } else {
                    format!("{section:?} stands outside of a section and is ignored")
                };
                self.warnings.push(format!("{file}, line {line}: {what}"));
                continue;
            };
            for (key, value) in entries {
                let line = line_of(text, key.span().start);
                let key = key.get_ref().as_ref();
                match self.config.set(section, key, &Raw::Toml(value.get_ref())) {
                    Some(Ok(())) => {}
                    Some(Err(expected)) => {
                        return Err(Error::invalid(format!("{file}, line {line}: [{section}] {key}: {expected}")));
                    }
                    None => {
                        let what = unknown("key", key, keys.iter().copied());
                        self.warnings.push(format!("{file}, line {line}: [{section}]: {what}"));
                    }
                }
            }
        }
        Ok(())
    }

    fn read_variable(&mut self, name: &str, value: &str) -> Result<()> {
        let words = name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
        let known = words.split_once("__").and_then(|(section, key)| {
            let set = self.config.set(section, key, &Raw::Text(value))?;
            Some((section, key, set))
        });
        match known {
            Some((_, _, Ok(()))) => Ok(()),
            // The value is not repeated: it may be a secret that went to the wrong variable.
            Some((_, _, Err(expected))) => {
                let expected = expected.split(", found").next().unwrap_or_default();
                Err(Error::invalid(format!("{name} in the environment: {expected}")))
            }
            None => {
                let all = Config::SECTIONS.iter().flat_map(|section| {
                    Config::keys(section).unwrap_or_default().iter().map(move |key| format!("{section}__{key}"))
                });
                let names: Vec<String> = all.map(|name| format!("{PREFIX}{}", name.to_ascii_uppercase())).collect();
                self.warnings.push(unknown("variable", name, names.iter().map(String::as_str)));
                Ok(())
            }
        }
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {what} {name:?} is ignored; did you mean {near:?}?"),
        None => format!("unknown {what} {name:?} is ignored"),
    }
}

/// The known name with the fewest edits to `name`, if it is near at all.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    known
        .map(|other| (edits(name, other), other))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// Insertions, deletions and replacements that turn one text into the other.
fn edits(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (at, from) in left.chars().enumerate() {
        let mut next = vec![at + 1];
        for (to, pair) in right.chars().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let before = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(from != to)).min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        loaded.read_toml("salon.toml", text).map(|()| loaded)
    }

    #[test]
    fn reads_values_of_every_kind() {
        let config = read(
            "[server]\nlisten = [\"127.0.0.1:1\", \"[::1]:2\"]\npublic_endpoint = \"http://x\"\nsendfile = false\n\
             [image]\nimage_member_quota = -1\nuser_storage_quota = \"2GB\"\nhashing_algorithm = \"sha256\"\n\
             [identity]\nmode = \"proxy\"\ntrusted_peers = \"10.0.0.0/8, ::1\"\n",
        )
        .unwrap()
        .config;
        assert_eq!(config.server.listen.len(), 2);
        assert_eq!(config.server.public_endpoint.as_deref(), Some("http://x"));
        assert!(!config.server.sendfile);
        assert_eq!(config.image.image_member_quota.0, None);
        assert_eq!(config.image.user_storage_quota.0, Some(2 << 30));
        assert_eq!(config.identity.mode, IdentityMode::Proxy);
        assert_eq!(config.identity.trusted_peers.len(), 2);
    }

    #[test]
    fn unknown_names_warn_with_the_nearest() {
        let loaded = read("stray = 1\n[servers]\n[image]\nimage_tag_qouta = 3\nxyzzy = 1\n").unwrap();
        assert_eq!(
            loaded.warnings,
            [
                "salon.toml, line 4: [image]: unknown key \"image_tag_qouta\" is ignored; did you mean \"image_tag_quota\"?",
                "salon.toml, line 5: [image]: unknown key \"xyzzy\" is ignored",
                "salon.toml, line 2: unknown section \"servers\" is ignored; did you mean \"server\"?",
                "salon.toml, line 1: \"stray\" stands outside of a section and is ignored",
            ]
        );
    }

    #[test]
    fn bad_values_name_their_line() {
        let error = read("[server]\n\nlisten = [\"nowhere\"]\n").unwrap_err();
        assert!(error.message().starts_with("salon.toml, line 3: [server] listen: expected an address"), "{error}");
        let error = read("[log]\nformat = \"xml\"\n").unwrap_err();
        assert_eq!(error.message(), "salon.toml, line 2: [log] format: expected one of text, json");
        let error = read("[log]\nformat = \n").unwrap_err();
        assert!(error.message().starts_with("salon.toml, line 2: "), "{error}");
    }

    #[test]
    fn the_environment_overrides_and_keeps_secrets_to_itself() {
        let mut loaded = read("[image]\napi_limit_max = 5\n").unwrap();
        loaded.read_variable("SALON_IMAGE__API_LIMIT_MAX", "7").unwrap();
        assert_eq!(loaded.config.image.api_limit_max, 7);
        let error = loaded.read_variable("SALON_IMAGE__API_LIMIT_MAX", "hunter2").unwrap_err();
        assert!(!error.message().contains("hunter2"));
        loaded.read_variable("SALON_IMAGE__API_LIMIT_MXA", "7").unwrap();
        assert!(loaded.warnings.iter().any(|warning| warning.contains("SALON_IMAGE__API_LIMIT_MAX")));
    }

    #[test]
    fn what_is_shown_reads_back_the_same() {
        let shown = show::render(&Config::default(), true);
        let loaded = read(&shown).unwrap();
        assert_eq!(loaded.warnings, Vec::<String>::new());
        assert_eq!(show::render(&loaded.config, true), shown);
    }
}
