"""What the SDK of PyPI makes of the cases on standard input: see urls.mjs, whose input and output it shares."""

import json
import re
import sys

from imagekitio import ImageKit

SDK = "imagekitio"


def snake_case(value):
    """The names of the SDKs of npm as this one spells them."""
    if isinstance(value, list):
        return [snake_case(item) for item in value]
    if isinstance(value, dict):
        return {re.sub("[A-Z]", lambda c: "_" + c[0].lower(), key): snake_case(item) for key, item in value.items()}
    return value


def url(case):
    options = {
        "url_endpoint": case["endpoint"],
        "src": case["src"],
        "transformation": snake_case(case.get("transformation")),
        "transformation_position": case.get("position"),
        "query_parameters": case.get("query"),
    }
    if case.get("signed"):
        options |= {"signed": True, "expires_in": case.get("expiresIn")}
    given = {name: value for name, value in options.items() if value is not None}
    return ImageKit(private_key=case["key"]).helper.build_url(**given)


for case in json.load(sys.stdin):
    if SDK not in (case.get("without") or {}):
        print(json.dumps({"sdk": SDK, "case": case["name"], "url": url(case)}))
