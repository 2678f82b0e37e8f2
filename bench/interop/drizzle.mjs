// drizzle-kit and drizzle-orm on the database that our migrations made. This process is not in UTC, and times must come out right all the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/fetch";
import { asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { Browser, terminal } from "./browser.mjs";
import { check, good, setting, unique } from "./check.mjs";
import { conversations, messages, session, user } from "./schema-b.mjs";

const url = setting("SERVER_URL");
const pool = new pg.Pool({ connectionString: setting("DATABASE_URL"), max: 2 });
const db = drizzle(pool);
const out = mkdtempSync(join(tmpdir(), "bp-drizzle-"));

/** kit runs drizzle-kit and returns the tables of the snapshot that it writes. */
function kit(command, ...args) {
  const folder = join(out, command);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["node_modules/drizzle-kit/bin.cjs", command, "--dialect=postgresql", `--out=${folder}`, ...args],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stdout + stderr);
  return JSON.parse(readFileSync(join(folder, "meta", "0000_snapshot.json"), "utf8")).tables;
}

/** columnOf is what a snapshot says of a column, in one form. */
function columnOf({ name, type, primaryKey, notNull, default: value }) {
  return { name, type, primaryKey, notNull, default: value };
}

/** keysOf are the foreign keys of a table in a snapshot, without their names. */
function keysOf(table) {
  return Object.values(table.foreignKeys).map(({ name, schemaTo, ...key }) => key);
}

/** indexed are the columns of each index of a table, as text. */
function indexed(table) {
  return Object.values(table.indexes).map(({ columns }) => columns.map((c) => c.expression).join(","));
}

/** procedures are ours, for who has the token. */
function procedures(token) {
  return createORPCClient(new RPCLink({ url: `${url}/rpc`, headers: { authorization: `Bearer ${token}` } })).chat;
}

const declared = kit("generate", "--schema=./schema-b.mjs");
const pulled = kit("pull", `--url=${setting("DATABASE_URL")}`);

for (const name of ["conversations", "messages", "user", "session", "account", "verification", "device_code"]) {
  await check(`drizzle-kit pull: ${name} as declared`, async () => {
    const want = declared[`public.${name}`];
    const have = pulled[`public.${name}`];
    assert.ok(want && have, "no such table");
    for (const column of Object.values(want.columns)) {
      assert.deepEqual(columnOf(have.columns[column.name] ?? {}), columnOf(column));
    }
    for (const column of Object.values(have.columns).filter((c) => !(c.name in want.columns))) {
      assert.ok(!column.notNull || column.default !== undefined, `an insert of the declared columns alone fails for ${column.name}`);
    }
    assert.deepEqual(keysOf(have).filter((key) => key.columnsFrom.every((c) => c in want.columns)), keysOf(want));
    for (const columns of indexed(want)) {
      assert.ok(indexed(have).some((c) => c === columns || c.startsWith(`${columns},`)), `no index begins with ${columns}: ${indexed(have).join("; ")}`);
    }
    const unique = Object.values(have.uniqueConstraints).map((c) => c.columns.join());
    for (const { columns } of Object.values(want.uniqueConstraints)) {
      assert.ok(unique.includes(columns.join()), `${columns} is not unique`);
    }
  });
}

await check("rows of drizzle-orm are served by us, to the millisecond", async () => {
  const id = crypto.randomUUID().replaceAll("-", "");
  const token = crypto.randomUUID().replaceAll("-", "");
  const now = new Date();
  await db.insert(user).values({ id, name: "Ada", email: unique("ada") });
  await db.insert(session).values({ id, token, userId: id, expiresAt: new Date(now.getTime() + 5 * 24 * 3_600_000), updatedAt: now });
  const [conversation] = await db.insert(conversations).values({ userId: id, title: "Night shifts" }).returning();
  const said = new Date("2026-03-08T07:30:00.123Z"); // in New York a quarter of the way through the hour that is skipped
  const rows = await db.insert(messages).values([
    { conversationId: conversation.id, role: "user", content: "I was a nurse.", metadata: { model: "x", deep: [1, { a: null }] }, createdAt: said },
    { conversationId: conversation.id, role: "assistant", content: "Where?", createdAt: new Date(said.getTime() + 1) },
  ]).returning();
  const chat = procedures(token);
  const found = (await chat.getConversation({ conversationId: conversation.id })).conversation;
  assert.deepEqual([found.userId, found.title, found.createdAt, found.updatedAt], [id, "Night shifts", conversation.createdAt, conversation.updatedAt]);
  assert.ok(Math.abs(found.createdAt - now) < 60_000, `created at ${found.createdAt.toISOString()}`);
  assert.deepEqual(found.messages.map((m) => [m.id, m.role, m.content, m.createdAt]), rows.map((m) => [m.id, m.role, m.content, m.createdAt]));
  assert.deepEqual(found.messages[0].metadata, rows[0].metadata);
  assert.deepEqual((await chat.listConversations()).conversations.map((c) => c.id), [conversation.id]);
  const sent = await chat.sendMessage({ message: "In Leeds.", conversationId: conversation.id });
  assert.equal(sent.conversationId, conversation.id);
  assert.equal((await good(terminal(url, token).getSession())).user.id, id);
});

await check("rows of ours are read by drizzle-orm, in order, to the millisecond", async () => {
  const browser = new Browser(url);
  const { user: ada, token } = await good(browser.at(url).signUp.email({ name: "Ada", email: unique("ada"), password: "correct horse battery" }));
  const chat = procedures(token);
  const first = await chat.sendMessage({ message: "I drove a night bus. 夜勤 🙂" });
  await chat.sendMessage({ message: "I planned the routes.", conversationId: first.conversationId });
  const { conversation } = await chat.getConversation({ conversationId: first.conversationId });
  const [row] = await db.select().from(conversations).where(eq(conversations.userId, ada.id));
  assert.deepEqual([row.id, row.title ?? undefined, row.createdAt, row.updatedAt], [conversation.id, conversation.title, conversation.createdAt, conversation.updatedAt]);
  const rows = await db.select().from(messages).where(eq(messages.conversationId, row.id)).orderBy(asc(messages.createdAt));
  assert.deepEqual(rows.map((m) => m.role), ["user", "assistant", "user", "assistant"]);
  assert.deepEqual(rows.map((m) => [m.id, m.content, m.createdAt]), conversation.messages.map((m) => [m.id, m.content, m.createdAt]));
  const [kept] = await db.select().from(session).where(eq(session.token, token));
  assert.deepEqual([kept.userId, kept.expiresAt], [ada.id, (await good(browser.at(url).getSession())).session.expiresAt]);
  const [person] = await db.select().from(user).where(eq(user.id, ada.id));
  assert.deepEqual([person.name, person.createdAt, person.emailVerified], ["Ada", ada.createdAt, false]);
});

await check("a conversation deleted by drizzle-orm takes its messages along, and is gone here", async () => {
  const { token } = await good(new Browser(url).at(url).signUp.email({ name: "Ada", email: unique("ada"), password: "correct horse battery" }));
  const chat = procedures(token);
  const { conversationId } = await chat.sendMessage({ message: "I grew apples." });
  await db.delete(conversations).where(eq(conversations.id, conversationId));
  assert.deepEqual(await db.select().from(messages).where(eq(messages.conversationId, conversationId)), []);
  await assert.rejects(chat.getConversation({ conversationId }), { code: "NOT_FOUND" });
  assert.deepEqual((await chat.listConversations()).conversations, []);
});

rmSync(out, { recursive: true });
await pool.end();
