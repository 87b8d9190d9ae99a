#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Varlink client that knows a service only by the text it gives of itself.

usage: client.py SOCKET [--ssid TEXT --token TEXT]   (passphrase: environment PASSPHRASE)

Calls every method with generated values and checks every reply by its declared type; sends every
wrong type for every parameter and expects an error that names it. With --ssid it drives one whole
provisioning. Prints what it did; exit status 0 when all was as declared.
"""
import argparse
import json
import os
import re
import socket
import sys

from varlink_text import Faulty, Interface

SERVICE = "org.varlink.service"
WAIT_S = 20


class Strange(Exception):
    """The service did what its text does not say."""


class Line:
    """One connection: JSON objects, each with a NUL behind it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(path)
        self.rest = b""

    def close(self):
        self.socket.close()

    def send(self, method, parameters=None, **flags):
        call = {"method": method, **flags}
        if parameters is not None:
            call["parameters"] = parameters
        self.socket.sendall(json.dumps(call).encode() + b"\0")

    def receive(self):
        while b"\0" not in self.rest:
            got = self.socket.recv(65536)
            if not got:
                raise Strange("the connection was closed")
            self.rest += got
        message, _, self.rest = self.rest.partition(b"\0")
        reply = json.loads(message.decode("utf-8"))
        if not isinstance(reply, dict) or set(reply) - {"parameters", "continues", "error"}:
            raise Strange("no reply: %r" % reply)
        if not isinstance(reply.get("continues", False), bool):
            raise Strange("continues: %r" % reply)
        return reply


