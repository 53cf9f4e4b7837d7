/** Ends a request with this status and body. */
export class Failure extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** Django's ObjectDoesNotExist: each of the two APIs has its own words for it. */
export class Missing extends Error {}

/** Django's ValidationError outside of a serializer. */
export class Invalid extends Error {}

/** 400 with this body. */
export function badRequest(body: unknown): Failure {
  return new Failure(400, body);
}
