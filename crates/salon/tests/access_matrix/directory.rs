//! Projects, users and roles, made by the administrator over HTTP.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{Salon, User};

/// What people are called and where they are.
pub(crate) struct Directory {
    admin: User,
    roles: BTreeMap<String, String>,
    projects: BTreeMap<String, String>,
}

impl Directory {
    /// With these projects beside those there are, and the role auditor.
    pub(crate) fn of(salon: &Salon, projects: &[&str]) -> Self {
        let mut new = Self { admin: salon.admin(), roles: BTreeMap::new(), projects: BTreeMap::new() };
        new.make("roles", "role", &json!({"name": "auditor"}));
        new.projects = new.ids("projects");
        for name in projects {
            if !new.projects.contains_key(*name) {
                let id = new.make("projects", "project", &json!({"name": name}));
                new.projects.insert((*name).to_owned(), id);
            }
        }
        new.roles = new.ids("roles");
        new
    }

    fn ids(&self, kind: &str) -> BTreeMap<String, String> {
        let all = self.admin.get(&format!("/identity/v3/{kind}")).json();
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        all[kind].as_array().unwrap().iter().map(|one| (text(one, "name"), text(one, "id"))).collect()
    }

    /// Makes one of a kind: its id.
    pub(crate) fn make(&self, path: &str, kind: &str, body: &Value) -> String {
        let answer = self.admin.post(&format!("/identity/v3/{path}"), &json!({ kind: body }));
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()[kind]["id"].as_str().unwrap().to_owned()
    }

    /// Makes a user whose password is `p`: its id.
    pub(crate) fn user(&self, name: &str) -> String {
        self.make("users", "user", &json!({"name": name, "password": "p"}))
    }

    /// Changes or removes something.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.admin.send(method, &format!("/identity/v3/{path}"), &[], text.as_bytes());
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    }

    pub(crate) fn project(&self, name: &str) -> &str {
        &self.projects[name]
    }

    pub(crate) fn role(&self, name: &str) -> &str {
        &self.roles[name]
    }

    /// Where a role of a user on a project is.
    pub(crate) fn grant(&self, user: &str, project: &str, role: &str) -> String {
        format!("projects/{}/users/{user}/roles/{}", self.project(project), self.role(role))
    }

    pub(crate) fn admin(&self) -> &User {
        &self.admin
    }
}
