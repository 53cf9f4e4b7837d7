import { s3Request } from "../../images/minio/sigv4.ts";
import { say } from "../log.ts";
import type { Settings } from "../settings.ts";

/** Makes the upload bucket if it is missing. A store that refuses or does not answer is told, not fatal. */
export async function createBucket(_settings: Settings): Promise<void> {
  const env = process.env;
  const bucket = env["AWS_S3_BUCKET_NAME"] ?? "uploads";
  const endpoint = env["AWS_S3_ENDPOINT_URL"] ?? "";
  const credentials = {
    accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
  const region = env["AWS_REGION"] || "us-east-1";
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
