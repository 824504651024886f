"""The other side of `webhooks`: one row a request into SQLite. `python plain_server.py PORT FILE`."""

from __future__ import annotations

import sqlite3
import sys
import threading

import uvicorn
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool

app = FastAPI()
connection = sqlite3.connect(sys.argv[2], check_same_thread=False)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA synchronous=FULL")
connection.execute("CREATE TABLE IF NOT EXISTS delivery (id INTEGER PRIMARY KEY, body BLOB)")
lock = threading.Lock()


def store(body: bytes) -> None:
    with lock, connection:
        connection.execute("INSERT INTO delivery (body) VALUES (?)", (body,))


@app.post("/hooks/{desk}", status_code=202)
async def hook(desk: str, request: Request) -> dict[str, str]:
    await run_in_threadpool(store, await request.body())
    return {"desk": desk}


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_config=None)
