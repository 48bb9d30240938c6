"""Runs the test vectors of presence-machine against client.py.

    npx presence-machine generate --vectors --out vectors.json && python3 run.py vectors.json
Exit codes: 0, all right; 1, a step came out otherwise, and its line of the file is named; 2, there are no vectors to run.
"""
import json
import sys

sys.dont_write_bytecode = True
from client import Client  # noqa: E402


def happen(client, kind, type, **details):
    """Makes an event happen; returns what a call returns."""
    if type == "signin.request":
        return client.signin(details["tries"] == "retry", details.get("status"))
    if kind == "call":
        return client.signout() if type == "signout.request" else client.set_status(details["status"])
    if kind == "surroundings":
        thing, change = type.split(".")
        return client.surroundings(**{"network" if thing == "network" else "awake": change in ("restored", "resumed")})
    return getattr(client, type.replace(".", "_"))(**details) if kind == "answer" else None  # else the clock has done it


def go(client, time, event):
    """Goes a step; returns what came of it, in the words of the vectors."""
    client.commands, client.notices = [], []
    client.advance(time - 1)
    if client.commands or client.notices:
        return {"too early": client.commands + client.notices}
    client.advance(time)
    answer = happen(client, **event)
    came = {"state": client.state, "status": client.status, "commands": client.commands, "notices": client.notices}
    return came if answer is None else {"answer": answer, **came}


def load(path):
    """The vectors, and the line of each step."""
    text = open(path, encoding="utf-8").read()
    suite = json.loads(text)
    if not isinstance(suite, dict) or (suite.get("format"), suite.get("version")) != ("presence-machine vectors", 1):
        raise ValueError("these are no vectors of version 1")
    return suite, (number for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith('{"time":'))


if __name__ == "__main__":
    try:
        suite, lines = load(*sys.argv[1:])
    except (OSError, TypeError, ValueError) as error:
        print(f"run.py: {error}\n{__doc__}", file=sys.stderr)
        sys.exit(2)
    for vector in suite["vectors"]:
        client = Client(suite["rules"]["statuses"], suite["rules"]["queue"], suite["limits"])
        for step in vector["steps"]:
            line, event = next(lines), step["event"]
            meant = {name: value for name, value in step.items() if name not in ("time", "event")}
            came = go(client, step["time"], event)
            if came != meant:
                sys.exit(f"{sys.argv[1]}:{line}: vector {vector['name']}, {event['type']}\n  meant {meant}\n  came  {came}")
    print(f"{len(suite['vectors'])} vectors, {sum(len(vector['steps']) for vector in suite['vectors'])} steps: all right")
