"""Cases for differential testing: schema, policies, templates with links, entities and requests.

`case_of(seed, index)` is the same for the same two numbers. A case is a structure (trees as in
syntax.py) that reduce.py can shrink; `rendered(case)` is the line both engines answer.

What JavaScript cannot carry is left out here, not forgiven in the comparison: integers beyond 2^53
stand in policy text only, and no JSON number has a fraction or an exponent.
"""

import json
import random
import re

import syntax

NAMES = ["a", "b", "name", "owner", "level", "tags", "rec", "set", "x y", "", "if", "é", "is"]
IDS = ["a", "b", "c", "", "x y", 'q"\\', "é\u0000", "*"]
STRINGS = ["", "a", "b", "ab", "*", "a*b", "é", "\u0000", "x\ny", "aab", "🙂", 'q"', "\\"]
LONGS = [0, 1, -1, 2, 7, 10, 100, -100, 2**31, 2**53 - 1, -(2**53) + 1]
BIG = [2**63 - 1, -(2**63), 2**62, -(2**62), 2**63 - 2, 3037000500]
LITERALS = {
    "ipaddr": ["10.0.0.1", "10.0.0.0/8", "127.0.0.1", "127.0.0.0/7", "224.0.0.1/4", "0.0.0.0/0", "::1",
               "ff00::/8", "2001:db8::/32", "::", "fe80::1", "1.2.3.4/32", "::ffff:1", "::/0",
               "1:2:3:4:5:6:7:8", "2001:db8::1/128", "192.168.0.0/16"],
    "decimal": ["0.0", "1.0", "-1.5", "0.0001", "-0.1", "922337203685477.5807", "-922337203685477.5808",
                "12.34", "00.10", "1.2300"],
    "datetime": ["2024-01-01", "1970-01-01", "1969-12-31T23:59:59Z", "2024-02-29T12:30:00.123Z",
                 "0000-01-01", "9999-12-31T23:59:59.999Z", "2024-10-15T11:35:00+0100",
                 "2024-10-15T11:35:00.001-2359", "1900-03-01T00:00:00Z"],
    "duration": ["0ms", "1d", "-1d", "1d2h3m4s5ms", "-5ms", "90s", "24h", "9223372036854775807ms",
                 "-9223372036854775808ms", "36500d", "1h1ms"],
}
WRONG = {
    "ipaddr": ["", "10.0.0.256", "10.0.0.1/33", "::ffff:1.2.3.4", "10.0.0.01", "10.0.0.1/08", "1::2::3",
               "::1/129", "10.0.0.1/", "a", "1.2.3", ":::", "12345::", "1.2.3.4 ", "::1%eth0"],
    "decimal": ["1", "1.", ".5", "1.23456", "922337203685477.5808", "+1.0", "1e1", " 1.0", "-", "1.0.0"],
    "datetime": ["2024-13-01", "2024-02-30", "2023-02-29", "2024-1-1", "2024-01-01T24:00:00Z",
                 "2024-01-01T00:00:60Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+2400", "20240101",
                 "2024-01-01T00:00:00.1Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00+01:00", "-001-01-01"],
    "duration": ["", "1", "1h1d", "1d1d", "+1d", "1.5h", "1 d", "d", "--1d", "9223372036854775808ms",
                 "106751991168d", "-", "1D"],
}
CONSTRUCTORS = {"ipaddr": "ip", "decimal": "decimal", "datetime": "datetime", "duration": "duration"}
EXTENSIONS = tuple(CONSTRUCTORS)
METHODS = {
    "bool": [("ipaddr", "isIpv4", []), ("ipaddr", "isIpv6", []), ("ipaddr", "isLoopback", []),
             ("ipaddr", "isMulticast", []), ("ipaddr", "isInRange", ["ipaddr"]),
             ("decimal", "lessThan", ["decimal"]), ("decimal", "lessThanOrEqual", ["decimal"]),
             ("decimal", "greaterThan", ["decimal"]), ("decimal", "greaterThanOrEqual", ["decimal"])],
    "long": [("duration", "toMilliseconds", []), ("duration", "toSeconds", []), ("duration", "toMinutes", []),
             ("duration", "toHours", []), ("duration", "toDays", [])],
    "datetime": [("datetime", "offset", ["duration"]), ("datetime", "toDate", [])],
    "duration": [("datetime", "durationSince", ["datetime"]), ("datetime", "toTime", [])],
}
SCALARS = ["bool", "long", "string", "long", "string", *EXTENSIONS]


