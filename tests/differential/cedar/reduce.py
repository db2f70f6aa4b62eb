"""Shrinks a case on which the engines differ, as long as they differ in the same way."""

import copy

import engines
import generate

BATCH = 48


def expression_children(node):
    kind = node[0]
    if kind in ("not", "neg", "get", "has", "like", "is"):
        return [1] + ([3] if kind == "is" and node[3] is not None else [])
    if kind == "bin":
        return [2, 3]
    if kind == "if":
        return [1, 2, 3]
    return [1] if kind == "meth" else []


def smaller_expressions(node):
    """Expressions that might stand for `node`, the smallest first."""
    if node != ["lit", True]:
        yield ["lit", True]
    children = [node[i] for i in expression_children(node)]
    kind = node[0]
    if kind == "set":
        children += node[1]
    if kind == "rec":
        children += [e for _, e in node[1]]
    if kind == "meth":
        children += node[3]
    if kind == "call":
        children += node[2]
    yield from children
    if kind in ("set", "rec", "like", "has"):
        at = 1 if kind in ("set", "rec") else 2
        for i in range(len(node[at])):
            if kind != "has" or len(node[at]) > 1:
                yield [*node[:at], node[at][:i] + node[at][i + 1:], *node[at + 1:]]
    if kind == "is" and node[3] is not None:
        yield [*node[:3], None]
    if kind == "lit" and isinstance(node[1], str) and node[1]:
        yield ["lit", node[1][:-1]]
    for i in expression_children(node):
        for child in smaller_expressions(node[i]):
            yield [*node[:i], child, *node[i + 1:]]
    for at, group in ((1, "set"), (3, "meth"), (2, "call")):
        if kind == group:
            for i, element in enumerate(node[at]):
                for child in smaller_expressions(element):
                    yield [*node[:at], node[at][:i] + [child] + node[at][i + 1:], *node[at + 1:]]
    if kind == "rec":
        for i, (name, element) in enumerate(node[1]):
            for child in smaller_expressions(element):
                yield ["rec", node[1][:i] + [[name, child]] + node[1][i + 1:]]


def smaller_policies(policy):
    if "text" in policy:
        tokens = generate.TOKEN.findall(policy["text"])
        for size in (8, 4, 2, 1):
            for i in range(0, len(tokens), size):
                yield {"text": "".join(tokens[:i] + tokens[i + size:])}
        return
    for i in range(len(policy["conditions"])):
        yield policy | {"conditions": policy["conditions"][:i] + policy["conditions"][i + 1:]}
    if policy["annotations"]:
        yield policy | {"annotations": policy["annotations"][1:]}
    for variable in ("principal", "action", "resource"):
        if policy[variable] != ["any"]:
            yield policy | {variable: ["any"]}
    for i, (kind, node) in enumerate(policy["conditions"]):
        for smaller in smaller_expressions(node):
            conditions = policy["conditions"][:i] + [[kind, smaller]] + policy["conditions"][i + 1:]
            yield policy | {"conditions": conditions}


def without_a_node(value):
    """`value` with one element of a list or one member of an object left out, anywhere in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        smaller = copy.copy(value)
        del smaller[key]
        yield smaller
    for key in keys:
        if isinstance(value[key], (dict, list)):
            for inner in without_a_node(value[key]):
                smaller = copy.copy(value)
                smaller[key] = inner
                yield smaller


def smaller_lists(items):
    size = (len(items) + 1) // 2
    while size:
        for i in range(0, len(items), size):
            yield items[:i] + items[i + size:]
        size = size // 2


def smaller_cases(case):
    for part in ("requests", "entities", "links"):
        if part in case and isinstance(case[part], list):
            for smaller in smaller_lists(case[part]):
                yield case | {part: smaller}
    for group in ("policies", "templates"):
        for names in smaller_lists(list(case.get(group) or {})):
            yield case | {group: {name: case[group][name] for name in names}}
    if case.get("schema") is not None:
        yield case | {"schema": None}
    for group in ("policies", "templates"):
        for name, policy in (case.get(group) or {}).items():
            for smaller in smaller_policies(policy):
                yield case | {group: case[group] | {name: smaller}}
    schema = case.get("schema")
    if isinstance(schema, dict):
        for i, space in enumerate(schema["namespaces"]):
            for smaller in smaller_spaces(space):
                spaces = schema["namespaces"][:i] + [smaller] + schema["namespaces"][i + 1:]
                yield case | {"schema": schema | {"namespaces": spaces}}
    elif isinstance(schema, str):
        tokens = generate.TOKEN.findall(schema)
        for size in (16, 8, 4, 2, 1):
            for i in range(0, len(tokens), size):
                yield case | {"schema": "".join(tokens[:i] + tokens[i + size:])}
    for i, entity in enumerate(case.get("entities") or []):
        if isinstance(entity, dict):
            for key in ("attrs", "parents", "tags"):
                if isinstance(entity.get(key), (dict, list)):
                    for smaller in without_a_node(entity[key]):
                        changed = entity | {key: smaller}
                        yield case | {"entities": case["entities"][:i] + [changed] + case["entities"][i + 1:]}
    for i, request in enumerate(case.get("requests") or []):
        if isinstance(request["context"], (dict, list)):
            for smaller in without_a_node(request["context"]):
                changed = request | {"context": smaller}
                yield case | {"requests": case["requests"][:i] + [changed] + case["requests"][i + 1:]}


def smaller_spaces(space):
    for part in ("types", "entities", "actions"):
        for smaller in smaller_lists(space[part]):
            yield space | {part: smaller}
    for i, entity in enumerate(space["entities"]):
        for part in ("attrs", "parents"):
            for smaller in smaller_lists(entity[part]):
                yield space | {"entities": space["entities"][:i] + [entity | {part: smaller}] +
                               space["entities"][i + 1:]}
        if entity["tags"]:
            yield space | {"entities": space["entities"][:i] + [entity | {"tags": None}] +
                           space["entities"][i + 1:]}
    for i, action in enumerate(space["actions"]):
        changes = [action | {"parents": p} for p in smaller_lists(action["parents"])]
        if action["applies"]:
            principals, resources, context = action["applies"]
            changes += [action | {"applies": [p, resources, context]} for p in smaller_lists(principals) if p]
            changes += [action | {"applies": [principals, r, context]} for r in smaller_lists(resources) if r]
            changes += [action | {"applies": [principals, resources, ["record", c]]}
                        for c in smaller_lists(context[1])]
        for changed in changes:
            yield space | {"actions": space["actions"][:i] + [changed] + space["actions"][i + 1:]}


def kinds(differences):
    return {engines.kind_of(part) for part, _, _ in differences}


def reduced(case, wanted, both, most_rounds=400):
    """The smallest case found on which the engines differ in a part of the kinds `wanted`."""
    for _ in range(most_rounds):
        source = smaller_cases(case)
        found = None
        while found is None:
            batch = [candidate for candidate, _ in zip(source, range(BATCH))]
            if not batch:
                return case
            answers = both.differences([generate.rendered(candidate) for candidate in batch])
            found = next((c for c, d in zip(batch, answers) if kinds(d) & wanted), None)
        case = found
    return case
