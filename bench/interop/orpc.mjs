// The real client of oRPC against our procedures, at /rpc and at /api/rpc.
import assert from "node:assert/strict";
import { Browser } from "./browser.mjs";
import { check, good, setting, unique } from "./check.mjs";

const { createORPCClient, safe } = await import(setting("ORPC"));
const { RPCLink } = await import(`${setting("ORPC")}/fetch`);
const plugins = await import(`${setting("ORPC")}/plugins`);
const url = setting("SERVER_URL");
const failing = setting("FAILING_URL"); // the same with a model that fails on request
const nowhere = "00000000-0000-7000-8000-000000000000";

/** person is somebody new, with a token and a browser that is signed in. */
async function person(name = "Ada") {
  const browser = new Browser(url);
  const { user, token } = await good(browser.at(url).signUp.email({ name, email: unique(name), password: "correct horse battery" }));
  return { browser, user, token };
}

/** procedures is the client's view of a server, for who has the token. */
function procedures(token, at = `${url}/rpc`, more = {}) {
  return createORPCClient(new RPCLink({ url: at, headers: token ? { authorization: `Bearer ${token}` } : {}, ...more }));
}

/** failed wants a call to fail with a certain ORPCError, and returns it. */
async function failed(call, status, code) {
  const { error, data } = await safe(call);
  assert.ok(error, `answered: ${JSON.stringify(data)}`);
  assert.equal(error.name, "Error");
  assert.equal(error.constructor.name, "ORPCError", String(error));
  assert.deepEqual({ status: error.status, code: error.code, defined: error.defined }, { status, code, defined: false });
  assert.ok(error.message.length > 0);
  return error;
}

/** collect reads a stream to its end. */
async function collect(iterator) {
  const chunks = [];
  for await (const chunk of iterator) {
    chunks.push(chunk);
  }
  return chunks;
}

/** fresh is somebody new, whose messages count for nobody else's limit, with the procedures for them. */
async function fresh(at) {
  const who = await person();
  return { ...who, chat: procedures(who.token, at && `${at}/rpc`).chat };
}

await check("sendMessage: the reply, with a date", async () => {
  const { chat } = await fresh();
  const { message, conversationId } = await chat.sendMessage({ message: "  I was a nurse on a night ward.  " });
  assert.deepEqual([message.role, message.conversationId], ["assistant", conversationId]);
  assert.ok(message.content.length > 0);
  assert.ok(message.createdAt instanceof Date && Math.abs(message.createdAt - Date.now()) < 60_000, String(message.createdAt));
});

await check("sendMessage: goes on with a conversation, getConversation: oldest first", async () => {
  const { chat, user } = await fresh();
  const first = await chat.sendMessage({ message: "I drove a night bus." });
  const second = await chat.sendMessage({ message: "I planned the routes.", conversationId: first.conversationId });
  assert.equal(second.conversationId, first.conversationId);
  const { conversation } = await chat.getConversation({ conversationId: first.conversationId });
  assert.deepEqual([conversation.id, conversation.userId], [first.conversationId, user.id]);
  assert.ok(conversation.createdAt instanceof Date && conversation.updatedAt instanceof Date);
  assert.deepEqual(conversation.messages.map((m) => m.role), ["user", "assistant", "user", "assistant"]);
  assert.equal(conversation.messages[0].content, "I drove a night bus.");
  assert.deepEqual(conversation.messages[3], second.message);
  const times = conversation.messages.map((m) => m.createdAt.getTime());
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
});

await check("listConversations: newest first, in pages", async () => {
  const who = await person();
  const mine = procedures(who.token).chat;
  assert.deepEqual(await mine.listConversations(), { conversations: [], nextCursor: null });
  const ids = [];
  for (const message of ["One.", "Two.", "Three."]) {
    ids.unshift((await mine.sendMessage({ message })).conversationId);
  }
  const whole = await mine.listConversations({});
  assert.deepEqual(whole.conversations.map((c) => c.id), ids);
  assert.ok(whole.conversations.every((c) => c.updatedAt instanceof Date && !("messages" in c)));
  const one = await mine.listConversations({ limit: 2 });
  const two = await mine.listConversations({ limit: 2, cursor: one.nextCursor });
  assert.deepEqual([...one.conversations, ...two.conversations], whole.conversations);
  assert.equal(two.nextCursor, null);
});