class Generator:
    def __init__(self, seed, index):
        self.random = random.Random(f"{seed}:{index}")
        self.guards = []  # `has` and `hasTag` that the expression being made needs
        self.wild = self.chance(0.25)  # types are not respected now and then
        self.big = self.chance(0.15)  # arithmetic at the ends of 64 bits

    def chance(self, p):
        return self.random.random() < p

    def pick(self, options):
        return options[self.random.randrange(len(options))]

    def some(self, options, low, high):
        return self.random.sample(options, min(len(options), self.random.randint(low, high)))

    # --- Schema ---------------------------------------------------------------------------------

    def type(self, depth=2):
        roll = self.random.random()
        if roll < 0.25 and self.entity_names:
            return ["entity", self.pick(self.entity_names)]
        if depth and roll < 0.4:
            return ["set", self.type(depth - 1)]
        if depth and roll < 0.5:
            return ["record", self.attributes(depth - 1, 1, 3)]
        if roll < 0.55 and self.common:
            return ["common", self.pick(list(self.common))]
        return [self.pick(SCALARS)]

    def attributes(self, depth, low, high):
        return [[n, self.type(depth), self.chance(0.6)] for n in self.some(NAMES, low, high)]

    def resolve(self, t):
        while t[0] == "common":
            t = self.common[t[1]]
        return t

    def schema(self):
        self.space = self.pick(["", "", "N", "N::M"])
        prefix = self.space + "::" if self.space else ""
        short = self.some(["User", "Group", "Doc", "Folder", "Org"], 2, 5)
        self.entity_names = [prefix + n if self.chance(0.5) else n for n in short]
        self.common = {}
        types = []
        for name in self.some(["T", "Ctx"], 0, 2):
            self.common[name] = ["record", self.attributes(1, 1, 3)] if self.chance(0.5) else self.type(1)
            types.append([name, self.common[name]])
        self.types = {}  # whole name -> entity type
        entities = []
        for name in short:
            entity = {"name": name, "parents": [], "attrs": [], "tags": None}
            if self.chance(0.1):
                entity["enum"] = self.some(IDS, 1, 3)
            else:
                entity["parents"] = self.some(short, 0, 2)
                entity["attrs"] = self.attributes(2, 0, 5)
                entity["tags"] = self.type(1) if self.chance(0.4) else None
            entities.append(entity)
            self.types[prefix + name] = entity | {"parents": [prefix + p for p in entity["parents"]]}
        self.whole = {n: n if n in self.types else prefix + n for n in [*short, *self.entity_names]}
        for entity in self.types.values():  # nothing is in an enumerated type's entities
            entity["parents"] = [p for p in entity["parents"]]
        actions, self.actions = [], {}
        groups = self.some(["read", "write", "all"], 1, 3)
        for i, group in enumerate(groups):
            actions.append({"id": group, "parents": groups[:i][-1:] if self.chance(0.5) else [],
                            "applies": None})
        for name in self.some(["view", "edit", "x y", "delete"], 1, 4):
            principals, resources = self.some(short, 1, 2), self.some(short, 1, 2)
            context = ["record", self.attributes(2, 0, 4)]
            actions.append({"id": name, "parents": self.some(groups, 0, 2),
                            "applies": [principals, resources, context]})
            self.actions[name] = ([prefix + p for p in principals], [prefix + r for r in resources],
                                  context)
        self.prefix = prefix
        self.action_type = prefix + "Action"
        self.action_ids = [a["id"] for a in actions]
        self.parents_of = {a["id"]: a["parents"] for a in actions}
        return {"namespaces": [{"name": self.space, "types": types, "entities": entities,
                                "actions": actions}]}

    # --- Values and entities ---------------------------------------------------------------------

    def whole_name(self, t):
        return self.whole.get(t[1], t[1])

    def id(self, type_name):
        entity = self.types.get(type_name)
        if entity and entity.get("enum") and not self.chance(0.03):
            return self.pick(entity["enum"])
        return self.pick(IDS)

    def value(self, t, depth=3):
        """JSON of a value of this type; with schema-based parsing it may do without escapes."""
        t = self.resolve(t)
        if self.wild and self.chance(0.02):
            t = self.resolve(self.type(1))
        if t[0] == "bool":
            return self.chance(0.5)
        if t[0] == "long":
            return self.pick(LONGS)
        if t[0] == "string":
            return self.pick(STRINGS)
        if t[0] == "set":
            return [self.value(t[1], depth - 1) for _ in range(self.random.randint(0, 3 if depth > 0 else 1))]
        if t[0] == "record":
            return {n: self.value(a, depth - 1) for n, a, required in t[1]
                    if (required and not self.chance(0.004)) or self.chance(0.5)}
        if t[0] == "entity":
            name = self.whole_name(t)
            uid = {"type": name, "id": self.id(name)}
            return uid if self.implicit and self.chance(0.5) else {"__entity": uid}
        text = self.pick(WRONG[t[0]] if self.chance(0.01) else LITERALS[t[0]])
        if self.implicit and self.chance(0.5):
            return text
        return {"__extn": {"fn": CONSTRUCTORS[t[0]], "arg": text}}

    def entities(self):
        out, seen = [], set()
        for type_name, entity in self.types.items():
            for id_ in self.some(entity.get("enum") or IDS[:5], 0, 3):
                item = {"uid": {"type": type_name, "id": id_}, "attrs": {}, "parents": []}
                if not entity.get("enum"):
                    item["attrs"] = self.value(["record", entity["attrs"]])
                    if not isinstance(item["attrs"], dict):
                        item["attrs"] = {}
                    if entity["tags"] and self.chance(0.8):
                        item["tags"] = {n: self.value(entity["tags"]) for n in self.some(STRINGS, 0, 3)}
                    above = [p for p in entity["parents"] if p >= type_name or self.chance(0.1)]
                    for parent in above:
                        chosen = self.id(parent)
                        if (parent, chosen) != (type_name, id_) and (parent > type_name or chosen > id_
                                                                     or self.chance(0.02)):
                            item["parents"].append({"type": parent, "id": chosen})
                if (type_name, id_) not in seen:
                    seen.add((type_name, id_))
                    out.append(item)
        if self.chance(0.3):  # as the schema says, or not quite
            for name in self.some(self.action_ids, 1, 2):
                closure = self.action_closure(name) if self.chance(0.95) else self.some(self.action_ids, 0, 1)
                out.append({"uid": {"type": self.action_type, "id": name}, "attrs": {},
                            "parents": [{"type": self.action_type, "id": p} for p in closure if p != name]})
        if self.wild and out and self.chance(0.05):
            out.append(dict(self.pick(out)))
        self.random.shuffle(out)
        return out

    def action_closure(self, name):
        found, todo = [], list(self.parents_of[name])
        while todo:
            parent = todo.pop()
            if parent not in found:
                found.append(parent)
                todo += self.parents_of[parent]
        return found

    def request(self):
        name = self.pick(list(self.actions))
        principals, resources, context = self.actions[name]
        principal, resource = self.pick(principals), self.pick(resources)
        if self.chance(0.04):
            principal = self.pick(list(self.types))
        action = self.pick(self.action_ids) if self.chance(0.05) else name
        return {"principal": {"type": principal, "id": self.id(principal)},
                "action": {"type": self.action_type, "id": action},
                "resource": {"type": resource, "id": self.id(resource)},
                "context": self.value(context)}

    # --- Policies ----------------------------------------------------------------------------------

    def uid(self, type_name=None):
        type_name = type_name or self.pick(list(self.types))
        return ["uid", type_name, self.id(type_name)]

    def scope(self, type_name, slot):
        kind = self.random.random()
        target = slot if slot and self.chance(0.7) else self.uid(
            self.pick([type_name, *self.types[type_name]["parents"]]) if not self.chance(0.1) else None)
        if kind < 0.3 and not (slot and target == slot):
            return ["any"]
        if kind < 0.5:
            return ["eq", target if target == slot else self.uid(type_name)]
        if kind < 0.7:
            return ["in", target]
        if kind < 0.85 and target != slot:
            return ["is", type_name]
        return ["isin", type_name, target]

    def action_scope(self, name):
        kind = self.random.random()
        one = ["uid", self.action_type, name]
        if kind < 0.25:
            return ["any"]
        if kind < 0.55:
            return ["eq", one]
        if kind < 0.8:
            above = self.action_closure(name) + [name]
            return ["in", ["uid", self.action_type, self.pick(above)]]
        others = [["uid", self.action_type, n] for n in self.some(self.action_ids, 0, 2)]
        return ["in", [*others, one] if self.chance(0.95) else []]

    def policy(self, template=False):
        name = self.pick(list(self.actions))
        principals, resources, context = self.actions[name]
        principal, resource = self.pick(principals), self.pick(resources)
        self.env = {"principal": ["entity", principal], "resource": ["entity", resource],
                    "action": ["entity", self.action_type], "context": context}
        both = self.pick([("?principal", None), (None, "?resource"), ("?principal", "?resource")])
        slots = both if template else (None, None)
        annotations = [[n, self.pick([None, "", "x", 'q"'])] for n in self.some(["id", "note", "if"], 0, 1)]
        conditions = [[self.pick(["when", "when", "when", "unless"]), self.condition()]
                      for _ in range(self.pick([0, 1, 1, 1, 2, 3]))]
        out = {"annotations": annotations, "effect": self.pick(["permit", "permit", "forbid"]),
               "principal": self.scope(principal, slots[0]), "action": self.action_scope(name),
               "resource": self.scope(resource, slots[1]), "conditions": conditions}
        if template and not any(s in out[v] for s, v in zip(slots, ("principal", "resource"))):
            if not self.chance(0.02):  # a template has a slot
                variable = "principal" if slots[0] else "resource"
                out[variable] = [self.pick(["eq", "in"]), "?" + variable]
        return out

    def condition(self):
        self.guards = []
        body = self.expr(["bool"], self.random.randint(1, 5))
        return self.guarded(body)

    def guarded(self, body):
        guards, self.guards = self.guards, []
        for guard in guards:
            roll = self.random.random()
            if roll < 0.7:
                body = ["bin", "&&", guard, body]
            elif roll < 0.8:
                body = ["if", guard, body, ["lit", self.chance(0.5)]]
            elif roll < 0.85:
                body = ["bin", "||", ["not", guard], body]
            elif roll < 0.88:
                body = ["bin", "&&", body, guard]
        return body

    def expr(self, t, depth):
        """An expression of type `t`, mostly."""
        t = self.resolve(t)
        if self.wild and self.chance(0.03):
            t = self.resolve(self.type(1))
        if depth <= 0 or self.chance(0.15):
            return self.leaf(t)
        roll = self.random.random()
        if roll < 0.08:
            return ["if", self.expr(["bool"], depth - 1), self.expr(t, depth - 1), self.expr(t, depth - 1)]
        if roll < 0.3:
            found = self.access(t)
            if found:
                return found
        if roll < 0.36 and (tagged := self.tag(t, depth)):
            return tagged
        if roll < 0.4:
            pair = [["a", self.expr(t, depth - 1)], [self.pick(NAMES[1:]), self.leaf(self.type(0))]]
            return ["get", ["rec", pair], "a"]
        return getattr(self, "expr_" + t[0], self.leaf_at)(t, depth - 1)

    def leaf_at(self, t, depth):
        return self.leaf(t)

    def leaf(self, t):
        t = self.resolve(t)
        if self.chance(0.4):
            found = self.access(t)
            if found:
                return found
        kind = t[0]
        if kind == "bool":
            return ["lit", self.chance(0.7)]
        if kind == "long":
            return ["lit", self.pick(BIG if self.big and self.chance(0.4) else LONGS)]
        if kind == "string":
            return ["lit", self.pick(STRINGS)]
        if kind == "entity":
            name = self.whole_name(t)
            if name not in self.types:
                return ["uid", self.action_type, self.pick(self.action_ids)]
            return self.uid(name)
        if kind == "set":
            return ["set", [self.leaf(t[1]) for _ in range(self.random.randint(0 if self.chance(0.1) else 1, 3))]]
        if kind == "record":
            return ["rec", [[n, self.leaf(a)] for n, a, required in t[1] if required or self.chance(0.5)]]
        text = self.pick(WRONG[kind] if self.chance(0.04) else LITERALS[kind])
        return ["call", CONSTRUCTORS[kind], [["lit", text]]]

    def paths(self, limit=3):
        """Every attribute path from a variable: (expression, type, guards)."""
        out = []
        todo = [(["var", v], t, ()) for v, t in self.env.items()]
        for _ in range(limit):
            following = []
            for node, t, guards in todo:
                t = self.resolve(t)
                out.append((node, t, guards))
                attributes = t[1] if t[0] == "record" else self.attributes_of(t)
                for name, inner, required in attributes:
                    more = guards if required else (*guards, ["has", node, [name]])
                    following.append((["get", node, name], inner, more))
            todo = following
        return out + [(n, self.resolve(t), g) for n, t, g in todo]

    def attributes_of(self, t):
        if t[0] != "entity":
            return []
        return self.types.get(self.whole_name(t), {"attrs": []})["attrs"]

    def same(self, a, b):
        a, b = self.resolve(a), self.resolve(b)
        if a[0] == "entity" and b[0] == "entity":
            return self.whole_name(a) == self.whole_name(b)
        if a[0] == "set" and b[0] == "set":
            return self.same(a[1], b[1])
        return a == b

    def access(self, t):
        found = [p for p in self.paths() if self.same(p[1], t)]
        if not found:
            return None
        node, _, guards = self.pick(found)
        if len(guards) == 2 and self.chance(0.3) and syntax.is_ident(guards[0][2][0]) and \
                guards[1][1] == ["get", *guards[0][1:2], guards[0][2][0]] and syntax.is_ident(guards[1][2][0]):
            guards = (["has", guards[0][1], [guards[0][2][0], guards[1][2][0]]],)
        self.guards += [g for g in reversed(guards) if self.chance(0.93)]
        return node

    def tag(self, t, depth):
        owners = [(n, p) for n, p, _ in self.paths(1) if p[0] == "entity"
                  and (self.types.get(self.whole_name(p)) or {}).get("tags")
                  and self.same(self.types[self.whole_name(p)]["tags"], t)]
        if not owners:
            return None
        owner, _ = self.pick(owners)
        name = self.leaf(["string"]) if self.chance(0.2) else ["lit", self.pick(STRINGS)]
        if self.chance(0.9):
            other = ["lit", self.pick(STRINGS)] if self.chance(0.05) else name
            self.guards.append(["meth", owner, "hasTag", [other]])
        return ["meth", owner, "getTag", [name]]

    def expr_bool(self, t, depth):
        choice = self.random.randrange(15)
        if choice < 2:
            return ["bin", "&&", self.expr(t, depth), self.expr(t, depth)]
        if choice < 4:
            left = self.guarded(self.expr(t, depth))
            return ["bin", "||", left, self.guarded(self.expr(t, depth))]
        if choice == 4:
            return ["not", self.expr(t, depth)]
        if choice == 5:
            other = self.resolve(self.type(1))
            right = self.resolve(self.type(1)) if self.chance(0.1) else other
            return ["bin", self.pick(["==", "!="]), self.expr(other, depth), self.expr(right, depth)]
        if choice == 6:
            kind = self.pick(["long", "long", "datetime", "duration"])
            return ["bin", self.pick(["<", "<=", ">", ">="]), self.expr([kind], depth), self.expr([kind], depth)]
        if choice == 7:
            left = self.entity_type()
            target = self.pick([left, *self.types[left]["parents"]])
            right = self.expr(["entity", target], depth - 1)
            if self.chance(0.4):
                right = ["set", [right, *[self.uid() for _ in range(self.random.randint(0, 1))]]]
            return ["bin", "in", self.expr(["entity", left], depth), right]
        if choice == 8:
            node, kind, _ = self.pick(self.paths(2))
            names = [a[0] for a in (kind[1] if kind[0] == "record" else self.attributes_of(kind))]
            name = self.pick(names or NAMES) if not self.chance(0.1) else self.pick(NAMES)
            more = self.some(["a", "b", "name"], 1, 2) if syntax.is_ident(name) and self.chance(0.15) else []
            return ["has", node, [name, *more]]
        if choice == 9:
            parts = [None if self.chance(0.4) else self.pick(STRINGS) for _ in range(self.random.randint(0, 4))]
            return ["like", self.expr(["string"], depth), parts]
        if choice == 10:
            left = self.entity_type()
            tail = self.expr(["entity", self.pick([left, *self.types[left]["parents"]])], depth - 1)
            kind = left if self.chance(0.6) else self.pick([*self.types, self.action_type])
            return ["is", self.expr(["entity", left], depth), kind, tail if self.chance(0.4) else None]
        if choice == 11:
            element = self.type(1)
            right = self.type(1) if self.chance(0.1) else element
            return ["meth", self.expr(["set", element], depth), "contains", [self.expr(right, depth)]]
        if choice == 12:
            pair = ["set", self.type(1)]
            return ["meth", self.expr(pair, depth), self.pick(["containsAll", "containsAny"]),
                    [self.expr(pair, depth)]]
        if choice == 13:
            if self.chance(0.5):
                return ["meth", self.expr(["set", self.type(1)], depth), "isEmpty", []]
            return ["meth", self.expr(["entity", self.entity_type()], depth), "hasTag",
                    [self.expr(["string"], depth)]]
        return self.method(t, depth)

    def entity_type(self):
        return self.pick([self.env["principal"][1], self.env["resource"][1], self.pick(list(self.types))])

    def method(self, t, depth):
        of, name, arguments = self.pick(METHODS[t[0]])
        return ["meth", self.expr([of], depth), name, [self.expr([a], depth) for a in arguments]]

    def expr_long(self, t, depth):
        if self.chance(0.15):
            return self.method(t, depth)
        if self.chance(0.15):
            return ["neg", self.expr(t, depth)]
        return ["bin", self.pick(["+", "-", "*"]), self.expr(t, depth), self.expr(t, depth)]

    def expr_datetime(self, t, depth):
        return self.method(t, depth)

    expr_duration = expr_datetime

    def expr_set(self, t, depth):
        return ["set", [self.expr(t[1], depth - 1) for _ in range(self.random.randint(1, 3))]]

    def expr_record(self, t, depth):
        return ["rec", [[n, self.expr(a, depth - 1)] for n, a, required in t[1]
                        if required or self.chance(0.5)]]

    def chain(self):
        """A long chain of one operator, or a deep nest."""
        n = self.random.randint(10, 60)
        node = self.expr(["bool"], 1)
        for _ in range(n):
            node = self.pick([["bin", "&&", node, ["lit", True]], ["bin", "||", node, ["lit", False]],
                              ["not", node]]) if n < 25 else ["bin", "&&", node, ["lit", True]]
        return node

    # --- The case ----------------------------------------------------------------------------------

    def case(self):
        schema = self.schema()
        self.implicit = self.chance(0.3)
        policies = {f"p{i}": self.policy() for i in range(self.random.randint(1, 12) if self.chance(0.9)
                                                          else self.random.randint(12, 20))}
        if self.chance(0.05):
            policies["p0"]["conditions"].append(["when", self.chain()])
        templates, links = {}, []
        if self.chance(0.35):
            templates = {f"t{i}": self.policy(template=True) for i in range(self.random.randint(1, 3))}
            for i in range(self.random.randint(0, 4)):
                links.append(self.link(f"l{i}", templates))
        return {"schema": schema, "policies": policies, "templates": templates, "links": links,
                "entities": self.entities(), "requests": [self.request() for _ in range(self.random.randint(1, 4))]}

    def link(self, name, templates):
        template = self.pick(list(templates))
        slots = [s for s in ("?principal", "?resource") if s in syntax.policy(templates[template])]
        if self.chance(0.02):
            slots = ["?principal", "?resource"]
        values = {}
        for slot in slots:
            if self.chance(0.99):
                type_name = self.pick(list(self.types))
                values[slot] = {"type": type_name, "id": self.id(type_name)}
        taken = "p0" if self.chance(0.01) else name
        return {"templateId": template, "newId": taken, "values": values}


