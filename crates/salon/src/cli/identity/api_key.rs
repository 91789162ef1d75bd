//! `salon user api-key`: secrets with which users log in to Identity v2.0 instead of with their password.

use clap::Subcommand;
use salon_core::Result;
use salon_identity::built_in::Directory;
use serde_json::json;

use super::{InDomain, Shape, all, find_user, list, show};

/// `salon user api-key`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an API key of a user and print it. It is not kept and cannot be shown again.
    Create {
        /// The user, by id or name.
        user: String,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// List API keys of a user, without the keys themselves.
    List {
        /// The user, by id or name.
        user: String,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove API keys of a user; ends the user's tokens at once.
    Delete {
        /// The user, by id or name.
        user: String,
        /// Ids of API keys, as they are listed.
        #[arg(required = true)]
        keys: Vec<String>,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
    },
}

/// Runs it.
///
/// # Errors
/// For the person at the terminal.
pub(super) async fn run(directory: &Directory, command: Command) -> Result<()> {
    match command {
        Command::Create { user, domain, shape } => {
            let user = find_user(directory, &user, &domain).await?;
            let (key, secret) = directory.create_api_key(&user.id).await?;
            show(shape, &json!({"id": key.id, "user": user.name, "api_key": secret.reveal()}));
        }
        Command::List { user, domain, shape } => {
            let user = find_user(directory, &user, &domain).await?;
            let keys = all(async |page| directory.api_keys(&user.id, &page).await, |key| key.id.clone()).await?;
            let keys = keys
                .iter()
                .map(|key| json!({"id": key.id, "user": user.name, "created_at": key.created_at.to_iso_seconds()}));
            list(shape, &["id", "user", "created_at"], keys);
        }
        Command::Delete { user, keys, domain } => {
            let user = find_user(directory, &user, &domain).await?;
            for key in keys {
                directory.delete_api_key(&user.id, &key).await?;
            }
        }
    }
    Ok(())
}
