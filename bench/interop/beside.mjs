// The real Better Auth and our server on one database, with one secret: what was made on either side is good on the other.
import assert from "node:assert/strict";
import pg from "pg";
import { Browser, terminal } from "./browser.mjs";
import { check, good, refused, setting, unique } from "./check.mjs";
import { serve } from "./platform.mjs";

const ours = { name: "ours", url: setting("SERVER_URL") };
const theirs = { name: "theirs", url: setting("PLATFORM_URL") };
const layout = setting("LAYOUT");
const password = "correct horse battery";
const grant = "urn:ietf:params:oauth:grant-type:device_code";

/** person is somebody with an account made on a side, whose browser shows a page of that side. */
async function person(side, name = "Ada") {
  const browser = new Browser(side.url);
  const email = unique(name);
  const { user, token } = await good(browser.at(side.url).signUp.email({ name, email, password }));
  return { browser, email, user, token };
}

/** visits is the same browser on a page of another side, with that side's client. */
function visits(browser, side) {
  browser.origin = side.url;
  return browser.at(side.url);
}

/** login runs a terminal's sign-in: the code is asked for at one side, approved at another, and redeemed at a third. */
async function login(asked, approved, redeemed, who) {
  const code = await good(terminal(asked.url).device.code({ client_id: "betterprofile-cli", scope: "chat" }));
  const page = visits(who.browser, approved);
  const claimed = await good(page.device({ query: { user_code: code.user_code } }));
  assert.deepEqual([claimed.status, claimed.client_id, claimed.scope], ["pending", "betterprofile-cli", "chat"]);
  await good(page.device.approve({ userCode: code.user_code }));
  const poll = { grant_type: grant, device_code: code.device_code, client_id: "betterprofile-cli" };
  const { access_token: token } = await good(terminal(redeemed.url).device.token(poll));
  await refused(terminal(asked.url).device.token(poll), 400, "invalid_grant");
  return token;
}