# --- Texts with slips: what must be refused, and what must not ---------------------------------------

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d+|::|&&|\|\||[=!<>]=|\s+|.', re.S)
SLIPS = ["(", ")", "{", "}", "[", "]", ",", ";", ":", "::", ".", "==", "!=", "<", "<=", ">", ">=", "=", "&&",
         "||", "!", "-", "+", "*", "/", "%", "in", "is", "has", "like", "if", "then", "else", "true", "false",
         "permit", "forbid", "when", "unless", "principal", "action", "resource", "context", "?principal",
         "?resource", "?x", "@a", '@a("b")', '"a"', '""', '"\\*"', '"\\u{1F600}"', '"\\x41"', '"\\q"',
         '"\\u{D800}"', '"\\u{110000}"', "'a'", "0", "01", "9223372036854775807", "9223372036854775808",
         "-9223372036854775808", "1.5", "a", "_", "__cedar", "é", "a.b", "ip", "decimal", "contains", "getTag",
         "// x\n", "/* x */", "\u00a0", "\t", "User", 'User::"a"', "A::B", "Set<Long>", "entity", "type",
         "namespace", "appliesTo", "tags", "enum", "attributes", "Long", "Bool", "Entity", "Record", "?"]


def slipped(random_, text):
    tokens = TOKEN.findall(text)
    for _ in range(random_.choice([1, 1, 1, 2, 3])):
        at = random_.randrange(len(tokens) + 1)
        action = random_.randrange(5)
        if action == 0:
            tokens[at:at + random_.choice([1, 1, 2, 4])] = []
        elif action == 1:
            tokens.insert(at, random_.choice(SLIPS))
        elif action == 2:
            tokens[at:at + 1] = [random_.choice(SLIPS)]
        elif action == 3 and tokens:
            tokens.insert(at, random_.choice(tokens))
        else:
            tokens[at:at + 2] = reversed(tokens[at:at + 2])
    return "".join(tokens)


