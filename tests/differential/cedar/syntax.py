"""Cedar texts from trees: expressions, policies and schemas as JSON-like lists, and how each is written.

An expression is one of
  ["lit", VALUE] ["uid", TYPE, ID] ["var", NAME] ["not", E] ["neg", E] ["bin", OP, E, E]
  ["if", E, E, E] ["has", E, [NAME...]] ["get", E, NAME] ["like", E, [TEXT | None...]]
  ["is", E, TYPE, E | None] ["set", [E...]] ["rec", [[NAME, E]...]] ["meth", E, NAME, [E...]]
  ["call", NAME, [E...]] ["raw", TEXT]
None in a pattern is the wildcard. "raw" is text that stands as a primary expression.

A policy is {"annotations": [[NAME, TEXT | None]...], "effect", "principal", "action", "resource":
SCOPE, "conditions": [[KIND, E]...]}; SCOPE is ["any"] ["eq", UID | SLOT] ["in", UID | SLOT]
["in", [UID...]] ["is", TYPE] ["isin", TYPE, UID | SLOT], with UID as above and SLOT "?principal".
"""

import re

IDENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED = {"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"}
LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3,
          "+": 4, "-": 4, "*": 5}
IF, OR, AND, RELATION, ADD, MULT, UNARY, MEMBER, PRIMARY = range(9)


def is_ident(name):
    return bool(IDENT.match(name)) and name not in RESERVED


def quoted(text, star=False):
    out = []
    for c in text:
        if c in '"\\':
            out.append("\\" + c)
        elif c == "*" and star:
            out.append("\\*")
        elif c in "\n\r\t\0":
            out.append({"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}[c])
        elif ord(c) < 32 or ord(c) in (0x7F, 0x2028):
            out.append(f"\\u{{{ord(c):x}}}")
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def pattern(parts):
    return '"' + "".join("*" if p is None else quoted(p, star=True)[1:-1] for p in parts) + '"'


def uid(node):
    return node if isinstance(node, str) else f"{node[1]}::{quoted(node[2])}"


def expression(node, level=IF):
    """The text of `node` where the grammar expects an expression of at least this level."""
    text, own = _written(node)
    return text if own >= level else f"({text})"


def _written(node):
    kind = node[0]
    if kind == "lit":
        value = node[1]
        if isinstance(value, bool):
            return ("true" if value else "false"), PRIMARY
        if isinstance(value, int):
            return str(value), (UNARY if value < 0 else PRIMARY)
        return quoted(value), PRIMARY
    if kind == "uid":
        return uid(node), PRIMARY
    if kind in ("var", "raw"):
        return node[1], PRIMARY
    if kind == "not":
        return "!" + expression(node[1], UNARY if node[1][0] == "not" else MEMBER), UNARY
    if kind == "neg":
        inner = expression(node[1], MEMBER)
        return ("-(" + inner + ")" if node[1][0] == "lit" else "-" + inner), UNARY
    if kind == "bin":
        level = LEVELS[node[1]]
        left = level + 1 if level == RELATION else level
        return (f"{expression(node[2], left)} {node[1]} {expression(node[3], level + 1)}", level)
    if kind == "if":
        return (f"if {expression(node[1])} then {expression(node[2])} "
                f"else {expression(node[3])}", IF)
    if kind == "has":
        names = node[2]
        path = names[0] if len(names) == 1 and is_ident(names[0]) else quoted(names[0])
        if len(names) > 1:
            path = ".".join(names)
        return f"{expression(node[1], ADD)} has {path}", RELATION
    if kind == "get":
        access = f".{node[2]}" if is_ident(node[2]) else f"[{quoted(node[2])}]"
        return expression(node[1], MEMBER) + access, MEMBER
    if kind == "like":
        return f"{expression(node[1], ADD)} like {pattern(node[2])}", RELATION
    if kind == "is":
        tail = "" if node[3] is None else f" in {expression(node[3], ADD)}"
        return f"{expression(node[1], ADD)} is {node[2]}{tail}", RELATION
    if kind == "set":
        return "[" + ", ".join(expression(e) for e in node[1]) + "]", PRIMARY
    if kind == "rec":
        parts = [f"{n if is_ident(n) else quoted(n)}: {expression(e)}" for n, e in node[1]]
        return "{" + ", ".join(parts) + "}", PRIMARY
    if kind == "meth":
        arguments = ", ".join(expression(e) for e in node[3])
        return f"{expression(node[1], MEMBER)}.{node[2]}({arguments})", MEMBER
    if kind == "call":
        return f"{node[1]}({', '.join(expression(e) for e in node[2])})", PRIMARY
    raise ValueError(kind)


def scope(name, constraint):
    kind = constraint[0]
    if kind == "any":
        return name
    if kind == "eq":
        return f"{name} == {uid(constraint[1])}"
    if kind == "in":
        target = constraint[1]
        if isinstance(target, list) and (not target or isinstance(target[0], list)):
            return f"{name} in [{', '.join(uid(u) for u in target)}]"
        return f"{name} in {uid(target)}"
    if kind == "is":
        return f"{name} is {constraint[1]}"
    return f"{name} is {constraint[1]} in {uid(constraint[2])}"


def policy(p):
    if "text" in p:
        return p["text"]
    notes = "".join(f"@{n}\n" if v is None else f"@{n}({quoted(v)})\n" for n, v in p["annotations"])
    head = ", ".join(scope(n, p[n]) for n in ("principal", "action", "resource"))
    tail = "".join(f" {kind} {{ {expression(e)} }}" for kind, e in p["conditions"])
    return f"{notes}{p['effect']}({head}){tail};"


def type_text(t):
    kind = t[0]
    if kind == "set":
        return f"Set<{type_text(t[1])}>"
    if kind == "record":
        return "{" + ", ".join(attribute_text(a) for a in t[1]) + "}"
    if kind in ("entity", "common"):
        return t[1]
    return {"bool": "Bool", "long": "Long", "string": "String"}.get(kind, kind)


def attribute_text(attribute):
    name, t, required = attribute
    written = name if is_ident(name) else quoted(name)
    return f"{written}{'' if required else '?'}: {type_text(t)}"


def schema(s):
    """{"namespaces": [{"name", "types", "entities", "actions"}]} in schema syntax."""
    out = []
    for space in s["namespaces"]:
        lines = [f"type {n} = {type_text(t)};" for n, t in space["types"]]
        for e in space["entities"]:
            if e.get("enum"):
                lines.append(f"entity {e['name']} enum [{', '.join(map(quoted, e['enum']))}];")
                continue
            parents = f" in [{', '.join(e['parents'])}]" if e["parents"] else ""
            shape = f" = {type_text(['record', e['attrs']])}" if e["attrs"] else ""
            tags = f" tags {type_text(e['tags'])}" if e["tags"] else ""
            lines.append(f"entity {e['name']}{parents}{shape}{tags};")
        for a in space["actions"]:
            groups = f" in [{', '.join(map(quoted, a['parents']))}]" if a["parents"] else ""
            applies = ""
            if a["applies"]:
                principals, resources, context = a["applies"]
                applies = (f" appliesTo {{ principal: [{', '.join(principals)}], resource: "
                           f"[{', '.join(resources)}], context: {type_text(context)} }}")
            lines.append(f"action {quoted(a['id'])}{groups}{applies};")
        body = "\n".join(lines)
        out.append(f"namespace {space['name']} {{\n{body}\n}}" if space["name"] else body)
    return "\n".join(out) + "\n"
