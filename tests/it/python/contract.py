"""Holds requests and answers against Atlassian's OpenAPI documents.

    contract.py answers DOCUMENTS WANTED.json ANSWERS.json
        For each wanted operation two answers out of its schema: one with every optional member, one with none.
    contract.py requests DOCUMENTS REQUESTS.json
        Each request must be valid under the documents, by openapi-core.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl

from jsonschema import Draft4Validator
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

# What an envelope says of its pages: the last one, and all there is.
LAST = {"isLast": True, "last": True, "lastPage": True, "isLastPage": True, "startAt": 0, "offset": 0}
NEXT = {"nextPage", "nextPageToken", "nextPageCursor", "cursor"}
# What went wrong: nothing did.
ERRORS = {"issueErrors", "warningMessages", "errorMessages", "errors"}
# Rich text, which the documents leave open.
RICH = {"body", "comment", "description", "environment"}
DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]}
# Parameters whose schema is a slip of the documents: lists of names are called lists of objects.
NAMES_AS_OBJECTS = {"fields"}
# The same of words that only the description lists: an object without members.
WORDS_AS_OBJECTS = {"type", "state"}
DEPTH = 5


def documents(folder):
    for name in ["jira-platform-v3.json", "jira-software.json"]:
        yield json.loads((Path(folder) / name).read_text())


def plain(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


def operations(folder):
    """(method, path without names) -> (document, path, operation)."""
    found = {}
    for document in documents(folder):
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if method in ("get", "post"):
                    found.setdefault((method.upper(), plain(path)), (document, path, operation))
    return found


class Writer:
    """Writes values of schemas."""

    def __init__(self, document):
        self.document = document

    def resolved(self, schema):
        while True:
            if "$ref" in schema:
                target = self.document
                for part in schema["$ref"][2:].split("/"):
                    target = target[part]
                schema = target
            elif isinstance(schema.get("allOf"), list) and len(schema["allOf"]) == 1:
                schema = schema["allOf"][0]
            else:
                return schema

    def scalar(self, name, schema, number):
        kind, form, lower = schema.get("type"), schema.get("format"), name.lower()
        if schema.get("enum"):
            return schema["enum"][number % len(schema["enum"])]
        if kind == "boolean":
            return number % 2 == 0
        if kind == "integer":
            return 10000 + number
        if kind == "number":
            return 1.5 + number
        if form == "date-time":
            return f"2026-01-0{number + 1}T10:00:00.000Z"
        if form == "date":
            return f"2026-01-0{number + 1}"
        if form == "uuid":
            return f"00000000-0000-4000-8000-00000000000{number}"
        # A comment names its issue nowhere else; the document shows so in its example alone.
        if name == "self":
            return f"https://example.org/rest/api/3/issue/{10000 + number}/comment/{number}"
        if form == "uri":
            return f"https://example.org/{name}/{number}"
        # A status is referred to by its id wherever the documents show one.
        if lower in ("id", "key") or lower.endswith(("id", "ids", "statusreference")):
            return str(10000 + number)
        # The documents call these plain strings.
        if lower in ("created", "updated", "started", "startdate", "enddate", "completedate"):
            return f"2026-01-0{number + 1}T10:00:00.000Z"
        if lower in ("releasedate", "duedate"):
            return f"2026-01-0{number + 1}"
        return f"{name} {number}"

    def whole(self, name, schema, number, above=()):
        """A value with every member that the schema has."""
        schema = self.resolved(schema)
        kind = schema.get("type")
        if kind == "array":
            item = self.whole(name, schema.get("items", {}), number, above)
            return [] if item is None else [item]
        if kind in ("string", "boolean", "integer", "number"):
            return self.scalar(name, schema, number)
        choices = schema.get("oneOf") or schema.get("anyOf")
        if choices:
            return self.whole(name, choices[0], number, above)
        if kind is None and name in RICH:
            return DOCUMENT
        if len(above) >= DEPTH or any(schema is known for known in above):
            return None
        above = (*above, schema)
        members = {
            member: self.whole(member, inner, number, above)
            for member, inner in schema.get("properties", {}).items()
        }
        members = {member: value for member, value in members.items() if value is not None}
        if members or not isinstance(schema.get("additionalProperties"), dict):
            return members
        value = self.whole("value", schema["additionalProperties"], number, above)
        return {} if value is None else {f"one{number}": value}

    def least(self, name, schema, number, keep, above=()):
        """A value with the members alone that the schema requires, and those that lead to a key."""
        schema = self.resolved(schema)
        choices = schema.get("oneOf") or schema.get("anyOf")
        if choices:
            return self.least(name, choices[0], number, keep, above)
        if schema.get("properties") is None:
            return self.whole(name, schema, number, above)
        above = (*above, schema)
        value = {}
        for member, inner in schema["properties"].items():
            inside = [path[1:] for path in keep if path[:1] == [member]]
            if inside or member in schema.get("required", []):
                value[member] = self.least(member, inner, number, inside, above)
        return value


def put(document, schema, rows, records, least, outer=(), level=0):
    """The answer around its records; `outer` are the members that rows take from the records around them."""
    writer = Writer(document)
    schema = writer.resolved(schema)
    steps = re.findall(r"([^\[\]{}]*)(\[\]|\{\})", rows)
    if not steps:
        return records[0]
    (path, kind), rest = steps[0], rows[sum(map(len, steps[0])) :].lstrip(".")
    inner = records
    if rest:
        item = schema
        for member in path.split(".") if path else []:
            item = writer.resolved(item.get("properties", {}).get(member, {}))
        item = writer.resolved(item.get("items", {}))
        inner = [put(document, item, rest, records, least, outer, level + 1)]
    if kind == "{}":
        inner = {f"one{number}": record for number, record in enumerate(records)}
    if not path:
        return inner
    answer = writer.whole("answer", schema, 0) or {}
    if least:
        answer = writer.least("answer", schema, 0, outer[level - 1] if level else [])
    known = schema.get("properties", {})
    answer = {name: value for name, value in answer.items() if name not in NEXT | ERRORS}
    answer |= {name: value for name, value in LAST.items() if name in known}
    answer |= {name: len(records) for name in ("total", "size") if name in known}
    answer |= {name: 50 for name in ("maxResults", "limit") if name in known}
    place = answer
    *before, last = path.split(".")
    for member in before:
        place = place.setdefault(member, {})
    place[last] = inner
    return answer


def row_schema(writer, schema, rows):
    for path, kind in re.findall(r"([^\[\]{}]*)(\[\]|\{\})", rows):
        schema = writer.resolved(schema)
        for member in filter(None, path.strip(".").split(".")):
            schema = writer.resolved(schema.get("properties", {}).get(member, {}))
        schema = writer.resolved(schema.get("items" if kind == "[]" else "additionalProperties", {}) or {})
    return writer.resolved(schema)


def shown(operation, rows):
    """A record of the document's example, which has members that some schemas lack."""
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    example = content.get("example")
    example = json.loads(example) if isinstance(example, str) else example
    for path, kind in re.findall(r"([^\[\]{}]*)(\[\]|\{\})", rows):
        for member in filter(None, path.strip(".").split(".")):
            example = example.get(member) if isinstance(example, dict) else None
        values = list(example.values()) if isinstance(example, dict) else example
        example = values[0] if values else None
    return example if isinstance(example, dict) else {}


