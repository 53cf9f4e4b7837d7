/** What Plane's site needs to know. */
export interface SiteArgs {
  /** `https://work.ewutelo.cloud`, or `http://work.localhost` where there is no certificate. */
  address: string;
  /** Client ranges that see everything. */
  allowedClients: string[];
  /** Name of the bucket: its objects are served under `/<bucket>/`. */
  bucket: string;
  /** Largest body in bytes: Plane's own FILE_SIZE_LIMIT. */
  fileSizeLimit: number;
  /**
   * Limits strangers to what NOTIF-02 allows them; only for a Caddy that has the module http.handlers.rate_limit.
   * `exempt` are ranges that are never refused: Plane's deliveries come from there, and a refused one is lost for good.
   */
  rateLimit?: { exempt: string[] };
}

/** How long a webhook is held while its target restarts: Plane never repeats one that got an answer (contracts/plane). */
const HOLD = "20s";

/** A multipart upload is a little larger than its file. */
const MULTIPART_OVERHEAD = 1024 * 1024;

/** The public paths take no more than this in bytes: what Plane and Telegram send is far smaller. */
const WEBHOOK_LIMIT = 1024 * 1024;

/**
 * Plane's site (INFRA-04). One `route` keeps the written order: Caddy would sort `handle` before other directives, and
 * requests would slip past the filter. Public are only two POST paths; what else lies under `/webhooks/` does not
 * exist; the rest is for `allowedClients` by true client address (`client_ip` trusts no header unless Caddy is told to).
 */
export function planeSite({ address, allowedClients, bucket, fileSizeLimit, rateLimit }: SiteArgs): string {
  return `${address} {
	route {
		@webhook {
			method POST
			path /webhooks/plane /webhooks/telegram
		}
		handle @webhook {
${rateLimit ? zone(rateLimit.exempt) : ""}			request_body {
				max_size ${WEBHOOK_LIMIT}
			}
			uri replace /webhooks/ /webhook/ 1
			reverse_proxy n8n:5678 {
				lb_try_duration ${HOLD}
				lb_try_interval 500ms
			}
		}
		handle /webhooks/* {
			respond 404
		}

		@outside not client_ip ${allowedClients.join(" ")}
		handle @outside {
			header Content-Type "text/plain; charset=utf-8"
			respond "Accès réservé au VPN." 403
		}

		# Where Caddy logs a failed request it blanks Authorization, and no other header that holds a secret.
		@token header_regexp token Authorization "^Bearer (plane_api_[0-9a-z]+)$"
		request_header @token X-Api-Key {re.token.1}
		request_header @token -Authorization

		handle /api/health {
			rewrite * /
			reverse_proxy plane-api:8000
		}
		@api path /api/* /auth/* /static/*
		handle @api {
			request_body {
				max_size ${fileSizeLimit}
			}
			reverse_proxy plane-api:8000
		}
		@godmode path /god-mode /god-mode/*
		handle @godmode {
			reverse_proxy plane-admin:3000
		}
		@bucket path /${bucket} /${bucket}/*
		handle @bucket {
			request_body {
				max_size ${fileSizeLimit + MULTIPART_OVERHEAD}
			}
			reverse_proxy plane-minio:9000
		}
		handle {
			reverse_proxy plane-web:3000
		}
	}
}
`;
}

/** By true address, for whoever sends can write any header; both public paths count together (NOTIF-02). */
function zone(exempt: string[]): string {
  return `			rate_limit {
				zone webhooks {
					match {
						not client_ip ${exempt.join(" ")}
					}
					key {client_ip}
					window 1m
					events 100
				}
			}
`;
}
