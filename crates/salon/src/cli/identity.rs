//! `salon project|user|role|key`.

use clap::Subcommand;
use salon_core::Result;
use salon_identity::built_in::Directory;

/// Projects.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {}

/// Users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {}

/// Roles.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {}

/// Access keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {}

pub(crate) async fn project(_directory: &Directory, command: ProjectCommand) -> Result<()> {
    match command {}
}

pub(crate) async fn user(_directory: &Directory, command: UserCommand) -> Result<()> {
    match command {}
}

pub(crate) async fn role(_directory: &Directory, command: RoleCommand) -> Result<()> {
    match command {}
}

pub(crate) async fn key(_directory: &Directory, command: KeyCommand) -> Result<()> {
    match command {}
}
