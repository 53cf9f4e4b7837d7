import type { ResourceHandler } from "../plugin.ts";
import type { ResourceSpec } from "../schema.ts";
import type { Properties, Value } from "../values.ts";
import { type DifferenceRules, difference } from "./difference.ts";
import { engine, engineWords, found, isNotFound, told } from "./engine.ts";
import { autoName, labelsToMap, mapToLabels } from "./lists.ts";

const RULES: DifferenceRules = {
  ordered: [],
  chosenByEngine: { ipamConfigs: ["gateway", "ipRange", "auxAddress"] },
};

/** How long a removal waits for the last container to leave. */
const LEAVE_TIMEOUT_MS = 30_000;

interface Seen {
  Id: string;
  Name: string;
  Driver: string;
  Scope: string;
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  EnableIPv6: boolean;
  Labels: Record<string, string>;
  Options: Record<string, string>;
  IPAM: { Driver: string; Options: Record<string, string> | null; Config: Record<string, string>[] | null };
  Containers?: Record<string, Record<string, string>>;
}

interface IpamConfig {
  subnet?: string;
  gateway?: string;
  ipRange?: string;
  auxAddress?: Record<string, string>;
}

export function networks(spec: ResourceSpec): ResourceHandler {
  return {
    check(inputs, oldInputs, target) {
      autoName(inputs, oldInputs, target.name);
      inputs.ipamDriver ??= "default";
      return [];
    },
    diff: (state, _oldInputs, inputs) => difference(spec, RULES, state, inputs),
    async create(inputs) {
      const docker = await engine();
      const ipam = (inputs.ipamConfigs as IpamConfig[] | undefined)?.map((config) => ({
        Subnet: config.subnet,
        Gateway: config.gateway,
        IPRange: config.ipRange,
        AuxiliaryAddresses: config.auxAddress,
      }));
      const network = await told(
        "Unable to create network",
        docker.createNetwork({
          Name: inputs.name as string,
          CheckDuplicate: true,
          Driver: inputs.driver as string | undefined,
          Internal: Boolean(inputs.internal),
          Attachable: Boolean(inputs.attachable),
          Ingress: Boolean(inputs.ingress),
          EnableIPv6: Boolean(inputs.ipv6),
          Labels: labelsToMap(inputs.labels),
          Options: inputs.options as Record<string, string> | undefined,
          IPAM: {
            Driver: inputs.ipamDriver as string,
            Config: ipam as never,
            Options: inputs.ipamOptions as Record<string, string> | undefined,
          },
        }),
      );
      const seen = await inspect(network.id);
      if (!seen) throw new Error(`the network ${inputs.name} was removed while it was made`);
      return { id: seen.Id, outputs: networkState(seen, inputs) };
    },
    async read(id, _inputs, state) {
      const seen = await inspect(id);
      return seen && { id: seen.Id, outputs: networkState(seen, state) };
    },
    async delete(id) {
      const network = (await engine()).getNetwork(id);
      const deadline = Date.now() + LEAVE_TIMEOUT_MS;
      for (;;) {
        try {
          await network.remove();
          return;
        } catch (error) {
          if (isNotFound(error)) return;
          const busy = engineWords(error).includes("has active endpoints");
          if (!busy || Date.now() > deadline)
            throw new Error(`Unable to remove network: ${engineWords(error)}`);
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      }
    },
  };
}

async function inspect(nameOrId: string): Promise<Seen | undefined> {
  const call = (await engine()).getNetwork(nameOrId).inspect();
  // The types of the client describe another shape than the engine gives.
  return (await found(`Unable to inspect network ${nameOrId}`, call)) as Seen | undefined;
}

function networkState(seen: Seen, recorded: Properties): Properties {
  return {
    ...recorded,
    name: seen.Name,
    attachable: seen.Attachable,
    driver: seen.Driver,
    ingress: seen.Ingress,
    internal: seen.Internal,
    ipv6: seen.EnableIPv6,
    ipamConfigs: ipamConfigs(seen),
    ipamDriver: seen.IPAM.Driver,
    ipamOptions: seen.IPAM.Options ?? {},
    labels: mapToLabels(seen.Labels),
    options: seen.Options ?? {},
    scope: seen.Scope,
  };
}

function ipamConfigs(seen: Seen): Properties[] {
  return (seen.IPAM.Config ?? []).map((config) => ({
    subnet: config.Subnet,
    gateway: config.Gateway,
    ipRange: config.IPRange,
    auxAddress: config.AuxiliaryAddresses as Value | undefined,
  }));
}

/** The function `getNetwork`: an existing network by its name. */
export async function getNetwork(args: Properties): Promise<Properties> {
  const name = args.name as string;
  const seen = await inspect(name);
  if (!seen) throw new Error(`Could not find docker network: network ${name} not found`);
  return {
    id: seen.Id,
    name: seen.Name,
    driver: seen.Driver,
    internal: seen.Internal,
    scope: seen.Scope,
    options: seen.Options ?? {},
    ipamConfigs: ipamConfigs(seen),
    containers: Object.entries(seen.Containers ?? {}).map(([containerId, endpoint]) => ({
      containerId,
      endpointId: endpoint.EndpointID,
      name: endpoint.Name,
      ipv4Address: endpoint.IPv4Address,
      ipv6Address: endpoint.IPv6Address,
      macAddress: endpoint.MacAddress,
    })),
  };
}
