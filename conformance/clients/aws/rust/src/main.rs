//! The AWS SDK for Rust against Salon: the scenario whose name is the only argument. Ends with 1 at the first answer that
//! is not as it should be. The server, the key and the account come from the environment (see `../test_rust.py`).

mod bounds;

use std::{
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_sdk_chime::{
    Client, Config,
    config::{
        self, BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
        interceptors::BeforeTransmitInterceptorContextRef, retry::RetryConfig,
    },
    error::{BoxError, ProvideErrorMetadata},
    operation::RequestId,
    types::{ErrorCode, License, MemberType, MembershipItem, RoomMembershipRole},
};
use aws_smithy_async::time::TimeSource;

type Outcome = Result<(), Box<dyn Error>>;

/// `ensure!(condition, words…)`: the scenario ends here when the condition does not hold.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!("{}: {}", stringify!($condition), format!($($words)+)).into());
        }
    };
}

/// Counts what is really sent.
#[derive(Clone, Debug, Default)]
struct Attempts(Arc<AtomicU32>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A clock that is wrong by so many seconds.
#[derive(Debug)]
struct WrongClock(i64);

impl TimeSource for WrongClock {
    #[expect(clippy::disallowed_methods, reason = "a client has a clock of its own")]
    fn now(&self) -> SystemTime {
        let by = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    }
}

struct World {
    client: Client,
    attempts: Attempts,
    account: String,
}

fn told(name: &str) -> Result<String, Box<dyn Error>> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}

/// Of a client with a clock that is wrong by so many seconds.
fn settings(clock: i64) -> Result<config::Builder, Box<dyn Error>> {
    let credentials = Credentials::new(told("AWS_ACCESS_KEY_ID")?, told("AWS_SECRET_ACCESS_KEY")?, None, None, "test");
    Ok(Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(told("AWS_ENDPOINT_URL_CHIME")?)
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .time_source(WrongClock(clock)))
}

fn world(clock: i64) -> Result<World, Box<dyn Error>> {
    let attempts = Attempts::default();
    let config = settings(clock)?.interceptor(attempts.clone()).build();
    Ok(World { client: Client::from_conf(config), attempts, account: told("ACCOUNT")? })
}

impl World {
    async fn person(&self, email: &str) -> Result<String, Box<dyn Error>> {
        let made = self.client.create_user().account_id(&self.account).email(email).send().await?;
        Ok(made.user().ok_or("no user")?.user_id().to_owned())
    }

    async fn room(&self, name: &str) -> Result<String, Box<dyn Error>> {
        let made = self.client.create_room().account_id(&self.account).name(name).send().await?;
        Ok(made.room().and_then(|room| room.room_id()).ok_or("no room")?.to_owned())
    }
}

