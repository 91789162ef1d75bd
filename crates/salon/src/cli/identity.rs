//! `salon project|user|role|key`: the built-in identity, changed in the catalog directly, beside a running server too.
//!
//! What ends tokens ends them in the running server at once, since it keeps no tokens of its own.

mod api_key;

use std::io::{self, BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};
use salon_core::{Error, Kind, Result};
use salon_identity::{
    Secret,
    built_in::{
        Assignment, AssignmentFilter, DEFAULT_DOMAIN, Directory, DomainRef, NewProject, NewUser, Page, Project,
        ProjectChanges, ProjectRef, Role, User, UserChanges, UserRef,
    },
};
use serde_json::{Value, json};

use crate::output::{complain, say};

/// Longest list that is shown. It is said when there is more.
const MAX_LISTED: usize = 100_000;

/// How things are shown.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Write JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Which domain names are looked up in.
#[derive(Args, Clone, Debug)]
pub(crate) struct InDomain {
    /// Domain of the names, by id or name.
    #[arg(long, default_value = DEFAULT_DOMAIN, value_name = "DOMAIN")]
    domain: String,
}

/// On or off.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Switch {
    /// Let it be used.
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Keep it, but refuse its use; ends its tokens at once.
    #[arg(long)]
    disable: bool,
}

impl Switch {
    fn wanted(self) -> Option<bool> {
        (self.enable || self.disable).then_some(self.enable)
    }
}

/// Where a new password comes from. Never from the command line, where everybody on the machine could read it.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct NewPassword {
    /// Read the password from standard input, up to the end of the line.
    #[arg(long, conflicts_with = "generate_password")]
    password_stdin: bool,
    /// Make a password up and print it.
    #[arg(long)]
    generate_password: bool,
}

