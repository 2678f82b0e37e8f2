// The real better-auth/client against a server: ours, or, to check these checks, the real one.
import assert from "node:assert/strict";
import { Browser, terminal, visitor } from "./browser.mjs";
import { check, good, refused, setting, unique } from "./check.mjs";

const url = setting("SERVER_URL");
const password = "correct horse battery";
const grant = "urn:ietf:params:oauth:grant-type:device_code";

/** signedUp is a visitor with a new account. */
async function signedUp(name = "Ada") {
  const email = unique(name);
  const who = visitor(url);
  const { user, token } = await good(who.client.signUp.email({ name, email, password }));
  return { ...who, email, user, token };
}

/** signedIn is another visitor with the same account. */
async function signedIn({ email }) {
  const who = visitor(url);
  const { token } = await good(who.client.signIn.email({ email, password }));
  return { ...who, email, token };
}

await check("get-session: nobody is null", async () => {
  assert.equal(await good(visitor(url).client.getSession()), null);
});

await check("sign-up: user, token, cookie, session with dates", async () => {
  const { browser, client, email, user, token } = await signedUp();
  assert.deepEqual([user.name, user.email, user.emailVerified, user.image], ["Ada", email.toLowerCase(), false, null]);
  assert.match(token, /^[A-Za-z0-9]{32}$/);
  assert.match(decodeURIComponent(browser.cookies.get("better-auth.session_token")), new RegExp(`^${token}\\..{43}=$`));
  const found = await good(client.getSession());
  assert.equal(found.session.token, token);
  assert.equal(found.session.userId, user.id);
  assert.equal(found.session.ipAddress, browser.address);
  assert.equal(found.user.id, user.id);
  for (const date of [found.session.expiresAt, found.session.createdAt, found.user.createdAt, found.user.updatedAt]) {
    assert.ok(date instanceof Date && !Number.isNaN(date.getTime()), `no date: ${date}`);
  }
  const week = 7 * 24 * 3600 * 1000;
  assert.ok(Math.abs(found.session.expiresAt.getTime() - Date.now() - week) < 60_000, "the session does not last a week");
});

