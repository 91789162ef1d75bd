//! `salon config show`.

use std::fmt::Write as _;

use super::Config;

/// The settings as a configuration file, with every key's documentation if asked for.
///
/// Keys without a value stand as comments, so that the output is a valid file.
pub(crate) fn render(config: &Config, documented: bool) -> String {
    let mut text = String::new();
    for (section, doc, keys) in config.shown() {
        if !text.is_empty() {
            text.push('\n');
        }
        if documented {
            comment(&mut text, doc);
        }
        let _ = writeln!(text, "[{section}]");
        for key in keys {
            if documented {
                comment(&mut text, key.doc);
            }
            let _ = match key.value {
                Some(value) => writeln!(text, "{} = {value}", key.name),
                None => writeln!(text, "# {} =", key.name),
            };
        }
    }
    text
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}
