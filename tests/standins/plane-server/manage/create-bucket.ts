import { s3Request } from "../../images/minio/sigv4.ts";
import { say } from "../log.ts";
import type { Settings } from "../settings.ts";

/** Makes the upload bucket if it is missing. A store that refuses or does not answer is told, not fatal. */
export async function createBucket({ storage }: Settings): Promise<void> {
  const { endpoint, bucket, credentials } = storage;
  const region = storage.region || "us-east-1";
  say("Checking bucket...");
  try {
    const found = await s3Request(endpoint, credentials, "HEAD", `/${bucket}`, { region });
    if (found.ok) {
      say(`Bucket '${bucket}' exists.`);
    } else if (found.status === 404) {
      say(`Bucket '${bucket}' does not exist. Creating bucket...`);
      const made = await s3Request(endpoint, credentials, "PUT", `/${bucket}`, { region });
      say(
        made.ok ? `Bucket '${bucket}' created successfully.` : `Failed to create bucket: HTTP ${made.status}`,
      );
    } else {
      say(`Error: access to the bucket '${bucket}' was refused (HTTP ${found.status}).`);
    }
  } catch (error) {
    say(`An error occurred while checking the bucket: ${(error as Error).message}`);
  }
}
