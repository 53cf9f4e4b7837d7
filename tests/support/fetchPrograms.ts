import { OPENCLAW_VERSIONS } from "../../versions.ts";
import { installLitellm } from "./litellmInstall.ts";
import { installN8n } from "./n8nInstall.ts";
import { installOpenclaw } from "./openclawInstall.ts";

// While the first tests run, what later ones start is fetched: it takes minutes of waiting for a registry. Each is
// behind a lock, so who needs one meanwhile waits for it; what fails here is told by the test that needs it.
for (const fetch of [
  ...OPENCLAW_VERSIONS.map((version) => () => installOpenclaw(version)),
  installN8n,
  installLitellm,
])
  await fetch().catch(() => {});