await check("streamMessage: pieces of the stored reply", async () => {
  const { chat } = await fresh(failing); // a model's; the built-in interviewer's replies are one piece
  const chunks = await collect(await chat.streamMessage({ message: "I ran the night handover." }));
  const deltas = chunks.filter((c) => c.type === "text-delta");
  assert.ok(deltas.length > 1, "one piece");
  assert.deepEqual(chunks.map((c) => c.type), ["start", "text-start", ...deltas.map((c) => c.type), "text-end", "finish"]);
  const { conversationId } = chunks[0].messageMetadata;
  const { conversation } = await chat.getConversation({ conversationId });
  const { messageId, createdAt } = chunks.at(-1).messageMetadata;
  const last = conversation.messages.at(-1);
  assert.equal(last.content, deltas.map((c) => c.delta).join(""));
  assert.deepEqual([messageId, createdAt], [last.id, last.createdAt]);
});

await check("streamMessage: a reader that leaves may go on", async () => {
  const { chat } = await fresh();
  const stream = await chat.streamMessage({ message: "I led a team of six." });
  const { value } = await stream.next();
  await stream.return();
  const { conversationId } = value.messageMetadata;
  await chat.sendMessage({ message: "Then of twelve.", conversationId });
  const { conversation } = await chat.getConversation({ conversationId });
  assert.deepEqual(conversation.messages.map((m) => m.role), ["user", "assistant", "user", "assistant"]);
});

await check("streamMessage: an abort ends the reading", async () => {
  const { chat } = await fresh();
  const controller = new AbortController();
  const stream = await chat.streamMessage({ message: "I led a team of nine." }, { signal: controller.signal });
  await stream.next();
  controller.abort();
  await assert.rejects(collect(stream));
});

await check("errors: input, with what is wrong", async () => {
  const { chat } = await fresh();
  const error = await failed(chat.sendMessage({ message: "   " }), 400, "BAD_REQUEST");
  assert.deepEqual(error.data.issues[0].path, ["message"]);
  await failed(chat.sendMessage({ message: "x".repeat(10_001) }), 400, "BAD_REQUEST");
  await failed(chat.sendMessage({ message: "x", conversationId: "1" }), 400, "BAD_REQUEST");
  await failed(chat.streamMessage({}), 400, "BAD_REQUEST");
  await failed(chat.listConversations({ limit: 101 }), 400, "BAD_REQUEST");
});

await check("errors: not found, somebody else's alike, no such procedure", async () => {
  const { chat } = await fresh();
  const { conversationId } = await chat.sendMessage({ message: "I sold books." });
  const eve = procedures((await person("Eve")).token).chat;
  const unknown = await failed(chat.getConversation({ conversationId: nowhere }), 404, "NOT_FOUND");
  const foreign = await failed(eve.getConversation({ conversationId }), 404, "NOT_FOUND");
  assert.equal(foreign.message, unknown.message);
  await failed(eve.sendMessage({ message: "x", conversationId }), 404, "NOT_FOUND");
  await failed(eve.streamMessage({ message: "x", conversationId }), 404, "NOT_FOUND");
  await failed(chat.burnMessage({}), 404, "NOT_FOUND");
});

await check("errors: not signed in", async () => {
  await failed(procedures().chat.listConversations(), 401, "UNAUTHORIZED");
  await failed(procedures("x".repeat(32)).chat.streamMessage({ message: "x" }), 401, "UNAUTHORIZED");
});

