//! Everybody whom the chat and identity dialects are asked as, each with an access key and a token.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    cells::Role,
    common::{Salon, aws::Key},
    directory::Directory,
    world::{bearing, unscoped},
};

/// Where somebody has a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// On the project that things are asked about.
    Own,
    /// On another one.
    Other,
}

impl Side {
    pub(crate) const fn project(self) -> &'static str {
        match self {
            Self::Own => "alpha",
            Self::Other => "gamma",
        }
    }
}

/// A caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// Without credentials.
    Nobody,
    /// With a key and a token that nobody gave.
    Unknown,
    /// With a member's key and another secret, and a member's token with another end.
    Wrong,
    /// Whose key was deleted and whose token was revoked.
    Ended,
    /// A member that was disabled.
    Disabled,
    /// A member that was deleted.
    Gone,
    /// Who was a member and has no role now.
    Roleless,
    /// A member of a project that was disabled.
    Closed,
    /// With a token for no project; keys are always for one.
    Unscoped,
    In(Side, Role),
}

impl Who {
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Nobody,
            Self::Unknown,
            Self::Wrong,
            Self::Ended,
            Self::Disabled,
            Self::Gone,
            Self::Roleless,
            Self::Closed,
            Self::Unscoped,
        ];
        for side in [Side::Own, Side::Other] {
            all.extend(Role::EVERY.map(|role| Self::In(side, role)));
        }
        all
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::In(side, role) => format!("{side:?}-{}", role.name()).to_lowercase(),
            _ => format!("{self:?}").to_lowercase(),
        }
    }

    /// Whether there is a valid token.
    pub(crate) const fn is_known(self) -> bool {
        matches!(self, Self::Unscoped | Self::In(..))
    }

    pub(crate) const fn is_admin(self) -> bool {
        matches!(self, Self::In(_, Role::Admin))
    }

    pub(crate) const fn is_service(self) -> bool {
        matches!(self, Self::In(_, Role::Service))
    }

    /// Whether the project that is asked about is the caller's.
    pub(crate) const fn is_own(self) -> bool {
        matches!(self, Self::In(Side::Own, _))
    }

    /// Whether the caller's project is the other one.
    pub(crate) const fn is_other(self) -> bool {
        matches!(self, Self::In(Side::Other, _))
    }

    /// The project of the caller's key and token.
    pub(crate) const fn project(self) -> &'static str {
        match self {
            Self::In(side, _) => side.project(),
            Self::Closed => "zeta",
            _ => "alpha",
        }
    }

    /// Whether there ever was such a user.
    const fn is_somebody(self) -> bool {
        !matches!(self, Self::Nobody | Self::Unknown)
    }
}

/// What a caller has.
#[derive(Clone, Default)]
pub(crate) struct Person {
    /// The user's id; empty without a user.
    pub(crate) id: String,
    pub(crate) token: Option<String>,
    pub(crate) key: Option<Key>,
}

/// A server and everybody.
pub(crate) struct People {
    pub(crate) salon: Salon,
    pub(crate) directory: Directory,
    all: BTreeMap<String, Person>,
}

impl People {
    pub(crate) fn of(salon: Salon) -> Self {
        let directory = Directory::of(&salon, &["alpha", "gamma", "zeta"]);
        let all = Who::all().into_iter().map(|who| (who.name(), person(&salon, &directory, who))).collect();
        directory.send(
            "PATCH",
            &format!("projects/{}", directory.project("zeta")),
            &json!({"project": {"enabled": false}}),
        );
        Self { salon, directory, all }
    }

    pub(crate) fn person(&self, who: Who) -> &Person {
        &self.all[&who.name()]
    }

    /// A new token of somebody, as from a login.
    pub(crate) fn token(&self, who: Who) -> Option<String> {
        match who {
            Who::Unscoped => unscoped(&self.salon, &self.person(who).id).token,
            Who::In(side, _) => self.salon.log_in(&who.name(), "p", side.project()).token,
            _ => self.person(who).token.clone(),
        }
    }
}

/// Makes the user with key and token, and does what happens to it.
fn person(salon: &Salon, directory: &Directory, who: Who) -> Person {
    if !who.is_somebody() {
        let key = Key { id: "0123456789abcdef0123456789abcdef".to_owned(), secret: "0123456789abcdef".to_owned() };
        let is_unknown = who == Who::Unknown;
        return Person {
            id: String::new(),
            token: is_unknown.then(|| "gAAAAABforged".to_owned()),
            key: is_unknown.then_some(key),
        };
    }
    let id = directory.user(&who.name());
    if who == Who::Unscoped {
        return Person { token: unscoped(salon, &id).token, id, key: None };
    }
    let (project, role) = (who.project(), if let Who::In(_, role) = who { role } else { Role::Member });
    let grant = directory.grant(&id, project, role.name());
    directory.send("PUT", &grant, &Value::Null);
    let mut token = salon.log_in(&who.name(), "p", project).token.unwrap();
    let mut key = new_key(directory, &id, directory.project(project));
    match who {
        Who::Wrong => {
            token = altered(&token);
            key.secret = altered(&key.secret);
        }
        Who::Ended => {
            directory.send("DELETE", &format!("users/{id}/credentials/OS-EC2/{}", key.id), &Value::Null);
            let itself = bearing(salon, &token);
            let ended = itself.send("DELETE", "/identity/v3/auth/tokens", &[("X-Subject-Token", &token)], b"");
            assert_eq!(ended.status, 204, "{ended:?}");
        }
        Who::Disabled => directory.send("PATCH", &format!("users/{id}"), &json!({"user": {"enabled": false}})),
        Who::Gone => directory.send("DELETE", &format!("users/{id}"), &Value::Null),
        Who::Roleless => directory.send("DELETE", &grant, &Value::Null),
        _ => {}
    }
    Person { id, token: Some(token), key: Some(key) }
}

/// A new access key of a user for the project with this id.
pub(crate) fn new_key(directory: &Directory, user: &str, project: &str) -> Key {
    let path = format!("/identity/v3/users/{user}/credentials/OS-EC2");
    let made = directory.admin().post(&path, &json!({"tenant_id": project}));
    assert_eq!(made.status, 201, "{made:?}");
    let text = |name: &str| made.json()["credential"][name].as_str().unwrap().to_owned();
    Key { id: text("access"), secret: text("secret") }
}

/// With another last character.
fn altered(secret: &str) -> String {
    let (start, end) = secret.split_at(secret.len() - 1);
    format!("{start}{}", if end == "0" { "1" } else { "0" })
}
