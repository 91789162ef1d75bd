//! People in accounts. A person is found and changed together with the account; every write locks the account's row
//! first, then the rows of the people it is about, in the order of their ids.

use salon_core::{
    Error, Permitted, ProjectId, Result, Timestamp, Viewer,
    account::{
        Account, AccountId, Alexa, Invite, InviteStatus, Key, License, Person, PersonChanges, PersonFilter, PersonId,
        PersonView, RegistrationStatus, Telephony, UserType,
        actions::{
            BatchSuspendUser, BatchUnsuspendUser, ChangesPeople, CreateUser, InviteUsers, ListUsers, LogoutUser,
            ResetPersonalPIN, UpdateUserSettings,
        },
        operator::{EnrollPerson, Expel},
        person::{self, Change, Outcome},
        person_absent,
        texts::email_key,
    },
    event::Actor,
};
use serde_json::json;

use crate::{
    Catalog,
    accounts::{self, follows, indexed},
    images::row::json,
    members::leave,
    outbox::{self, Note},
    sql::{Answer, Dialect, Reader, Tx, Value, insert_into, is_unique, update_of, values},
};

/// The columns [`read`] reads, of a table called `p`. The first is null where a join found nobody.
pub(crate) const COLUMNS: &str = "p.id, p.account_id, p.email, p.display_name, p.license, p.user_type, p.registration, \
    p.invitation, p.invite_id, p.invited_at, p.registered_at, p.alexa_enabled, p.alexa_room_arn, p.pin, \
    p.inbound_calling, p.outbound_calling, p.sms, p.signed_out_at, p.created_at, p.updated_at";

