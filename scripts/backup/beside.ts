import { run, runOrThrow } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { psql } from "../../providers/postgresql/psql.ts";
import { Problem } from "../setup/problem.ts";
import type { Place } from "./place.ts";
import { addObjects, SIDE } from "./restore.ts";

/** Somebody who can sign in, and has a token. Secret. */
export interface Person {
  email: string;
  password: string;
  token: string;
}

/** Seconds within which a Plane beside answers. */
const WELL_S = 300;

/**
 * Puts an archive's attachments into a store of their own, and starts a Plane on them and on the restored database:
 * with a cache and a queue of its own, so that nothing of it reaches the one that runs; of that one it has the images,
 * the settings and the keys.
 */
export async function startBeside(place: Place, archive: string): Promise<void> {
  const { host, container, network, volume, database } = place;
  await removeBeside(place);
  await runOrThrow(
    host,
    "making a volume for the drill",
    `docker volume create ${shellQuote(volume.beside)} > /dev/null`,
  );
  await addObjects(place, archive, volume.beside);
  const { api, redis, minio } = container.beside;
  const local = "127.0.0.1";
  const own = [
    ["DATABASE_URL", `\\(.*\\)/${database}`, `\\1/${SIDE}`],
    ["REDIS_URL", ".*", `redis://${local}:6379/0`],
    ["AMQP_URL", ".*", `redis://${local}:6379/1`],
    ["AWS_S3_ENDPOINT_URL", ".*", `http://${local}:9000`],
  ].map(([name, was, is]) => shellQuote(`s#^${name}=${was}$#${name}=${is}#`));
  await runOrThrow(
    host,
    "starting a Plane beside",
    `set -e
     of() { docker inspect --format "$1" "$2"; }
     environment() { of '{{range .Config.Env}}{{println .}}{{end}}' "$1"; }
     start() { docker run --detach --cap-drop ALL --security-opt no-new-privileges:true "$@" > /dev/null; }
     start --name ${redis} --network ${network} --user 999:999 --memory 64m --entrypoint redis-server \\
       "$(of '{{.Image}}' ${container.redis})" --bind ${local} --save ''
     environment ${container.minio} | start --name ${minio} --network container:${redis} --env-file /dev/stdin \\
       --memory "$(of '{{.HostConfig.Memory}}' ${container.minio})" --volume ${volume.beside}:/data \\
       "$(of '{{.Image}}' ${container.minio})" server /data
     environment ${container.api} | sed ${own.map((each) => `-e ${each}`).join(" ")} |
       start --name ${api} --network container:${redis} --env-file /dev/stdin --volumes-from ${container.api}:ro \\
         --memory "$(of '{{.HostConfig.Memory}}' ${container.api})" \\
         --cap-add CHOWN --cap-add SETGID --cap-add SETUID \\
         "$(of '{{.Image}}' ${container.api})" ./bin/docker-entrypoint-api.sh
     for _ in $(seq ${WELL_S}); do
       docker exec ${api} wget -q -O - http://${local}:8000/api/instances/ 2> /dev/null | grep -q '"instance"' && exit 0
       [ "$(of '{{.State.Running}}' ${api})" = true ] || break
       sleep 1
     done
     docker logs --tail 5 ${api} >&2
     echo "Plane does not answer on the restored database" >&2
     exit 1`,
    { timeout: WELL_S + 120 },
  );
}

/** All that {@link startBeside} makes; a drill that was killed leaves it. */
export async function removeBeside({ host, container, volume }: Place): Promise<void> {
  const names = Object.values(container.beside).map(shellQuote).join(" ");
  await runOrThrow(
    host,
    "removing what a drill left",
    `docker rm --force --volumes ${names} > /dev/null 2>&1 || true
     docker volume rm --force ${shellQuote(volume.beside)} > /dev/null`,
    { timeout: 120 },
  );
}

/**
 * Uses the Plane beside as people and agents do.
 * @returns what worked, in words.
 * @throws Problem with what did not.
 */
export async function useBeside(place: Place, { email, password, token }: Person): Promise<string[]> {
  const csrf = "a".repeat(32);
  const form = new URLSearchParams({ email, password, csrfmiddlewaretoken: csrf }).toString();
  const signIn = await ask(place, 8000, "POST /auth/sign-in/", form, [
    `Cookie: csrftoken=${csrf}`,
    "Content-Type: application/x-www-form-urlencoded",
  ]);
  // Only this is success (contracts/plane).
  if (signIn.status !== 302 || signIn.location.includes("error_code"))
    throw new Problem(
      `${email} cannot sign in to what was restored (${signIn.status}): was the password changed since it was saved?`,
    );
  const key = [`X-Api-Key: ${token}`];
  const me = await ask(place, 8000, "GET /api/v1/users/me/", "", key);
  if (me.status !== 200)
    throw new Problem(
      `The token of ${email} does not work in what was restored (${me.status}): was it replaced since it was saved?`,
    );
  return [`${email} signs in`, "the token works", await readAttachment(place, key)];
}

/** The newest one, through Plane's link to it. */
async function readAttachment(place: Place, key: string[]): Promise<string> {
  const [newest] = await psql(
    place.server,
    "looking for an attachment",
    `SELECT w.slug, f.project_id, f.issue_id, f.id,
            coalesce((f.storage_metadata->>'ContentLength')::bigint, f.size::bigint)
       FROM file_assets f JOIN workspaces w ON w.id = f.workspace_id JOIN issues i ON i.id = f.issue_id
      WHERE f.entity_type = 'ISSUE_ATTACHMENT' AND f.is_uploaded AND f.deleted_at IS NULL AND i.deleted_at IS NULL
      ORDER BY f.created_at DESC LIMIT 1;`,
    SIDE,
  );
  if (newest === undefined) return "there is no attachment";
  const [slug, project, item, id, size] = newest.split("|");
  const path = `/api/v1/workspaces/${slug}/projects/${project}/work-items/${item}/attachments/${id}/`;
  const { status, location } = await ask(place, 8000, `GET ${path}`, "", key);
  if (status !== 302) throw new Problem(`Plane gives no link to attachment ${id} (${status})`);
  const link = new URL(location);
  const file = await ask(place, 9000, `GET ${link.pathname}${link.search}`);
  if (file.status !== 200 || file.size !== Number(size))
    throw new Problem(
      `Attachment ${id} has ${size} bytes, and the store answers ${file.status} with ${file.size}`,
    );
  return `an attachment of ${size} bytes is read`;
}

/**
 * Asks what listens inside the Plane beside, which has no address of its own. Bodies stay there: their size says enough.
 * What is asked travels on standard input.
 */
async function ask(place: Place, port: number, line: string, body = "", headers: string[] = []) {
  const request = [
    `${line} HTTP/1.0`,
    // A signed link holds for the host that it was asked under.
    `Host: ${place.site}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    "",
    body,
  ].join("\r\n");
  const inside = `exec 3<>/dev/tcp/127.0.0.1/${port}
    cat >&3
    while IFS= read -r line <&3 && [ "$line" != $'\\r' ]; do echo "$line"; done
    echo "size: $(wc -c <&3)"`;
  const script = `exec docker exec -i ${place.container.beside.api} timeout 60 bash -c ${shellQuote(inside)}`;
  const { stdout } = await run(place.host, script, { stdin: request, timeout: 90 });
  const header = (name: string) => new RegExp(`^${name}: *(.*?)\\r?$`, "im").exec(stdout)?.[1] ?? "";
  return {
    status: Number(/^HTTP\/\S+ (\d+)/.exec(stdout)?.[1] ?? 0),
    location: header("location"),
    size: Number(header("size")),
  };
}
