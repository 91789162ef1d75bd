// The AWS SDK for JavaScript against Salon: the scenario whose name is the only argument. Ends with 1 at the first answer
// that is not as it should be. The server, the key and the account come from the environment (see ../test_js.py).
import assert from 'node:assert/strict';
import {
  BadRequestException, BatchCreateRoomMembershipCommand, ChimeClient, ConflictException, CreateAccountCommand, CreateRoomCommand,
  CreateRoomMembershipCommand, CreateUserCommand, DeleteAccountCommand, DeleteRoomCommand, DeleteRoomMembershipCommand,
  ForbiddenException, GetAccountCommand, GetRoomCommand, ListAccountsCommand, ListRoomsCommand, NotFoundException,
  ServiceFailureException, ServiceUnavailableException, ThrottledClientException, UnprocessableEntityException, UpdateRoomCommand, UpdateRoomMembershipCommand, paginateListBots,
  paginateListRoomMemberships, paginateListRooms, paginateListUsers,
} from '@aws-sdk/client-chime';

const AccountId = process.env.ACCOUNT;
assert(AccountId, 'ACCOUNT is not set');

function client(more = {}) {
  const made = new ChimeClient({ region: 'eu-central-1', ...more });
  made.attempts = 0;
  made.middlewareStack.add((next) => (call) => { made.attempts += 1; return next(call); },
    { step: 'deserialize', priority: 'low', name: 'attempts' });
  return made;
}

