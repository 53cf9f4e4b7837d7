import { randomInt } from "node:crypto";
import { form } from "./body.ts";
import type { Context, Request } from "./exchange.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET = 32;

/** A new secret for the cookie. */
export function newSecret(): string {
  return Array.from({ length: SECRET }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

/** The secret under a mask that changes with every answer. */
export function mask(secret: string): string {
  const pad = newSecret();
  const shifted = [...secret].map(
    (letter, i) => LETTERS[(LETTERS.indexOf(letter) + LETTERS.indexOf(pad[i] ?? "")) % LETTERS.length],
  );
  return pad + shifted.join("");
}

function unmask(token: string): string {
  if (token.length === SECRET) return token;
  const pad = token.slice(0, SECRET);
  return [...token.slice(SECRET)]
    .map((letter, i) => {
      const at = LETTERS.indexOf(letter) - LETTERS.indexOf(pad[i] ?? "") + LETTERS.length;
      return LETTERS[at % LETTERS.length];
    })
    .join("");
}

/** Why Django would refuse this request as forged; undefined if it would not. */
export function forgery(request: Request, { settings }: Context): string | undefined {
  const { origin, referer, host = "" } = request.headers;
  if (origin !== undefined) {
    const own = `${request.secure ? "https" : "http"}://${host}`;
    if (origin !== own && !settings.corsOrigins.includes(origin)) {
      return `Origin checking failed - ${origin} does not match any trusted origins.`;
    }
  } else if (request.secure) {
    if (referer === undefined) return "Referer checking failed - no Referer.";
    const trusted = [host, ...settings.corsOrigins.map((trusted) => new URL(trusted).host)];
    const url = URL.canParse(referer) ? new URL(referer) : undefined;
    if (url === undefined) return "Referer checking failed - Referer is malformed.";
    if (url.protocol !== "https:") {
      return "Referer checking failed - Referer is insecure while host is secure.";
    }
    if (!trusted.includes(url.host)) {
      return `Referer checking failed - ${referer} does not match any trusted origins.`;
    }
  }
  const cookie = request.cookies.get("csrftoken");
  if (cookie === undefined) return "CSRF cookie not set.";
  const header = request.headers["x-csrftoken"];
  const token = form(request).get("csrfmiddlewaretoken") ?? (typeof header === "string" ? header : undefined);
  if (token === undefined) return "CSRF token missing.";
  if (!/^[A-Za-z0-9]{32}([A-Za-z0-9]{32})?$/.test(token) || unmask(token) !== unmask(cookie)) {
    return "CSRF token from POST incorrect.";
  }
  return undefined;
}

/** The page that a person sees after a refused form; its status is 200. */
export function forgeryPage(homeUrl: string): string {
  return PAGE.replace("HOME_URL", homeUrl);
}

const PAGE = `<!-- templates/csrf_failure.html -->
<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>CSRF Verification Failed</title>
    <style>
      body {
        font-family: Arial, sans-serif;
        background-color: #f8f9fa;
        padding: 50px;
        display: flex;
        justify-content: center;
        align-items: center;
        height: 100vh;
        margin: 0;
      }
      .card {
        max-width: 400px;
        padding: 30px;
        background-color: #ffffff;
        border-radius: 8px;
        box-shadow: 0 4px 8px rgba(0, 0, 0, 0.1);
      }
      .card-header {
        text-align: center;
        margin-bottom: 20px;
      }
      .btn-primary {
        display: block;
        width: 100%;
        padding: 10px;
        background-color: #007bff;
        color: #fff;
        text-align: center;
        text-decoration: none;
        border: none;
        border-radius: 4px;
        cursor: pointer;
      }
      .btn-primary:hover {
        background-color: #0056b3;
      }
    </style>
  </head>
  <body>
    <div class="card">
      <div class="card-header">
        <h3>CSRF Verification Failed</h3>
      </div>
      <div class="card-body">
        <p>
          It looks like your form submission has expired or there was a problem
          with your request.
        </p>
        <p>Please try the following:</p>
        <ul>
          <li>Refresh the page and try submitting the form again.</li>
          <li>Ensure that cookies are enabled in your browser.</li>
        </ul>
        <a href="HOME_URL" class="btn-primary">Go to Home Page</a>
      </div>
    </div>
  </body>
</html>
`;