impl Catalog {
    /// An account that `viewer` can reach, and the person with `person` as id in it. `None` when there is no such account
    /// within reach. Proves nothing about the caller.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn person_within_reach(
        &self,
        account: &AccountId,
        person: &PersonId,
        viewer: &Viewer,
    ) -> Result<Option<PersonView>> {
        self.db.read((account.clone(), person.clone(), accounts::reach(viewer)), find).await
    }

    /// People of an account in the order they were added, after `after`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn people(
        &self,
        account: &Permitted<Account, ListUsers>,
        filter: &PersonFilter,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Vec<Person>> {
        let asked = Asked { account: account.id.clone(), filter: filter.clone(), after: after.cloned(), limit };
        self.db.read(asked, list).await
    }

    /// How many steps the database takes for a page, so that tests can see that it does not grow with the account.
    ///
    /// # Errors
    /// As [`Catalog::people`].
    #[doc(hidden)]
    pub async fn people_steps(
        &self,
        account: &AccountId,
        filter: &PersonFilter,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<u64> {
        let asked = Asked { account: account.clone(), filter: filter.clone(), after: after.cloned(), limit };
        self.db.read(asked, steps).await
    }

    /// Adds a person.
    ///
    /// # Errors
    /// Conflict when the account has somebody with the e-mail address; Stale when what the permission was computed from
    /// changed.
    pub async fn create_person(
        &self,
        account: &Permitted<Account, CreateUser>,
        person: &Person,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**account).clone(), person.clone(), actor.clone()), create).await
    }

    /// As [`Catalog::create_person`], for the operator: somebody who was invited and has not come yet comes in.
    /// Answers the person as it is then.
    ///
    /// # Errors
    /// As [`Catalog::create_person`].
    pub async fn enroll_person(
        &self,
        account: &Permitted<Account, EnrollPerson>,
        person: &Person,
        actor: &Actor,
    ) -> Result<Person> {
        self.db.write(((**account).clone(), person.clone(), actor.clone()), enroll).await
    }

    /// People of an account, for the operator.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn all_people(
        &self,
        account: &Permitted<Account, EnrollPerson>,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Vec<Person>> {
        let filter = PersonFilter::default();
        self.db.scan(Asked { account: account.id.clone(), filter, after: after.cloned(), limit }, list).await
    }

    /// Removes a person, for the operator; the person leaves all rooms first.
    ///
    /// # Errors
    /// NotFound; OverLimit for somebody in too many rooms; Stale when the account or the rooms changed in between.
    pub async fn expel_person(
        &self,
        account: &Permitted<Account, Expel>,
        person: &PersonId,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**account).clone(), person.clone(), now, actor.clone()), expel).await
    }

    /// Invites people, given as the records they become if they are not there yet. Who was invited before is invited
    /// again; who is in stays as he is. One answer for each, in their order.
    ///
    /// # Errors
    /// Stale when what the permission was computed from changed.
    pub async fn invite_people(
        &self,
        account: &Permitted<Account, InviteUsers>,
        people: &[Person],
        actor: &Actor,
    ) -> Result<Vec<Invite>> {
        self.db.write(((**account).clone(), people.to_vec(), actor.clone()), invite).await
    }

    /// Changes licenses, types and Alexa for Business data; one answer for each item, in their order.
    ///
    /// # Errors
    /// For all: Stale when what the permission was computed from changed. For one: NotFound, Invalid.
    pub async fn update_people<A: ChangesPeople>(
        &self,
        account: &Permitted<Account, A>,
        changes: &[(PersonId, PersonChanges)],
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Vec<Result<Outcome>>> {
        let items = changes.iter().map(|(id, changes)| (id.clone(), Change::Update(changes.clone()))).collect();
        self.change_people(account, items, now, actor).await
    }

    /// Keeps people out: they leave a Team account, and are suspended in an EnterpriseLWA one. One answer for each, in
    /// their order.
    ///
    /// # Errors
    /// As [`Catalog::update_people`].
    pub async fn suspend_people(
        &self,
        account: &Permitted<Account, BatchSuspendUser>,
        people: &[PersonId],
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Vec<Result<Outcome>>> {
        let items = people.iter().map(|id| (id.clone(), Change::Suspend)).collect();
        self.change_people(account, items, now, actor).await
    }

    /// Lets suspended people in again. One answer for each, in their order.
    ///
    /// # Errors
    /// As [`Catalog::update_people`].
    pub async fn unsuspend_people(
        &self,
        account: &Permitted<Account, BatchUnsuspendUser>,
        people: &[PersonId],
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Vec<Result<Outcome>>> {
        let items = people.iter().map(|id| (id.clone(), Change::Unsuspend)).collect();
        self.change_people(account, items, now, actor).await
    }

    /// Notes that all sessions of a person end.
    ///
    /// # Errors
    /// NotFound; Stale.
    pub async fn sign_out_person(
        &self,
        account: &Permitted<Account, LogoutUser>,
        person: &PersonId,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        self.change_person(account, person, Change::SignOut, now, actor).await.map(drop)
    }

    /// Writes the switches of a person.
    ///
    /// # Errors
    /// NotFound; Stale.
    pub async fn set_person_settings(
        &self,
        account: &Permitted<Account, UpdateUserSettings>,
        person: &PersonId,
        telephony: Telephony,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        self.change_person(account, person, Change::Settings(telephony), now, actor).await.map(drop)
    }

    /// Gives a person `pin`, if nobody has it.
    ///
    /// # Errors
    /// NotFound; Stale, also when somebody has the PIN already: try another.
    pub async fn set_pin(
        &self,
        account: &Permitted<Account, ResetPersonalPIN>,
        person: &PersonId,
        pin: &str,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Person> {
        match self.change_person(account, person, Change::Pin(pin.to_owned()), now, actor).await {
            Ok(Outcome::Kept(person) | Outcome::Changed(person)) => Ok(person),
            Ok(Outcome::Left) => Err(person_absent(person)),
            Err(error) if is_unique(&error) => Err(Error::stale()),
            Err(error) => Err(error),
        }
    }

    async fn change_person<A>(
        &self,
        account: &Permitted<Account, A>,
        person: &PersonId,
        change: Change,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Outcome> {
        let outcomes = self.change_people(account, vec![(person.clone(), change)], now, actor).await?;
        outcomes.into_iter().next().unwrap_or_else(|| Err(person_absent(person)))
    }

    async fn change_people<A>(
        &self,
        account: &Permitted<Account, A>,
        items: Vec<(PersonId, Change)>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Vec<Result<Outcome>>> {
        let input = Changes { account: (**account).clone(), items, now, actor: actor.clone() };
        self.db.write(input, change).await
    }
}

/// Reads [`COLUMNS`].
pub(crate) fn read(row: &mut Reader<'_>) -> Result<Person> {
    read_joined(row)?.ok_or_else(|| row.wrong("id", "is null"))
}

/// Reads [`COLUMNS`] at the end of a row of a join that may have found nobody.
pub(crate) fn read_joined(row: &mut Reader<'_>) -> Result<Option<Person>> {
    let Some(id) = row.opt_text("id")? else { return Ok(None) };
    Ok(Some(Person {
        id: PersonId::new(id),
        account_id: AccountId::new(row.text("account_id")?),
        email: row.text("email")?,
        display_name: row.text("display_name")?,
        license: row.parsed("license", License::parse)?,
        user_type: row.parsed("user_type", UserType::parse)?,
        registration: row.parsed("registration", RegistrationStatus::parse)?,
        invitation: invitation(row)?,
        invite_id: row.opt_text("invite_id")?,
        invited_at: row.opt_int("invited_at")?.map(Timestamp),
        registered_at: row.opt_int("registered_at")?.map(Timestamp),
        alexa: Alexa { enabled: row.flag("alexa_enabled")?, room_arn: row.opt_text("alexa_room_arn")? },
        pin: row.opt_text("pin")?,
        telephony: Telephony {
            inbound_calling: row.flag("inbound_calling")?,
            outbound_calling: row.flag("outbound_calling")?,
            sms: row.flag("sms")?,
        },
        signed_out_at: row.opt_int("signed_out_at")?.map(Timestamp),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    }))
}

fn invitation(row: &mut Reader<'_>) -> Result<Option<InviteStatus>> {
    match row.opt_text("invitation")? {
        None => Ok(None),
        Some(text) => match InviteStatus::parse(&text) {
            Some(status) => Ok(Some(status)),
            None => Err(row.wrong("invitation", "has a value nobody knows")),
        },
    }
}

/// Texts no row can have: PostgreSQL does not even take them as a value.
fn unstorable(text: &str) -> bool {
    text.contains('\0')
}

fn find<'a>(tx: &'a mut Tx, input: &'a (AccountId, PersonId, Option<ProjectId>)) -> Answer<'a, Option<PersonView>> {
    let (account, person, reach) = input;
    Box::pin(async move {
        if unstorable(account.as_str()) {
            return Ok(None);
        }
        let person = if unstorable(person.as_str()) { "" } else { person.as_str() };
        let mut sql = format!(
            "SELECT {}, {COLUMNS} FROM accounts a LEFT JOIN people p ON p.account_id = a.id AND p.id = ? WHERE a.id = ?",
            accounts::COLUMNS
        );
        let mut bound: Vec<Value<'_>> = values![person, account.as_str()].to_vec();
        accounts::narrow(&mut sql, &mut bound, reach.as_ref());
        let read = |row: &mut Reader<'_>| Ok(PersonView { account: accounts::read(row)?, person: read_joined(row)? });
        tx.one(&sql, &bound, "accounts", read).await
    })
}

/// A page that was asked for.
#[derive(Clone, Debug)]
struct Asked {
    account: AccountId,
    filter: PersonFilter,
    after: Option<Key>,
    limit: u32,
}

impl Asked {
    fn is_nothing(&self) -> bool {
        let texts = [self.filter.email.as_deref(), self.after.as_ref().map(|key| &*key.id)];
        texts.into_iter().flatten().any(unstorable)
    }

    fn query<'v>(&'v self, dialect: Dialect, email: Option<&'v str>) -> (String, Vec<Value<'v>>) {
        let index = match (email, self.filter.user_type) {
            (Some(_), _) => "people_email",
            (None, Some(_)) => "people_type",
            (None, None) => "people_created",
        };
        let mut bound = vec![self.account.as_str().into()];
        let from = indexed(dialect, "people p", index);
        let mut sql = format!("SELECT {COLUMNS} FROM {from} WHERE p.account_id = ?");
        if let Some(email) = email {
            sql.push_str(" AND p.email_key = ?");
            bound.push(email.into());
        }
        if let Some(user_type) = self.filter.user_type {
            sql.push_str(" AND p.user_type = ?");
            bound.push(user_type.as_str().into());
        }
        if let Some(after) = &self.after {
            sql.push_str(" AND ");
            sql.push_str(&follows(dialect, "p", after, &mut bound));
        }
        sql.push_str(&format!(" ORDER BY p.created_at, p.id LIMIT {}", self.limit));
        (sql, bound)
    }
}

fn list<'a>(tx: &'a mut Tx, asked: &'a Asked) -> Answer<'a, Vec<Person>> {
    Box::pin(async move {
        if asked.is_nothing() {
            return Ok(Vec::new());
        }
        let email = asked.filter.email.as_deref().map(email_key);
        let (sql, bound) = asked.query(tx.dialect(), email.as_deref());
        tx.all(&sql, &bound, "people", read).await
    })
}

fn steps<'a>(tx: &'a mut Tx, asked: &'a Asked) -> Answer<'a, u64> {
    Box::pin(async move {
        let email = asked.filter.email.as_deref().map(email_key);
        let (sql, bound) = asked.query(tx.dialect(), email.as_deref());
        tx.steps(&sql, &bound).await
    })
}

/// A person of an account, the row locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, account: &AccountId, person: &PersonId) -> Result<Option<Person>> {
    if unstorable(person.as_str()) {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM people p WHERE p.account_id = ? AND p.id = ?{}", tx.for_update());
    tx.one(&sql, values![account.as_str(), person.as_str()], "people", read).await
}

/// The person of a locked account with an e-mail address; nobody else changes it while the account is locked.
async fn with_email(tx: &mut Tx, account: &AccountId, email: &str) -> Result<Option<Person>> {
    let key = email_key(email);
    let sql = format!("SELECT {COLUMNS} FROM people p WHERE p.account_id = ? AND p.email_key = ?{}", tx.for_update());
    tx.one(&sql, values![account.as_str(), &key], "people", read).await
}

/// The columns of a person that never change.
const FIXED: [&str; 6] = ["id", "account_id", "project_id", "email", "email_key", "created_at"];

/// The columns of a person that can change, in the order of [`changing`].
const CHANGING: [&str; 16] = [
    "display_name",
    "license",
    "user_type",
    "registration",
    "invitation",
    "invite_id",
    "invited_at",
    "registered_at",
    "alexa_enabled",
    "alexa_room_arn",
    "pin",
    "inbound_calling",
    "outbound_calling",
    "sms",
    "signed_out_at",
    "updated_at",
];

/// The values of [`CHANGING`].
fn changing(person: &Person) -> [Value<'_>; 16] {
    [
        (&person.display_name).into(),
        person.license.as_str().into(),
        person.user_type.as_str().into(),
        person.registration.as_str().into(),
        person.invitation.map(InviteStatus::as_str).into(),
        (&person.invite_id).into(),
        person.invited_at.map(|at| at.0).into(),
        person.registered_at.map(|at| at.0).into(),
        person.alexa.enabled.into(),
        (&person.alexa.room_arn).into(),
        (&person.pin).into(),
        person.telephony.inbound_calling.into(),
        person.telephony.outbound_calling.into(),
        person.telephony.sms.into(),
        person.signed_out_at.map(|at| at.0).into(),
        person.updated_at.into(),
    ]
}

async fn insert(tx: &mut Tx, account: &Account, person: &Person) -> Result<bool> {
    let key = email_key(&person.email);
    let fixed = values![
        person.id.as_str(),
        account.id.as_str(),
        account.project_id.as_str(),
        &person.email,
        &key,
        person.created_at,
    ];
    let sql = insert_into("people", &[&FIXED[..], &CHANGING].concat());
    tx.insert(&sql, &[&fixed[..], &changing(person)].concat()).await
}

/// Writes what can change of a locked person.
async fn rewrite(tx: &mut Tx, person: &Person) -> Result<()> {
    let row = [&changing(person)[..], values![person.id.as_str()]].concat();
    match tx.execute(&update_of("people", &CHANGING), &row).await? {
        1 => Ok(()),
        _ => Err(Error::internal(format!("person {} changed under its lock", person.id))),
    }
}

/// Tells of a person; address, name and PIN are nobody's business there.
async fn tell(tx: &mut Tx, topic: &str, person: &Person, at: Timestamp, actor: &Actor) -> Result<()> {
    let payload = json(&json!({
        "actor": actor,
        "person": {
            "id": person.id,
            "account_id": person.account_id,
            "license": person.license.as_str(),
            "type": person.user_type.as_str(),
            "registration": person.registration.as_str(),
            "created_at": person.created_at.0,
            "updated_at": person.updated_at.0,
        },
    }))?;
    outbox::note(tx, &Note { topic, kind: "person", thing_id: person.id.as_str(), at, payload: &payload }).await
}

fn taken() -> Error {
    Error::conflict("A user with this e-mail address exists in the account already.")
}

fn create<'a>(tx: &'a mut Tx, input: &'a (Account, Person, Actor)) -> Answer<'a, ()> {
    let (permitted, person, actor) = input;
    Box::pin(async move {
        let account = accounts::lock(tx, permitted).await?;
        if !insert(tx, &account, person).await? {
            return Err(taken());
        }
        tell(tx, "person.create", person, person.created_at, actor).await
    })
}

fn enroll<'a>(tx: &'a mut Tx, input: &'a (Account, Person, Actor)) -> Answer<'a, Person> {
    let (permitted, person, actor) = input;
    Box::pin(async move {
        let account = accounts::lock(tx, permitted).await?;
        let Some(before) = with_email(tx, &account.id, &person.email).await? else {
            if !insert(tx, &account, person).await? {
                return Err(taken());
            }
            tell(tx, "person.create", person, person.created_at, actor).await?;
            return Ok(person.clone());
        };
        let after = person::admitted(&before, person).ok_or_else(taken)?;
        rewrite(tx, &after).await?;
        tell(tx, "person.update", &after, after.updated_at, actor).await?;
        Ok(after)
    })
}

fn expel<'a>(tx: &'a mut Tx, input: &'a (Account, PersonId, Timestamp, Actor)) -> Answer<'a, ()> {
    let (permitted, id, now, actor) = input;
    Box::pin(async move {
        if unstorable(id.as_str()) {
            return Err(person_absent(id));
        }
        let account = accounts::lock(tx, permitted).await?;
        // Rooms before people, as whoever adds somebody to a room locks them.
        let rooms = leave::lock(tx, id.as_str()).await?;
        let person = lock(tx, &account.id, id).await?.ok_or_else(|| person_absent(id))?;
        rooms.leave(tx, id.as_str(), *now, actor).await?;
        tx.execute("DELETE FROM people WHERE id = ?", values![id.as_str()]).await?;
        tell(tx, "person.delete", &person, *now, actor).await
    })
}

fn invite<'a>(tx: &'a mut Tx, input: &'a (Account, Vec<Person>, Actor)) -> Answer<'a, Vec<Invite>> {
    let (permitted, people, actor) = input;
    Box::pin(async move {
        let account = accounts::lock(tx, permitted).await?;
        let mut invites = Vec::with_capacity(people.len());
        for person in people {
            let (topic, after) = match with_email(tx, &account.id, &person.email).await? {
                None => {
                    if !insert(tx, &account, person).await? {
                        return Err(Error::internal(format!(
                            "people of account {} changed under its lock",
                            account.id
                        )));
                    }
                    ("person.create", person.clone())
                }
                Some(before) => match person::invited_again(&before, person) {
                    Some(after) => {
                        rewrite(tx, &after).await?;
                        ("person.update", after)
                    }
                    None => {
                        invites.push(person::answer(&before, person));
                        continue;
                    }
                },
            };
            tell(tx, topic, &after, after.updated_at, actor).await?;
            invites.push(person::answer(&after, person));
        }
        Ok(invites)
    })
}

/// What is to happen to several people of one account.
#[derive(Debug)]
struct Changes {
    account: Account,
    items: Vec<(PersonId, Change)>,
    now: Timestamp,
    actor: Actor,
}

fn change<'a>(tx: &'a mut Tx, input: &'a Changes) -> Answer<'a, Vec<Result<Outcome>>> {
    Box::pin(async move {
        let account = accounts::lock(tx, &input.account).await?;
        // Rows of people are locked in the order of their ids, by everybody.
        let mut order: Vec<(usize, &(PersonId, Change))> = input.items.iter().enumerate().collect();
        order.sort_by(|(_, (one, _)), (_, (other, _))| one.cmp(other));
        let mut outcomes = Vec::with_capacity(order.len());
        for (at, (id, change)) in order {
            outcomes.push((at, change_one(tx, &account, id, change, input).await?));
        }
        outcomes.sort_by_key(|(at, _)| *at);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    })
}

/// The outer error ends the transaction, the inner one is the item's.
async fn change_one(
    tx: &mut Tx,
    account: &Account,
    id: &PersonId,
    change: &Change,
    input: &Changes,
) -> Result<Result<Outcome>> {
    let Some(before) = lock(tx, &account.id, id).await? else { return Ok(Err(person_absent(id))) };
    let outcome = match person::apply(account, &before, change, input.now) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Err(error)),
    };
    if let Change::Pin(pin) = change
        && tx.has("SELECT id FROM people WHERE pin = ?", values![pin]).await?
    {
        return Err(Error::stale());
    }
    let topic = match change {
        Change::Update(_) | Change::Settings(_) | Change::Pin(_) => "person.update",
        Change::Suspend => "person.suspend",
        Change::Unsuspend => "person.unsuspend",
        Change::SignOut => "person.sign_out",
    };
    match &outcome {
        Outcome::Kept(_) => {}
        Outcome::Changed(after) => {
            rewrite(tx, after).await?;
            tell(tx, topic, after, after.updated_at, &input.actor).await?;
        }
        Outcome::Left => {
            // Only Team accounts are left, and those have no rooms to be a member of.
            tx.execute("DELETE FROM people WHERE id = ?", values![id.as_str()]).await?;
            tell(tx, topic, &before, input.now, &input.actor).await?;
        }
    }
    Ok(Ok(outcome))
}
