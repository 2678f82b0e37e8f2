// Checks print a line each, which the Go program counts: "ok NAME" or "FAIL NAME: why". Details of a failure go to stderr.
import assert from "node:assert/strict";

const within = 60_000; // milliseconds

/** check runs one check. A check that throws, or takes too long, has failed; those after it run all the same. */
export async function check(name, run) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${within} ms`)), within);
  });
  try {
    await Promise.race([run(), late]);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`FAIL ${name}: ${String(error?.message ?? error).replaceAll(/\s*\n\s*/g, " | ").slice(0, 600)}`);
    console.error(name, error);
    process.exitCode = 1;
  } finally {
    clearTimeout(timer);
  }
}

/** good returns what a call of Better Auth's client answered, or throws its error. */
export async function good(call) {
  const { data, error } = await call;
  assert.equal(error, null, `refused: ${JSON.stringify(error)}`);
  return data;
}

/** refused wants a call of Better Auth's client to fail in a certain way, and returns the error. */
export async function refused(call, status, code) {
  const { data, error } = await call;
  assert.equal(data, null, `answered: ${JSON.stringify(data)}`);
  assert.deepEqual({ status: error.status, code: error.code ?? error.error }, { status, code });
  return error;
}

/** setting is a variable that the Go program sets. */
export function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: start this by make interop`);
  }
  return value;
}

/** unique makes an email address that nobody has. */
export function unique(name) {
  return `${name}.${crypto.randomUUID()}@users.invalid`;
}
