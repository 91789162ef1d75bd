//! The second chapter: a chat room and its guest list, by the API that Amazon Chime had.
//!
//! The printed lines sign with curl; the removal at the end is a command of the AWS command-line interface where that
//! is installed. The answers come over this program's own connection, signed here.

use std::process::{Command, Output, Stdio};

use salon_core::{Clock as _, Error, Result};
use salon_identity::{
    Person,
    sigv4::{Unsigned, sign},
};
use serde_json::{Value, json};

use super::{Story, failed, quoted};
use crate::{
    client::{self, Answer},
    output::say,
    real::SystemClock,
};

/// The region in the scope of each signature; any would do.
const REGION: &str = "us-east-1";
/// The command-line interface.
const AWS: &str = "aws";

/// A request of somebody with an access key.
struct Call<'a> {
    method: &'a str,
    target: &'a str,
    json: Option<Value>,
    status: u16,
}

impl<'a> Call<'a> {
    const fn new(method: &'a str, target: &'a str, status: u16) -> Self {
        Self { method, target, json: None, status }
    }
}

impl Story<'_> {
    /// Tells the chapter.
    ///
    /// # Errors
    /// An answer is not what it should be.
    pub(super) fn rooms(&self) -> Result<()> {
        let alice = self.alice;
        say(format!("\n{}", self.paint.strong("The same for chat rooms, by the Amazon Chime API")));

        self.title("alice has an access key; project alpha has an account");
        say(format!("{} {}", self.paint.faint("$"), self.key_line(alice)));
        let accounts = self.call(alice, &Call::new("GET", "/accounts", 200))?;
        let account = format!("/accounts/{}", text(&accounts, "/Accounts/0/AccountId")?);

        self.title("alice makes a room and lets somebody of the account in");
        let target = format!("{account}/users?user-email=bob%40alpha.example");
        let found = self.call(alice, &Call::new("GET", &target, 200))?;
        let person = text(&found, "/Users/0/UserId")?;
        let rooms = format!("{account}/rooms");
        let made = self.call(alice, &Call { json: Some(json!({"Name": "demo"})), ..Call::new("POST", &rooms, 201) })?;
        let room = format!("{rooms}/{}", text(&made, "/Room/RoomId")?);
        let members = format!("{room}/memberships");
        let body = json!({"MemberId": person, "Role": "Member"});
        self.call(alice, &Call { json: Some(body), ..Call::new("POST", &members, 201) })?;
        self.call(alice, &Call::new("GET", &members, 200))?;

        self.title("For bob, of another project, there is no such room");
        say(format!("{} {}", self.paint.faint("$"), self.key_line(self.bob)));
        self.call(self.bob, &Call::new("GET", &room, 404))?;

        self.title("alice takes the membership back");
        let one = format!("{members}/{person}");
        let installed = aws(&["--version"]).is_ok_and(|told| told.status.success());
        if !(installed && self.remove_by_aws(&one)?) {
            self.call(alice, &Call::new("DELETE", &one, 204))?;
        }
        self.call(alice, &Call::new("GET", &members, 200))?;
        self.call(alice, &Call::new("DELETE", &one, 404))?;
        Ok(())
    }

    /// The line that puts a person's key into a variable of the shell, from the file for AWS clients.
    fn key_line(&self, person: &Person) -> String {
        format!(
            "{}_KEY=$(sed -n '/^\\[{}\\]/,/^$/s/^aws_.* = //p' {} | paste -sd:)",
            person.name.to_uppercase(),
            person.name,
            quoted(&self.samples.credentials)
        )
    }

    /// Sends a signed request and shows it, as curl would send it, with its answer.
    fn call(&self, person: &Person, call: &Call<'_>) -> Result<Answer> {
        let mut line =
            format!("curl -si --aws-sigv4 aws:amz:{REGION}:chime -u \"${}_KEY\"", person.name.to_uppercase());
        if !matches!((call.method, &call.json), ("GET", None) | ("POST", Some(_))) {
            line.push_str(&format!(" -X {}", call.method));
        }
        if let Some(json) = &call.json {
            line.push_str(&format!(" -H 'Content-Type: application/json' -d '{json}'"));
        }
        // A question mark is a pattern to the shell.
        let address = format!("{}{}", self.samples.base, call.target);
        line.push_str(&if address.contains('?') { format!(" '{address}'") } else { format!(" {address}") });
        say(format!("{} {line}", self.paint.faint("$")));

        let body = call.json.as_ref().map(Value::to_string).unwrap_or_default();
        let host = self.address.to_string();
        let order = Unsigned {
            method: call.method,
            target: call.target,
            host: &host,
            body: body.as_bytes(),
            region: REGION,
            service: "chime",
        };
        let signed = sign(&order, &person.access_key, &person.secret_key, SystemClock.now());
        let mut headers: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if call.json.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let answer = client::send(self.address, call.method, call.target, &headers, body.as_bytes()).map_err(failed)?;
        self.show(&answer, call.status, true)?;
        Ok(answer)
    }

    /// Removes a membership by the AWS command-line interface, and shows what that says. Answers whether it could: it
    /// may be one that knows the service no more, or goes by a proxy.
    fn remove_by_aws(&self, membership: &str) -> Result<bool> {
        let mut ids = membership.split('/').skip(2).step_by(2);
        let mut id = || ids.next().unwrap_or_default();
        let (account, room, member) = (id(), id(), id());
        let line = [
            "chime",
            "delete-room-membership",
            "--account-id",
            account,
            "--room-id",
            room,
            "--member-id",
            member,
            "--profile",
            &self.alice.name,
            "--region",
            REGION,
            "--endpoint-url",
            &self.samples.base,
        ];
        let credentials = &self.samples.credentials;
        say(format!(
            "{} AWS_SHARED_CREDENTIALS_FILE={} {AWS} {}",
            self.paint.faint("$"),
            quoted(credentials),
            line.join(" ")
        ));
        let told = command(&line).env("AWS_SHARED_CREDENTIALS_FILE", credentials).output().map_err(failed)?;
        for part in [&told.stdout, &told.stderr] {
            let part = String::from_utf8_lossy(part);
            if !part.trim().is_empty() {
                say(part.trim());
            }
        }
        if told.status.success() {
            say(self.paint.good("(no output, exit status 0: the server said 204 No Content)"));
        } else {
            say(self.paint.bad(&told.status.to_string()));
        }
        Ok(told.status.success())
    }
}

/// A text in the JSON of an answer.
fn text(answer: &Answer, at: &str) -> Result<String> {
    let value: Value = serde_json::from_slice(&answer.body).map_err(failed)?;
    let found = value.pointer(at).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Error::internal(format!("the answer has no {at}")))
}

fn aws(arguments: &[&str]) -> std::io::Result<Output> {
    command(arguments).output()
}

/// The command-line interface without settings of the person who runs the demo, which would send it elsewhere.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(AWS);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null()).env("AWS_PAGER", "").env("AWS_EC2_METADATA_DISABLED", "true");
    command
}
