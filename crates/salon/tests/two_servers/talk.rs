//! What is said in rooms: webhooks, messages and their ids.

use std::{
    collections::HashMap,
    process::{Child, Stdio},
    sync::Mutex,
};

use serde_json::Value;

use super::{
    common::Salon,
    room::{Seen, Text},
};

/// Webhooks through which is talked in a room: each posts once in a second.
pub(crate) const TALKING: usize = 3;
/// All webhooks of a room. What is said last of all is said through others, so that it is not too soon.
const HOOKS: usize = TALKING + 2;

/// A room, as its clients know it.
pub(crate) struct Chat {
    pub(crate) id: String,
    /// The only bot that is ever in it.
    pub(crate) bot: String,
    /// Paths of its webhooks.
    pub(crate) hooks: Vec<String>,
    /// What was said by messages that somebody has seen, by their ids.
    seen: Mutex<HashMap<String, Text>>,
}

impl Chat {
    pub(crate) fn new(id: String, bot: String) -> Self {
        Self { id, bot, hooks: Vec::new(), seen: Mutex::default() }
    }

    /// What somebody has seen, in the order of the texts.
    pub(crate) fn said(&self) -> Vec<Text> {
        let mut said: Vec<Text> = self.seen.lock().unwrap().values().copied().collect();
        said.sort_unstable();
        said
    }

    /// The id of a message that somebody has seen.
    pub(crate) fn id_of(&self, text: Text) -> String {
        let seen = self.seen.lock().unwrap();
        seen.iter().find(|(_, said)| **said == text).map(|(id, _)| id.clone()).unwrap()
    }

    /// Somebody has seen a message. It says one thing as long as it is there.
    pub(crate) fn saw(&self, id: &str, text: Text) {
        let before = self.seen.lock().unwrap().insert(id.to_owned(), text);
        assert!(before.is_none_or(|before| before == text), "message {id} said {before:?} and says {text}");
    }

    /// What a page of messages shows.
    pub(crate) fn page(&self, page: &Value) -> Seen {
        let messages = page["messages"].as_array().unwrap();
        let shown = messages.iter().map(|message| {
            let id = message["id"].as_str().unwrap();
            assert_eq!(message["content"].is_null(), message["redacted_at"].is_string(), "{message}");
            if let Some(content) = message["content"].as_str() {
                self.saw(id, content[1..].parse().unwrap());
            }
            // Nobody takes back what nobody has seen.
            let text = *self.seen.lock().unwrap().get(id).unwrap_or_else(|| panic!("nobody redacted {message}"));
            (text, message["content"].is_null())
        });
        Seen::Messages(shown.collect(), page["next"].is_string())
    }
}

/// What a message is as a request says it.
pub(crate) fn content(text: Text) -> String {
    format!("m{text}")
}

/// Makes webhooks for rooms, all at the same time.
pub(crate) fn open_hooks(salon: &Salon, account: &str, rooms: &mut [Chat]) {
    let open = |room: &Chat| -> Child {
        let about =
            ["chime", "webhook", "create", "--name", "hook", "--account", account, "--room", &room.id, "--json"];
        salon.command(&about).stdout(Stdio::piped()).spawn().unwrap()
    };
    let opening: Vec<Vec<Child>> = rooms.iter().map(|room| (0..HOOKS).map(|_| open(room)).collect()).collect();
    for (room, children) in rooms.iter_mut().zip(opening) {
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let made: Value = serde_json::from_slice(&output.stdout).unwrap();
            let url = made["url"].as_str().unwrap();
            room.hooks.push(url[url.find("/incomingwebhooks/").unwrap()..].to_owned());
        }
    }
}
