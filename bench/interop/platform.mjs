// A web platform: the real Better Auth server on PostgreSQL, in one of its three layouts of tables. As a program it makes the tables of
// LAYOUT, or, with "serve", serves at PLATFORM_URL until it is stopped.
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { admin, bearer, deviceAuthorization } from "better-auth/plugins";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { setting } from "./check.mjs";
import * as schemaB from "./schema-b.mjs";
import * as schemaC from "./schema-c.mjs";

/** options are Better Auth's own, for a layout: "a", "b" or "c". */
export function options(layout, pool) {
  const url = setting("PLATFORM_URL");
  const common = {
    baseURL: url,
    trustedOrigins: [setting("SERVER_URL")],
    secret: setting("BETTER_AUTH_SECRET"),
    emailAndPassword: { enabled: true },
    user: { deleteUser: { enabled: true } },
    telemetry: { enabled: false },
    rateLimit: { enabled: true },
    logger: { level: "error" },
    plugins: [bearer(), deviceAuthorization({ verificationUri: `${url}/device` })],
  };
  switch (layout) {
    case "a":
      return { ...common, database: pool };
    case "b":
      return { ...common, database: drizzleAdapter(drizzle(pool), { provider: "pg", schema: schemaB }) };
    case "c":
      return {
        ...common,
        plugins: [...common.plugins, admin()],
        advanced: { database: { generateId: false } },
        database: drizzleAdapter(drizzle(pool), { provider: "pg", schema: schemaC, usePlural: true }),
      };
  }
  throw new Error(`no layout ${layout}`);
}

/** serve starts the platform and returns how to stop it. */
export async function serve(layout) {
  const pool = new pg.Pool({ connectionString: setting("DATABASE_URL"), max: 5 });
  const { hostname, port } = new URL(setting("PLATFORM_URL"));
  const server = createServer(toNodeHandler(betterAuth(options(layout, pool))));
  await new Promise((resolve, reject) => server.once("error", reject).listen(Number(port), hostname, resolve));
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await pool.end();
  };
}

/** makeTables lets the layout's own tool make its tables. */
export async function makeTables(layout) {
  if (layout !== "a") {
    const args = ["node_modules/drizzle-kit/bin.cjs", "push", "--force", "--dialect=postgresql", `--schema=./schema-${layout}.mjs`, `--url=${setting("DATABASE_URL")}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) {
      throw new Error(`drizzle-kit push: ${stdout}${stderr}`);
    }
    return;
  }
  const pool = new pg.Pool({ connectionString: setting("DATABASE_URL") });
  const { runMigrations } = await getMigrations(options(layout, pool));
  await runMigrations();
  await pool.end();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === "serve") {
    const stop = await serve(setting("LAYOUT"));
    process.once("SIGTERM", stop).once("SIGINT", stop);
  } else {
    await makeTables(setting("LAYOUT"));
  }
}
