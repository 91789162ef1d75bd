//! More people than the sample users, for tests about who may do what.

use std::{io::Write, process::Stdio};

use super::common::{Salon, User};

/// Everybody a route is tried as. The image under test belongs to `owner`'s project.
pub(crate) struct People {
    pub(crate) nobody: User,
    pub(crate) stranger: User,
    pub(crate) reader: User,
    pub(crate) pending: User,
    pub(crate) accepted: User,
    pub(crate) rejected: User,
    pub(crate) owner: User,
    pub(crate) admin: User,
}

impl People {
    pub(crate) fn of(salon: &Salon) -> Self {
        for project in ["gamma", "delta", "epsilon"] {
            run(salon, &["project", "create", project], "");
        }
        let new = |name: &str, project: &str, role: &str| {
            let password = format!("password of {name}");
            let arguments = ["user", "create", name, "--project", project, "--role", role, "--password-stdin"];
            run(salon, &arguments, &password);
            salon.log_in(name, &password, project)
        };
        Self {
            nobody: salon.nobody(),
            stranger: new("carol", "gamma", "member"),
            reader: new("rita", "alpha", "reader"),
            pending: salon.bob(),
            accepted: new("erin", "epsilon", "member"),
            rejected: new("dave", "delta", "member"),
            owner: salon.alice(),
            admin: salon.admin(),
        }
    }

    /// With the names of the checked-in list, in its order.
    pub(crate) fn all(&self) -> [(&'static str, &User); 8] {
        [
            ("nobody", &self.nobody),
            ("stranger", &self.stranger),
            ("reader", &self.reader),
            ("pending", &self.pending),
            ("accepted", &self.accepted),
            ("rejected", &self.rejected),
            ("owner", &self.owner),
            ("admin", &self.admin),
        ]
    }

    /// Invites the three members to an image and lets two of them answer.
    pub(crate) fn share(&self, image: &str) {
        for member in [&self.pending, &self.accepted, &self.rejected] {
            let body = serde_json::json!({"member": member.project_id});
            assert_eq!(self.owner.post(&format!("{image}/members"), &body).status, 200);
        }
        for (member, status) in [(&self.accepted, "accepted"), (&self.rejected, "rejected")] {
            let own = format!("{image}/members/{}", member.project_id);
            assert_eq!(member.put(&own, &serde_json::json!({"status": status})).status, 200);
        }
    }
}

fn run(salon: &Salon, arguments: &[&str], input: &str) {
    let mut command = salon.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{input}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