/** directions are the checks of what one side made and the other takes. */
async function directions(made, taken) {
  const way = `made by ${made.name}, taken by ${taken.name}`;

  await check(`user and password, ${way}`, async () => {
    const { email, user } = await person(made);
    const client = new Browser(taken.url).at(taken.url);
    await refused(client.signIn.email({ email, password: "wrong password" }), 401, "INVALID_EMAIL_OR_PASSWORD");
    const answer = await good(client.signIn.email({ email: email.toUpperCase(), password }));
    assert.deepEqual({ ...answer.user }, { ...user });
    await refused(client.signUp.email({ name: "x", email, password }), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
  });

  await check(`cookie and session, ${way}`, async () => {
    const { browser, token } = await person(made);
    const there = await good(browser.at(made.url).getSession());
    const here = await good(visits(browser, taken).getSession());
    assert.equal(here.session.token, token);
    assert.deepEqual(here, there);
  });

  await check(`bearer token, ${way}`, async () => {
    const { browser, token, user } = await person(made);
    for (const form of [token, browser.cookies.get("better-auth.session_token")]) {
      assert.equal((await good(terminal(taken.url, form).getSession()))?.user.id, user.id);
    }
  });

  await check(`name and image, ${way}`, async () => {
    const { browser } = await person(made);
    await good(browser.at(made.url).updateUser({ name: "Ada Lovelace", image: "https://users.invalid/a.png" }));
    const { user } = await good(visits(browser, taken).getSession());
    assert.deepEqual([user.name, user.image], ["Ada Lovelace", "https://users.invalid/a.png"]);
  });

  await check(`changed password, ${way}`, async () => {
    const { browser, email } = await person(made);
    const newPassword = "wiederholte Größe ﬁ"; // both must fold it the same way
    await good(browser.at(made.url).changePassword({ currentPassword: password, newPassword }));
    const client = new Browser(taken.url).at(taken.url);
    await refused(client.signIn.email({ email, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
    await good(client.signIn.email({ email, password: newPassword.normalize("NFKD") }));
  });

  await check(`sessions listed and revoked, ${way}`, async () => {
    const who = await person(made);
    const other = new Browser(taken.url);
    const { token } = await good(other.at(taken.url).signIn.email({ email: who.email, password }));
    const listed = await good(visits(who.browser, taken).listSessions());
    assert.deepEqual(listed.map((s) => s.token).sort(), [who.token, token].sort());
    await good(who.browser.at(taken.url).revokeSession({ token: who.token }));
    assert.equal(await good(visits(who.browser, made).getSession()), null);
    await good(visits(other, made).signOut());
    assert.equal(await good(terminal(taken.url, token).getSession()), null);
  });

  await check(`terminal asks ${taken.name}, approved at ${made.name}`, async () => {
    const who = await person(made);
    const token = await login(taken, made, taken, who);
    for (const side of [made, taken]) {
      assert.equal((await good(terminal(side.url, token).getSession()))?.user.id, who.user.id);
    }
  });

  await check(`terminal asks ${made.name}, approved and redeemed at ${taken.name}`, async () => {
    const who = await person(made);
    const token = await login(made, taken, taken, who);
    assert.equal((await good(terminal(made.url, token).getSession()))?.user.id, who.user.id);
  });

  await check(`device code denied, ${way}`, async () => {
    const who = await person(made);
    const code = await good(terminal(taken.url).device.code({ client_id: "betterprofile-cli" }));
    const page = visits(who.browser, made);
    await good(page.device({ query: { user_code: code.user_code } }));
    await good(page.device.deny({ userCode: code.user_code }));
    const poll = { grant_type: grant, device_code: code.device_code, client_id: "betterprofile-cli" };
    await refused(terminal(taken.url).device.token(poll), 400, "access_denied");
  });

  await check(`user deleted, ${way}`, async () => {
    const who = await person(made);
    await good(visits(who.browser, taken).deleteUser({ password }));
    assert.equal(await good(terminal(made.url, who.token).getSession()), null);
    await refused(new Browser(made.url).at(made.url).signIn.email({ email: who.email, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
  });
}

/** rest asks our REST API in the name of whose browser it is. */
async function rest(browser, path, body) {
  const init = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return browser.fetch(ours.url + path, init);
}

const stop = await serve(layout);
const pool = new pg.Pool({ connectionString: setting("DATABASE_URL"), max: 2 });

await directions(ours, theirs);
await directions(theirs, ours);

await check("our REST API takes the platform's cookie, and writes from its pages alone", async () => {
  const { browser, user } = await person(theirs);
  const made = await rest(browser, "/api/v1/conversations", {});
  assert.equal(made.status, 201, await made.clone().text());
  assert.equal(made.headers.get("Access-Control-Allow-Origin"), theirs.url);
  const { rows } = await pool.query("select user_id::text from conversations");
  assert.deepEqual(rows, [{ user_id: user.id }]);
  browser.origin = "https://evil.example";
  assert.equal((await rest(browser, "/api/v1/conversations", {})).status, 403);
});

await check("the platform deletes a user who has talked with us", async () => {
  const { browser, user } = await person(theirs);
  const made = await rest(browser, "/api/v1/conversations", { title: "Night shifts" });
  assert.equal(made.status, 201, await made.clone().text());
  const talks = async () => (await pool.query("select id from conversations where user_id::text = $1", [user.id])).rows.length;
  assert.equal(await talks(), 1);
  await good(visits(browser, theirs).deleteUser({ password }));
  assert.equal(await talks(), 0);
});

if (layout === "c") {
  await check("a banned user is kept out by both, until the ban ends", async () => {
    const { browser, email, user, token } = await person(theirs);
    const ban = "update users set banned = true, ban_reason = 'spam', ban_expires = $2 where id = $1";
    await pool.query(ban, [user.id, new Date(Date.now() + 3_600_000)]);
    for (const side of [ours, theirs]) {
      await refused(new Browser(side.url).at(side.url).signIn.email({ email, password }), 403, "BANNED_USER");
    }
    await pool.query(ban, [user.id, new Date(Date.now() - 3_600_000)]);
    await good(new Browser(ours.url).at(ours.url).signIn.email({ email, password }));
    const { rows } = await pool.query("select banned, ban_reason, ban_expires from users where id = $1", [user.id]);
    assert.ok(!rows[0].banned && rows[0].ban_reason === null && rows[0].ban_expires === null, JSON.stringify(rows));
  });

  await check("new users have the platform's role on both sides", async () => {
    for (const side of [ours, theirs]) {
      const { browser } = await person(side);
      assert.equal((await good(browser.at(side.url).getSession())).user.role, "user");
    }
  });
}

await pool.end();
await stop();