await check("sign-up: taken email, short password, bad email", async () => {
  const { email } = await signedUp();
  const { client } = visitor(url);
  const name = "Ada";
  await refused(client.signUp.email({ name, email: email.toUpperCase(), password }), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
  await refused(client.signUp.email({ name, email: unique("b"), password: "short" }), 400, "PASSWORD_TOO_SHORT");
  await refused(client.signUp.email({ name, email: "nobody", password }), 400, "VALIDATION_ERROR");
});

await check("sign-in: by email in any case", async () => {
  const { email, user } = await signedUp();
  const { client } = visitor(url);
  const answer = await good(client.signIn.email({ email: email.toUpperCase(), password }));
  assert.equal(answer.redirect, false);
  assert.equal(answer.user.id, user.id);
  assert.equal((await good(client.getSession())).session.token, answer.token);
});

await check("sign-in: wrong password and unknown user look alike", async () => {
  const { email } = await signedUp();
  const { client } = visitor(url);
  const wrong = await refused(client.signIn.email({ email, password: "wrong password" }), 401, "INVALID_EMAIL_OR_PASSWORD");
  const unknown = await refused(client.signIn.email({ email: unique("x"), password }), 401, "INVALID_EMAIL_OR_PASSWORD");
  assert.deepEqual(wrong, unknown);
  assert.equal(wrong.message, "Invalid email or password");
});

await check("sign-in: not remembered", async () => {
  const { email } = await signedUp();
  const { browser, client } = visitor(url);
  await good(client.signIn.email({ email, password, rememberMe: false }));
  assert.ok(browser.cookies.has("better-auth.dont_remember"));
  const { session } = await good(client.getSession());
  assert.ok(session.expiresAt.getTime() - Date.now() < 25 * 3600 * 1000);
});

await check("sign-in: the fourth try in ten seconds must wait", async () => {
  const { client } = visitor(url);
  let error;
  for (let i = 0; i < 4; i++) {
    ({ error } = await client.signIn.email({ email: unique("x"), password }));
  }
  assert.equal(error.status, 429);
});

await check("a foreign page may not use the cookie", async () => {
  const { browser } = await signedUp();
  browser.origin = "https://evil.example";
  await refused(browser.at(url).updateUser({ name: "Eve" }), 403, "INVALID_ORIGIN");
  browser.origin = undefined;
  await refused(browser.at(url).updateUser({ name: "Eve" }), 403, "MISSING_OR_NULL_ORIGIN");
  await refused(terminal(url).signIn.email({ email: unique("x"), password }), 403, "MISSING_OR_NULL_ORIGIN"); // Node says Sec-Fetch-Mode
});

await check("update-user: name and image, not the email", async () => {
  const { client } = await signedUp();
  assert.deepEqual(await good(client.updateUser({ name: "Ada L.", image: "https://users.invalid/a.png" })), { status: true });
  const { user } = await good(client.getSession());
  assert.deepEqual([user.name, user.image], ["Ada L.", "https://users.invalid/a.png"]);
  await good(client.updateUser({ image: null }));
  assert.equal((await good(client.getSession())).user.image, null);
  await refused(client.updateUser({ email: unique("b") }), 400, "EMAIL_CAN_NOT_BE_UPDATED");
  await refused(visitor(url).client.updateUser({ name: "x" }), 401, "UNAUTHORIZED");
});

await check("list-sessions, revoke-session: one's own alone", async () => {
  const one = await signedUp();
  const two = await signedIn(one);
  const stranger = await signedUp("Eve");
  const sessions = await good(one.client.listSessions());
  assert.deepEqual(sessions.map((s) => s.token).sort(), [one.token, two.token].sort());
  assert.ok(sessions.every((s) => s.createdAt instanceof Date));
  assert.deepEqual(await good(stranger.client.revokeSession({ token: two.token })), { status: true });
  assert.ok(await good(two.client.getSession()));
  await good(one.client.revokeSession({ token: two.token }));
  assert.equal(await good(two.client.getSession()), null);
  assert.equal(two.browser.cookies.size, 0, "the cookie of a revoked session stays");
});

await check("revoke-other-sessions, revoke-sessions", async () => {
  const one = await signedUp();
  const two = await signedIn(one);
  await good(one.client.revokeOtherSessions());
  assert.equal(await good(two.client.getSession()), null);
  assert.ok(await good(one.client.getSession()));
  await good(one.client.revokeSessions());
  assert.equal(await good(one.client.getSession()), null);
});

await check("change-password: the old one no longer works, other sessions go", async () => {
  const one = await signedUp();
  const two = await signedIn(one);
  const newPassword = "another horse battery";
  await refused(one.client.changePassword({ currentPassword: "wrong password", newPassword }), 400, "INVALID_PASSWORD");
  const answer = await good(one.client.changePassword({ currentPassword: password, newPassword, revokeOtherSessions: true }));
  assert.equal((await good(one.client.getSession())).session.token, answer.token);
  assert.notEqual(answer.token, one.token);
  assert.equal(await good(two.client.getSession()), null);
  const { client } = visitor(url);
  await refused(client.signIn.email({ email: one.email, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
  await good(client.signIn.email({ email: one.email, password: newPassword }));
});

await check("list-accounts: the password", async () => {
  const { client, user } = await signedUp();
  const [login, ...more] = await good(client.listAccounts());
  assert.deepEqual([login.providerId, login.accountId, login.userId, login.scopes, more], ["credential", user.id, user.id, [], []]);
});

await check("bearer: token raw, signed and encoded; an unknown one is nobody", async () => {
  const { browser, token, user } = await signedUp();
  const cookie = browser.cookies.get("better-auth.session_token");
  for (const form of [token, decodeURIComponent(cookie), cookie]) {
    assert.equal((await good(terminal(url, form).getSession()))?.user.id, user.id);
  }
  assert.equal(await good(terminal(url, "x".repeat(32)).getSession()), null);
});

await check("device: pending, too fast, claimed, approved once", async () => {
  const { client, user } = await signedUp();
  const shell = terminal(url);
  const code = await good(shell.device.code({ client_id: "betterprofile-cli", scope: "chat" }));
  assert.match(code.user_code, /^[A-HJ-NP-Z2-9]{8}$/);
  assert.deepEqual([code.expires_in, code.interval], [1800, 5]);
  const poll = { grant_type: grant, device_code: code.device_code, client_id: "betterprofile-cli" };
  await refused(shell.device.token(poll), 400, "authorization_pending");
  await refused(shell.device.token(poll), 400, "slow_down");
  await refused(client.device.approve({ userCode: code.user_code }), 400, "invalid_request");
  const claimed = await good(client.device({ query: { user_code: code.user_code } }));
  assert.deepEqual(claimed, { user_code: code.user_code, status: "pending", client_id: "betterprofile-cli", scope: "chat" });
  assert.deepEqual(await good(client.device.approve({ userCode: code.user_code })), { success: true });
  await refused(shell.device.token(poll), 400, "slow_down");
  assert.equal((await good(client.getSession())).user.id, user.id);
});

await check("device: the token signs in, once", async () => {
  const { client, user } = await signedUp();
  const shell = terminal(url);
  const code = await good(shell.device.code({ client_id: "betterprofile-cli" }));
  await good(client.device({ query: { user_code: code.user_code.toLowerCase() } }));
  await good(client.device.approve({ userCode: `${code.user_code.slice(0, 4)}-${code.user_code.slice(4)}` }));
  const poll = { grant_type: grant, device_code: code.device_code, client_id: "betterprofile-cli" };
  await refused(shell.device.token({ ...poll, client_id: "other" }), 400, "invalid_grant");
  const answer = await good(shell.device.token(poll));
  assert.equal(answer.token_type, "Bearer");
  assert.equal((await good(terminal(url, answer.access_token).getSession())).user.id, user.id);
  await refused(shell.device.token(poll), 400, "invalid_grant");
});

await check("device: denied; claimed by somebody else; unknown", async () => {
  const one = await signedUp();
  const two = await signedUp("Eve");
  const shell = terminal(url);
  const code = await good(shell.device.code({ client_id: "betterprofile-cli" }));
  await good(one.client.device({ query: { user_code: code.user_code } }));
  await refused(two.client.device.approve({ userCode: code.user_code }), 403, "access_denied");
  await good(one.client.device.deny({ userCode: code.user_code }));
  const poll = { grant_type: grant, device_code: code.device_code, client_id: "betterprofile-cli" };
  await refused(shell.device.token(poll), 400, "access_denied");
  await refused(one.client.device({ query: { user_code: "AAAAAAAA" } }), 400, "invalid_request");
  await refused(visitor(url).client.device.approve({ userCode: code.user_code }), 401, "unauthorized");
});

await check("sign-out: session and cookies go; again is no error", async () => {
  const { browser, client, token } = await signedUp();
  assert.deepEqual(await good(client.signOut()), { success: true });
  assert.equal(browser.cookies.size, 0);
  assert.equal(await good(terminal(url, token).getSession()), null);
  assert.deepEqual(await good(client.signOut()), { success: true });
});

await check("delete-user: with the password", async () => {
  const { browser, client, email } = await signedUp();
  await refused(client.deleteUser({ password: "wrong password" }), 400, "INVALID_PASSWORD");
  assert.equal((await good(client.deleteUser({ password }))).success, true);
  assert.equal(await good(browser.at(url).getSession()), null);
  await refused(new Browser(url).at(url).signIn.email({ email, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
});