/// `salon project`.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// Make a project.
    Create {
        /// Its name.
        name: String,
        /// Words for people.
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        /// On or off.
        #[command(flatten)]
        switch: Switch,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// List projects.
    List {
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Show a project.
    Show {
        /// Its id or name.
        project: String,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Change a project.
    Set {
        /// Its id or name.
        project: String,
        /// A new name.
        #[arg(long)]
        name: Option<String>,
        /// New words for people.
        #[arg(long)]
        description: Option<String>,
        /// On or off.
        #[command(flatten)]
        switch: Switch,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
    },
    /// Remove projects with their roles, tokens and access keys; their images stay.
    Delete {
        /// Ids or names.
        #[arg(required = true)]
        projects: Vec<String>,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
    },
}

/// `salon user`.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user; asks for the password unless told where it comes from.
    Create {
        /// Its name.
        name: String,
        /// Its default project, by id or name; with --role, the project of that role.
        #[arg(long)]
        project: Option<String>,
        /// Role to give it on the project.
        #[arg(long, requires = "project")]
        role: Option<String>,
        /// Password.
        #[command(flatten)]
        password: NewPassword,
        /// On or off.
        #[command(flatten)]
        switch: Switch,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// List users.
    List {
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Show a user with its projects and roles.
    Show {
        /// Its id or name.
        user: String,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Change a user.
    Set {
        /// Its id or name.
        user: String,
        /// A new name.
        #[arg(long)]
        name: Option<String>,
        /// Ask for a new password; ends the user's tokens at once.
        #[arg(long, conflicts_with_all = ["password_stdin", "generate_password"])]
        password: bool,
        /// Password.
        #[command(flatten)]
        new_password: NewPassword,
        /// A new default project, by id or name.
        #[arg(long)]
        project: Option<String>,
        /// On or off.
        #[command(flatten)]
        switch: Switch,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
    },
    /// Manage API keys of users, with which they log in to Identity v2.0.
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Remove users with their roles, tokens and keys.
    Delete {
        /// Ids or names.
        #[arg(required = true)]
        users: Vec<String>,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
    },
}

/// Who has a role on what.
#[derive(Args, Clone, Debug)]
pub(crate) struct Grant {
    /// The role's name or id.
    role: String,
    /// The user, by id or name.
    #[arg(long)]
    user: String,
    /// The project, by id or name.
    #[arg(long)]
    project: String,
    /// Domain.
    #[command(flatten)]
    domain: InDomain,
}

/// `salon role`.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// Make a role, for use in policies. admin, manager, member, reader and service are always there; each of the
    /// first four brings those after it with it.
    Create {
        /// Its name.
        name: String,
    },
    /// List roles.
    List {
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove roles from everybody.
    Delete {
        /// Names or ids.
        #[arg(required = true)]
        roles: Vec<String>,
    },
    /// Give a user a role on a project.
    Add(Grant),
    /// Take a role away; ends the user's tokens for the project at once.
    Remove(Grant),
    /// List who has which role on what.
    Assignments {
        /// Only of this user, by id or name.
        #[arg(long)]
        user: Option<String>,
        /// Only on this project, by id or name.
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

/// `salon key`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an access key and print it with its secret.
    Create {
        /// The user, by id or name.
        #[arg(long)]
        user: String,
        /// The project, by id or name.
        #[arg(long)]
        project: String,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// List a user's access keys, without secrets.
    List {
        /// The user, by id or name.
        #[arg(long)]
        user: String,
        /// Domain.
        #[command(flatten)]
        domain: InDomain,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove access keys.
    Delete {
        /// Their ids.
        #[arg(required = true)]
        keys: Vec<String>,
    },
}

/// Runs `salon project`.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn project(directory: &Directory, command: ProjectCommand) -> Result<()> {
    match command {
        ProjectCommand::Create { name, description, switch, domain, shape } => {
            let domain_id = find_domain(directory, &domain).await?;
            let enabled = switch.wanted().unwrap_or(true);
            let made = directory.create_project(NewProject { name, domain_id, description, enabled }).await?;
            show(shape, &project_value(&made));
        }
        ProjectCommand::List { shape } => {
            let projects = all(async |page| directory.projects(&page).await, |project| project.id.to_string()).await?;
            list(shape, &["id", "name", "domain_id", "enabled", "description"], projects.iter().map(project_value));
        }
        ProjectCommand::Show { project, domain, shape } => {
            show(shape, &project_value(&find_project(directory, &project, &domain).await?));
        }
        ProjectCommand::Set { project, name, description, switch, domain } => {
            let changes = ProjectChanges { name, description, enabled: switch.wanted() };
            if changes == ProjectChanges::default() {
                return Err(Error::invalid("nothing to change: give --name, --description, --enable or --disable"));
            }
            let project = find_project(directory, &project, &domain).await?;
            directory.set_project(&project.id, changes).await?;
        }
        ProjectCommand::Delete { projects, domain } => {
            for project in projects {
                let project = find_project(directory, &project, &domain).await?;
                directory.delete_project(&project.id).await?;
            }
        }
    }
    Ok(())
}

/// Runs `salon user`.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn user(directory: &Directory, command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Create { name, project, role, password, switch, domain, shape } => {
            let domain_id = find_domain(directory, &domain).await?;
            // Everything is looked up before anything is made.
            let project = match &project {
                Some(project) => Some(find_project(directory, project, &domain).await?),
                None => None,
            };
            let role = match &role {
                Some(role) => Some(find_role(directory, role).await?),
                None => None,
            };
            let (password, made_up) = new_password(directory, password)?;
            let new = NewUser {
                name,
                domain_id,
                password: Some(password.clone()),
                default_project_id: project.as_ref().map(|project| project.id.clone()),
                enabled: switch.wanted().unwrap_or(true),
            };
            let user = directory.create_user(new).await?;
            if let (Some(project), Some(role)) = (&project, &role) {
                directory.grant(&user.id, &project.id, role).await?;
            }
            let mut value = user_value(&user);
            if made_up && let Some(map) = value.as_object_mut() {
                map.insert("password".to_owned(), json!(password.reveal()));
            }
            show(shape, &value);
        }
        UserCommand::List { shape } => {
            let users = all(async |page| directory.users(&page).await, |user| user.id.to_string()).await?;
            list(shape, &["id", "name", "domain_id", "enabled", "default_project_id"], users.iter().map(user_value));
        }
        UserCommand::Show { user, domain, shape } => {
            let user = find_user(directory, &user, &domain).await?;
            let own = directory.projects_of(&user.id, &Page::default()).await?;
            let roles = own
                .iter()
                .map(|own| json!({"project": own.project.name, "project_id": own.project.id, "roles": own.roles}));
            let mut value = user_value(&user);
            if let Some(map) = value.as_object_mut() {
                map.insert("projects".to_owned(), roles.collect());
            }
            show(shape, &value);
        }
        UserCommand::Set { user, name, password, new_password: wanted, project, switch, domain } => {
            let given = password || wanted.password_stdin || wanted.generate_password;
            if !given && name.is_none() && project.is_none() && switch.wanted().is_none() {
                return Err(Error::invalid(
                    "nothing to change: give --name, --password, --project, --enable or --disable",
                ));
            }
            let user = find_user(directory, &user, &domain).await?;
            let default_project_id = match &project {
                Some(project) => Some(Some(find_project(directory, project, &domain).await?.id)),
                None => None,
            };
            let fresh = if given { Some(new_password(directory, wanted)?) } else { None };
            let changes = UserChanges {
                name,
                password: fresh.as_ref().map(|(password, _)| password.clone()),
                default_project_id,
                enabled: switch.wanted(),
            };
            directory.set_user(&user.id, changes).await?;
            if let Some((password, true)) = fresh {
                say(password.reveal());
            }
        }
        UserCommand::ApiKey(command) => api_key::run(directory, command).await?,
        UserCommand::Delete { users, domain } => {
            for user in users {
                let user = find_user(directory, &user, &domain).await?;
                directory.delete_user(&user.id).await?;
            }
        }
    }
    Ok(())
}

/// Runs `salon role`.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn role(directory: &Directory, command: RoleCommand) -> Result<()> {
    match command {
        RoleCommand::Create { name } => {
            directory.create_role(&name).await?;
        }
        RoleCommand::List { shape } => {
            let roles = all(async |page| directory.roles(&page).await, |role| role.id.clone()).await?;
            list(shape, &["id", "name"], roles.iter().map(|role| json!({"id": role.id, "name": role.name})));
        }
        RoleCommand::Delete { roles } => {
            for role in roles {
                let role = find_role(directory, &role).await?;
                directory.delete_role(&role.id).await?;
            }
        }
        RoleCommand::Add(grant) => {
            let (user, project, role) = find_grant(directory, &grant).await?;
            directory.grant(&user.id, &project.id, &role).await?;
        }
        RoleCommand::Remove(grant) => {
            let (user, project, role) = find_grant(directory, &grant).await?;
            directory.withdraw(&user.id, &project.id, &role).await?;
        }
        RoleCommand::Assignments { user, project, domain, shape } => {
            let mut filter = AssignmentFilter::default();
            if let Some(user) = &user {
                filter.user_id = Some(find_user(directory, user, &domain).await?.id);
            }
            if let Some(project) = &project {
                filter.project_id = Some(find_project(directory, project, &domain).await?.id);
            }
            list(shape, &["user", "project", "role"], assignments(directory, &filter).await?.into_iter());
        }
    }
    Ok(())
}

/// Runs `salon key`.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn key(directory: &Directory, command: KeyCommand) -> Result<()> {
    match command {
        KeyCommand::Create { user, project, domain, shape } => {
            let user = find_user(directory, &user, &domain).await?;
            let project = find_project(directory, &project, &domain).await?;
            let key = directory.create_key(&user.id, &project.id).await?;
            let value = json!({
                "id": key.id, "secret": key.secret, "user_id": key.user_id, "project_id": key.project_id,
            });
            show(shape, &value);
        }
        KeyCommand::List { user, domain, shape } => {
            let user = find_user(directory, &user, &domain).await?;
            let keys = all(async |page| directory.keys(&user.id, &page).await, |key| key.id.clone()).await?;
            let keys = keys.iter().map(|key| {
                let made = key.created_at.to_iso_seconds();
                json!({"id": key.id, "user": user.name, "project_id": key.project_id, "created_at": made})
            });
            list(shape, &["id", "user", "project_id", "created_at"], keys);
        }
        KeyCommand::Delete { keys } => {
            for id in keys {
                let key = directory.any_key(&id).await?;
                directory.delete_key(&key.user_id, &key.id).await?;
            }
        }
    }
    Ok(())
}

// ---- finding ----

async fn find_domain(directory: &Directory, domain: &InDomain) -> Result<String> {
    let by_id = directory.domain(&DomainRef::Id(domain.domain.clone())).await;
    let found = or_by_name(by_id, async || directory.domain(&DomainRef::Name(domain.domain.clone())).await).await?;
    Ok(found.id)
}

pub(super) async fn find_project(directory: &Directory, project: &str, domain: &InDomain) -> Result<Project> {
    let by_id = directory.project(&ProjectRef::Id(project.to_owned())).await;
    or_by_name(by_id, async || {
        let domain = DomainRef::Id(find_domain(directory, domain).await?);
        directory.project(&ProjectRef::Name { name: project.to_owned(), domain }).await
    })
    .await
}

async fn find_user(directory: &Directory, user: &str, domain: &InDomain) -> Result<User> {
    let by_id = directory.user(&UserRef::Id(user.to_owned())).await;
    or_by_name(by_id, async || {
        let domain = DomainRef::Id(find_domain(directory, domain).await?);
        directory.user(&UserRef::Name { name: user.to_owned(), domain }).await
    })
    .await
}

async fn find_role(directory: &Directory, role: &str) -> Result<Role> {
    match directory.role_named(role).await? {
        Some(role) => Ok(role),
        None => directory.role(role).await,
    }
}

async fn find_grant(directory: &Directory, grant: &Grant) -> Result<(User, Project, Role)> {
    let user = find_user(directory, &grant.user, &grant.domain).await?;
    let project = find_project(directory, &grant.project, &grant.domain).await?;
    Ok((user, project, find_role(directory, &grant.role).await?))
}

async fn or_by_name<T>(by_id: Result<T>, by_name: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    match by_id {
        Err(error) if error.kind() == Kind::NotFound => by_name().await,
        other => other,
    }
}

/// Every page of a list.
async fn all<T>(page_of: impl AsyncFn(Page) -> Result<Vec<T>>, id: impl Fn(&T) -> String) -> Result<Vec<T>> {
    let mut items = Vec::new();
    let mut page = Page::default();
    while items.len() < MAX_LISTED {
        let some = page_of(page.clone()).await?;
        let full = some.len() >= page.size() as usize;
        page.after = some.last().map(&id);
        items.extend(some);
        if !full {
            return Ok(items);
        }
    }
    complain(format!("only the first {} are listed", items.len()));
    Ok(items)
}

/// Assignments with names in place of ids.
async fn assignments(directory: &Directory, filter: &AssignmentFilter) -> Result<Vec<Value>> {
    let mut listed = Vec::new();
    let mut after: Option<Assignment> = None;
    while listed.len() < MAX_LISTED {
        let page = directory.assignments(filter, after.as_ref()).await?;
        let Some(last) = page.last() else { return Ok(listed) };
        after = Some(last.clone());
        for one in &page {
            let user = directory.user(&UserRef::Id(one.user_id.to_string())).await?;
            let project = directory.project(&ProjectRef::Id(one.project_id.to_string())).await?;
            let role = directory.role(&one.role_id).await?;
            listed.push(json!({"user": user.name, "project": project.name, "role": role.name}));
        }
    }
    complain(format!("only the first {} are listed", listed.len()));
    Ok(listed)
}

// ---- passwords ----

/// The new password, and whether it was made up.
fn new_password(directory: &Directory, wanted: NewPassword) -> Result<(Secret, bool)> {
    if wanted.generate_password {
        return Ok((directory.fresh_secret(16), true));
    }
    if wanted.password_stdin {
        return Ok((read_line(&mut io::stdin().lock())?, false));
    }
    if !io::stdin().is_terminal() {
        return Err(Error::invalid(
            "there is nobody to ask for a password: use --password-stdin or --generate-password",
        ));
    }
    let password = ask("Password: ")?;
    if password != ask("Again: ")? {
        return Err(Error::invalid("the two passwords are not the same"));
    }
    Ok((password, false))
}

/// One line without its end.
fn read_line(from: &mut impl BufRead) -> Result<Secret> {
    let mut line = String::new();
    let limit = 16 * 1024;
    io::Read::take(from, limit)
        .read_line(&mut line)
        .map_err(|error| Error::invalid("the password could not be read").with_source(error))?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

/// Asks at the terminal, with what is typed not shown.
fn ask(question: &str) -> Result<Secret> {
    let failed = |error: io::Error| Error::invalid("the terminal could not be asked").with_source(error);
    let stdin = io::stdin();
    let _hidden = Hidden::new(&stdin).map_err(failed)?;
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question}").and_then(|()| stderr.flush()).map_err(failed)?;
    let answer = read_line(&mut stdin.lock());
    writeln!(stderr).map_err(failed)?;
    answer
}

/// While it lives, the terminal shows nothing of what is typed.
struct Hidden<'a> {
    terminal: &'a io::Stdin,
    before: rustix::termios::Termios,
}