JSON_SLIPS = [None, True, 0, -1, 2**53 - 1, "", "a", [], {}, [1], {"a": 1}, {"type": "User", "id": "a"},
              {"__entity": {"type": "User", "id": "a"}}, {"__extn": {"fn": "ip", "arg": "1.2.3.4"}},
              {"__extn": {"fn": "ip", "args": ["1.2.3.4"]}}, {"__extn": {"fn": "nope", "arg": "1"}},
              {"__extn": {"fn": "decimal", "arg": 1}}, {"__extn": {"arg": "1"}}, {"__expr": "1"},
              {"__entity": "User"}, {"__entity": {"type": "User"}}, {"__entity": {"type": "1", "id": "a"}},
              {"__entity": {"type": "A::B", "id": ""}, "x": 1}, {"type": "if", "id": "a"},
              {"type": "__cedar::A", "id": "a"}, {"type": " User", "id": "a"}, {"type": "A:: B", "id": "a"},
              {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": "datetime", "arg": "2024-01-01"}},
                                                  {"__extn": {"fn": "duration", "arg": "1h"}}]}}]


def slipped_json(random_, value):
    """`value` with one node replaced, removed, or a member added."""
    nodes = []

    def walk(node):
        for key in (node if isinstance(node, dict) else range(len(node))):
            nodes.append((node, key))
            if isinstance(node[key], (dict, list)):
                walk(node[key])
    value = json.loads(json.dumps(value))
    if not value or not isinstance(value, (dict, list)):
        return value
    walk(value)
    node, key = random_.choice(nodes)
    action = random_.randrange(4)
    if action == 0:
        del node[key]
    elif action == 1 and isinstance(node, dict):
        node[random_.choice(["a", "tags", "attrs", "parents", "uid", "type", "id", "__entity", "__extn"])] = \
            json.loads(json.dumps(random_.choice(JSON_SLIPS)))
    elif action == 2:
        node[key] = json.loads(json.dumps(random_.choice(nodes)[0]))
    else:
        node[key] = json.loads(json.dumps(random_.choice(JSON_SLIPS)))
    return value


