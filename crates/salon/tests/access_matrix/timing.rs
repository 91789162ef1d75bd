//! How long answers about hidden images and rooms take, and about those that never existed.

use std::time::Instant;

use serde_json::json;

use crate::common::{Salon, http::Connection};

const ABSENT: &str = "/v2/images/7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11";

/// Where a request goes, for an image of v2.
type Path<'a> = &'a dyn Fn(&str) -> String;

/// Two samples of one request.
pub(crate) struct Comparison {
    pub(crate) words: String,
    /// Chance that a hidden image's answer takes longer than an absent one's; one half when there is no difference.
    longer: f64,
}

impl Comparison {
    /// Whether one answer, or a hundred, tell nothing. (With enough requests any two programs differ.)
    pub(crate) fn is_alike(&self) -> bool {
        (self.longer - 0.5).abs() < 0.1
    }
}

/// Each request about a hidden image and about an absent one, by turns, on one connection.
pub(crate) fn compare(salon: &Salon, pairs: usize) -> Vec<Comparison> {
    let (alice, bob) = (salon.alice(), salon.bob());
    let hidden = alice.image_with("hidden", b"data");
    let properties: Vec<_> =
        (0..20).map(|at| json!({"op": "add", "path": format!("/property_{at}"), "value": "x".repeat(100)})).collect();
    let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
    assert_eq!(alice.send("PATCH", &hidden, &media, json!(properties).to_string().as_bytes()).status, 200);
    for at in 0..20 {
        assert_eq!(alice.post(&format!("{hidden}/members"), &json!({"member": format!("guest {at}")})).status, 200);
    }
    let v1 = |path: &str| path.replace("/v2/", "/v1/");
    let rackspace = |path: &str| format!("/rackspace{path}");
    let token = bob.token.unwrap_or_default();
    let requests: [(&str, Path<'_>); 6] = [
        ("GET", &str::to_owned),
        ("GET", &|path| format!("{path}/file")),
        ("GET", &|path| format!("{path}/members")),
        ("DELETE", &str::to_owned),
        ("HEAD", &v1),
        ("GET", &rackspace),
    ];
    let images = requests.map(|(method, path)| (method, [path(&hidden), path(ABSENT)]));
    images
        .into_iter()
        .chain([("GET", rooms(salon))])
        .map(|(method, paths)| {
            let mut connection = salon.connect();
            let mut times = [Vec::with_capacity(pairs), Vec::with_capacity(pairs)];
            for round in 0..pairs + 50 {
                // Who comes first changes, so that neither always follows the other.
                for which in [round % 2, 1 - round % 2] {
                    let took = ask(&mut connection, method, &paths[which], &token);
                    if round >= 50 {
                        times[which].push(took);
                    }
                }
            }
            let [mut hidden, mut absent] = times;
            hidden.sort_unstable();
            absent.sort_unstable();
            let longer = longer(&hidden, &absent);
            let words = format!(
                "{method} {}: {pairs} pairs, medians {} ns hidden and {} ns absent, hidden is longer with chance {longer:.3}",
                paths[1],
                hidden[pairs / 2],
                absent[pairs / 2],
            );
            Comparison { words, longer }
        })
        .collect()
}

/// The messages of a room of project alpha, and of one that never was in an account that never was.
fn rooms(salon: &Salon) -> [String; 2] {
    let account = salon.enterprise("Hidden", "alpha");
    let alice = salon.aws("alice");
    let body = json!({"Name": "hidden", "ClientRequestToken": "one"});
    let room = alice.made(&format!("/accounts/{account}/rooms"), &body, "/Room/RoomId");
    let absent = ABSENT.trim_start_matches("/v2/images/");
    [(account.as_str(), room.as_str()), (absent, absent)]
        .map(|(account, room)| format!("/salon/v1/accounts/{account}/rooms/{room}/messages"))
}

fn ask(connection: &mut Connection, method: &str, path: &str, token: &str) -> u128 {
    let began = Instant::now();
    let answer = connection.exchange(method, path, &[("X-Auth-Token", token)], b"");
    let took = began.elapsed().as_nanos();
    assert_eq!(answer.status, 404, "{answer:?}");
    took
}

/// The chance that one of the first takes longer than one of the second (Mann and Whitney's U, as a share); both are sorted.
fn longer(first: &[u128], second: &[u128]) -> f64 {
    let mut sum = 0.0;
    for one in first {
        let below = second.partition_point(|other| other < one);
        let equal = second.partition_point(|other| other <= one) - below;
        sum += below as f64 + equal as f64 / 2.0;
    }
    sum / (first.len() * second.len()) as f64
}
