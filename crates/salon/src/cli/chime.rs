//! `salon chime`: what the Amazon Chime API has no call for, done in the catalog directly, beside a running server too.

mod rooms;
mod webhooks;

use clap::{Args, Subcommand, ValueEnum};
use salon_core::{
    ProjectId, Result,
    account::{Account, AccountId, AccountType, Key, NewPerson, Person, PersonId, UserType},
    event::Actor,
    id::uuid_text,
};
use salon_identity::built_in::Directory;
use salon_service::{Service, accounts::admin};
use serde_json::{Value, json};

use self::{
    rooms::{BotCommand, RoomCommand},
    webhooks::WebhookCommand,
};
use super::identity::{InDomain, Shape, find_project, list, show};
use crate::{output::complain, real::SystemEntropy};

/// Longest list that is shown. It is said when there is more.
const MAX_LISTED: usize = 100_000;
/// Rows read at a time.
const PAGE: u32 = 1000;

/// `salon chime`.
#[derive(Debug, Subcommand)]
pub(crate) enum ChimeCommand {
    /// Manage accounts: Enterprise accounts, which rooms need, are made here and nowhere else.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Manage the people (users) in accounts.
    #[command(subcommand)]
    User(PersonCommand),
    /// Manage the webhooks of rooms.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Look into rooms, and remove them.
    #[command(subcommand)]
    Room(RoomCommand),
    /// Look at bots.
    #[command(subcommand)]
    Bot(BotCommand),
}

/// A type of Enterprise account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnterpriseType {
    /// People are managed here.
    #[value(name = "EnterpriseLWA")]
    Lwa,
    /// People come from an Active Directory.
    #[value(name = "EnterpriseDirectory")]
    Directory,
    /// People come from an OpenID provider.
    #[value(name = "EnterpriseOIDC")]
    Oidc,
}

impl From<EnterpriseType> for AccountType {
    fn from(name: EnterpriseType) -> Self {
        match name {
            EnterpriseType::Lwa => Self::EnterpriseLwa,
            EnterpriseType::Directory => Self::EnterpriseDirectory,
            EnterpriseType::Oidc => Self::EnterpriseOidc,
        }
    }
}

/// Who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Who {
    /// Somebody.
    #[value(name = "PrivateUser")]
    Private,
    /// A device in a meeting room.
    #[value(name = "SharedDevice")]
    Device,
}

/// A project, named.
#[derive(Args, Clone, Debug)]
pub(crate) struct InProject {
    /// The project, by id or name; by id unless identity is built in.
    #[arg(long)]
    project: String,
    /// Domain.
    #[command(flatten)]
    domain: InDomain,
}