def completed(record, example, keep, number):
    """The record, with the members of its key that the schema forgets."""
    for member, *_ in keep:
        if isinstance(record, dict) and member not in record and member in example:
            value = example[member]
            record[member] = value + number if isinstance(value, int) else value if number == 0 else f"{value}{number}"
    return record


def answers(folder, wanted):
    known, result = operations(folder), []
    for one in wanted:
        found = known.get((one["method"], plain(one["path"])))
        if found is None:
            result.append({"missing": True})
            continue
        document, _, operation = found
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        schema = content.get("schema")
        if schema is None and one["rows"] in ("", "[]") and content.get("example"):
            example = json.loads(content["example"])
            # Its ids are not those that are asked for.
            result.append({"full": example, "bare": example, "described": "{" not in one["path"]})
            continue
        if schema is None:
            result.append({"unknown": True})
            continue
        writer = Writer(document)
        row = row_schema(writer, schema, one["rows"])
        keep = [path.split(".") for path in one["keys"]]
        outer, example = [[path.split(".") for path in level] for level in one["outer"]], shown(operation, one["rows"])
        name = (re.findall(r"(\w+)(?:\[\]|\{\})$", one["rows"]) or ["row"])[0]
        whole = [writer.whole(name, row, n) for n in range(2)]
        least = [writer.least(name, row, n, keep) for n in range(2)]
        full = put(document, schema, one["rows"], whole, False, outer)
        bare = put(document, schema, one["rows"], least, True, outer)
        invalid = [mistake for answer in (full, bare) for mistake in against(document, schema, answer)]
        for number, record in [*enumerate(whole), *enumerate(least)]:
            completed(record, example, keep, number)
        result.append({"full": full, "bare": bare, "described": bool(row.get("properties") or row.get("type") not in (None, "object"))})
        if invalid:
            result[-1]["invalid"] = invalid[0]
    return result


