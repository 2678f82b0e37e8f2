// A browser as far as sign-in knows one: a jar of cookies, an Origin, and an address of its own, so that it has limits of its own.
import { createAuthClient } from "better-auth/client";
import { deviceAuthorizationClient } from "better-auth/client/plugins";

let addresses = 0;

/** Browser fetches. Its cookies go to every port of the host, as those of browsers do. */
export class Browser {
  /** origin is that of the page it shows; without one it is a program that keeps cookies. */
  constructor(origin) {
    this.origin = origin;
    this.cookies = new Map();
    addresses++;
    this.address = `203.0.113.${addresses}`;
    this.fetch = this.fetch.bind(this);
  }

  async fetch(input, init) {
    const request = new Request(input, init);
    const headers = new Headers(request.headers);
    headers.set("X-Forwarded-For", this.address);
    if (this.cookies.size > 0) {
      headers.set("Cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    if (this.origin && request.method !== "GET") {
      headers.set("Origin", this.origin);
    }
    const response = await fetch(new Request(request, { headers }));
    for (const line of response.headers.getSetCookie()) {
      this.#keep(line);
    }
    return response;
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const at = pair.indexOf("=");
    if (attributes.some((attribute) => attribute.toLowerCase() === "max-age=0")) {
      this.cookies.delete(pair.slice(0, at));
    } else {
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** at is Better Auth's own client for the server at the URL, in this browser. */
  at(url) {
    return createAuthClient({
      baseURL: url,
      plugins: [deviceAuthorizationClient()],
      fetchOptions: { customFetchImpl: this.fetch, retry: 0 },
    });
  }
}

/** visitor opens a browser on a page of the server's own, with a client for it. */
export function visitor(url) {
  const browser = new Browser(url);
  return { browser, client: browser.at(url) };
}

/** terminal is a client without cookies, with a token where there is one. */
export function terminal(url, token) {
  const headers = { "X-Forwarded-For": new Browser().address };
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  return createAuthClient({ baseURL: url, plugins: [deviceAuthorizationClient()], fetchOptions: { headers, retry: 0 } });
}
