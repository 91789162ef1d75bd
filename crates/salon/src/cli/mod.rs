//! The command line.

mod check;
pub(crate) mod chime;
mod config;
mod db;
pub(crate) mod identity;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use salon_core::Result;

use crate::{
    config::{Loaded, load},
    demo, serve,
};

/// One server for machine images shared by guest list: the OpenStack Image API v2 with an identity of its own, or
/// behind Keystone.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Start with `salon demo`: it shares an image between two projects, shows every request, and keeps serving.\n\
                  Settings: `salon config show --defaults` documents all of them.",
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Where settings come from.
    #[command(flatten)]
    settings: Settings,
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
struct Settings {
    /// Configuration file [default: salon.toml, if it exists].
    #[arg(long, short, global = true, env = "SALON_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of everything the server writes [default: ./salon-data].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Log level, overriding the configuration: error, warn, info, debug, trace, or per part ("info,salon::access=warn").
    #[arg(long, global = true, env = "SALON_LOG", value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what it is about: share an image, accept, download, revoke – each as a curl line that works – and keep serving.
    Demo(demo::Options),
    /// Run the server.
    Serve(ServeOptions),
    /// Look after the database.
    #[command(subcommand)]
    Db(db::Command),
    /// Compare catalog and store; with --deep, read every byte and compare digests. Changes nothing.
    Check(check::CheckOptions),
    /// Repair what `check` finds: take damaged images out of use, remove objects that no image has.
    Repair(check::RepairOptions),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(config::Command),
    /// Manage projects of the built-in identity.
    #[command(subcommand)]
    Project(identity::ProjectCommand),
    /// Manage users of the built-in identity.
    #[command(subcommand)]
    User(identity::UserCommand),
    /// Manage roles of the built-in identity, and who has them.
    #[command(subcommand)]
    Role(identity::RoleCommand),
    /// Manage access keys of the built-in identity.
    #[command(subcommand)]
    Key(identity::KeyCommand),
    /// Manage chat accounts and the people in them.
    #[command(subcommand)]
    Chime(chime::ChimeCommand),
}

/// `salon serve`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeOptions {
    /// Make sample projects, users and files to use them with; listens on loopback only.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Address to listen on, instead of the configured ones; may be given several times. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Vec<SocketAddr>,
    /// File that gets the address in use as soon as the server answers.
    #[arg(long, value_name = "FILE")]
    pub(crate) port_file: Option<PathBuf>,
}

/// Does what was asked.
///
/// # Errors
/// For the person at the terminal.
pub(crate) fn run(cli: Cli) -> Result<()> {
    let loaded = cli.settings.load()?;
    match cli.command {
        Command::Demo(options) => demo::run(loaded, &options, cli.settings.data.is_some()),
        Command::Serve(options) => serve::run(loaded, &options),
        Command::Config(command) => config::run(&loaded, command),
        Command::Db(command) => db::run(&loaded, command),
        Command::Check(options) => check::check(&loaded, options),
        Command::Repair(options) => check::repair(&loaded, options),
        Command::Project(command) => {
            crate::node::with_directory(&loaded, async move |directory| identity::project(&directory, command).await)
        }
        Command::User(command) => {
            crate::node::with_directory(&loaded, async move |directory| identity::user(&directory, command).await)
        }
        Command::Role(command) => {
            crate::node::with_directory(&loaded, async move |directory| identity::role(&directory, command).await)
        }
        Command::Key(command) => {
            crate::node::with_directory(&loaded, async move |directory| identity::key(&directory, command).await)
        }
        Command::Chime(command) => crate::node::with_operator(&loaded, async move |service, directory| {
            chime::run(service, directory, command).await
        }),
    }
}

impl Settings {
    fn load(&self) -> Result<Loaded> {
        let mut loaded = load(self.config.as_deref(), std::env::vars())?;
        if let Some(directory) = &self.data {
            loaded.config.server.data_dir.clone_from(directory);
        }
        if let Some(level) = &self.log {
            loaded.config.log.level.clone_from(level);
            loaded.level_given = true;
        }
        Ok(loaded)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_command_and_option_is_described() {
        fn look(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{} has no description", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {} has no help", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(look);
        }
        let command = Cli::command();
        command.clone().debug_assert();
        look(&command);
    }
}
