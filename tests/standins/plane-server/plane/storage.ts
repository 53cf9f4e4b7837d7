import { encode, presignedPost, presignedUrl, s3Request } from "../../images/minio/sigv4.ts";
import { one, type Queryable } from "../database.ts";
import type { Request } from "../http/exchange.ts";
import type { StorageSettings } from "../settings.ts";

/** The task that asks the store what it knows about a file. */
export const OBJECT_METADATA = "plane.bgtasks.storage_metadata_task.get_asset_object_metadata";

/** What a client posts a file with, and where to. */
export function uploadData(
  request: Request,
  storage: StorageSettings,
  file: { key: string; type: string; maxBytes: number },
): { url: string; fields: Record<string, string> } {
  const { bucket, credentials, expirationSeconds, region } = storage;
  return {
    url: `${publicEndpoint(request, storage)}/${bucket}`,
    fields: presignedPost(credentials, { bucket, ...file }, expirationSeconds, region),
  };
}

/** A link to a file, under which it comes with its own name. */
export function downloadUrl(request: Request, storage: StorageSettings, key: string, name: string): string {
  return presignedUrl(
    publicEndpoint(request, storage),
    storage.credentials,
    objectPath(storage, key),
    storage.expirationSeconds,
    new Date(),
    {
      region: storage.region,
      query: [["response-content-disposition", `attachment; filename*=UTF-8''${encode(name)}`]],
    },
  );
}

/** Notes what the store knows about a file; nothing when it is not there. */
export async function noteObjectMetadata(
  database: Queryable,
  storage: StorageSettings,
  id: string,
): Promise<void> {
  const { asset = "" } =
    (await one<{ asset: string }>(database, "SELECT asset FROM file_assets WHERE id = $1", [id])) ?? {};
  const { endpoint, credentials, region } = storage;
  const found = await s3Request(endpoint, credentials, "HEAD", objectPath(storage, asset), { region });
  if (!found.ok) return;
  const modified = new Date(found.headers.get("last-modified") ?? "").toISOString();
  const metadata = {
    ContentType: found.headers.get("content-type"),
    ContentLength: Number(found.headers.get("content-length")),
    LastModified: modified.replace(/\.\d+Z/, "+00:00"),
    ETag: found.headers.get("etag"),
    Metadata: {},
  };
  await database.query("UPDATE file_assets SET storage_metadata = $2 WHERE id = $1", [
    id,
    JSON.stringify(metadata),
  ]);
}

/** With MinIO behind Plane's own proxy, the store is where the api is. */
function publicEndpoint(request: Request, { endpoint, onOwnHost, ssl }: StorageSettings): string {
  if (!onOwnHost) return endpoint;
  return `${ssl || request.secure ? "https" : "http"}://${request.headers.host ?? ""}`;
}

function objectPath({ bucket }: StorageSettings, key: string): string {
  return `/${bucket}/${key.split("/").map(encode).join("/")}`;
}
