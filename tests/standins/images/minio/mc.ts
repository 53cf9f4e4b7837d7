import { type Credentials, s3Request } from "./sigv4.ts";

const KNOWN =
  "mb [--ignore-existing] ALIAS/BUCKET, anonymous set none ALIAS/BUCKET, ls ALIAS[/BUCKET], ready ALIAS";

interface Target {
  endpoint: string;
  credentials: Credentials;
  bucket: string;
}

/** The few commands of MinIO's client that the platform uses; anything else is refused. */
export async function mc(args: string[]): Promise<void> {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const flags = args.filter((arg) => arg.startsWith("-"));
  if (flags.includes("--version")) {
    process.stdout.write("mc version RELEASE.2025-08-13T08-35-41Z (stand-in)\n");
    return;
  }
  const unknown = flags.find((flag) => !["--ignore-existing", "-p", "--quiet", "-q"].includes(flag));
  if (unknown !== undefined) throw new Error(`flag provided but not known to the stand-in: ${unknown}`);
  const [command, ...rest] = words;
  if (command === "mb" && rest.length === 1) {
    await makeBucket(target(rest[0]), rest[0], flags.includes("--ignore-existing") || flags.includes("-p"));
  } else if (command === "anonymous" && rest[0] === "set" && rest[1] === "none" && rest.length === 3) {
    await makePrivate(target(rest[2]), rest[2]);
  } else if (command === "ls" && rest.length === 1) {
    await list(target(rest[0]));
  } else if (command === "ready" && rest.length === 1) {
    const { endpoint } = target(rest[0]);
    if (!(await fetch(new URL("/minio/health/ready", endpoint))).ok)
      throw new Error("the cluster is not ready");
    process.stdout.write("The cluster is ready\n");
  } else {
    throw new Error(`the stand-in does not know \`mc ${words.join(" ")}\`; it knows: ${KNOWN}`);
  }
}

/** `local/uploads`, with the alias from MC_HOST_local=http://user:password@host:port. */
function target(text = ""): Target {
  const [alias = "", bucket = ""] = text.split("/");
  const host = process.env[`MC_HOST_${alias}`];
  const match = /^(https?:\/\/)([^:]*):(.*)@([^@]+)$/.exec(host ?? "");
  if (match === null) {
    throw new Error(
      `Unable to find alias \`${alias}\`: set MC_HOST_${alias}=http://<user>:<password>@<host>:<port>`,
    );
  }
  const [, scheme, accessKeyId = "", secretAccessKey = "", address] = match;
  return { endpoint: `${scheme}${address}`, credentials: { accessKeyId, secretAccessKey }, bucket };
}

async function makeBucket(
  { endpoint, credentials, bucket }: Target,
  name = "",
  ignoreExisting: boolean,
): Promise<void> {
  if ((await s3Request(endpoint, credentials, "HEAD", `/${bucket}`)).ok) {
    if (!ignoreExisting) {
      throw new Error(
        `Unable to make bucket \`${name}\`. Your previous request to create the named bucket succeeded and you already own it.`,
      );
    }
  } else {
    await expectOk(
      await s3Request(endpoint, credentials, "PUT", `/${bucket}`),
      `Unable to make bucket \`${name}\``,
    );
  }
  process.stdout.write(`Bucket created successfully \`${name}\`.\n`);
}

async function makePrivate({ endpoint, credentials, bucket }: Target, name = ""): Promise<void> {
  await expectOk(
    await s3Request(endpoint, credentials, "GET", `/${bucket}`),
    `Unable to set anonymous policy \`none\` for \`${name}\``,
  );
  await expectOk(
    await s3Request(endpoint, credentials, "DELETE", `/${bucket}`, { query: [["policy", ""]] }),
    `Unable to set anonymous policy \`none\` for \`${name}\``,
  );
  process.stdout.write(`Access permission for \`${name}\` is set to \`private\`\n`);
}

async function list({ endpoint, credentials, bucket }: Target): Promise<void> {
  const answer = await s3Request(endpoint, credentials, "GET", `/${bucket}`);
  await expectOk(answer.clone(), "Unable to list folder");
  const names = [...(await answer.text()).matchAll(bucket === "" ? /<Name>([^<]*)/g : /<Key>([^<]*)/g)];
  for (const [, name] of names) process.stdout.write(`${name}${bucket === "" ? "/" : ""}\n`);
}

async function expectOk(answer: Response, what: string): Promise<void> {
  if (answer.ok) return;
  const body = await answer.text();
  throw new Error(`${what}. ${/<Message>([^<]*)/.exec(body)?.[1] ?? `HTTP ${answer.status}`}`);
}