async function refused(kind, status, code, promise) {
  const error = await promise.then(() => assert.fail(`${kind.name} was to come`), (error) => error);
  assert(error instanceof kind, error);
  assert.equal(error.name, kind.name);
  assert.equal(error.$metadata.httpStatusCode, status);
  assert.match(error.$metadata.requestId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(error.Code, code);
  assert(error.message, 'an error without words');
  return error;
}
const bad = (promise) => refused(BadRequestException, 400, 'BadRequest', promise);
const absent = (promise) => refused(NotFoundException, 404, 'NotFound', promise);

async function all(pages, list) {
  const found = [];
  for await (const page of pages) {
    assert(Array.isArray(page[list]), `${list} is missing`);
    found.push(...page[list]);
  }
  return found;
}

const scenarios = {
  async story() {
    const chime = client();
    assert.deepEqual((await chime.send(new ListAccountsCommand({ Name: 'JavaScript' }))).Accounts, []);
    const { Account } = await chime.send(new GetAccountCommand({ AccountId }));
    assert.equal(Account.AccountId, AccountId);
    assert(Account.CreatedTimestamp instanceof Date);
    assert.equal(Account.AccountType, 'EnterpriseLWA');

    const { User } = await chime.send(new CreateUserCommand({ AccountId, Email: 'js@example.com', Username: 'Joe' }));
    const MemberId = User.UserId;
    await refused(ConflictException, 409, 'Conflict', chime.send(new CreateUserCommand({ AccountId, Email: 'js@example.com' })));
    const Name = 'Zażółć gęślą jaźń 🎉';
    const { Room, $metadata } = await chime.send(new CreateRoomCommand({ AccountId, Name, ClientRequestToken: 'js-1' }));
    assert.equal($metadata.httpStatusCode, 201);
    assert.equal(Room.Name, Name);
    assert(Math.abs(Room.CreatedTimestamp - Date.now()) < 60_000, Room.CreatedTimestamp);
    const again = await chime.send(new CreateRoomCommand({ AccountId, Name, ClientRequestToken: 'js-1' }));
    assert.equal(again.Room.RoomId, Room.RoomId);
    const { RoomId } = Room;
    const renamed = await chime.send(new UpdateRoomCommand({ AccountId, RoomId, Name: 'js room' }));
    assert.equal(renamed.Room.Name, 'js room');
    assert(renamed.Room.UpdatedTimestamp >= Room.UpdatedTimestamp);

    const where = { AccountId, RoomId, MemberId };
    const { RoomMembership } = await chime.send(new CreateRoomMembershipCommand(where));
    assert.equal(RoomMembership.Role, 'Member');
    assert.deepEqual(RoomMembership.Member,
      { MemberId, MemberType: 'User', Email: 'js@example.com', FullName: 'Joe', AccountId });
    chime.attempts = 0;
    await refused(ConflictException, 409, 'Conflict', chime.send(new CreateRoomMembershipCommand(where)));
    assert.equal(chime.attempts, 1);
    const { Errors } = await chime.send(new BatchCreateRoomMembershipCommand(
      { AccountId, RoomId, MembershipItemList: [{ MemberId }, { MemberId: 'nobody', Role: 'Member' }] }));
    assert.deepEqual(Errors.map((e) => [e.MemberId, e.ErrorCode]), [[MemberId, 'Conflict'], ['nobody', 'NotFound']]);
    assert.equal((await chime.send(new UpdateRoomMembershipCommand({ ...where, Role: 'Administrator' }))).RoomMembership.Role,
      'Administrator');

    const second = (await chime.send(new CreateRoomCommand({ AccountId, Name: 'js room' }))).Room.RoomId;
    assert.notEqual(second, RoomId);
    const paged = { client: chime, pageSize: 1 };
    const rooms = (await all(paginateListRooms(paged, { AccountId }), 'Rooms')).map((room) => room.RoomId);
    assert(rooms.includes(RoomId) && rooms.includes(second));
    assert.equal(new Set(rooms).size, rooms.length);
    assert.deepEqual((await all(paginateListRooms(paged, { AccountId, MemberId }), 'Rooms')).map((room) => room.RoomId), [RoomId]);
    assert.deepEqual((await all(paginateListRoomMemberships(paged, { AccountId, RoomId }), 'RoomMemberships'))
      .map((membership) => [membership.Member.MemberId, membership.Role]), [[MemberId, 'Administrator']]);
    assert((await all(paginateListUsers(paged, { AccountId }), 'Users')).some((user) => user.UserId === MemberId));
    await all(paginateListBots(paged, { AccountId }), 'Bots');

    const removed = await chime.send(new DeleteRoomMembershipCommand(where));
    assert.equal(removed.$metadata.httpStatusCode, 204);
    await absent(chime.send(new DeleteRoomMembershipCommand(where)));
    await chime.send(new DeleteRoomCommand({ AccountId, RoomId }));
    await chime.send(new DeleteRoomCommand({ AccountId, RoomId: second }));
    await absent(chime.send(new GetRoomCommand({ AccountId, RoomId })));
  },

  // What the SDK lets through and the server refuses arrives as the class for it.
  async refusals() {
    const chime = client();
    const { RoomId } = (await chime.send(new CreateRoomCommand({ AccountId, Name: 'refusals' }))).Room;
    const { UserId } = (await chime.send(new CreateUserCommand({ AccountId, Email: 'js-refused@example.com' }))).User;
    await bad(chime.send(new CreateRoomCommand({ AccountId, Name: 'x', ClientRequestToken: 'no spaces' })));
    await bad(chime.send(new CreateRoomCommand({ AccountId })));
    await bad(chime.send(new CreateAccountCommand({ Name: 'x'.repeat(101) })));
    await bad(chime.send(new CreateUserCommand({ AccountId, Email: 'no address' })));
    for (const MaxResults of [-1, 0, 100]) await bad(chime.send(new ListRoomsCommand({ AccountId, MaxResults })));
    await bad(chime.send(new ListRoomsCommand({ AccountId, NextToken: 'made-up' })));
    await bad(chime.send(new CreateRoomMembershipCommand({ AccountId, RoomId, MemberId: UserId, Role: 'Owner' })));
    await bad(chime.send(new CreateRoomMembershipCommand({ AccountId, RoomId, MemberId: ' ' })));
    await bad(chime.send(new BatchCreateRoomMembershipCommand(
      { AccountId, RoomId, MembershipItemList: Array.from({ length: 51 }, (_, n) => ({ MemberId: `m${n}` })) })));
    for (const odd of [' ', '.', '..', '']) await bad(chime.send(new GetRoomCommand({ AccountId, RoomId: odd })));
    for (const odd of ['', '..']) await bad(chime.send(new GetRoomCommand({ AccountId: odd, RoomId })));
    await absent(chime.send(new GetRoomCommand({ AccountId: 'a/b', RoomId })));
    await refused(UnprocessableEntityException, 422, 'Unprocessable', chime.send(new DeleteAccountCommand({ AccountId })));
    const team = (await chime.send(new CreateAccountCommand({ Name: 'js team' }))).Account.AccountId;
    await refused(ForbiddenException, 403, 'Forbidden', chime.send(new CreateRoomCommand({ AccountId: team, Name: 'x' })));
    await chime.send(new DeleteAccountCommand({ AccountId: team }));
    await chime.send(new DeleteRoomCommand({ AccountId, RoomId }));

    const other = client({ credentials: { accessKeyId: 'BADKEY', secretAccessKey: 'x' } });
    const unknown = await other.send(new ListRoomsCommand({ AccountId })).catch((error) => error);
    assert.equal(unknown.name, 'UnrecognizedClientException');
    assert.equal(unknown.$metadata.httpStatusCode, 403);
    const wrong = client({ credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'x' } });
    assert.equal((await wrong.send(new ListRoomsCommand({ AccountId })).catch((error) => error)).name, 'InvalidSignatureException');
  },

  // With a clock that is wrong from outside: it is set right from the refusal's Date, and the second attempt succeeds.
  async clock() {
    const chime = client();
    const listed = await chime.send(new ListRoomsCommand({ AccountId }));
    assert.equal(listed.$metadata.attempts, 2);
    assert.equal(chime.attempts, 2);
    await chime.send(new ListRoomsCommand({ AccountId }));
    assert.equal(chime.attempts, 3, 'the clock stays right');
  },

  // Asks until it is asked to slow down; with more than one attempt the SDK waits and succeeds.
  async throttled() {
    const once = client({ maxAttempts: 1 });
    let error;
    for (let n = 0; n < 1000 && !error; n += 1) {
      error = await once.send(new ListRoomsCommand({ AccountId })).then(() => undefined, (e) => e);
      assert(n > 0 || !error, 'the first request was refused');
    }
    assert(error, 'nobody said stop');
    assert(error instanceof ThrottledClientException, error);
    assert.equal(error.$metadata.httpStatusCode, 429);
    assert.equal(error.Code, 'Throttled');
    assert(Number(error.$response.headers['retry-after']) >= 1);
    assert(Number(error.$response.headers['x-amz-retry-after']) >= 1);
    const patient = client({ maxAttempts: 5 });
    for (let n = 0; n < 1000; n += 1) {
      const listed = await patient.send(new ListRoomsCommand({ AccountId }));
      if (listed.$metadata.attempts > 1) return;
    }
    assert.fail('it was not asked to wait');
  },

  // The server has a defect, which ../test_failures.py made.
  async failing() {
    const chime = client({ maxAttempts: 1 });
    const failure = (promise) => refused(ServiceFailureException, 500, 'ServiceFailure', promise);
    await failure(chime.send(new ListRoomsCommand({ AccountId })));
    await failure(chime.send(new CreateRoomCommand({ AccountId, Name: 'never' })));
  },

  // The server's database does not answer.
  async unavailable() {
    const chime = client({ maxAttempts: 1 });
    const error = await refused(ServiceUnavailableException, 503, 'ServiceUnavailable',
      chime.send(new CreateRoomCommand({ AccountId, Name: 'never' })));
    assert(Number(error.$response.headers['retry-after']) >= 1);
  },
};

const name = process.argv[2];
if (!Object.hasOwn(scenarios, name)) throw new Error(`no scenario ${name}`);
await scenarios[name]();
console.log('ok', name);
