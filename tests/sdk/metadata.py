"""python metadata.py: what imagekitio gets of the metadata API; reads and writes as metadata.mjs does."""

import json
import sys

from imagekitio import APIStatusError, ImageKit

given = json.load(sys.stdin)
client = ImageKit(private_key=given["key"], base_url=given["server"], max_retries=0)
for url in given["urls"]:
    answer = {"sdk": "imagekitio", "url": url}
    try:
        # Under the names of the API, not those of Python.
        told = client.files.metadata.get_from_url(url=url).to_dict(mode="json")
        answer["told"] = told
    except APIStatusError as error:
        answer["status"] = error.status_code
        answer["message"] = error.body.get("message") if isinstance(error.body, dict) else None
    print(json.dumps(answer))
