"""Keeps dbt imported and its project parsed, and runs one invocation after the other.

Standard input and output carry one JSON object per line: an order comes in, records of dbt's log and the end of
the invocation go out. Whatever dbt or a macro prints goes to standard error.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from datetime import datetime, timezone

# What the other side reads, beside every warning and error.
TOLD = {
    "MainReportVersion",
    "LogStartLine",
    "LogStartBatch",
    "LogBatchResult",
    "LogModelResult",
    "NodeFinished",
    "SkippingDetails",
    "LogSkipBecauseError",
    "MarkSkippedChildren",
    "JinjaLogInfo",
    "JinjaLogWarning",
    "PrintEvent",
    "ListCmdOut",
}
IGNORED_FOLDERS = {".git", "target", "logs", "node_modules", "__pycache__", ".millrace", ".venv", "venv"}
SECONDS_TO_CANCEL = 8

orders = queue.Queue()
current = {"id": None}


def main():
    # The folder of this script is no place to import from.
    sys.path.pop(0)
    said = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    asked = os.fdopen(os.dup(0), "r", encoding="utf-8")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    lock = threading.Lock()

    def say(**message):
        line = json.dumps(message, default=str)
        with lock:
            said.write(line + "\n")
            said.flush()

    threading.Thread(target=read_orders, args=(asked,), daemon=True).start()
    try:
        keep_session_settings()
        from dbt.version import installed

        dbt = Warm(say)
    except Exception as error:
        say(unusable=f"{type(error).__name__}: {error}")
        os._exit(1)
    say(ready=installed.to_version_string(skip_matcher=True))
    while True:
        order = orders.get()
        current["id"] = order["id"]
        try:
            dbt.run(order)
        except BaseException as error:
            say(id=order["id"], ended=False, failure=f"{type(error).__name__}: {error}", canceled=canceled(error))
            os._exit(1)


def read_orders(asked):
    """Runs beside dbt: an interruption must be heard while it works."""
    for line in asked:
        message = json.loads(line)
        if "cancel" not in message:
            orders.put(message)
        elif message["cancel"] == current["id"]:
            interrupt()
    # Nobody is left who could record what happens here.
    if current["id"] is not None:
        interrupt()
        time.sleep(SECONDS_TO_CANCEL)
    os._exit(0)


def interrupt():
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()


def canceled(error):
    return isinstance(error, (KeyboardInterrupt, SystemExit))


def keep_session_settings():
    """A profile with a search_path hands libpq options of its own, and libpq then forgets PGOPTIONS."""
    try:
        import psycopg2
    except ImportError:
        return
    plain = psycopg2.connect

    def connect(*args, **kwargs):
        options, ours = kwargs.get("options"), os.environ.get("PGOPTIONS")
        if options and ours:
            kwargs["options"] = f"{ours} {options}"
        return plain(*args, **kwargs)

    psycopg2.connect = connect


class Warm:
    """One project as dbt has parsed it."""

    def __init__(self, say):
        from dbt.cli.main import dbtRunner
        from dbt_common.events.functions import msg_to_dict

        self.invoke = lambda args, manifest, callback: dbtRunner(manifest, callbacks=[callback]).invoke(args)
        self.to_dict = msg_to_dict
        self.say = say
        self.manifest = None
        self.parsed_as = None
        self.env = {}
        self.in_batches = set()
        self.invocation_id = None

    def run(self, order):
        self.use_environment(order["env"])
        os.chdir(order["project"])
        results = {}
        self.in_batches = set()

        def heard(message):
            self.hear(order["id"], message, results)

        failure = self.parse_when_needed(order, heard)
        if failure is not None:
            return self.end(order, None, failure, results)
        if order["args"] is None:
            if order["manifest"] is not None:
                write_manifest(self.manifest, order["manifest"])
            return self.end(order, None, None, results)
        args = [*order["args"], "--no-write-json", "--log-level", "none"]
        outcome = self.invoke(args, self.manifest, heard)
        self.forget_compiled()
        if "--defer" in args:
            # What dbt deferred stays in the manifest.
            self.parsed_as = None
        return self.end(order, outcome.result, outcome.exception, results)

    def use_environment(self, env):
        for name in self.env:
            if name not in env:
                os.environ.pop(name, None)
        os.environ.update(env)
        self.env = env

    def parse_when_needed(self, order, heard):
        started, started_at = time.perf_counter(), datetime.now(timezone.utc)
        parsed_as = [order["place"], state_of_files(order["project"], order["profiles"])]
        if self.manifest is not None and self.parsed_as == parsed_as:
            return None
        args = [*order["parse"], "--no-write-json", "--log-level", "none"]
        if os.path.exists(order["parsed"]):
            args += ["--partial-parse-file-path", order["parsed"]]
        outcome = self.invoke(args, None, heard)
        if not outcome.success or outcome.result is None:
            self.manifest = None
            return outcome.exception or "dbt did not parse the project"
        self.manifest, self.parsed_as = outcome.result, parsed_as
        date_manifest(self.manifest, started_at)
        keep_parsed(order["folder"], order["parsed"])
        self.say(id=order["id"], parsed=round((time.perf_counter() - started) * 1000))
        return None

    def forget_compiled(self):
        """A node that was compiled before would not get its ephemeral parents again."""
        for node in self.manifest.nodes.values():
            if not getattr(node, "compiled", False):
                continue
            node.compiled = False
            node.compiled_code = None
            node.extra_ctes = []
            node.extra_ctes_injected = False
            if hasattr(node, "_pre_injected_sql"):
                node._pre_injected_sql = None

    def hear(self, id, message, results):
        name, level = message.info.name, message.info.level
        if name not in TOLD and level not in ("warn", "error"):
            return
        record = self.to_dict(message)
        self.invocation_id = record["info"].get("invocation_id")
        node = record["data"].get("node_info", {}).get("unique_id")
        # Batches of a microbatch model end under its name; only what follows its own line is the model's end.
        if name == "LogStartBatch":
            self.in_batches.add(node)
        elif name == "LogModelResult":
            self.in_batches.discard(node)
        elif name == "NodeFinished" and node not in self.in_batches:
            results[node] = record["data"]["run_result"]
        self.say(id=id, record=record)

    def end(self, order, result, failure, results):
        if canceled(failure):
            write_results(order["folder"], self.invocation_id, results)
        elif result is not None and hasattr(result, "write"):
            result.write(os.path.join(order["folder"], "run_results.json"))
        self.say(
            id=order["id"],
            ended=failure is None,
            failure=None if failure is None else str(failure),
            canceled=canceled(failure),
            memory=memory(),
        )
        current["id"] = None
        if canceled(failure):
            # Threads of the interrupted run may still be on their way out.
            os._exit(0)


def state_of_files(project, profiles):
    """Size and time of everything that dbt may read; parsing is what this spares."""
    state = {}
    folders = [project]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name not in IGNORED_FOLDERS:
                        folders.append(entry.path)
                elif entry.name != ".user.yml":
                    found = entry.stat()
                    state[entry.path] = (found.st_mtime_ns, found.st_size)
    if profiles is not None:
        try:
            found = os.stat(os.path.join(profiles, "profiles.yml"))
            state["profiles"] = (found.st_mtime_ns, found.st_size)
        except OSError:
            pass
    return state


def keep_parsed(folder, parsed):
    written = os.path.join(folder, "partial_parse.msgpack")
    if os.path.exists(written):
        os.makedirs(os.path.dirname(parsed), exist_ok=True)
        os.replace(written, parsed)


def date_manifest(manifest, started_at):
    """In a process that lives on, dbt would date everything by when it was imported."""
    for name in ("run_started_at", "invocation_started_at"):
        if hasattr(manifest.metadata, name):
            setattr(manifest.metadata, name, started_at)


def write_manifest(manifest, path):
    """Whole or not at all: somebody may be reading the one before."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    manifest.write(f"{path}.{os.getpid()}")
    os.replace(f"{path}.{os.getpid()}", path)


def write_results(folder, invocation_id, results):
    """An interrupted run: what was finished before is done, and somebody has to know."""
    path = os.path.join(folder, "run_results.json")
    account = [
        {
            "unique_id": unique_id,
            "status": result.get("status"),
            "message": result.get("message"),
            "execution_time": result.get("execution_time"),
            "failures": result.get("num_failures"),
            "adapter_response": result.get("adapter_response"),
        }
        for unique_id, result in results.items()
    ]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"metadata": {"invocation_id": invocation_id}, "results": account, "args": {}}, file, default=str)


def memory():
    """Bytes that this process holds."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    try:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    except ImportError:
        return 0


if __name__ == "__main__":
    main()
