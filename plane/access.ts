/** How a provider reaches Plane as one account. It travels as a resource input; all of it is secret. */
export interface Access {
  /** Plane's address, without a slash at the end. */
  url: string;
  email: string;
  password: string;
  /** API token of the same account, for `/api/v1`. */
  token?: string;
  /** Requests a minute that the server allows to one token (`API_KEY_RATE_LIMIT`). */
  rateLimit: number;
  /** Whether this stack runs Plane itself: then a Plane that does not answer is its containers' drift, not ours. */
  deployed: boolean;
  /** Whether requests go through this stack's own site, which takes the token as a bearer's and keeps it out of logs. */
  throughSite?: boolean;
}
