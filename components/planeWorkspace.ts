import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  log,
  type Output,
  output,
  type Resource,
} from "@pulumi/pulumi";
import { AGENTS } from "../agents.ts";
import type { PlaneOpsConfig } from "../config.ts";
import type { Access } from "../plane/access.ts";
import { FIELD_NAMES, FIELDS, type FieldName } from "../plane/fields/declarations.ts";
import { agentLabel, REVIEW_LABEL } from "../plane/projectSetup.ts";
import { CustomField } from "../providers/plane/resources/customField.ts";
import { Instance } from "../providers/plane/resources/instance.ts";
import { Webhook } from "../providers/plane/resources/webhook.ts";
import { Workspace } from "../providers/plane/resources/workspace.ts";
import { type Account, missingCredentials } from "./plane/accounts.ts";

export interface PlaneWorkspaceArgs {
  config: PlaneOpsConfig;
  /** Everyone of the platform, the concierge first. */
  accounts: readonly [concierge: Account, ...others: Account[]];
  /** The concierge's way in, without a token. */
  admin: Input<Access>;
  /** What holds Plane's data, where this stack does: when it goes, nothing inside has to be deleted first. */
  data?: Resource | undefined;
}

/** Labels by which a field's values are found in Plane's own filters. */
const MIRRORS: { [Name in FieldName]?: readonly string[] } = {
  agent_id: AGENTS.map(({ agentId }) => agentLabel(agentId)),
  confidence_score: [REVIEW_LABEL],
};

/** Plane's instance, the workspace and its fields (PROV-01, PROV-04, AUTH-01). */
export class PlaneWorkspace extends ComponentResource {
  /** Slug, known once the workspace is there. */
  readonly slug: Output<string>;
  /** The workspace itself: what is inside goes with it. */
  readonly workspace: Workspace;
  private readonly args: PlaneWorkspaceArgs;

  constructor(name: string, args: PlaneWorkspaceArgs, options?: ComponentResourceOptions) {
    super("planeops:plane:PlaneWorkspace", name, {}, options);
    this.args = args;

    const instance = this.createInstance();
    this.workspace = this.createWorkspace(instance);
    this.slug = this.workspace.slug;
    const fields = this.declareFields();
    this.warnOfPaidEdition(fields);

    this.registerOutputs();
  }

  /** The workspace's deliveries; its secret is Plane's own (NOTIF-01). */
  webhook(url: string, options?: CustomResourceOptions): Webhook {
    const { config, admin } = this.args;
    return new Webhook(
      "plane-webhook",
      {
        access: admin,
        adopt: config.adopt,
        slug: this.slug,
        url,
        projects: true,
        workItems: true,
        modules: true,
        cycles: true,
        comments: true,
        active: true,
        rotateSecret: config.rotateWebhookSecret,
      },
      { parent: this, deletedWith: this.workspace, ...options },
    );
  }

  private createInstance(): Instance {
    const { config, accounts, admin } = this.args;
    const [concierge] = accounts;
    return new Instance(
      "plane-instance",
      {
        access: admin,
        adopt: config.adopt,
        name: config.workspace.name,
        firstName: concierge.firstName,
        account: concierge.name,
        signUp: false,
        magicLink: false,
        passwordLogin: true,
        workspaceCreation: false,
        telemetry: false,
        passwordAccepted: true,
        marker: config.stack,
        missing: missingCredentials([...accounts]),
      },
      { parent: this, ...this.kept() },
    );
  }

  private createWorkspace(instance: Instance): Workspace {
    const { config, admin, data } = this.args;
    const { slug, name } = config.workspace;
    return new Workspace(
      "plane-workspace",
      { access: admin, adopt: config.adopt, slug, name, timezone: "UTC" },
      {
        parent: this,
        dependsOn: [instance],
        ...(data === undefined ? {} : { deletedWith: data }),
        ...this.kept(),
      },
    );
  }

  private declareFields(): CustomField[] {
    const { admin } = this.args;
    return FIELD_NAMES.map((name) => {
      const { type, allowed } = FIELDS[name];
      const mirrors = [...(MIRRORS[name] ?? [])].sort();
      return new CustomField(
        `plane-field-${name}`,
        { access: admin, slug: this.slug, name, type, allowed, mirrors },
        { parent: this, deletedWith: this.workspace },
      );
    });
  }

  private warnOfPaidEdition([field]: CustomField[]): void {
    output(field?.paidEdition).apply((paid) => {
      if (paid !== true) return;
      return log.warn(
        "This Plane is a paid edition with custom fields of its own. plane-ops keeps its fields in the block at the " +
          "end of each work item's description, and only there.",
        this,
      );
    });
  }

  /** Stateful things survive `pulumi destroy` outside `local`. */
  private kept(): CustomResourceOptions {
    const { protect } = this.args.config;
    return { protect, retainOnDelete: protect };
  }
}
