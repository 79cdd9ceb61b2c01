"""etcd on 127.0.0.1:$PLUGPULL_PORT, by its JSON gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/)."""
import base64
import http.client
import json
import os
import time

# A cluster that has just started may choose its leader again: what it answers then is to be asked once more.
CHANGING = "leader changed", "no leader", "request timed out"
CHANGES = 50


class Etcd:
    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PLUGPULL_PORT"]), timeout=10)

    def put(self, key, value):
        self._ask("put", {"key": encoded(key), "value": encoded(value)})

    def everything(self):
        """All keys and values; a linearizable read, as ranges are by default."""
        answer = self._ask("range", {"key": "AA==", "range_end": "AA=="})
        return {decoded(pair["key"]): decoded(pair.get("value", "")) for pair in answer.get("kvs", [])}

    def _ask(self, call, body):
        for _ in range(CHANGES):
            try:
                return self._ask_once(call, body)
            except RuntimeError as error:
                if not any(word in str(error) for word in CHANGING):
                    raise
            time.sleep(0.1)
        raise RuntimeError("there is no leader for long")

    def _ask_once(self, call, body):
        self.connection.request("POST", f"/v3/kv/{call}", json.dumps(body))
        response = self.connection.getresponse()
        answer = json.load(response)
        if response.status != 200:
            raise RuntimeError(answer.get("error", f"status {response.status}"))
        return answer


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def decoded(text):
    return base64.b64decode(text).decode()