def case_of(seed, index):
    """Case `index` of `seed`: seven in ten are whole, the others have slips in one of their texts."""
    generator = Generator(seed, index)
    case = generator.case()
    kind = generator.random.random()
    if kind < 0.7:
        return case
    if kind < 0.85:
        for group in ("policies", "templates"):
            for name, policy in case[group].items():
                if len(case[group]) == 1 or generator.chance(0.3):
                    case[group][name] = {"text": slipped(generator.random, syntax.policy(policy))}
        # A policy that does not parse takes its set with it: the others say more on their own.
        keep = list(case["policies"])[:3]
        case["policies"] = {name: case["policies"][name] for name in keep}
        case["requests"] = case["requests"][:1]
    elif kind < 0.93:
        case["schema"] = slipped(generator.random, syntax.schema(case["schema"]))
        case["requests"] = case["requests"][:1]
    else:
        case["entities"] = slipped_json(generator.random, case["entities"])
        for request in case["requests"]:
            request["context"] = slipped_json(generator.random, request["context"])
    return case


def rendered(case):
    """The line that both engines answer."""
    out = {}
    if case.get("schema") is not None:
        text = case["schema"]
        out["schema"] = text if isinstance(text, str) or "namespaces" not in text else syntax.schema(text)
    if case.get("policies") is not None:
        out["policies"] = {
            "staticPolicies": {i: syntax.policy(p) for i, p in case["policies"].items()},
            "templates": {i: syntax.policy(p) for i, p in case["templates"].items()},
            "templateLinks": case["links"]}
    for part in ("entities", "requests"):
        if case.get(part) is not None:
            out[part] = case[part]
    return out
