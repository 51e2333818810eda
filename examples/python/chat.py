"""A small command line over kith_client.py. `python3 chat.py --help` says what it can do."""

import argparse
import asyncio
import getpass
import json
import os
import sys
import threading
import time

from kith_client import Client, Stopped
from kith_log import Log
from kith_session import Refused, SignedOut, sign_in

WAIT_S = 30


def name_of(log, user):
    known = log.user(user) if user else None
    return known["username"] if known else (user or "the server")


def label(log, row):
    summary = json.loads(row["summary"] or "{}")
    if summary.get("kind") == "self":
        return "notes"
    if summary.get("peer"):
        return name_of(log, summary["peer"]["user"])
    return summary.get("name") or row["id"]


def find(log, wanted):
    rows = [row for row in log.conversations() if wanted in (row["id"], label(log, row))]
    if len(rows) != 1:
        raise SystemExit(f"{len(rows)} conversations are called {wanted}: see `list`, and give the id")
    return rows[0]["id"]


def words(log, entry):
    body = entry["body"]
    if entry.get("erased"):
        return "(erased)"
    if entry["kind"] == "hidden":
        return "(hidden)"
    if entry["kind"] == "message.sent" and "text" in body:
        return body["text"]
    who = " ".join(name_of(log, user) for user in body.get("users", []))
    return body.get("fallback") or f"({entry['kind']} {who})"  # U1


def show(log, entry, as_json):
    if as_json:
        print(json.dumps(entry), flush=True)
    else:
        at = time.strftime("%H:%M", time.localtime(entry["at"] / 1000))
        print(f"{entry['seq']:>5} {at} {name_of(log, entry.get('author'))}: {words(log, entry)}", flush=True)


async def while_connected(log, until):
    """Runs a client, and ends when `until(client)` gives something or the client ends for good."""
    changed = asyncio.Event()
    client = Client(log, changed.set)
    running = asyncio.create_task(client.run())
    try:
        while not (found := until(client)):
            waiting = asyncio.create_task(changed.wait())
            await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            changed.clear()
            if running.done():
                running.result()
        return found
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def catch_up(log, options):
    if not options.offline:
        try:
            async with asyncio.timeout(WAIT_S):
                await while_connected(log, lambda client: client.caught_up)
        except TimeoutError:
            print("the server doesn't answer: this is what is held here", file=sys.stderr)


async def list_conversations(log, options):
    await catch_up(log, options)
    for row in log.conversations():
        print(f"{row['id']}  {row['have']:>6} of {row['head']:<6} {label(log, row)}")


async def read(log, options):
    await catch_up(log, options)
    conversation = find(log, options.conversation)
    entries = log.entries(conversation)
    for entry in entries if options.all else entries[-20:]:
        show(log, entry, options.json)
    if entries:
        log.read_up_to(conversation, entries[-1]["seq"])
        log.commit()


async def send(log, options):
    key = None

    def answered(client):
        nonlocal key
        if key is None and (client.caught_up or log.conversations()):
            key = client.send(find(log, options.conversation), " ".join(options.text))
        row = key and log.sent(key)
        return row if row and (row["seq"] or row["refused"]) else None

    row = await while_connected(log, answered)
    print(f"sent as {row['seq']}" if row["seq"] else f"refused: {row['refused']}")


async def follow(log, options):
    """Shows what comes; each line typed is a message. What is typed offline goes later."""
    conversation, shown, typed, loop = None, 0, [], asyncio.get_running_loop()

    def type_line(client, line):
        try:
            typed.append(client.send(conversation, line))
        except ValueError as error:
            print(f"not sent: {error}", file=sys.stderr)
        else:
            print(json.dumps({"queued": typed[-1], "text": line}) if options.json else f"      ... {line}", flush=True)

    def read_lines(client):
        for line in sys.stdin:
            if line.rstrip("\n"):
                loop.call_soon_threadsafe(type_line, client, line.rstrip("\n"))

    def watch(client):
        nonlocal conversation, shown
        if conversation is None:
            if not client.caught_up and not log.conversations():
                return
            conversation = find(log, options.conversation)
            shown = log.conversation(conversation)["have"] - 20
            threading.Thread(target=read_lines, args=(client,), daemon=True).start()
        for entry in log.entries(conversation, shown):
            show(log, entry, options.json)
        row = log.conversation(conversation)
        shown = row["have"] if row else 0  # less than before, where the log was discarded
        for sent in [log.sent(key) for key in typed]:
            if sent["seq"] or sent["refused"]:
                typed.remove(sent["key"])
            if sent["refused"]:
                print(f"refused ({sent['refused']}): {sent['text']}", file=sys.stderr)

    await while_connected(log, watch)


async def sign_in_here(log, options):
    password = os.environ.get("CHAT_PASSWORD") or getpass.getpass()
    sign_in(log, options.url, options.username, password)
    print(f"signed in as {options.username}")


def main():
    parser = argparse.ArgumentParser(description="A small client of Kith, with its log on disk.")
    parser.add_argument("--log", default=os.environ.get("CHAT_LOG", "kith.sqlite"), help="the file that it keeps")
    commands = parser.add_subparsers(required=True)

    def command(name, run, what):
        added = commands.add_parser(name, help=what)
        added.set_defaults(run=run)
        return added

    signing = command("sign-in", sign_in_here, "open a session; the password is asked for, or CHAT_PASSWORD")
    signing.add_argument("url")
    signing.add_argument("username")
    listing = command("list", list_conversations, "the conversations, and how much of each is held here")
    reading = command("read", read, "the last entries of a conversation")
    reading.add_argument("--all", action="store_true", help="from the first one")
    following = command("follow", follow, "what comes, and send each line that is typed")
    sending = command("send", send, "a message; ends when it has a number")
    for added in (listing, reading):
        added.add_argument("--offline", action="store_true", help="only what is held here")
    for added in (reading, following):
        added.add_argument("--json", action="store_true", help="a JSON object in each line")
    for added in (reading, following, sending):
        added.add_argument("conversation", help="an id, a group's name, the other's username, or notes")
    sending.add_argument("text", nargs="+")

    options = parser.parse_args()
    log = Log(options.log)
    try:
        asyncio.run(options.run(log, options))
    except KeyboardInterrupt:
        pass
    except (SignedOut, Stopped, Refused, ValueError, OSError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from error
    finally:
        log.close()


if __name__ == "__main__":
    main()
