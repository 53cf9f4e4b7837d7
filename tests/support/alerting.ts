import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { alertGroups } from "../../dashboards/alerts/index.ts";
import type { Watched } from "../../dashboards/watched.ts";
import { debianPrograms } from "./debianPrograms.ts";
import { freePort } from "./freePort.ts";
import { prometheusRules } from "./prometheusRules.ts";
import { ServerProcess } from "./serverProcess.ts";
import { Telegram } from "./telegram.ts";

/** Grafana's own waits would make a test of minutes one of a quarter of an hour. */
const EVERY_SECONDS = 5;

/**
 * vmalert and Alertmanager between a VictoriaMetrics and Telegram's Bot API: in the place of Grafana, which is not to be
 * had here, with the same queries, limits, durations and words.
 */
export class Alerting {
  readonly #processes: ServerProcess[];

  private constructor(processes: ServerProcess[]) {
    this.#processes = processes;
  }

  /**
   * @param metricsUrl of a VictoriaMetrics.
   * @param folder that takes configuration, data and logs.
   */
  static async start(
    metricsUrl: string,
    watched: Watched,
    telegram: Telegram,
    folder: string,
  ): Promise<Alerting> {
    const [manager, rules] = await Promise.all([freePort(), freePort()]);
    writeFileSync(join(folder, "alertmanager.yml"), alertmanagerConfiguration(telegram));
    const written = prometheusRules(alertGroups(watched), "https://git.example.org/runbooks", EVERY_SECONDS);
    writeFileSync(join(folder, "rules.yml"), written);
    const programs = await debianPrograms("prometheus-alertmanager");
    const alertmanager = await ServerProcess.start({
      // Debian's reads templates from below /usr/share, where this machine need not have any.
      command: "unshare",
      args: [
        ...["--mount", "sh", "-c", 'mount --bind "$0" /usr/share && exec "$@"', join(programs, "../share")],
        join(programs, "prometheus-alertmanager"),
        `--config.file=${join(folder, "alertmanager.yml")}`,
        `--storage.path=${join(folder, "alertmanager")}`,
        `--web.listen-address=127.0.0.1:${manager}`,
        "--cluster.listen-address=",
      ],
      folder,
      env: {},
      log: join(folder, "alertmanager.log"),
      health: `http://127.0.0.1:${manager}/-/ready`,
    });
    const vmalert = await ServerProcess.start({
      command: join(await debianPrograms("victoria-metrics"), "vmalert"),
      args: [
        `-rule=${join(folder, "rules.yml")}`,
        `-datasource.url=${metricsUrl}`,
        `-notifier.url=http://127.0.0.1:${manager}`,
        `-httpListenAddr=127.0.0.1:${rules}`,
        "-rule.resendDelay=10s",
      ],
      folder,
      env: {},
      log: join(folder, "vmalert.log"),
      health: `http://127.0.0.1:${rules}/health`,
    });
    return new Alerting([vmalert, alertmanager]);
  }

  /** What both printed. */
  logs(): string {
    return this.#processes.map((each) => each.logs()).join("\n");
  }

  async stop(): Promise<void> {
    for (const each of this.#processes) await each.stop();
  }
}

/** Each alert in a message of its own, as the rules' own route has it in Grafana. */
function alertmanagerConfiguration(telegram: Telegram): string {
  return stringify({
    route: {
      receiver: "telegram-monitoring",
      group_by: ["alertname"],
      group_wait: "1s",
      group_interval: "5s",
      repeat_interval: "4h",
    },
    receivers: [
      {
        name: "telegram-monitoring",
        telegram_configs: [
          {
            api_url: `http://127.0.0.1:${telegram.port}`,
            bot_token: Telegram.TOKEN,
            chat_id: 987654321,
            parse_mode: "HTML",
            send_resolved: true,
            message:
              "{{ range .Alerts }}{{ .Status }} [{{ .Labels.severity }}] {{ .Annotations.summary }}\n" +
              "{{ .Annotations.action }}\n{{ .Annotations.runbook_url }}\n{{ end }}",
          },
        ],
      },
    ],
  });
}
