import assert from "node:assert/strict";

/** Somebody who works in Plane beside the program, over Plane's own HTTP API and without the program's client. */
export class PersonInPlane {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(url: string, headers: Record<string, string>) {
    this.#url = url;
    this.#headers = headers;
  }

  /** With a browser's session; `path` is the page of the instance's administration where it is that one. */
  static async signIn(
    url: string,
    email: string,
    password: string,
    path = "/auth/sign-in/",
  ): Promise<PersonInPlane> {
    const made = "a".repeat(32);
    const answer = await fetch(url + path, {
      method: "POST",
      redirect: "manual",
      headers: { cookie: `csrftoken=${made}` },
      body: new URLSearchParams({ email, password, csrfmiddlewaretoken: made }),
    });
    assert.doesNotMatch(answer.headers.get("location") ?? "error_code", /error_code/);
    const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
    const csrf = cookies.find((cookie) => cookie.startsWith("csrftoken="))?.slice("csrftoken=".length);
    return new PersonInPlane(url, { cookie: cookies.join("; "), "x-csrftoken": csrf ?? made });
  }

  /** In the instance's administration. */
  static administer(url: string, email: string, password: string): Promise<PersonInPlane> {
    return PersonInPlane.signIn(url, email, password, "/api/instances/admins/sign-in/");
  }

  static withToken(url: string, token: string): PersonInPlane {
    return new PersonInPlane(url, { "x-api-key": token });
  }

  /** The status of a call, whatever it is. */
  async status(method: string, path: string): Promise<number> {
    return (await this.#send(method, path)).status;
  }

  /** The answer of a call that succeeds. */
  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.#send(method, path, body);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  #send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: { ...this.#headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