impl<'a> Hidden<'a> {
    fn new(terminal: &'a io::Stdin) -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(self.terminal, rustix::termios::OptionalActions::Flush, &self.before);
    }
}

// ---- showing ----

fn project_value(project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "description": project.description,
        "enabled": project.enabled,
    })
}

fn user_value(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "domain_id": user.domain_id,
        "default_project_id": user.default_project_id,
        "enabled": user.enabled,
    })
}

/// One thing: a line per field.
pub(super) fn show(shape: Shape, value: &Value) {
    if shape.json {
        say(format!("{value:#}"));
        return;
    }
    let rows = value.as_object().into_iter().flatten().map(|(name, value)| vec![name.clone(), cell(value)]);
    say(table(&[], &rows.collect::<Vec<_>>()));
}

/// Many things: a line each.
pub(super) fn list(shape: Shape, columns: &[&str], values: impl Iterator<Item = Value>) {
    if shape.json {
        say(format!("{:#}", values.collect::<Value>()));
        return;
    }
    let row = |value: Value| columns.iter().map(|column| value.get(column).map(cell).unwrap_or_default()).collect();
    say(table(columns, &values.map(row).collect::<Vec<_>>()));
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("; "),
        Value::Object(map) => {
            map.iter().map(|(name, value)| format!("{name} {}", cell(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
    };
    // Names and descriptions are other people's words: they must not write to the terminal what they like.
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Columns as wide as their widest cell; the last one is not padded.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|name| name.to_uppercase()).collect();
    let lines = || (!head.is_empty()).then_some(&head).into_iter().chain(rows);
    let columns = lines().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| lines().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let render = |line: &Vec<String>| {
        let padded = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines().map(render).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let rows = [vec!["1".to_owned(), "alpha".to_owned()], vec!["22".to_owned(), String::new()]];
        assert_eq!(table(&["id", "name"], &rows), "ID  NAME\n1   alpha\n22");
        assert_eq!(table(&[], &rows[..1]), "1  alpha");
        assert_eq!(table(&["id"], &[]), "ID");
    }

    #[test]
    fn cells_cannot_write_to_the_terminal() {
        assert_eq!(cell(&json!("a\x1b[2Jb")), "a\u{fffd}[2Jb");
        assert_eq!(cell(&json!([{"a": 1}, null])), "a 1; -");
    }

    #[test]
    fn passwords_end_with_the_line() {
        let read = |text: &str| read_line(&mut text.as_bytes()).unwrap().reveal().to_owned();
        assert_eq!(read("secret\r\nmore"), "secret");
        assert_eq!(read(" two words "), " two words ");
        assert_eq!(read(""), "");
    }
}
