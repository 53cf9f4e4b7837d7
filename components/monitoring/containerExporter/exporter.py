"""CPU, memory and OOM kills of containers for Prometheus, from Docker's own figures, read only.

exporter.py <address of Docker's API> <pattern of names> <port>

Nothing but Python's own library: in a fifth of the memory that Node needs for the same.
"""

import http.client
import json
import re
import signal
import sys
import threading
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What engines since 20.10 have: it knows `one-shot`, without which each figure takes a second.
API = "/v1.41"
TIMEOUT = 8
AGAIN = 5

OOM_KILLS = "container_oom_events_total"


class Engine:
    """Docker's API at an address, and which containers of it are looked at, by whole name."""

    def __init__(self, address: str, pattern: str):
        self.host = urllib.parse.urlsplit(address).netloc
        self.pattern = re.compile(pattern)

    def is_wanted(self, name: str) -> bool:
        return self.pattern.fullmatch(name) is not None

    def usages(self) -> list[tuple[str, float, int, int]]:
        """Name, seconds of CPU, bytes in use and the limit in bytes of each wanted container that runs."""
        names = {container["Id"]: container["Names"][0][1:] for container in self.get("/containers/json")}
        wanted = [(id, name) for id, name in names.items() if self.is_wanted(name)]
        # All at once: for each of them the engine waits until its next look, up to a second.
        with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
            found = pool.map(lambda one: (one[1], self.stats(one[0])), wanted)
            return sorted((name, *figures(stats)) for name, stats in found if is_running(stats))

    def stats(self, id: str):
        return self.get(f"/containers/{id}/stats?stream=false&one-shot=true")

    def get(self, path: str):
        """What Docker answers; None for a container that is gone meanwhile."""
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT)
        try:
            connection.request("GET", API + path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status == 404:
            return None
        if response.status != 200:
            raise OSError(f"{path}: {response.status}")
        return json.loads(body)

    def each_oom_kill(self, since: int):
        """Names of wanted containers that are killed for their memory, as it happens; ends when Docker closes."""
        filters = urllib.parse.quote(json.dumps({"type": ["container"], "event": ["oom"]}))
        connection = http.client.HTTPConnection(self.host)
        try:
            connection.request("GET", f"{API}/events?since={since}&filters={filters}")
            response = connection.getresponse()
            if response.status != 200:
                raise OSError(f"events: {response.status}")
            for line in response:
                name = json.loads(line)["Actor"]["Attributes"].get("name", "")
                if self.is_wanted(name):
                    yield name
        finally:
            connection.close()


def is_running(stats: dict | None) -> bool:
    """A container that stops meanwhile has no figures."""
    return stats is not None and "usage" in stats["memory_stats"]


def figures(stats: dict) -> tuple[float, int, int]:
    """Seconds of CPU, bytes that cannot be given back at once, limit: cgroup v1 and v2 name the file cache differently."""
    memory = stats["memory_stats"]
    parts = memory.get("stats", {})
    cache = parts.get("inactive_file", parts.get("total_inactive_file", 0))
    seconds = stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
    return seconds, max(0, memory["usage"] - cache), memory.get("limit", 0)


def text(usages: list[tuple[str, float, int, int]], kills: Counter) -> str:
    """Under the names that cAdvisor gave them, which dashboards everywhere know."""
    metrics = {
        "container_cpu_usage_seconds_total": ("counter", "CPU time used", 1),
        "container_memory_working_set_bytes": ("gauge", "Memory without cache that can be given back", 2),
        "container_spec_memory_limit_bytes": ("gauge", "Memory limit; the host's memory where there is none", 3),
    }
    lines = []
    for metric, (kind, meaning, field) in metrics.items():
        lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} {kind}"]
        lines += [f'{metric}{{name="{usage[0]}"}} {usage[field]}' for usage in usages]
    lines += [f"# HELP {OOM_KILLS} Processes killed for want of memory", f"# TYPE {OOM_KILLS} counter"]
    # A container that is killed is not there for a while, and its kills count all the same.
    names = sorted({usage[0] for usage in usages} | set(kills))
    lines += [f'{OOM_KILLS}{{name="{name}"}} {kills[name]}' for name in names]
    return "\n".join(lines) + "\n"


def count_kills(engine: Engine, kills: Counter) -> None:
    """For good: a container's own state forgets its kills when it starts again. After a break it asks for what was missed."""
    since = int(time.time())
    while True:
        try:
            for name in engine.each_oom_kill(since):
                kills[name] += 1
                since = int(time.time()) + 1
        except (OSError, ValueError, http.client.HTTPException):
            pass
        time.sleep(AGAIN)


def main(address: str, pattern: str, port: str) -> None:
    # As first process of a container it would not hear it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    engine = Engine(address, pattern)
    kills: Counter = Counter()
    threading.Thread(target=count_kills, args=(engine, kills), daemon=True).start()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/health":
                self.answer(200, "ok\n")
            elif self.path != "/metrics":
                self.answer(404, "")
            else:
                try:
                    self.answer(200, text(engine.usages(), kills))
                except (OSError, ValueError, http.client.HTTPException) as error:
                    self.answer(503, f"{error}\n")

        def answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """A line for each look says nothing."""

    ThreadingHTTPServer(("", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
