import type * as docker from "@pulumi/docker";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { PlaneOpsConfig } from "../config.ts";
import { shellQuote } from "../providers/host/shell.ts";
import type { Fleet } from "./fleet.ts";
import { hostCommand } from "./host.ts";
import { nameOf } from "./platform/names.ts";
import type { Platform } from "./platform/platform.ts";

export interface ObjectStorageArgs {
  config: PlaneOpsConfig;
  fleet: Fleet;
  platform: Platform;
  /** Name of the bucket; it is private. */
  bucket: string;
}

const ROOT_USER = "plane";

/** Plane's own MinIO: attachments on a volume that outlives the stack, in a private bucket. */
export class ObjectStorage extends ComponentResource {
  readonly container: docker.Container;
  /** S3 endpoint on the backend network. */
  readonly endpoint = "http://plane-minio:9000";
  readonly accessKey = ROOT_USER;
  /** Secret. */
  readonly secretKey: Output<string>;

  constructor(
    name: string,
    { config, fleet, platform, bucket }: ObjectStorageArgs,
    options?: ComponentResourceOptions,
  ) {
    super("planeops:storage:ObjectStorage", name, {}, options);
    const password = new RandomPassword("minio-password", { length: 40, special: false }, { parent: this });
    this.secretKey = password.result;

    this.container = fleet.service(
      {
        name: "plane_minio",
        service: "minio",
        image: fleet.image(config.images.minio, { parent: this }),
        command: ["server", "/data", "--console-address", ":9001"],
        environment: { MINIO_ROOT_USER: ROOT_USER, MINIO_ROOT_PASSWORD: password.result },
        networks: [platform.networks.backend],
        volumes: [{ volume: fleet.volume("plane_uploads", { parent: this }).name, path: "/data" }],
        health: { command: "curl -fsS -o /dev/null http://127.0.0.1:9000/minio/health/ready", interval: 3 },
      },
      { parent: this },
    );

    // mc reads the credentials from the container's own environment: none stands in this text.
    const inside =
      'export MC_HOST_local="http://$MINIO_ROOT_USER:$MINIO_ROOT_PASSWORD@127.0.0.1:9000" && ' +
      `mc mb --ignore-existing local/${bucket} && mc anonymous set none local/${bucket}`;
    const container = nameOf(config.prefix, "plane_minio");
    hostCommand(
      "bucket",
      config.docker,
      {
        create: `docker exec ${container} sh -c ${shellQuote(inside)} > /dev/null`,
        // A store that is made anew may have lost its volume.
        triggers: [this.container.id],
      },
      { parent: this, dependsOn: [this.container] },
    );
    this.registerOutputs();
  }
}
