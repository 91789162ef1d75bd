//! `salon config`.

use clap::{Args, Subcommand};
use salon_core::{Error, Result};

use crate::{
    config::{Config, Loaded, render},
    node,
    output::{complain, say},
    policy_files,
};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the configuration and the policy files as a start would, and say what is wrong.
    Check,
    /// Print the settings in force, as a configuration file. Secrets are not shown.
    Show(Show),
}

/// `salon config show`.
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Print the defaults, with the documentation of every key.
    #[arg(long)]
    defaults: bool,
}

pub(crate) fn run(loaded: &Loaded, command: Command) -> Result<()> {
    match command {
        Command::Show(Show { defaults: true }) => {
            say(render(&Config::default(), true).trim_end());
            Ok(())
        }
        Command::Show(Show { defaults: false }) => {
            loaded.warnings.iter().for_each(complain);
            say(render(&loaded.config, false).trim_end());
            Ok(())
        }
        Command::Check => check(loaded),
    }
}

fn check(loaded: &Loaded) -> Result<()> {
    loaded.warnings.iter().for_each(complain);
    node::check_settings(&loaded.config)?;
    let policy = policy_files::load(loaded)?;
    policy.warnings().iter().for_each(complain);
    let odd = loaded.warnings.len() + policy.warnings().len();
    let from = loaded.file.as_ref().map_or("defaults and environment".to_owned(), |file| file.display().to_string());
    match odd {
        0 => {
            say(format!("The configuration is sound ({from})."));
            Ok(())
        }
        1 => Err(Error::invalid(format!("The configuration would do, with 1 warning ({from})."))),
        _ => Err(Error::invalid(format!("The configuration would do, with {odd} warnings ({from})."))),
    }
}