async fn story() -> Outcome {
    let world = world(0)?;
    let (client, account) = (&world.client, &world.account);
    let listed = client.list_accounts().name("Rust").send().await?;
    ensure!(listed.accounts().is_empty(), "{listed:?}");
    let shown = client.get_account().account_id(account).send().await?;
    let shown = shown.account().ok_or("no account")?;
    ensure!(shown.account_id() == account, "{shown:?}");
    ensure!(shown.created_timestamp().is_some(), "{shown:?}");
    ensure!(shown.default_license() == Some(&License::Pro), "{shown:?}");

    let person = world.person("rust@example.com").await?;
    let room = world.room("Zażółć gęślą jaźń 🎉").await?;
    let shown = client.get_room().account_id(account).room_id(&room).send().await?;
    let shown = shown.room().ok_or("no room")?;
    ensure!(shown.name() == Some("Zażółć gęślą jaźń 🎉"), "{:?}", shown.name());
    ensure!(shown.created_by().is_some_and(|arn| arn.starts_with("arn:aws:iam::")), "{shown:?}");

    let add = || client.create_room_membership().account_id(account).room_id(&room).member_id(&person);
    let added = add().send().await?;
    ensure!(added.request_id().is_some(), "{added:?}");
    let membership = added.room_membership().ok_or("no membership")?;
    ensure!(membership.role() == Some(&RoomMembershipRole::Member), "{membership:?}");
    let member = membership.member().ok_or("no member")?;
    ensure!(member.member_type() == Some(&MemberType::User), "{member:?}");
    ensure!(member.email() == Some("rust@example.com"), "{member:?}");

    world.attempts.0.store(0, Ordering::Relaxed);
    let again = add().send().await.err().ok_or("added twice")?;
    ensure!(world.attempts.0.load(Ordering::Relaxed) == 1, "a conflict is not tried again");
    ensure!(again.code() == Some("ConflictException"), "{again:?}");
    ensure!(again.message().is_some_and(|text| !text.is_empty()), "{again:?}");
    ensure!(again.request_id().is_some(), "{again:?}");
    ensure!(again.raw_response().is_some_and(|raw| raw.status().as_u16() == 409), "{again:?}");
    let again = again.into_service_error();
    ensure!(again.is_conflict_exception(), "{again:?}");

    let items = [person.as_str(), "nobody"]
        .map(|id| MembershipItem::builder().member_id(id).role(RoomMembershipRole::Administrator).build());
    let batch = client
        .batch_create_room_membership()
        .account_id(account)
        .room_id(&room)
        .set_membership_item_list(Some(items.to_vec()))
        .send()
        .await?;
    let errors: Vec<_> = batch.errors().iter().map(|error| (error.member_id(), error.error_code())).collect();
    let wanted = [(Some(person.as_str()), Some(&ErrorCode::Conflict)), (Some("nobody"), Some(&ErrorCode::NotFound))];
    ensure!(errors == wanted, "{errors:?}");

    let other = world.room("another room").await?;
    let mut pages = client.list_rooms().account_id(account).into_paginator().page_size(1).send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        ensure!(page.rooms().len() == 1, "{page:?}");
        found.extend(page.rooms().iter().filter_map(|room| room.room_id()).map(str::to_owned));
    }
    ensure!(found.contains(&room) && found.contains(&other), "{found:?}");

    let mut pages =
        client.list_room_memberships().account_id(account).room_id(&room).into_paginator().page_size(1).send();
    let mut members = Vec::new();
    while let Some(page) = pages.next().await {
        members.extend(page?.room_memberships().iter().filter_map(|found| found.member().cloned()));
    }
    let ids: Vec<_> = members.iter().map(|member| member.member_id()).collect();
    ensure!(ids == [Some(person.as_str())], "{ids:?}");

    let changed = client
        .update_room_membership()
        .account_id(account)
        .room_id(&room)
        .member_id(&person)
        .role(RoomMembershipRole::Administrator)
        .send()
        .await?;
    let role = changed.room_membership().and_then(|membership| membership.role());
    ensure!(role == Some(&RoomMembershipRole::Administrator), "{changed:?}");

    let remove = || client.delete_room_membership().account_id(account).room_id(&room).member_id(&person);
    remove().send().await?;
    let gone = remove().send().await.err().ok_or("removed twice")?.into_service_error();
    ensure!(gone.is_not_found_exception(), "{gone:?}");
    for room in [&room, &other] {
        client.delete_room().account_id(account).room_id(room).send().await?;
    }
    let gone = client.get_room().account_id(account).room_id(&room).send().await.err().ok_or("still there")?;
    ensure!(gone.into_service_error().is_not_found_exception(), "another error");
    Ok(())
}

