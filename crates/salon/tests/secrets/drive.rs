//! Everything that has a secret in it, done right and done wrong, in every dialect; also while the database fails.

use std::{fs, io::Write as _, time::Duration};

use serde_json::{Value, json};

use super::{
    canaries::{Watch, whole},
    common::{
        PATIENCE, User,
        aws::{Key, now, sign},
        bot::{Bot, Reply},
        http::Answer,
    },
    json_of,
    peer::{Peer, answer},
    told_with,
};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TOKENS: &str = "/identity/v3/auth/tokens";
const OLD_TOKENS: &str = "/identity/v2.0/tokens";
const RAW: [(&str, &str); 2] = [("x-image-meta-disk_format", "raw"), ("x-image-meta-container_format", "bare")];
const NOWHERE: &str = "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11";

/// People with secrets of this test's own, and what the server gave them.
struct People {
    user: User,
    password: String,
    key: Key,
    api_key: String,
}

/// All of it.
pub(crate) fn everything(watch: &Watch<'_>) {
    for file in ["dev-passwords.json", "clouds.yaml", "aws-credentials"] {
        learn_file(watch, file);
    }
    let people = people(watch);
    logins(watch, &people);
    tokens_everywhere(watch, &people);
    images(watch, &people);
    copies(watch, &people);
    signatures(watch, &people);
    rooms(watch, &people);
    malformed(watch);
    while_the_database_fails(watch, &people);
}

/// Every long word of a file of secrets.
fn learn_file(watch: &Watch<'_>, file: &str) {
    let text = fs::read_to_string(watch.salon.data().join(file)).unwrap();
    for line in text.lines() {
        let Some((name, value)) = line.split_once([':', '=']) else { continue };
        let (name, value) = (name.trim().trim_matches('"'), value.trim().trim_matches([',', '"']));
        let is_secret = file == "dev-passwords.json" || name.contains("password") || name.contains("secret_access");
        if is_secret && value.len() >= 8 {
            watch.canaries.learn(&format!("{name} of {file}"), value);
        }
    }
}

fn people(watch: &Watch<'_>) -> People {
    let salon = watch.salon;
    let password = watch.canaries.new_one("a password");
    let arguments = ["user", "create", "carol", "--project", "alpha", "--role", "member", "--password-stdin"];
    told_with(salon, &arguments, &password);
    let key = json_of(&salon.told(&["key", "create", "--user", "carol", "--project", "alpha", "--json"]));
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let key = Key { id: text(&key, "id"), secret: watch.canaries.learn("a secret access key", &text(&key, "secret")) };
    let api_key = json_of(&salon.told(&["user", "api-key", "create", "carol", "--json"]));
    let api_key = watch.canaries.learn("an API key", &text(&api_key, "api_key"));
    let user = salon.log_in("carol", &password, "alpha");
    watch.canaries.learn("a token", user.token.as_ref().unwrap());
    People { user, password, key, api_key }
}

fn auth(methods: &Value) -> String {
    json!({"auth": {"identity": methods}}).to_string()
}

