/** Something about Plane that a person has to know; told as its message alone, so it carries no stack. */
export class PlaneError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
    // Pulumi prints the stack of what a dynamic provider throws; this error is for a person.
    this.stack = "";
  }
}

/** No answer of Plane's came: refused, timed out, reset, or answered by something else. Worth another try. */
export class Unreachable extends PlaneError {
  /** Whether the request may have been executed although no answer came. */
  readonly maybeExecuted: boolean;
  /** Seconds that the server asked to wait (`Retry-After`). */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { maybeExecuted: boolean; retryAfter?: number }) {
    super(message);
    this.maybeExecuted = options.maybeExecuted;
    this.retryAfter = options.retryAfter;
  }
}

/** In the answer to a token that was deleted, has expired or was switched off. */
const DEAD_TOKEN = "API token is not valid";

/** Plane understood and said no. */
export class Refused extends PlaneError {
  readonly status: number;
  /** The answer's body: JSON where it was JSON, else its text. */
  readonly body: unknown;

  constructor(message: string, status: number, body: unknown) {
    super(message);
    this.status = status;
    this.body = body;
  }

  /** Id of what already exists: a 409 of labels, states and work items carries it (contracts/plane). */
  get existingId(): string | undefined {
    const { id } = (this.body ?? {}) as { id?: unknown };
    return this.status === 409 && typeof id === "string" ? id : undefined;
  }

  /** The account is not known any more: its token was revoked, or its session ended. */
  get unknownCaller(): boolean {
    return (
      this.status === 401 || (this.status === 403 && JSON.stringify(this.body ?? "").includes(DEAD_TOKEN))
    );
  }

  /** It is not there, or inside something that is not: Plane answers 403 below a deleted project or workspace. */
  get outOfReach(): boolean {
    return !this.unknownCaller && (this.status === 403 || this.status === 404);
  }
}

/** A sign-in or sign-up that Plane turned down, with its code: `AUTHENTICATION_FAILED_SIGN_IN`, ... */
export class SignInRefused extends PlaneError {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }

  /** The account exists and its password is another one. */
  get wrongPassword(): boolean {
    return this.code === "AUTHENTICATION_FAILED_SIGN_IN" || this.code === "ADMIN_AUTHENTICATION_FAILED";
  }

  /** Nobody has this e-mail address here; an instance without an admin has nobody at all. */
  get noSuchAccount(): boolean {
    return ["USER_DOES_NOT_EXIST", "ADMIN_USER_DOES_NOT_EXIST", "INSTANCE_NOT_CONFIGURED"].includes(
      this.code,
    );
  }

  get accountExists(): boolean {
    return this.code === "USER_ALREADY_EXIST" || this.code === "ADMIN_ALREADY_EXIST";
  }
}
