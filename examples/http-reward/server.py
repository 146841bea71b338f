"""A reward behind a URL: python3 server.py [PORT]. Replace score() by whatever judges your responses."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def score(item):
    """item: id, prompt, response, answer (may be None), metadata (the columns that the experiment sends)."""
    if item["answer"] is None:
        raise ValueError("no answer to compare with")
    return 1.0 if item["response"].strip().endswith(item["answer"]) else 0.0


def judged(item):
    try:
        return {"score": score(item)}
    except Exception as e:  # this response counts as failed, the others do not
        return {"error": str(e)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        items = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["items"]
        body = json.dumps({"scores": [judged(item) for item in items]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print("listening on port", server.server_port, flush=True)
    server.serve_forever()