/// What the SDK lets through and the server refuses arrives as the class for it.
async fn refusals() -> Outcome {
    let world = world(0)?;
    let (client, account) = (&world.client, &world.account);
    let room = world.room("refusals").await?;
    let person = world.person("rust-refused@example.com").await?;

    let error = client.create_room().account_id(account).name("x").client_request_token("no spaces").send().await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "token");
    let error = client.list_rooms().account_id(account).max_results(100).send().await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "page");
    let error = client.list_rooms().account_id(account).next_token("made-up").send().await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "page token");
    let error = client.create_account().name("x".repeat(101)).send().await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "name");
    let error = client.create_user().account_id(account).email("no address").send().await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "address");
    let error = client
        .create_room_membership()
        .account_id(account)
        .room_id(&room)
        .member_id(&person)
        .role("Owner".into())
        .send()
        .await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "role");
    let items = (0..51).map(|number| MembershipItem::builder().member_id(format!("m{number}")).build()).collect();
    let error = client
        .batch_create_room_membership()
        .account_id(account)
        .room_id(&room)
        .set_membership_item_list(Some(items))
        .send()
        .await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "51 items");
    for odd in [" ", ".", ".."] {
        let error = client.get_room().account_id(account).room_id(odd).send().await;
        ensure!(error.err().is_some_and(|error| error.into_service_error().is_bad_request_exception()), "{odd:?}");
    }
    let error = client.get_room().account_id("a/b").room_id(&room).send().await;
    ensure!(error.err().is_some_and(|error| error.into_service_error().is_not_found_exception()), "a slash");
    let error = client.delete_account().account_id(account).send().await;
    ensure!(
        error.err().is_some_and(|error| error.into_service_error().is_unprocessable_entity_exception()),
        "an Enterprise account"
    );
    let error = client.invite_users().account_id(account).user_email_list("x@example.com").send().await;
    ensure!(error.is_err(), "invitations are for Team accounts");
    client.delete_room().account_id(account).room_id(&room).send().await?;
    Ok(())
}

/// A wrong clock is set right from the refusal's `Date`, and the second attempt succeeds.
async fn clock() -> Outcome {
    for offset in [-16 * 60, 16 * 60] {
        let world = world(offset)?;
        let listed = world.client.list_rooms().account_id(&world.account).send().await?;
        ensure!(listed.request_id().is_some(), "{listed:?}");
        let attempts = world.attempts.0.load(Ordering::Relaxed);
        ensure!(attempts == 2, "{attempts} attempts with a clock {offset} s off");
    }
    Ok(())
}

/// Asks until it is asked to slow down. The SDK leaves that to its caller: it does not try again by itself.
async fn throttled() -> Outcome {
    let world = world(0)?;
    for number in 1..=1000 {
        world.attempts.0.store(0, Ordering::Relaxed);
        let answer = world.client.list_rooms().account_id(&world.account).send().await;
        ensure!(world.attempts.0.load(Ordering::Relaxed) == 1, "tried again");
        let Err(error) = answer else { continue };
        ensure!(number > 1, "the first request was refused");
        ensure!(error.code() == Some("ThrottledClientException"), "{error:?}");
        let raw = error.raw_response().ok_or("no answer")?;
        ensure!(raw.status().as_u16() == 429, "{error:?}");
        ensure!(raw.headers().get("retry-after").is_some(), "{error:?}");
        ensure!(raw.headers().get("x-amz-retry-after").is_some(), "{error:?}");
        ensure!(error.into_service_error().is_throttled_client_exception(), "another class");
        return Ok(());
    }
    Err("nobody said stop".into())
}

/// The server has a defect, which `../test_failures.py` made.
async fn failing() -> Outcome {
    let world = world(0)?;
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let listed = world.client.list_rooms().account_id(&world.account).customize().config_override(once).send().await;
    let Err(error) = listed else { return Err("a list without a table".into()) };
    ensure!(error.raw_response().is_some_and(|raw| raw.status().as_u16() == 500), "{error:?}");
    ensure!(error.into_service_error().is_service_failure_exception(), "another class");
    Ok(())
}

/// The server's database does not answer.
async fn unavailable() -> Outcome {
    let world = world(0)?;
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let made = world.client.create_room().account_id(&world.account).name("never").customize();
    let Err(error) = made.config_override(once).send().await else { return Err("a room without a database".into()) };
    let raw = error.raw_response().ok_or("no answer")?;
    ensure!(raw.status().as_u16() == 503, "{error:?}");
    ensure!(raw.headers().get("retry-after").is_some(), "{error:?}");
    ensure!(error.into_service_error().is_service_unavailable_exception(), "another class");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let name = env::args().nth(1).unwrap_or_default();
    match name.as_str() {
        "bounds" => return bounds::bounds().await,
        "story" => story().await?,
        "refusals" => refusals().await?,
        "clock" => clock().await?,
        "throttled" => throttled().await?,
        "failing" => failing().await?,
        "unavailable" => unavailable().await?,
        _ => return Err(format!("no scenario {name:?}").into()),
    }
    println!("ok {name}");
    Ok(())
}