/// Credentials that are right, wrong, of another type, in the wrong place, or in what is no JSON at all.
fn logins(watch: &Watch<'_>, people: &People) {
    let wrong = watch.canaries.new_one("a wrong password");
    let user = |password: &Value| json!({"name": "carol", "domain": {"id": "default"}, "password": password});
    let by = |password: &Value| auth(&json!({"methods": ["password"], "password": {"user": user(password)}}));
    let right = watch.send_for_secrets("POST", TOKENS, &[JSON], by(&json!(people.password)).as_bytes());
    assert_eq!(right.status, 201, "{right:?}");
    let token = watch.canaries.learn("another token", right.header("x-subject-token").unwrap());
    watch.look("the body of a login", right.text());
    for body in [
        by(&json!(wrong)),
        by(&json!([wrong])),
        by(&json!({"is": wrong})),
        by(&json!(wrong.repeat(200))),
        by(&json!(format!("{wrong}\0"))),
        auth(&json!({"methods": ["password", wrong], "password": {"user": user(&json!(wrong))}})),
        auth(&json!({"methods": ["token"], "token": {"id": wrong}})),
        auth(&json!({"methods": ["token"], "token": {"id": [wrong]}})),
        auth(&json!({"methods": ["totp"], "totp": {"user": {"id": "x", "passcode": wrong}}})),
        auth(&json!({"methods": ["application_credential"], "application_credential": {"id": "x", "secret": wrong}})),
        json!({"auth": wrong}).to_string(),
        json!({"auth": {"identity": wrong}}).to_string(),
        format!("{{\"auth\": \"{wrong}"),
        wrong.clone(),
        format!("[{{\"{wrong}\": {}", "[".repeat(1000)),
    ] {
        let answer = watch.send("POST", TOKENS, &[JSON], body.as_bytes());
        assert!((400..500).contains(&answer.status), "{answer:?}");
        watch.send("POST", TOKENS, &[("Content-Type", "text/plain")], body.as_bytes());
    }
    let old = |auth: Value| json!({"auth": auth}).to_string();
    let right = old(json!({"RAX-KSKEY:apiKeyCredentials": {"username": "carol", "apiKey": people.api_key}}));
    let answer = watch.send_for_secrets("POST", OLD_TOKENS, &[JSON], right.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    let third = watch.canaries.learn("a token of v2.0", answer.json()["access"]["token"]["id"].as_str().unwrap());
    for body in [
        old(json!({"passwordCredentials": {"username": "carol", "password": wrong}})),
        old(json!({"passwordCredentials": {"username": "carol", "password": {"x": wrong}}})),
        old(json!({"RAX-KSKEY:apiKeyCredentials": {"username": "carol", "apiKey": wrong}})),
        old(json!({"token": {"id": wrong}})),
        old(json!({"token": wrong})),
        format!("{{\"auth\": {{\"token\": \"{wrong}"),
    ] {
        let answer = watch.send("POST", OLD_TOKENS, &[JSON], body.as_bytes());
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    // In paths, and in the header of what is looked at.
    for (method, path) in [("GET", format!("{OLD_TOKENS}/{wrong}")), ("DELETE", format!("{OLD_TOKENS}/{wrong}"))] {
        let answer = watch.ask(&people.user, method, &path, b"");
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    let shown =
        watch.send_for_secrets("GET", &format!("{OLD_TOKENS}/{third}/endpoints"), &[("X-Auth-Token", &third)], b"");
    assert!(shown.status < 500, "{shown:?}");
    for subject in [&wrong, &token] {
        for method in ["GET", "HEAD", "DELETE"] {
            let headers = [("X-Auth-Token", people.user.token.as_deref().unwrap()), ("X-Subject-Token", subject)];
            let answer = watch.send_for_secrets(method, TOKENS, &headers, b"");
            watch.look("the body of a validation", &String::from_utf8_lossy(&answer.body));
        }
    }
    // Passwords of others, by an administrator and at the command line.
    let fresh = watch.canaries.new_one("a new password");
    for body in [json!({"user": {"name": "dan", "password": fresh}}), json!({"user": {"name": 7, "password": fresh}})] {
        watch.ask(&watch.salon.admin(), "POST", "/identity/v3/users", body.to_string().as_bytes());
    }
    told_with(watch.salon, &["user", "set", "carol", "--password-stdin"], &people.password);
}

/// A token that is no token, and one that is, wherever tokens go.
fn tokens_everywhere(watch: &Watch<'_>, people: &People) {
    let wrong = watch.canaries.new_one("no token");
    let good = people.user.token.clone().unwrap();
    let query = watch.canaries.new_one("a word of a query");
    for path in [
        "/",
        "/v2/images",
        "/v2/images/nothing",
        "/v1/images/detail",
        "/rackspace/v2/images",
        "/rackspace/v2/tasks",
        "/identity/v3/projects",
        "/identity/v3/nothing",
        "/identity/v2.0/tenants",
        "/salon/v1/accounts/a/rooms/r/messages",
        "/healthcheck",
        "/metrics",
        "/nowhere",
    ] {
        for header in
            ["X-Auth-Token", "X-Service-Token", "X-Subject-Token", "Authorization", "Cookie", "X-Identity-Status"]
        {
            watch.send("GET", path, &[(header, &wrong)], b"");
        }
        watch.send(
            "GET",
            &format!("{path}?name={query}&marker={query}&token={query}"),
            &[("X-Auth-Token", &wrong)],
            b"",
        );
        let answer = watch.ask(&fresh(people, watch), "GET", path, b"");
        assert!(answer.status < 500, "{answer:?}");
    }
    // A path that no dialect knows may be a secret that went to the wrong place.
    for path in
        [format!("/{wrong}"), format!("/v2/{wrong}"), format!("/identity/v3/{wrong}"), format!("/salon/v1/{wrong}")]
    {
        let answer = watch.send_for_secrets("GET", &path, &[("X-Auth-Token", &good)], b"");
        assert!((300..500).contains(&answer.status), "{answer:?}");
    }
}

/// Carol with a token that is still good: changing a password ends tokens.
fn fresh(people: &People, watch: &Watch<'_>) -> User {
    let user = watch.salon.log_in("carol", &people.password, "alpha");
    watch.canaries.learn("a token", user.token.as_ref().unwrap());
    user
}

/// What is in an image is nobody's but its readers', also when it is refused for what it is.
fn images(watch: &Watch<'_>, people: &People) {
    let user = fresh(people, watch);
    let data = watch.canaries.new_one("data of an image");
    let image = |format: &str| {
        let body = json!({"name": "i", "disk_format": format, "container_format": "bare"}).to_string();
        let made = watch.ask(&user, "POST", "/v2/images", body.as_bytes());
        assert_eq!(made.status, 201, "{made:?}");
        format!("/v2/images/{}", made.json()["id"].as_str().unwrap())
    };
    let upload = |image: &str, bytes: &[u8]| {
        let token = user.token.clone().unwrap();
        let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
        watch.send("PUT", &format!("{image}/file"), &headers, bytes).status
    };
    let raw = image("raw");
    assert_eq!(upload(&raw, data.as_bytes()), 204);
    // A disk that leans on another file, whose name is a secret, and one that describes itself as text.
    let mut qcow = vec![0; 1024];
    qcow[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
    qcow[8..16].copy_from_slice(&512_u64.to_be_bytes());
    qcow[16..20].copy_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
    qcow[512..512 + data.len()].copy_from_slice(data.as_bytes());
    assert_eq!(upload(&image("qcow2"), &qcow), 415);
    let vmdk = format!("# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 1 FLAT \"/{data}\" 0\n");
    upload(&image("vmdk"), vmdk.as_bytes());
    assert_eq!(upload(&image("qcow2"), data.as_bytes()), 415);
    assert_eq!(upload(&raw, data.as_bytes()), 409);
    // A download has it, and nothing else about it does.
    let token = user.token.clone().unwrap();
    let got = watch.send_for_secrets("GET", &format!("{raw}/file"), &[("X-Auth-Token", &token)], b"");
    assert_eq!(got.body, data.as_bytes());
    let patch = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/openstack-images-v2.1-json-patch")];
    let secret = watch.canaries.new_one("a patch that cannot be read");
    for body in [format!("[{{\"op\": \"{secret}\""), secret.clone(), format!("{{\"a\": \"{secret}\"}}")] {
        let answer = watch.send("PATCH", &raw, &patch, body.as_bytes());
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    // The members of an image are their own business: each sees itself, strangers see nothing.
    let member = watch.canaries.new_one("a member of an image");
    let invite = |id: &str| json!({"member": id}).to_string();
    let (bob, members) = (watch.salon.bob(), format!("{raw}/members"));
    for id in [&member, &bob.project_id] {
        let headers = [("X-Auth-Token", token.as_str()), JSON];
        let answer = watch.send_for_secrets("POST", &members, &headers, invite(id).as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    for path in [&members, &raw, &format!("{members}/{}", bob.project_id)] {
        let seen = watch.ask(&bob, "GET", path, b"");
        assert_eq!(seen.status, 200, "{seen:?}");
    }
    // That the member's id stays in the log and the history is meant: it says whom an operation was about.
    watch.canaries.forget(&member);
}

/// URLs of data, with credentials and signatures in them.
fn copies(watch: &Watch<'_>, people: &People) {
    let user = fresh(people, watch);
    let token = user.token.clone().unwrap();
    let admin = watch.salon.admin();
    let signature = watch.canaries.new_one("a signature in a URL");
    let source = Peer::start(|line, all| {
        let there = answer("200 OK", "", "bytes");
        match line.split(' ').nth(1).and_then(|path| path.split('?').next()) {
            Some("/image") => there,
            Some("/moved") => {
                answer("302 Found", &format!("Location: /elsewhere?{all:.80}\r\n").replace(['\r', '\n'], ""), "")
            }
            Some("/cut") => there[..there.len() - 2].to_owned(),
            _ => answer("500 X", "", all),
        }
    });
    let at = source.address;
    for header in ["x-glance-api-copy-from", "x-image-meta-location"] {
        for url in [
            format!("http://{at}/image?X-Amz-Signature={signature}"),
            format!("http://{at}/refused?X-Amz-Signature={signature}"),
            format!("http://{at}/moved?X-Amz-Signature={signature}"),
            format!("http://{at}/cut?X-Amz-Signature={signature}"),
            format!("http://127.0.0.1:1/nobody?X-Amz-Signature={signature}"),
            format!("http://salon:{signature}@{at}/image"),
            format!("http://{signature}@{at}/image"),
            format!("swift+http://salon:{signature}@{at}/image"),
            format!("http://10.0.0.1/image?sig={signature}"),
            format!("http://{at}/ima ge?sig={signature}"),
        ] {
            // Data that stays elsewhere is an administrator's to register.
            let by = if header == "x-image-meta-location" { admin.token.as_deref().unwrap() } else { &token };
            let mut headers = vec![("X-Auth-Token", by), ("x-image-meta-name", "i"), (header, &url)];
            headers.extend(RAW);
            let made = watch.send_for_secrets("POST", "/v1/images", &headers, b"");
            watch.look("the body of an ordered image", &String::from_utf8_lossy(&made.body));
            if made.status != 201 {
                watch.look("a refused order", &whole(&made));
                continue;
            }
            let image = made.json()["image"]["id"].as_str().unwrap().to_owned();
            settled(watch, &admin, &image);
            // Others may have the image, but not where it comes from.
            let headers = [("X-Auth-Token", by), ("x-image-meta-is_public", "False")];
            watch.send_for_secrets("PUT", &format!("/v1/images/{image}"), &headers, b"");
            let bob = watch.salon.bob();
            let member = format!("/v1/images/{image}/members/{}", bob.project_id);
            let granted = watch.send("PUT", &member, &[("X-Auth-Token", by)], b"");
            assert_eq!(granted.status, 204, "{granted:?}");
            for path in [format!("/v1/images/{image}"), format!("/v2/images/{image}")] {
                watch.ask(&bob, "HEAD", &path, b"");
                watch.ask(&bob, "GET", &path, b"");
            }
        }
    }
    assert!(source.asked() >= 5, "the source was asked {} times only", source.asked());
}

/// Waits for the end of an order.
fn settled(watch: &Watch<'_>, user: &User, image: &str) {
    let began = std::time::Instant::now();
    loop {
        let shown = watch.salon_get(user, &format!("/v2/images/{image}"));
        if shown.status != 200 || matches!(shown.json()["status"].as_str(), Some("active" | "killed" | "deleted")) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{shown:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a request signed by header.
pub(crate) fn signed(watch: &Watch<'_>, key: &Key, method: &str, target: &str, body: &[u8]) -> Answer {
    let signature = sign(key, now(), method, target, body);
    let mut headers: Vec<(&str, &str)> = signature.iter().map(|(name, value)| (&**name, &**value)).collect();
    headers.push(JSON);
    watch.canaries.learn("a signature", signature[1].1.rsplit('=').next().unwrap());
    watch.send(method, target, &headers, body)
}

/// Signatures in headers and addresses, good and bad, and what stands beside them.
fn signatures(watch: &Watch<'_>, people: &People) {
    let made_up = watch.canaries.new_one("a secret key of nobody");
    let nobody = Key { id: "AKIDNOBODY".to_owned(), secret: made_up.clone() };
    let wrong = Key { id: people.key.id.clone(), secret: made_up };
    assert_eq!(signed(watch, &people.key, "GET", "/accounts", b"").status, 200);
    for key in [&nobody, &wrong] {
        assert_eq!(signed(watch, key, "GET", "/accounts", b"").status, 403);
    }
    let token = watch.canaries.new_one("a security token");
    let text = watch.canaries.new_one("a part of a signature");
    let signature = sign(&people.key, now(), "GET", "/accounts", b"");
    let date = signature[0].1.clone();
    let authorization = signature[1].1.clone();
    for (name, value) in [
        ("X-Amz-Security-Token", token.clone()),
        ("Authorization", format!("{authorization}{text}")),
        ("Authorization", format!("Basic {text}")),
        ("Authorization", format!("Bearer {text}")),
        ("Authorization", authorization.replace("Credential=", &format!("Credential={text}"))),
        ("Authorization", format!("AWS4-HMAC-SHA256 {text}")),
    ] {
        let mut headers = vec![("X-Amz-Date", date.as_str()), (name, &value)];
        if name != "Authorization" {
            headers.push(("Authorization", &authorization));
        }
        assert_eq!(watch.send("GET", "/accounts", &headers, b"").status, 403, "{name}");
    }
    for query in [
        format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={text}&X-Amz-Date={date}&X-Amz-Signature={text}"),
        format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}%2F{}%2Feu-west-1%2Fchime%2Faws4_request&X-Amz-Date={date}\
             &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={}&X-Amz-Security-Token={token}",
            people.key.id,
            &date[..8],
            watch.canaries.learn("a presigned signature", &format!("{:064x}", 0x1234_5678_9abc_def0_u64)),
        ),
    ] {
        assert_eq!(watch.send("GET", &format!("/accounts?{query}"), &[], b"").status, 403, "{query}");
    }
}

/// People, bots, webhooks and messages.
fn rooms(watch: &Watch<'_>, people: &People) {
    let salon = watch.salon;
    let account = salon.enterprise("Enterprise", "alpha");
    let email = format!("{}@example.com", watch.canaries.new_one("an address"));
    let name = watch.canaries.new_one("a name");
    let send = |method: &str, target: &str, body: &Value| {
        signed_for_secrets(watch, &people.key, method, target, body.to_string().as_bytes())
    };
    let users = format!("/accounts/{account}/users");
    let made = send("POST", &format!("{users}?operation=create"), &json!({"Email": email, "Username": name}));
    assert_eq!(made.status, 201, "{made:?}");
    let again = watch_only(watch, &people.key, "POST", &format!("{users}?operation=create"), &json!({"Email": email}));
    assert_eq!(again.status, 409, "{again:?}");
    send("GET", &format!("{users}?user-email={email}"), &json!({}));
    for body in [
        json!({"Email": [email]}),
        json!({"Email": "x", "Username": [name]}),
        json!({"Email": name.clone() + "\0@x.y"}),
    ] {
        let answer = watch_only(watch, &people.key, "POST", &format!("{users}?operation=create"), &body);
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    let answer = signed(
        watch,
        &people.key,
        "POST",
        &format!("{users}?operation=create"),
        format!("{{\"Email\": \"{email}").as_bytes(),
    );
    assert_eq!(answer.status, 400, "{answer:?}");
    let person = made.json()["User"]["UserId"].as_str().unwrap().to_owned();
    let pin = send("POST", &format!("{users}/{person}?operation=reset-personal-pin"), &json!({}));
    watch.canaries.learn("a PIN", pin.json()["User"]["PersonalPIN"].as_str().unwrap());

    let rooms = format!("/accounts/{account}/rooms");
    let room = send("POST", &rooms, &json!({"Name": "room"})).json()["Room"]["RoomId"].as_str().unwrap().to_owned();
    let bot = Bot::start();
    let made =
        send("POST", &format!("/accounts/{account}/bots"), &json!({"DisplayName": "myBot", "Domain": "example.com"}));
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    watch.canaries.learn("a bot's security token", made["Bot"]["SecurityToken"].as_str().unwrap());
    let bots = format!("/accounts/{account}/bots/{}", made["Bot"]["BotId"].as_str().unwrap());
    let endpoint = watch.canaries.new_one("a secret of a bot's endpoint");
    for (url, status) in [
        (format!("https://127.0.0.1:1/hook?key={endpoint}"), 400),
        (format!("https://bot:{endpoint}@127.0.0.1:1/hook"), 400),
        (format!("https://no.such.host.invalid/{endpoint}"), 400),
        (format!("http://{}/{endpoint}", bot.address), 400),
        (bot.url(), 201),
    ] {
        let body = json!({"OutboundEventsHTTPSEndpoint": url});
        let answer = watch_only(watch, &people.key, "PUT", &format!("{bots}/events-configuration"), &body);
        assert_eq!(answer.status, status, "{answer:?}");
    }
    bot.told();
    bot.reply(&[Reply::Status(500), Reply::Close, Reply::Status(404)]);
    let member = json!({"MemberId": made["Bot"]["BotId"]});
    assert_eq!(send("POST", &format!("{rooms}/{room}/memberships"), &member).status, 201);
    for _ in 0..3 {
        bot.told();
    }

    let about = ["chime", "webhook", "create", "--name", "build", "--account", &account, "--room", &room, "--json"];
    let url = json_of(&salon.told(&about))["url"].as_str().unwrap().to_owned();
    let (place, token) = url[url.find("/incomingwebhooks/").unwrap()..].split_once("?token=").unwrap();
    watch.canaries.learn("the token of a webhook", token);
    let content = watch.canaries.new_one("what is said in a room");
    let wrong = watch.canaries.new_one("a wrong token of a webhook");
    let said = json!({"Content": format!("@myBot {content}")}).to_string();
    assert_eq!(watch.send("POST", &format!("{place}?token={token}"), &[JSON], said.as_bytes()).status, 200);
    for (target, body, status) in [
        (format!("{place}?token={token}"), said.clone(), 429),
        (format!("{place}?token={wrong}"), said.clone(), 403),
        (format!("/incomingwebhooks/{wrong}?token={token}"), said.clone(), 403),
        (format!("{place}?token={token}"), format!("{{\"Content\": \"{content}"), 400),
        (format!("{place}?token={token}"), json!({"Content": [content]}).to_string(), 400),
        (format!("{place}?token={token}"), json!({"Content": content.repeat(200)}).to_string(), 413),
    ] {
        assert_eq!(watch.send("POST", &target, &[JSON], body.as_bytes()).status, status, "{target} {body:.40}");
    }
    // The bot is told of it, with a URL of its own.
    let told = bot.told();
    let inbound = told.body()["InboundHttpsEndpoint"]["Url"].as_str().unwrap().to_owned();
    watch.canaries.learn("the token of a bot's URL", inbound.split_once("?token=").unwrap().1);
    let path = &inbound[inbound.find("/incomingwebhooks/").unwrap()..];
    assert_eq!(watch.send("POST", path, &[JSON], said.as_bytes()).status, 200);

    let user = fresh(people, watch);
    let messages = format!("/salon/v1/accounts/{account}/rooms/{room}/messages");
    let read = watch.salon_get(&user, &format!("{messages}?limit=1"));
    assert!(read.text().contains(&content), "{read:?}");
    let next = read.json()["next"].as_str().unwrap().to_owned();
    watch.ask(&user, "GET", &format!("{next}x"), b"");
    // Neither is a stranger told anything of it.
    watch.ask(&salon.bob(), "GET", &messages, b"");
    assert_eq!(send("DELETE", &format!("{rooms}/{room}"), &json!({})).status, 204);
}

fn signed_for_secrets(watch: &Watch<'_>, key: &Key, method: &str, target: &str, body: &[u8]) -> Answer {
    let signature = sign(key, now(), method, target, body);
    let mut headers: Vec<(&str, &str)> = signature.iter().map(|(name, value)| (&**name, &**value)).collect();
    headers.push(JSON);
    watch.send_for_secrets(method, target, &headers, body)
}

fn watch_only(watch: &Watch<'_>, key: &Key, method: &str, target: &str, body: &Value) -> Answer {
    let answer = signed_for_secrets(watch, key, method, target, body.to_string().as_bytes());
    if answer.status >= 400 {
        watch.look(&format!("the refusal of {method} {}", target.split('?').next().unwrap()), &whole(&answer));
    }
    answer
}

/// What is no request at all.
fn malformed(watch: &Watch<'_>) {
    let secret = watch.canaries.new_one("a header of a malformed request");
    for head in [
        format!("GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {secret}\r\nBroken {secret}\r\n\r\n"),
        format!("GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {secret}\r\nContent-Length: {secret}\r\n\r\n"),
        format!("GET /v2/images?token={secret} HTTP/9.9\r\nHost: x\r\n\r\n"),
        format!("{secret} / HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {secret}{}\r\n\r\n", "x".repeat(70_000)),
        format!("GET /v2/images HTTP/1.1\r\nHost: {secret}:x\r\n\r\n"),
        format!("GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {secret}\r\nTransfer-Encoding: {secret}\r\n\r\n"),
    ] {
        let mut connection = watch.salon.connect();
        // The server may have had enough before the end.
        let _ = connection.socket.write_all(head.as_bytes());
        connection.finish();
        if let Some(answer) = connection.answer(false) {
            watch.look("the answer to a malformed request", &whole(&answer));
        }
    }
}

/// Failures of the server's own are logged with their causes. Nothing of the requests is in those.
fn while_the_database_fails(watch: &Watch<'_>, people: &People) {
    let secret = watch.canaries.new_one("something that could not be written");
    let user = fresh(people, watch);
    let email = format!("{secret}@example.com");
    let account = watch.salon.enterprise("Another", "alpha");
    for table in ["images", "tokens", "people", "rooms", "webhooks", "users"] {
        watch.salon.say(&format!("ALTER TABLE {table} RENAME TO {table}_elsewhere"));
        let token = user.token.clone().unwrap();
        let headers = [("X-Auth-Token", token.as_str()), JSON];
        let mut statuses = Vec::new();
        let mut ask = |method: &str, target: &str, body: &Value| {
            let answer = watch.send_for_secrets(method, target, &headers, body.to_string().as_bytes());
            // What succeeds says again what it was asked.
            if answer.status >= 400 {
                watch.look(&format!("the refusal of {method} {}", target.split('?').next().unwrap()), &whole(&answer));
            }
            statuses.push(answer.status);
        };
        if table == "images" {
            // Where it can be written, events tell of it, as is meant.
            ask("POST", "/v2/images", &json!({"name": secret, "secret": secret}));
        }
        ask("GET", &format!("/v2/images?name={secret}"), &json!({}));
        ask("POST", &format!("/v2/images/{NOWHERE}/members"), &json!({"member": secret}));
        ask("GET", &format!("/salon/v1/accounts/{account}/rooms/{NOWHERE}/messages"), &json!({}));
        ask("POST", &format!("/incomingwebhooks/{NOWHERE}?token={secret}"), &json!({"Content": secret}));
        ask("GET", "/identity/v3/auth/tokens", &json!({}));
        ask("GET", "/v1/images/detail", &json!({}));
        ask("GET", "/rackspace/v2/images", &json!({}));
        let identity = json!({"methods": ["password"], "password": {"user": {
            "name": "carol", "domain": {"id": "default"}, "password": people.password}}});
        let login = watch.send_for_secrets("POST", TOKENS, &[JSON], auth(&identity).as_bytes());
        if login.status == 201 {
            watch.canaries.learn("a token", login.header("x-subject-token").unwrap());
        }
        watch.look("a login that failed", &String::from_utf8_lossy(&login.body));
        let users = format!("/accounts/{account}/users?operation=create");
        let made = watch_only(watch, &people.key, "POST", &users, &json!({"Email": email, "Username": secret}));
        statuses.extend([login.status, made.status]);
        watch.salon.say(&format!("ALTER TABLE {table}_elsewhere RENAME TO {table}"));
        assert!(statuses.contains(&500), "{table}: no request failed: {statuses:?}");
    }
}
