"""A persistent checker that reads every file there is and finds all well: reading is what decides crash states."""

import json
import os
import sys

os.chdir("/")
for line in sys.stdin:
    for folder, _, names in os.walk(json.loads(line)["directory"]):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                file.read()
    print(json.dumps({"outcome": "pass", "reason": ""}), flush=True)