/// `salon chime account`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an Enterprise account.
    Create {
        /// Whose it is.
        #[command(flatten)]
        project: InProject,
        /// Its name, at most 100 characters.
        #[arg(long)]
        name: String,
        /// Its type; people of an EnterpriseLWA account can be suspended and get licenses through the API.
        #[arg(long = "type", value_enum, default_value = "EnterpriseLWA", value_name = "TYPE")]
        account_type: EnterpriseType,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Change the type of an account: Team to Enterprise, or one Enterprise type to another. There is no way back to Team.
    Convert {
        /// Its id.
        account: String,
        /// Its new type.
        #[arg(long = "type", value_enum, default_value = "EnterpriseLWA", value_name = "TYPE")]
        account_type: EnterpriseType,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove accounts with their users and bots; refused while an account has rooms.
    Delete {
        /// Their ids.
        #[arg(required = true)]
        accounts: Vec<String>,
    },
    /// List accounts, of all projects or of one.
    List {
        /// Only of this project, by id or name; by id unless identity is built in.
        #[arg(long)]
        project: Option<String>,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
}

/// `salon chime user`.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a person to an account of any type, registered at once; somebody who was invited comes in.
    Create {
        /// The account's id.
        #[arg(long)]
        account: String,
        /// E-mail address, unique in the account.
        #[arg(long)]
        email: String,
        /// Name for others [default: the e-mail address].
        #[arg(long)]
        name: Option<String>,
        /// Who it is.
        #[arg(long = "type", value_enum, default_value = "PrivateUser", value_name = "TYPE")]
        user_type: Who,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove people from an account of any type, and from all its rooms.
    Delete {
        /// The account's id.
        #[arg(long)]
        account: String,
        /// Their ids.
        #[arg(required = true)]
        users: Vec<String>,
    },
    /// List the people of an account.
    List {
        /// The account's id.
        #[arg(long)]
        account: String,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
}

/// Runs `salon chime`; `directory` is there when identity is built in.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn run(service: Service, directory: Option<Directory>, command: ChimeCommand) -> Result<()> {
    match command {
        ChimeCommand::Account(command) => account(&service, directory.as_ref(), command).await,
        ChimeCommand::User(command) => person(&service, command).await,
        ChimeCommand::Webhook(command) => webhooks::webhook(&service, command).await,
        ChimeCommand::Room(command) => rooms::room(&service, command).await,
        ChimeCommand::Bot(command) => rooms::bot(&service, command).await,
    }
}

async fn account(service: &Service, directory: Option<&Directory>, command: AccountCommand) -> Result<()> {
    match command {
        AccountCommand::Create { project, name, account_type, shape } => {
            let project = find(directory, &project.project, &project.domain).await?;
            let made = admin::create_enterprise(service, &operator(), &project, &name, account_type.into()).await?;
            show(shape, &account_value(&made));
        }
        AccountCommand::Convert { account, account_type, shape } => {
            let id = AccountId::new(account);
            let converted = admin::convert(service, &operator(), &id, account_type.into()).await?;
            show(shape, &account_value(&converted));
        }
        AccountCommand::Delete { accounts } => {
            for id in accounts {
                admin::delete(service, &operator(), &AccountId::new(id)).await?;
            }
        }
        AccountCommand::List { project, domain, shape } => {
            let project = match project {
                Some(project) => Some(find(directory, &project, &domain).await?),
                None => None,
            };
            let project = project.as_ref();
            let page = async |after: Option<Key>| admin::list(service, project, after.as_ref(), PAGE).await;
            let accounts = all(page).await?;
            let columns = ["id", "name", "type", "project_id", "created_at"];
            list(shape, &columns, accounts.iter().map(account_value));
        }
    }
    Ok(())
}

async fn person(service: &Service, command: PersonCommand) -> Result<()> {
    match command {
        PersonCommand::Create { account, email, name, user_type, shape } => {
            let user_type = match user_type {
                Who::Private => UserType::PrivateUser,
                Who::Device => UserType::SharedDevice,
            };
            let new = NewPerson { email: Some(email), name, user_type: Some(user_type) };
            let made = admin::create_person(service, &operator(), &AccountId::new(account), &new).await?;
            show(shape, &person_value(&made));
        }
        PersonCommand::Delete { account, users } => {
            let account = AccountId::new(account);
            for id in users {
                admin::delete_person(service, &operator(), &account, &PersonId::new(id)).await?;
            }
        }
        PersonCommand::List { account, shape } => {
            let id = AccountId::new(account);
            let people =
                all(async |after: Option<Key>| admin::list_people(service, &id, after.as_ref(), PAGE).await).await?;
            let columns = ["id", "email", "name", "type", "license", "registration"];
            list(shape, &columns, people.iter().map(person_value));
        }
    }
    Ok(())
}

/// The operator, as events tell of whoever uses this command line.
pub(crate) fn operator() -> Actor {
    let request_id = format!("req-{}", uuid_text(&SystemEntropy));
    Actor { user_id: "operator".to_owned(), project_id: None, request_id }
}

async fn find(directory: Option<&Directory>, project: &str, domain: &InDomain) -> Result<ProjectId> {
    match directory {
        Some(directory) => Ok(find_project(directory, project, domain).await?.id),
        None => Ok(ProjectId::new(project)),
    }
}

/// Every page of a list.
async fn all<T>(page_of: impl AsyncFn(Option<Key>) -> Result<(Vec<T>, Option<Key>)>) -> Result<Vec<T>> {
    let mut items = Vec::new();
    let mut after = None;
    while items.len() < MAX_LISTED {
        let (some, next) = page_of(after).await?;
        items.extend(some);
        if next.is_none() {
            return Ok(items);
        }
        after = next;
    }
    complain(format!("only the first {} are listed", items.len()));
    Ok(items)
}

fn account_value(account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.name,
        "type": account.account_type.as_str(),
        "project_id": account.project_id,
        "created_at": account.created_at.to_iso_seconds(),
    })
}

fn person_value(person: &Person) -> Value {
    json!({
        "id": person.id,
        "account_id": person.account_id,
        "email": person.email,
        "name": person.display_name,
        "type": person.user_type.as_str(),
        "license": person.license.as_str(),
        "registration": person.registration.as_str(),
    })
}
