// The AWS SDK for JavaScript against one violated bound after another: cases come as lines on stdin, what became of each goes
// out as a line (see ../bounds.py).
import * as sdk from '@aws-sdk/client-chime';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';

const chime = new sdk.ChimeClient({ region: 'eu-central-1', maxAttempts: 1 });
let wanted;
let sent;

// A query as sorted pairs, encoded as the case has them.
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const pairs = (query) => Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => `${encode(name)}=${encode(one ?? '')}`)).sort();

function same(made, body) {
  try {
    return isDeepStrictEqual(JSON.parse(made), JSON.parse(body));
  } catch {
    return made.equals(body);
  }
}

// Sees what the SDK made of the input, and puts the case in when it is not that; the SDK signs what it finds here.
chime.middlewareStack.add((next) => (call) => {
  const { request } = call;
  const [path, query] = wanted.target.split('?');
  const is = request.path === path && isDeepStrictEqual(pairs(request.query), query?.split('&').sort() ?? []);
  if (is && same(Buffer.from(request.body ?? ''), wanted.body)) {
    sent = 'input';
  } else {
    sent = 'bytes';
    request.path = path;
    request.query = Object.fromEntries(new URLSearchParams(query ?? ''));
    request.body = wanted.body;
  }
  return next(call);
}, { step: 'build', priority: 'high', name: 'case' });

async function hear(operation, input) {
  sent = 'nothing';
  try {
    const { $metadata } = await chime.send(new sdk[`${operation}Command`](input));
    return { sent, status: $metadata.httpStatusCode, error: 'none' };
  } catch (error) {
    const refused = sent === 'nothing' ? `${error.name}: ${error.message}` : '';
    // A class of this SDK, or the general one of an error that it does not know.
    const kind = Object.hasOwn(sdk, error.name) && error instanceof sdk[error.name] ? error.name : error.constructor.name;
    return { refused, sent, status: error.$metadata?.httpStatusCode ?? 0, error: kind };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, input, right, target, body } = JSON.parse(line);
  wanted = { target: target ?? '', body: Buffer.from(body, 'base64') };
  let heard = await hear(operation, input ?? right);
  if (heard.refused && target !== null) heard = { ...(await hear(operation, right)), refused: heard.refused };
  console.log(JSON.stringify(heard));
}