class Client:
    def __init__(self, path):
        self.path = path
        self.checks = 0
        self.interfaces = {}

    def ask(self, method, parameters=None, **flags):
        """One call on a connection of its own. Returns (error name or None, parameters)."""
        line = Line(self.path)
        try:
            line.send(method, parameters, **flags)
            reply = line.receive()
        finally:
            line.close()
        if "more" not in flags and reply.get("continues"):
            raise Strange("%s: continues without more" % method)
        return self.judge(method, reply)

    def judge(self, method, reply):
        """Checks one reply by the declared types."""
        interface_name, _, name = method.rpartition(".")
        interface = self.interfaces[interface_name]
        given = reply.get("parameters", {})
        error = reply.get("error")
        self.checks += 1
        if error is None:
            interface.check(given, interface.methods[name][1], method)
            return None, given
        owner, _, error_name = error.rpartition(".")
        declared = self.interfaces.get(owner)
        if declared is None or error_name not in declared.errors:
            raise Strange("%s: undeclared error %s %r" % (method, error, given))
        declared.check(given, declared.errors[error_name], error)
        return error, given

    def good(self, method, parameters=None):
        error, given = self.ask(method, parameters)
        if error:
            raise Strange("%s %r: %s %r" % (method, parameters, error, given))
        return given

    def introspect(self):
        """The text of org.varlink.service is needed before its replies can be judged."""
        line = Line(self.path)
        line.send(SERVICE + ".GetInterfaceDescription", {"interface": SERVICE})
        text = line.receive()["parameters"]["description"]
        line.close()
        self.interfaces[SERVICE] = Interface(text)
        info = self.good(SERVICE + ".GetInfo")
        for name in info["interfaces"]:
            text = self.good(SERVICE + ".GetInterfaceDescription", {"interface": name})
            self.interfaces[name] = Interface(text["description"])
            if self.interfaces[name].name != name:
                raise Strange("%s describes %s" % (name, self.interfaces[name].name))
        return [name for name in info["interfaces"] if name != SERVICE]

    def needed(self, interface, fields):
        return {n: interface.sample(k) for n, k in fields.items() if k[0] != "maybe"}

    def call_everything(self, interface):
        for name, (given, _) in interface.methods.items():
            method = interface.name + "." + name
            fields = given[1]
            base = self.needed(interface, fields)
            tries = [base] + [
                {**base, field: interface.sample(kind)}
                for field, kind in fields.items()
                if kind[0] == "maybe"
            ]
            tries += [{**base, **{f: None for f, k in fields.items() if k[0] == "maybe"}}]
            outcomes = set()
            for parameters in tries:
                error, _ = self.ask(method, parameters)
                if error == SERVICE + ".MethodNotFound":
                    raise Strange("%s is in the text but not there" % method)
                outcomes.add(error.rpartition(".")[2] if error else "reply")
            print("  %s: %d calls: %s" % (name, len(tries), ", ".join(sorted(outcomes))))

    def send_wrong_types(self, interface):
        faults = []
        count = 0
        for name, (given, _) in interface.methods.items():
            method = interface.name + "." + name
            fields = given[1]
            base = self.needed(interface, fields)
            wrong = [(f, {**base, f: v}) for f, k in fields.items() for v in interface.wrong(k)]
            wrong += [(f, {k: v for k, v in base.items() if k != f}) for f in base]
            for field, parameters in wrong:
                count += 1
                # With `more`, since there are methods that want it before anything else.
                error, said = self.ask(method, parameters, more=True)
                # "methods[0]" names it, too.
                named = re.split(r"[.\[]", said.get("parameter", ""))[0]
                if error != SERVICE + ".InvalidParameter" or named != field:
                    faults.append("%s %s: %s %s" % (name, parameters, error, said))
        print("  %d wrong parameters" % count)
        if faults:
            raise Strange("not refused by name:\n    " + "\n    ".join(faults))

    def unknown_things(self, interface):
        for method, expect in (
            (interface.name + ".NoSuchMethod", "MethodNotFound"),
            ("org.example.nowhere.Do", "InterfaceNotFound"),
        ):
            line = Line(self.path)
            line.send(method)
            reply = line.receive()
            line.close()
            self.checks += 1
            if reply.get("error") != SERVICE + "." + expect:
                raise Strange("%s: %r" % (method, reply))

    def watch_to_the_end(self, name, session):
        line = Line(self.path)
        line.send(name + ".Watch", {"session": session}, more=True)
        entries = []
        while True:
            reply = line.receive()
            error, given = self.judge(name + ".Watch", reply)
            if error:
                raise Strange("Watch: %s %r" % (error, given))
            entries.append(given["entry"])
            if not reply.get("continues"):
                break
        # The connection is free again.
        line.send(SERVICE + ".GetInfo")
        self.judge(SERVICE + ".GetInfo", line.receive())
        line.close()
        return entries

    def rest(self, name):
        """Nothing runs and nothing is remembered."""
        self.ask(name + ".Stop")
        self.good(name + ".Reset", {"what": "factory"})
        self.ask(name + ".Stop")

    def provision(self, name, ssid, passphrase, token):
        def by_command(start_first):
            if start_first:
                started = self.good(name + ".Start")["session"]
            given = self.good(
                name + ".Provide", {"ssid": ssid, "passphrase": passphrase, "token": token}
            )
            if start_first and given["session"] != started:
                raise Strange("Provide did not use the running session")
            entries = self.watch_to_the_end(name, given["session"])
            if entries[-1]["state"] != "bound":
                raise Strange("not bound: %r" % entries[-5:])
            timeline = self.good(name + ".Timeline", {"session": given["session"]})
            if timeline["entries"] != entries:
                raise Strange("the timeline is not what was watched")
            status = self.good(name + ".Status")
            if not status["bound"] or status["networks"] != 1:
                raise Strange("Status after binding: %r" % status)
            print("  session %d: %d entries" % (given["session"], len(entries)))

        self.rest(name)
        by_command(start_first=False)
        self.rest(name)
        by_command(start_first=True)
        networks = self.good(name + ".Networks")["networks"]
        if [n["ssid"] for n in networks] != [ssid]:
            raise Strange("Networks: %r" % networks)
        self.good(name + ".SetNetworkPriority", {"ssid": ssid, "priority": 5})
        networks = self.good(name + ".Networks")["networks"]
        if networks[0]["priority"] != 5:
            raise Strange("Networks: %r" % networks)
        self.good(name + ".ForgetNetwork", {"ssid_hex": networks[0]["ssid_hex"]})
        if self.good(name + ".Networks")["networks"]:
            raise Strange("a forgotten network is still there")
        # A session counts by how it ended, when all of it is released.
        self.rest(name)
        stats = self.good(name + ".Stats")["stats"]
        if stats["sessions_bound"] < 2:
            raise Strange("Stats: %r" % stats)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("--ssid")
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    client = Client(options.socket)
    try:
        for name in client.introspect():
            interface = client.interfaces[name]
            print("%s: %d methods" % (name, len(interface.methods)))
            client.unknown_things(interface)
            client.call_everything(interface)
            if options.ssid:
                client.provision(
                    name, options.ssid, os.environ.get("PASSPHRASE", ""), options.token
                )
                client.rest(name)
            client.send_wrong_types(interface)
    except (Strange, Faulty, OSError, ValueError, KeyError) as fault:
        print("FAULT: %s: %s" % (type(fault).__name__, fault))
        return 1
    print("%d replies were as declared" % client.checks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
