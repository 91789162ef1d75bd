//! The files and words that make the sample users usable at once.

use std::{
    fs::OpenOptions,
    io::Write,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use salon_core::{Error, Result, account::Account};
use salon_identity::Person;
use salon_service::{Service, accounts::admin};

use crate::{cli::chime::operator, config::Config};

/// Name of the file for OpenStack clients in the data directory.
const CLOUDS: &str = "clouds.yaml";
/// Name of the file for AWS clients in the data directory.
const CREDENTIALS: &str = "aws-credentials";

/// Name of the file with settings of AWS clients in the data directory.
const SETTINGS: &str = "aws-config";

/// What stands before the user's name in the name of the file for pyrax.
const PYRAX: &str = "pyrax-";

/// Where the files are, and where the server is.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    pub(crate) people: Vec<Person>,
    pub(crate) base: String,
    pub(crate) identity: String,
    pub(crate) clouds: PathBuf,
    pub(crate) credentials: PathBuf,
    pub(crate) settings: PathBuf,
    pub(crate) account: Option<Account>,
    /// The first user's file for pyrax, where Identity v2.0 is spoken.
    pub(crate) pyrax: Option<PathBuf>,
}

/// Project of the sample chat account.
const CHAT_PROJECT: &str = "alpha";
/// People in the sample chat account: e-mail address and name. Not at example.com, where people who try the API put theirs.
const CHAT_PEOPLE: &[(&str, &str)] = &[("alice@alpha.example", "alice"), ("bob@alpha.example", "bob")];

/// Makes the Enterprise account "Enterprise of alpha" with alice and bob in it, where they are missing.
///
/// # Errors
/// Unavailable.
pub(crate) async fn seed_chat(service: &Service, people: &[Person]) -> Result<Option<Account>> {
    let Some(person) = people.iter().find(|person| person.project == CHAT_PROJECT) else { return Ok(None) };
    let name = format!("Enterprise of {CHAT_PROJECT}");
    admin::ensure(service, &operator(), &person.project_id, &name, CHAT_PEOPLE).await.map(Some)
}

/// Refuses to show sample users to the network.
///
/// # Errors
/// Invalid.
pub(crate) fn refuse_beyond_loopback(addresses: &[SocketAddr]) -> Result<()> {
    match addresses.iter().find(|address| !address.ip().is_loopback()) {
        Some(address) => Err(Error::invalid(format!(
            "sample users are for this machine only: {address} is not a loopback address; leave --dev out, or listen on 127.0.0.1"
        ))),
        None => Ok(()),
    }
}

/// Writes the files, readable by this user only.
///
/// # Errors
/// Invalid when the data directory cannot be written.
pub(crate) fn write_files(
    config: &Config,
    address: SocketAddr,
    people: Vec<Person>,
    account: Option<Account>,
) -> Result<Samples> {
    let directory = std::path::absolute(&config.server.data_dir)
        .map_err(|error| Error::invalid("the data directory has no absolute path").with_source(error))?;
    let base = config.server.public_endpoint.clone().unwrap_or_else(|| format!("http://{address}"));
    let identity = format!("{}{}", base.trim_end_matches('/'), config.identity.path);
    let mut clouds = String::from("clouds:\n");
    let mut credentials = String::new();
    let mut settings = String::new();
    for person in &people {
        clouds.push_str(&format!(
            "  {name}:\n    auth:\n      auth_url: {identity}/v3\n      username: {name}\n      password: \"{password}\"\n      \
             project_name: {project}\n      user_domain_name: Default\n      project_domain_name: Default\n    \
             region_name: {region}\n    identity_api_version: 3\n",
            name = person.name,
            password = person.password.reveal(),
            project = person.project,
            region = config.identity.region,
        ));
        credentials.push_str(&format!(
            "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n\n",
            person.name,
            person.access_key,
            person.secret_key.reveal()
        ));
        // Any region will do, but clients want one.
        settings.push_str(&format!(
            "[profile {}]\nregion = us-east-1\ncli_pager =\ncli_follow_urlparam = false\nservices = salon\n\n",
            person.name
        ));
    }
    let mut pyrax = None;
    if config.identity_v2.enabled.unwrap_or(true) {
        for person in &people {
            let file = directory.join(format!("{PYRAX}{}.cfg", person.name));
            // The section that pyrax reads from a credentials file; it tries the secret as API key first.
            let (name, key) = (&person.name, person.api_key.reveal());
            write_private(&file, &format!("[rackspace_cloud]\nusername = {name}\napi_key = {key}\n"))?;
            pyrax.get_or_insert(file);
        }
    }
    settings.push_str(&format!("[services salon]\nchime =\n  endpoint_url = {}\n", base.trim_end_matches('/')));
    let samples = Samples {
        people,
        base,
        identity,
        clouds: directory.join(CLOUDS),
        credentials: directory.join(CREDENTIALS),
        settings: directory.join(SETTINGS),
        account,
        pyrax,
    };
    write_private(&samples.clouds, &clouds)?;
    write_private(&samples.credentials, &credentials)?;
    write_private(&samples.settings, &settings)?;
    Ok(samples)
}

/// Written beside and renamed: whole at any time, and never readable by others, not even for a moment.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let _ = std::fs::remove_file(&fresh);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&fresh, path)
    };
    write().map_err(|error| Error::invalid(format!("{} cannot be written: {error}", path.display())))
}

impl Samples {
    /// How to use them, for the terminal.
    pub(crate) fn words(&self) -> String {
        let mut text = String::from("Sample users (in domain Default):\n");
        for person in &self.people {
            text.push_str(&format!(
                "  {:<6} password {}  project {:<6} {}\n",
                person.name,
                person.password.reveal(),
                person.project,
                person.project_id
            ));
        }
        if let Some(account) = &self.account {
            text.push_str(&format!("Chat account of {CHAT_PROJECT}: {} {}\n", account.name, account.id));
        }
        text.push_str(&format!(
            "\nUse them:\n  export OS_CLIENT_CONFIG_FILE={clouds}\n  openstack --os-cloud alice image list\n  \
             openstack --os-cloud bob image list --member-status all\n  openstack --os-cloud admin image list\n\n\
             AWS clients, for the Amazon Chime API:\n  \
             export AWS_SHARED_CREDENTIALS_FILE={credentials}   # profiles alice, bob, admin\n  \
             export AWS_CONFIG_FILE={settings} AWS_EC2_METADATA_DISABLED=true\n  \
             aws --profile alice chime list-accounts --endpoint-url {base}   # newer ones know the address from the file\n",
            base = self.base,
            settings = self.settings.display(),
            clouds = self.clouds.display(),
            credentials = self.credentials.display(),
        ));
        if let Some(file) = &self.pyrax {
            text.push_str(&format!(
                "\nRackspace clients (an API key each, in {PYRAX}alice.cfg, {PYRAX}bob.cfg, {PYRAX}admin.cfg):\n  \
                 pyrax.set_setting(\"identity_type\", \"rackspace\")\n  \
                 pyrax.set_setting(\"auth_endpoint\", \"{identity}/v2.0/\")\n  \
                 pyrax.set_credential_file(\"{file}\")\n",
                identity = self.identity,
                file = file.display(),
            ));
        }
        text
    }
}