await check("errors: too many messages, with when to come again", async () => {
  const mine = procedures((await person()).token).chat;
  let error;
  for (let i = 0; i < 40 && !error; i++) {
    ({ error } = await safe(mine.sendMessage({ message: `I did thing ${i}.` })));
  }
  assert.deepEqual([error.status, error.code], [429, "TOO_MANY_REQUESTS"]);
  assert.ok(error.data.retryAfter >= 1, JSON.stringify(error.data));
});

await check("errors: the model, before and in the middle of a stream", async () => {
  const { chat: broken } = await fresh(failing);
  await failed(broken.sendMessage({ message: "[fake:401] I was a cook." }), 502, "BAD_GATEWAY");
  for (const fault of ["401", "error"]) {
    await failed(collect(await broken.streamMessage({ message: `[fake:${fault}] I was a cook.` })), 502, "BAD_GATEWAY");
  }
  const { message } = await broken.sendMessage({ message: "I was a cook." });
  assert.match(message.content, /What did you do there\?/);
});

await check("GET is refused", async () => {
  const link = { method: "GET" };
  const { token } = await fresh();
  await failed(procedures(token, `${url}/rpc`, link).chat.listConversations({}), 405, "METHOD_NOT_SUPPORTED");
});

await check("cookies: of our own pages; of foreign ones never", async () => {
  const { browser } = await person();
  const mine = procedures(undefined, `${url}/api/rpc`, { fetch: (request, init) => browser.fetch(request, init) }).chat;
  const { conversationId } = await mine.sendMessage({ message: "I mended clocks." });
  assert.equal((await mine.listConversations()).conversations[0].id, conversationId);
  browser.origin = "https://evil.example";
  await failed(mine.sendMessage({ message: "I am Eve." }), 403, "FORBIDDEN");
});

for (const mode of ["streaming", "buffered"]) {
  await check(`batch, ${mode}: dates, errors, one request`, async () => {
    const { chat, token } = await fresh();
    const asked = [];
    const link = {
      fetch: (request, init) => {
        asked.push([new URL(request.url).pathname, request.headers.get("x-orpc-batch")]);
        return fetch(request, init);
      },
      plugins: [new plugins.BatchLinkPlugin({ groups: [{ condition: () => true, context: {} }], mode })],
    };
    const mine = procedures(token, `${url}/rpc`, link).chat;
    const { conversationId } = await chat.sendMessage({ message: "I grew apples." });
    const [found, listed, , sent] = await Promise.all([
      mine.getConversation({ conversationId }),
      mine.listConversations({ limit: 1 }),
      failed(mine.getConversation({ conversationId: nowhere }), 404, "NOT_FOUND"),
      mine.sendMessage({ message: "And pears.", conversationId }),
    ]);
    assert.ok(found.conversation.createdAt instanceof Date);
    assert.equal(listed.conversations.length, 1);
    assert.equal(sent.conversationId, conversationId);
    assert.deepEqual(asked, [["/rpc/chat/getConversation/__batch__", mode]]);
  });
}

await check("batch: who is not signed in gets an error each", async () => {
  const mine = procedures(undefined, `${url}/rpc`, { plugins: [new plugins.BatchLinkPlugin({ groups: [{ condition: () => true, context: {} }] })] }).chat;
  await Promise.all([
    failed(mine.listConversations(), 401, "UNAUTHORIZED"),
    failed(mine.getConversation({ conversationId: nowhere }), 401, "UNAUTHORIZED"),
  ]);
});

await check("plugins: a stream that ended well is not asked for again", async () => {
  const link = { plugins: [new plugins.ClientRetryPlugin({ default: { retry: 2, retryDelay: 10 } })] };
  const mine = procedures((await person()).token, `${url}/rpc`, link).chat;
  const chunks = await collect(await mine.streamMessage({ message: "I kept bees." }));
  const { conversationId } = chunks[0].messageMetadata;
  const { conversation } = await mine.getConversation({ conversationId });
  assert.equal(conversation.messages.length, 2);
  assert.equal((await mine.listConversations()).conversations.length, 1);
});
