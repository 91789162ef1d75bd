//! The sample projects and users of `--dev` and `demo`.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use futures_util::future;
use salon_core::{Error, ProjectId, Result, UserId};

use crate::{
    Secret,
    built_in::{
        AccessKey, DEFAULT_DOMAIN, Directory, DomainRef, NewProject, NewUser, Page, ProjectRef, UserChanges, UserRef,
    },
};

/// Name of the file in the data directory that keeps the sample users' passwords from one start to the next.
pub const PASSWORDS_FILE: &str = "dev-passwords.json";

/// What stands after the user's name in [`PASSWORDS_FILE`] where the API key is.
const API_KEY: &str = "api key";

/// User, project, and the role the user gets on it; implied roles come by themselves.
const PEOPLE: &[(&str, &str, &str)] =
    &[("alice", "alpha", "member"), ("bob", "beta", "member"), ("admin", "admin", "admin")];

/// A sample user and all that is needed to act as one.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user's name, in the domain `Default`.
    pub name: String,
    /// The user's id.
    pub user_id: UserId,
    /// The password.
    pub password: Secret,
    /// The project's name.
    pub project: String,
    /// The project's id.
    pub project_id: ProjectId,
    /// The id of the user's access key.
    pub access_key: String,
    /// The secret of the user's access key.
    pub secret_key: Secret,
    /// An API key of the user, for Identity v2.0.
    pub api_key: Secret,
}

/// Makes projects `alpha`, `beta` and `admin`, and users `alice`, `bob` and `admin` in them with an access key each,
/// where they are missing. What is there stays, over restarts too.
///
/// Passwords are made up at the first start and kept in [`PASSWORDS_FILE`] under `data_dir`, which only its owner can
/// read: a password that everybody knows would be found on the day such a server is reachable after all. Without
/// the file the users get new passwords.
///
/// # Errors
/// `Unavailable` when the catalog does not answer; `Internal` when the file cannot be written.
pub async fn seed_dev(directory: &Directory, data_dir: &Path) -> Result<Vec<Person>> {
    directory.ensure_defaults().await?;
    let mut passwords = read_passwords(&data_dir.join(PASSWORDS_FILE))?;
    let known = passwords.clone();
    for (name, ..) in PEOPLE {
        passwords.entry((*name).to_owned()).or_insert_with(|| directory.fresh_secret(12).reveal().to_owned());
    }
    let people = PEOPLE.iter().map(|(name, project, role)| {
        let password = Secret::new(passwords.get(*name).cloned().unwrap_or_default());
        person(directory, name, project, role, password, !known.contains_key(*name))
    });
    // Side by side, since hashing passwords is most of it.
    let mut people = future::try_join_all(people).await?;
    for person in &mut people {
        let name = format!("{} {API_KEY}", person.name);
        person.api_key = api_key_of(directory, &person.user_id, passwords.get(&name)).await?;
        passwords.insert(name, person.api_key.reveal().to_owned());
    }
    if passwords != known {
        // After they are set: whoever is not in the file gets a new password at the next start.
        write_passwords(data_dir, &passwords)?;
    }
    Ok(people)
}

async fn person(
    directory: &Directory,
    name: &str,
    project: &str,
    role: &str,
    password: Secret,
    renewed: bool,
) -> Result<Person> {
    let domain = || DomainRef::Id(DEFAULT_DOMAIN.to_owned());
    let by_name = ProjectRef::Name { name: project.to_owned(), domain: domain() };
    let project = match directory.project(&by_name).await {
        Err(error) if error.kind() == salon_core::Kind::NotFound => {
            let description = format!("Sample project {project}");
            let domain_id = DEFAULT_DOMAIN.to_owned();
            directory
                .create_project(NewProject { name: project.to_owned(), domain_id, description, enabled: true })
                .await?
        }
        other => other?,
    };
    let by_name = UserRef::Name { name: name.to_owned(), domain: domain() };
    let user = match directory.user(&by_name).await {
        Err(error) if error.kind() == salon_core::Kind::NotFound => {
            let new = NewUser {
                name: name.to_owned(),
                domain_id: DEFAULT_DOMAIN.to_owned(),
                password: Some(password.clone()),
                default_project_id: Some(project.id.clone()),
                enabled: true,
            };
            directory.create_user(new).await?
        }
        Ok(user) if renewed => {
            let changes = UserChanges { password: Some(password.clone()), ..UserChanges::default() };
            directory.set_user(&user.id, changes).await?
        }
        other => other?,
    };
    let role = directory.ensure_role(role).await?;
    directory.grant(&user.id, &project.id, &role).await?;
    let key = key_of(directory, &user.id, &project.id).await?;
    Ok(Person {
        name: user.name,
        user_id: user.id,
        password,
        project: project.name,
        project_id: project.id,
        access_key: key.id,
        secret_key: Secret::new(key.secret),
        api_key: Secret::default(),
    })
}

/// The user's first key in the project, made if there is none.
async fn key_of(directory: &Directory, user: &UserId, project: &ProjectId) -> Result<AccessKey> {
    let keys = directory.keys(user, &Page::default()).await?;
    match keys.into_iter().find(|key| key.project_id == *project) {
        Some(key) => Ok(key),
        None => directory.create_key(user, project).await,
    }
}

/// The API key that the file knows, if it is still the user's; a new one otherwise.
async fn api_key_of(directory: &Directory, user: &UserId, known: Option<&String>) -> Result<Secret> {
    if let Some(known) = known.map(Secret::new)
        && directory.is_api_key(user, &known).await?
    {
        return Ok(known);
    }
    // Only the file knew it: nobody misses those that were made before it was lost.
    for old in directory.api_keys(user, &Page::default()).await? {
        directory.delete_api_key(user, &old.id).await?;
    }
    Ok(directory.create_api_key(user).await?.1)
}

fn read_passwords(path: &Path) -> Result<BTreeMap<String, String>> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|_| {
            Error::invalid(format!("{} is not what this server wrote; remove it to get new passwords", path.display()))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(Error::internal(format!("{} cannot be read", path.display())).with_source(error)),
    }
}

/// Written beside and renamed, so that the file is whole at any time.
fn write_passwords(data_dir: &Path, passwords: &BTreeMap<String, String>) -> Result<()> {
    let path = data_dir.join(PASSWORDS_FILE);
    let fresh = data_dir.join(format!("{PASSWORDS_FILE}.new"));
    let write = || -> std::io::Result<()> {
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(passwords)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)
    };
    write().map_err(|error| Error::internal(format!("{} cannot be written", path.display())).with_source(error))
}