def against(document, schema, answer):
    """Why an answer is not what its schema says. The schemas are Draft 4's, but for `nullable`, which only allows more."""
    for error in Draft4Validator({"components": document["components"], **schema}).iter_errors(answer):
        # Some say of a choice of objects that none of their members may be there, some choices overlap.
        forbids_its_choices = error.validator == "additionalProperties" and "discriminator" in error.schema
        if not forbids_its_choices and "is valid under each of" not in error.message:
            yield f"{error.json_path}: {error.message[:200]}"


class Request:
    """A recorded request, as openapi-core takes it."""

    def __init__(self, method, path, query, body):
        self.method, self.path, self.full_url_pattern = method.lower(), path, None
        self.host_url = "https://your-domain.atlassian.net"
        arguments = ImmutableMultiDict(parse_qsl(query, keep_blank_values=True))
        self.parameters = RequestParameters(query=arguments, header=Headers(), cookie=ImmutableMultiDict(), path={})
        self.body = body.encode() if body else None
        self.content_type = "application/json"


def requests(folder, recorded):
    known, mistakes = operations(folder), {}
    interfaces = [OpenAPI.from_dict(document, config=unchecked()) for document in documents(folder)]
    for one in recorded:
        told = f"{one['method']} {one['path']}?{one['query']} {one['body']}"
        request = Request(one["method"], one["path"], one["query"], one["body"])
        problems = []
        for interface in interfaces:
            try:
                interface.validate_request(request)
                problems = []
                break
            except Exception as error:  # every kind of refusal counts
                problems.append(f"{error} {error.__cause__ or ''}")
        segments = one["path"].split("/")
        fitting = [
            (path.count("{"), operation)
            for (method, _), (_, path, operation) in known.items()
            if method == one["method"] and fits(path.split("/"), segments)
        ]
        operation = min(fitting, key=lambda found: found[0], default=(0, {}))[1]
        slip = any(f"Query parameter error: {name} Failed to cast value to object" in p for p in problems for name in NAMES_AS_OBJECTS)
        slip = slip or any(
            f"Query parameter error: {name} (" in p and lists(operation, name, one["query"])
            for p in problems
            for name in WORDS_AS_OBJECTS
        )
        if problems and not slip:
            mistakes.setdefault(re.sub(r"\d+", "1", one["path"]), f"{told}: {' / '.join(problems)[:400]}")
            continue
        # openapi-core lets parameters through that no document names.
        names = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "query"}
        unknown = {name for name, _ in parse_qsl(one["query"], keep_blank_values=True)} - names
        if unknown:
            mistakes.setdefault(one["path"], f"{told}: no parameters of the documents: {sorted(unknown)}")
    return list(mistakes.values())


def lists(operation, name, query):
    """Does the parameter's description list all words that the query has?"""
    about = " ".join(p.get("description", "") for p in operation.get("parameters", []) if p["name"] == name)
    values = re.search(r"Valid values: ([\w, ]+)\.", about)
    known = set(values.group(1).split(", ")) if values else set()
    return all(word in known for key, value in parse_qsl(query) if key == name for word in value.split(","))


def fits(parts, segments):
    return len(parts) == len(segments) and all(
        part.startswith("{") or part == segment for part, segment in zip(parts, segments)
    )


def unchecked():
    """The documents themselves are not what is held against anything here."""
    from openapi_core import Config

    return Config(spec_validator_cls=None)


def main():
    task, folder, source = sys.argv[1:4]
    given = json.loads(Path(source).read_text())
    if task == "answers":
        Path(sys.argv[4]).write_text(json.dumps(answers(folder, given)))
        return
    mistakes = requests(folder, given)
    if mistakes:
        sys.exit("\n".join([f"of {len(given)} requests these are not as documented, one of an address:", *mistakes]))


main()
